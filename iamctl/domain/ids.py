"""Unique ids, access key ids and secrets. `randomness(n)` gives n random bytes."""

from base64 import b32encode, b64encode
from collections.abc import Callable

Randomness = Callable[[int], bytes]

PREFIXES = {"users": "AIDA", "groups": "AGPA", "roles": "AROA", "policies": "ANPA"}
"""Section of the file -> prefix of the unique ids in it."""


def mint_unique_id(section: str, randomness: Randomness) -> str:
    """A new unique id, 21 characters as AWS makes them."""
    return PREFIXES[section] + b32encode(randomness(11)).decode()[:17]


def mint_access_key_id(prefix: str, account: str, randomness: Randomness) -> str:
    """A new access key id, 20 characters, which carries its account as AWS's newer ids do."""
    free = int.from_bytes(randomness(5), "big") & ((1 << 39) - 1)
    number = (1 << 79) | (int(account) << 39) | free
    return prefix + b32encode(number.to_bytes(10, "big")).decode()


def mint_secret_access_key(randomness: Randomness) -> str:
    """A new secret access key: 40 characters holding 240 random bits."""
    return b64encode(randomness(30)).decode()


def mint_uuid(randomness: Randomness) -> str:
    """A random (version 4) UUID."""
    raw = bytearray(randomness(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
