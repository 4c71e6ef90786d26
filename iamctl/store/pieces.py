"""A directory file's text as pieces that may be exchanged: sections, and in them entities."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from iamctl.store.layout import Layout
from iamctl.store.segments import Segments, is_split
from iamctl.store.tree import Tree

T = TypeVar("T", bound="str | Section")


class Section(NamedTuple):
    """A section whose entities stand on lines of their own, each with its leading comments.

    `tail` is the blank lines behind the last.
    """

    head: str
    entities: dict[str, str]
    tail: str

    def __str__(self) -> str:
        return "".join((self.head, *self.entities.values(), self.tail))


Pieces = dict[str, "str | Section"]
"""Every top-level key in the file's order, with its text. One after the other they are the file,
but for a line break at its very end."""


def pieces_of(tree: Tree) -> Pieces | None:
    """The pieces of a file; None of one that is all in braces, which has no lines to exchange."""
    if tree.root.flow_style:
        return None
    segments = Segments(tree)
    newline = Layout(tree.text).newline
    pieces: Pieces = {}
    for top in segments.tops():
        if not is_split(top.at[0], top.node):
            pieces[top.at[0]] = _ended(tree.text[top.start : top.end], newline)
            continue
        head, *entities = segments.entities(top)
        texts = {part.at[1]: _ended(tree.text[part.start : part.end], newline) for part in entities}
        last = entities[-1].at[1]
        texts[last], tail = _without_blank_lines(texts[last])
        pieces[top.at[0]] = Section(tree.text[head.start : head.end], texts, tail)
    return pieces


def text_of(pieces: Pieces) -> str:
    """The file's text."""
    return "".join(map(str, pieces.values()))


def exchanged(base: Pieces, ours: Pieces, theirs: Pieces) -> Pieces:
    """Our pieces, but theirs where they alone changed one. A piece that both changed is ours."""
    return _ordered(base, ours, theirs, _section)


def _section(
    base: "str | Section", ours: "str | Section", theirs: "str | Section"
) -> "str | Section":
    if isinstance(base, str) or isinstance(ours, str) or isinstance(theirs, str):
        return ours
    return Section(
        theirs.head if ours.head == base.head else ours.head,
        _ordered(base.entities, ours.entities, theirs.entities, lambda _base, own, _theirs: own),
        theirs.tail if ours.tail == base.tail else ours.tail,
    )


def _ordered(
    base: dict[str, T], ours: dict[str, T], theirs: dict[str, T], both: Callable[[T, T, T], T]
) -> dict[str, T]:
    """Three states of named pieces as one; what is new in theirs stands behind what it stands
    behind there."""
    found: dict[str, T] = {}
    for key, own in ours.items():
        before, other = base.get(key), theirs.get(key)
        if own == before and other is None:
            continue
        if own == before and other is not None:
            own = other
        elif before is not None and other not in (None, before, own):
            own = both(before, own, other)
        found[key] = own
    keys = list(found)
    above = ""
    for key, other in theirs.items():
        if key not in base and key not in ours:
            keys.insert(keys.index(above) + 1 if above in found else len(keys), key)
            found[key] = other
        above = key if key in found else above
    return {key: found[key] for key in keys}


def _ended(text: str, newline: str) -> str:
    """A piece that another may follow."""
    return text if text.endswith(("\n", "\r")) else text + newline


def _without_blank_lines(text: str) -> tuple[str, str]:
    lines = text.splitlines(keepends=True)
    end = len(lines)
    while end > 1 and not lines[end - 1].strip():
        end -= 1
    return "".join(lines[:end]), "".join(lines[end:])
