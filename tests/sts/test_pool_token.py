"""The tokens of identity pools: what is accepted, and all that is not."""

import base64
import hmac
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.errors import InvalidValue, NotAuthenticated
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.sts.keys import SESSION_TOKEN, token_key
from iamctl.sts.pool_token import PoolClaims, methods, sign_pool_token, verify_pool_token
from iamctl.sts.token import Claims, sign, verify

NOW = 1_800_000_000
UUID = "5b1d7c1e-3f1c-4f5d-8a55-0d7e5d6a1f00"
OTHER = "00000000-0000-4000-8000-000000000000"
ACCOUNT = "123456789012"
POOL = "eu-west-1:0f1a2b3c-4d5e-4f60-8718-293a4b5c6d7e"
USER = "eu-west-1:11111111-2222-4333-8444-555555555555"
KEY = SigningKey("current", Secret(bytes(range(32))))
RETIRED = SigningKey("retired", Secret(b"\7" * 32), ends=NOW + 100)
KEYS = (KEY, RETIRED)
GUEST = PoolClaims(UUID, ACCOUNT, POOL, USER, ("unauthenticated",), NOW, NOW + 600)
LOGGED_IN = GUEST._replace(amr=methods(ACCOUNT, (("id.example.com", "alice"),)))
HEADER = '{"alg":"HS256","kid":"current","typ":"iamctl-pool"}'
LABEL = "identity pool token"


def encoded(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def resigned(header: str, payload: str, key: bytes | None = None) -> str:
    signed = f"{encoded(header)}.{encoded(payload)}"
    mac = hmac.digest(key or token_key(KEY, LABEL), signed.encode(), "sha256")
    return f"{signed}.{encoded(mac)}"


def payload_of(token: str) -> str:
    middle = token.split(".")[1]
    return base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)).decode()


def changed(**changes: object) -> str:
    said = {**json.loads(payload_of(sign_pool_token(LOGGED_IN, KEY))), **changes}
    kept = {name: value for name, value in said.items() if value is not ...}
    return json.dumps(kept, separators=(",", ":"))


def refused(token, keys=KEYS, uuid=UUID, now=NOW):
    with pytest.raises(NotAuthenticated) as caught:
        verify_pool_token(token, keys, uuid, now)
    return caught.value


@pytest.mark.parametrize("claims", [GUEST, LOGGED_IN])
@pytest.mark.parametrize("key", KEYS)
def test_what_was_signed_is_verified(claims, key):
    assert verify_pool_token(sign_pool_token(claims, key), KEYS, UUID, NOW) == claims


def test_the_claims_are_cognitos():
    said = json.loads(payload_of(sign_pool_token(LOGGED_IN, KEY)))
    assert said == {
        "iss": "https://cognito-identity.amazonaws.com",
        "aud": POOL,
        "sub": USER,
        "amr": [
            "authenticated",
            "id.example.com",
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com:OIDC:alice",
        ],
        "https://cognito-identity.amazonaws.com/identity-pool-arn": (
            f"arn:aws:cognito-identity:eu-west-1:{ACCOUNT}:identitypool/{POOL}"
        ),
        "iat": NOW,
        "exp": NOW + 600,
        "directory": UUID,
    }
    assert json.loads(payload_of(sign_pool_token(GUEST, KEY)))["amr"] == ["unauthenticated"]


def test_the_key_is_of_its_own_kind_and_another_library_reads_the_token():
    options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    token = sign_pool_token(LOGGED_IN, KEY)
    said = jwt.decode(token, token_key(KEY, LABEL), algorithms=["HS256"], options=options)
    assert said["sub"] == USER
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, token_key(KEY, SESSION_TOKEN), algorithms=["HS256"], options=options)


def test_a_pools_token_is_never_a_session_nor_a_session_a_pools_token():
    session = Claims(
        issuer=UUID, type="role", subject="AROAEXAMPLE", caller="AIDAEXAMPLE",
        caller_key="AKIAEXAMPLE", key_id="ASIAEXAMPLE", name="alice", issued=NOW,
        expires=NOW + 600,
    )  # fmt: skip
    as_session, as_pools = sign(session, KEY), sign_pool_token(LOGGED_IN, KEY)
    assert verify(as_session, KEYS, UUID, NOW)
    assert verify_pool_token(as_pools, KEYS, UUID, NOW)
    assert refused(as_session).code == "InvalidIdentityToken"
    with pytest.raises(NotAuthenticated) as caught:
        verify(as_pools, KEYS, UUID, NOW)
    assert caught.value.code == "InvalidClientTokenId"
    # Nor does it help to sign the claims of one under the header of the other.
    session_header = '{"alg":"HS256","kid":"current","typ":"iamctl-session"}'
    for key in (token_key(KEY, SESSION_TOKEN), token_key(KEY, LABEL)):
        refused(resigned(HEADER, payload_of(as_session), key))
        refused(resigned(session_header, payload_of(as_pools), key))
        with pytest.raises(NotAuthenticated):
            verify(resigned(session_header, payload_of(as_pools), key), KEYS, UUID, NOW)
        with pytest.raises(NotAuthenticated):
            verify(resigned(HEADER, payload_of(as_session), key), KEYS, UUID, NOW)


