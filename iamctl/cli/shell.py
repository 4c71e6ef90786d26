"""Which shell will read our output, and what it must be told when there are no credentials.

Imports next to nothing, since it speaks when other imports have failed.
"""

import os
from collections.abc import Sequence
from typing import TextIO

from iamctl.rendering.shells import ALIASES, EVALUATED, FORMS, failure_text

COMMANDS = (
    "assume-role",
    "assume",
    "assume-role-with-web-identity",
    "assume-role-with-saml",
    "get-session-token",
    "get-federation-token",
    "pool credentials",
)
"""The commands whose output a shell evaluates."""

PASSING_ON = ("exec", "shell")
"""The commands that run another command and end as it does."""

CREDENTIAL_FORMS = (*FORMS, *ALIASES)

_BY_PROGRAM = {
    "bash": "bash",
    "zsh": "zsh",
    "fish": "fish",
    "pwsh": "powershell",
    "powershell": "powershell",
    "nu": "nushell",
}


def detect() -> str:
    """The form of the nearest shell among the ancestor processes; unknown means POSIX sh.

    Never from $SHELL: that names the login shell, not the one that called.
    """
    found = _nearest()
    return _BY_PROGRAM.get(_parent() if found is None else found[0], "sh")


def calling_program() -> str | None:
    """The program of the nearest shell among the ancestor processes, if its path can be told."""
    found = _nearest()
    if found is None:
        return None
    from shutil import which

    return which(found[1].lstrip("-"))


def _nearest() -> tuple[str, str] | None:
    """Name and program of the nearest shell among the ancestor processes."""
    # Where there is no /proc, `ps` is run: a child, which sees none of our own variables.
    hidden = [name for name in os.environ if name == "SHELL" or name.startswith("IAMCTL_")]
    kept = {name: os.environ.pop(name) for name in hidden}
    try:
        import shellingham

        name, program = shellingham.detect_shell()
        return name.lstrip("-").lower(), program
    except Exception:  # no shell is among them, or shellingham cannot be loaded
        return None
    finally:
        os.environ.update(kept)


def _parent() -> str:
    """The name of the parent process, where the system tells it in a file."""
    try:
        with open(f"/proc/{os.getppid()}/comm") as file:
            return file.read().strip().lstrip("-").lower()
    except (OSError, ValueError):
        return ""


def is_shell_command(argv: Sequence[str]) -> bool:
    """Whether the command line is one whose output a shell may be about to evaluate."""
    return _command(argv) in COMMANDS


def is_for_a_command(argv: Sequence[str]) -> bool:
    """Whether the command line is one that passes the exit code of another command on."""
    return _command(argv) in PASSING_ON


def _command(argv: Sequence[str]) -> str:
    words = iter(argv)
    for word in words:
        if word == "--color":
            next(words, None)  # its value is no command
        elif word == "pool":
            return f"pool {next((verb for verb in words if not verb.startswith('-')), '')}"
        elif not word.startswith("-"):
            return word
    return ""


def asked_form(argv: Sequence[str]) -> str | None:
    """The form that -o asks for, as far as an unparsed command line tells."""
    form = None
    for word, following in zip(argv, (*argv[1:], ""), strict=False):
        if word == "--":
            break
        if word in ("-o", "--output"):
            form = following
        elif word.startswith("--output="):
            form = word.partition("=")[2]
        elif word.startswith("-o") and not word.startswith("--"):
            form = word[2:]
    return form


def was_interrupted(error: BaseException | None) -> bool:
    """Whether it was Ctrl-C in truth: making a class turns it into a RuntimeError, for one."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def failure(argv: Sequence[str], code: int, stdout: TextIO) -> str:
    """What stdout must say when that command line ends in `code` without credentials."""
    form = failure_form(asked_form(argv), stdout) if is_shell_command(argv) else None
    return "" if form is None else failure_text(form, code)


def failure_form(asked: str | None, stdout: TextIO) -> str | None:
    """The shell form in which a failure must be said, or None where stdout stays empty.

    A person at a terminal evals nothing, and needs no lines that clear an identity. A form that
    does not exist fails in the calling shell's words.
    """
    if asked is not None and asked in CREDENTIAL_FORMS:
        form = ALIASES.get(asked, asked)
        return form if form in EVALUATED else None
    return None if stdout.isatty() else detect()
