"""Checking SAML 2.0 responses: an assertion that a known provider signed for AWS.

Whatever is read here is read from the element that the signature covers, as the XML signature
library gives it back, and from nothing else; the key is one of the certificates in the provider's
metadata, never one that a message brings along. As in AWS, those certificates' own validity dates
do not matter. Rules: the STS API Reference (AssumeRoleWithSAML), the IAM User Guide's pages on
configuring and troubleshooting SAML, SAML 2.0 Core. Clocks may differ by a minute for NotBefore;
NotOnOrAfter is exact. That an assertion is used twice within its time is not noticed.
"""

import binascii
import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any, NoReturn

from iamctl.domain.errors import InvalidDirectory, InvalidValue, NotAuthenticated
from iamctl.domain.names import shown
from iamctl.domain.providers import IdentityProvider
from iamctl.domain.times import format_instant, parse_instant
from iamctl.federation.saml_metadata import Metadata, read_metadata
from iamctl.federation.saml_signature import signed_element
from iamctl.federation.xml import ASSERTION, PROTOCOL, Element, NotXml, one, parse, text_of
from iamctl.ports.federation import SamlAssertion

if TYPE_CHECKING:
    from collections.abc import Iterator

SKEW = 60

INVALID = "Invalid SAML response"
BAD_SIGNATURE = "Response signature invalid"
WRONG_ISSUER = "Issuer not present in specified provider"
WRONG_AUDIENCE = "Response does not contain the required audience."

_LONGEST = 100_000
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_SIGN_IN = re.compile(
    r"https://(?:[a-z0-9-]+\.)?(?:signin\.aws\.amazon\.com|signin\.amazonaws-us-gov\.com|"
    r"signin\.amazonaws\.cn)/saml(?:/acs/[\w-]+)?",
    re.ASCII,
)
_AUDIENCE = re.compile(rf"urn:amazon:webservices(?::govcloud|:cn-north-1)?|{_SIGN_IN.pattern}")


def saml(assertion: str, provider: IdentityProvider, now: int) -> SamlAssertion:
    """What the assertion in a base64 response says, if the provider signed it for AWS and it is
    good now.

    Raises NotAuthenticated with AWS's code and text, InvalidDirectory for metadata that is none,
    ExtraMissing.
    """
    try:
        response = parse(_decoded(assertion))
    except NotXml as error:
        refuse(INVALID, str(error))
    metadata = _metadata(provider)
    if metadata.valid_until is not None and metadata.valid_until <= now:
        refuse(
            "Metadata of the specified provider has expired",
            f"it was valid until {format_instant(metadata.valid_until)}; run: "
            f"iamctl provider update-metadata {provider.name} --metadata FILE",
        )
    believed = _signed_assertion(response, metadata.certificates)
    issuer = text_of(_one(believed, "Issuer"))
    if issuer != metadata.entity_id:
        refuse(
            WRONG_ISSUER,
            f"it is from {shown(issuer, 200)}, the provider is {shown(metadata.entity_id, 200)}",
            "AuthSamlInvalidSamlResponseException",
        )
    _check_conditions(believed, now)
    subject, kind, recipient, ends = _subject(believed, now)
    return SamlAssertion(
        issuer=issuer,
        subject=subject,
        subject_type=kind,
        recipient=recipient,
        attributes=_attributes(believed),
        not_on_or_after=ends,
        session_not_on_or_after=_session_end(believed, now),
    )


def _metadata(provider: IdentityProvider) -> Metadata:
    """The provider's metadata; the file was told to hold some, so anything else is its fault."""
    try:
        return read_metadata(provider.saml_metadata or "")
    except InvalidValue as error:
        raise InvalidDirectory(
            f"the metadata of identity provider {shown(provider.name)} cannot be used",
            where=provider.source,
            hint=error.hint,
        ) from None


def refuse(message: str, hint: str, code: str = "InvalidIdentityToken") -> NoReturn:
    """Raise the error AWS answers a bad response with."""
    raise NotAuthenticated(message, code=code, hint=hint)


def _decoded(assertion: str) -> bytes:
    if len(assertion) > _LONGEST:
        refuse(INVALID, f"a response is at most {_LONGEST} characters of base64")
    try:
        return b64decode("".join(assertion.split()), validate=True)
    except (binascii.Error, ValueError):
        refuse(INVALID, "a response is handed over as base64")


