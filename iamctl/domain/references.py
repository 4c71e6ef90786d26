"""What entities refer to by name, ARN or unique id, and what the reference means."""

from collections.abc import Iterator

from iamctl.domain.arns import (
    PARTITION,
    Arn,
    is_aws_managed,
    parse_arn,
    policy_holder,
    split_iam_resource,
)
from iamctl.domain.names import is_principal_id, shown
from iamctl.domain.source import Address, Plain
from iamctl.domain.tuples import NamedTuple


class Reference(NamedTuple):
    """An entity of this file that a text means: by name and, in an ARN, path; or by unique id.

    `section` is "" when only the unique id is known.
    """

    section: str
    name: str
    path: str | None = None
    unique_id: str | None = None


def statements_of(document: Plain) -> Iterator[tuple[Address, dict[str, Plain]]]:
    """The statements of a document with their addresses; a single one may stand alone."""
    value = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(value, dict):
        yield ("Statement",), value
    for index, statement in enumerate(value if isinstance(value, list) else ()):
        if isinstance(statement, dict):
            yield ("Statement", index), statement


def aws_principals(document: Plain) -> Iterator[tuple[Address, str]]:
    """Every text under AWS in a Principal or NotPrincipal, with its address."""
    return _principals(document, "AWS")


def _principals(document: Plain, kind: str) -> Iterator[tuple[Address, str]]:
    for here, statement in statements_of(document):
        for element in ("Principal", "NotPrincipal"):
            principal = statement.get(element)
            named = principal.get(kind) if isinstance(principal, dict) else None
            if isinstance(named, str):
                yield (*here, element, kind), named
            for index, value in enumerate(named if isinstance(named, list) else ()):
                if isinstance(value, str):
                    yield (*here, element, kind, index), value


def federated_principals(document: Plain) -> Iterator[tuple[Address, str]]:
    """Every text under Federated in a Principal or NotPrincipal, with its address."""
    return _principals(document, "Federated")


def provider_arn(principal: str, account: str) -> bool:
    """Whether a principal is the ARN of an identity provider of that account."""
    arn = parse_arn(principal)
    return (
        arn is not None
        and (arn.partition, arn.service, arn.account) == (PARTITION, "iam", account)
        and arn.resource.partition("/")[0] in ("oidc-provider", "saml-provider")
    )


def principal_reference(principal: str, account: str) -> Reference | None:
    """The user or role of this account that a principal means; None for all other principals."""
    if is_principal_id(principal):
        return Reference("", "", unique_id=principal)
    arn = parse_arn(principal)
    if arn is None or arn.partition != PARTITION or arn.account != account:
        return None
    kind, path, name = split_iam_resource(arn.resource)
    if arn.service == "iam" and kind in ("user", "role"):
        return Reference(f"{kind}s", name, path)
    role = session_role(arn)
    return Reference("roles", role) if role else None


def session_role(arn: Arn) -> str:
    """The role's name in the ARN of one of its sessions; empty when it is no such ARN."""
    kind, _, rest = arn.resource.partition("/")
    return rest.partition("/")[0] if arn.service == "sts" and kind == "assumed-role" else ""


def policy_reference(text: str, account: str) -> Reference | None:
    """The managed policy of this file that a name or ARN means; None for another's."""
    if not text.startswith("arn:"):
        return Reference("policies", text, None, None)  # all four: defaults cost more than the rest
    arn = parse_arn(text)
    if arn is None or is_aws_managed(text) or arn.service != "iam" or arn.account != account:
        return None
    kind, path, name = split_iam_resource(arn.resource)
    return Reference("policies", name, path) if kind == "policy" else None


def resource_arn_fault(text: str, account: str) -> tuple[str, str] | None:
    """Why no policy can stand under that ARN in `resources`, with a hint; or None."""
    arn = parse_arn(text)
    if arn is None:
        return None  # the file's shape asks for an ARN
    if arn.account not in ("", account):
        return (
            f"{shown(text)} is of account {arn.account}",
            "its policy stands in that account's file, which `accounts` may list",
        )
    if arn.service in ("iam", "sts"):
        return f"{shown(text)} has no policy here", "a role's is its trust policy, in `roles`"
    holder = policy_holder(text)
    if holder != text:
        return f"{shown(text)} has no policy of its own", f"write it for {holder}"
    return None
