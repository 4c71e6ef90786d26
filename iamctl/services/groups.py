"""Groups and who is in them."""

from collections.abc import Sequence

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotFound
from iamctl.domain.ids import Randomness
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.services.attachments import Managed, no_managed, resolve_policy
from iamctl.services.creation import check_new
from iamctl.services.draft import Draft
from iamctl.services.limits import require_room, require_room_for_policies
from iamctl.services.minting import fresh_entity
from iamctl.services.renaming import plan_move


def plan_create(
    directory: Directory,
    *,
    names: Sequence[str],
    path: str = "/",
    policies: Sequence[str] = (),
    now: int,
    randomness: Randomness,
    managed: Managed = no_managed,
) -> Changes:
    """Create groups that are alike, all or none.

    Raises AlreadyExists, InvalidValue, NotFound for a policy, LimitExceeded.
    """
    check_new(directory, "groups", names, path)
    attached = list(dict.fromkeys(resolve_policy(directory, p, managed) for p in policies))
    draft = Draft(directory)
    for name in names:
        group = fresh_entity("groups", path, now, randomness)
        if attached:
            group["policies"] = [*attached]
        draft.set(("groups", name), group)
        require_room_for_policies(draft, directory, "groups", name)
    return draft.changes


def plan_update(directory: Directory, *, name: str, path: str) -> Changes:
    """Move a group to another path. Raises NotFound, InvalidValue."""
    return plan_move(directory, section="groups", name=name, path=path)


def plan_add(
    directory: Directory, *, group: str, users: Sequence[str], until: int | None = None
) -> Changes:
    """Put users into a group, until an instant (epoch seconds) or for good.

    For a member already there only the end is set. Raises NotFound, LimitExceeded.
    """
    directory.group(group)
    draft = Draft(directory)
    for user in users:
        directory.user(user)
        add_member(draft, group, user, until)
    require_room_in_groups(directory, [group], users)
    return draft.changes


def plan_remove(directory: Directory, *, group: str, users: Sequence[str]) -> Changes:
    """Take users out of a group. Raises NotFound, also for a user who is no member."""
    members = [member.user for member in directory.group(group).members]
    draft = Draft(directory)
    for user in dict.fromkeys(users):
        if user not in members:
            directory.user(user)
            raise NotFound(
                f"user {shown(user)} is not in group {shown(group)}",
                hint=did_you_mean(user, members),
            )
        draft.remove_item(("groups", group, "members"), user)
    return draft.changes


def add_member(draft: Draft, group: str, user: str, until: int | None) -> None:
    """Write one membership in a draft; one that stands gets the new end."""
    item: Plain = user if until is None else {"user": user, "until": format_instant(until)}
    draft.add_item(("groups", group, "members"), item)


def require_room_in_groups(
    directory: Directory, groups: Sequence[str], users: Sequence[str]
) -> None:
    """The quota of groups per user, once the users are in these groups too."""
    for user in users:
        held = {group.name for group, _ in directory.groups_of(user)}
        count = len(held.union(groups))
        if count > len(held):
            require_room(
                directory,
                "groups_per_user",
                count,
                who=f'user "{user}"',
                hint=f"`iamctl group remove GROUP {user}` makes room",
            )
