"""The sealed files of one vault and the key that opens them, whatever it comes from."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from iamctl.domain.errors import ConcurrentChange, IamctlError, VaultUnavailable
from iamctl.files import folder_lock, remove_file, replace_durably
from iamctl.vault.beside import Beside, BesideFiles
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


class SealedFolder:
    """Opens, changes and rewraps one directory's secrets on this machine.

    Reads and changes look at the file each time, so that processes see each other's changes. A
    change happens under the folder's lock; the wrapping key, for which a person may be asked, is
    obtained before. The generation before the last change is kept beside the file.
    """

    def __init__(self, folder: str, uuid: str, source: KeySource, settings: VaultSettings) -> None:
        self.folder = folder
        self.uuid = uuid
        self.settings = settings
        self._source = source
        self._beside = BesideFiles(folder, uuid, settings.randomness)
        self._key: WrappingKey | None = None
        self._last: tuple[WrappingKey, bytes, Contents] | None = None

    @property
    def kind(self) -> str:
        """Where the wrapping key comes from."""
        return self._source.kind

    def unlock(self) -> None:
        """Obtain the wrapping key and prove that it opens the file."""
        self._read()

    def contents(self) -> Contents:
        """Everything that is held."""
        return self._read()

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

    def beside(self, file: Beside) -> bytes | None:
        """The contents of a file beside the keys, or None when there is none."""
        self.unlock()
        assert self._key is not None
        with suppress(VaultUnavailable):
            return self._beside.read(file, self._key)
        # Read between two steps of a rewrap, perhaps: under the lock there are none.
        self.unlock()
        with folder_lock(self.folder, self.settings.lock_timeout):
            return self._beside.read(file, self._read_again()[0])

    def change_beside(
        self, file: Beside, edit: Callable[[Contents, bytes | None], bytes | None]
    ) -> None:
        """Read a file beside the keys, edit and write it under the lock.

        `edit` is given the secrets and the file's contents, None when there is no file, or one
        that can be lost and does not open; it returns None for no file. Raises as `change`.
        """
        self.unlock()
        with folder_lock(self.folder, self.settings.lock_timeout):
            key, _, contents = self._read_again()
            readable = True
            try:
                before = self._beside.read(file, key)
            except VaultUnavailable:
                if not file.disposable:
                    raise
                before, readable = None, False
            after = edit(contents, before)
            if after is None and (before is not None or not readable):
                self._beside.remove(file)
            elif after is not None and after != before:
                self._beside.write(file, after, key)

    def write_first(self, contents: Contents, key: WrappingKey) -> None:
        """Write the first generation. The caller holds the lock and knows there is none."""
        self._key = key
        self._write(contents, key)

    def rewrapped(self, source: KeySource) -> Self:
        """The same secrets under a new key of another source; the old key is forgotten.

        Killed at any instant, the vault opens with the old key or the new one. The generation
        before is removed, since the old key opens it.
        """
        self.unlock()
        new = source.mint()
        vault = type(self)(self.folder, self.uuid, source, self.settings)
        try:
            with folder_lock(self.folder, self.settings.lock_timeout):
                old, _, contents = self._read_again()
                record = Record(self.uuid, self.kind, becoming=source.kind)
                write_record(self.folder, record)
                self._beside.stage(old, new)
                vault.write_first(contents, new)
                self._beside.settle(new.wrapping)
                write_record(self.folder, Record(self.uuid, source.kind))
                remove_file(f"{self.folder}/{PREVIOUS_NAME}")
                for path in stray_key_files(self.folder, new.wrapping):
                    remove_file(path)
        except BaseException:
            if not self._may_be_sealed_with(new.wrapping):
                forget_quietly(source, new.wrapping)
                self._beside.unstage(new.wrapping)
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
        """The contents of a file that was read, opened anew only where it changed."""
        if self._last is not None and self._last[:2] == (key, sealed):
            return self._last[2]
        path = f"{self.folder}/{KEYS_NAME}"
        try:
            contents = unseal(sealed, header, key.secret, path)
        except VaultUnavailable as error:
            error.hint = error.hint or self._way_back()
            if key.wrapping.kind == "passphrase":
                error.hint = f"give the passphrase again; if it is the right one, {error.hint}"
            raise
        self._last = key, sealed, decode_contents(contents, path)
        return self._last[2]

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
