"""A SAML provider's metadata document: who it is, and the certificates it signs with.

Rules: SAML 2.0 Metadata; the STS and IAM API References (CreateSAMLProvider).
"""

from base64 import b64decode
from binascii import Error
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from iamctl.domain.errors import InvalidValue
from iamctl.domain.times import parse_instant
from iamctl.federation.xml import METADATA, SIGNATURE, Element, NotXml, parse, text_of
from iamctl.ports.federation import SamlMetadata

_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_MOST_KEYS = 10


class Metadata(NamedTuple):
    """What responses are held against. `certificates` are cryptography's; `valid_until` epoch
    seconds."""

    entity_id: str
    certificates: tuple[Any, ...]
    valid_until: int | None


def saml_metadata(text: str) -> SamlMetadata:
    """Who a metadata document is of, and its signing certificates' SHA-256 fingerprints.

    Raises InvalidValue when it is no metadata of an identity provider, ExtraMissing.
    """
    read = read_metadata(text)
    from iamctl.federation.certificates import der_of

    prints = tuple(sha256(der_of(certificate)).hexdigest() for certificate in read.certificates)
    return SamlMetadata(read.entity_id, prints, read.valid_until)


@lru_cache(maxsize=8)
def read_metadata(text: str) -> Metadata:
    """What a metadata document says. Raises InvalidValue, ExtraMissing."""
    try:
        root = parse(text.encode(), comments=True)
    except NotXml as error:
        raise _wrong(str(error)) from None
    if root.tag != f"{METADATA}EntityDescriptor":
        raise _wrong("its root element is not md:EntityDescriptor")
    entity_id = root.get("entityID") or ""
    providers = [
        each
        for each in root.findall(f"{METADATA}IDPSSODescriptor")
        if _PROTOCOL in (each.get("protocolSupportEnumeration") or "").split()
    ]
    if not entity_id or not providers:
        raise _wrong("it describes no identity provider of SAML 2.0")
    found = dict.fromkeys(text for provider in providers for text in _certificates(provider))
    if not 1 <= len(found) <= _MOST_KEYS:
        raise _wrong(f"it holds {len(found)} signing certificates; 1 to {_MOST_KEYS} are allowed")
    from iamctl.federation.certificates import certificate_of

    try:
        certificates = tuple(certificate_of(b64decode(text, validate=True)) for text in found)
    except (Error, ValueError):
        raise _wrong("one of its certificates is damaged, or no RSA or EC key's") from None
    return Metadata(entity_id, certificates, _valid_until(root))


def _certificates(provider: Element) -> list[str]:
    """The base64 texts of the certificates that are for signing, or for anything."""
    path = f"{SIGNATURE}KeyInfo/{SIGNATURE}X509Data/{SIGNATURE}X509Certificate"
    return [
        "".join(text_of(certificate).split())
        for key in provider.iterfind(f"{METADATA}KeyDescriptor")
        if key.get("use", "signing") == "signing"
        for certificate in key.iterfind(path)
    ]


def _valid_until(root: Element) -> int | None:
    said = root.get("validUntil")
    try:
        return None if said is None else parse_instant(said.strip())
    except InvalidValue:
        raise _wrong("its validUntil is not a time") from None


def _wrong(reason: str) -> InvalidValue:
    return InvalidValue(
        "Could not parse metadata",
        code="InvalidInput",
        hint=f"{reason}; save the document from your identity provider anew",
    )
