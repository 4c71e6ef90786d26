"""Ending sessions in an incident: a user's own, and those of the roles that user can get to."""

from collections.abc import Sequence

from iamctl.domain.arns import root_arn
from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role, User
from iamctl.domain.references import statements_of
from iamctl.services.trust_edits import roles_naming
from iamctl.sts.revocation import revoke_sessions_plan


def plan_revoke(
    directory: Directory, *, section: str, names: Sequence[str], with_roles: bool = False, now: int
) -> Changes:
    """Revoke the sessions of users or roles that were issued up to this second.

    `with_roles` takes the roles within reach of the users along; sessions that others have of
    those roles end too. Raises NotFound, InvalidValue for a service-linked role.
    """
    wanted = dict.fromkeys((section, name) for name in names)
    for name in names if with_roles else ():
        wanted |= dict.fromkeys(("roles", role) for role in roles_within_reach(directory, name))
    return tuple(
        change
        for kind, name in wanted
        for change in revoke_sessions_plan(directory, kind, name, now)
    )


def roles_within_reach(directory: Directory, user: str) -> tuple[str, ...]:
    """Roles whose trust policies name the user, the account, everyone, or a role found so.

    Whether the user's own policies let it assume them is left open: in an incident too many
    are better than one too few. Service-linked roles are assumed by services alone. Raises
    NotFound.
    """
    account = directory.account.id
    open_names = ["*", account, root_arn(account), *_bearing(directory, directory.user(user))]
    found: set[str] = set()
    while open_names:
        for name in _trusting(directory, open_names.pop()):
            role = directory.roles[name]
            if name not in found and not role.path.startswith("/aws-service-role/"):
                found.add(name)
                open_names += _bearing(directory, role)
    return tuple(sorted(found))


def _trusting(directory: Directory, principal: str) -> tuple[str, ...]:
    """Roles that name the principal; `*` may also stand alone in place of a Principal's map."""
    if principal != "*":
        return roles_naming(directory, principal)
    open_to_all = (
        role
        for role in directory.roles
        for _at, statement in statements_of(directory.value_at(("roles", role, "trust")))
        if statement.get("Principal") == "*"
    )
    return (*roles_naming(directory, "*"), *open_to_all)


def _bearing(directory: Directory, entity: User | Role) -> list[str]:
    return [directory.arn(entity), *([entity.id] if entity.id else [])]
