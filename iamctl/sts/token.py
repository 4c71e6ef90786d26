"""Session tokens: signed claims of which there is one spelling.

The claims must be exactly the bytes that this module would write for their values, as the header
must be `jws`'s, so that every session has one token and no other text stands for it.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn

from iamctl.domain.errors import InvalidValue, NotAuthenticated
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import SigningKey
from iamctl.sts.jws import TOKEN_LIMIT as TOKEN_LIMIT
from iamctl.sts.jws import TOKEN_START as TOKEN_START
from iamctl.sts.jws import TokenKind, open_token, serialize
from iamctl.sts.keys import SESSION_TOKEN

ROLE = "role"
GET_SESSION_TOKEN = "session-token"
FEDERATED_USER = "federated-user"
_LONGEST = {ROLE: 43200, GET_SESSION_TOKEN: 129600, FEDERATED_USER: 129600}

EXPIRED = "The security token included in the request is expired"
INVALID = "The security token included in the request is invalid."


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
    context: Mapping[str, str | tuple[str, ...]] = MappingProxyType({})


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
    token = serialize(_canonical(claims), _SESSION, key)
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
    payload, key = open_token(token, _SESSION, signing_keys, now)
    claims = _parsed(payload)
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


_SESSION = TokenKind("session token", "iamctl-session", SESSION_TOKEN, refuse)


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
        return _are_texts(value)
    if not isinstance(value, dict):
        return True
    return all(
        type(item) is str or (name == "context" and type(item) is list and _are_texts(item))
        for item in value.values()
    )


def _are_texts(items: list[object]) -> bool:
    return all(type(item) is str for item in items)


def _claims(said: dict[str, object]) -> Claims:
    values = {
        field: _frozen(said[name])
        for field, name in zip(Claims._fields, _NAMES, strict=True)
        if name in said
    }
    return Claims(**values)  # type: ignore[arg-type]


def _frozen(value: object) -> object:
    """The value with its lists as tuples, a context key's several values among them."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _sensible(claims: Claims) -> bool:
    longest = _LONGEST.get(claims.type)
    return (
        longest is not None
        and 0 < claims.expires - claims.issued <= longest
        and (claims.name != "") == (claims.type != GET_SESSION_TOKEN)
        and (claims.until is None or claims.expires <= claims.until)
    )
