"""Which text belongs to which entity: its own leading comments, its body, and what follows up to
the next entity's leading comments."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode

from iamctl.domain.change import NOUNS
from iamctl.store.layout import Layout
from iamctl.store.tree import Tree


class Segment(NamedTuple):
    """A stretch of the file: `at` is ("users", "alice"), or ("account",) for a top-level value.

    A section in block style is its header, ("users",), then its entities; other sections are one
    segment.
    """

    at: tuple[str, ...]
    start: int
    end: int
    node: Node


def is_split(section: str, node: Node) -> bool:
    """Whether the section's entities have segments of their own."""
    return (
        section in NOUNS
        and isinstance(node, MappingNode)
        and not node.flow_style
        and bool(node.value)
    )


class Segments:
    """The segments of one file, found one by one or all in order."""

    def __init__(self, tree: Tree, layout: Layout | None = None) -> None:
        self._tree = tree
        self._layout = layout or Layout(tree.text)
        self._values: list[tuple[ScalarNode, Node]] = tree.root.value
        self._tops: list[int] | None = None
        self._key_starts: dict[str, list[int]] = {}

    def tops(self) -> list[Segment]:
        """The top-level values, whole sections among them. The first begins with the file."""
        starts = self._top_starts()
        return [
            Segment((key.value,), starts[n], starts[n + 1], node)
            for n, (key, node) in enumerate(self._values)
        ]

    def entities(self, top: Segment) -> list[Segment]:
        """A split section as segments, its header first."""
        return self._entities(top, 0, len(top.node.value))

    def near(self, top: Segment, start: int, end: int) -> list[Segment]:
        """The segments of a split section that stand in a range of text or border on it."""
        keys = self._key_starts.get(top.at[0])
        if keys is None:
            keys = [key.start_mark.index for key, _ in top.node.value]
            self._key_starts[top.at[0]] = keys
        first = max(0, bisect_left(keys, start) - 2)
        last = min(len(keys), bisect_right(keys, end) + 2)
        found = self._entities(top, first, last)
        return [segment for segment in found if segment.start <= end and segment.end >= start]

    def _entities(self, top: Segment, first: int, last: int) -> list[Segment]:
        pairs = top.node.value
        count = len(pairs)
        starts = [self._entity_start(top, n) for n in range(first, min(last + 1, count))]
        bounds = [*starts, *([top.end] if last == count else [])]
        found = [
            Segment((*top.at, pairs[n][0].value), bounds[n - first], bounds[n - first + 1],
                    pairs[n][1])
            for n in range(first, last)
        ]  # fmt: skip
        header = Segment(top.at, top.start, starts[0], top.node)
        return [header, *found] if first == 0 else found

    def __iter__(self) -> Iterator[Segment]:
        for top in self.tops():
            if is_split(top.at[0], top.node):
                yield from self.entities(top)
            else:
                yield top

    def _top_starts(self) -> list[int]:
        if self._tops is None:
            if self._tree.root.flow_style:
                self._tops = [0] * len(self._values)
            else:
                self._tops = [self._top_start(n) for n in range(len(self._values))]
            self._tops.append(len(self._tree.text))
        return self._tops

    def _top_start(self, n: int) -> int:
        if n == 0:
            return 0
        floor = self._layout.next_line(self._layout.slot(*self._values[n - 1]).end)
        return self._layout.lead(self._values[n][0].start_mark.index, 0, floor)

    def _entity_start(self, top: Segment, n: int) -> int:
        pairs = top.node.value
        key = pairs[n][0]
        start = key.start_mark.index
        if n:
            # The cheap test first: ends of values cost more than a look at the line above.
            line = self._layout.line_start(start)
            above = self._layout.line_start(self._layout.break_before(line))
            if not self._tree.text[above:line].lstrip().startswith("#"):
                return line
            floor = self._layout.next_line(self._layout.slot(*pairs[n - 1]).end)
        else:
            section = next(name for name, node in self._values if node is top.node)
            floor = self._layout.next_line(section.end_mark.index)
        return self._layout.lead(start, key.start_mark.column, floor)
