"""SAML responses: what is believed, and everything that is refused with AWS's text."""

import base64
import copy
import os
import random

import pytest
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

from iamctl.domain.errors import InvalidDirectory, NotAuthenticated
from iamctl.federation import SignedFederation
from iamctl.federation.saml import BAD_SIGNATURE, INVALID, SKEW, WRONG_AUDIENCE, WRONG_ISSUER
from tests.federation.identities import NOW
from tests.federation.saml_identities import (
    ATTRIBUTES,
    ENTITY,
    PERSISTENT,
    PREFIX,
    PROVIDER,
    ROLE,
    SIGN_IN,
    assertion,
    attribute,
    certificate,
    encoded,
    good,
    key_descriptor,
    metadata,
    provider,
    response,
    signed,
)

FEDERATION = SignedFederation()


def believed(text, by=None, now=NOW):
    return FEDERATION.saml(text, by or provider(), now)


def refused(text, by=None, now=NOW):
    with pytest.raises(NotAuthenticated) as caught:
        believed(text, by, now)
    assert caught.value.hint
    return caught.value.code, caught.value.message


def invalid(message):
    return "InvalidIdentityToken", message


def test_a_response_with_a_signed_assertion_is_believed():
    found = believed(good(session_end=NOW + 3600))
    assert found == (
        ENTITY,
        "alice",
        PERSISTENT,
        SIGN_IN,
        {f"{PREFIX}Role": (f"{ROLE},{PROVIDER}",),
         f"{PREFIX}RoleSessionName": ("alice@example.com",)},
        NOW + 300,
        NOW + 3600,
    )  # fmt: skip


def test_a_signature_over_the_response_will_do_as_well_and_so_will_both():
    assert believed(encoded(signed(response(assertion())))).subject == "alice"
    assert believed(encoded(signed(response(signed(assertion()))))).subject == "alice"


def test_one_good_signature_is_enough_when_the_other_is_a_strangers():
    both = signed(response(signed(assertion())), name="mallory")
    assert believed(encoded(both)).subject == "alice"


def test_every_signing_certificate_of_the_metadata_may_have_signed():
    keys = (key_descriptor(certificate("old")), key_descriptor(certificate("new"), ""))
    for name in ("old", "new"):
        text = encoded(response(signed(assertion(), name=name)))
        assert believed(text, provider(metadata(*keys))).issuer == ENTITY


def test_an_elliptic_curve_certificate_signs_too():
    by = provider(metadata(key_descriptor(certificate("curve", "ES256"))))
    assert believed(encoded(response(signed(assertion(), "curve", "ES256"))), by)


def test_a_certificate_for_encryption_signs_nothing():
    keys = (key_descriptor(certificate(), 'use="encryption"'),
            key_descriptor(certificate("other")))  # fmt: skip
    assert refused(good(), provider(metadata(*keys))) == invalid(BAD_SIGNATURE)


def test_base64_may_come_in_lines():
    lines = base64.encodebytes(base64.b64decode(good())).decode()
    assert believed(lines).subject == "alice"


@pytest.mark.parametrize(
    "text",
    [
        response(assertion()),
        response(signed(assertion(), name="mallory")),
        signed(response(assertion()), name="mallory"),
        response(signed(assertion()).replace(">alice<", ">admin<")),
        response(signed(assertion()).replace("_a1", "_a2")),
        signed(response(assertion())).replace(">alice<", ">admin<"),
    ],
)
def test_unsigned_altered_and_strangers_assertions_are_refused(text):
    assert refused(encoded(text)) == invalid(BAD_SIGNATURE)


def test_a_certificate_that_the_message_brings_along_is_not_trusted():
    # mallory's own certificate stands in the message's KeyInfo, and signs it well.
    text = signed(response(signed(assertion(), name="mallory")), name="mallory")
    assert "X509Certificate" in text
    assert refused(encoded(text)) == invalid(BAD_SIGNATURE)


