"""Creating and changing users."""

from collections.abc import Sequence

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.ids import Randomness
from iamctl.domain.source import Plain
from iamctl.services.attachments import Managed, no_managed, resolve_policy
from iamctl.services.creation import check_new
from iamctl.services.draft import Draft
from iamctl.services.groups import add_member, require_room_in_groups
from iamctl.services.limits import require_room_for_policies
from iamctl.services.minting import fresh_entity
from iamctl.services.renaming import plan_move
from iamctl.services.tags import checked_tags


def plan_create(
    directory: Directory,
    *,
    names: Sequence[str],
    path: str = "/",
    tags: Sequence[tuple[str, str]] = (),
    groups: Sequence[str] = (),
    policies: Sequence[str] = (),
    boundary: str | None = None,
    now: int,
    randomness: Randomness,
    managed: Managed = no_managed,
) -> Changes:
    """Create users that are alike, all or none.

    Raises AlreadyExists, InvalidValue, NotFound for a group or policy, LimitExceeded.
    """
    check_new(directory, "users", names, path)
    extras = _extras(directory, tags, policies, boundary, managed)
    draft = Draft(directory)
    for name in names:
        user = {**fresh_entity("users", path, now, randomness), **extras}
        draft.set(("users", name), user)
        require_room_for_policies(draft, directory, "users", name)
    for group in groups:
        directory.group(group)
        for name in names:
            add_member(draft, group, name, None)
    require_room_in_groups(directory, groups, names)
    return draft.changes


def plan_update(directory: Directory, *, name: str, path: str) -> Changes:
    """Move a user to another path; its ARN changes in trust policies too.

    Raises NotFound, InvalidValue.
    """
    return plan_move(directory, section="users", name=name, path=path)


def _extras(
    directory: Directory,
    tags: Sequence[tuple[str, str]],
    policies: Sequence[str],
    boundary: str | None,
    managed: Managed,
) -> dict[str, Plain]:
    """The optional fields of a new user, in the file's order."""
    fields: dict[str, Plain] = {
        "tags": dict(checked_tags(directory, "users", tags)),
        "policies": list(dict.fromkeys(resolve_policy(directory, p, managed) for p in policies)),
    }
    if boundary is not None:
        fields["boundary"] = resolve_policy(directory, boundary, managed)
    return {key: value for key, value in fields.items() if value}
