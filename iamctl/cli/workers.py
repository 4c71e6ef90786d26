"""Lines answered by several processes, in order.

Workers are forks: they begin with everything loaded. They end when their tasks do, so none is
left when the parent is gone, however it went; Ctrl-C is the parent's to hear.
"""

import os
import selectors
import signal
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO, NamedTuple, NoReturn

from iamctl.cli.lines import LineReader, Lines
from iamctl.domain.errors import StorageFailure

Answers = tuple[str, int]
"""Text, and how many errors are in it."""

Work = Callable[[Lines], Answers]
"""The answers to whole lines."""

_HEAD = struct.Struct("!QQ")
"""Before the bytes of a task: how many, and the first line's number; of answers: how many, and
how many errors."""

_TASK = 1 << 19
"""Bytes of lines that are read ahead; all of them are one task."""

_AHEAD = 4
"""Tasks for each worker that may be done before the oldest one is."""


class Worker(NamedTuple):
    """A process that answers: where its tasks go and where its answers come from."""

    pid: int
    tasks: BinaryIO
    answers: BinaryIO

    def give(self, lines: Lines) -> None:
        """Hand over a task, to a worker that has none. Raises StorageFailure when it has died."""
        try:
            self.tasks.write(_HEAD.pack(len(lines.data), lines.first) + lines.data)
            self.tasks.flush()
        except BrokenPipeError:
            raise _died() from None

    def take(self) -> Answers:
        """The answers to its task. Raises StorageFailure when it has died."""
        with suppress(OSError):
            head = self.answers.read(_HEAD.size)
            if len(head) == _HEAD.size:
                size, bad = _HEAD.unpack(head)
                data = self.answers.read(size)
                if len(data) == size:
                    return data.decode(), bad
        raise _died()


def _died() -> StorageFailure:
    return StorageFailure(
        "a worker process ended before it had answered",
        hint="see with --jobs 1 what ended it, or whether memory is short",
    )


def answered(reader: LineReader, source: int | None, work: Work, count: int) -> Iterator[Answers]:
    """The answers to all lines in their order, by `count` processes.

    `source` is the descriptor that lines come from; None where reading never has to wait.
    Answers are given as soon as they and those before them are there.
    """
    with _workers(work, count) as workers, selectors.PollSelector() as selector:
        flow = _Flow(reader, source, workers, selector)
        while not flow.ended:
            yield from flow.step()


class _Flow:
    """What is read, under way and done."""

    def __init__(
        self,
        reader: LineReader,
        source: int | None,
        workers: Sequence[Worker],
        selector: selectors.PollSelector,
    ) -> None:
        self._reader = reader
        self._source = source
        self._selector = selector
        self._idle = list(workers)
        self._busy: dict[int, tuple[int, Worker]] = {}
        self._waiting = Lines(1, b"")
        self._done: dict[int, Answers] = {}
        self._given = 0
        self._told = 0
        self._most = _AHEAD * len(workers)
        self._listening = False

    @property
    def ended(self) -> bool:
        """Whether every line is answered."""
        return self._reader.ended and not self._waiting.data and self._told == self._given

    def step(self) -> Iterator[Answers]:
        """Wait for lines or for answers, and go on from there."""
        wants = not self._reader.ended and len(self._waiting.data) < _TASK
        if self._source is None:
            if wants:
                self._read()
            ready = self._select(0 if wants or not self._busy else None)
        else:
            self._listen(wants)
            ready = self._select(None)
        for descriptor in ready:
            if descriptor == self._source:
                self._read()
            else:
                self._collect(descriptor)
        while self._told in self._done:
            yield self._done.pop(self._told)
            self._told += 1
        if self._waiting.data and self._idle and self._given - self._told < self._most:
            self._give()

    def _listen(self, wants: bool) -> None:
        if self._source is None or wants == self._listening:
            return
        if wants:
            self._selector.register(self._source, selectors.EVENT_READ)
        else:
            self._selector.unregister(self._source)
        self._listening = wants

    def _select(self, timeout: int | None) -> list[int]:
        return [key.fd for key, _ in self._selector.select(timeout)]

    def _read(self) -> None:
        lines = self._reader.read()
        if not self._waiting.data:
            self._waiting = lines
        else:
            self._waiting = Lines(self._waiting.first, self._waiting.data + lines.data)

    def _give(self) -> None:
        worker = self._idle.pop()
        worker.give(self._waiting)
        descriptor = worker.answers.fileno()
        self._selector.register(descriptor, selectors.EVENT_READ)
        self._busy[descriptor] = self._given, worker
        self._given += 1
        self._waiting = Lines(0, b"")

    def _collect(self, descriptor: int) -> None:
        number, worker = self._busy.pop(descriptor)
        self._selector.unregister(descriptor)
        self._done[number] = worker.take()
        self._idle.append(worker)


@contextmanager
def _workers(work: Work, count: int) -> Iterator[list[Worker]]:
    """That many workers; they are gone when this is left, in whichever way."""
    with ExitStack() as stack:
        workers: list[Worker] = []
        for _ in range(count):
            workers.append(_start(work, workers))
            stack.callback(_stop, workers[-1])
        yield workers


def _start(work: Work, others: Sequence[Worker]) -> Worker:
    tasks_out, tasks_in = os.pipe()
    answers_out, answers_in = os.pipe()
    # Ctrl-C waits until the child has said that it is not meant.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        os.close(tasks_in)
        os.close(answers_out)
        for other in others:  # else they would not see that the parent is gone
            os.close(other.tasks.fileno())
            os.close(other.answers.fileno())
        _serve(work, tasks_out, answers_in)
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    os.close(tasks_out)
    os.close(answers_in)
    return Worker(pid, open(tasks_in, "wb"), open(answers_out, "rb"))


def _serve(work: Work, tasks: int, answers: int) -> NoReturn:
    """A worker's life. It leaves without the parent's buffers and exit handlers."""
    try:
        with open(tasks, "rb") as reading, open(answers, "wb") as writing:
            while len(head := reading.read(_HEAD.size)) == _HEAD.size:
                size, first = _HEAD.unpack(head)
                text, bad = work(Lines(first, reading.read(size)))
                data = text.encode()
                writing.write(_HEAD.pack(len(data), bad) + data)
                writing.flush()
    finally:
        os._exit(0)


def _stop(worker: Worker) -> None:
    with suppress(OSError):
        worker.tasks.close()
    with suppress(OSError):
        worker.answers.close()
    with suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(worker.pid, 0)