@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (SignatureMethod.RSA_SHA1, DigestAlgorithm.SHA256),
        (SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA1),
    ],
)
def test_sha_1_signs_nothing(method, digest):
    text = response(signed(assertion(), method=method, digest=digest))
    assert refused(encoded(text)) == invalid(BAD_SIGNATURE)


# Wrapping: the genuine, signed assertion stands somewhere, and another is to be read.
GENUINE = signed(assertion())
FORGED = assertion(subject="admin", id="_evil")


@pytest.mark.parametrize(
    "text",
    [
        response(FORGED + GENUINE),
        response(GENUINE + FORGED),
        response(f"<samlp:Extensions>{GENUINE}</samlp:Extensions>{FORGED}"),
        response(f"<samlp:Extensions>{FORGED}</samlp:Extensions>{GENUINE}"),
        response(FORGED.replace("</saml:Assertion>", f"{GENUINE}</saml:Assertion>")),
        response(FORGED.replace("_evil", "_a1") + GENUINE),
        GENUINE.replace("</saml:Assertion>", f"{FORGED}</saml:Assertion>"),
        response(response(GENUINE, id="_r2") + FORGED),
    ],
)  # fmt: skip
def test_a_signed_assertion_vouches_for_no_other(text):
    assert refused(encoded(text)) == invalid(INVALID)


def test_a_signature_moved_to_a_forged_assertion_vouches_for_nothing():
    start = GENUINE.index("<ds:Signature")
    end = GENUINE.index("</ds:Signature>") + len("</ds:Signature>")
    signature = GENUINE[start:end]
    # The genuine element is kept for the reference to resolve, as an element of another name.
    kept = GENUINE.replace(signature, "").replace("saml:Assertion", "saml:Other")
    for inside in (
        FORGED.replace("</saml:Assertion>", f"{signature}</saml:Assertion>") + kept,
        FORGED.replace("</saml:Assertion>", f"{signature}{kept}</saml:Assertion>"),
        FORGED.replace("</saml:Issuer>", f"</saml:Issuer>{signature}"),
        FORGED.replace("_evil", "_a1").replace("</saml:Issuer>", f"</saml:Issuer>{signature}"),
        f"{signature}{FORGED}",
        FORGED + GENUINE.replace("saml:Assertion", "saml:Advice"),
    ):
        assert refused(encoded(response(inside))) == invalid(BAD_SIGNATURE)


def test_a_response_cannot_be_signed_by_the_signature_of_its_assertion():
    start = GENUINE.index("<ds:Signature")
    end = GENUINE.index("</ds:Signature>") + len("</ds:Signature>")
    moved = f"{GENUINE[start:end]}{GENUINE[:start]}{GENUINE[end:]}"
    assert refused(encoded(response(moved))) == invalid(BAD_SIGNATURE)


@pytest.mark.parametrize("c14n", [m for m in CanonicalizationMethod if "EXCLUSIVE" in m.name])
def test_a_comment_parts_no_name(c14n):
    text = signed(assertion(subject="admin@example.com.evil.example"), c14n=c14n)
    split = text.replace("example.com.evil", "example.com<!-- -->.evil")
    assert split != text
    assert refused(encoded(response(split))) == invalid(INVALID)
    assert believed(encoded(response(text))).subject == "admin@example.com.evil.example"


def test_a_processing_instruction_parts_no_name():
    split = signed(assertion()).replace(">alice<", ">al<?x?>ice<")
    assert refused(encoded(response(split))) == invalid(INVALID)


ENTITIES = '<!DOCTYPE r [<!ENTITY a "{}">{}]>'


@pytest.mark.parametrize(
    "prolog",
    [
        ENTITIES.format("x", ""),
        ENTITIES.format("x", '<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'),
        '<!DOCTYPE r SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r PUBLIC "-//x" "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE r [<!ATTLIST Assertion ID CDATA "_a1">]>',
        "<!doctype r>",
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE r>',
    ],
)
def test_a_document_type_is_refused_before_anything_is_parsed(prolog):
    assert refused(encoded(prolog + response(GENUINE))) == invalid(INVALID)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7", "utf-8-sig"])
