"""Edits of block collections: whole lines go in and out, with their indentation and blank lines."""

from bisect import bisect_left

from yaml.nodes import MappingNode, Node, SequenceNode

from iamctl.domain.change import NOUNS
from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Address
from iamctl.store.edits import Edits
from iamctl.store.emit import Style, indented
from iamctl.store.layout import Layout, Slot
from iamctl.store.places import Places

_SAMPLE = 20
_TEXT_FOLLOWS = (": |", ": |-")


class BlockEdit:
    """Takes elements out of one block collection and puts others in.

    `owner` is the slot the collection stands in; `removed` the positions of elements that go.
    """

    def __init__(
        self, layout: Layout, edits: Edits, owner: Slot, node: Node, removed: set[int],
        slots: list[Slot] | None = None,
    ) -> None:  # fmt: skip
        self._layout = layout
        self._edits = edits
        self._owner = owner
        self._node = node
        self._removed = removed
        self._slots: dict[int, Slot] = dict(enumerate(slots or ()))
        self._count = len(node.value)
        self._kept = [n for n in range(self._count) if n not in removed]
        first = self._slot(0).start
        line = layout.line_start(first)
        self._column = first - line
        # Where the collection's own lines begin; comments above the first key of the file stay.
        self._floor = layout.next_line(owner.inside) if owner.inside < line else line
        self._places: Places | None = None
        self._blanks: int | None = None

    def on_own_line(self) -> bool:
        """Whether the first element starts a line, unlike in `- a: 1`."""
        return self._layout.starts_line(self._slot(0).start)

    def add_pair(
        self, name: str, lines: list[str], at: Address, shape: Shape, root: MappingNode
    ) -> None:
        """Put a pair where a person would."""
        blanks = 0
        if (len(at) == 1 and at[0] in NOUNS) or (not at and len(lines) > 1):
            blanks = self._blanks_apart(root)
        if self._places is None:
            self._places = Places([self._node.value[n][0].value for n in self._kept])
        self._insert(self._places.after(name, at, shape), lines, blanks)

    def add_item(self, position: int, lines: list[str]) -> None:
        """Put an item before an old position."""
        self._insert(bisect_left(self._kept, position) - 1, lines, 0)

    def remove(self, entities: bool) -> None:
        """Take the removed elements away; entities with the comments that belong to them."""
        last = self._kept[-1] if self._kept else -1
        for n in sorted(self._removed):
            slot = self._slot(n)
            if not self._layout.starts_line(slot.start):
                self._remove_compact(slot)
            elif entities:
                self._remove_entity(n, slot, n > last)
            else:
                self._remove_lines(n, slot)

    def empty(self, text: str, entities: bool) -> None:
        """Take everything away and say so: `{}` or `[]`."""
        first, last = self._slot(0), self._slot(self._count - 1)
        if self.on_own_line() and self._owner.inside < self._layout.line_start(first.start):
            at = self._layout.after_properties(self._node, self._owner.inside)
            self._edits.insert(at, f" {text}")
            self.remove(entities)
        else:
            self._edits.replace(first.start, last.end, text)

    def _slot(self, n: int) -> Slot:
        slot = self._slots.get(n)
        if slot is None:
            slot = self._slots[n] = self._layout.slot(*self._node.value[n])
        return slot

    def _insert(self, anchor: int, lines: list[str], blanks: int) -> None:
        moved = [indented(line, self._column) for line in lines]
        blank = [""] * blanks
        if anchor >= 0:
            slot = self._slot(self._kept[anchor])
            at = self._layout.after(slot.end, self._column)
            if "+" in self._layout.last_block_scalar(slot.node):
                blank = []
            self._end_text(slot.node)
            if any(line.endswith(_TEXT_FOLLOWS) for line in lines):
                at = self._past_wide_blanks(at)
                if self._layout.line_start(at) != at:
                    moved.append("")  # the text's own last line break
            self._edits.insert_lines(at, blank + moved)
        elif not self._kept:
            self._edits.insert_lines(self._floor, moved)
        elif self._layout.starts_line(self._slot(self._kept[0]).start):
            at = self._layout.lead(self._slot(self._kept[0]).start, self._column, self._floor)
            self._edits.insert_lines(at, moved + blank)
        else:
            self._insert(0, lines, blanks)

    def _end_text(self, node: Node) -> None:
        """What follows gives a text at the file's end a line break, which its sign leaves out."""
        sign = self._layout.unbroken_text(node)
        if sign is None:
            return
        header = self._layout.text[sign : self._layout.line_end(sign)].partition("#")[0]
        if "+" in header:
            at = sign + header.index("+")
            self._edits.adjust(at, at + 1, "-")
        elif "-" not in header:
            self._edits.adjust(sign + 1, sign + 1, "-")

    def _remove_compact(self, slot: Slot) -> None:
        """The first element, on the line of its dash: the next one takes its place."""
        layout = self._layout
        follower = self._slot(self._kept[0]).start if self._kept else slot.end
        between = layout.text[slot.end : follower]
        self._edits.delete(slot.start, slot.end if "#" in between else follower)

    def _remove_entity(self, n: int, slot: Slot, last: bool) -> None:
        layout = self._layout
        floor = layout.after(self._slot(n - 1).end, self._column) if n else self._floor
        start = layout.lead(slot.start, self._column, floor)
        stop = layout.after(slot.end, self._column)
        if last:
            start = layout.skip_blanks_back(start, floor)
        elif start == self._floor or layout.is_blank(layout.line_start(layout.break_before(start))):
            stop = layout.skip_blanks(stop)
        self._edits.delete(start, self._stop(n, stop))

    def _remove_lines(self, n: int, slot: Slot) -> None:
        """An element's lines, but no comments. Those that a block text above would swallow move
        to the left, where they end it."""
        layout, start = self._layout, self._layout.line_start(slot.start)
        end = layout.next_line(slot.end)
        comments = self._comments_between(slot)
        for line in comments:
            self._edits.delete(start, line)
            start = layout.next_line(line)
        self._edits.delete(start, self._stop(n, end))
        if self._text_above(n):
            for line in comments + self._comments_in(end, layout.after(slot.end, self._column)):
                self._edits.delete(line + self._column, layout.skip_spaces(line))

    def _stop(self, n: int, stop: int) -> int:
        """How far a deletion must go, lest a block scalar above take blank lines for its own."""
        header = self._text_above(n)
        if header:
            stop = self._past_wide_blanks(stop)
            if stop == len(self._layout.text):
                self._edits.keep_last_break()
        return self._layout.skip_blanks(stop) if "+" in header else stop

    def _past_wide_blanks(self, at: int) -> int:
        """Past blank lines that a block scalar above them could take for its text."""
        wide = self._layout.has_wide_blanks(at, self._column)
        return self._layout.skip_blanks(at) if wide else at

    def _text_above(self, n: int) -> str:
        """The header of the block scalar that ends what stays above an element, "" if none."""
        above = bisect_left(self._kept, n) - 1
        slot = self._slot(self._kept[above]) if above >= 0 else None
        return self._layout.last_block_scalar(slot.node) if slot else ""

    def _comments_between(self, slot: Slot) -> list[int]:
        """The lines of comments between the elements of a pair's value. They may be elements
        that somebody commented out, so they stay as they do when the last element goes alone."""
        layout, node = self._layout, slot.node
        if not isinstance(node, MappingNode | SequenceNode) or node.flow_style:
            return []
        if slot.key is None or node.start_mark.index < slot.inside:
            return []
        if isinstance(node, SequenceNode):
            elements = layout.items(node)
        else:
            elements = [layout.slot(*pair) for pair in node.value]
        found: list[int] = []
        at = layout.next_line(slot.inside)
        for element in elements:
            found += self._comments_in(at, layout.line_start(element.start))
            at = layout.next_line(element.end)
        return found

    def _comments_in(self, at: int, end: int) -> list[int]:
        """The lines of comments from a line on."""
        layout = self._layout
        found: list[int] = []
        while at < end:
            if layout.text.startswith("#", layout.skip_spaces(at)):
                found.append(at)
            at = layout.next_line(at)
        return found

    def _blanks_apart(self, root: MappingNode) -> int:
        """How many blank lines stand between elements: between the last two entities, or in
        another section if there is one alone; between top-level values the most there are."""
        if self._blanks is None:
            if self._node is root:
                self._blanks = max(
                    (self._blanks_after(n) for n in range(self._count - 1)), default=0
                )
            elif self._count > 1:
                self._blanks = self._blanks_after(self._count - 2)
            else:
                self._blanks = _any_blanks(self._layout, root)
        return self._blanks

    def _blanks_after(self, n: int) -> int:
        return blank_lines(self._layout, self._slot(n).end, self._slot(n + 1).start)


