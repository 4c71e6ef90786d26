"""Making vaults of whatever kind, undoing that, and moving one to another kind."""

import os
from contextlib import suppress

from iamctl.domain.errors import AlreadyExists, IamctlError, NotFound, VaultUnavailable
from iamctl.files import folder_lock, private_folder, remove_empty_folder, remove_file
from iamctl.ports import SigningKey, Vault
from iamctl.vault.contents import Contents
from iamctl.vault.env import EnvVault
from iamctl.vault.flights import FOLDER
from iamctl.vault.interface import (
    KeySource,
    VaultSettings,
    WrappingKey,
    check_uuid,
    forget_quietly,
    read_vault_file,
)
from iamctl.vault.key_file import stray_key_files
from iamctl.vault.opening import check_kind, has_remains, lost_record, source_of
from iamctl.vault.passphrase import COMMAND_VARIABLE, VARIABLE
from iamctl.vault.record import Record, read_record, write_record
from iamctl.vault.sealed import KEYS, read_header
from iamctl.vault.sealed_folder import KEYS_NAME
from iamctl.vault.sealed_vault import SealedVault
from iamctl.vault.signing_keys import check_signing_key


def create_vault(
    kind: str, folder: str, uuid: str, signing_key: SigningKey, settings: VaultSettings
) -> Vault:
    """A new vault of that kind in `folder` (made when missing), with its first signing key.

    A vault of kind env stores nothing but its kind. Raises AlreadyExists when there is a vault,
    VaultUnavailable when there is what is left of one or the kind cannot be had here, Busy,
    StorageFailure. A creation that was cut short is begun anew.
    """
    check_kind(kind)
    check_uuid(uuid)
    check_signing_key(signing_key)
    private_folder(folder)
    with folder_lock(folder, settings.lock_timeout):
        _refuse_existing(folder, uuid)  # before anybody is asked for a passphrase in vain
        if kind == "env":
            write_record(folder, Record(uuid, kind))
            return EnvVault(settings)
    source = source_of(kind, folder, uuid, settings)
    vault = SealedVault(folder, uuid, source, settings)
    key = _minted(source, folder)
    begun = False
    try:
        with folder_lock(folder, settings.lock_timeout):
            _refuse_existing(folder, uuid)
            write_record(folder, Record(uuid, kind, creating=True))
            begun = True
            vault.write_first(Contents((signing_key,), {}, {}), key)
            write_record(folder, Record(uuid, kind))
            # Only now: the key of another process that waits to create is a stray from here on.
            for path in stray_key_files(folder, key.wrapping):
                remove_file(path)
    except BaseException:
        if not begun or _is_unfinished(folder):
            forget_quietly(source, key.wrapping)
        raise
    return vault


def _minted(source: KeySource, folder: str) -> WrappingKey:
    """A wrapping key; who gives up when asked for a passphrase leaves no empty folder."""
    try:
        return source.mint()
    except BaseException:
        with suppress(IamctlError), folder_lock(folder, 0):  # not from under somebody else
            remove_empty_folder(folder)
        raise


def discard_vault(folder: str, uuid: str, settings: VaultSettings) -> None:
    """Undo `create_vault`, half done or whole: for a directory whose file was not made after all.

    Raises Busy, StorageFailure.
    """
    path = f"{folder}/{KEYS_NAME}"
    try:
        with folder_lock(folder, settings.lock_timeout):
            sealed = read_vault_file(path)
            if sealed is not None:
                wrapping = read_header(sealed, KEYS, uuid, path).wrapping
                forget_quietly(source_of(wrapping.kind, folder, uuid, settings), wrapping)
            _remove_all(f"{folder}/{FOLDER}")
            _remove_all(folder)
    except NotFound:
        pass


def _remove_all(folder: str) -> None:
    """Remove a folder with the files in it, if it is there."""
    if os.path.isdir(folder):
        for name in os.listdir(folder):
            remove_file(f"{folder}/{name}")
        remove_empty_folder(folder)


def rewrap(vault: Vault, to_kind: str, settings: VaultSettings | None = None) -> Vault:
    """The vault's secrets under a new wrapping key of `to_kind`, its own kind included.

    `settings` are for the new key; without them a passphrase that replaces one is asked for, as
    the environment holds the old one. Raises VaultUnavailable for kind env on either side,
    ConcurrentChange, Busy, StorageFailure.
    """
    if check_kind(to_kind) == "env":
        raise VaultUnavailable(
            "a vault of kind env stores nothing, so the secrets cannot go into one",
            hint="choose keyring, passphrase or file",
        )
    if not isinstance(vault, SealedVault):
        raise VaultUnavailable(
            "a vault of kind env stores nothing, so there is nothing to rewrap",
            hint="move its folder away, and run iamctl init --vault KIND for one that does",
        )
    if settings is None:
        settings = vault.settings
        if vault.kind == to_kind == "passphrase":
            theirs = {
                name: value
                for name, value in settings.environment.items()
                if name not in (VARIABLE, COMMAND_VARIABLE)
            }
            settings = settings._replace(environment=theirs)
    return vault.rewrapped(source_of(to_kind, vault.folder, vault.uuid, settings))


def _refuse_existing(folder: str, uuid: str) -> None:
    """The caller holds the lock, or what another process is making looks like remains."""
    record = read_record(folder, uuid)
    if record is None:
        if has_remains(folder):
            raise lost_record(folder)
    elif not record.creating:
        raise AlreadyExists(f"{folder} already holds a vault of kind {record.kind}")


def _is_unfinished(folder: str) -> bool:
    try:
        record = read_record(folder)
    except VaultUnavailable:
        return False
    return record is not None and record.creating
