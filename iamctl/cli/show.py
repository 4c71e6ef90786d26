"""`iamctl show`: whatever a name, ARN, unique id or key id means."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli import aws_policies
from iamctl.cli.account import show_account
from iamctl.cli.app import single
from iamctl.cli.candidates import any_name
from iamctl.cli.key_rows import show_key
from iamctl.cli.options import Directory, Output
from iamctl.cli.showing import show_entity, show_resource
from iamctl.cli.values import check_form
from iamctl.domain.arns import is_aws_managed
from iamctl.domain.errors import NotFound
from iamctl.services.published import arn_of_name, by_arn
from iamctl.services.show import find_anything


def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|ARN|KEYID|NAME",
            help="user/NAME, group/NAME, role/NAME, policy/NAME, mfa/NAME, provider/NAME and "
            "pool/NAME say which of a name's bearers.",
            autocompletion=any_name,
        ),
    ],
    output: Output = None,
    directory: Directory = None,
) -> None:
    """Show whatever bears a name, ARN, unique id or access key id.

    \b
    iamctl show AIDAQ3EGVFGTNDKSEAMPL
    iamctl show arn:aws:sts::111122223333:assumed-role/deployer/alice
    iamctl show AKIAIOSFODNN7EXAMPLE
    iamctl show role/deployer -o json
    """
    check_form(output)
    runtime = Runtime()
    if is_aws_managed(what):
        return aws_policies.show_described(output, by_arn(runtime.catalogue, what))
    loaded = runtime.repository(directory).load()
    try:
        found = find_anything(loaded, what)
    except NotFound:
        arn = arn_of_name(runtime.catalogue, what)
        if arn is None:
            raise
        return aws_policies.show_described(output, by_arn(runtime.catalogue, arn))
    if found.section == "account":
        return show_account(output, loaded)
    if found.section == "resources":
        return show_resource(output, loaded, found.name)
    if found.key_id is not None:
        return show_key(output, loaded, found.name, found.key_id, runtime.now())
    if found.section == "identity_providers":
        from iamctl.cli.showing_provider import show_provider

        return show_provider(output, loaded, found.name, runtime.federation)
    return show_entity(output, loaded, found.section, found.name)


app = single(show)
