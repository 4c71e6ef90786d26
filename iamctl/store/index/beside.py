"""Work that a copy of this process does beside it, where that is safe and there is room."""

from __future__ import annotations

import os
import sys
from typing import TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType
    from typing import NoReturn, Self

S = TypeVar("S")
T = TypeVar("T")


def in_halves(
    work: Callable[[Sequence[S]], list[T]], items: Sequence[S], room: int, middle: int | None = None
) -> list[T]:
    """What `work` makes of the items, those from `middle` on in a copy of this process, if the two
    may take so many bytes of memory.

    The list holds nothing but plain values, which are handed over. What fails there is done here,
    and so fails here in the same way.
    """
    middle = len(items) // 2 if middle is None else middle
    if not 0 < middle < len(items):
        return work(items)
    if not may_share(room):
        return [*work(items[:middle]), *work(items[middle:])]
    import marshal

    try:
        other = Beside(lambda: marshal.dumps(work(items[middle:])))
    except OSError:
        return [*work(items[:middle]), *work(items[middle:])]
    with other:
        first = work(items[:middle])
        said = other.answer()
    if said is None:
        return [*first, *work(items[middle:])]
    rest: list[T] = marshal.loads(said)  # noqa: S302 - our own copy, through a pipe of ours
    return [*first, *rest]


def may_share(room: int) -> bool:
    """Whether a copy of this process would help and do no harm, if both need so many bytes.

    A fork copies one thread, and whatever others have locked stays locked in the copy: so there
    must be no other, not even one that Python does not know. Linux tells.
    """
    if sys.platform != "linux":
        return False
    try:
        alone = len(os.listdir("/proc/self/task")) == 1
        return alone and len(os.sched_getaffinity(0)) > 1 and min(_limits()) > room
    except (OSError, ValueError):
        return False


def _limits() -> Iterator[int]:
    """Bytes that the system can give away without swapping (proc_meminfo(5)), and the most that
    the control groups around this process may have (cgroups(7))."""
    for line in _lines("/proc/meminfo"):
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            yield int(value.split()[0]) * 1024
    groups = (line.split(":", 2) for line in _lines("/proc/self/cgroup"))
    path = next((path for number, _, path in groups if number == "0"), "/")
    while path:
        path = path.rpartition("/")[0]
        yield from _limit(f"/sys/fs/cgroup{path}/memory.max")
    yield from _limit("/sys/fs/cgroup/memory/memory.limit_in_bytes")


def _limit(path: str) -> Iterator[int]:
    try:
        (said,) = _lines(path)
    except OSError:  # there is no such limit
        return
    if said != "max":
        yield int(said)


def _lines(path: str) -> list[str]:
    with open(path, encoding="utf-8", errors="surrogateescape") as facts:
        return facts.read().splitlines()


class Beside:
    """A copy of this process that does some work, as a context manager; it ends with the block.

    Raises OSError when there cannot be one.
    """

    def __init__(self, work: Callable[[], bytes]) -> None:
        from signal import SIG_BLOCK, SIG_SETMASK, pthread_sigmask, valid_signals

        self._ends, end = os.pipe()
        self._process = 0
        # Handlers of this process must not run in the other: they may speak to the terminal.
        before = pthread_sigmask(SIG_BLOCK, valid_signals())
        try:
            try:
                self._process = os.fork()
                if not self._process:
                    _work(work, end)
            finally:
                os.close(end)
                pthread_sigmask(SIG_SETMASK, before)  # what came meanwhile may raise here
        except BaseException:
            self._stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._stop()

    def answer(self) -> bytes | None:
        """What the work gave; None when it came to nothing. Asked once."""
        parts: list[bytes] = []
        while part := os.read(self._ends, 1 << 20):
            parts.append(part)
        return b"".join(parts) if self._end() == 0 and parts else None

    def _stop(self) -> None:
        """End it, if it has not ended; let go of the pipe."""
        if self._process:
            from signal import SIGKILL

            os.kill(self._process, SIGKILL)
            self._end()
        elif self._ends >= 0:
            self._close()

    def _close(self) -> None:
        ends, self._ends = self._ends, -1
        os.close(ends)

    def _end(self) -> int:
        self._close()
        process, self._process = self._process, 0
        return os.waitpid(process, 0)[1]


def _work(work: Callable[[], bytes], end: int) -> NoReturn:
    """Do the work, hand it over and end: no block of the copied stack is ever left."""
    failed = 1
    try:
        _let_go(end)
        left = memoryview(work())
        while left:
            left = left[os.write(end, left) :]
        failed = 0
    finally:
        os._exit(failed)


def _let_go(end: int) -> None:
    """Close all but the end of the pipe, so that no lock and no output is held open, and let
    signals do what they do by themselves."""
    import signal

    for name in os.listdir("/proc/self/fd"):
        if int(name) != end:
            try:  # noqa: SIM105 - contextlib may not be loaded yet
                os.close(int(name))
            except OSError:  # it was the one that listed them
                pass
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
