"""Keys derived from a directory's signing key, one for each use.

HKDF with SHA-256 (RFC 5869): a token of one type never verifies as a token of another, and the
secret access key of a session can be told again from its token and the signing key alone.
"""

from base64 import b64encode
from hashlib import sha256
from hmac import digest

from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey

SESSION_TOKEN = "session token"

_SALT = b"iamctl signing key v1"
_HASH_BYTES = 32
_SECRET_BYTES = 30


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """`length` bytes (8160 at most) of HKDF-SHA256: extract, then expand."""
    if not 0 < length <= 255 * _HASH_BYTES:
        raise ValueError(f"HKDF-SHA256 cannot give {length} bytes")
    pseudorandom = digest(salt or bytes(_HASH_BYTES), secret, "sha256")
    block, output = b"", b""
    while len(output) < length:
        count = len(output) // _HASH_BYTES + 1
        block = digest(pseudorandom, block + info + bytes((count,)), "sha256")
        output += block
    return output[:length]


def token_key(key: SigningKey, token_type: str) -> bytes:
    """The 32-byte key that signs and verifies tokens of one type."""
    return hkdf(key.secret.reveal(), _SALT, b"sign " + token_type.encode(), _HASH_BYTES)


def session_secret(key: SigningKey, token: str) -> Secret:
    """The secret access key that belongs to a session token: 40 characters, 240 bits."""
    info = b"secret access key of " + sha256(token.encode()).digest()
    return Secret(b64encode(hkdf(key.secret.reveal(), _SALT, info, _SECRET_BYTES)))
