"""A bar for long work, drawn on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_LONG = 2000
_STEP = 250


@contextmanager
def progress(
    stream: TextIO, what: str, long: int = _LONG, step: int = _STEP
) -> Iterator[Callable[[int, int], None]]:
    """While open, what is told (done, total) is drawn when the stream is a terminal and the work
    `long`, every `step`; nothing is left of it afterwards."""
    if not stream.isatty():
        yield lambda done, total: None
        return
    bar = _Bar(stream, what, long, step)
    try:
        yield bar.tell
    finally:
        bar.clear()


class _Bar:
    def __init__(self, stream: TextIO, what: str, long: int, step: int) -> None:
        self._long = long
        self._step = step
        self._stream = stream
        self._what = what
        self._drawn = False

    def tell(self, done: int, total: int) -> None:
        if total < self._long or done % self._step:
            return
        filled = 30 * done // total
        bar = "━" * filled + " " * (30 - filled)
        self._stream.write(f"\r{self._what} {bar} {done * 100 // total:3}%")
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
