"""Whom the trust policy of a role names, in the words of the directory.

Forms of principals: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from collections.abc import Iterator, Mapping

from iamctl.domain.arns import parse_arn
from iamctl.domain.change import KINDS
from iamctl.domain.directory import Directory
from iamctl.domain.documents import Condition
from iamctl.domain.entities import Role
from iamctl.domain.names import ACCOUNT_ID, is_principal_id
from iamctl.domain.providers import BUILT_IN
from iamctl.domain.references import session_role
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import compile_document

ASSUMING = ("sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml")
"""The actions that begin a session of a role."""


class Trusted(NamedTuple):
    """Somebody whom a role trusts, under the conditions of one statement.

    `kind` is user, role, provider, service, account, session, anybody, nobody (a name or unique
    id that nobody of this account bears) or outside; `name` is a word for it, `principal` what
    the policy says.
    """

    kind: str
    name: str
    principal: str
    conditions: tuple[Condition, ...] = ()


class Trust(NamedTuple):
    """Whom a role trusts, each once unless under several conditions, and how many statements deny
    some of them again."""

    trusted: tuple[Trusted, ...]
    denies: int


def trust_in(directory: Directory, role: Role) -> Trust:
    """Whom a role lets assume it, whatever else these need for that."""
    about = [
        compiled
        for compiled in compile_document(role.trust).statements
        if any(map(compiled.matches_action, ASSUMING))
    ]
    found: dict[Trusted, None] = {}
    for statement in (compiled.statement for compiled in about if compiled.allows):
        for named in _named(directory, statement.principals or {}):
            found[named._replace(conditions=statement.conditions)] = None
    plain = {one.principal for one in found if not one.conditions}
    kept = (one for one in found if not one.conditions or one.principal not in plain)
    return Trust(tuple(kept), sum(not compiled.allows for compiled in about))


def _named(directory: Directory, principals: Mapping[str, tuple[str, ...]]) -> Iterator[Trusted]:
    for kind, names in principals.items():
        for name in names:
            yield _of(directory, kind, name)


def _of(directory: Directory, kind: str, principal: str) -> Trusted:
    if principal == "*" and kind in ("*", "AWS"):
        return Trusted("anybody", "anybody", principal)
    if kind == "Service":
        return Trusted("service", f"service/{principal}", principal)
    if kind == "Federated":
        return _provider(directory, principal)
    return _of_aws(directory, principal) if kind == "AWS" else _outside(principal)


def _of_aws(directory: Directory, principal: str) -> Trusted:
    if is_principal_id(principal):
        return _entity(directory.by_unique_id(principal), principal)
    if ACCOUNT_ID.problem(principal) is None:
        return Trusted("account", f"account/{principal}", principal)
    arn = parse_arn(principal)
    if arn is None:
        return _outside(principal)
    if arn.resource == "root":
        return Trusted("account", f"account/{arn.account}", principal)
    if arn.account != directory.account.id:
        return _outside(principal)
    role = session_role(arn)
    if role:
        session = arn.resource.rpartition("/")[2]
        return Trusted("session", f"assumed-role/{role}/{session}", principal)
    if arn.service != "iam":
        return _outside(principal)
    return _entity(directory.by_arn(principal), principal)


def _entity(entity: object, principal: str) -> Trusted:
    section, name = getattr(entity, "section", ""), getattr(entity, "name", "")
    kind = KINDS.get(section)
    if kind is None:
        return Trusted("nobody", principal, principal)
    return Trusted(kind, f"{kind}/{name}", principal)


def _provider(directory: Directory, principal: str) -> Trusted:
    found = directory.by_arn(principal)
    if found is None and principal in BUILT_IN:
        found = directory.provider_by_url(f"https://{principal}")
    return _outside(principal) if found is None else _entity(found, principal)


def _outside(principal: str) -> Trusted:
    return Trusted("outside", principal, principal)
