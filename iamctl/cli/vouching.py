"""What the commands share that assume a role on the word of another identity provider."""

from typing import TYPE_CHECKING, Annotated

import typer

from iamctl.cli.candidates import role_or_alias
from iamctl.cli.obtaining import policy_arns, policy_document
from iamctl.cli.values import unaliased
from iamctl.domain.errors import Usage
from iamctl.domain.times import parse_duration
from iamctl.services.assume import managed_policies
from iamctl.services.federated import Issuing
from iamctl.services.session_policies import session_policies
from iamctl.sts.federated import FederatedRequest

if TYPE_CHECKING:
    from iamctl.bootstrap import Runtime
    from iamctl.cli.opened import Opened

VouchedRole = Annotated[
    str | None,
    typer.Argument(
        metavar="ROLE",
        help="A role's name or ARN, or an alias of your settings.",
        autocompletion=role_or_alias,
        show_default=False,
    ),
]


def role_of(runtime: "Runtime", role: str | None, role_arn: str | None) -> str:
    """The role by name or ARN, an alias resolved; without one the AWS_ROLE_ARN of SDKs.

    Raises Usage.
    """
    if role is not None and role_arn is not None:
        raise Usage("name one role, as an argument or with --role-arn")
    name = role or role_arn or runtime.environ.get("AWS_ROLE_ARN")
    if not name:
        raise Usage("name one role", hint="give its name or ARN, or set AWS_ROLE_ARN")
    return unaliased(runtime, name)


def issuing(opened: "Opened") -> Issuing:
    """What sessions of the directory are decided on and made with. Raises VaultUnavailable."""
    runtime = opened.runtime
    return Issuing(
        opened.directory,
        opened.vault(),
        runtime.federation,
        runtime.catalogue,
        opened.now,
        runtime.randomness,
        runtime.wait_until,
    )


def federated_request(
    opened: "Opened", duration: str | None, policy: str | None, arns: list[str] | None
) -> FederatedRequest:
    """What is asked for on the command line.

    Raises InvalidValue, MalformedPolicyDocument, NotFound, StorageFailure.
    """
    runtime = opened.runtime
    configured = runtime.settings.get("duration")
    policies: tuple[str, ...] = ()
    if policy is not None or arns:
        managed = managed_policies(runtime.catalogue)
        document = policy_document(policy)
        policies = session_policies(opened.directory, managed, policy_arns(arns), document)
    return FederatedRequest(
        None if duration is None else parse_duration(duration),
        None if configured is None else parse_duration(configured),
        policies,
    )
