"""`iamctl get-caller-identity`: what the AWS CLI's command of that name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iamctl.cli.opened import Opened
from iamctl.cli.output import say, show_facts
from iamctl.services.whoami import get_caller_identity

if TYPE_CHECKING:  # only Typer needs them at run time: `fronts` hands them to it
    from iamctl.cli.options import Directory, Output
    from iamctl.cli.session_options import AsUser


def caller_identity(
    as_user: AsUser = None, output: Output = None, directory: Directory = None
) -> None:
    """UserId, Account and Arn of the caller, as the AWS CLI says them.

    No policy can deny it: sessions that were revoked are told who they are.

    \b
    iamctl get-caller-identity -o json
    """
    opened = Opened(directory)
    sources = opened.sources(as_user)
    identity = get_caller_identity(opened.directory, sources, opened.vault, opened.now)
    for note in identity.notes:
        say(note)
    shape = {"UserId": identity.user_id, "Account": identity.account, "Arn": identity.arn}
    show_facts(output, shape.items(), lambda: shape, lambda: dict(shape), identity.arn)
