"""Staying beside a command: it gets the signals that we get, and we end as it does.

Both stand in one process group, so what a person does at the terminal reaches both: Ctrl-C and
the like are not passed on, or the command would get them twice.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, NoReturn

_TYPED = frozenset(
    getattr(signal, name)
    for name in ("SIGINT", "SIGQUIT", "SIGTSTP", "SIGWINCH", "SIGINFO")
    if hasattr(signal, name)
)
"""What the terminal sends to every process in its foreground."""

_OUR_OWN = frozenset(
    getattr(signal, name)
    for name in (
        *("SIGKILL", "SIGSTOP", "SIGCHLD", "SIGTTIN", "SIGTTOU"),
        *("SIGABRT", "SIGBUS", "SIGEMT", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP"),
        *("SIGPIPE", "SIGXCPU", "SIGXFSZ", "SIGSTKFLT"),
    )
    if hasattr(signal, name)
)
"""What nobody can pass on, or what a process gets for its own doings."""

_PASSED_ON = signal.valid_signals() - _OUR_OWN
"""All others: servers are told to stop by SIGWINCH, machines by real-time signals."""

Spawn = Callable[[set[int]], int]
"""Starts the command with those signals blocked, the ones that were before; its process id."""


def supervise(spawn: Spawn, first: Callable[[], object]) -> int:
    """Call `first`, start the command and wait for its end: its exit status, as from waitpid.

    From before the start to the end no signal that is meant for the command ends or stops this
    process: it stops when the command does and goes on with it. Signals that we were started
    ignoring are ignored still. Call it while there is one thread; `first` may start some. Raises
    what the two raise; then the command was not started.
    """
    watched = {n for n in _PASSED_ON if signal.getsignal(n) is not signal.SIG_IGN}
    watched.add(signal.SIGCHLD)
    before = {number: signal.getsignal(number) for number in watched}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    for number in watched:  # where the default is to ignore it, none would be waited for
        signal.signal(number, lambda *_: None)
    try:
        first()
        child = spawn(set(mask))
        return _attend(child, watched)
    finally:
        # What came too late for the command is nobody's: the handlers stand until it is dropped.
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler)


def end_alike(status: int) -> NoReturn:
    """End this process as the command ended, at once: with its exit code, or of the same signal.

    A shell calls both 128 and the signal's number; only the second tells it that a loop is over.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        import resource

        with suppress(OSError, ValueError):  # the core, if any, is to be the command's
            limits = resource.getrlimit(resource.RLIMIT_CORE)
            resource.setrlimit(resource.RLIMIT_CORE, (0, limits[1]))
        with suppress(OSError):  # of SIGKILL
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
        os.kill(os.getpid(), -code)
        code = 128 - code
    os._exit(code)


class _Came(NamedTuple):
    """A signal that came: by whom, as far as the system tells, and whether it was typed."""

    number: int
    sender: int
    typed: bool


def _attend(child: int, watched: set[signal.Signals]) -> int:
    while True:
        came = _next(watched)
        if came.number == signal.SIGCHLD:
            status = _changes(child)
            if status is not None:
                return status
        elif not came.typed and came.sender != child:
            with suppress(ProcessLookupError):
                os.kill(child, came.number)


def _changes(child: int) -> int | None:
    """What became of the command: its status when it ended. When it stopped, we stop."""
    while True:
        pid, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            return None
        if not os.WIFSTOPPED(status):
            return status
        os.kill(os.getpid(), signal.SIGSTOP)  # until SIGCONT, which is passed on like the others


def _next(watched: set[signal.Signals]) -> _Came:
    if not hasattr(signal, "sigwaitinfo"):  # macOS does not tell who sent it
        number = signal.sigwait(watched)
        return _Came(number, 0, number in _TYPED and _in_foreground())
    info = signal.sigwaitinfo(watched)
    if info.si_code > 0:  # the kernel's own
        return _Came(info.si_signo, 0, info.si_signo in _TYPED)
    return _Came(info.si_signo, info.si_pid, False)


def _in_foreground() -> bool:
    """Whether what is typed at the terminal reaches this process."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
