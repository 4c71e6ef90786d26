"""Long-term access keys of users: what the file says of them.

The secrets are the vault's; `key_secrets` puts both in the right order.
"""

from collections.abc import Iterable, Sequence

from iamctl.domain.change import Change, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.entities import AccessKey, User
from iamctl.domain.errors import AlreadyExists, InvalidValue, NotFound, VaultUnavailable
from iamctl.domain.ids import Randomness
from iamctl.domain.names import ACCESS_KEY_ID, did_you_mean, shown
from iamctl.domain.secret import Secret
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.services.draft import Draft
from iamctl.services.limits import require_room
from iamctl.services.minting import unique_id_of
from iamctl.sts.caller import fingerprint


class KeyRow(NamedTuple):
    """An access key in a list. `status` is active or inactive, `created` in epoch seconds."""

    user: str
    key_id: str
    status: str
    created: int | None
    has_fingerprint: bool


def list_keys(
    directory: Directory,
    *,
    user: str | None = None,
    older_than: int | None = None,
    status: str | None = None,
    now: int,
) -> tuple[KeyRow, ...]:
    """Keys by user and age, the oldest first; `older_than` is in seconds.

    A key without a creation time counts as older than anything. Raises NotFound for the user.
    """
    rows = [
        KeyRow(name, key.id, "active" if key.active else "inactive", key.created,
               key.fingerprint is not None)
        for name in ([directory.user(user).name] if user is not None else sorted(directory.users))
        if directory.value_at(("users", name, "keys"))
        for key in directory.users[name].keys.values()
    ]  # fmt: skip
    return tuple(
        row
        for row in sorted(rows, key=lambda r: (r.user.lower(), r.user, r.created or 0, r.key_id))
        if status in (None, row.status)
        and (older_than is None or row.created is None or now - row.created > older_than)
    )


def find_key(directory: Directory, key_id: str) -> tuple[User, AccessKey]:
    """A key and its user. Raises NotFound."""
    found = directory.key(key_id)
    if found is None:
        known = (row.key_id for row in list_keys(directory, now=0))
        raise NotFound(
            f"access key {shown(key_id)} does not exist", hint=did_you_mean(key_id, known)
        )
    return found


def plan_add(
    directory: Directory,
    *,
    user: str,
    key_id: str,
    secret: Secret | None,
    now: int,
    randomness: Randomness,
) -> Changes:
    """Give a user a key; with `secret` its fingerprint is written, never the secret itself.

    A user without a unique id gets one in the same edit. Raises NotFound, AlreadyExists,
    InvalidValue, LimitExceeded, and VaultUnavailable when the directory has no UUID.
    """
    check_key_id(key_id)
    require_free_slot(directory, user)
    taken = directory.key(key_id)
    if taken is not None:
        raise AlreadyExists(f"access key {key_id} already belongs to user {shown(taken[0].name)}")
    draft = Draft(directory)
    user_id = unique_id_of(draft, "users", user, randomness)
    key: dict[str, Plain] = {"created": format_instant(now)}
    if secret is not None:
        key["fingerprint"] = fingerprint(uuid_of(directory), user_id, key_id, secret)
    draft.put(("users", user, "keys"), key_id, key)
    return draft.changes


def plan_status(directory: Directory, *, key_ids: Sequence[str], active: bool) -> Changes:
    """Activate or deactivate keys. Raises NotFound."""
    draft = Draft(directory)
    for key_id in key_ids:
        user, key = find_key(directory, key_id)
        if key.active != active:
            at = ("users", user.name, "keys", key_id, "status")
            draft.set(at, None if active else "inactive")
    return draft.changes


def plan_delete(directory: Directory, *, key_ids: Sequence[str]) -> Changes:
    """Delete keys from the file. Raises NotFound."""
    draft = Draft(directory)
    for key_id in dict.fromkeys(key_ids):
        user, _ = find_key(directory, key_id)
        draft.drop(("users", user.name, "keys"), key_id)
    return draft.changes


def removed_keys(changes: Changes) -> tuple[str, ...]:
    """The ids of the access keys that an edit took out of the file, with their users or alone."""
    return tuple(
        key_id
        for change in changes
        if isinstance(change, Change) and change.new is None and change.at[0] == "users"
        for key_id in _keys_in(change)
    )


def require_free_slot(directory: Directory, user: str) -> None:
    """Raise NotFound for the user, LimitExceeded when a user has all the keys AWS allows."""
    keys = directory.user(user).keys
    require_room(
        directory,
        "keys_per_user",
        len(keys) + 1,
        who=f'user "{user}"',
        hint=f"`iamctl key delete {next(iter(keys), 'KEYID')}` makes room",
    )


def check_key_id(key_id: str) -> str:
    """The id; raises InvalidValue unless it can be a long-term key's."""
    ACCESS_KEY_ID.check(key_id)
    if key_id.startswith("ASIA"):
        raise InvalidValue(
            f"{shown(key_id)} is the id of temporary credentials",
            hint="only long-term keys, AKIA…, stand in a directory",
        )
    return key_id


def uuid_of(directory: Directory) -> str:
    """The directory's UUID, to which secrets are bound. Raises VaultUnavailable without one."""
    if directory.uuid is None:
        raise VaultUnavailable(
            "this directory has no UUID, so no secret can belong to it",
            hint="run `iamctl init` beside it",
        )
    return directory.uuid


def _keys_in(change: Change) -> Iterable[str]:
    if len(change.at) == 4 and change.at[2] == "keys":
        return (str(change.at[3]),)
    keys: Plain = change.old
    if len(change.at) == 2:
        keys = keys.get("keys") if isinstance(keys, dict) else None
    elif change.at[2:] != ("keys",):
        return ()
    return tuple(keys) if isinstance(keys, dict) else ()
