"""Sealed files: bytes that only the holder of a wrapping key can read or make.

A header of fixed size, then AES-256-GCM over the contents with the header as associated data.
The file's own key is HKDF-SHA256 over the wrapping key, salted afresh for every write, with the
purpose and the directory's UUID as its info: no file opens in the place of another.
"""

import struct
from typing import TYPE_CHECKING

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.ids import Randomness
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.vault.interface import OTHER_VERSION, Wrapping, WrappingKey, check_uuid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEYS, MFA_STATE, SESSIONS, EXPORT = "keys", "mfa-state", "sessions", "export"
IDENTITIES = "identities"
LARGEST = 48 * 1024 * 1024
"""The most bytes of contents that are sealed or opened."""

SCRYPT_LOG_N = range(10, 19)
"""The costs of scrypt (r = 8, p = 1) that are accepted on reading: at most 256 MB of memory."""

_MAGIC, _VERSION = b"iamctl-seal\n", 1
_PURPOSES = {KEYS: 1, MFA_STATE: 2, SESSIONS: 3, EXPORT: 4, IDENTITIES: 5}
_KIND_CODES = {"keyring": 1, "passphrase": 2, "file": 3}
_HEADER = struct.Struct(">12sBBBB16s16s32s12sI")
_TAG = 16


class Header(NamedTuple):
    """What stands before the sealed contents. Nothing of it is believed before they open."""

    purpose: str
    wrapping: Wrapping
    directory: str
    salt: bytes
    nonce: bytes
    raw: bytes


def seal(
    contents: bytes, key: WrappingKey, purpose: str, directory: str, randomness: Randomness
) -> bytes:
    """The contents as a sealed file. `directory` is the UUID it is for."""
    if len(contents) > LARGEST:
        raise VaultUnavailable(f"a sealed file cannot hold more than {LARGEST} bytes")
    salt, nonce = randomness(32), randomness(12)
    raw = _HEADER.pack(
        _MAGIC,
        _VERSION,
        _PURPOSES[purpose],
        _KIND_CODES[key.wrapping.kind],
        key.wrapping.scrypt_log_n,
        bytes.fromhex(check_uuid(directory).replace("-", "")),
        key.wrapping.id,
        salt,
        nonce,
        len(contents) + _TAG,
    )
    header = Header(purpose, key.wrapping, directory, salt, nonce, raw)
    return raw + _cipher(header, key.secret).encrypt(nonce, contents, raw)


def read_header(sealed: bytes, purpose: str, directory: str, name: str) -> Header:
    """The header of a sealed file called `name`, if it can be the one that is looked for.

    Raises VaultUnavailable when it is no sealed file, is cut or longer than it says, is of a
    version or cost this iamctl does not accept, or is another directory's or another kind of file.
    """
    if len(sealed) < _HEADER.size + _TAG or not sealed.startswith(_MAGIC):
        raise VaultUnavailable(f"{name} is not a file that iamctl sealed, or it was cut short")
    raw = sealed[: _HEADER.size]
    _, version, code, kind_code, log_n, uuid, identity, salt, nonce, length = _HEADER.unpack(raw)
    if version != _VERSION:
        raise VaultUnavailable(
            f"{name} was sealed by another version of iamctl", hint=OTHER_VERSION
        )
    if len(sealed) != _HEADER.size + length or length > LARGEST + _TAG:
        raise VaultUnavailable(f"{name} is damaged: its length is not what it says")
    if code != _PURPOSES[purpose]:
        raise VaultUnavailable(f"{name} holds something else than it should")
    owner = _uuid(uuid)
    if owner != directory:
        raise VaultUnavailable(f"{name} belongs to another directory, {owner}")
    kind = {number: kind for kind, number in _KIND_CODES.items()}.get(kind_code)
    if kind is None or not (log_n in SCRYPT_LOG_N if kind == "passphrase" else log_n == 0):
        raise VaultUnavailable(f"{name} is damaged: its header makes no sense")
    return Header(purpose, Wrapping(kind, identity, log_n), owner, salt, nonce, raw)


def unseal(sealed: bytes, header: Header, secret: Secret, name: str) -> bytes:
    """The contents of a sealed file; raises VaultUnavailable unless every bit is as sealed."""
    from cryptography.exceptions import InvalidTag

    body = sealed[len(header.raw) :]
    try:
        return _cipher(header, secret).decrypt(header.nonce, body, header.raw)
    except InvalidTag:
        if header.wrapping.kind == "passphrase":
            message = f"the passphrase is not the one of {name}, or the file is damaged"
        else:
            message = f"{name} is damaged, or was not sealed with this machine's key"
    raise VaultUnavailable(message)


def stretch(passphrase: Secret, salt: bytes, log_n: int) -> Secret:
    """A wrapping key out of a passphrase: scrypt with N = 2^log_n, r = 8, p = 1."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    try:
        scrypt = Scrypt(salt=salt, length=32, n=1 << log_n, r=8, p=1)
        return Secret(scrypt.derive(passphrase.reveal()))
    except MemoryError:
        needed = (1 << log_n) // 1024
    raise VaultUnavailable(
        f"stretching the passphrase takes {needed} MB of memory, more than is free"
    )


def _cipher(header: Header, secret: Secret) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = f"iamctl vault 1 {header.purpose} {header.directory}".encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=header.salt, info=info)
    return AESGCM(key.derive(secret.reveal()))


def _uuid(raw: bytes) -> str:
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
