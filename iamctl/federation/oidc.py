"""Checking OpenID Connect tokens: JSON Web Tokens (RFC 7519) that a known provider signed.

Nothing in a token chooses how it is verified: the key is one of the provider's in the directory
file, and the algorithm is the one that key is for. Keys and addresses of keys that a token brings
along (jwk, jku, x5c, x5u) are never looked at. Rules: the STS API Reference
(AssumeRoleWithWebIdentity), RFC 7515, RFC 8725. AWS says nothing about clocks that differ: here
`iat` and `nbf` may lie up to a minute in the future, `exp` is exact, and an old `iat` does no harm.
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import NoReturn, cast

from iamctl.domain.errors import NotAuthenticated
from iamctl.domain.names import shown
from iamctl.domain.providers import IdentityProvider
from iamctl.domain.times import format_instant
from iamctl.ports.federation import WebIdentityToken

SKEW = 60
"""How far in the future, in seconds, a token may have been issued by the provider's clock."""

_SHORTEST, _LONGEST = 4, 20000
_LONGEST_SUBJECT = 255
_LATEST = 253402300799  # the last second of the year 9999
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_KEYS = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
}
"""Algorithm -> the type and curve of its keys; what AWS accepts, and nothing else."""

NOT_A_JWT = (
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
)
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider, please reference "
    "AssumeRoleWithWebIdentity documentation for requirements"
)
BAD_SIGNATURE = "Token signature invalid"
WRONG_AUDIENCE = "Incorrect token audience"


def claimed_issuer(token: str) -> str:
    """Who a token says has issued it. Nothing is verified: only to look the provider up.

    Raises NotAuthenticated (InvalidIdentityToken).
    """
    return _text(_object(_parts(token)[1]), "iss")


def web_identity(token: str, provider: IdentityProvider, now: int) -> WebIdentityToken:
    """What a token says, if that provider signed it for one of its client ids and it is good now.

    Raises NotAuthenticated: ExpiredTokenException for one that is over, InvalidIdentityToken for
    any other, with a hint that says what is wrong.
    """
    header, payload = _parts(token)
    algorithm, key = _key(_object(header), provider)
    _verify(token, algorithm, key)
    claims = _object(payload)
    issuer, subject = _text(claims, "iss"), _text(claims, "sub")
    if issuer != provider.url:
        refuse(f"No OpenIDConnect provider found in your account for {issuer}", "")
    if len(subject) > _LONGEST_SUBJECT:
        refuse(NOT_A_JWT, f"its sub is longer than {_LONGEST_SUBJECT} characters")
    issued, expires = _times(claims, now)
    audience = _audience(claims, provider)
    return WebIdentityToken(
        issuer, subject, audience, _texts(claims, "amr"), claims, issued, expires
    )


def refuse(message: str, hint: str) -> NoReturn:
    """Raise AWS's InvalidIdentityToken."""
    raise NotAuthenticated(message, code="InvalidIdentityToken", hint=hint or None)


def _parts(token: str) -> tuple[bytes, bytes]:
    """Header and payload of a compact JWS."""
    found = _COMPACT.fullmatch(token) if _SHORTEST <= len(token) <= _LONGEST else None
    if found is None:
        refuse(NOT_A_JWT, "a token is three parts of base64url, joined by dots, 20000 in all")
    return _decoded(found[1]), _decoded(found[2])


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        refuse(NOT_A_JWT, "a part of it is not base64url")


