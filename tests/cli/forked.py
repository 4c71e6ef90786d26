"""A command line in a fork of this process: quick, and what is done to the fork ends with it."""

import contextlib
import ctypes
import gc
import os
import pty
import selectors
import signal
import sys
import time
from collections.abc import Callable, Sequence
from tempfile import TemporaryFile
from typing import NamedTuple, NoReturn

from iamctl.cli import app
from iamctl.cli.boundary import run
from tests.cli import warm

PATIENCE = 60.0
"""Seconds that a command has."""

DEV_FULL = "/dev/full"


class Told(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def nothing() -> None:
    """No preparation."""


def forked(
    home,
    arguments: Sequence[str],
    *,
    stdin: str = "",
    stdout: str = "captured",
    prepare: Callable[[], object] = nothing,
) -> Told:
    """Run `iamctl ARGUMENTS` in that home; `prepare` runs in the fork, before it.

    `stdout` is captured, closed, a `closed pipe` or `full`; what goes there is not in the result.
    """
    answers = TemporaryFile()  # noqa: SIM115
    answers.write(stdin.encode())
    answers.seek(0)
    out, err = os.pipe(), os.pipe()
    if stdout == "closed pipe":
        os.close(out[0])
    child = os.fork()
    if child == 0:
        with _last_words():
            place = os.open(DEV_FULL, os.O_WRONLY) if stdout == "full" else out[1]
            for number, stream in enumerate((answers.fileno(), place, err[1])):
                os.dup2(stream, number)
            os.closerange(3, 256)
            if stdout == "closed":
                os.close(1)
            _become(home, arguments, prepare)
    answers.close()
    for end in (out[1], err[1]):
        os.close(end)
    ends = (err[0],) if stdout == "closed pipe" else (err[0], out[0])
    complained, *answered = everything(child, *ends)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Told(code, b"".join(answered).decode(), complained.decode())


def everything(child: int, *descriptors: int) -> list[bytes]:
    """What comes out of the pipes until they end, read as it comes."""
    told = dict.fromkeys(descriptors, b"")
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        for descriptor in descriptors:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)  # it waits for something that never comes
            for key, _ in selector.select(1.0):
                part = os.read(key.fd, 1 << 16)
                told[key.fd] += part
                if not part:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return list(told.values())


def interrupted(
    home,
    arguments: Sequence[str],
    question: str,
    *,
    prepare: Callable[[], object] = nothing,
) -> Told:
    """Run it on a terminal of its own, and type Ctrl-C once the question is on the screen.

    An empty question stands for reading: Ctrl-C comes once the command waits for something.
    The screen is in `out`.
    """
    child, terminal = pty.fork()
    if child == 0:
        with _last_words():
            os.closerange(3, 256)
            _become(home, arguments, prepare)
    screen, typed = b"", False
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
        selector.register(terminal, selectors.EVENT_READ)
        while True:
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
            if not typed and question.encode() in screen and (question or _waits(child)):
                os.write(terminal, b"\x03")
                typed = True
            if selector.select(0.02):
                part = os.read(terminal, 1 << 16)
                if not part:
                    break
                screen += part
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    return Told(code, screen.decode().replace("\r\n", "\n"), "")


def _waits(process: int) -> bool:
    """Whether it sleeps in a read of its standard input."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/syscall") as file:
        return file.read().startswith("0 0x0 ")
    return False


@contextlib.contextmanager
def _last_words():
    """The fork never comes back into the test that made it, whatever goes wrong."""
    try:
        yield
    except BaseException as error:
        os.write(2, f"Traceback of the fork: {error!r}\n".encode())
    finally:
        os._exit(99)


def _become(home, arguments: Sequence[str], prepare: Callable[[], object]) -> NoReturn:
    """End as the process would that runs the command: its streams are those of 0, 1 and 2."""
    gc.disable()  # as iamctl does; a collection would touch, and so copy, every page
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _writer(1)
    sys.stderr = _writer(2)
    os.chdir(home.folder)
    os.environ.clear()
    os.environ.update(home.environment)
    app.load = warm.load
    prepare()
    code = run(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _writer(number: int):
    """A standard stream to write to; None when there is none, as Python says it."""
    try:
        return open(number, "w", encoding="utf-8", closefd=False)
    except OSError:
        return None


_MODES = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def obey_modes() -> None:
    """Root reads and writes whatever the modes say: this process gives that up, for good."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this process
    rights = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the high halves
    if libc.capget(header, rights) == 0:
        rights[0] &= ~_MODES
        rights[1] &= ~_MODES
        if libc.capset(header, rights) == 0:
            return
    raise OSError(ctypes.get_errno(), "rights were not given up")
