"""Temporary credentials on stdout, in the form that was asked for or the calling shell's own."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from iamctl.cli.options import one_of
from iamctl.cli.output import answer, say
from iamctl.cli.shell import CREDENTIAL_FORMS, detect
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.domain.times import format_instant
from iamctl.rendering.shells import ALIASES, EVALUATED, credentials_text, github_masks
from iamctl.sts.session import Credentials

Form = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORM",
        help="sh, bash, zsh, fish, powershell, nushell, dotenv, json, process or github; "
        "without it, the calling shell's.",
        autocompletion=one_of(*CREDENTIAL_FORMS),
    ),
]

_HINTS = {
    "sh": 'hint: nothing is set yet; run: eval "$({command})"',
    "fish": "hint: nothing is set yet; run: {command} | source",
    "powershell": "hint: nothing is set yet; run: {command} | Out-String | iex",
    "nushell": "hint: nothing is set yet; run: {command} | from json | load-env",
}


def credential_form(output: str | None) -> str:
    """The form asked for by its own name, else the calling shell's. Raises Usage."""
    if output is None:
        return detect()
    if output not in CREDENTIAL_FORMS:
        raise Usage(
            f"there is no output form {shown(output)}", hint=f"use {', '.join(CREDENTIAL_FORMS)}"
        )
    return ALIASES.get(output, output)


def hand_over(
    form: str, credentials: Credentials, account: str, response: Callable[[], dict[str, object]]
) -> None:
    """The credentials on stdout, in one write; `response` makes AWS's for the form json."""
    if form == "json":
        from iamctl.rendering.machine import json_text

        answer(json_text(response()))
        return
    from iamctl.rendering.credentials import values

    variables = values(credentials, account)
    if form == "github":  # what hides them in the job's log; the runner reads it from stderr
        sys.stderr.write(github_masks(variables))
    answer(credentials_text(form, variables))


def tell(output: str | None, form: str, command: str, who: str, expires: int, note: str) -> None:
    """For a person who looks on: how to use what was printed, or whose it is and until when."""
    if output is None and sys.stdout.isatty():
        say(_HINTS.get(form, _HINTS["sh"]).format(command=command))
    elif form in EVALUATED and sys.stderr.isatty():
        say(f"{who} until {format_instant(expires)}{note}")


ONLY_HERE = "; only iamctl verifies it, AWS does not"
FROM_AWS = "; AWS issued it"
