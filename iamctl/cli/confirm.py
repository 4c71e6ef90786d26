"""Asking before destruction."""

import select
import sys

from iamctl.domain.errors import Interrupted, Usage
from iamctl.rendering.escape import printable


def confirm(question: str, yes: bool) -> None:
    """Ask on the terminal; returns when the answer is yes.

    Raises Usage when there is no terminal to ask on, Interrupted when the answer is no.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Usage("this needs a confirmation and there is no terminal", hint="add --yes")
    sys.stderr.write(f"{printable(question)} [y/N] ")
    sys.stderr.flush()
    if typed_line().strip().lower() not in ("y", "yes"):
        raise Interrupted("nothing was changed")


def typed_line() -> str:
    """The line that a person types on stdin; empty at its end.

    Waits in short steps: a Ctrl-C that comes just before a read that blocks would be seen only
    when the read ends.
    """
    while not select.select([sys.stdin], [], [], 0.2)[0]:
        pass
    return sys.stdin.readline()