def blank_lines(layout: Layout, start: int, end: int) -> int:
    """The longest run of blank lines between two positions."""
    longest = run = 0
    at = layout.next_line(start)
    while at < end:
        run = run + 1 if layout.is_blank(at) else 0
        longest = max(longest, run)
        at = layout.next_line(at)
    return longest


def _any_blanks(layout: Layout, root: MappingNode) -> int:
    """The blank lines between two entities of the first section that has two."""
    for key, section in root.value:
        block = isinstance(section, MappingNode) and not section.flow_style
        if key.value in NOUNS and block and len(section.value) > 1:
            first = layout.slot(*section.value[0])
            return blank_lines(layout, first.end, section.value[1][0].start_mark.index)
    return 0


def file_style(root: MappingNode) -> Style:
    """The indentation that the file's first entities use."""
    step = dash = None
    for key, section in root.value:
        if key.value not in NOUNS or not isinstance(section, MappingNode) or section.flow_style:
            continue
        for name, entity in section.value[:_SAMPLE]:
            step = step or name.start_mark.column - key.start_mark.column
            for field, value in entity.value if isinstance(entity, MappingNode) else ():
                if dash is None and isinstance(value, SequenceNode) and not value.flow_style:
                    dash = value.start_mark.column - field.start_mark.column
        if step and dash is not None:
            break
    step = step if step and step > 0 else 2
    return Style(step, dash if dash is not None and dash >= 0 else step)