def _object(data: bytes) -> dict[str, object]:
    """A JSON object in which no member is named twice."""
    try:
        said = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        refuse(NOT_A_JWT, "a part of it is not a JSON object, or names a member twice")
    if not isinstance(said, dict):
        refuse(NOT_A_JWT, "a part of it is not a JSON object")
    return said


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError("a member is named twice")
    return said


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _key(header: Mapping[str, object], provider: IdentityProvider) -> tuple[str, Mapping[str, str]]:
    """The algorithm and the one key of the provider that the token can have been signed with."""
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in _KEYS:
        refuse(NOT_A_JWT, f"its alg is none of {', '.join(_KEYS)}")
    if "crit" in header or "b64" in header:
        refuse(NOT_A_JWT, "its header asks for extensions (crit), and none is known")
    if key_id is None:
        fitting = [key for key in provider.jwks.values() if _fits(key, algorithm)]
        if len(fitting) != 1:
            refuse(NO_KEY, f"it names no key, and {len(fitting)} keys of the provider would fit")
        return algorithm, fitting[0]
    found = provider.jwks.get(key_id) if isinstance(key_id, str) else None
    if found is None:
        named = shown(key_id) if isinstance(key_id, str) else "it names"
        refuse(
            NO_KEY,
            f"the key {named} is not among those of provider {provider.name}; if the provider has "
            f"new keys, run: iamctl provider refresh {provider.name}",
        )
    if not _fits(found, algorithm):
        refuse(BAD_SIGNATURE, f"the key it names is not one for {algorithm}")
    return algorithm, found


def _fits(key: Mapping[str, str], algorithm: str) -> bool:
    """Whether a key is for that algorithm and for signatures."""
    kind, curve = _KEYS[algorithm]
    return (
        key.get("kty") == kind
        and (curve is None or key.get("crv") == curve)
        and key.get("alg", algorithm) == algorithm
        and key.get("use", "sig") == "sig"
    )


def _verify(token: str, algorithm: str, key: Mapping[str, str]) -> None:
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey
    from joserfc.jws import JWSRegistry, deserialize_compact

    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    # A header may bring a chain of certificates along, which nobody reads.
    registry.max_header_length = _LONGEST
    imported = RSAKey if key["kty"] == "RSA" else ECKey
    try:
        # Only what the signature needs: no other member of the key has a say here.
        bare = {name: key[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in key}
        deserialize_compact(
            token, imported.import_key(cast("dict[str, str | list[str]]", bare)), registry=registry
        )
    except (JoseError, ValueError, TypeError):
        refuse(BAD_SIGNATURE, "no key of the provider made it, or it was altered since")


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        refuse(f"Missing a required claim: {name}", "")
    return value


def _texts(claims: Mapping[str, object], name: str) -> tuple[str, ...]:
    """A claim of one text or several; none when it is absent."""
    value = claims.get(name, [])
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or not all(isinstance(item, str) for item in several):
        refuse(NOT_A_JWT, f"its {name} is neither a text nor a list of texts")
    return tuple(several)


def _times(claims: Mapping[str, object], now: int) -> tuple[int, int]:
    """When it was issued and when it ends."""
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    begins = _time(claims, "nbf") if "nbf" in claims else issued
    if expires <= now:
        raise NotAuthenticated(
            f"Token expired: current date/time {now} must be before the expiration "
            f"date/time{expires}",
            code="ExpiredTokenException",
            hint=f"it ended at {format_instant(expires)}; get another from the provider",
        )
    for name, instant in (("iat", issued), ("nbf", begins)):
        if instant > now + SKEW:
            refuse(
                "Token is not yet valid",
                f"its {name} is {format_instant(instant)}; check this machine's clock",
            )
    return issued, expires


def _time(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if value is None:
        refuse(f"Missing a required claim: {name}", "")
    if type(value) is not int or not 0 <= value <= _LATEST:
        refuse(NOT_A_JWT, f"its {name} is not a whole number of seconds")
    return value


def _audience(claims: Mapping[str, object], provider: IdentityProvider) -> str:
    """The client id the token was made for: `azp` where it is set, else `aud`.

    So AWS fills its HOST:aud key (IAM User Guide, keys for OIDC federation). A token for several
    audiences without `azp` is for the first that the provider lists.
    """
    audiences = _texts(claims, "aud")
    if "azp" in claims:
        audiences = (_text(claims, "azp"),)
    known = [audience for audience in audiences if audience in provider.client_ids]
    if not known:
        said = ", ".join(map(shown, audiences)) or "nobody"
        refuse(
            WRONG_AUDIENCE,
            f"it is for {said}; `iamctl provider add-client-id {provider.name} ID` lists one more",
        )
    return known[0]
