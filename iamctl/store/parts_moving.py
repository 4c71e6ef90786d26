"""Splitting a directory over files and joining it again: texts move, entities stay as they are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from iamctl.domain.change import Change
from iamctl.domain.errors import Conflict
from iamctl.domain.shape import PART, ROOT
from iamctl.domain.source import Plain, same
from iamctl.ports import Division
from iamctl.store.journal import Step
from iamctl.store.parts import Whole
from iamctl.store.parts_edit import merged
from iamctl.store.parts_joining import Joining
from iamctl.store.parts_texts import (
    Block,
    Texts,
    comments_in,
    pieces_of,
    rank,
    whole_lines,
)
from iamctl.store.reader import ReadResult, included, read_file
from iamctl.store.splice import splice
from iamctl.store.tree import Tree


def split_steps(whole: Whole, division: Division) -> list[Step]:
    """What is written when what stands in the main file is divided: new parts first, the main file
    last; nothing where nothing moves.

    Raises Conflict for text that cannot be moved safely, as when the files would read otherwise
    than before.
    """
    tree, plain = _main(whole)
    texts = pieces_of(tree, plain)
    parts: dict[str, list[Block]] = {}
    kept = [_divided(block, division.places, parts, texts) for block in texts.blocks]
    if not parts:
        return []
    written = {
        name: _together(sorted(blocks, key=rank), texts.newline) for name, blocks in parts.items()
    }
    listed = list(dict.fromkeys([*included(whole.results[0]), *division.include]))
    main = _with_include(texts, [block for block in kept if block.text], tree, listed)
    new = [_read(main, tree.file), *whole.results[1:]]
    _prove(whole, [*new, *(_read(text, name, part=True) for name, text in written.items())])
    made = [Step(name, None, text.encode()) for name, text in written.items()]
    return [*made, Step(whole.texts[0].name, whole.texts[0].data, _encoded(main, tree))]


def join_steps(whole: Whole) -> list[Step]:
    """What is written when all stands in the main file again: the main file first, then its parts
    go; nothing where there are none. Raises as `split_steps`."""
    if len(whole.texts) == 1:
        return []
    tree, plain = _main(whole)
    main = pieces_of(tree, plain)
    joining = Joining(main)
    for result in whole.results[1:]:
        joining.add(pieces_of(cast(Tree, result.tree), result.required().plain))
    text = _with_include(main, joining.blocks(), tree, None)
    _prove(whole, [_read(text, tree.file)])
    gone = [Step(one.name, one.data, None) for one in whole.texts[1:]]
    return [Step(whole.texts[0].name, whole.texts[0].data, _encoded(text, tree)), *gone]


def _main(whole: Whole) -> tuple[Tree, Mapping[str, Plain]]:
    result = whole.results[0]
    return cast(Tree, result.tree), cast("Mapping[str, Plain]", result.required().plain)


def _encoded(text: str, tree: Tree) -> bytes:
    return (("\ufeff" if tree.bom else "") + text).encode()


def _divided(
    closed: Block,
    places: Mapping[tuple[str, ...], str],
    parts: dict[str, list[Block]],
    texts: Texts,
) -> Block:
    """What stays of a block; what goes is added to the parts."""
    place = places.get((closed.key,))
    if place is not None:
        inside, below = _tail_apart(closed.tail)
        parts.setdefault(place, []).append(closed._replace(tail=inside))
        return Block(closed.key, "", (), _worth(below))
    if not any(len(at) > 1 and at[0] == closed.key for at in places):
        return closed
    block = texts.opened(closed)
    going = [piece for piece in block.pieces if (block.key, piece.name) in places]
    for piece in going:
        blocks = parts.setdefault(places[block.key, piece.name], [])
        known = [one for one in blocks if one.key == block.key]
        if not known:
            blocks.append(
                Block(block.key, f"{block.key}:{texts.newline}", (piece,), "", block.column)
            )
        else:
            blocks[blocks.index(known[0])] = known[0]._replace(pieces=(*known[0].pieces, piece))
    if not going:
        return closed
    if len(going) < len(block.pieces):
        kept = [piece for piece in block.pieces if (block.key, piece.name) not in places]
        return block._replace(pieces=tuple(kept))
    head = block.head if comments_in(block.head) or _tail_apart(block.tail)[0] else ""
    return Block(block.key, head, (), block.tail if head else _worth(block.tail))


def _tail_apart(tail: str) -> tuple[str, str]:
    """The lines of a section's tail up to its last comment that is indented, so belongs to the
    section, and those below."""
    lines = tail.splitlines(keepends=True)
    inside = [n for n, line in enumerate(lines) if re.match(" +#", line)]
    count = inside[-1] + 1 if inside else 0
    return "".join(lines[:count]), "".join(lines[count:])


def _worth(tail: str) -> str:
    """What follows a section that goes, unless it is blank."""
    return tail if tail.strip() else ""


def _together(blocks: Iterable[Block], newline: str) -> str:
    """The text of a file of blocks."""
    return "".join(
        whole_lines(text, newline)
        for block in blocks
        for text in (block.head, *(piece.text for piece in block.pieces), block.tail)
    )


def _with_include(
    texts: Texts, blocks: Sequence[Block], tree: Tree, listed: list[str] | None
) -> str:
    """The main file's text of blocks, including what is listed."""
    text = f"{whole_lines(texts.preamble, texts.newline)}{_together(blocks, texts.newline)}"
    result = _read(text, tree.file)
    plain = cast("dict[str, Plain]", result.required().plain)
    if listed != plain.get("include"):
        change = Change(("include",), plain.get("include"), cast(Plain, listed))
        text = splice(cast(Tree, result.tree), plain, (change,)).text
    return _ended_as(tree.text, text, tree.file)


def _ended_as(old: str, new: str, file: str) -> str:
    """A new text with the line ends that the old one ends with, unless a value would change."""
    body = new.rstrip("\r\n")
    ended = body + old[len(old.rstrip("\r\n")) :]
    if ended == new:
        return new
    one, other = (_read(text, file).required().plain for text in (ended, new))
    return ended if same(cast(Plain, one), cast(Plain, other)) else new


def _read(text: str, file: str, part: bool = False) -> ReadResult:
    result = read_file(text.encode(), file, PART if part else ROOT)
    if result.directory is None:
        problem = next(p for p in result.problems if p.severity == "error")
        raise _unsafe(f"{file} could not be read: {problem.message} ({problem.source})")
    return result


def _unsafe(reason: str) -> Conflict:
    return Conflict(
        f"the texts cannot be moved safely: {reason}",
        code="UnmodifiableEntity",
        hint="see to the comments and blank lines around it, or move it by hand",
    )


def _prove(whole: Whole, results: Sequence[ReadResult]) -> None:
    """Raises Conflict when files read otherwise than the directory does."""
    old = merged([_sections(cast("Mapping[str, Plain]", whole.required().plain))])
    plains = [cast("Mapping[str, Plain]", result.required().plain) for result in results]
    new = merged([_sections(plain) for plain in plains])
    if not same(old, new):
        odd = [key for key in {**old, **new} if not same(old.get(key), new.get(key))]
        raise _unsafe(f"the files would read otherwise than before in {', '.join(odd)}")


def _sections(plain: Mapping[str, Plain]) -> dict[str, Plain]:
    return {key: value for key, value in plain.items() if key != "include"}
