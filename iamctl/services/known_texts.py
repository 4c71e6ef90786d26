"""JSON texts that were read before, and what they held.

The text of a JSON object or array ends where its brackets close. So where a line goes on with a
known text, it holds the very value of that text, and nothing need be read again.
"""

from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")

_BLOCK = 16
_OVERHEAD = 512
"""What holding on to a text of no length counts, in characters."""


class Known(NamedTuple, Generic[Value]):
    """A text and what it held."""

    text: str
    value: Value


class _Node(Generic[Value]):
    """Texts that begin alike: those that end within the next block, the others by that block."""

    __slots__ = ("branches", "ends")

    def __init__(self) -> None:
        self.ends: list[Known[Value]] = []
        self.branches: dict[str, Known[Value] | _Node[Value]] = {}


def _block(depth: int) -> int:
    """The characters after the first `depth` that tell texts apart: few first, then more."""
    return max(_BLOCK, depth // 2)


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
        if found is None:
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
        _insert(self._young, known, 0)


def _find(node: _Node[Value], text: str, at: int) -> Known[Value] | None:
    depth = 0
    while True:
        for known in node.ends:
            if text.startswith(known.text, at):
                return known
        start = at + depth
        found = node.branches.get(text[start : start + _block(depth)])
        if found is None:
            return None
        if isinstance(found, Known):
            return found if text.startswith(found.text, at) else None
        depth += _block(depth)
        node = found


def _insert(node: _Node[Value], known: Known[Value], depth: int) -> None:
    while True:
        block = _block(depth)
        if len(known.text) < depth + block:
            node.ends.append(known)
            return
        key = known.text[depth : depth + block]
        found = node.branches.get(key)
        if found is None:
            node.branches[key] = known
            return
        depth += block
        if isinstance(found, Known):
            below: _Node[Value] = _Node()
            _insert(below, found, depth)
            node.branches[key] = below
            found = below
        node = found
