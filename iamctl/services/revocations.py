"""Ending sessions in an incident: a user's own, and those of the roles that user can get to."""

from collections.abc import Sequence

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.sts.revocation import revoke_sessions_plan, roles_within_reach


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
