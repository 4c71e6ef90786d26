"""`iamctl config`: the user's own settings."""

import os
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.bootstrap.texts import setting_names, vault_kinds
from iamctl.cli.app import group
from iamctl.cli.candidates import one_of
from iamctl.cli.options import Output
from iamctl.cli.output import answer, say, show_rows
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import ACCOUNT_ID, shown
from iamctl.domain.source import Plain
from iamctl.domain.times import parse_duration
from iamctl.rendering.escape import printable

Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="A setting: " + ", ".join(setting_names()) + ".",
        autocompletion=one_of("directory", "vault", "duration", "mfa_process", "aliases."),
    ),
]

app = group(
    """Your own settings; comments in the file are kept.

    \b
    iamctl config set duration 2h
    iamctl config set aliases.prod deployer
    """
)


@app.command("get")
def get(key: Key) -> None:
    """Print one setting.

    \b
    iamctl config get duration
    """
    value = Runtime().settings.get(key)
    if value is None:
        raise NotFound(f'setting "{key}" is not set')
    answer(f"{printable(value)}\n")


@app.command("set")
def set_(
    key: Key, value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value.")]
) -> None:
    """Set one setting.

    \b
    iamctl config set duration 2h
    iamctl config set aliases.prod deployer
    """
    if key == "duration":
        parse_duration(value)
    if key == "vault" and value not in vault_kinds():
        raise InvalidValue(
            f"there is no kind of vault {shown(value)}", hint=f"use {', '.join(vault_kinds())}"
        )
    if key.endswith(".aws.account"):
        ACCOUNT_ID.check(value)
    if key == "directory" and not os.path.isabs(os.path.expanduser(value)):
        raise InvalidValue(
            f"{shown(value)} is not absolute, so another file in every folder",
            hint="give the whole path, which may begin with ~/",
        )
    Runtime().settings.set(key, value)
    say(f"{key} = {value}")


@app.command("unset")
def unset(key: Key) -> None:
    """Remove one setting.

    \b
    iamctl config unset aliases.prod
    """
    Runtime().settings.unset(key)
    say(f"{key} is not set")


@app.command("list")
def list_(output: Output = None) -> None:
    """List what is set.

    \b
    iamctl config list
    iamctl config list -o json
    """
    items = list(Runtime().settings.items())

    def plain() -> dict[str, Plain]:
        return dict(items)

    show_rows(output, ("setting", "value"), items, plain, plain, "nothing is set")


@app.command("path")
def path() -> None:
    """Print where the settings file is.

    \b
    iamctl config path
    """
    answer(f"{printable(Runtime().settings.path)}\n")
