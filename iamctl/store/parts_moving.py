"""Splitting a directory over files and joining it again: texts move, entities stay as they are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from iamctl.domain.change import Change
from iamctl.domain.errors import Conflict
from iamctl.domain.shape import PART, ROOT
from iamctl.domain.source import Plain
from iamctl.ports import Division
from iamctl.store.journal import Step
from iamctl.store.parts import NAMED, Whole
from iamctl.store.parts_edit import merged
from iamctl.store.parts_texts import Block, Piece, Texts, comments_in, moved_to, pieces_of
from iamctl.store.reader import ReadResult, included, read_file
from iamctl.store.splice import same, splice
from iamctl.store.tree import Tree

_ORDER = {key: number for number, key in enumerate(ROOT.fields)}


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
        name: _together(sorted(blocks, key=_rank), texts.newline) for name, blocks in parts.items()
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
    joining = _Joining(main)
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


def _rank(block: Block) -> int:
    return _ORDER[block.key]


def _divided(
    closed: Block,
    places: Mapping[tuple[str, ...], str],
    parts: dict[str, list[Block]],
    texts: Texts,
) -> Block:
    """What stays of a block; what goes is added to the parts."""
    place = places.get((closed.key,))
    if place is not None:
        parts.setdefault(place, []).append(closed._replace(tail=""))
        return Block(closed.key, "", (), _worth(closed.tail))
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
    head = block.head if comments_in(block.head) else ""
    return Block(block.key, head, (), block.tail if head else _worth(block.tail))


def _worth(tail: str) -> str:
    """What follows a section that goes, unless it is blank."""
    return tail if tail.strip() else ""


def _whole_lines(text: str, newline: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}{newline}"


def _together(blocks: Iterable[Block], newline: str) -> str:
    """The text of a file of blocks."""
    return "".join(
        _whole_lines(text, newline)
        for block in blocks
        for text in (block.head, *(piece.text for piece in block.pieces), block.tail)
    )


def _with_include(
    texts: Texts, blocks: Sequence[Block], tree: Tree, listed: list[str] | None
) -> str:
    """The main file's text of blocks, including what is listed."""
    text = f"{_whole_lines(texts.preamble, texts.newline)}{_together(blocks, texts.newline)}"
    result = _read(text, tree.file)
    plain = cast("dict[str, Plain]", result.required().plain)
    if listed == plain.get("include"):
        return text
    change = Change(("include",), plain.get("include"), cast(Plain, listed))
    return splice(cast(Tree, result.tree), plain, (change,)).text


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


class _Joining:
    """The main file's blocks, with what parts bring."""

    def __init__(self, main: Texts) -> None:
        self._blocks = list(main.blocks)
        self._opened = main.opened
        self._newline = main.newline
        self._carried: list[str] = []

    def blocks(self) -> list[Block]:
        """The blocks of all; comments that stood beside no entity come last."""
        blocks, comments = self._blocks, self._carried
        if comments:
            tail = _whole_lines(blocks[-1].text, self._newline)
            text = self._lines(["", *comments], 0)
            blocks = [*blocks[:-1], Block(blocks[-1].key, tail, (), text)]
        return blocks

    def add(self, part: Texts) -> None:
        """Take a part's texts in: its entities among those of their sections, its own comments
        above the first of them."""
        self._carried += comments_in(part.preamble)
        for block in part.blocks:
            if block.key not in NAMED:
                self._insert(block._replace(head=self._lines(self._taken(), 0) + block.text))
                continue
            block = part.opened(block)
            self._carried += comments_in(block.head)
            if block.pieces:
                self._join(self._as_main(block))
            self._carried += comments_in(block.tail)

    def _as_main(self, block: Block) -> Block:
        """The block with the main file's line ends, and the blank lines that end it with the last
        piece."""
        name, text = block.pieces[-1]
        blank = "" if block.tail.strip() else block.tail
        pieces = (*block.pieces[:-1], Piece(name, _whole_lines(text, "\n") + blank))
        return block._replace(
            pieces=tuple(
                Piece(name, text.replace("\r\n", "\n").replace("\n", self._newline))
                for name, text in pieces
            )
        )

    def _join(self, block: Block) -> None:
        n = next((n for n, one in enumerate(self._blocks) if one.key == block.key), None)
        if n is None:
            head = f"{block.key}:{self._newline}"
            self._insert(Block(block.key, head, self._led(block, block.column), "", block.column))
            return
        own = self._opened(self._blocks[n])
        if not own.pieces:  # empty, in whatever way
            head = self._lines([*comments_in(own.head), f"{own.key}:"], 0)
            own = Block(own.key, head, (), _blank_end(own.head), block.column)
        pieces = _placed(own.pieces, self._led(block, own.column), self._newline)
        self._blocks[n] = own._replace(pieces=pieces)

    def _led(self, block: Block, column: int) -> tuple[Piece, ...]:
        """The pieces at their new column, below the comments that are carried along."""
        pieces = list(moved_to(column, block))
        above = self._lines(self._taken(), column)
        pieces[0] = Piece(pieces[0].name, above + pieces[0].text)
        return tuple(pieces)

    def _taken(self) -> list[str]:
        taken, self._carried = self._carried, []
        return taken

    def _lines(self, lines: Iterable[str], column: int) -> str:
        margin = " " * column
        return "".join(f"{margin if line else ''}{line}{self._newline}" for line in lines)

    def _insert(self, block: Block) -> None:
        """Put a section where files have it, apart from its neighbours by blank lines."""
        n = next((n for n, one in enumerate(self._blocks) if _rank(one) > _rank(block)), None)
        if n is not None:
            self._blocks.insert(n, block._replace(tail=block.tail or self._newline))
            return
        last = self._blocks[-1]
        if not _blank_end(_whole_lines(last.text, self._newline)):
            block = block._replace(head=self._newline + block.head)
        self._blocks.append(block)


def _blank_end(text: str) -> str:
    """The last line of a text where that is blank."""
    lines = text.splitlines(keepends=True)
    return lines[-1] if lines and not lines[-1].strip() else ""


def _placed(own: tuple[Piece, ...], new: tuple[Piece, ...], newline: str) -> tuple[Piece, ...]:
    """Pieces together: in order where both are in order, else the new ones last."""
    pieces = [Piece(name, _whole_lines(text, newline)) for name, text in (*own, *new)]
    for fold in (str, str.lower):
        if all(
            [fold(piece.name) for piece in side] == sorted(fold(piece.name) for piece in side)
            for side in (own, new)
        ):
            return tuple(sorted(pieces, key=lambda piece: fold(piece.name)))
    return tuple(pieces)
