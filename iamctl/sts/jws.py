"""JWS compact serialisation (RFC 7515) with HMAC-SHA256, one fixed header for each kind of token.

Nothing in a token chooses how it is verified: its header must be, byte for byte, the one that is
written here for its kind and a signing key of the vault. Each kind has a key of its own, derived
from the signing key, so that a token of one kind is never one of another.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hmac import compare_digest, digest
from typing import NoReturn

from iamctl.domain.patterns import DIGITS, LETTERS, consists_of
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import SigningKey
from iamctl.sts.keys import token_key

TOKEN_LIMIT = 8192
"""Characters of the longest token."""

TOKEN_START = urlsafe_b64encode(b'{"alg":"HS256","kid":').decode()
"""How every token of iamctl begins; says nothing about whether it is a good one."""

_BASE64URL = LETTERS | DIGITS | frozenset("-_")
_SIGNATURE_LENGTH = 43


class TokenKind(NamedTuple):
    """One kind of token.

    `noun` is what messages call it, `typ` stands in its header, `label` names its derived key;
    `refuse` raises this kind's error for a token that is no good, with the reason given.
    """

    noun: str
    typ: str
    label: str
    refuse: Callable[[str], NoReturn]


def serialize(payload: bytes, kind: TokenKind, key: SigningKey) -> str:
    """The one token of that kind that says the payload."""
    signed = f"{_header(kind, key)}.{_encoded(payload)}"
    return f"{signed}.{_encoded(_mac(kind, key, signed))}"


def open_token(
    token: str, kind: TokenKind, signing_keys: tuple[SigningKey, ...], now: int
) -> tuple[bytes, SigningKey]:
    """The payload of a token of that kind, and the signing key that made it.

    Raises the kind's error for a token that is malformed, forged, foreign, of another kind or
    of a key retired by `now`.
    """
    parts = token.split(".")
    compact = len(parts) == 3 and all(consists_of(_BASE64URL, part) for part in parts)
    if len(token) > TOKEN_LIMIT or not compact or len(parts[2]) != _SIGNATURE_LENGTH:
        kind.refuse(f"the {kind.noun} is malformed")
    header, payload, signature = parts
    key = _key_of(header, kind, signing_keys, now)
    if not compare_digest(signature, _encoded(_mac(kind, key, f"{header}.{payload}"))):
        kind.refuse(f"the {kind.noun} is forged or damaged: its signature does not match")
    return _decoded(payload, kind), key


def _header(kind: TokenKind, key: SigningKey) -> str:
    if not consists_of(_BASE64URL, key.id) or len(key.id) > 64:
        raise ValueError("a signing key's id is 1 to 64 of A-Z a-z 0-9 _ -")
    return _encoded(f'{{"alg":"HS256","kid":"{key.id}","typ":"{kind.typ}"}}'.encode())


def _key_of(
    header: str, kind: TokenKind, signing_keys: tuple[SigningKey, ...], now: int
) -> SigningKey:
    found = [key for key in signing_keys if compare_digest(header, _header(kind, key))]
    if not found:
        # Only for the words of the message; the token is refused in any case.
        kind.refuse(
            f"the {kind.noun} is foreign: no signing key of this machine's vault made it "
            "(another directory, another machine, or a key no longer kept)"
            if header.startswith(TOKEN_START)
            else f"the {kind.noun} is malformed"
        )
    key = found[0]
    if key.ends is not None and key.ends <= now:
        kind.refuse(f"the {kind.noun} was signed by a key that has been retired")
    return key


def _mac(kind: TokenKind, key: SigningKey, signed: str) -> bytes:
    return digest(token_key(key, kind.label), signed.encode(), "sha256")


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str, kind: TokenKind) -> bytes:
    """The bytes of base64url without padding, if the text is the only way to write them."""
    if len(text) % 4 == 1:
        kind.refuse(f"the {kind.noun} is malformed")
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encoded(data) != text:
        kind.refuse(f"the {kind.noun} is malformed")
    return data
