"""SAML identity providers of the tests: their certificates, metadata, and signed responses."""

import base64
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
    XMLSigner,
)

from iamctl.domain.providers import IdentityProvider
from iamctl.domain.times import format_instant
from tests.federation.identities import NOW, private_key

ACCOUNT = "123456789012"
ENTITY = "https://idp.example.com/saml"
SIGN_IN = "https://signin.aws.amazon.com/saml"
PREFIX = "https://aws.amazon.com/SAML/Attributes/"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/engineer"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


@cache
def certificate(name="main", alg="RS256", over=True):
    """A self-signed certificate of the key of that name, long over unless told otherwise."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime(2015, 1, 1, tzinfo=UTC)
    key = private_key(name, alg)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365 if over else 36500))
        .sign(key, hashes.SHA256())
    )


def base64_of(cert):
    return base64.b64encode(cert.public_bytes(Encoding.DER)).decode()


def key_descriptor(cert, use='use="signing"'):
    return (
        f'<md:KeyDescriptor {use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f"<ds:X509Data><ds:X509Certificate>{base64_of(cert)}</ds:X509Certificate></ds:X509Data>"
        "</ds:KeyInfo></md:KeyDescriptor>"
    )


def metadata(*keys, entity=ENTITY, more=""):
    keys = keys or (key_descriptor(certificate()),)
    return (
        '<?xml version="1.0"?>\n<!-- exported -->\n'
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
        f'entityID="{entity}"{more}><md:IDPSSODescriptor '
        'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{''.join(keys)}"
        "<md:SingleSignOnService "
        'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
        'Location="https://idp.example.com/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    )


def provider(text=None, name="corp"):
    return IdentityProvider(name=name, saml_metadata=text or metadata())


def attribute(name, *values):
    said = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    return f'<saml:Attribute Name="{name}">{said}</saml:Attribute>'


ATTRIBUTES = (
    attribute(f"{PREFIX}Role", f"{ROLE},{PROVIDER}"),
    attribute(f"{PREFIX}RoleSessionName", "alice@example.com"),
)


def assertion(
    attributes=ATTRIBUTES,
    issuer=ENTITY,
    audience=f"<saml:Audience>{SIGN_IN}</saml:Audience>",
    subject="alice",
    format=PERSISTENT,
    recipient=SIGN_IN,
    begin=NOW - 60,
    end=NOW + 300,
    confirmed_until=NOW + 300,
    session_end=None,
    id="_a1",
):
    """The text of an assertion, good unless told otherwise."""
    ends = f' SessionNotOnOrAfter="{format_instant(session_end)}"' if session_end else ""
    until = f' NotOnOrAfter="{format_instant(confirmed_until)}"' if confirmed_until else ""
    return (
        f'<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" '
        f'Version="2.0" IssueInstant="{format_instant(NOW - 5)}">'
        f"<saml:Issuer>{issuer}</saml:Issuer>"
        f'<saml:Subject><saml:NameID Format="{format}">{subject}</saml:NameID>'
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<saml:SubjectConfirmationData{until} Recipient="{recipient}"/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{format_instant(begin)}" '
        f'NotOnOrAfter="{format_instant(end)}">'
        f"<saml:AudienceRestriction>{audience}</saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{format_instant(NOW - 5)}"{ends}>'
        "<saml:AuthnContext/></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{''.join(attributes)}</saml:AttributeStatement>"
        "</saml:Assertion>"
    )


def response(inside, status="Success", id="_r1"):
    """The text of a response around an assertion's text."""
    return (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        f'ID="{id}" Version="2.0" IssueInstant="{format_instant(NOW - 5)}">'
        '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:'
        f'{status}"/></samlp:Status>{inside}</samlp:Response>'
    )


class LaxSigner(XMLSigner):
    """Signs with SHA-1 too, which the library only does when told to."""

    def check_deprecated_methods(self):
        pass


def signed(text, name="main", alg="RS256", method=None, digest=DigestAlgorithm.SHA256, c14n=None):
    """The text of an element with a signature over it."""
    element = etree.fromstring(text)
    methods = {"RS256": SignatureMethod.RSA_SHA256, "ES256": SignatureMethod.ECDSA_SHA256}
    signer = LaxSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=method or methods[alg],
        digest_algorithm=digest,
        c14n_algorithm=c14n or CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    done = signer.sign(
        element,
        key=private_key(name, alg),
        cert=[certificate(name, alg)],
        reference_uri=element.get("ID"),
    )
    return etree.tostring(done).decode()


def encoded(text):
    """A response's text as it is handed over."""
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def good(**changed):
    """A good response with its assertion signed, its assertion changed."""
    return encoded(response(signed(assertion(**changed))))
