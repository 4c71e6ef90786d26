"""What parts of a directory bring, put into the text of its main file."""

import re
from collections.abc import Iterable, Sequence

from iamctl.store.parts import NAMED
from iamctl.store.parts_texts import (
    Block,
    Piece,
    Texts,
    comments_in,
    moved_to,
    rank,
    whole_lines,
)


class Joining:
    """The main file's blocks, with what parts bring."""

    def __init__(self, main: Texts) -> None:
        self._blocks = list(main.blocks)
        self._opened = main.opened
        self._newline = main.newline
        self._carried: list[str] = []
        self._new: dict[str, list[tuple[Piece, ...]]] = {}

    def blocks(self) -> list[Block]:
        """The blocks of all; comments that stood beside no entity come last."""
        comments = self._carried
        blocks = [
            _filled(own, self._new.get(own.key, []), self._newline)
            if own.pieces or own.key in self._new
            else own
            for own in self._blocks
        ]
        if comments:
            tail = whole_lines(blocks[-1].text, self._newline)
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
            if block.pieces and all(one.key != block.key for one in self._blocks):
                self._insert_whole(block)
                continue
            self._carried += comments_in(block.head)
            if block.pieces:
                self._join(self._as_main(block))
            self._carried += comments_in(block.tail)

    def _as_main(self, block: Block) -> Block:
        """The block with the main file's line ends, and the blank lines that end it with the last
        piece."""
        name, text = block.pieces[-1]
        blank = "" if block.tail.strip() else block.tail
        pieces = (*block.pieces[:-1], Piece(name, whole_lines(text, "\n") + blank))
        return block._replace(pieces=tuple(Piece(name, self._ended(text)) for name, text in pieces))

    def _ended(self, text: str) -> str:
        """A text with the main file's line ends."""
        return text.replace("\r\n", "\n").replace("\n", self._newline)

    def _insert_whole(self, block: Block) -> None:
        """Put a section that the main file lacks, as it stands in its part."""
        head = self._lines(self._taken(), 0) + self._ended(block.head)
        tail = whole_lines(block.tail, "\n") if block.tail.strip() else ""
        self._insert(self._as_main(block)._replace(head=head, tail=self._ended(tail)))

    def _join(self, block: Block) -> None:
        n = next(n for n, one in enumerate(self._blocks) if one.key == block.key)
        if block.key not in self._new:
            own = self._opened(self._blocks[n])
            if not own.pieces:  # empty, in whatever way
                own = self._emptied(own)._replace(column=block.column)
            self._blocks[n] = own
        new = self._led(block, self._blocks[n].column)
        self._new.setdefault(block.key, []).append(new)

    def _emptied(self, own: Block) -> Block:
        """An empty section, ready for entities: as it is where nothing stands behind its key."""
        lines = own.head.splitlines(keepends=True)
        key = [n for n, line in enumerate(lines) if re.match(rf"{own.key}:[ \t]*(#|\r?\n|$)", line)]
        if key:
            head = whole_lines("".join(lines[: key[0] + 1]), self._newline)
            return Block(own.key, head, (), "".join(lines[key[0] + 1 :]) + own.tail)
        head = self._lines([*comments_in(own.head), f"{own.key}:"], 0)
        return Block(own.key, head, (), _blank_end(own.head))

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
        n = next((n for n, one in enumerate(self._blocks) if rank(one) > rank(block)), None)
        if n is not None:
            blank = "" if _blank_end(block.tail if block.pieces else block.text) else self._newline
            self._blocks.insert(n, block._replace(tail=block.tail + blank))
            return
        last = self._blocks[-1]
        if not _blank_end(whole_lines(last.text, self._newline)):
            block = block._replace(head=self._newline + block.head)
        self._blocks.append(block)


def _blank_end(text: str) -> str:
    """The last line of a text where that is blank."""
    lines = text.splitlines(keepends=True)
    return lines[-1] if lines and not lines[-1].strip() else ""


def _filled(own: Block, new: Sequence[tuple[Piece, ...]], newline: str) -> Block:
    """A block with the pieces of parts.

    Blank lines part entities as before: those behind a section's last one stand in its tail.
    """
    pieces = _placed([own.pieces, *new], newline)
    apart = max(_blank_lines(piece.text) for piece in pieces)
    tail, last = own.tail, own.pieces[-1].name if own.pieces else pieces[-1].name
    n = next(n for n, piece in enumerate(pieces) if piece.name == last)
    if piece_blank := apart - _blank_lines(pieces[n].text) if n + 1 < len(pieces) else 0:
        there = len(tail) - len(tail.lstrip("\r\n"))
        lines = tail[:there].count("\n")
        if lines > piece_blank or (lines == piece_blank and tail.strip()):
            tail = tail[piece_blank * len(newline) :]
        pieces[n] = Piece(last, pieces[n].text + newline * piece_blank)
    if not tail.partition("\n")[0].strip() and tail:
        name, text = pieces[-1]
        pieces[-1] = Piece(name, whole_lines(text.rstrip("\r\n"), newline))
    return own._replace(pieces=tuple(pieces), tail=tail)


def _blank_lines(text: str) -> int:
    """How many blank lines a text ends with."""
    return len(text.splitlines()) - len(text.rstrip().splitlines())


def _placed(sides: Sequence[tuple[Piece, ...]], newline: str) -> list[Piece]:
    """Pieces together: in order where each side is in order, else those of one after another."""
    pieces = [Piece(name, whole_lines(text, newline)) for side in sides for name, text in side]
    for fold in (str, str.lower):
        names = [[fold(piece.name) for piece in side] for side in sides]
        if all(side == sorted(side) for side in names):
            return sorted(pieces, key=lambda piece: fold(piece.name))
    return pieces
