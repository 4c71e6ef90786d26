"""Web identity tokens: what is believed, and everything that is refused with AWS's text."""

import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.errors import NotAuthenticated
from iamctl.federation import SignedFederation
from iamctl.federation.oidc import BAD_SIGNATURE, NO_KEY, NOT_A_JWT, SKEW, WRONG_AUDIENCE
from tests.federation.identities import (
    NOW,
    URL,
    claims,
    hmac_token,
    part,
    private_key,
    provider,
    public_jwk,
    signed_parts,
    token,
)

FEDERATION = SignedFederation()
GOOD = token()


def believed(text, by=None, now=NOW):
    return FEDERATION.web_identity(text, by or provider(), now)


def refused(text, by=None, now=NOW):
    with pytest.raises(NotAuthenticated) as caught:
        believed(text, by, now)
    error = caught.value
    signature = text.rpartition(".")[2]
    assert len(signature) < 9 or signature not in f"{error.message}{error.hint}"
    return error.code, error.message


def invalid(message):
    return "InvalidIdentityToken", message


def test_a_good_token_is_believed_with_all_its_claims():
    said = claims(amr=["mfa", "pwd"], department="eng")
    found = believed(token(said))
    assert found == (URL, "alice@example.com", "sts.amazonaws.com", ("mfa", "pwd"), said,
                     NOW - 10, NOW + 600)  # fmt: skip


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_each_algorithm_of_aws_is_believed_with_its_own_kind_of_key(alg):
    by = provider({"main": public_jwk(alg=alg)})
    assert believed(token(alg=alg), by).subject == "alice@example.com"


def test_a_key_without_alg_takes_every_algorithm_of_its_type_and_no_other():
    key = public_jwk()
    del key["alg"]
    by = provider({"main": key})
    assert believed(token(), by)
    assert believed(token(alg="RS512"), by)
    assert refused(token(alg="ES256"), by) == invalid(BAD_SIGNATURE)


def test_the_algorithm_of_the_key_is_the_one_that_counts():
    text = signed_parts({"alg": "RS512", "kid": "main"}, claims())
    assert refused(text, provider({"main": public_jwk(alg="RS256")})) == invalid(BAD_SIGNATURE)


def test_a_curve_is_for_its_own_algorithm_only():
    key = public_jwk(alg="ES384")
    del key["alg"]
    text = signed_parts({"alg": "ES256", "kid": "main"}, claims(), "ES384")
    assert refused(text, provider({"main": key})) == invalid(BAD_SIGNATURE)


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "", "HS256", "PS256", "EdDSA", None, 5])
def test_no_other_algorithm_is_looked_at(alg):
    text = f"{part({'alg': alg, 'kid': 'main'})}.{part(claims())}.{part(b'x' * 256)}"
    assert refused(text) == invalid(NOT_A_JWT)


def test_a_token_of_alg_none_without_a_signature_is_no_token():
    assert refused(f"{part({'alg': 'none'})}.{part(claims())}.") == invalid(NOT_A_JWT)


@pytest.mark.parametrize("format", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_an_hmac_keyed_with_the_public_key_is_refused(encoding, format):
    public = private_key().public_key().public_bytes(encoding, format)
    for text in (public, public.strip(), json.dumps(public_jwk()).encode()):
        assert refused(hmac_token(text)) == invalid(NOT_A_JWT)
        # The same with the algorithm named that the key is for.
        assert refused(hmac_token(text, alg="RS256")) == invalid(BAD_SIGNATURE)


@pytest.mark.parametrize("kept", [None, "main"])
def test_a_key_that_the_token_brings_along_is_not_looked_at(kept):
    forged = {
        "jwk": public_jwk("mallory"),
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/x5u",
        "x5c": ["MIIB"],
    }
    text = signed_parts({"alg": "RS256", **({"kid": kept} if kept else {}), **forged}, claims(),
                        name="mallory")  # fmt: skip
    assert refused(text) == invalid(BAD_SIGNATURE)


def test_a_genuine_token_may_bring_its_certificates_along():
    text = signed_parts({"alg": "RS256", "kid": "main", "x5c": ["A" * 2000], "typ": "JWT"},
                        claims())  # fmt: skip
    assert believed(text).audience == "sts.amazonaws.com"


@pytest.mark.parametrize("header", [{"crit": ["exp"], "exp": 1}, {"crit": []}, {"b64": False}])
def test_a_header_that_asks_for_extensions_is_refused(header):
    text = signed_parts({"alg": "RS256", "kid": "main", **header}, claims())
    assert refused(text) == invalid(NOT_A_JWT)


def test_another_key_of_the_same_name_is_refused():
    assert refused(token(name="mallory")) == invalid(BAD_SIGNATURE)


@pytest.mark.parametrize("kid", ["other", "../main", "MAIN"])
def test_a_key_id_must_be_one_of_the_providers(kid):
    assert refused(token(kid=kid)) == invalid(NO_KEY)


def test_a_key_id_that_is_no_text_is_refused():
    text = signed_parts({"alg": "RS256", "kid": ["main"]}, claims())
    assert refused(text) == invalid(NO_KEY)


def test_without_key_id_exactly_one_key_must_fit():
    one, two = public_jwk(), public_jwk("second")
    assert believed(token(kid=None), provider({"a": one, "b": public_jwk(alg="ES256")}))
    assert refused(token(kid=None), provider({"a": one, "b": two})) == invalid(NO_KEY)
    assert refused(token(kid=None), provider({})) == invalid(NO_KEY)


def test_a_key_for_encryption_signs_nothing():
    assert refused(token(), provider({"main": public_jwk(use="enc")})) == invalid(BAD_SIGNATURE)


def test_one_flipped_bit_in_header_payload_or_signature_is_refused():
    for index in range(3):
        parts = GOOD.split(".")
        first = parts[index][9]
        parts[index] = parts[index][:9] + ("A" if first != "A" else "B") + parts[index][10:]
        assert refused(".".join(parts))[0] == "InvalidIdentityToken"


@pytest.mark.parametrize(
    "payload",
    [
        b'{"iss":"https://evil.example","iss":"%b","sub":"a","aud":"b","iat":1,"exp":2}'
        % URL.encode(),
        b'{"sub":{"a":1,"a":2}}',
        b"[]",
        b"null",
        b'"text"',
        b"{",
        b"\xff\xfe{}",
        b'{"exp":NaN}',
        b"[" * 9000,
    ],
)
def test_claims_are_one_json_object_that_names_nothing_twice(payload):
    assert refused(signed_parts({"alg": "RS256", "kid": "main"}, payload)) == invalid(NOT_A_JWT)


def test_a_header_that_names_alg_twice_is_refused():
    text = signed_parts(b'{"alg":"none","alg":"RS256","kid":"main"}', claims())
    assert refused(text) == invalid(NOT_A_JWT)


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "iat", "exp"])
def test_a_claim_that_must_be_there_is_missed_by_name(name):
    wanted = WRONG_AUDIENCE if name == "aud" else f"Missing a required claim: {name}"
    assert refused(token(claims(**{name: None}))) == invalid(wanted)


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
@pytest.mark.parametrize("value", [float(NOW + 5), str(NOW + 5), True, [NOW], -1, 10**20])
def test_times_are_whole_seconds(name, value):
    text = signed_parts({"alg": "RS256", "kid": "main"}, claims(**{name: value}))
    assert refused(text) == invalid(NOT_A_JWT)


