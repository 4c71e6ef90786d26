"""How a file that was cut is cut now: what changed is cut anew, the rest stays as it was."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from iamctl.store.index.chunks import (
    COLON,
    FIRST,
    HEADER,
    MARGIN,
    NAME,
    Chunk,
    between,
    chunks_of,
    indent_of,
    least_bytes,
    same_indent,
)
from iamctl.store.index.contents import digest_of
from iamctl.store.tree import MAX_BYTES

MOST = 64
"""Chunks that are cut anew one by one; of more, the whole is as quick."""

_NEAR = 64 * 1024
"""Bytes behind a change in which an old chunk that stands again is looked for."""
_AHEAD = 4
"""So many old chunks are looked for there."""


class Hunk(NamedTuple):
    """The old chunks from number `first` up to `last` give way to others."""

    first: int
    last: int
    chunks: list[Chunk]


def recut(
    old: Sequence[Chunk], data: bytes, size: int = 32, kept: int = 0, most: int = MOST
) -> list[Hunk] | None:
    """How a file that was cut is cut now, in the order of the file; None when it has to be cut
    whole. All chunks but those that the hunks name stay, moved but of the same bytes.

    So many first ones are `kept`, the caller knows; of more than `most` that change it is not
    found out how. Chunks of hunks are of sections only, whose headers are those that stood there.
    """
    if len(data) > MAX_BYTES:
        return None
    return _Recutting(old, data, least_bytes(size)).hunks(kept, most)


class _Recutting:
    """What stands of a file that was cut, and where."""

    def __init__(self, old: Sequence[Chunk], data: bytes, target: int) -> None:
        self._old = old
        self._data = data
        self._view = memoryview(data)
        self._target = target
        self._spans: list[tuple[int, int, int, int]] = []  # as a Hunk's, and the bytes for it

    def hunks(self, kept: int, most: int) -> list[Hunk] | None:
        """What no longer stands. See `recut`."""
        if not self._find(kept, most):
            return None
        found: list[Hunk] = []
        moved = 0
        for first, last, start, end in self._spans:
            chunks = self._cut(first, last, start, end, moved)
            if chunks is None:
                return None
            found.append(Hunk(first, last, chunks))
            if last < len(self._old):
                gone = self._old[last].line - self._old[first].line
                moved += self._data.count(b"\n", start, end) - gone
        return found

    def _find(self, kept: int, most: int) -> bool:
        """Find the spans; false if there are none that could be cut by themselves."""
        old, data = self._old, self._data
        n, at = kept, old[kept].start if kept < len(old) else old[-1].end
        while n < len(old) or at < len(data):
            if n < len(old) and self._stands(n, at):
                n, at = n + 1, at + _length(old[n])
                continue
            spans = len(self._spans)
            n, at = self._begun(n, at)
            # Once more from where a span began would find what was found there before.
            near = self._resumed(n, at) if len(self._spans) == spans else None
            last, end = near or self._ended(n, at)
            most -= max(last - n, 1)
            if not n or most < 0 or (n, at) == (last, end):
                return False
            self._spans.append((n, last, at, end))
            n, at = last, end
        return True

    def _stands(self, n: int, at: int) -> bool:
        """Whether an old chunk's bytes are those at a place."""
        end = at + _length(self._old[n])
        return end <= len(self._data) and digest_of(self._view[at:end]) == self._old[n].digest

    def _begun(self, n: int, at: int) -> tuple[int, int]:
        """Where what changed begins, if old chunks stand until there: what follows them must begin
        with a key, or it may belong to the value before."""
        if not n or at == len(self._data):
            return n, at
        before = self._before(n, at)
        indents = indent_of(self._data, before), MARGIN.match(self._data, at)
        key = FIRST.match(self._data, at) or same_indent(*indents)
        if key and (not at or self._data[at - 1] == 10):
            return n, at
        if self._spans and self._spans[-1][1] == n - 1:  # nothing stands between it and this
            first, _, start, _ = self._spans.pop()
            return first, start
        return n - 1, before.start

    def _before(self, n: int, at: int) -> Chunk:
        """The chunk before the old one of that number, which ends at a place now."""
        before = self._old[n - 1]
        return before._replace(start=at - _length(before), end=at)

    def _resumed(self, n: int, at: int) -> tuple[int, int] | None:
        """The next old chunk that stands, and where: looked for nearby."""
        last = self._before(n, at) if n else None
        indent = indent_of(self._data, last) if last is not None and last.section else None
        indent = indent or HEADER.match(self._data, at)
        if indent is None:
            return None
        key = re.compile(b"^(?:" + indent[1] + NAME + b"|[a-z_]+)" + COLON, re.MULTILINE)
        starts = (found.start() for found in key.finditer(self._data, at, at + _NEAR))
        return next(
            (
                (number, start)
                for start in starts
                for number in range(n + (start == at), min(n + _AHEAD, len(self._old)))
                if self._stands(number, start)
            ),
            None,
        )

    def _ended(self, n: int, at: int) -> tuple[int, int]:
        """The first of the old chunks that stand at the end of the file, and where."""
        number, start = len(self._old), len(self._data)
        while number > n:
            before = start - _length(self._old[number - 1])
            if before < at or not self._stands(number - 1, before):
                break
            number, start = number - 1, before
        while number < len(self._old) and start and self._data[start - 1] != 10:
            number, start = number + 1, start + _length(self._old[number])
        return number, start

    def _cut(self, first: int, last: int, start: int, end: int, moved: int) -> list[Chunk] | None:
        """The chunks of a span, by which lines have moved so far; None if it has none alone."""
        data, gone = self._data, self._old[first:last]
        before = self._before(first, start)
        pieces = between(data, start, end, before, self._target)
        if pieces is None or not all(c.section for c in gone) or not all(p.section for p in pieces):
            return None
        if [c.section for c in gone if c.header] != [p.section for p in pieces if p.header]:
            return None
        after = self._old[last] if last < len(self._old) else None
        if after is not None and after.section and not after.header:
            ahead = pieces[-1] if pieces else before
            indents = indent_of(data, ahead), MARGIN.match(data, end)
            if ahead.section != after.section or not same_indent(*indents):
                return None
        line = before.line + moved + data.count(b"\n", before.start, before.end)
        return chunks_of(data, pieces, line)


def _length(chunk: Chunk) -> int:
    return chunk.end - chunk.start
