"""What must hold for an identity provider beyond its shape.

Rules: IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM"; RFC 7518,
sections 3 and 6.
"""

from collections.abc import Iterator, Mapping

from iamctl.domain.directory import Directory
from iamctl.domain.lookups import items, texts
from iamctl.domain.names import shown
from iamctl.domain.source import Address, Fault, Plain
from iamctl.domain.tuples import NamedTuple

SMALLEST_RSA_KEY = 2048
"""Bits of the modulus. Source: RFC 7518, section 3.3."""

_OIDC_ONLY = ("client_ids", "jwks")


class _KeyType(NamedTuple):
    """The members that a key of the type has, and the algorithms it fits."""

    members: tuple[str, ...]
    algorithms: tuple[str, ...]


_TYPES = {
    "RSA": _KeyType(("n", "e"), ("RS256", "RS384", "RS512")),
    "EC": _KeyType(("crv", "x", "y"), ("ES256", "ES384", "ES512")),
}
_CURVES = {"P-256": ("ES256", 32), "P-384": ("ES384", 48), "P-521": ("ES512", 66)}
"""Curve -> its algorithm and the bytes of a coordinate."""


def provider_faults(directory: Directory, name: str) -> Iterator[Fault]:
    """What is wrong with one provider."""
    plain = directory.value_at(("identity_providers", name))
    fields = plain if isinstance(plain, dict) else {}
    at = ("identity_providers", name)
    yield from _kind(name, fields, at)
    yield from _url(directory, name, fields, at)
    yield from repeated(texts(fields.get("client_ids")), "client id", (*at, "client_ids"))
    jwks = fields.get("jwks")
    for key, members in jwks.items() if isinstance(jwks, dict) else ():
        if isinstance(members, dict):
            yield from _key(key, members, (*at, "jwks", key))


def repeated(listed: list[str], noun: str, at: Address) -> Iterator[Fault]:
    """The items of a list that stand in it twice."""
    for index, item in enumerate(listed):
        if item in listed[:index]:
            yield Fault("error", "duplicate-item", f"{noun} {shown(item)} is listed twice",
                        (*at, index), "remove one of the two")  # fmt: skip


def _kind(name: str, fields: Mapping[str, Plain], at: Address) -> Iterator[Fault]:
    """An OIDC provider has a URL, a SAML provider metadata, and none has both."""
    oidc, saml = "url" in fields, "saml_metadata" in fields
    if oidc == saml:
        what = "both url and saml_metadata" if oidc else "neither url nor saml_metadata"
        yield Fault("error", "provider-kind", f"identity provider {shown(name)} has {what}", at,
                    "an OIDC provider has url, a SAML provider has saml_metadata")  # fmt: skip
    for field in _OIDC_ONLY:
        if saml and not oidc and field in fields:
            yield Fault("error", "provider-kind",
                        f"{field} is for OIDC, and {shown(name)} is a SAML provider",
                        (*at, field), "its metadata says all there is to say")  # fmt: skip


def _url(
    directory: Directory, name: str, fields: Mapping[str, Plain], at: Address
) -> Iterator[Fault]:
    url = fields.get("url")
    for other, held in items(directory, "identity_providers") if url is not None else ():
        if other == name:
            return
        if held.get("url") == url:
            yield Fault("error", "duplicate-url",
                        f"identity provider {shown(other)} has the same url", (*at, "url"),
                        "an account has one provider of a URL: join their client_ids")  # fmt: skip
            return


def _key(key: str, members: Mapping[str, Plain], at: Address) -> Iterator[Fault]:
    """A key has the members of its type, of the right sizes, and an algorithm that fits."""
    kind = _TYPES.get(str(members.get("kty")))
    if kind is None:
        return  # the file's shape asks for one of the types
    every = {member for one in _TYPES.values() for member in one.members}
    for member in sorted(every):
        if (member in members) != (member in kind.members):
            verb = "lacks" if member in kind.members else "must not have"
            yield Fault("error", "invalid-key",
                        f"signing key {shown(key)} is {members['kty']} and {verb} {member}", at,
                        f"its members are {', '.join(kind.members)}")  # fmt: skip
            return
    yield from _algorithm(key, members, kind, at)
    yield from _numbers(key, members, at)


def _algorithm(
    key: str, members: Mapping[str, Plain], kind: _KeyType, at: Address
) -> Iterator[Fault]:
    curve = _CURVES.get(str(members.get("crv")))
    fitting = kind.algorithms if curve is None else (curve[0],)
    alg = members.get("alg")
    if alg is not None and alg not in fitting:
        yield Fault("error", "invalid-key", f"signing key {shown(key)} cannot be used for {alg}",
                    (*at, "alg"), f"it fits {', '.join(fitting)}")  # fmt: skip


def _numbers(key: str, members: Mapping[str, Plain], at: Address) -> Iterator[Fault]:
    if members["kty"] == "RSA":
        bits = int.from_bytes(_bytes(members["n"])).bit_length()
        if bits < SMALLEST_RSA_KEY:
            yield Fault("error", "weak-key", f"signing key {shown(key)} has {bits} bits",
                        (*at, "n"), f"RSA keys have {SMALLEST_RSA_KEY} at least")  # fmt: skip
        exponent = int.from_bytes(_bytes(members["e"]))
        if exponent < 3 or exponent % 2 == 0:
            yield Fault("error", "invalid-key",
                        f"the exponent of signing key {shown(key)} is {exponent}", (*at, "e"),
                        "it is odd and greater than 2; most often AQAB")  # fmt: skip
        return
    curve = _CURVES.get(str(members["crv"]))
    for member in ("x", "y"):
        size = len(_bytes(members[member]))
        if curve is not None and size != curve[1]:
            yield Fault("error", "invalid-key",
                        f"{member} of signing key {shown(key)} has {size} bytes", (*at, member),
                        f"on {members['crv']} it has {curve[1]}")  # fmt: skip


def _bytes(value: Plain) -> bytes:
    """What base64url text stands for; nothing where it is no such text, which the file's shape
    tells."""
    from base64 import urlsafe_b64decode
    from binascii import Error

    text = str(value)
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return b""
