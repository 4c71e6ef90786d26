"""A signing key as one line of text, as the variable IAMCTL_SIGNING_KEY carries it."""

from binascii import crc32

from iamctl.domain.errors import InvalidValue, VaultUnavailable
from iamctl.domain.patterns import DIGITS, LETTERS, consists_of
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey

_LABEL = "iamctl-signing-key-1"
_ID = LETTERS | DIGITS | frozenset("_-")
_BYTES = 32
_LONGEST_TEXT = 256


def check_signing_key(key: SigningKey) -> SigningKey:
    """The key; raises InvalidValue unless its id is 1 to 64 of A-Za-z0-9_- and it has 32 bytes."""
    if not consists_of(_ID, key.id) or len(key.id) > 64:
        raise InvalidValue("a signing key's id must be 1 to 64 letters, digits, _ and -")
    if len(key.secret.reveal()) != _BYTES:
        raise InvalidValue(f"a signing key must have {_BYTES} bytes")
    return key


def encode_signing_key(key: SigningKey) -> str:
    """The key as text: label, id, secret in hexadecimal, check sum. The text is as secret."""
    check_signing_key(key)
    text = f"{_LABEL}:{key.id}:{key.secret.reveal().hex()}"
    return f"{text}:{crc32(text.encode()):08x}"


def decode_signing_key(text: str) -> SigningKey:
    """The key that `encode_signing_key` wrote; space around it is passed over.

    Raises VaultUnavailable for anything else; the message holds nothing of the text.
    """
    text = text[: _LONGEST_TEXT + 1].strip(" \t\r\n")
    parts = text.split(":")
    if len(text) <= _LONGEST_TEXT and len(parts) == 4 and parts[0] == _LABEL:
        try:
            key = SigningKey(parts[1], Secret(bytes.fromhex(parts[2])))
            if encode_signing_key(key) == text:
                return key
        except (ValueError, InvalidValue):
            pass
    raise VaultUnavailable(
        "the signing key's text is not one that iamctl wrote",
        hint="copy the whole line that iamctl init --vault env showed",
    )
