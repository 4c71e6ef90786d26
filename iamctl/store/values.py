"""Writes a value in the place of another, where the old one cannot be edited from inside."""

import re
from typing import NamedTuple, cast

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from iamctl.domain.change import NOUNS
from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Address, Plain
from iamctl.store import emit
from iamctl.store.edits import Edits
from iamctl.store.flows import FlowEdit
from iamctl.store.layout import Layout, Slot


class Place(NamedTuple):
    """What a value is: its address, its shape, and whether it stands in a flow collection."""

    at: Address
    shape: Shape
    flow: bool

    def into(self, step: str | int, flow: bool) -> "Place":
        """The place one step further."""
        return Place((*self.at, step), emit.child(self.shape, step), flow)


_COMMENT = re.compile(r"[ \t]+#.*")


class ValueWriter:
    """Puts values into one text.

    `style` is the file's; `unit` the indentation of a file that is JSON printed on lines.
    """

    def __init__(self, layout: Layout, edits: Edits, style: emit.Style, unit: str | None) -> None:
        self._layout = layout
        self._text = layout.text
        self._edits = edits
        self._style = style
        self._unit = unit

    def style_of(self, node: Node, key: Node | None = None) -> emit.Style:
        """The file's style, with quotes where the node's keys and texts, or the key of an empty
        one, have double ones."""
        sample = key if key is not None and not node.value else node
        while isinstance(sample, SequenceNode) and sample.value:
            sample = sample.value[-1]
        if isinstance(sample, MappingNode) and sample.value:
            sample = sample.value[-1][0]
        return self._style._replace(quote='"' if getattr(sample, "style", None) == '"' else "")

    def scalar(self, slot: Slot, node: ScalarNode, new: Plain, place: Place) -> None:
        """Write a scalar in the place of another, between the same marks or as a block text."""
        block = None if place.flow else emit.block_text(new, place.shape)
        column = slot.start - self._layout.line_start(slot.start) + self._style.step
        if block is not None and self._ends_its_lines(slot, column):
            lines = [block[0] + self._beside(node),
                     *(emit.indented(line, column) for line in block[1:])]  # fmt: skip
            stop = self._layout.line_end(slot.end)  # space there would be the last line's
            if stop == len(self._text):
                lines.append("")  # the text's own last line break
            self._edits.replace(node.start_mark.index, stop, self._layout.newline.join(lines))
            return
        text = emit.scalar(new, place.shape, flow=place.flow, quote=mark(node))
        if node.start_mark.index == node.end_mark.index:
            colon = self._text.startswith(":", slot.inside - 1) or slot.key is None
            self._edits.insert(slot.inside, f" {text}" if colon else f": {text}")
        else:
            self._edits.replace(node.start_mark.index, slot.end, text + self._beside(node))

    def _ends_its_lines(self, slot: Slot, margin: int) -> bool:
        """Whether nothing follows a pair's value that a block text in its place, indented by
        `margin`, would swallow."""
        layout = self._layout
        column = slot.start - layout.line_start(slot.start)
        below = layout.next_line(slot.end)
        return (
            slot.key is not None
            and not self._text[slot.end : layout.line_end(slot.end)].strip()
            and layout.after(slot.end, column) == below
            and not layout.has_wide_blanks(below, margin)
        )

    def _beside(self, node: Node) -> str:
        """The comment beside the sign that a block text begins with, which is not of the text."""
        if getattr(node, "style", None) not in ("|", ">"):
            return ""
        start = node.start_mark.index
        comment = _COMMENT.search(self._text[start : self._layout.line_end(start)])
        return comment[0] if comment else ""

    def fill(self, slot: Slot, new: Plain, place: Place) -> None:
        """Fill an empty flow collection, `{ # none yet` on several lines, that holds comments."""
        style = self.style_of(slot.node, slot.key)
        if isinstance(new, dict):
            elements = [
                emit.Element(key, value, emit.child(place.shape, key), style)
                for key, value in new.items()
            ]
        else:
            items = cast(list[Plain], new)
            elements = [
                emit.Element(None, item, emit.child(place.shape, 0), style) for item in items
            ]
        self.flow_edit(slot.node, []).edit(set(), {0: elements})

    def flow_edit(self, node: Node, slots: list[Slot], entities: bool = False) -> FlowEdit:
        """An edit inside a flow collection."""
        return FlowEdit(self._layout, self._edits, node, slots, self._unit, entities)

    def whole(self, slot: Slot, new: Plain, place: Place) -> None:
        """Write a value anew: it was empty, or of another kind."""
        style = self.style_of(slot.node, slot.key)
        if slot.key is None and not place.flow and self._member(slot, new, place, style):
            return
        text = emit.one_line(str(place.at[-1]), new, place.shape, style)
        if place.flow or (getattr(slot.node, "flow_style", False) and slot.node.value):
            lines = emit.Element(None, new, place.shape, style).lines(self._unit)
            margin = self._layout.newline + self._layout.margin(slot.start)
            text = margin.join(lines)
        if text is not None:
            self._on_line(slot, text, place)
        elif slot.key is None:
            self._item(slot, emit.item_lines(new, place.shape, style))
        else:
            self._below(slot, emit.body_lines(new, place.shape, style), is_section(place.at))

    def _on_line(self, slot: Slot, text: str, place: Place) -> None:
        """Write the value on its key's line."""
        first = self._line_below(slot)
        scalar = isinstance(slot.node, ScalarNode)
        if not scalar and "#" in self._text[slot.inside : first]:
            at = self._layout.after_properties(slot.node, slot.inside)
            self._edits.insert(at, f" {text}")
            self._edits.delete(first, self._layout.next_line(slot.end))
            return
        in_flow_list = place.flow and slot.key is None
        colon = "" if self._text[slot.inside - 1] in ":-" or in_flow_list else ":"
        space = "" if in_flow_list else " "
        start = slot.inside
        if getattr(slot.node, "flow_style", True):
            start = max(start, slot.node.start_mark.index)
            space = space if start == slot.inside else ""
        text = colon + space + text + self._beside(slot.node)
        self._edits.replace(start, max(slot.end, start), text)

    def _item(self, slot: Slot, lines: list[str]) -> None:
        """Write an item of a block list, given as lines with the dash at column 0."""
        margin = " " * (slot.start - self._layout.line_start(slot.start))
        rest = [margin + line for line in lines[1:]]
        text = self._layout.newline.join([lines[0][1:], *rest])
        self._edits.replace(slot.inside, slot.end, text)

    def _below(self, slot: Slot, lines: list[str], entities: bool) -> None:
        """Write a block under its key, given as lines for a key at column 0."""
        column = slot.start - self._layout.line_start(slot.start)
        lines = [" " * column + line for line in lines]
        below = self._layout.after(slot.end, column)
        if entities and "#" in self._text[self._layout.next_line(slot.inside) : below]:
            lines.insert(0, "")  # or the comments there would be the first entity's, and go with it
        first = self._line_below(slot)
        if self._layout.line_end(slot.inside) >= slot.end:
            self._edits.delete(slot.inside, slot.end)
            self._edits.insert_lines(below, lines)
        elif isinstance(slot.node, MappingNode | SequenceNode) and not slot.node.value:
            self._take_away(slot)
            self._edits.insert_lines(below, lines)
        elif first > slot.inside:
            self._edits.replace(first, slot.end, self._layout.newline.join(lines))
        else:
            text = self._layout.newline.join([self._beside(slot.node), *lines])
            self._edits.replace(slot.inside, slot.end, text)

    def _line_below(self, slot: Slot) -> int:
        """The line where a pair's block collection or text begins if that is below its key's,
        past the comments between; else where the pair's value may begin."""
        node = slot.node
        start: int = node.start_mark.index
        if isinstance(node, MappingNode | SequenceNode):
            if node.flow_style or not node.value:
                return slot.inside
            if isinstance(node, SequenceNode):
                start = self._layout.items(node)[0].start
            else:
                start = node.value[0][0].start_mark.index
        line = self._layout.line_start(start)
        return line if slot.key is not None and line > slot.inside else slot.inside

    def _member(self, slot: Slot, new: Plain, place: Place, style: emit.Style) -> bool:
        """Give a list's item an expiry, or take it away: the comment beside the name stays there.

        Whether that was what is to be done.
        """
        node = slot.node
        if isinstance(node, ScalarNode) and isinstance(new, dict) and new:
            first, *rest = emit.item_lines(new, place.shape, style)
            self._edits.replace(node.start_mark.index, slot.end, first[2:])
            margin = " " * (node.start_mark.column - len("- "))
            below = self._layout.next_line(slot.end)
            if rest:
                self._edits.insert_lines(below, [margin + line for line in rest])
            return True
        if isinstance(new, dict | list) or not isinstance(node, MappingNode) or node.flow_style:
            return False
        slots = [self._layout.slot(*pair) for pair in node.value]
        text = emit.scalar(new, place.shape, quote=style.quote)
        self._edits.replace(node.start_mark.index, slots[0].end, text)
        for pair in slots[1:]:
            start = self._layout.line_start(pair.start)
            self._edits.delete(start, self._layout.next_line(pair.end))
        return True

    def _take_away(self, slot: Slot) -> None:
        """Delete an empty value that stands on a line below its key."""
        start, line_end = slot.node.start_mark.index, self._layout.line_end(slot.end)
        rest = self._text[slot.end : line_end]
        if self._layout.starts_line(start) and not rest.strip():
            self._edits.delete(self._layout.line_start(start), self._layout.next_line(slot.end))
        elif not rest.strip():
            self._edits.delete(slot.inside, line_end)
        else:
            # A comment takes its place: no tab may come before it on a line of its own.
            self._edits.delete(start, line_end - len(rest.lstrip()))


def mark(node: ScalarNode) -> str:
    """The marks that a text stands in, "" for none."""
    return node.style if node.style in ('"', "'") else ""


def is_section(at: Address) -> bool:
    """Whether entities stand at the address."""
    return len(at) == 1 and at[0] in NOUNS
