"""Session tokens: JWS compact serialisation (RFC 7515) with HMAC-SHA256 and one fixed header.

Nothing in a token chooses how it is verified. The header must be, byte for byte, the one this
module writes for a signing key of the vault, and the claims must be exactly the bytes it would
write for their values, so that every session has one token and no other text stands for it.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hmac import compare_digest, digest
from types import MappingProxyType
from typing import NamedTuple, NoReturn, cast

from iamctl.domain.errors import InvalidValue, NotAuthenticated
from iamctl.domain.times import format_instant
from iamctl.ports import SigningKey
from iamctl.sts.keys import SESSION_TOKEN, token_key

TOKEN_LIMIT = 8192
TOKEN_START = urlsafe_b64encode(b'{"alg":"HS256","kid":').decode()
"""How every token of iamctl begins; says nothing about whether it is a good one."""

ROLE = "role"
GET_SESSION_TOKEN = "session-token"
FEDERATED_USER = "federated-user"
_LONGEST = {ROLE: 43200, GET_SESSION_TOKEN: 129600, FEDERATED_USER: 129600}

EXPIRED = "The security token included in the request is expired"
INVALID = "The security token included in the request is invalid."

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}", re.ASCII)


class Claims(NamedTuple):
    """What a session token says. Times are epoch seconds.

    `type` is "role" (AssumeRole and its like), "session-token" (GetSessionToken) or
    "federated-user" (GetFederationToken); `subject` the unique id of the role or user; `caller`
    and `caller_key` the unique id and access key id that asked, empty where an identity provider
    vouched; `key_id` the session's own ASIA id; `name` the role session's or the federated user's
    name, empty for a session-token.
    `policies` are session policies, ARNs or JSON texts; `tags` holds inherited transitive tags
    too, and `transitive` the keys that go on; `chain` the ARNs of the callers, the first one
    first; `until` the end of the group membership without which the session would not be.
    `provider` is what aws:FederatedProvider holds later on; `context` the condition keys of a
    provider, in lower case, that survive into later requests.
    """

    issuer: str
    type: str
    subject: str
    caller: str
    caller_key: str
    key_id: str
    name: str
    issued: int
    expires: int
    policies: tuple[str, ...] = ()
    tags: Mapping[str, str] = MappingProxyType({})
    transitive: tuple[str, ...] = ()
    source_identity: str | None = None
    mfa_time: int | None = None
    chain: tuple[str, ...] = ()
    until: int | None = None
    provider: str | None = None
    context: Mapping[str, str] = MappingProxyType({})


class Verified(NamedTuple):
    """Claims whose signature is right, and the signing key that made it."""

    claims: Claims
    key: SigningKey


_REQUIRED = {
    "iss": str,
    "type": str,
    "sub": str,
    "caller": str,
    "caller_key": str,
    "key_id": str,
    "name": str,
    "iat": int,
    "exp": int,
}
_OPTIONAL = {
    "policies": list,
    "tags": dict,
    "transitive": list,
    "source_identity": str,
    "mfa_time": int,
    "chain": list,
    "until": int,
    "provider": str,
    "context": dict,
}
_NAMES = (*_REQUIRED, *_OPTIONAL)
_TYPES: dict[str, type] = {**_REQUIRED, **_OPTIONAL}


def sign(claims: Claims, key: SigningKey) -> str:
    """The token of the claims.

    Raises InvalidValue when it would be longer than 8192 characters (PackedPolicyTooLarge).
    """
    signed = f"{_header(key)}.{_encoded(_canonical(claims))}"
    token = f"{signed}.{_encoded(_mac(key, signed))}"
    if len(token) > TOKEN_LIMIT:
        raise InvalidValue(
            f"the session's policies and tags make a token of {len(token)} characters, "
            f"more than {TOKEN_LIMIT}",
            code="PackedPolicyTooLarge",
        )
    return token


def verify(token: str, signing_keys: tuple[SigningKey, ...], uuid: str, now: int) -> Verified:
    """The claims of a token of this directory that is good at `now`.

    Raises NotAuthenticated: ExpiredToken for a genuine token that is over, InvalidClientTokenId
    for any other, with a hint that says what is wrong.
    """
    if len(token) > TOKEN_LIMIT or _COMPACT.fullmatch(token) is None:
        refuse("the session token is malformed")
    header, payload, signature = token.split(".")
    key = _key_of(header, signing_keys, now)
    if not compare_digest(signature, _encoded(_mac(key, f"{header}.{payload}"))):
        refuse("the session token is forged or damaged: its signature does not match")
    claims = _parsed(_decoded(payload))
    if claims.issuer != uuid:
        refuse(f"the session token is foreign: it was issued by directory {claims.issuer}")
    if claims.issued > now:
        refuse("the session token was issued in the future; check this machine's clock")
    if claims.expires <= now:
        raise NotAuthenticated(
            EXPIRED,
            code="ExpiredToken",
            hint=f"the session ended at {format_instant(claims.expires)}; assume the role again",
        )
    return Verified(claims, key)


def refuse(reason: str) -> NoReturn:
    """Raise AWS's InvalidClientTokenId with the reason as its hint."""
    raise NotAuthenticated(INVALID, hint=reason)