def test_a_token_is_over_in_the_second_of_its_exp():
    text = token(claims(exp=NOW + 1))
    assert believed(text)
    assert refused(text, now=NOW + 1) == (
        "ExpiredTokenException",
        f"Token expired: current date/time {NOW + 1} must be before the expiration "
        f"date/time{NOW + 1}",
    )


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_the_providers_clock_may_be_a_minute_ahead_and_no_more(name):
    assert believed(token(claims(**{name: NOW + SKEW})))
    assert refused(token(claims(**{name: NOW + SKEW + 1}))) == invalid("Token is not yet valid")


@pytest.mark.parametrize("url", ["https://idp.example.com", URL + "/", URL.upper(), "idp"])
def test_the_issuer_is_the_providers_url_to_the_letter(url):
    refusal = refused(token(claims(iss=url)))
    assert refusal == invalid(f"No OpenIDConnect provider found in your account for {url}")


@pytest.mark.parametrize(
    ("said", "clients", "audience"),
    [
        ({"aud": "one"}, ("one",), "one"),
        ({"aud": ["other", "one"]}, ("one",), "one"),
        ({"aud": "other", "azp": "one"}, ("one",), "one"),
        ({"aud": "one", "azp": "other"}, ("one",), None),
        ({"aud": []}, ("one",), None),
        ({"aud": "One"}, ("one",), None),
        ({"aud": "one"}, (), None),
        ({"aud": ["one", "two"], "azp": "two"}, ("one", "two"), "two"),
    ],
)
def test_the_audience_is_azp_or_else_aud_and_must_be_listed(said, clients, audience):
    text, by = token(claims(**said)), provider(client_ids=clients)
    if audience is None:
        assert refused(text, by) == invalid(WRONG_AUDIENCE)
    else:
        assert believed(text, by).audience == audience


@pytest.mark.parametrize("value", [{"a": 1}, [1], 5])
def test_an_audience_is_text(value):
    text = signed_parts({"alg": "RS256", "kid": "main"}, claims(aud=value))
    assert refused(text) == invalid(NOT_A_JWT)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c.d.e", " " + GOOD, GOOD + "\n", GOOD + "=",
                                  "a" * 20001, "é.b.c", GOOD.replace(".", "..", 1)])  # fmt: skip
def test_what_is_no_compact_jws_is_refused(text):
    assert refused(text) == invalid(NOT_A_JWT)


def test_a_token_may_be_20000_characters_long_and_no_more():
    filler = 20000 - len(token(claims(x="")))
    long = token(claims(x="y" * (filler * 3 // 4 - 4)))
    assert 19900 < len(long) <= 20000
    assert believed(long)
    assert refused(token(claims(x="y" * 15000))) == invalid(NOT_A_JWT)


def test_the_issuer_of_a_token_can_be_asked_for_before_anything_is_verified():
    assert FEDERATION.claimed_issuer(token(name="mallory")) == URL
    with pytest.raises(NotAuthenticated):
        FEDERATION.claimed_issuer("nothing")


@given(st.text(max_size=60) | st.from_regex(r"[\w-]{1,20}\.[\w-]{1,20}\.[\w-]{1,20}"))
def test_no_text_does_anything_but_get_refused(text):
    with pytest.raises(NotAuthenticated):
        believed(text)


@given(st.data())
def test_no_cut_or_altered_token_is_believed(data):
    at = data.draw(st.integers(0, len(GOOD) - 1))
    put = data.draw(st.sampled_from("Ab0_-."))
    altered = GOOD[:at] + put + GOOD[at + 1 :]
    last_of_signature = at == len(GOOD) - 1  # bits of it may be of no meaning in base64url
    if altered != GOOD and not last_of_signature:
        with pytest.raises(NotAuthenticated):
            believed(altered)
