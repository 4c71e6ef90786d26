"""Lines of a stream in bounded memory, as they come."""

import os
import sys
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from iamctl.domain.errors import NotFound, StorageFailure

_READ = 1 << 18


class Stream(Protocol):
    """A binary stream that can give what is there without waiting for more."""

    def read1(self, size: int, /) -> bytes:
        """At least one byte, when any are left, and at most `size`."""

    def fileno(self) -> int:
        """Its descriptor; raises OSError where it has none."""


class Lines(NamedTuple):
    """Whole lines, and the number of the first of them, counted from 1."""

    first: int
    data: bytes


def open_lines(path: str) -> Stream:
    """The file, or standard input for `-`. Raises NotFound and StorageFailure."""
    if path == "-":
        return sys.stdin.buffer  # type: ignore[return-value]  # it is a BufferedReader
    try:
        return open(path, "rb")
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}") from None
    except OSError as error:
        raise StorageFailure(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from None


class LineReader:
    """Cuts a stream at line ends. Of a line of more than `limit` bytes, one more is kept."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._number = 1
        self._held: list[bytes] = []
        self._size = 0
        self.ended = False

    def read(self) -> Lines:
        """What one read of the stream completes: perhaps nothing, unless it has `ended`."""
        data = self._stream.read1(_READ)
        last = data.rfind(b"\n") + 1
        if not data:
            self.ended = True
            return self._lines(self._taken())
        if not last:
            self._hold(data)
            return self._lines(b"")
        begun = data.index(b"\n")
        self._hold(data[:begun])
        lines = self._lines(self._taken() + data[begun:last])
        self._hold(data[last:])
        return lines

    def __iter__(self) -> Iterator[Lines]:
        while not self.ended:
            lines = self.read()
            if lines.data:
                yield lines

    def _lines(self, data: bytes) -> Lines:
        first = self._number
        self._number += data.count(b"\n")
        return Lines(first, data)

    def _hold(self, data: bytes) -> None:
        kept = data[: self._limit + 1 - self._size]
        if kept:
            self._held.append(kept)
            self._size += len(kept)

    def _taken(self) -> bytes:
        data = b"".join(self._held)
        self._held.clear()
        self._size = 0
        return data
