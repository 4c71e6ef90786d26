"""The kind `keyring`: the wrapping key is an entry in the operating system's keyring.

Only keyrings that keep secrets from other programs' files are used: the Secret Service, libsecret
and KWallet, the macOS Keychain, the Windows Credential Locker. Whatever else the keyring package
is configured with (plain text, null, a third-party backend) is refused; there is no switch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.vault.interface import VaultSettings, Wrapping, WrappingKey, forget_quietly
from iamctl.vault.secret_service import stored

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "iamctl"
_LABEL = "iamctl-wrapping-key-1"
_ALLOWED = (
    ("keyring.backends.SecretService", "Keyring"),
    ("keyring.backends.libsecret", "Keyring"),
    ("keyring.backends.kwallet", "DBusKeyring"),
    ("keyring.backends.kwallet", "DBusKeyringKWallet4"),
    ("keyring.backends.macOS", "Keyring"),
    ("keyring.backends.Windows", "WinVaultKeyring"),
)
_CHAINER = ("keyring.backends.chainer", "ChainerBackend")
_HINT = "unlock the keyring, or choose --vault passphrase or --vault file"


class OsKeyring:
    """Wrapping keys in the system's keyring, one entry a directory's vault."""

    kind = "keyring"

    def __init__(self, uuid: str, settings: VaultSettings) -> None:
        self._uuid = uuid
        self._randomness = settings.randomness

    def mint(self) -> WrappingKey:
        """A new key in a new entry, read back to be sure."""
        key = WrappingKey(Wrapping(self.kind, self._randomness(16)), Secret(self._randomness(32)))
        backend, entry = _backend(), self._entry(key.wrapping)
        try:
            backend.set_password(_SERVICE, entry, f"{_LABEL}:{key.secret.reveal().hex()}")
        except Exception as error:
            raise _unavailable("store in", error) from None
        try:
            if self.obtain(key.wrapping) != key:
                raise VaultUnavailable("the keyring did not keep what it was given", hint=_HINT)
        except BaseException:
            forget_quietly(self, key.wrapping)
            raise
        return key

    def obtain(self, wrapping: Wrapping) -> WrappingKey:
        """The key out of its entry; the system may ask the person to unlock the keyring."""
        entry = self._entry(wrapping)
        text = stored(_SERVICE, entry, _HINT)
        if text is None:
            backend = _backend()
            try:
                text = backend.get_password(_SERVICE, entry)
            except Exception as error:
                raise _unavailable("read", error) from None
        if text is None:
            raise VaultUnavailable(
                f"the keyring holds no key for the vault of {self._uuid}",
                hint="open the keyring that it was stored in",
            )
        label, _, digits = text.partition(":")
        try:
            secret = Secret(bytes.fromhex(digits))
        except ValueError:
            secret = Secret(b"")
        if label != _LABEL or len(secret.reveal()) != 32:
            raise VaultUnavailable(f"the keyring's entry for {self._uuid} is damaged")
        return WrappingKey(wrapping, secret)

    def forget(self, wrapping: Wrapping) -> None:
        """Remove the entry, if it is there."""
        backend, entry = _backend(), self._entry(wrapping)
        try:
            if backend.get_password(_SERVICE, entry) is not None:
                backend.delete_password(_SERVICE, entry)
        except Exception as error:
            raise _unavailable("remove a key from", error) from None

    def _entry(self, wrapping: Wrapping) -> str:
        """The UUID and the key's id: a second state folder must not take the first one's key."""
        return f"{self._uuid} {wrapping.id.hex()}"


def _backend() -> KeyringBackend:
    """The first configured backend that is allowed, chainers unpacked."""
    # keyring takes a relative folder as it stands, reads its settings there and runs what they
    # name; the working folder may be a hostile clone.
    if not os.path.isabs(os.environ.get("XDG_CONFIG_HOME", "/")):
        del os.environ["XDG_CONFIG_HOME"]
    try:
        import keyring

        configured = keyring.get_keyring()
        for backend in _unpacked(configured):
            if _name(backend) in _ALLOWED:
                return backend
    except Exception as error:
        raise _unavailable("open", error) from None
    raise VaultUnavailable(
        f"this machine has no keyring that can be trusted ({'.'.join(_name(configured))})",
        hint="start the desktop's keyring, or choose --vault passphrase or --vault file",
    )


def _unpacked(backend: KeyringBackend) -> Iterator[KeyringBackend]:
    if _name(backend) == _CHAINER:
        for inner in backend.backends:  # type: ignore[attr-defined]
            yield from _unpacked(inner)
    else:
        yield backend


def _name(backend: KeyringBackend) -> tuple[str, str]:
    """Module and class; a subclass is another class and may do anything."""
    return type(backend).__module__, type(backend).__qualname__


def _unavailable(action: str, error: Exception) -> VaultUnavailable:
    """Keyrings raise what their transport raises. Its text may be anything: only the type is
    passed on."""
    return VaultUnavailable(f"cannot {action} the keyring ({type(error).__name__})", hint=_HINT)
