"""Lists of entities, filtered and sorted by name.

Rows are read from the file's plain values: no policy document is parsed for a list.
"""

from collections.abc import Mapping, Sequence

from iamctl.domain.change import item_name
from iamctl.domain.directory import Directory
from iamctl.domain.entities import DEFAULT_SESSION_DURATION
from iamctl.domain.lookups import items
from iamctl.domain.names import PATH_PREFIX
from iamctl.domain.source import Plain
from iamctl.domain.times import parse_duration, parse_instant
from iamctl.domain.tuples import NamedTuple

TagFilter = tuple[str, str | None]
"""A tag's key and the value it must have; None for any value."""


class UserRow(NamedTuple):
    """A user in a list; `created` in epoch seconds, `keys` and `policies` are counts."""

    name: str
    path: str
    id: str | None
    created: int | None
    groups: tuple[str, ...]
    keys: int
    policies: int
    tags: Mapping[str, str]


class GroupRow(NamedTuple):
    """A group in a list; `members` and `policies` are counts."""

    name: str
    path: str
    id: str | None
    created: int | None
    members: int
    policies: int


class RoleRow(NamedTuple):
    """A role in a list; `max_session_duration` in seconds."""

    name: str
    path: str
    id: str | None
    created: int | None
    max_session_duration: int
    description: str | None
    tags: Mapping[str, str]


class PolicyRow(NamedTuple):
    """A managed policy in a list; `attachments` counts what it is attached to, `bounds` the users
    and roles whose permissions boundary it is."""

    name: str
    path: str
    id: str | None
    created: int | None
    attachments: int
    description: str | None
    tags: Mapping[str, str]
    bounds: int


def users(
    directory: Directory,
    *,
    path_prefix: str = "/",
    tags: Sequence[TagFilter] = (),
    group: str | None = None,
) -> tuple[UserRow, ...]:
    """Users under a path, with all the tags, in the group. Raises NotFound for the group."""
    members = None if group is None else {m.user for m in directory.group(group).members}
    groups = _memberships(directory)
    return tuple(
        UserRow(
            *_common(name, user),
            groups=tuple(sorted(groups.get(name, ()))),
            keys=_count(user.get("keys")),
            policies=_count(user.get("policies")) + _count(user.get("inline")),
            tags=_tags(user),
        )
        for name, user in _matching(directory, "users", path_prefix, tags)
        if members is None or name in members
    )


def groups(
    directory: Directory, *, path_prefix: str = "/", user: str | None = None
) -> tuple[GroupRow, ...]:
    """Groups under a path, with the user in them. Raises NotFound for the user."""
    wanted = None
    if user is not None:
        directory.user(user)
        wanted = {group.name for group, _ in directory.groups_of(user)}
    return tuple(
        GroupRow(
            *_common(name, group),
            members=_count(group.get("members")),
            policies=_count(group.get("policies")) + _count(group.get("inline")),
        )
        for name, group in _matching(directory, "groups", path_prefix, ())
        if wanted is None or name in wanted
    )


def roles(
    directory: Directory, *, path_prefix: str = "/", tags: Sequence[TagFilter] = ()
) -> tuple[RoleRow, ...]:
    """Roles under a path with all the tags."""
    return tuple(
        RoleRow(
            *_common(name, role),
            max_session_duration=_duration(role.get("max_session_duration")),
            description=_text(role.get("description")),
            tags=_tags(role),
        )
        for name, role in _matching(directory, "roles", path_prefix, tags)
    )


def policies(
    directory: Directory, *, path_prefix: str = "/", tags: Sequence[TagFilter] = ()
) -> tuple[PolicyRow, ...]:
    """Customer managed policies under a path with all the tags."""
    uses, bounds = policy_uses(directory)
    return tuple(
        PolicyRow(
            *_common(name, policy),
            attachments=uses.get(name, 0),
            description=_text(policy.get("description")),
            tags=_tags(policy),
            bounds=bounds.get(name, 0),
        )
        for name, policy in _matching(directory, "policies", path_prefix, tags)
    )


def policy_uses(directory: Directory) -> tuple[dict[str, int], dict[str, int]]:
    """How many users, groups and roles each customer managed policy is attached to, and how many
    it bounds."""
    attachments: dict[str, int] = {}
    bounds: dict[str, int] = {}
    for section in ("users", "groups", "roles"):
        for _, entity in items(directory, section):
            attached = entity.get("policies")
            for reference in attached if isinstance(attached, list) else ():
                _tally(directory, reference, attachments)
            _tally(directory, entity.get("boundary"), bounds)
    return attachments, bounds


def _tally(directory: Directory, reference: Plain, counts: dict[str, int]) -> None:
    policy = None if reference is None else directory.local_policy(str(reference))
    if policy is not None:
        counts[policy.name] = counts.get(policy.name, 0) + 1


def _matching(
    directory: Directory, section: str, path_prefix: str, tags: Sequence[TagFilter]
) -> list[tuple[str, dict[str, Plain]]]:
    PATH_PREFIX.check(path_prefix)
    found = [
        (name, entity)
        for name, entity in items(directory, section)
        if str(entity.get("path") or "/").startswith(path_prefix)
        and all(_has_tag(_tags(entity), section, tag) for tag in tags)
    ]
    return sorted(found, key=lambda row: (row[0].lower(), row[0]))


def _has_tag(tags: Mapping[str, str], section: str, wanted: TagFilter) -> bool:
    key, value = wanted
    for held, text in tags.items():
        same = held == key or (section != "policies" and held.lower() == key.lower())
        if same and value in (None, text):
            return True
    return False


def _memberships(directory: Directory) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, group in items(directory, "groups"):
        members = group.get("members")
        for member in members if isinstance(members, list) else ():
            found.setdefault(str(item_name(member)), []).append(name)
    return found


def _common(name: str, entity: Mapping[str, Plain]) -> tuple[str, str, str | None, int | None]:
    created = entity.get("created")
    return (
        name,
        str(entity.get("path") or "/"),
        _text(entity.get("id")),
        None if created is None else parse_instant(str(created)),
    )


def _tags(entity: Mapping[str, Plain]) -> dict[str, str]:
    tags = entity.get("tags")
    return {k: str(v) for k, v in tags.items()} if isinstance(tags, dict) else {}


def _duration(value: Plain) -> int:
    return DEFAULT_SESSION_DURATION if value is None else parse_duration(str(value))


def _count(value: Plain) -> int:
    return len(value) if isinstance(value, dict | list) else 0


def _text(value: Plain) -> str | None:
    return None if value is None else str(value)
