"""The sealed files beside the keys: what became of MFA codes, cached sessions, pool identities.

They open with the key that `keys.sealed` opens with. A rewrap seals them first under a second
name, then the keys, then gives them their own name: whenever it is cut short, one of the two
names opens with the key that the keys are sealed with.
"""

import os
from contextlib import suppress

from iamctl.domain.errors import IamctlError, VaultUnavailable
from iamctl.domain.ids import Randomness
from iamctl.domain.tuples import NamedTuple
from iamctl.files import remove_file, replace_durably
from iamctl.vault.interface import Wrapping, WrappingKey, read_vault_file
from iamctl.vault.sealed import (
    IDENTITIES,
    MFA_STATE,
    SESSIONS,
    Header,
    read_header,
    seal,
    unseal,
)

_NEXT = ".next"


class Beside(NamedTuple):
    """A sealed file of a vault: its name, what it may be sealed for, whether it can be lost."""

    name: str
    purpose: str
    disposable: bool
    way_back: str | None = None


MFA_FILE = Beside(
    "mfa-state.sealed",
    MFA_STATE,
    disposable=False,
    way_back="put it back from a backup, or remove it when no code was used for two minutes: "
    "codes used before can work again",
)
SESSIONS_FILE = Beside("sessions.sealed", SESSIONS, disposable=True)
IDENTITIES_FILE = Beside(
    "identities.sealed",
    IDENTITIES,
    disposable=False,
    way_back="put it back from a backup, or remove it: every login gets another identity then",
)
BESIDE = (MFA_FILE, SESSIONS_FILE, IDENTITIES_FILE)


class BesideFiles:
    """The files beside the keys of one vault. Whoever writes holds the folder's lock."""

    def __init__(self, folder: str, uuid: str, randomness: Randomness) -> None:
        self._folder = folder
        self._uuid = uuid
        self._randomness = randomness

    def path(self, file: Beside) -> str:
        """Where the file is."""
        return f"{self._folder}/{file.name}"

    def read(self, file: Beside, key: WrappingKey) -> bytes | None:
        """The contents of a file, or None when there is none. Raises VaultUnavailable."""
        found = False
        for path in (self.path(file), self._next(file)):
            if (sealed := read_vault_file(path)) is not None:
                header = self._header(file, sealed, path)
                if header.wrapping == key.wrapping:
                    return self._unsealed(file, sealed, header, key, path)
                found = True
        if found:
            raise VaultUnavailable(
                f"{self.path(file)} was not sealed with this vault's key", hint=file.way_back
            )
        return None

    def write(self, file: Beside, contents: bytes, key: WrappingKey) -> None:
        """Put contents in place of the file, durably."""
        replace_durably(self.path(file), self._sealed(file, contents, key), mode=0o600)
        self._remove_next(file)

    def remove(self, file: Beside) -> None:
        """Remove a file, if it is there."""
        self._remove_next(file)
        remove_file(self.path(file))

    def stage(self, old: WrappingKey, new: WrappingKey) -> None:
        """Seal every file with the new key under its second name. Raises VaultUnavailable."""
        self.settle(old.wrapping)  # a second name may hold what is of the old key
        for file in BESIDE:
            try:
                contents = self.read(file, old)
            except VaultUnavailable:
                if not file.disposable:
                    raise
                contents = None
            if contents is not None:
                replace_durably(self._next(file), self._sealed(file, contents, new), mode=0o600)

    def settle(self, wrapping: Wrapping) -> None:
        """Now that the keys open with `wrapping`, give the files that do their own names."""
        for file in BESIDE:
            sealed = read_vault_file(self._next(file))
            own, second = (self._wrapping(file, p) for p in (self.path(file), self._next(file)))
            if sealed is not None and own != wrapping and second == wrapping:
                replace_durably(self.path(file), sealed, mode=0o600)
            self._remove_next(file)

    def unstage(self, wrapping: Wrapping) -> None:
        """Remove what was staged for a key that came to nothing, on the way out of a failure."""
        for file in BESIDE:
            with suppress(IamctlError):
                if self._wrapping(file, self._next(file)) == wrapping:
                    self._remove_next(file)

    def _wrapping(self, file: Beside, path: str) -> Wrapping | None:
        """What a file is sealed with; None when there is none, or it cannot be told."""
        with suppress(IamctlError):
            sealed = read_vault_file(path)
            return None if sealed is None else self._header(file, sealed, path).wrapping
        return None

    def _header(self, file: Beside, sealed: bytes, path: str) -> Header:
        try:
            return read_header(sealed, file.purpose, self._uuid, path)
        except VaultUnavailable as error:
            error.hint = error.hint or file.way_back
            raise

    def _unsealed(
        self, file: Beside, sealed: bytes, header: Header, key: WrappingKey, path: str
    ) -> bytes:
        try:
            return unseal(sealed, header, key.secret, path)
        except VaultUnavailable as error:
            error.hint = error.hint or file.way_back
            raise

    def _sealed(self, file: Beside, contents: bytes, key: WrappingKey) -> bytes:
        return seal(contents, key, file.purpose, self._uuid, self._randomness)

    def _remove_next(self, file: Beside) -> None:
        """Remove what bears the second name, and what a dead writer of that left."""
        for name in os.listdir(self._folder):
            if name.lstrip(".").startswith(file.name + _NEXT):
                remove_file(f"{self._folder}/{name}")

    def _next(self, file: Beside) -> str:
        return self.path(file) + _NEXT
