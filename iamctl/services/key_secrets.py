"""Access keys in the file and their secrets in the vault, in an order that loses nothing.

What is made goes to the vault first, then to the file; what is deleted goes from the file first.
"""

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.entities import AccessKey, User
from iamctl.domain.errors import (
    AlreadyExists,
    IamctlError,
    InvalidDirectory,
    InvalidValue,
    NotFound,
)
from iamctl.domain.ids import Randomness, mint_access_key_id, mint_secret_access_key
from iamctl.domain.names import SECRET_ACCESS_KEY, shown
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import Edit, Plan, Repository, Vault
from iamctl.services.keys import (
    find_key,
    plan_add,
    plan_delete,
    plan_status,
    removed_keys,
    require_free_slot,
    uuid_of,
)
from iamctl.sts.caller import authenticate_key, fingerprint


class CreatedKey(NamedTuple):
    """A key that now stands in file and vault. `edit` has no changes when the file had it."""

    user: str
    key_id: str
    secret: Secret
    edit: Edit


class RotatedKey(NamedTuple):
    """The new key, and the one it takes over from; `deactivated` tells whether that was ended."""

    created: CreatedKey
    old_key_id: str
    deactivated: bool


def create_key(
    repository: Repository,
    vault: Vault,
    *,
    user: str,
    now: int,
    randomness: Randomness,
    dry_run: bool = False,
) -> CreatedKey:
    """Make a key for a user. With `dry_run` nothing is stored and the key is good for nothing.

    Raises NotFound, LimitExceeded, VaultUnavailable and what an edit raises; then neither file
    nor vault holds the key.
    """
    account = repository.load().account.id
    key_id = mint_access_key_id("AKIA", account, randomness)
    secret = Secret(mint_secret_access_key(randomness))

    def plan(directory: Directory) -> Changes:
        uuid_of(directory)
        return plan_add(
            directory, user=user, key_id=key_id, secret=secret, now=now, randomness=randomness
        )

    return CreatedKey(
        user, key_id, secret, _store(repository, vault, key_id, secret, plan, dry_run)
    )


def import_key(
    repository: Repository,
    vault: Vault,
    *,
    user: str,
    key_id: str,
    secret: Secret,
    with_fingerprint: bool = False,
    now: int,
    randomness: Randomness,
    dry_run: bool = False,
) -> CreatedKey:
    """Take over a key that was made elsewhere.

    A key the file lists for the user already only goes into this vault, once its fingerprint,
    if it has one, is proved. Raises InvalidValue, NotFound, AlreadyExists, LimitExceeded,
    VaultUnavailable and what an edit raises.
    """
    if SECRET_ACCESS_KEY.problem(_text(secret)) is not None:  # its words would show the secret
        raise InvalidValue("a secret access key has 16 to 128 of the characters A-Z a-z 0-9 + / =")
    found = repository.load()
    listed = found.key(key_id)
    if listed is not None and listed[0].name == user:
        _require_own_secret(found, listed, secret)

    def plan(directory: Directory) -> Changes:
        uuid_of(directory)
        held = directory.key(key_id)
        if held is not None and held[0].name == user:
            return ()
        proof = secret if with_fingerprint else None
        return plan_add(
            directory, user=user, key_id=key_id, secret=proof, now=now, randomness=randomness
        )

    return CreatedKey(
        user, key_id, secret, _store(repository, vault, key_id, secret, plan, dry_run)
    )


def delete_keys(
    repository: Repository,
    vault: Vault | None,
    *,
    key_ids: tuple[str, ...],
    confirmed: Changes | None = None,
    dry_run: bool = False,
) -> Edit:
    """Delete keys from the file, then their secrets from the vault.

    Raises NotFound and what an edit raises; VaultUnavailable leaves the secrets orphaned.
    """
    edit = repository.apply(lambda d: plan_delete(d, key_ids=key_ids), confirmed, dry_run)
    if vault is not None and not dry_run:
        forget_removed(vault, edit.changes)
    return edit


def forget_removed(vault: Vault, changes: Changes) -> None:
    """Drop the secrets of the keys that an edit took out of the file."""
    gone = removed_keys(changes)
    if gone:
        vault.delete_secret_access_keys(gone)