def _signed_assertion(response: Element, certificates: tuple[Any, ...]) -> Element:
    """The one assertion, as far as a signature covers it: its own, or that of the response."""
    if response.tag != f"{PROTOCOL}Response":
        refuse(INVALID, "its root element is not samlp:Response")
    status = response.find(f"{PROTOCOL}Status/{PROTOCOL}StatusCode")
    if status is None or status.get("Value") != _SUCCESS:
        refuse(INVALID, "its status is not success")
    if response.find(f".//{ASSERTION}EncryptedAssertion") is not None:
        refuse(INVALID, "its assertion is encrypted; have the provider send it signed only")
    found = list(response.iter(f"{ASSERTION}Assertion"))
    if len(found) != 1 or found[0].getparent() is not response:
        refuse(INVALID, f"a response holds one assertion; this one holds {len(found)}")
    signed = signed_element(response, f"{ASSERTION}Assertion", certificates)
    if signed is None:
        refuse(
            BAD_SIGNATURE,
            "no certificate in the provider's metadata made a signature (SHA-2) over the response "
            "or its assertion, or it was altered since",
        )
    if signed.tag == f"{PROTOCOL}Response":
        return _one(signed, "Assertion")
    return signed


def _one(parent: Element, name: str) -> Element:
    """The only child of that name."""
    found = one(parent, f"{ASSERTION}{name}")
    if found is None:
        refuse(INVALID, f"it must hold one {name}")
    return found


def _check_conditions(assertion: Element, now: int) -> None:
    """The times and the audience."""
    conditions = _one(assertion, "Conditions")
    _check_begin(conditions, now)
    _check_end(conditions, now, required=False)
    restrictions = conditions.findall(f"{ASSERTION}AudienceRestriction")
    for restriction in restrictions:
        audiences = [text_of(each) for each in restriction.iterfind(f"{ASSERTION}Audience")]
        if not any(map(_AUDIENCE.fullmatch, audiences)):
            refuse(WRONG_AUDIENCE, f"it is for {', '.join(map(shown, audiences)) or 'nobody'}")
    if not restrictions:
        refuse(WRONG_AUDIENCE, "it is for nobody in particular")


def _check_begin(element: Element, now: int) -> None:
    begin = _time(element, "NotBefore")
    if begin is not None and begin > now + SKEW:
        refuse(
            "Response is not yet valid",
            f"it begins at {format_instant(begin)}; check this machine's clock",
        )


def _check_end(element: Element, now: int, required: bool, name: str = "NotOnOrAfter") -> int:
    end = _time(element, name)
    if end is None:
        if required:
            refuse(INVALID, f"its {element.tag.rpartition('}')[2]} has no {name}")
        return 0
    if end <= now:
        refuse(
            f"Token must be redeemed before its expiration, which was {format_instant(end)}",
            "sign in again and use the response at once",
            "ExpiredTokenException",
        )
    return end


def _time(element: Element, name: str) -> int | None:
    value = element.get(name)
    if value is None:
        return None
    try:
        return parse_instant(value.strip())
    except InvalidValue:
        refuse(INVALID, f"its {name} is not a time")


def _subject(assertion: Element, now: int) -> tuple[str, str, str, int]:
    """NameID, its format, the recipient, and until when the assertion is to be used."""
    subject = _one(assertion, "Subject")
    name = _one(subject, "NameID")
    confirmation = _one(subject, "SubjectConfirmation")
    if confirmation.get("Method") != _BEARER:
        refuse(INVALID, "its subject is not confirmed as bearer")
    data = _one(confirmation, "SubjectConfirmationData")
    _check_begin(data, now)
    ends = _check_end(data, now, required=True)
    recipient = data.get("Recipient") or ""
    if _SIGN_IN.fullmatch(recipient) is None:
        refuse(
            INVALID,
            f"its Recipient is {shown(recipient, 200)}; AWS's is https://signin.aws.amazon.com/saml",
        )
    said = text_of(name)
    if not said:
        refuse(INVALID, "its NameID is empty")
    return said, name.get("Format") or "", recipient, ends


def _session_end(assertion: Element, now: int) -> int | None:
    """The earliest SessionNotOnOrAfter, if there is one."""
    statements = assertion.findall(f"{ASSERTION}AuthnStatement")
    if not statements:
        refuse(INVALID, "it holds no AuthnStatement")
    ends = [
        _check_end(statement, now, required=True, name="SessionNotOnOrAfter")
        for statement in statements
        if statement.get("SessionNotOnOrAfter") is not None
    ]
    return min(ends, default=None)


def _attributes(assertion: Element) -> dict[str, tuple[str, ...]]:
    """Every attribute's values by its Name, those of one Name together."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in _values(assertion):
        found[name] = (*found.get(name, ()), value)
    return found


def _values(assertion: Element) -> "Iterator[tuple[str, str]]":
    for attribute in assertion.iterfind(f"{ASSERTION}AttributeStatement/{ASSERTION}Attribute"):
        for value in attribute.iterfind(f"{ASSERTION}AttributeValue"):
            # A value that holds elements is none of those AWS reads.
            if len(value) == 0:
                yield attribute.get("Name") or "", text_of(value)
