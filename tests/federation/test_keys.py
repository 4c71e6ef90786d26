"""Key sets: what is kept of them, and what does not belong there."""

import json

import pytest
from joserfc.jwk import ECKey, RSAKey

from iamctl.domain.errors import InvalidValue
from iamctl.federation import SignedFederation
from tests.federation.identities import public_jwk

FEDERATION = SignedFederation()
RSA, EC = public_jwk(), public_jwk(alg="ES256")


def read(*keys):
    return FEDERATION.jwks(json.dumps({"keys": list(keys)}))


def test_the_public_members_are_kept_by_key_id():
    found = read({**RSA, "kid": "a", "x5c": ["MII"], "x5t": "x"}, {**EC, "kid": "b"})
    assert found == {"a": RSA, "b": EC}


def test_keys_that_sign_nothing_here_are_passed_over():
    others = (
        {**RSA, "kid": "b", "use": "enc"},
        {**RSA, "kid": "c", "alg": "PS256"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "d"},
        {"kid": "e"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "kid": "f"},
    )
    assert read({**RSA, "kid": "a"}, *others) == {"a": RSA}


def test_a_key_without_id_goes_by_its_thumbprint():
    assert read(RSA) == {FEDERATION.thumbprint(RSA): RSA}


@pytest.mark.parametrize(
    ("kind", "key", "said"),
    [
        (RSAKey, RSA, None),
        (ECKey, EC, None),
        # The example of RFC 7638, section 3.1.
        (
            RSAKey,
            {
                "kty": "RSA",
                "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxu"
                "hDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0"
                "h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO"
                "pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCu"
                "r-kEgU8awapJzKnqDKgw",
                "e": "AQAB",
                "alg": "RS256",
            },
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        ),
    ],
)
def test_thumbprints_are_those_of_rfc_7638(kind, key, said):
    bare = {name: value for name, value in key.items() if name not in ("alg", "use")}
    assert FEDERATION.thumbprint(key) == (said or kind.import_key(bare).thumbprint())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"keys": {}}',
        '{"keys": []}',
        '{"keys": [1]}',
        json.dumps({"keys": [{**RSA, "kid": str(n)} for n in range(101)]}),
        json.dumps({"keys": [{**RSA, "kid": "a"}, {**EC, "kid": "a"}]}),
        json.dumps({"keys": [{**RSA, "kid": 5}]}),
        json.dumps({"keys": [{**RSA, "kid": ""}]}),
        json.dumps({"keys": [{**RSA, "kid": "a\nb"}]}),
        json.dumps({"keys": [{**RSA, "kid": "a" * 256}]}),
        json.dumps({"keys": [{**RSA, "kid": "\ud800"}]}),
        json.dumps({"keys": [{**RSA, "n": 5}]}),
        json.dumps({"keys": [{"kty": "RSA", "e": "AQAB", "kid": "a"}]}),
    ],
)
def test_what_is_no_key_set_of_use_is_refused(text):
    with pytest.raises(InvalidValue):
        FEDERATION.jwks(text)


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_private_key_does_not_belong_in_a_key_set(member):
    with pytest.raises(InvalidValue) as caught:
        read({**RSA, "kid": "a", member: "c2VjcmV0"})
    assert "private" in caught.value.hint
    assert "c2VjcmV0" not in str(vars(caught.value))
