"""Edits inside flow collections, `{a: 1}` and `[a, b]`, on one line or many."""

from bisect import bisect_left
from collections.abc import Mapping

from yaml.nodes import Node

from iamctl.store.edits import Edits
from iamctl.store.layout import Layout, Slot


class FlowEdit:
    """Takes elements out of one flow collection and puts others in.

    `inserted` maps a position among the old elements to the texts that go before it; every
    comment stays, but those on a line that goes altogether.
    """

    def __init__(self, layout: Layout, edits: Edits, node: Node, slots: list[Slot]) -> None:
        self._layout = layout
        self._edits = edits
        self._slots = slots
        self._open = layout.opening(node)
        self._close = int(node.end_mark.index) - 1

    def edit(self, removed: set[int], inserted: Mapping[int, list[str]]) -> None:
        """Make the edits."""
        slots = self._slots
        kept = [n for n in range(len(slots)) if n not in removed]
        if not kept:
            texts = [text for n in sorted(inserted) for text in inserted[n]]
            if not slots or not texts:
                self._refill(texts)
                return
            # The first element gives its place to the new ones, so that comments stay.
            self._edits.replace(slots[0].start, slots[0].end, ", ".join(texts))
            kept, inserted, removed = [0], {}, removed - {0}
        self._insert(kept, inserted)
        last = kept[-1]
        for n in sorted(removed):
            self._remove(slots[n], n > last)
        if last < len(slots) - 1 and self._comma(slots[-1]) is None:
            comma = self._comma(slots[last])
            followed = any(n > last for n in inserted) and self._own_line(slots[last])
            if comma is not None and not followed:
                self._edits.delete(comma, comma + 1)

    def _insert(self, kept: list[int], inserted: Mapping[int, list[str]]) -> None:
        """Put each new element after the nearest one before it that stays."""
        groups: dict[int, list[str]] = {}
        for position in sorted(inserted):
            nearest = bisect_left(kept, position) - 1
            groups.setdefault(kept[nearest] if nearest >= 0 else -1, []).extend(inserted[position])
        for anchor, texts in groups.items():
            if anchor < 0:
                self._insert_before(self._slots[kept[0]], texts)
            else:
                self._insert_after(self._slots[anchor], texts)

    def _refill(self, texts: list[str]) -> None:
        """Empty the collection, or fill an empty one."""
        if "#" not in self._between_slots():
            self._edits.replace(self._open + 1, self._close, ", ".join(texts))
        elif texts:
            self._edits.insert(self._open + 1, ", ".join(texts))
        else:
            for slot in self._slots:
                self._remove(slot, False)

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

    def _insert_after(self, slot: Slot, texts: list[str]) -> None:
        if not self._own_line(slot):
            self._edits.insert(slot.end, "".join(f", {text}" for text in texts))
            return
        comma = self._comma(slot)
        if comma is None:
            self._edits.insert(slot.end, ",")
        indent = " " * self._layout.indent(slot.start)
        lines = [f"{indent}{text}," for text in texts]
        if comma is None:
            lines[-1] = lines[-1][:-1]
        self._edits.insert_lines(self._layout.next_line(self._stop(slot)), lines)

    def _insert_before(self, slot: Slot, texts: list[str]) -> None:
        if self._layout.starts_line(slot.start):
            indent = " " * self._layout.indent(slot.start)
            lines = [f"{indent}{text}," for text in texts]
            self._edits.insert_lines(self._layout.line_start(slot.start), lines)
        else:
            self._edits.insert(slot.start, "".join(f"{text}, " for text in texts))

    def _remove(self, slot: Slot, trailing: bool) -> None:
        """`trailing` says that no element after this one stays."""
        layout, text = self._layout, self._layout.text
        if self._own_line(slot):
            line = layout.line_start(slot.start)
            self._edits.delete(line, layout.next_line(self._stop(slot)))
            return
        start, comma = slot.start, self._comma(slot)
        if trailing and not layout.starts_line(start):
            start = self._back(start)
        if comma is None:
            self._edits.delete(start, slot.end)
        elif "#" in text[slot.end : comma]:
            self._edits.delete(start, slot.end)
            self._edits.delete(comma, comma + 1)
        else:
            stop = comma + 1
            if not layout.rest_is_comment(stop):
                while text[stop] in " \t":
                    stop += 1
            self._edits.delete(start, stop)

    def _back(self, at: int) -> int:
        while self._layout.text[at - 1] in " \t":
            at -= 1
        return at
