"""Temporary credentials on stdout, in the form that was asked for or the calling shell's own; or in
a file that only their owner can read, or in the file that a GitHub job's steps share.
"""

import os
import stat
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from iamctl.cli.output import answer, say
from iamctl.cli.shell import CREDENTIAL_FORMS, detect
from iamctl.domain.errors import AlreadyExists, Usage
from iamctl.domain.names import shown
from iamctl.domain.times import format_instant
from iamctl.rendering.shells import ALIASES, EVALUATED, credentials_text, github_masks
from iamctl.sts.session import Credentials

if TYPE_CHECKING:
    from iamctl.services.assume import AssumeResult
    from iamctl.services.user_session import UserSession

_HINTS = {
    "sh": 'hint: nothing is set yet; run: eval "$({command})"',
    "fish": "hint: nothing is set yet; run: {command} | source",
    "powershell": "hint: nothing is set yet; run: {command} | Out-String | iex",
    "nushell": "hint: nothing is set yet; run: {command} | from json | load-env",
}

ONLY_HERE = "; only iamctl verifies it, AWS does not"
FROM_AWS = "; AWS issued it"
"""How the word for a person who looks on ends."""


def credential_form(output: str | None, file: str | None = None) -> str:
    """The form asked for by its own name, else the calling shell's.

    `file` is where the credentials are to go: it is checked before anything is granted. Raises
    Usage for a form that there is not, or not in a file; what `check_file` raises.
    """
    if output is not None and output not in CREDENTIAL_FORMS:
        raise Usage(
            f"there is no output form {shown(output)}", hint=f"use {', '.join(CREDENTIAL_FORMS)}"
        )
    form = detect() if output is None else ALIASES.get(output, output)
    if file is not None:
        check_file(file, output and form)
    return form


def check_file(path: str, form: str | None) -> None:
    """Raise unless credentials of that form can go into that file.

    Usage for other forms; AlreadyExists for a file that holds anything but credentials, which
    nobody wants to lose; StorageFailure for a symbolic link, a file of somebody else, a folder.
    """
    from iamctl import files
    from iamctl.rendering.credential_files import FORMS, holds_credentials

    if form not in FORMS:
        raise Usage(
            "--output-file goes with a form that is read from files",
            hint=f"add -o {', -o '.join(FORMS[:-1])} or -o {FORMS[-1]}",
        )
    if path == "-" or not path:
        raise Usage("--output-file needs the name of a file", hint="leave it out for stdout")
    if os.path.lexists(path) and not holds_credentials(files.read_regular(path)):
        raise AlreadyExists(
            f"{path} holds something else than temporary credentials",
            hint="name another file, or move that one away",
        )


def give(
    output: str | None,
    form: str,
    command: str,
    session: "AssumeResult | UserSession",
    response: Callable[[], dict[str, object]],
    file: str | None = None,
    note: str = ONLY_HERE,
) -> None:
    """The session's notes on stderr, its credentials on stdout or in the file, and a word for who
    looks on, which ends in `note`; `response` makes AWS's for the form json."""
    for said in session.notes:
        say(said)
    _hand_over(form, session.credentials, session.account, response, file)
    _tell(output, form, command, session.arn, session.credentials.expiration, note)


def _hand_over(
    form: str,
    credentials: Credentials,
    account: str,
    response: Callable[[], dict[str, object]],
    file: str | None,
) -> None:
    """The credentials on stdout in one write, or in the file."""
    if form == "json":
        from iamctl.rendering.machine import json_text

        return _put(form, json_text(response()), file)
    from iamctl.rendering.credentials import values

    variables = values(credentials, account)
    if form == "github":
        return _into_job(variables)
    return _put(form, credentials_text(form, variables), file)


def _put(form: str, text: str, file: str | None) -> None:
    """The text on stdout, or in the file: 0600 from its first instant, whole or not at all."""
    if file is not None:
        from iamctl import files

        with files.folder_lock(os.path.dirname(os.path.abspath(file))):
            check_file(file, form)
            files.replace_private(file, text.encode())
        return say(f"wrote {file}, which only you can read")
    if form not in EVALUATED and _stdout_mode() & 0o077:
        say("note: stdout is a file that others can read; --output-file makes a private one")
    return answer(text)


def _into_job(variables: Mapping[str, str]) -> None:
    """Into the environment of a GitHub job's later steps, the secrets masked in its log before.

    The runner reads workflow commands from stderr too. Its file is written here unless stdout is a
    file already, as in `>> "$GITHUB_ENV"`: on a bare stdout the secrets would be in the log.
    """
    text, shared = credentials_text("github", variables), os.environ.get("GITHUB_ENV")
    sys.stderr.write(github_masks(variables))
    sys.stderr.flush()
    if not shared or _stdout_mode():
        return answer(text)
    from iamctl import files

    files.append_lines(shared, text.encode())
    return say("the credentials are in the environment of the steps that follow")


def _stdout_mode() -> int:
    """The mode of the file that stdout goes to; 0 when that is no regular file."""
    try:
        mode = os.fstat(sys.stdout.fileno()).st_mode
    except (OSError, ValueError):
        return 0
    return stat.S_IMODE(mode) if stat.S_ISREG(mode) else 0


def _tell(output: str | None, form: str, command: str, who: str, expires: int, note: str) -> None:
    """For a person who looks on: how to use what was printed, or whose it is and until when."""
    if output is None and sys.stdout.isatty():
        say(_HINTS.get(form, _HINTS["sh"]).format(command=command))
    elif form in EVALUATED and sys.stderr.isatty():
        say(f"{who} until {format_instant(expires)}{note}")
