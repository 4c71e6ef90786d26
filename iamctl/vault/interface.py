"""What every kind of vault and every source of a wrapping key has in common."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from iamctl.domain.errors import (
    IamctlError,
    InvalidValue,
    NotFound,
    StorageFailure,
    VaultUnavailable,
)
from iamctl.domain.ids import Randomness
from iamctl.domain.patterns import HEXADECIMAL, consists_of
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.files import read_regular

KINDS = ("keyring", "passphrase", "file", "env")
"""Where a wrapping key can come from; the first is the default. `env` keeps nothing at all."""

OTHER_VERSION = "use the iamctl that wrote it, or a newer one"
"""The hint for what is not understood, so that nobody puts an older file in its place."""

Prompt = Callable[[str], Secret]
"""Asks a person for a secret with the message given. Raises Interrupted, VaultUnavailable."""

_GROUPS = [8, 4, 4, 4, 12]
_LONGEST_FILE = 64 * 1024 * 1024


class VaultSettings(NamedTuple):
    """What a vault takes from outside.

    `environment` is read for IAMCTL_VAULT_PASSPHRASE, IAMCTL_VAULT_PASSPHRASE_COMMAND and
    IAMCTL_SIGNING_KEY; `randomness(n)` gives n random bytes; `prompt` None asks on the
    controlling terminal; `lock_timeout` is in seconds; `scrypt_log_n` is the cost of a new
    passphrase, as the logarithm of scrypt's N.
    """

    environment: Mapping[str, str]
    randomness: Randomness
    prompt: Prompt | None = None
    lock_timeout: float = 30.0
    scrypt_log_n: int = 17

    def __repr__(self) -> str:
        """Without the environment, which holds secrets."""
        return "VaultSettings(…)"


class Wrapping(NamedTuple):
    """How the wrapping key of a sealed file is obtained; the file's header carries it.

    `id` is 16 bytes: it tells keys of one kind apart and salts a passphrase. `scrypt_log_n` is
    0 where no passphrase is stretched.
    """

    kind: str
    id: bytes
    scrypt_log_n: int = 0


class WrappingKey(NamedTuple):
    """A wrapping key of 32 bytes with the way it was obtained."""

    wrapping: Wrapping
    secret: Secret


class KeySource(Protocol):
    """One kind of wrapping key. Every call may raise VaultUnavailable."""

    @property
    def kind(self) -> str:
        """One of KINDS, never env."""

    def mint(self) -> WrappingKey:
        """A new key, kept where this kind keeps keys; one that is there is left alone."""

    def obtain(self, wrapping: Wrapping) -> WrappingKey:
        """The key that was minted with this wrapping. May ask a person."""

    def forget(self, wrapping: Wrapping) -> None:
        """Remove a key that nothing is sealed with any more."""


def forget_quietly(source: KeySource, wrapping: Wrapping) -> None:
    """Forget a key on the way out of a failure, which matters more than a failure of this."""
    with suppress(IamctlError):
        source.forget(wrapping)


def check_uuid(uuid: str) -> str:
    """The UUID in canonical form; anything else, a path above all, raises InvalidValue."""
    groups = uuid.split("-")
    hexadecimal = all(consists_of(HEXADECIMAL, group) for group in groups)
    if not hexadecimal or [len(group) for group in groups] != _GROUPS:
        raise InvalidValue("the directory's UUID is not one", hint="iamctl init mints it")
    return uuid


def vault_folder(state_folder: str, uuid: str) -> str:
    """The folder of a directory's vault below iamctl's own state folder."""
    return f"{state_folder}/{check_uuid(uuid)}"


def read_vault_file(path: str, limit: int = _LONGEST_FILE) -> bytes | None:
    """The bytes of a file that belongs to the vault, or None when there is none.

    Raises VaultUnavailable when it is not a regular file of our own that can be read.
    """
    try:
        return read_regular(path, limit)
    except NotFound:
        return None
    except StorageFailure as error:
        raise VaultUnavailable(error.message, hint=error.hint) from None
