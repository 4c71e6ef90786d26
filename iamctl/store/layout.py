"""Where things stand in a YAML file's text: indicators, lines, comments and the ends of values.

Positions count characters of the text from 0. A node's own end mark is of no use for block
collections (it is the next token, past comments and blank lines) nor for block scalars.
"""

import re
from typing import NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_BREAKS = "\n\r\x85\u2028\u2029"
_SPACE = re.compile(r"[ \t\r\n\x85\u2028\u2029\ufeff]*")
_PROPERTY = re.compile(r"[&!]\S*")
_ALIAS = re.compile(r"\*[^\s,\[\]{}]*")


class Slot(NamedTuple):
    """One pair of a mapping or item of a list, and its text.

    `start` is the key or, in a block list, the dash; `inside` the position after the colon or
    dash; `end` the end of its last value, without comments.
    """

    key: ScalarNode | None
    node: Node
    start: int
    inside: int
    end: int


class Layout:
    """A text with questions about its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._breaks = [char for char in _BREAKS if char in text]
        self._anchored = "&" in text
        first = self.line_end(0)
        self.newline = "\r\n" if text.startswith("\r\n", first) else "\n"

    def line_start(self, at: int) -> int:
        """The start of the line that holds a position."""
        return max((self.text.rfind(char, 0, at) for char in self._breaks), default=-1) + 1

    def line_end(self, at: int) -> int:
        """The end of the line that holds a position, before its line break."""
        found = [n for char in self._breaks if (n := self.text.find(char, at)) >= 0]
        return min(found, default=len(self.text))

    def next_line(self, at: int) -> int:
        """The start of the next line; the end of the text when there is none."""
        end = self.line_end(at)
        return end + 2 if self.text.startswith("\r\n", end) else min(end + 1, len(self.text))

    def break_before(self, start: int) -> int:
        """Where the line break that ends just before a line's start begins."""
        return start - 2 if self.text[max(0, start - 2) : start] == "\r\n" else max(0, start - 1)

    def starts_line(self, at: int) -> bool:
        """Whether only space stands before a position on its line."""
        return not self.text[self.line_start(at) : at].strip(" \t")

    def margin(self, at: int) -> str:
        """The space that starts the line that holds a position: tabs too, in flow collections."""
        start = self.line_start(at)
        line = self.text[start : self.line_end(at)]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def rest_is_comment(self, at: int) -> bool:
        """Whether nothing but space and a comment follows on the line."""
        rest = self.text[at : self.line_end(at)].lstrip(" \t")
        return not rest or rest.startswith("#")

    def is_blank(self, start: int) -> bool:
        """Whether the line that starts there exists and holds nothing but space."""
        return start < len(self.text) and not self.text[start : self.line_end(start)].strip(" \t")

    def has_wide_blanks(self, at: int, column: int) -> bool:
        """Whether the run of blank lines from a line's start on has one of more space than
        `column`: a block scalar above that is indented so far would take it for text."""
        while self.is_blank(at):
            if self.line_end(at) - at > column:
                return True
            at = self.next_line(at)
        return False

    def skip_spaces(self, at: int) -> int:
        """The next position that is neither space nor tab."""
        while self.text[at : at + 1] in (" ", "\t"):
            at += 1
        return at

    def skip(self, at: int) -> int:
        """The next position that is neither space, line break nor comment."""
        while True:
            match = _SPACE.match(self.text, at)
            at = match.end() if match else at
            if not self.text.startswith("#", at):
                return at
            at = self.line_end(at)

    def skip_blanks(self, at: int) -> int:
        """The first line from a line's start on that is not blank."""
        while self.is_blank(at):
            at = self.next_line(at)
        return at

    def skip_blanks_back(self, at: int, floor: int) -> int:
        """The start of the run of blank lines that ends at a line's start, not before `floor`."""
        while at > floor:
            previous = self.line_start(self.break_before(at))
            if previous < floor or not self.is_blank(previous):
                break
            at = previous
        return at

    def after(self, end: int, column: int) -> int:
        """The line after a block value, past the comments that are indented deeper than it."""
        at = best = self.next_line(end)
        while at < len(self.text):
            line = self.text[at : self.line_end(at)]
            bare = line.lstrip(" \t")
            if bare and not (bare[0] == "#" and len(line) - len(bare) > column):
                break
            at = self.next_line(at)
            if bare:
                best = at
        return best

    def lead(self, start: int, column: int, floor: int) -> int:
        """The start of the comment block that stands right above a position's line.

        Comments indented deeper belong to what stands before; `floor` is where that ends.
        """
        at = self.line_start(start)
        while at > floor:
            previous = self.line_start(self.break_before(at))
            line = self.text[previous : self.line_end(previous)]
            bare = line.lstrip(" \t")
            if previous < floor or not bare.startswith("#") or len(line) - len(bare) > column:
                break
            at = previous
        return at

    def slot(self, key: ScalarNode, value: Node) -> Slot:
        """The slot of a mapping's pair."""
        colon = self.skip(key.end_mark.index)
        inside = colon + 1 if self.text.startswith(":", colon) else key.end_mark.index
        return Slot(key, value, key.start_mark.index, inside, self.end(value, inside))

    def items(self, node: SequenceNode) -> list[Slot]:
        """The slots of a list, in order."""
        found: list[Slot] = []
        at = self.opening(node) + 1 if node.flow_style else node.start_mark.index
        for item in node.value:
            start = at = self.skip(at)
            if node.flow_style:
                inside = at
            else:
                start = at = at if self.text.startswith("-", at) else self.text.index("-", at)
                inside = at + 1
            end = at = self.end(item, inside)
            found.append(Slot(None, item, start, inside, end))
            if node.flow_style and self.text.startswith(",", comma := self.skip(at)):
                at = comma + 1
        return found

    def end(self, node: Node, inside: int) -> int:
        """The end of a value's own text; `inside` is where its slot begins."""
        if node.start_mark.index < inside:  # an alias: the node stands elsewhere
            match = _ALIAS.match(self.text, self.skip(inside))
            return match.end() if match else inside
        if isinstance(node, ScalarNode):
            if node.start_mark.index == node.end_mark.index:
                return inside
            return self._block_scalar_end(node) if node.style in ("|", ">") else _index(node)
        if not isinstance(node, MappingNode | SequenceNode) or node.flow_style or not node.value:
            return _index(node)
        if isinstance(node, MappingNode):
            return self.slot(*node.value[-1]).end
        last = node.value[-1]
        if not self._anchored and not _is_empty(last):
            return self.end(last, last.start_mark.index)
        return self.items(node)[-1].end

    def last_block_scalar(self, node: Node) -> str:
        """The header, such as `|+`, of the block scalar that a value ends in, "" if in none.

        Deeper comments below one, and blank lines below `|+`, become part of it.
        """
        scalar = _last_block_scalar(node)
        return self._header(scalar.start_mark.index) if scalar else ""

    def unbroken_text(self, node: Node) -> int | None:
        """Where the sign of a block scalar stands that a value and the file end in without a line
        break, None if they do not."""
        scalar = _last_block_scalar(node)
        if scalar is None or scalar.value.endswith("\n") or _index(scalar) < len(self.text):
            return None
        return self.opening(scalar) if not self.text.endswith(tuple(_BREAKS)) else None

    def _header(self, start: int) -> str:
        """A block scalar's first line, without its comment."""
        return self.text[start : self.line_end(start)].partition("#")[0]

    def _block_scalar_end(self, node: ScalarNode) -> int:
        raw = self.text[node.start_mark.index : _index(node)]
        if "+" not in self._header(node.start_mark.index):
            end = node.start_mark.index + len(raw.rstrip())
            text = node.value.rstrip("\n")
            if text == text.rstrip():
                return end
            # Space at the end of a text, or lines of it, are part of the value.
            for _ in range(text.count("\n", len(text.rstrip()))):
                end = self.next_line(end)
            return self.line_end(end)
        # Blank lines at its end are part of the value; its mark may stand on the next line, unless
        # the value goes on to the end of a file that ends in no line break.
        start = self.line_start(_index(node))
        unbroken = node.value and not node.value.endswith("\n")
        if unbroken or self.text[start : _index(node)].strip():
            return _index(node)
        return self.break_before(start)

    def opening(self, node: Node) -> int:
        """The bracket that opens a flow collection, past an anchor or tag."""
        return self.skip(self.after_properties(node, node.start_mark.index))

    def after_properties(self, node: Node, inside: int) -> int:
        """Past the anchor and tag of a value whose slot begins at `inside`."""
        at = int(node.start_mark.index)
        while match := _PROPERTY.match(self.text, at):
            inside = match.end()
            at = self.skip(inside)
        return inside


def _index(node: Node) -> int:
    return int(node.end_mark.index)


def _last_block_scalar(node: Node) -> ScalarNode | None:
    while isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
        node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return node if isinstance(node, ScalarNode) and node.style in ("|", ">") else None


def _is_empty(node: Node) -> bool:
    return bool(node.start_mark.index == node.end_mark.index)
