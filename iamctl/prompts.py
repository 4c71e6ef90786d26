"""What only a person knows: asked on the controlling terminal, or of a program of theirs."""

import os
from collections.abc import Callable, Mapping

from iamctl.domain.errors import IamctlError, Interrupted
from iamctl.domain.secret import Secret

_LONGEST = 4096

Failure = Callable[[str], IamctlError]
"""Makes the error that a caller of this module raises for what goes wrong, out of its message."""


def ask_terminal(message: str, *, echo: bool, given_up: str) -> Secret | None:
    """A line typed on the controlling terminal, whatever the standard streams are.

    None when there is no terminal. Without `echo` it is not seen. Raises Interrupted, whose
    message is `given_up`, when the person presses Ctrl-C or ends the input.
    """
    terminal = _terminal()
    if terminal is None:
        return None
    try:
        line = _typed(terminal, message, echo)
    except KeyboardInterrupt:
        raise Interrupted(given_up) from None
    finally:
        os.close(terminal)
    if not line:
        raise Interrupted(given_up)
    return Secret(line.rstrip(b"\r\n"))


def has_terminal() -> bool:
    """Whether there is a controlling terminal to ask on."""
    terminal = _terminal()
    if terminal is not None:
        os.close(terminal)
    return terminal is not None


def _terminal() -> int | None:
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None


def _typed(terminal: int, message: str, echo: bool) -> bytes:
    """The bytes of the line. The cursor stands at the start of a line afterwards."""
    import select
    import termios

    before = termios.tcgetattr(terminal)
    modes = termios.ICANON | termios.ISIG | termios.ECHO
    wanted = modes if echo else modes & ~termios.ECHO
    set_up = [*before]
    set_up[3] = before[3] & ~modes | wanted
    line = b""
    termios.tcsetattr(terminal, termios.TCSAFLUSH, set_up)
    try:
        os.write(terminal, message.encode(errors="replace"))
        # In short steps: a Ctrl-C just before a read that blocks would be seen after it.
        while not select.select([terminal], [], [], 0.2)[0]:
            if termios.tcgetattr(terminal)[3] & modes != wanted:  # a shell had it, after Ctrl-Z
                termios.tcsetattr(terminal, termios.TCSAFLUSH, set_up)
                os.write(terminal, message.encode(errors="replace"))
        line = os.read(terminal, _LONGEST + 1)
        return line
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        if not (echo and line):
            os.write(terminal, b"\n")


def program_output(
    command: str,
    environment: Mapping[str, str],
    called: str,
    failure: Failure,
    timeout: float | None = None,
) -> Secret:
    """What a program prints, less one line end. It sees none of our own variables.

    `command` is split into words as a shell does it; no shell runs. `called` names the setting
    that the command stands in, for messages; `timeout` is in seconds. Raises what `failure`
    makes.
    """
    import shlex
    import subprocess

    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    program = program_path(words[0], environment) if words else None
    if program is None:
        error = failure(f"the program that {called} names was not found")
        error.hint = "give an absolute path, or the name of a program on PATH"
        raise error
    theirs = {name: v for name, v in environment.items() if not name.startswith("IAMCTL_")}
    try:
        ran = subprocess.run(
            [program, *words[1:]],
            env=theirs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=timeout,
            check=False,
            preexec_fn=_unblocked(),
        )
    except OSError as error:
        raise failure(f"{program} could not be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise failure(f"{called} did not answer within {timeout:g} seconds") from None
    if ran.returncode != 0:
        raise failure(f"{called} failed with status {ran.returncode}")
    return Secret(ran.stdout.removesuffix(b"\n").removesuffix(b"\r"))


def _unblocked() -> Callable[[], object] | None:
    """What lets a program have the signals that we block beside a command; None if none is."""
    import signal

    if not signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        return None
    return lambda: signal.pthread_sigmask(signal.SIG_SETMASK, ())


def program_path(name: str, environment: Mapping[str, str]) -> str | None:
    """A program's absolute path, None where there is none. The working folder may be a hostile
    clone: never looked in."""
    if "/" in name:
        return name if os.path.isabs(name) and os.access(name, os.X_OK) else None
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None
