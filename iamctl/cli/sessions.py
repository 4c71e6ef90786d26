"""`iamctl sessions`: the sessions that this machine keeps, so that it need not ask again."""

from collections.abc import Sequence
from typing import Annotated

import typer

from iamctl.cli.app import group
from iamctl.cli.candidates import role_or_alias
from iamctl.cli.opened import Opened
from iamctl.cli.options import Directory, Output
from iamctl.cli.output import say, show_rows
from iamctl.cli.values import unaliased
from iamctl.domain.errors import NotFound, Usage
from iamctl.domain.names import shown
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.services.session_cache import Kept, drop_sessions, kept_sessions

app = group(
    """The sessions that this machine keeps, so that nobody is asked for a code twice.

    \b
    iamctl sessions list
    iamctl sessions forget --all
    """
)

_SHOWN = 12
Found = tuple[tuple[str, Kept], ...]


@app.command("list")
def list_(output: Output = None, directory: Directory = None) -> None:
    """List the kept sessions, the next to end first.

    Sessions that needed no MFA code and no call of AWS are not kept: they are made anew.

    \b
    iamctl sessions list
    iamctl sessions list -o json
    """
    opened = Opened(directory)
    found = kept_sessions(opened.vault(), opened.now)
    show_rows(
        output,
        ("id", "session", "caller", "from", "mfa", "until"),
        [_row(key, session) for key, session in found],
        lambda: {"Sessions": [_shape(key, session) for key, session in found]},
        lambda: [_shape(key, session) for key, session in found],
        "no sessions are kept",
    )


@app.command("forget")
def forget(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="As `sessions list` shows them.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(
            "--role", metavar="ROLE", help="All of this role.", autocompletion=role_or_alias
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    directory: Directory = None,
) -> None:
    """Forget kept sessions: the next call gets a new one.

    What was handed out already lives on until it ends; `role revoke-sessions` ends it now.

    \b
    iamctl sessions forget 3f2a91c07d44
    iamctl sessions forget --role deployer
    iamctl sessions forget --all
    """
    if bool(ids) + bool(role) + every != 1:
        raise Usage("say which sessions", hint="give their ids, --role ROLE or --all")
    opened = Opened(directory)
    if role is not None:
        role = unaliased(opened.runtime, role)
    vault = opened.vault()
    found = _chosen(kept_sessions(vault, opened.now), ids or [], role)
    if not found:
        say(
            "no sessions are kept" if every else f"no sessions of role {shown(role or '')} are kept"
        )
        return
    drop_sessions(vault, [key for key, _ in found], opened.now)
    for _, session in found:
        say(_told(session))


def _chosen(kept: Found, ids: Sequence[str], role: str | None) -> Found:
    if role is not None:
        return tuple(item for item in kept if role in (item[1].role_arn, _name(item[1].role_arn)))
    if not ids:
        return kept
    chosen: dict[str, Kept] = {}
    for wanted in ids:
        matching = [item for item in kept if len(wanted) >= 4 and item[0].startswith(wanted)]
        if not matching:
            raise NotFound(f"no session {shown(wanted)} is kept", hint="see: iamctl sessions list")
        chosen |= matching
    return tuple(chosen.items())


def _told(session: Kept) -> str:
    ends = format_instant(session.credentials.expiration)
    told = f"forgot the copy of {session.arn}; the session itself lasts until {ends}"
    if session.mode == "aws":
        return told
    if session.role_arn:
        return f"{told}: iamctl role revoke-sessions {_name(session.role_arn)} ends it"
    return f"{told}: iamctl user revoke-sessions {_name(session.arn)} ends it"


def _row(key: str, session: Kept) -> tuple[str, ...]:
    issuer = "AWS" if session.mode == "aws" else "iamctl"
    serial = session.serial.rpartition("/")[2]
    until = format_instant(session.credentials.expiration)
    called = session.arn.partition(":assumed-role/")[2] or _name(session.arn)
    return key[:_SHOWN], called, _name(session.caller_arn), issuer, serial, until


def _shape(key: str, session: Kept) -> dict[str, Plain]:
    """A kept session without its secrets."""
    return {
        "Id": key[:_SHOWN],
        "Arn": session.arn,
        "RoleArn": session.role_arn or None,
        "Caller": session.caller_arn,
        "Call": session.call,
        "IssuedBy": session.mode,
        "AccessKeyId": session.credentials.access_key_id,
        "SerialNumber": session.serial or None,
        "MFATime": None if session.mfa_time is None else format_instant(session.mfa_time),
        "Issued": format_instant(session.issued),
        "Expiration": format_instant(session.credentials.expiration),
    }


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
