"""Edits inside flow collections, `{a: 1}` and `[a, b]`, on one line or many."""

from bisect import bisect_left
from collections.abc import Mapping

from yaml.nodes import MappingNode, Node, SequenceNode

from iamctl.store.edits import Edits
from iamctl.store.emit import Element
from iamctl.store.layout import Layout, Slot

Inserted = Mapping[int, list[Element]]


class FlowEdit:
    """Takes elements out of one flow collection and puts others in.

    `unit` is the indentation of a file that is JSON printed on lines. An `entities` collection
    gives its elements up with the comments above them; every other comment stays, but those on a
    line that goes altogether.
    """

    def __init__(
        self, layout: Layout, edits: Edits, node: Node, slots: list[Slot],
        unit: str | None = None, entities: bool = False,
    ) -> None:  # fmt: skip
        self._layout = layout
        self._edits = edits
        self._slots = slots
        self._open = layout.opening(node)
        self._close = int(node.end_mark.index) - 1
        self._unit = unit
        self._entities = entities
        self._inserts = False

    def edit(self, removed: set[int], inserted: Inserted) -> None:
        """Make the edits. `inserted` maps a position among the old elements to those that go
        before it."""
        slots = self._slots
        self._inserts = bool(inserted)
        kept = [n for n in range(len(slots)) if n not in removed]
        if not kept:
            elements = [element for n in sorted(inserted) for element in inserted[n]]
            if not slots or not elements:
                self._refill(elements)
                return
            # The first element gives its place to the new ones, so that comments stay.
            self._edits.replace(slots[0].start, slots[0].end, _joined(elements))
            kept, inserted, removed = [0], {}, removed - {0}
        self._insert(kept, inserted)
        last = kept[-1]
        for n in sorted(removed):
            self._remove(n, n > last)
        if last < len(slots) - 1 and self._comma(slots[-1]) is None:
            comma = self._comma(slots[last])
            followed = any(n > last for n in inserted) and self._own_line(slots[last])
            if comma is not None and not followed:
                self._edits.delete(comma, comma + 1)

    def _insert(self, kept: list[int], inserted: Inserted) -> None:
        """Put each new element after the nearest one before it that stays."""
        groups: dict[int, list[Element]] = {}
        for position in sorted(inserted):
            nearest = bisect_left(kept, position) - 1
            groups.setdefault(kept[nearest] if nearest >= 0 else -1, []).extend(inserted[position])
        for anchor, elements in groups.items():
            if anchor < 0:
                self._insert_before(kept[0], elements)
            else:
                self._insert_after(self._slots[anchor], elements)

    def _refill(self, elements: list[Element]) -> None:
        """Empty the collection, or fill an empty one."""
        if "#" not in self._between_slots():
            layout, text = self._layout, _joined(elements)
            if elements and self._unit and layout.text[self._open + 1 : self._close].strip() == "":
                outer = layout.margin(self._open)
                lines = self._lines(elements, outer + self._unit)
                text = layout.newline.join(("", *lines, outer))
            self._edits.replace(self._open + 1, self._close, text)
        elif elements:
            self._edits.insert(self._open + 1, _joined(elements))
        else:
            for n in range(len(self._slots)):
                self._remove(n, False)

    def _between_slots(self) -> str:
        """The text inside the brackets that is no element."""
        parts: list[str] = []
        at = self._open + 1
        for slot in self._slots:
            parts.append(self._layout.text[at : slot.start])
            at = slot.end
        return "".join((*parts, self._layout.text[at : self._close]))

    def _comma(self, slot: Slot) -> int | None:
        at = self._layout.skip(slot.end)
        return at if self._layout.text.startswith(",", at) else None

    def _stop(self, slot: Slot) -> int:
        """Past the element and its comma, if that is on the same line."""
        comma = self._comma(slot)
        if comma is None or self._layout.line_end(slot.end) < comma:
            return slot.end
        return comma + 1

    def _own_line(self, slot: Slot) -> bool:
        """Whether the element has its lines for itself."""
        comma = self._comma(slot)
        layout = self._layout
        near = comma is None or comma < layout.line_end(slot.end)
        stop = self._stop(slot)
        return (
            near
            and layout.starts_line(slot.start)
            and layout.rest_is_comment(stop)
            and layout.line_end(stop) < self._close
        )

    def _lines(self, elements: list[Element], margin: str) -> list[str]:
        """Lines of new elements, with commas between them."""
        unit = self._unit_of(margin)
        lines: list[str] = []
        for element in elements:
            lines += element.lines(unit)
            lines[-1] += ","
        lines[-1] = lines[-1][:-1]
        return [margin + line for line in lines]

    def _unit_of(self, margin: str) -> str | None:
        """One level of indentation, if the last collection here stands on lines of its own, or
        all of the file does; None otherwise."""
        for slot in reversed(self._slots):
            node = slot.node
            filled = isinstance(node, MappingNode | SequenceNode) and node.value
            if filled and node.start_mark.index >= slot.inside:
                if not self._layout.rest_is_comment(self._layout.opening(node) + 1):
                    return None
                outer = self._layout.margin(self._close)
                return margin[len(outer) :] if margin.startswith(outer) else "  "
        return self._unit

    def _insert_after(self, slot: Slot, elements: list[Element]) -> None:
        if not self._own_line(slot):
            self._edits.insert(slot.end, f", {_joined(elements)}")
            return
        comma = self._comma(slot)
        if comma is None:
            self._edits.insert(slot.end, ",")
        lines = self._lines(elements, self._layout.margin(slot.start))
        if comma is not None:
            lines[-1] += ","
        self._edits.insert_lines(self._layout.next_line(self._stop(slot)), lines)

    def _insert_before(self, n: int, elements: list[Element]) -> None:
        slot = self._slots[n]
        if self._layout.starts_line(slot.start):
            lines = self._lines(elements, self._layout.margin(slot.start))
            lines[-1] += ","
            self._edits.insert_lines(self._lead(n), lines)
        else:
            self._edits.insert(slot.start, f"{_joined(elements)}, ")

    def _floor(self, n: int) -> int:
        """The line after what stands before an element that starts a line."""
        before = self._stop(self._slots[n - 1]) if n else self._open
        return min(self._layout.next_line(before), self._layout.line_start(self._slots[n].start))

    def _lead(self, n: int) -> int:
        """The first line of an element that starts a line: of an entity, its comments'."""
        layout, start = self._layout, self._slots[n].start
        line = layout.line_start(start)
        return layout.lead(start, start - line, self._floor(n)) if self._entities else line

    def _remove(self, n: int, trailing: bool) -> None:
        """`trailing` says that no element after this one stays."""
        layout, text, slot = self._layout, self._layout.text, self._slots[n]
        if self._own_line(slot):
            self._remove_lines(n, trailing)
            return
        start, comma = self._behind(n) if trailing else slot.start, self._comma(slot)
        ends_line = layout.rest_is_comment(self._stop(slot)) and not layout.starts_line(start)
        if n and ends_line and not trailing:
            start = self._back(start)
        if not n and ends_line and self._is_followed(slot):
            self._edits.delete(start, self._slots[1].start)
        elif comma is None:
            self._edits.delete(start, slot.end)
        elif "#" in text[slot.end : comma]:
            self._edits.delete(start, slot.end)
            self._edits.delete(comma, comma + 1)
        else:
            stop = comma + 1
            if not trailing and not layout.rest_is_comment(stop):
                while text[stop] in " \t":
                    stop += 1
            self._edits.delete(start, stop)

    def _remove_lines(self, n: int, trailing: bool) -> None:
        layout = self._layout
        start, stop = self._lead(n), layout.next_line(self._stop(self._slots[n]))
        if self._entities:
            floor = self._floor(n)
            if trailing:
                start = layout.skip_blanks_back(start, floor)
            elif start == floor or layout.is_blank(layout.line_start(layout.break_before(start))):
                stop = layout.skip_blanks(stop)
        self._edits.delete(start, stop)

    def _is_followed(self, slot: Slot) -> bool:
        """Whether the next element can take the place of the first."""
        if self._inserts or len(self._slots) < 2:
            return False
        return "#" not in self._layout.text[slot.end : self._slots[1].start]

    def _behind(self, n: int) -> int:
        """Where an element's text begins when no later one stays: behind the one before it."""
        before, start = self._slots[n - 1], self._slots[n].start
        comma = self._comma(before)
        keeps = comma is not None and self._comma(self._slots[-1]) is not None
        end = comma + 1 if comma is not None and keeps else before.end
        if not self._inserts and "#" not in self._layout.text[end:start]:
            return end
        return start if self._layout.starts_line(start) else self._back(start)

    def _back(self, at: int) -> int:
        while self._layout.text[at - 1] in " \t":
            at -= 1
        return at


def _joined(elements: list[Element]) -> str:
    return ", ".join(element.lines(None)[0] for element in elements)
