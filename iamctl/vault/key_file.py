"""The kind `file`: the wrapping key lies beside what it seals, in a file of mode 0600.

For machines without a keyring and without a person. It keeps other users out and nobody else:
whoever can copy the folder has its secrets.
"""

import os
import stat

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.files import create_exclusively, folder_lock, remove_file
from iamctl.vault.interface import VaultSettings, Wrapping, WrappingKey, read_vault_file

_LABEL = "iamctl wrapping key 1"
_PREFIX = "wrapping-key."
_LONGEST = 1000


class KeyFile:
    """Wrapping keys in files of a vault's folder, each named after the key's id."""

    kind = "file"

    def __init__(self, folder: str, uuid: str, settings: VaultSettings) -> None:
        self._folder = folder
        self._uuid = uuid
        self._randomness = settings.randomness
        self._lock_timeout = settings.lock_timeout

    def mint(self) -> WrappingKey:
        """A new key in a new file."""
        key = WrappingKey(Wrapping(self.kind, self._randomness(16)), Secret(self._randomness(32)))
        with folder_lock(self._folder, self._lock_timeout):
            create_exclusively(self._path(key.wrapping), self._encode(key), 0o600)
        return key

    def obtain(self, wrapping: Wrapping) -> WrappingKey:
        """The key out of its file; refused when the file is damaged or open to other users."""
        path = self._path(wrapping)
        data = read_vault_file(path, _LONGEST)
        if data is None:
            raise VaultUnavailable(
                f"{path} is missing, and nothing else opens this vault",
                hint="put it back from a backup of the folder",
            )
        if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
            raise VaultUnavailable(
                f"{path} is open to other users", hint=f"chmod 600 {path}, and rotate its secrets"
            )
        try:
            secret = Secret(bytes.fromhex(data.decode("ascii").split("\n")[3]))
        except (ValueError, IndexError):
            secret = Secret(b"")
        key = WrappingKey(wrapping, secret)
        if len(secret.reveal()) != 32 or self._encode(key) != data:
            raise VaultUnavailable(
                f"{path} is damaged", hint="put it back from a backup of the folder"
            )
        return key

    def forget(self, wrapping: Wrapping) -> None:
        """Remove the key's file."""
        remove_file(self._path(wrapping))

    def _path(self, wrapping: Wrapping) -> str:
        return f"{self._folder}/{_PREFIX}{wrapping.id.hex()}"

    def _encode(self, key: WrappingKey) -> bytes:
        lines = (_LABEL, self._uuid, key.wrapping.id.hex(), key.secret.reveal().hex())
        return "".join(f"{line}\n" for line in lines).encode()


def stray_key_files(folder: str, kept: Wrapping | None) -> tuple[str, ...]:
    """The key files of a folder that nothing there is sealed with: what a killed process left."""
    name = None if kept is None or kept.kind != "file" else f"{_PREFIX}{kept.id.hex()}"
    return tuple(
        f"{folder}/{found}"
        for found in os.listdir(folder)
        if found.lstrip(".").startswith(_PREFIX) and found != name
    )
