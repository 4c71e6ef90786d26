"""A directory file's text as pieces that may be exchanged: sections, and in them entities."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from iamctl.store.layout import Layout
from iamctl.store.segments import Segments, is_split
from iamctl.store.tree import Tree

T = TypeVar("T", str, "str | Section")


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


Both = Callable[[str, str, str], str]
"""What becomes of a text that both sides changed: base, ours and theirs."""


def exchanged(base: Pieces, ours: Pieces, theirs: Pieces, both: Both) -> Pieces:
    """Our pieces, but theirs where they alone changed one."""

    def section(
        old: "str | Section", own: "str | Section", other: "str | Section"
    ) -> "str | Section":
        if isinstance(old, Section) and isinstance(own, Section) and isinstance(other, Section):
            return Section(
                _one(old.head, own.head, other.head, both),
                _ordered(old.entities, own.entities, other.entities, both),
                _one(old.tail, own.tail, other.tail, both),
            )
        if isinstance(old, str) and isinstance(own, str) and isinstance(other, str):
            return both(old, own, other)
        return own

    return _ordered(base, ours, theirs, section)


def _one(base: T, ours: T, theirs: T, both: Callable[[T, T, T], T]) -> T:
    before, own, other = str(base), str(ours), str(theirs)  # dicts are equal in any order
    if own == before or other in (before, own):
        return theirs if own == before else ours
    return both(base, ours, theirs)


def _ordered(
    base: dict[str, T], ours: dict[str, T], theirs: dict[str, T], both: Callable[[T, T, T], T]
) -> dict[str, T]:
    """Three states of named pieces as one; what is new stands behind what it stood behind."""
    found: dict[str, T] = {}
    for key, own in ours.items():
        before, other = base.get(key), theirs.get(key)
        if before is None or other is None:
            if str(own) != str(before):
                found[key] = own
        else:
            found[key] = _one(before, own, other, both)
    for key, other in theirs.items():
        if key not in base and key not in ours:
            found[key] = other
    # Whoever moved pieces about says where they stand, ours before theirs.
    first, second = (ours, theirs) if _is_moved(base, ours) else (theirs, ours)
    keys = [key for key in first if key in found]
    above = ""
    for key in second:
        if key in found and key not in first:
            keys.insert(keys.index(above) + 1 if above else 0, key)
        above = key if key in found else above
    return {key: found[key] for key in keys}


def _is_moved(base: Iterable[str], side: Iterable[str]) -> bool:
    """Whether keys of the base stand in another order."""
    known = {key: number for number, key in enumerate(base)}
    places = [known[key] for key in side if key in known]
    return places != sorted(places)


def _ended(text: str, newline: str) -> str:
    """A piece that another may follow."""
    return text if text.endswith(("\n", "\r")) else text + newline


def _without_blank_lines(text: str) -> tuple[str, str]:
    lines = text.splitlines(keepends=True)
    end = len(lines)
    while end > 1 and not lines[end - 1].strip():
        end -= 1
    return "".join(lines[:end]), "".join(lines[end:])
