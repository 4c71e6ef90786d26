"""What STS makes of a SAML assertion: condition keys, session name, tags, source identity.

Sources: the IAM User Guide, "Configure SAML assertions for the authentication response",
"Available keys for SAML-based AWS STS federation" and "Passing session tags using
AssumeRoleWithSAML"; the STS API Reference (AssumeRoleWithSAML).
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1
from typing import NoReturn

from iamctl.domain.errors import NotAuthenticated
from iamctl.domain.names import SESSION_NAME, shown
from iamctl.ports.federation import SamlAssertion
from iamctl.sts.duration import LONGEST, SHORTEST
from iamctl.sts.federated import WITH_SAML, Vouched, not_authorized
from iamctl.sts.web_identity import checked_source_identity

ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
_TAG = f"{ATTRIBUTES}PrincipalTag:"
_FORMATS = "urn:oasis:names:tc:SAML:2.0:nameid-format:"

NAME_MISSING = "RoleSessionName is required in AuthnResponse"
NAME_BAD = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"

_PERSON, _ORG = "urn:oid:1.3.6.1.4.1.5923.1.1.1.", "urn:oid:1.3.6.1.4.1.5923.1.2.1."
_KEYS = {
    f"{_PERSON}1": "saml:edupersonaffiliation",
    f"{_PERSON}2": "saml:edupersonnickname",
    f"{_PERSON}3": "saml:edupersonorgdn",
    f"{_PERSON}4": "saml:edupersonorgunitdn",
    f"{_PERSON}5": "saml:edupersonprimaryaffiliation",
    f"{_PERSON}6": "saml:edupersonprincipalname",
    f"{_PERSON}7": "saml:edupersonentitlement",
    f"{_PERSON}8": "saml:edupersonprimaryorgunitdn",
    f"{_PERSON}9": "saml:edupersonscopedaffiliation",
    f"{_PERSON}10": "saml:edupersontargetedid",
    f"{_PERSON}11": "saml:edupersonassurance",
    f"{_ORG}2": "saml:eduorghomepageuri",
    f"{_ORG}3": "saml:eduorgidentityauthnpolicyuri",
    f"{_ORG}4": "saml:eduorglegalname",
    f"{_ORG}5": "saml:eduorgsuperioruri",
    f"{_ORG}6": "saml:eduorgwhitepagesuri",
    "urn:oid:2.5.4.3": "saml:cn",
}
"""Name of an attribute -> the condition key that AWS makes of it."""


def of_saml(
    assertion: SamlAssertion, account: str, provider_name: str, provider: str, role: str
) -> Vouched:
    """What an assertion says of whoever wants to assume a role; provider and role are ARNs.

    Raises AccessDenied when the assertion does not list the pair, NotAuthenticated for a session
    name, tag, duration or source identity that breaks its rule.
    """
    _check_pair(assertion.attributes, role, provider)
    surviving = {
        "saml:sub": assertion.subject,
        "saml:sub_type": subject_type(assertion),
        "saml:namequalifier": name_qualifier(assertion, account, provider_name),
    }
    source_identity = _single(assertion.attributes, "SourceIdentity")
    return Vouched(
        action=WITH_SAML,
        provider=provider,
        session_name=_session_name(assertion.attributes),
        keys={
            **_attribute_keys(assertion.attributes),
            "saml:aud": assertion.recipient,
            "saml:iss": assertion.issuer,
            "saml:doc": f"{account}/{provider_name}",
            **surviving,
        },
        surviving=surviving,
        tags=_tags(assertion.attributes),
        transitive_tag_keys=assertion.attributes.get(f"{ATTRIBUTES}TransitiveTagKeys", ()),
        source_identity=None
        if source_identity is None
        else checked_source_identity(source_identity),
        ends=assertion.session_not_on_or_after,
        longest=_longest(assertion.attributes),
    )


def subject_type(assertion: SamlAssertion) -> str:
    """`persistent` or `transient`; any other format whole."""
    short = assertion.subject_type.removeprefix(_FORMATS)
    return short if short in ("persistent", "transient") else assertion.subject_type


def name_qualifier(assertion: SamlAssertion, account: str, provider_name: str) -> str:
    """What tells the subject apart from those of other providers: a name, not a protection."""
    text = f"{assertion.issuer}{account}/{provider_name}"
    return b64encode(sha1(text.encode(), usedforsecurity=False).digest()).decode()


def _check_pair(attributes: Mapping[str, tuple[str, ...]], role: str, provider: str) -> None:
    """The assertion must list role and provider together; AWS takes them in either order."""
    listed = attributes.get(f"{ATTRIBUTES}Role", ())
    pairs = [tuple(part.strip() for part in value.split(",")) for value in listed]
    if (role, provider) not in pairs and (provider, role) not in pairs:
        said = "; ".join(shown(value, 200) for value in listed[:5]) or "none"
        raise not_authorized(
            WITH_SAML,
            f"the assertion does not list {role} with {provider} in its attribute "
            f"{ATTRIBUTES}Role; it lists {said}",
        )


def _session_name(attributes: Mapping[str, tuple[str, ...]]) -> str:
    name = _single(attributes, "RoleSessionName")
    if name is None:
        _refuse(NAME_MISSING, f"the identity provider must send {ATTRIBUTES}RoleSessionName")
    if SESSION_NAME.problem(name) is not None:
        _refuse(NAME_BAD, "have the identity provider send a name such as the e-mail address")
    return name


def _single(attributes: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    """The one value of an attribute of AWS's, or None when it is absent."""
    values = attributes.get(f"{ATTRIBUTES}{name}", ())
    if len(values) > 1:
        _refuse(f"{name} in AuthnResponse must have exactly one value", f"it has {len(values)}")
    return values[0] if values else None


def _tags(attributes: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    keys = [name.removeprefix(_TAG) for name in attributes if name.startswith(_TAG)]
    return tuple((key, _single(attributes, f"PrincipalTag:{key}") or "") for key in keys)


def _longest(attributes: Mapping[str, tuple[str, ...]]) -> int | None:
    said = _single(attributes, "SessionDuration")
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and len(said) < 9):
        _refuse("SessionDuration in AuthnResponse is not a number", "it is a number of seconds")
    if not SHORTEST <= int(said) <= LONGEST:
        _refuse(
            f"SessionDuration in AuthnResponse must be between {SHORTEST} and {LONGEST}",
            f"it is {int(said)}",
        )
    return int(said)


def _attribute_keys(
    attributes: Mapping[str, tuple[str, ...]],
) -> dict[str, str | tuple[str, ...]]:
    """The keys of the attributes that AWS maps: one value as a text, several as a list."""
    return {
        _KEYS[name]: values[0] if len(values) == 1 else values
        for name, values in attributes.items()
        if name in _KEYS and values
    }


def _refuse(message: str, hint: str) -> NoReturn:
    raise NotAuthenticated(message, code="InvalidIdentityToken", hint=hint)
