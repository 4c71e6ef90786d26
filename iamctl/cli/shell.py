"""Which shell will read our output."""

import os
from typing import TextIO

from iamctl.rendering.shells import ALIASES, EVALUATED, FORMS

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
    import shellingham

    login_shell = os.environ.pop("SHELL", None)
    try:
        name = shellingham.detect_shell()[0].lstrip("-").lower()
    except (shellingham.ShellDetectionFailure, OSError, ValueError):
        return "sh"
    finally:
        if login_shell is not None:
            os.environ["SHELL"] = login_shell
    return _BY_PROGRAM.get(name, "sh")


def failure_form(asked: str | None, stdout: TextIO) -> str | None:
    """The shell form in which a failure must be said, or None where stdout stays empty.

    A person at a terminal evals nothing, and needs no lines that clear an identity. A form that
    does not exist fails in the calling shell's words.
    """
    if asked is not None and asked in CREDENTIAL_FORMS:
        form = ALIASES.get(asked, asked)
        return form if form in EVALUATED else None
    return None if stdout.isatty() else detect()