def test_another_encoding_hides_no_document_type(encoding):
    text = "<!DOCTYPE r>" + response(GENUINE)
    assert refused(encoded(text.encode(encoding))) == invalid(INVALID)
    declared = f'<?xml version="1.0" encoding="{encoding.upper()}"?>'.encode()
    assert refused(encoded(declared + text.encode(encoding))) == invalid(INVALID)


@pytest.mark.parametrize("text", ["", "<", "<a/>", "no xml", "<a>&x;</a>", "<a>" * 3000])
def test_what_is_no_response_is_refused(text):
    assert refused(encoded(text)) == invalid(INVALID)


@pytest.mark.parametrize("text", ["%%%", "aé", "A" * 100_001])
def test_what_is_no_base64_is_refused(text):
    assert refused(text) == invalid(INVALID)


def test_a_response_that_is_no_success_is_refused():
    assert refused(encoded(response(GENUINE, status="Requester"))) == invalid(INVALID)


def test_an_encrypted_assertion_is_refused():
    text = response("<saml:EncryptedAssertion xmlns:saml='urn:oasis:names:tc:SAML:2.0:assertion'/>")
    assert refused(encoded(text)) == invalid(INVALID)


def test_another_issuer_than_the_metadatas_is_refused():
    refusal = refused(good(issuer="https://other.example/saml"))
    assert refusal == ("AuthSamlInvalidSamlResponseException", WRONG_ISSUER)


@pytest.mark.parametrize(
    ("audience", "fits"),
    [
        ("https://signin.aws.amazon.com/saml", True),
        ("https://eu-west-1.signin.aws.amazon.com/saml", True),
        ("https://eu-west-1.signin.aws.amazon.com/saml/acs/SAMLSPABC", True),
        ("urn:amazon:webservices", True),
        ("https://signin.aws.amazon.com/saml/", False),
        ("https://signin.aws.amazon.com.evil.example/saml", False),
        ("https://evil.example/?https://signin.aws.amazon.com/saml", False),
        ("https://signinxaws.amazon.com/saml", False),
        ("https://sp.example.com", False),
        ("", False),
    ],
)
def test_an_assertion_is_for_aws(audience, fits):
    text = good(audience=f"<saml:Audience>{audience}</saml:Audience>")
    if fits:
        assert believed(text)
    else:
        assert refused(text) == invalid(WRONG_AUDIENCE)


def test_every_restriction_of_the_audience_must_name_aws():
    both = (
        f"<saml:Audience>{SIGN_IN}</saml:Audience></saml:AudienceRestriction>"
        "<saml:AudienceRestriction><saml:Audience>https://sp.example.com</saml:Audience>"
    )
    assert refused(good(audience=both)) == invalid(WRONG_AUDIENCE)
    either = f"<saml:Audience>https://sp</saml:Audience><saml:Audience>{SIGN_IN}</saml:Audience>"
    assert believed(good(audience=either))
    assert refused(good(audience="")) == invalid(WRONG_AUDIENCE)


def test_an_assertion_for_anybody_is_not_for_aws():
    text = assertion().replace("saml:AudienceRestriction", "saml:Other")
    assert refused(encoded(response(signed(text)))) == invalid(WRONG_AUDIENCE)


@pytest.mark.parametrize("recipient", ["https://evil.example/saml", "", SIGN_IN + "?x"])
def test_the_recipient_is_aws(recipient):
    assert refused(good(recipient=recipient)) == invalid(INVALID)


@pytest.mark.parametrize("name", ["end", "confirmed_until", "session_end"])
def test_an_assertion_is_over_in_the_second_that_one_of_its_times_says(name):
    text = good(**{name: NOW + 1})
    assert believed(text)
    code, message = refused(text, now=NOW + 1)
    assert code == "ExpiredTokenException"
    assert message.startswith("Token must be redeemed before its expiration")


def test_an_assertion_may_begin_a_minute_from_now_and_no_later():
    assert believed(good(begin=NOW + SKEW))
    assert refused(good(begin=NOW + SKEW + 1)) == invalid("Response is not yet valid")


