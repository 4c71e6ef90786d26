"""What a command that iamctl starts is given: a clean environment, and a start of its own."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from iamctl.domain.errors import CannotExecute, CommandNotFound, Usage
from iamctl.domain.names import shown
from iamctl.rendering.shells import CLEARED

MARKER = "IAMCTL_SESSION"
"""The variable that says of what role a child of `exec` or `shell` has a session: its ARN."""

HARMLESS = frozenset({"IAMCTL_DIRECTORY", "IAMCTL_VAULT", "IAMCTL_COLOR"})
"""All that a child gets of our own variables; the others are secrets, or lead to some."""


def refuse_nesting(environ: Mapping[str, str], chain: bool) -> None:
    """Raises Usage where a session of `exec` or `shell` is in force and is not to go on from."""
    role = environ.get(MARKER)
    if role and not chain:
        raise Usage(
            f"this already is a session of {shown(role, 200)}",
            hint="leave it first, or use --chain to go on from its session",
        )


def clean_environment(
    environ: Mapping[str, str], role_arn: str, values: Mapping[str, str]
) -> dict[str, str]:
    """The environment with `values` for its only identity, and none of our secrets."""
    kept = {
        name: value
        for name, value in environ.items()
        if name not in CLEARED and (name in HARMLESS or not name.lstrip("_").startswith("IAMCTL_"))
    }
    return {**kept, **values, MARKER: role_arn}


def find_program(name: str, environ: Mapping[str, str]) -> str:
    """The file that a command's name means, looked for as a shell does.

    Raises CommandNotFound, CannotExecute.
    """
    if "/" in name:
        places = [name]
    else:
        folders = environ.get("PATH", os.defpath).split(os.pathsep)
        places = [os.path.join(folder, name) for folder in folders] if name else []
    there = [place for place in places if os.path.exists(place)]
    for place in there:
        if os.path.isfile(place) and os.access(place, os.X_OK):
            return place
    if there:
        raise CannotExecute(f"{shown(there[0], 200)} is no program that can be run")
    raise CommandNotFound(
        f"there is no command {shown(name, 200)}",
        hint=None if "/" in name else "no folder on PATH has it",
    )


def become(program: str, words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Let the command take the place of this process: its exit code and signals are its own.

    Raises CannotExecute.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    for number in IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    try:
        try:
            os.execve(program, list(words), environ)
        except OSError as error:
            os.execve(*_by_shell(error, program, words), environ)
    except OSError as error:
        raise _not_run(program, error) from None


def spawn(program: str, words: Sequence[str], environ: Mapping[str, str], mask: set[int]) -> int:
    """Start the command beside this process, those signals blocked; its process id.

    Raises CannotExecute.
    """
    ignored = IGNORED_BY_PYTHON
    try:
        try:
            return os.posix_spawn(program, list(words), environ, setsigmask=mask, setsigdef=ignored)
        except OSError as error:
            shell, script = _by_shell(error, program, words)
            return os.posix_spawn(shell, script, environ, setsigmask=mask, setsigdef=ignored)
    except OSError as error:
        raise _not_run(program, error) from None


IGNORED_BY_PYTHON = [
    getattr(signal, name) for name in ("SIGPIPE", "SIGXFZ", "SIGXFSZ") if hasattr(signal, name)
]
"""Signals that the interpreter ignores for itself; its children must not."""


def _by_shell(error: OSError, program: str, words: Sequence[str]) -> tuple[str, list[str]]:
    """A script without `#!` is the POSIX shell's, as execvp has it; any other error is raised."""
    import errno

    if error.errno != errno.ENOEXEC:
        raise error
    return "/bin/sh", ["/bin/sh", program, *words[1:]]


def _not_run(program: str, error: OSError) -> CannotExecute:
    return CannotExecute(f"{shown(program, 200)} cannot be run: {os.strerror(error.errno or 0)}")
