"""A person at a terminal: a command on a pseudo-terminal of its own, and what is typed into it."""

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence

PATIENCE = 60.0
"""Seconds that a command has, questions and all."""

COMMAND = [sys.executable, "-P", "-m", "iamctl"]


def at_terminal(
    home,
    arguments: Sequence[str],
    answers: Sequence[tuple[str, str | Callable[[], str]]],
    env: dict[str, str] | None = None,
    command: Sequence[str] = COMMAND,
) -> tuple[int, str]:
    """(exit status, screen) of a command that gets each answer once its question is on screen.

    An answer is what is typed, or a callable that gives it and may do something first.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(home.folder)
        environment = {**home.environment, "TERM": "dumb", **(env or {})}
        os.execvpe(command[0], [*command, *arguments], environment)
    screen, waiting = b"", list(answers)
    start = 0
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1.0)[0]:
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        screen += data
        if waiting and waiting[0][0].encode() in screen[start:]:
            start = len(screen)
            _, answer = waiting.pop(0)
            os.write(terminal, (answer if isinstance(answer, str) else answer()).encode())
    else:
        os.kill(pid, signal.SIGKILL)  # it waits for something that nobody types
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), screen.decode(errors="replace").replace("\r\n", "\n")