def test_a_confirmation_needs_an_end():
    assert refused(good(confirmed_until=None)) == invalid(INVALID)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cm:bearer", "cm:holder-of-key"),
        (">alice<", "><"),
        ("saml:NameID", "saml:BaseID"),
        ("saml:Conditions", "saml:Others"),
        ("saml:Subject>", "saml:Object>"),
        ("saml:AuthnStatement", "saml:OtherStatement"),
        ('NotBefore="', 'NotBefore="soon '),
        ("<saml:Issuer>", "<saml:Issuer>x</saml:Issuer><saml:Issuer>"),
    ],
)
def test_what_aws_needs_must_be_there_once(old, new):
    text = assertion().replace(old, new)
    assert text != assertion()
    assert refused(encoded(response(signed(text)))) == invalid(INVALID)


def test_two_confirmations_are_one_too_many():
    start = assertion().index("<saml:SubjectConfirmation ")
    end = assertion().index("</saml:SubjectConfirmation>") + len("</saml:SubjectConfirmation>")
    text = assertion()[:end] + assertion()[start:end] + assertion()[end:]
    assert refused(encoded(response(signed(text)))) == invalid(INVALID)


def test_the_values_of_one_attribute_come_together_and_elements_are_no_values():
    attributes = (*ATTRIBUTES, attribute("groups", " a ", "b"), attribute("groups", "c"),
                  attribute("nested", "<saml:x/>"))  # fmt: skip
    found = believed(good(attributes=attributes)).attributes
    assert found["groups"] == ("a", "b", "c")
    assert "nested" not in found


def test_metadata_that_is_over_vouches_for_nobody():
    by = provider(metadata(more=' validUntil="2020-01-01T00:00:00Z"'))
    assert refused(good(), by) == invalid("Metadata of the specified provider has expired")


def test_a_file_whose_metadata_is_none_is_to_blame_itself():
    with pytest.raises(InvalidDirectory, match='the metadata of identity provider "corp"'):
        believed(good(), provider("<a/>"))


def without(element):
    element.getparent().remove(element)


def emptied(element):
    element.text = None
    for child in list(element):
        element.remove(child)


def bare(element):
    element.attrib.clear()


def doubled(element):
    element.addnext(copy.deepcopy(element))


def moved_up(element):
    element.getparent().addprevious(element)


def other_text(element):
    element.text = "AAAA" if element.text else element.text


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("change", [without, emptied, bare, doubled, moved_up, other_text])
def test_no_change_to_any_element_makes_it_say_anything_else(change, whole):
    text = signed(response(assertion())) if whole else response(signed(assertion()))
    said = believed(encoded(text))
    count = len(list(etree.fromstring(text).iter()))
    refusals = 0
    for index in range(1, count):
        root = etree.fromstring(text)
        element = list(root.iter())[index]
        if change is moved_up and element.getparent() is root:
            continue
        change(element)
        try:
            found = believed(encoded(etree.tostring(root)))
        except NotAuthenticated:
            refusals += 1
        else:
            # Outside of what is signed, such as the certificate that came along.
            assert found == said
    assert refusals > 5  # those that had nothing to lose stayed as they were


PUT_IN = (b"<", b"/>", b"&#0;", b"&lt;", b"<![CDATA[", b"]]>", b" xmlns=''", b" ID='_a1'")


def test_no_spoiled_response_says_anything_else():
    text = signed(response(signed(assertion()))).encode()
    said = believed(encoded(text))
    rng = random.Random(5)
    refusals = 0
    for _ in range(300 * int(os.environ.get("IAMCTL_TEST_SCALE", "1"))):
        spoiled = bytearray(text)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(spoiled))
            kind = rng.random()
            if kind < 0.5:
                spoiled[at] = rng.randrange(256)
            elif kind < 0.75:
                del spoiled[at : at + rng.randint(1, 30)]
            else:
                spoiled[at:at] = rng.choice(PUT_IN)
        try:
            assert believed(encoded(bytes(spoiled))) == said
        except NotAuthenticated:
            refusals += 1
    assert refusals > 200
