"""Key sets (JWKS, RFC 7517): the public keys that an OpenID Connect provider signs with."""

import json
from collections.abc import Mapping
from hashlib import sha256

from iamctl.domain.errors import InvalidValue
from iamctl.domain.names import JWK_ID

MOST_KEYS = 100
_MEMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}
_CURVES = ("P-256", "P-384", "P-521")
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KEPT = ("kty", "alg", "use", "n", "e", "crv", "x", "y")
_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")


def jwks(text: str) -> dict[str, dict[str, str]]:
    """The keys that AWS accepts signatures of, by key id; of each only its public members.

    Keys of other types or curves, for other algorithms or for encryption are passed over. A key
    without id goes by its thumbprint, which no token names. Raises InvalidValue: for what is no
    key set, for a private key in it, for two keys of one id, and when nothing is left.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong("it is not JSON") from None
    keys = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise _wrong(f"it is an object with a list of keys, {MOST_KEYS} at most")
    found: dict[str, dict[str, str]] = {}
    for key in keys:
        public = _public(key)
        if public is None:
            continue
        key_id = key.get("kid", thumbprint(public))
        if not isinstance(key_id, str) or not key_id or key_id in found:
            raise _wrong("two of its keys have one kid, or one has none that is a text")
        if problem := JWK_ID.problem(key_id):
            raise _wrong(problem)
        found[key_id] = public
    if not found:
        raise _wrong(f"none of its keys is for {', '.join(_ALGORITHMS)}")
    return found


def _public(key: object) -> dict[str, str] | None:
    """The members of a key that are kept, or None for a key that is not for our signatures."""
    if not isinstance(key, dict):
        raise _wrong("one of its keys is not an object")
    if not _PRIVATE.isdisjoint(key):
        raise _wrong("it holds a private or secret key, which does not belong here")
    kept = {name: key[name] for name in _KEPT if name in key}
    if not all(isinstance(value, str) for value in kept.values()):
        raise _wrong("a member of one of its keys is not a text")
    needed = _MEMBERS.get(kept.get("kty", ""))
    if needed is None or kept.get("use", "sig") != "sig":
        return None
    if kept.get("alg", _ALGORITHMS[0]) not in _ALGORITHMS:
        return None
    if not set(needed) <= kept.keys():
        raise _wrong(f"a {kept['kty']} key of it lacks one of {', '.join(needed)}")
    if kept["kty"] == "EC" and kept["crv"] not in _CURVES:
        return None
    return {name: value for name, value in kept.items() if name in ("kty", "alg", "use", *needed)}


def thumbprint(key: Mapping[str, str]) -> str:
    """The RFC 7638 SHA-256 thumbprint of a public key, base64url."""
    from base64 import urlsafe_b64encode

    required = {name: key[name] for name in ("kty", *_MEMBERS[key["kty"]])}
    canonical = json.dumps(required, sort_keys=True, separators=(",", ":")).encode()
    return urlsafe_b64encode(sha256(canonical).digest()).rstrip(b"=").decode()


def _wrong(reason: str) -> InvalidValue:
    return InvalidValue("the key set is not usable", code="InvalidInput", hint=reason)
