"""Opening vaults, of whatever kind; each kind is imported for the vaults that are of it."""

import os

from iamctl.domain.errors import InvalidValue, NotFound, StorageFailure, VaultUnavailable
from iamctl.files import private_folder
from iamctl.ports import Vault
from iamctl.vault.interface import KINDS, KeySource, VaultSettings, check_uuid, read_vault_file
from iamctl.vault.record import read_record
from iamctl.vault.sealed import KEYS, read_header
from iamctl.vault.sealed_folder import KEYS_NAME, PREVIOUS_NAME
from iamctl.vault.sealed_vault import SealedVault


def open_vault(folder: str, uuid: str, expected_kind: str | None, settings: VaultSettings) -> Vault:
    """The vault in `folder`, without reading a secret or asking anybody yet.

    `expected_kind` is what the person asked for, if anything. Raises VaultUnavailable when there
    is no vault, it is damaged or another directory's, or the kinds disagree. Kind env needs no
    vault to be there.
    """
    if expected_kind is not None:
        check_kind(expected_kind)
    check_uuid(uuid)
    _check_folder(folder)
    remains = has_remains(folder)  # looked for first: whoever makes a vault writes its record first
    record = read_record(folder, uuid)
    if record is None and remains:
        raise lost_record(folder)
    if record is None and expected_kind == "env":
        return _env_vault(settings)
    if record is None or record.creating:
        raise VaultUnavailable(
            f"this machine has no vault for directory {uuid}",
            hint="run iamctl init beside the directory file to make one",
        )
    kind = record.kind if record.becoming is None else _sealed_kind(folder, uuid)
    if kind not in record.kinds:
        raise VaultUnavailable(f"the vault is of kind {kind}, but {record.kind} was recorded")
    if expected_kind is not None and expected_kind != kind:
        hint = "unset IAMCTL_VAULT"
        if "env" not in (kind, expected_kind):
            hint += f", or set it to {kind} and run iamctl vault rewrap --to {expected_kind}"
        raise VaultUnavailable(
            f"this directory's vault is of kind {kind}, not {expected_kind}", hint=hint
        )
    if kind == "env":
        return _env_vault(settings)
    return SealedVault(folder, uuid, source_of(kind, folder, uuid, settings), settings)


def recorded_kind(folder: str) -> str | None:
    """The kind of the vault in `folder`, or None when there is none.

    Raises VaultUnavailable when it cannot be told.
    """
    record = read_record(folder)
    if record is None or record.creating:
        return None
    return record.kind if record.becoming is None else _sealed_kind(folder, record.directory)


def check_kind(kind: str) -> str:
    """The kind; raises InvalidValue when there is no such kind of vault."""
    if kind not in KINDS:
        raise InvalidValue(
            f'there is no kind of vault "{kind[:40]}"', hint=f"choose one of {', '.join(KINDS)}"
        )
    return kind


def _env_vault(settings: VaultSettings) -> Vault:
    from iamctl.vault.env import EnvVault

    return EnvVault(settings)


def source_of(kind: str, folder: str, uuid: str, settings: VaultSettings) -> KeySource:
    """Where the wrapping keys of a vault of that kind come from, env's apart."""
    if kind == "keyring":
        from iamctl.vault.os_keyring import OsKeyring

        return OsKeyring(uuid, settings)
    if kind == "passphrase":
        from iamctl.vault.passphrase import Passphrase

        return Passphrase(settings)
    from iamctl.vault.key_file import KeyFile

    return KeyFile(folder, uuid, settings)


def _check_folder(folder: str) -> None:
    try:
        private_folder(folder, create=False)
    except NotFound:
        pass
    except StorageFailure as error:
        raise VaultUnavailable(error.message, hint=error.hint) from None


def has_remains(folder: str) -> bool:
    """Whether a folder holds sealed secrets."""
    names = (KEYS_NAME, PREVIOUS_NAME)
    return any(os.path.lexists(f"{folder}/{name}") for name in names)


def _sealed_kind(folder: str, uuid: str) -> str:
    """The kind that the sealed file says it is of: which of two, after a rewrap was cut short."""
    path = f"{folder}/{KEYS_NAME}"
    sealed = read_vault_file(path)
    if sealed is None:
        raise VaultUnavailable(f"{path} is missing", hint="put it back from a backup")
    return read_header(sealed, KEYS, uuid, path).wrapping.kind


def lost_record(folder: str) -> VaultUnavailable:
    """The error of sealed secrets that nothing says the kind of."""
    return VaultUnavailable(
        f"{folder} holds sealed secrets, but vault.json is missing",
        hint="put back a copy of it, or move the folder away and start a new vault",
    )
