"""`iamctl whoami`: who the credentials of this shell belong to, and whether they still count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iamctl.cli.opened import Opened
from iamctl.cli.output import say, show_facts
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.services.whoami import Identity
from iamctl.services.whoami import whoami as identify

if TYPE_CHECKING:  # only Typer needs them at run time: `fronts` hands them to it
    from iamctl.cli.options import Directory, Output
    from iamctl.cli.session_options import AsUser


def whoami(
    as_user: AsUser = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """Who the credentials of this shell belong to.

    Expired, forged, foreign, revoked and unknown credentials each say so, with exit code 5.

    \b
    iamctl whoami
    iamctl whoami -o json
    """
    opened = Opened(directory)
    identity = identify(
        opened.directory,
        opened.sources(as_user),
        opened.vault,
        opened.runtime.catalogue,
        opened.now,
    )
    for note in identity.notes:
        say(note)
    show_facts(
        output,
        _facts(identity, opened.now),
        lambda: _shape(identity),
        lambda: _shape(identity),
        identity.arn,
    )


def _facts(identity: Identity, now: int) -> list[tuple[str, str]]:
    return [
        ("arn", identity.arn),
        ("user id", identity.user_id),
        ("account", identity.account),
        ("key id", identity.key_id),
        ("session", identity.session_name or ""),
        ("source identity", identity.source_identity or ""),
        ("tags", ", ".join(f"{k}={v}" for k, v in identity.tags.items())),
        ("chain", " → ".join(identity.chain)),
        ("issued", "" if identity.issued is None else format_instant(identity.issued)),
        ("expires", _expiry(identity.expires, now)),
        ("found in", identity.found),
    ]


def _expiry(expires: int | None, now: int) -> str:
    if expires is None:
        return ""
    left = max(expires - now, 0)
    return f"{format_instant(expires)} (in {left // 3600}h {left % 3600 // 60:02}m)"


def _shape(identity: Identity) -> dict[str, Plain]:
    shape: dict[str, Plain] = {
        "UserId": identity.user_id,
        "Account": identity.account,
        "Arn": identity.arn,
        "Type": identity.type,
        "AccessKeyId": identity.key_id,
        "FoundIn": identity.found,
    }
    if identity.issued is not None and identity.expires is not None:
        shape["Issued"] = format_instant(identity.issued)
        shape["Expiration"] = format_instant(identity.expires)
        shape["SessionName"] = identity.session_name
        shape["Chain"] = list(identity.chain)
    if identity.source_identity is not None:
        shape["SourceIdentity"] = identity.source_identity
    if identity.tags:
        shape["Tags"] = [{"Key": k, "Value": v} for k, v in identity.tags.items()]
    return shape