def test_a_token_ends_at_its_second_with_awss_words():
    token = sign_pool_token(GUEST, KEY)
    assert verify_pool_token(token, KEYS, UUID, NOW + 599)
    error = refused(token, now=NOW + 600)
    assert error.code == "ExpiredTokenException"
    assert error.message == (
        f"Token expired: current date/time {NOW + 600} must be before the expiration "
        f"date/time{NOW + 600}"
    )


def test_tokens_of_the_future_of_others_and_of_retired_keys_say_so():
    token = sign_pool_token(GUEST, KEY)
    assert "future" in refused(token, now=NOW - 1).hint
    assert UUID in refused(token, uuid=OTHER).hint
    assert "foreign" in refused(token, keys=(RETIRED,)).hint
    assert "forged" in refused(token, keys=(SigningKey("current", Secret(b"\1" * 32)),)).hint
    retired = sign_pool_token(GUEST, RETIRED)
    assert verify_pool_token(retired, KEYS, UUID, NOW + 99)
    assert "retired" in refused(retired, now=NOW + 100).hint


def test_the_helper_that_signs_again_is_right():
    assert verify_pool_token(resigned(HEADER, changed()), KEYS, UUID, NOW) == LOGGED_IN


@pytest.mark.parametrize("name", list(json.loads(payload_of(sign_pool_token(GUEST, KEY)))))
@pytest.mark.parametrize("value", [..., None, 1, "x", [], {}, True, 1.5])
def test_a_claim_that_is_missing_or_of_another_kind_is_refused_though_signed(name, value):
    if (name, value) in (("aud", "x"), ("sub", "x"), ("directory", "x")):
        return  # any text is one
    assert refused(resigned(HEADER, changed(**{name: value}))).code == "InvalidIdentityToken"


@pytest.mark.parametrize(
    "payload",
    [
        changed(admin=True),
        changed(iss="https://evil.example.com"),
        changed(exp=NOW + 601),
        changed(exp=NOW),
        changed(amr=["unauthenticated", "id.example.com"]),
        changed(amr=["authenticated"]),
        changed(amr=["guest"]),
        changed(amr=["authenticated", 1]),
        changed(amr="authenticated"),
        changed().replace(",", ", "),
        changed() + " ",
        changed()[:-1] + f',"aud":"{POOL}"}}',
        json.dumps(json.loads(changed()), sort_keys=True, separators=(",", ":")),
        "",
        "null",
        "[]",
        "{}",
        "[" * 5000,
    ],
)
def test_claims_other_than_ours_are_refused_even_when_rightly_signed(payload):
    assert refused(resigned(HEADER, payload)).code == "InvalidIdentityToken"


@pytest.mark.parametrize(
    "header",
    [
        '{"alg":"none","kid":"current","typ":"iamctl-pool"}',
        '{"alg":"RS256","kid":"current","typ":"iamctl-pool"}',
        '{"alg":"HS256","kid":"current","typ":"JWT"}',
        '{"alg":"HS256","kid":"retired","typ":"iamctl-pool"}',
        '{"kid":"current","alg":"HS256","typ":"iamctl-pool"}',
        HEADER + " ",
    ],
)
def test_any_other_header_is_refused(header):
    assert refused(resigned(header, changed())).code == "InvalidIdentityToken"


def test_logins_without_bound_make_no_token():
    many = tuple((f"id{n}.example.com", "x" * 200) for n in range(40))
    with pytest.raises(InvalidValue):
        sign_pool_token(GUEST._replace(amr=methods(ACCOUNT, many)), KEY)


def test_several_logins_are_all_named_once():
    twice = (("a.example.com", "1"), ("b.example.com", "2"), ("a.example.com", "1"))
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider"
    assert methods(ACCOUNT, twice) == (
        "authenticated",
        "a.example.com",
        f"{arn}/a.example.com:OIDC:1",
        "b.example.com",
        f"{arn}/b.example.com:OIDC:2",
    )


@given(st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}"))
def test_no_text_gets_through(text):
    refused(text)


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=4).map(tuple))
def test_any_logins_come_back_as_they_were(logins):
    claims = GUEST._replace(amr=methods(ACCOUNT, logins))
    assert verify_pool_token(sign_pool_token(claims, KEY), KEYS, UUID, NOW) == claims
