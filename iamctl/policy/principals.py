"""Which principal of a resource policy means the caller, and in which form.

The form decides what a same-account Allow overrides. Rules: the IAM User Guide's pages on the
Principal and NotPrincipal elements and on policy evaluation.
"""

from collections.abc import Iterable, Mapping

from iamctl.domain.arns import parse_arn, root_arn
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.request import Caller

STRENGTH = {"account": 1, "user": 2, "role": 2}
"""Form -> how much a same-account Allow overrides: 1 nothing, 2 the lack of an identity policy,
3 (every other form) also the lack of an Allow in boundary and session policy."""


class Principals(NamedTuple):
    """The principals of a statement as sets. `everybody` is a `*`; `roles` holds the ARNs of
    roles without their paths."""

    everybody: bool
    aws: frozenset[str]
    roles: frozenset[str]
    services: frozenset[str]
    federated: frozenset[str]


def compile_principals(principals: Mapping[str, tuple[str, ...]]) -> Principals:
    """The sets of a Principal or NotPrincipal element."""
    aws = frozenset(principals.get("AWS", ()))
    return Principals(
        everybody="*" in principals or "*" in aws,
        # A canonical user id, of 64 digits, is nobody's ARN, number or other unique id.
        aws=aws.union(principals.get("CanonicalUser", ())),
        roles=frozenset(map(_without_path, filter(_is_role, aws))),
        services=frozenset(principals.get("Service", ())),
        federated=frozenset(principals.get("Federated", ())),
    )


def _is_role(arn: str) -> bool:
    return ":role/" in arn


def _without_path(arn: str) -> str:
    return f"{arn.partition('/')[0]}/{arn.rpartition('/')[2]}"


def _names(caller: Caller) -> Iterable[tuple[str, str]]:
    """(form, name) of every level at which an AWS principal may name the caller."""
    if caller.type == "User":
        yield "user", caller.arn
    elif caller.type == "AssumedRole":
        if caller.arn != caller.principal_arn:
            yield "session", caller.arn
        yield "role", caller.principal_arn
    elif caller.type == "FederatedUser":
        yield "federated-user", caller.arn
    if caller.account:
        yield "account", _root_of(caller)


def _root_of(caller: Caller) -> str:
    parsed = parse_arn(caller.principal_arn)
    if parsed is None or parsed.partition == "aws":
        return root_arn(caller.account)
    return f"arn:{parsed.partition}:iam::{caller.account}:root"


def form_of(principals: Principals, caller: Caller, effect: str) -> str | None:
    """The strongest form in which the principals name the caller, or None.

    "*" also means services and anonymous callers. It allows nobody whom another identity
    provider vouches for (that needs the provider as principal), but it denies them: AWS does
    not say, this is the safe reading.
    """
    if caller.type == "Federated":
        if caller.issuer in principals.federated:
            return "federated"
        return "*" if principals.everybody and effect == "Deny" else None
    if principals.everybody:
        return "*"
    if caller.type == "Service":
        return "service" if not principals.services.isdisjoint(caller.services) else None
    for form, name in _names(caller):
        if _is_listed(form, name, caller, principals):
            return form
        if form == "federated-user" and caller.issuer and caller.issuer in principals.aws:
            return "user"
    return None


def _is_listed(form: str, name: str, caller: Caller, principals: Principals) -> bool:
    """Whether an ARN or unique id of the caller is among the principals.

    No two roles of an account have one name (IAM User Guide, "IAM identifiers"), so a role whose
    path is not known is known by its name.
    """
    if name in principals.aws:
        return True
    if form == "role" and caller.any_path and name in principals.roles:
        return True
    return (
        form in ("user", "role") and bool(caller.unique_id) and caller.unique_id in principals.aws
    )


def is_excepted(principals: Principals, caller: Caller, effect: str, bounded: bool) -> bool:
    """Whether NotPrincipal leaves the caller out of its statement.

    A Deny leaves out only who is named at every level: account, role and session, or account
    and user; never who has a permissions boundary. An Allow leaves out who is named at any.
    """
    if principals.everybody:
        return not (bounded and effect == "Deny")
    if caller.type == "Federated":
        return caller.issuer in principals.federated
    if caller.type == "Service":
        return not principals.services.isdisjoint(caller.services)
    if effect == "Deny" and bounded:
        return False
    listed = [_is_listed(form, name, caller, principals) for form, name in _names(caller)]
    return bool(listed) and (all(listed) if effect == "Deny" else any(listed))
