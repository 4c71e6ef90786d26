"""JSON texts that were read before, and what they held.

The text of a JSON object or array ends where its brackets close. So where a line goes on with a
known text, it holds the very value of that text, and nothing need be read again.
"""

from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")

_BLOCK = 32
_OVERHEAD = 512
"""What holding on to a text of no length counts, in characters."""


class Known(NamedTuple, Generic[Value]):
    """A text and what it held."""

    text: str
    value: Value


class _Node(Generic[Value]):
    """Texts that begin alike, up to `start`: those that end before `end`, and the others by what
    they have from there to there."""

    __slots__ = ("branches", "end", "ends", "start")

    def __init__(self, start: int = 0) -> None:
        self.start = start
        self.end = start + max(_BLOCK, start // 2)
        self.ends: list[Known[Value]] = []
        self.branches: dict[str, Known[Value] | _Node[Value]] = {}


class KnownTexts(Generic[Value]):
    """Holds about `limit` characters of texts lately used, and at most as many older ones."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._young: _Node[Value] = _Node()
        self._old: _Node[Value] = _Node()

    def find(self, text: str, at: int) -> Known[Value] | None:
        """The known text that stands in `text` at that position, or None."""
        found = _find(self._young, text, at)
        if found is None and self._old.branches:
            found = _find(self._old, text, at)
            if found is not None:
                self._hold(found)
        return found

    def add(self, text: str, value: Value) -> None:
        """Hold on to the text of an object or array that is not known yet."""
        self._hold(Known(text, value))

    def _hold(self, known: Known[Value]) -> None:
        self._held += len(known.text) + _OVERHEAD
        if self._held > self._limit:
            self._old, self._young = self._young, _Node()
            self._held = len(known.text) + _OVERHEAD
        _insert(self._young, known)


def _find(node: _Node[Value], text: str, at: int) -> Known[Value] | None:
    while True:
        for known in node.ends:
            if text.startswith(known.text, at):
                return known
        found = node.branches.get(text[at + node.start : at + node.end])
        if found is None:
            return None
        if isinstance(found, Known):
            return found if text.startswith(found.text, at) else None
        node = found


def _insert(node: _Node[Value], known: Known[Value]) -> None:
    while len(known.text) >= node.end:
        block = known.text[node.start : node.end]
        found = node.branches.get(block)
        if found is None:
            node.branches[block] = known
            return
        if isinstance(found, Known):
            below: _Node[Value] = _Node(node.end)
            _insert(below, found)
            node.branches[block] = found = below
        node = found
    node.ends.append(known)
