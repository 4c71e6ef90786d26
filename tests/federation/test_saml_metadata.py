"""SAML metadata documents: what is read out of them, and what is none."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from iamctl.domain.errors import InvalidValue
from iamctl.federation import SignedFederation
from tests.federation.saml_identities import ENTITY, certificate, key_descriptor, metadata

READ = SignedFederation().saml_metadata


def test_metadata_says_who_signs_with_which_certificates_and_until_when():
    old, new = certificate("old"), certificate("new")
    found = READ(
        metadata(key_descriptor(old), key_descriptor(new), key_descriptor(old),
                 more=' validUntil="2030-01-01T00:00:00.5Z"')
    )  # fmt: skip
    prints = tuple(sha256(c.public_bytes(Encoding.DER)).hexdigest() for c in (old, new))
    assert found == (ENTITY, prints, 1893456000)
    assert READ(metadata()).valid_until is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        "<!DOCTYPE a>" + metadata().partition("?>")[2],
        metadata().replace("IDPSSODescriptor", "SPSSODescriptor"),
        metadata().replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
        metadata(entity=""),
        metadata(key_descriptor(certificate(), 'use="encryption"')),
        metadata(*(key_descriptor(certificate(str(n), "ES256")) for n in range(11))),
        metadata().replace("MII", "M!!"),
        metadata().replace("MII", "AAA"),
        metadata(more=' validUntil="soon"'),
    ],
)
def test_what_is_no_metadata_of_an_identity_provider_is_refused(text):
    with pytest.raises(InvalidValue, match="Could not parse metadata") as caught:
        READ(text)
    assert caught.value.code == "InvalidInput"
    assert caught.value.hint
