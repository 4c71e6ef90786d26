"""A vault that keeps its secrets in a sealed file, whatever its wrapping key comes from."""

import os
from collections.abc import Callable

from iamctl.domain.errors import ConcurrentChange, IamctlError, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.files import folder_lock, remove_file, replace_durably
from iamctl.ports import SigningKey
from iamctl.vault.contents import Contents, decode_contents, encode_contents
from iamctl.vault.interface import (
    KeySource,
    VaultSettings,
    Wrapping,
    WrappingKey,
    forget_quietly,
    read_vault_file,
)
from iamctl.vault.key_file import stray_key_files
from iamctl.vault.record import Record, read_record, write_record
from iamctl.vault.sealed import KEYS, Header, read_header, seal, unseal

KEYS_NAME = "keys.sealed"
PREVIOUS_NAME = "keys.sealed.previous"


class SealedVault:
    """One directory's secrets on this machine.

    Reads and changes look at the file each time, so that processes see each other's changes. A
    change happens under the folder's lock; the wrapping key, for which a person may be asked, is
    obtained before. The generation before the last change is kept beside the file.
    """

    def __init__(self, folder: str, uuid: str, source: KeySource, settings: VaultSettings) -> None:
        self.folder = folder
        self.uuid = uuid
        self.settings = settings
        self._source = source
        self._key: WrappingKey | None = None

    @property
    def kind(self) -> str:
        """Where the wrapping key comes from."""
        return self._source.kind

    def unlock(self) -> None:
        """Obtain the wrapping key and prove that it opens the file."""
        self._read()

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """The current key first, then retired ones."""
        keys = self._read().signing_keys
        if not keys:
            raise VaultUnavailable("the vault holds no signing key")
        return keys

    def rotate_signing_key(self, new: SigningKey, retire_at: int, now: int | None = None) -> None:
        """Make `new` current; see the port."""
        self.change(lambda contents: contents.rotated(new, retire_at, now))

    def secret_access_key(self, key_id: str) -> Secret | None:
        """The secret of an access key, if it is held."""
        return self._read().secret_access_keys.get(key_id)

    def secret_access_keys(self) -> dict[str, Secret]:
        """Every secret that is held, by access key id."""
        return self._read().secret_access_keys

    def put_secret_access_keys(self, secrets: dict[str, Secret]) -> None:
        """Store secrets in one durable write."""
        self.change(lambda contents: contents.with_secrets(secrets))

    def delete_secret_access_keys(self, key_ids: tuple[str, ...]) -> None:
        """Forget secrets. The previous generation keeps them until the next change."""
        self.change(lambda contents: contents.without_secrets(key_ids))

    def key_ids(self) -> tuple[str, ...]:
        """The access key ids whose secrets are held, sorted."""
        return tuple(sorted(self._read().secret_access_keys))

    def change(self, edit: Callable[[Contents], Contents]) -> None:
        """Read, edit and write under the lock; nothing is written when nothing changes.

        Raises what `edit` raises, Busy, StorageFailure, VaultUnavailable; then the file stands
        as it was.
        """
        self.unlock()
        with folder_lock(self.folder, self.settings.lock_timeout):
            key, sealed, before = self._read_again()
            after = edit(before)
            if after != before:
                replace_durably(f"{self.folder}/{PREVIOUS_NAME}", sealed, mode=0o600)
                self._write(after, key)

    def write_first(self, contents: Contents, key: WrappingKey) -> None:
        """Write the first generation. The caller holds the lock and knows there is none."""
        self._key = key
        self._write(contents, key)

    def rewrapped(self, source: KeySource) -> "SealedVault":
        """The same secrets under a new key of another source; the old key is forgotten.

        Killed at any instant, the vault opens with the old key or the new one. The generation
        before is removed, since the old key opens it.
        """
        self.unlock()
        new = source.mint()
        vault = SealedVault(self.folder, self.uuid, source, self.settings)
        try:
            with folder_lock(self.folder, self.settings.lock_timeout):
                old, _, contents = self._read_again()
                record = Record(self.uuid, self.kind, becoming=source.kind)
                write_record(self.folder, record)
                vault.write_first(contents, new)
                write_record(self.folder, Record(self.uuid, source.kind))
                remove_file(f"{self.folder}/{PREVIOUS_NAME}")
                for path in stray_key_files(self.folder, new.wrapping):
                    remove_file(path)
        except BaseException:
            if not self._may_be_sealed_with(new.wrapping):
                forget_quietly(source, new.wrapping)
            raise
        self._source.forget(old.wrapping)
        return vault

    def _read(self) -> Contents:
        header, sealed = self._sealed()
        key = self._key
        if key is None or key.wrapping != header.wrapping:
            try:
                key = self._source.obtain(header.wrapping)
            except VaultUnavailable:
                if self._sealed()[0].wrapping == header.wrapping:
                    raise
                return self._read()  # a rewrap came between the file and its key
        contents = self._opened(sealed, header, key)
        self._key = key
        return contents

    def _read_again(self) -> tuple[WrappingKey, bytes, Contents]:
        """Key, sealed bytes and contents under the lock, where no other key can be asked for."""
        header, sealed = self._sealed()
        key = self._key
        if key is None or key.wrapping != header.wrapping:
            raise _another_key()
        return key, sealed, self._opened(sealed, header, key)

    def _opened(self, sealed: bytes, header: Header, key: WrappingKey) -> Contents:
        path = f"{self.folder}/{KEYS_NAME}"
        try:
            contents = unseal(sealed, header, key.secret, path)
        except VaultUnavailable as error:
            error.hint = error.hint or self._way_back()
            if key.wrapping.kind == "passphrase":
                error.hint = f"give the passphrase again; if it is the right one, {error.hint}"
            raise
        return decode_contents(contents, path)

    def _sealed(self) -> tuple[Header, bytes]:
        path = f"{self.folder}/{KEYS_NAME}"
        sealed = read_vault_file(path)
        try:
            if sealed is None:
                raise VaultUnavailable(f"{path} is missing")
            header = read_header(sealed, KEYS, self.uuid, path)
        except VaultUnavailable as error:
            error.hint = error.hint or self._way_back()
            raise
        if header.wrapping.kind != self.kind:
            raise self._of_another_kind(header.wrapping.kind)
        return header, sealed

    def _of_another_kind(self, kind: str) -> IamctlError:
        """The error for a sealed file that is of another kind than the vault was opened as."""
        record = read_record(self.folder, self.uuid)
        if record is not None and kind in record.kinds:
            return _another_key()
        return VaultUnavailable(
            f"{self.folder}/{KEYS_NAME} is of kind {kind}, but {self.kind} was recorded",
            hint=f"put back the {KEYS_NAME} and vault.json that belong together",
        )

    def _way_back(self) -> str:
        if not os.path.lexists(f"{self.folder}/{PREVIOUS_NAME}"):
            return "put it back from a backup of the folder"
        return (
            f"the generation before it is {PREVIOUS_NAME} in the same folder: "
            "copy it over, or put back a backup"
        )

    def _write(self, contents: Contents, key: WrappingKey) -> None:
        sealed = seal(encode_contents(contents), key, KEYS, self.uuid, self.settings.randomness)
        replace_durably(f"{self.folder}/{KEYS_NAME}", sealed, mode=0o600)

    def _may_be_sealed_with(self, wrapping: Wrapping) -> bool:
        """Whether the file on disk needs this key; yes when it cannot be told."""
        path = f"{self.folder}/{KEYS_NAME}"
        try:
            sealed = read_vault_file(path)
            return sealed is None or read_header(sealed, KEYS, self.uuid, path).wrapping == wrapping
        except IamctlError:
            return True


def _another_key() -> ConcurrentChange:
    return ConcurrentChange(
        "the vault was given another key by another process", hint="run the command again"
    )