def _header(key: SigningKey) -> str:
    if _KEY_ID.fullmatch(key.id) is None:
        raise ValueError("a signing key's id is 1 to 64 of A-Z a-z 0-9 _ -")
    return _encoded(f'{{"alg":"HS256","kid":"{key.id}","typ":"iamctl-session"}}'.encode())


def _key_of(header: str, signing_keys: tuple[SigningKey, ...], now: int) -> SigningKey:
    for key in signing_keys:
        if compare_digest(header, _header(key)):
            if key.ends is not None and key.ends <= now:
                refuse("the session token was signed by a key that has been retired")
            return key
    # Only for the words of the message; the token is refused in any case.
    if header.startswith(TOKEN_START):
        refuse(
            "the session token is foreign: no signing key of this machine's vault made it "
            "(another directory, another machine, or a key no longer kept)"
        )
    refuse("the session token is malformed")


def _mac(key: SigningKey, signed: str) -> bytes:
    return digest(token_key(key, SESSION_TOKEN), signed.encode(), "sha256")


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """The bytes of base64url without padding, if the text is the only way to write them."""
    if len(text) % 4 == 1:
        refuse("the session token is malformed")
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encoded(data) != text:
        refuse("the session token is malformed")
    return data


def _canonical(claims: Claims) -> bytes:
    """The one spelling of the claims: declared order, no blanks, optional ones only when set."""
    said = {
        name: value
        for name, value in zip(_NAMES, claims, strict=True)
        if name in _REQUIRED or not (value is None or (not isinstance(value, int) and not value))
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=True, default=dict).encode()


def _parsed(payload: bytes) -> Claims:
    """The claims in signed bytes; anything but our own spelling of them is refused."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        refuse("the session token is malformed: its claims are not JSON")
    if not isinstance(said, dict) or not _REQUIRED.keys() <= said.keys() <= _TYPES.keys():
        refuse("the session token is malformed: a claim is missing or unknown")
    if not all(_fits(name, value) for name, value in said.items()):
        refuse("the session token is malformed: a claim has the wrong type")
    claims = _claims(said)
    if _canonical(claims) != payload:
        refuse("the session token is malformed: its claims are not in canonical form")
    if not _sensible(claims):
        refuse("the session token is malformed: its claims contradict each other")
    return claims


def _fits(name: str, value: object) -> bool:
    if type(value) is not _TYPES[name]:
        return False
    if isinstance(value, list):
        return all(type(item) is str for item in value)
    return not isinstance(value, dict) or all(type(item) is str for item in value.values())


def _claims(said: dict[str, object]) -> Claims:
    values = {
        field: tuple(cast("list[str]", said[name])) if _TYPES[name] is list else said[name]
        for field, name in zip(Claims._fields, _NAMES, strict=True)
        if name in said
    }
    return Claims(**values)  # type: ignore[arg-type]


def _sensible(claims: Claims) -> bool:
    longest = _LONGEST.get(claims.type)
    return (
        longest is not None
        and 0 < claims.expires - claims.issued <= longest
        and (claims.name != "") == (claims.type != GET_SESSION_TOKEN)
        and (claims.until is None or claims.expires <= claims.until)
    )
