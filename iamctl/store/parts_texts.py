"""A file's text in pieces that can stand in another file: entities with their comments.

The pieces of a file are a partition of its text: nothing is lost on the way from one to another.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, cast

from yaml.nodes import MappingNode, Node, ScalarNode

from iamctl.domain.errors import Conflict
from iamctl.domain.shape import ROOT
from iamctl.domain.source import Plain
from iamctl.store import emit
from iamctl.store.blocks import file_style
from iamctl.store.layout import Layout
from iamctl.store.parts import NAMED
from iamctl.store.segments import Segment, Segments
from iamctl.store.tree import Tree

_ORDER = {key: number for number, key in enumerate(ROOT.fields)}
_ODD_BREAKS = re.compile("[\x85\u2028\u2029]|\r(?!\n)")


class Piece(NamedTuple):
    """An entity's text: its comments above, itself, and what follows it."""

    name: str
    text: str


class Block(NamedTuple):
    """A top-level key's text: `head` up to the first piece, the pieces, and the `tail` of comments
    and blank lines that belong to none of them. `column` is where the pieces' keys stand.

    What is not in pieces is all head, a section in braces too until it is `opened`.
    """

    key: str
    head: str
    pieces: tuple[Piece, ...] = ()
    tail: str = ""
    column: int = 0
    in_braces: bool = False

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.head}{''.join(piece.text for piece in self.pieces)}{self.tail}"


class Texts(NamedTuple):
    """A file in pieces: what stands above the first key, then a block a key. `newline` ends its
    lines. `opened` writes a section in braces an entity below the other, and leaves others as they
    are; it raises Conflict where comments stand between the braces."""

    preamble: str
    blocks: tuple[Block, ...]
    newline: str
    opened: Callable[[Block], Block]


def pieces_of(tree: Tree, plain: Mapping[str, object]) -> Texts:
    """The pieces of a file, which reads as `plain`.

    Raises Conflict for one whose parts cannot stand elsewhere: in JSON, or with aliases.
    """
    _require_movable(tree)
    layout = Layout(tree.text)
    segments = Segments(tree, layout)
    tops = segments.tops()
    if not tops:
        return Texts(tree.text, (), layout.newline, lambda block: block)
    first = tree.root.value[0][0].start_mark
    start = layout.lead(first.index, first.column, 0)
    tops[0] = tops[0]._replace(start=start)
    blocks = tuple(_block(tree, layout, segments, top) for top in tops)
    by_key = {top.at[0]: top for top in tops}

    def opened(block: Block) -> Block:
        if not block.in_braces:
            return block
        entities = cast("dict[str, Plain]", plain[block.key])
        return _written_out(tree, layout.newline, by_key[block.key], entities)

    return Texts(tree.text[:start], blocks, layout.newline, opened)


def _require_movable(tree: Tree) -> None:
    reason, node = None, tree.root
    if tree.root.flow_style and tree.root.value:
        reason = "it is written as JSON"
    elif tree.shared or any(key.value == "<<" for key in _keys(tree.root)):
        reason = "anchors and aliases do not reach from one file to another"
    elif _ODD_BREAKS.search(tree.text):
        reason = "its lines end in unusual ways"
    if reason is not None:
        raise _conflict(tree, node, reason)


def _keys(node: MappingNode) -> Iterator[ScalarNode]:
    return (key for key, _ in node.value)


def _conflict(tree: Tree, node: Node, reason: str) -> Conflict:
    return Conflict(
        f"the texts of {tree.file} cannot be moved safely: {reason}",
        code="UnmodifiableEntity",
        where=tree.source(node),
        hint="write it in block style, an entity below the other, and try again",
    )


def _block(tree: Tree, layout: Layout, segments: Segments, top: Segment) -> Block:
    key, node = top.at[0], top.node
    if key not in NAMED or not isinstance(node, MappingNode) or not node.value:
        return Block(key, tree.text[top.start : top.end])
    if node.flow_style:
        return Block(key, tree.text[top.start : top.end], in_braces=True)
    _, *entities = segments.entities(top)
    last_key, last = node.value[-1]
    end = layout.after(layout.slot(last_key, last).end, last_key.start_mark.column)
    cut = max(min(end, top.end), entities[-1].start)
    pieces = [Piece(one.at[1], tree.text[one.start : one.end]) for one in entities[:-1]]
    pieces.append(Piece(entities[-1].at[1], tree.text[entities[-1].start : cut]))
    column = node.value[0][0].start_mark.column
    head = tree.text[top.start : entities[0].start]
    line = tree.text[layout.line_start(node.value[0][0].start_mark.index) :]
    if line[:column].strip():  # `? users` or `- `: the first entity does not begin its line
        raise _conflict(tree, node, f"{key} is written in an unusual way")
    return Block(key, head, tuple(pieces), tree.text[cut : top.end], column)


def _written_out(tree: Tree, newline: str, top: Segment, plain: dict[str, Plain]) -> Block:
    """A section in braces, written an entity below the other."""
    key, node = top.at[0], top.node
    if "#" in tree.text[node.start_mark.index : node.end_mark.index]:
        raise _conflict(tree, node, f"{key} has comments between braces")
    style, shape = file_style(tree.root), ROOT.fields[key]
    pieces: list[Piece] = []
    for name, value in plain.items():
        lines = emit.pair_lines(name, value, emit.child(shape, name), style)
        text = "".join(f"{' ' * style.step}{line}{newline}" for line in lines)
        pieces.append(Piece(name, text))
    before = tree.text[top.start : node.start_mark.index].rstrip(" \t")
    rest, _, tail = tree.text[node.end_mark.index : top.end].partition("\n")
    comment = f" {rest.strip()}" if rest.strip() else ""
    return Block(key, f"{before}{comment}{newline}", tuple(pieces), tail, style.step)


def moved_to(column: int, block: Block) -> Iterator[Piece]:
    """The pieces of a block with their keys at another column, and so all their lines."""
    delta = column - block.column
    for piece in block.pieces:
        if delta == 0:
            yield piece
            continue
        lines = piece.text.split("\n")
        yield Piece(piece.name, "\n".join(_shifted(line, delta) for line in lines))


def _shifted(line: str, delta: int) -> str:
    if not line.strip("\r"):
        return line
    if delta > 0:
        return " " * delta + line
    return line[min(-delta, len(line) - len(line.lstrip(" "))) :]


def comments_in(text: str) -> list[str]:
    """The comments of text that holds no values but a key: each as a line at the margin."""
    found: list[str] = []
    for line in text.splitlines():
        bare = line.strip()
        if not bare.startswith("#"):
            _, mark, comment = line.partition(" #")
            bare = f"#{comment}" if mark else ""
        if bare:
            found.append(bare)
    return found


def rank(block: Block) -> int:
    """Where files have it among other sections."""
    return _ORDER[block.key]


def whole_lines(text: str, newline: str) -> str:
    """The text with a line end after its last line."""
    return text if not text or text.endswith("\n") else f"{text}{newline}"