def rotate_key(
    repository: Repository,
    vault: Vault,
    *,
    target: str,
    keep_old: bool = False,
    now: int,
    randomness: Randomness,
) -> RotatedKey:
    """Make a new key, prove it, then deactivate the old one unless `keep_old`.

    `target` is a user with one key, or a key. Raises NotFound, LimitExceeded when no slot is
    free, and what `create_key` raises; a failure after the new key stands leaves both keys.
    """
    user, old = _to_rotate(repository.load(), target)
    created = create_key(repository, vault, user=user, now=now, randomness=randomness)
    directory = repository.load()
    held = vault.secret_access_key(created.key_id)
    authenticate_key(directory, created.key_id, held or Secret(b""), held, "rotation")
    if keep_old or not find_key(directory, old.id)[1].active:
        return RotatedKey(created, old.id, False)
    repository.apply(lambda d: plan_status(d, key_ids=(old.id,), active=False))
    return RotatedKey(created, old.id, True)


def preview_rotation(
    repository: Repository,
    *,
    target: str,
    keep_old: bool = False,
    now: int,
    randomness: Randomness,
) -> Edit:
    """What `rotate_key` would do to the file, with a key that nobody will ever hold.

    Raises as that does.
    """
    found = repository.load()
    user, old = _to_rotate(found, target)
    key_id = mint_access_key_id("AKIA", found.account.id, randomness)
    secret = Secret(mint_secret_access_key(randomness))

    def plan(directory: Directory) -> Changes:
        added = plan_add(
            directory, user=user, key_id=key_id, secret=secret, now=now, randomness=randomness
        )
        ended = () if keep_old else plan_status(directory, key_ids=(old.id,), active=False)
        return added + ended

    return repository.apply(plan, dry_run=True)


def _to_rotate(directory: Directory, target: str) -> tuple[str, AccessKey]:
    if target in directory.users:
        user = directory.users[target]
        if not user.keys:
            raise NotFound(
                f"user {shown(target)} has no access key",
                hint=f"`iamctl key create {target}` makes one",
            )
        require_free_slot(directory, target)
        return target, next(iter(user.keys.values()))
    if directory.key(target) is None:
        directory.user(target)
    user, old = find_key(directory, target)
    require_free_slot(directory, user.name)
    return user.name, old


def _store(
    repository: Repository, vault: Vault, key_id: str, secret: Secret, plan: Plan, dry_run: bool
) -> Edit:
    """Vault, then file. When the file does not take the key, the vault is as it was."""
    if dry_run:
        return repository.apply(plan, dry_run=True)
    found = repository.load()
    plan(found)
    before = vault.secret_access_key(key_id)
    if before is not None and before != secret:
        raise AlreadyExists(
            f"the vault holds another secret for access key {key_id}",
            hint=f"`iamctl vault prune {key_id}` forgets it, if no branch needs it"
            if found.key(key_id) is None
            else f"`iamctl key delete {key_id}` forgets it, with the key",
        )
    vault.put_secret_access_keys({key_id: secret})
    try:
        return repository.apply(plan)
    except BaseException:
        if before is None and not _stands(repository, key_id):
            vault.delete_secret_access_keys((key_id,))
        raise


def _stands(repository: Repository, key_id: str) -> bool:
    """Whether the file lists the key; when it cannot be read, the secret is better kept."""
    try:
        return repository.load().key(key_id) is not None
    except IamctlError:
        return True


def _require_own_secret(
    directory: Directory, listed: tuple[User, AccessKey], secret: Secret
) -> None:
    user, key = listed
    if key.fingerprint is None:
        return
    if user.id is None:
        raise InvalidDirectory(
            f"user {shown(user.name)} has no unique id, so its key cannot be proved",
            where=user.source,
            hint="run `iamctl validate --fix` to mint the missing ids",
        )
    if fingerprint(uuid_of(directory), user.id, key.id, secret) != key.fingerprint:
        raise InvalidValue(f"the secret does not belong to access key {key.id} of this directory")


def _text(secret: Secret) -> str:
    try:
        return secret.reveal_text()
    except UnicodeDecodeError:
        return ""
