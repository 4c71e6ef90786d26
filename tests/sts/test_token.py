"""Session tokens: what is accepted, and all that is not."""

import base64
import json
import os
import random
import string

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from iamctl.domain.errors import InvalidValue, NotAuthenticated
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.sts.keys import SESSION_TOKEN, token_key
from iamctl.sts.token import EXPIRED, INVALID, TOKEN_LIMIT, Claims, sign, verify

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
NOW = 1_800_000_000
UUID = "5b1d7c1e-3f1c-4f5d-8a55-0d7e5d6a1f00"
KEY = SigningKey("current", Secret(bytes(range(32))))
RETIRED = SigningKey("retired", Secret(b"\7" * 32), ends=NOW + 100)
KEYS = (KEY, RETIRED)
CLAIMS = Claims(
    issuer=UUID,
    type="role",
    subject="AROAEXAMPLEEXAMPLEEXA",
    caller="AIDAEXAMPLEEXAMPLEEXA",
    caller_key="AKIAIOSFODNN7EXAMPLE",
    key_id="ASIAIOSFODNN7EXAMPLE",
    name="alice",
    issued=NOW,
    expires=NOW + 3600,
)
FULL = CLAIMS._replace(
    policies=("arn:aws:iam::aws:policy/ReadOnlyAccess", '{"Version":"2012-10-17"}'),
    tags={"team": "payments", "Ünï": ""},
    transitive=("team",),
    source_identity="alice",
    mfa_time=NOW - 5,
    chain=("arn:aws:iam::123456789012:user/alice",),
    until=NOW + 3600,
    provider="arn:aws:iam::123456789012:oidc-provider/idp.example.com",
    context={"idp.example.com:sub": "alice", "idp.example.com:amr": ("pwd", "mfa")},
)


def encoded(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def resigned(header: str, payload: str | bytes, key: bytes | None = None) -> str:
    """A token with a right signature over any header and payload."""
    import hmac

    signed = f"{encoded(header)}.{encoded(payload)}"
    mac = hmac.digest(key or token_key(KEY, SESSION_TOKEN), signed.encode(), "sha256")
    return f"{signed}.{encoded(mac)}"


def refused(token: str, keys=KEYS, uuid=UUID, now=NOW) -> NotAuthenticated:
    with pytest.raises(NotAuthenticated) as caught:
        verify(token, keys, uuid, now)
    return caught.value


HEADER = '{"alg":"HS256","kid":"current","typ":"iamctl-session"}'


def payload_of(token: str) -> str:
    middle = token.split(".")[1]
    return base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)).decode()


@pytest.mark.parametrize("claims", [CLAIMS, FULL])
@pytest.mark.parametrize("key", KEYS)
def test_what_was_signed_is_verified(claims, key):
    verified = verify(sign(claims, key), KEYS, UUID, NOW)
    assert verified.claims == claims
    assert verified.key == key


def test_claims_stand_in_their_declared_order_and_unset_ones_are_absent():
    required = ["iss", "type", "sub", "caller", "caller_key", "key_id", "name", "iat", "exp"]
    optional = ["policies", "tags", "transitive", "source_identity", "mfa_time", "chain", "until",
                "provider", "context"]  # fmt: skip
    assert list(json.loads(payload_of(sign(CLAIMS, KEY)))) == required
    assert list(json.loads(payload_of(sign(FULL, KEY)))) == required + optional


def test_the_header_is_fixed():
    assert sign(CLAIMS, KEY).split(".")[0] == encoded(HEADER)
    assert resigned(HEADER, payload_of(sign(CLAIMS, KEY))) == sign(CLAIMS, KEY)


@pytest.mark.parametrize(
    "header",
    [
        '{"alg":"none","kid":"current","typ":"iamctl-session"}',
        '{"alg":"HS512","kid":"current","typ":"iamctl-session"}',
        '{"alg":"HS256","kid":"current","typ":"JWT"}',
        '{"alg":"HS256","kid":"current"}',
        '{"kid":"current","alg":"HS256","typ":"iamctl-session"}',
        '{"alg":"HS256","kid":"current","typ":"iamctl-session","jwk":{"kty":"oct","k":""}}',
        '{"alg":"HS256","kid":"current","typ":"iamctl-session","crit":[]}',
        '{"alg": "HS256","kid":"current","typ":"iamctl-session"}',
        HEADER + " ",
        '{"alg":"HS256","kid":"curren\\u0074","typ":"iamctl-session"}',
        '{"alg":"HS256","alg":"HS256","kid":"current","typ":"iamctl-session"}',
        '{"alg":"HS256","kid":"other","typ":"iamctl-session"}',
        '{"alg":"HS256","kid":"../../dev/null","typ":"iamctl-session"}',
        '{"alg":"HS256","kid":"retired","typ":"iamctl-session"}',
    ],
)
def test_any_other_header_is_refused_even_when_signed_with_the_right_key(header):
    assert refused(resigned(header, payload_of(sign(CLAIMS, KEY)))).message == INVALID


def changed(**changes: object) -> str:
    """The payload of CLAIMS with claims set, or left out when the value is `...`."""
    said = {**json.loads(payload_of(sign(CLAIMS, KEY))), **changes}
    kept = {name: value for name, value in said.items() if value is not ...}
    return json.dumps(kept, separators=(",", ":"))


@pytest.mark.parametrize(
    "payload",
    [
        *(changed(**{name: ...}) for name in json.loads(payload_of(sign(CLAIMS, KEY)))),
        changed(admin=True),
        changed(nbf=NOW),
        changed(iss=1),
        changed(iat=str(NOW)),
        changed(iat=float(NOW)),
        changed(exp=True),
        changed(exp=NOW),
        changed(exp=NOW + 43201),
        changed(exp=10**40),
        changed(iat=NOW + 60, exp=NOW + 60),
        changed(type="pool"),
        changed(type="session-token"),
        changed(name=""),
        changed(tags={}),
        changed(tags={"a": 1}),
        changed(tags=[["a", "b"]]),
        changed(transitive=[1]),
        changed(policies=[]),
        changed(source_identity=""),
        changed(source_identity=None),
        changed(until=NOW + 10),
        changed(until=None),
        changed(chain="arn"),
        changed(tags={"a": ["b"]}),
        changed(context={"a": 1}),
        changed(context={"a": [1]}),
        changed(context={"a": [["b"]]}),
        changed(context={"a": {"b": "c"}}),
        changed(provider=""),
        changed().replace(",", ", "),
        changed() + " ",
        changed()[:-1] + ',"name":"alice"}',
        changed(name="alice").replace('"alice"', '"\\u0061lice"'),
        changed(name="x").replace('"x"', '"ü"'),
        changed().replace(str(NOW), f"{NOW}.0", 1),
        changed().replace(str(NOW), "1.8e9", 1),
        json.dumps(json.loads(changed()), sort_keys=True, separators=(",", ":")),
        "",
        "null",
        "[]",
        "{}",
        "NaN",
        "[" * 5000,
        b"\xff\xfe{}",
    ],
)
def test_claims_other_than_ours_are_refused_even_when_rightly_signed(payload):
    error = refused(resigned(HEADER, payload))
    assert (error.code, error.message) == ("InvalidClientTokenId", INVALID)


@pytest.mark.parametrize(
    ("payload", "accepted"), [(changed(), True), (changed(name="bob"), True), (changed(x=1), False)]
)
def test_the_helper_that_signs_again_is_right(payload, accepted):
    token = resigned(HEADER, payload)
    if accepted:
        assert verify(token, KEYS, UUID, NOW).claims.issuer == UUID
    else:
        refused(token)


def test_a_token_ends_at_its_second():
    token = sign(CLAIMS, KEY)
    assert verify(token, KEYS, UUID, NOW + 3599)
    error = refused(token, now=NOW + 3600)
    assert (error.code, error.message) == ("ExpiredToken", EXPIRED)


def test_a_token_of_the_future_is_refused_without_any_skew():
    error = refused(sign(CLAIMS, KEY), now=NOW - 1)
    assert error.code == "InvalidClientTokenId"
    assert "future" in (error.hint or "")


def test_a_retired_key_verifies_until_it_ends():
    token = sign(CLAIMS, RETIRED)
    assert verify(token, KEYS, UUID, NOW + 99)
    assert "retired" in (refused(token, now=NOW + 100).hint or "")


def test_tokens_of_others_say_so():
    token = sign(CLAIMS, KEY)
    other = "00000000-0000-4000-8000-000000000000"
    assert UUID in (refused(token, uuid=other).hint or "")
    assert "foreign" in (refused(token, keys=(RETIRED,)).hint or "")
    assert "foreign" in (refused(token, keys=()).hint or "")
    imitation = SigningKey("current", Secret(b"\1" * 32))
    assert "forged" in (refused(token, keys=(imitation,)).hint or "")


def test_a_key_of_another_purpose_signs_no_session():
    payload = payload_of(sign(CLAIMS, KEY))
    for key in (KEY.secret.reveal(), token_key(KEY, "pool token")):
        assert "forged" in (refused(resigned(HEADER, payload, key)).hint or "")


def test_a_token_may_not_grow_without_bound():
    most = {f"key{n}": "x" * 100 for n in range(50)}
    assert verify(sign(CLAIMS._replace(tags=most), KEY), KEYS, UUID, NOW).claims.tags == most
    with pytest.raises(InvalidValue) as caught:
        sign(CLAIMS._replace(tags={f"key{n}": "x" * 256 for n in range(50)}), KEY)
    assert caught.value.code == "PackedPolicyTooLarge"
    huge = resigned(HEADER, changed(tags={f"key{n}": "x" * 256 for n in range(50)}))
    assert len(huge) > TOKEN_LIMIT
    refused(huge)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c.d", sign(CLAIMS, KEY) + ".", "\n" + sign(CLAIMS, KEY),
     sign(CLAIMS, KEY) + "\n", sign(CLAIMS, KEY) + "=", sign(CLAIMS, KEY).replace(".", "=."),
     sign(CLAIMS, KEY).replace(".", " ."), "é" * 200, "AQoDYXdzEJr//////////wEa", "\ud800"],
)  # fmt: skip
def test_text_that_is_no_token_is_malformed(token):
    assert "malformed" in (refused(token).hint or "")


def test_a_signature_has_one_spelling():
    token = sign(CLAIMS, KEY)
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    last = alphabet.index(token[-1])
    others = {alphabet[last ^ bit] for bit in (1, 2, 3)}
    for char in others:
        same_bytes = token[:-1] + char
        assert base64.urlsafe_b64decode(same_bytes.split(".")[2] + "=") == base64.urlsafe_b64decode(
            token.split(".")[2] + "="
        )
        refused(same_bytes)


def test_a_payload_with_stray_trailing_bits_is_refused_though_rightly_signed():
    import hmac

    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    claims = next(
        c for n in range(2, 5) if len(payload_of(sign(c := CLAIMS._replace(name="a" * n), KEY))) % 3
    )
    header, payload, _ = sign(claims, KEY).split(".")
    payload = payload[:-1] + alphabet[alphabet.index(payload[-1]) ^ 1]
    signed = f"{header}.{payload}"
    mac = hmac.digest(token_key(KEY, SESSION_TOKEN), signed.encode(), "sha256")
    assert "malformed" in (refused(f"{signed}.{encoded(mac)}").hint or "")


def mutation(token: str, chance: random.Random) -> str:
    """One of many ways to spoil a token."""
    alphabet = string.ascii_letters + string.digits + "-_.=+/ \n\0é"
    at = chance.randrange(len(token))
    parts = token.split(".")
    ways = (
        lambda: token[:at] + chance.choice(alphabet) + token[at + 1 :],
        lambda: token[:at] + token[at + 1 :],
        lambda: token[:at] + chance.choice(alphabet) + token[at:],
        lambda: token[:at],
        lambda: token[at:],
        lambda: token[:at] + token[at : at + 40][::-1] + token[at + 40 :],
        lambda: ".".join(chance.sample(parts, 3)),
        lambda: ".".join(
            p + "=" * (-len(p) % 4) if n == at % 3 else p for n, p in enumerate(parts)
        ),
        lambda: ".".join([*parts[:2], ""]),
        lambda: ".".join([encoded('{"alg":"none"}'), parts[1], ""]),
        lambda: ".".join([parts[0], parts[1], encoded(chance.randbytes(32))]),
        lambda: resigned(HEADER, payload_of(token), chance.randbytes(32)),
        lambda: resigned(
            HEADER, payload_of(token).replace("alice", "admin"), KEY.secret.reveal()
        ),
        lambda: resigned(HEADER, payload_of(token).replace(",", " ,", 1 + at % 5)),
        lambda: resigned(HEADER, payload_of(token)[:-1] + f',"x{at}":1}}'),
        lambda: resigned(HEADER.replace("HS256", "HS384"), payload_of(token)),
        lambda: token.swapcase(),
        lambda: token + token,
    )  # fmt: skip
    return chance.choice(ways)()


def test_of_ten_thousand_spoiled_tokens_none_is_accepted():
    chance = random.Random(20_261_124)
    good = tuple(sign(claims, key) for claims in (CLAIMS, FULL) for key in KEYS)
    tried = 0
    while tried < 10_000 * SCALE:
        spoiled = mutation(chance.choice(good), chance)
        if spoiled in good:
            continue
        tried += 1
        with pytest.raises(NotAuthenticated):
            verify(spoiled, KEYS, UUID, NOW)


@given(st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}"))
def test_no_text_gets_through(text):
    refused(text)


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    name=st.from_regex(r"[\w+=,.@-]{2,64}", fullmatch=True),
    tags=st.dictionaries(TEXT, TEXT, max_size=5),
    transitive=st.lists(TEXT, max_size=3).map(tuple),
    source_identity=st.none() | st.text(min_size=1, max_size=9),
    chain=st.lists(TEXT, max_size=3).map(tuple),
    mfa_time=st.none() | st.integers(0, NOW),
    context=st.dictionaries(TEXT, TEXT | st.lists(TEXT, max_size=3).map(tuple), max_size=5),
)
def test_any_claims_come_back_as_they_were(**claims):
    wanted = CLAIMS._replace(**claims)
    assert verify(sign(wanted, KEY), KEYS, UUID, NOW).claims == wanted


def accepted_by_pyjwt(token: str) -> bool:
    """PyJWT, told to check what we check."""
    try:
        jwt.decode(
            token,
            token_key(KEY, SESSION_TOKEN),
            algorithms=["HS256"],
            issuer=UUID,
            options={"verify_exp": False, "verify_iat": False, "require": ["iss", "iat", "exp"]},
        )
    except jwt.InvalidTokenError:
        return False
    return True


def accepted_by_joserfc(token: str) -> bool:
    try:
        key = OctKey.import_key(token_key(KEY, SESSION_TOKEN))
        signature = jws.deserialize_compact(token, key, algorithms=["HS256"])
        said = json.loads(signature.payload)
    except (JoseError, ValueError):
        return False
    return isinstance(said, dict) and said.get("iss") == UUID


@pytest.mark.parametrize("claims", [CLAIMS, FULL])
def test_two_other_libraries_accept_our_tokens_and_read_the_same(claims):
    token = sign(claims, KEY)
    assert accepted_by_pyjwt(token)
    assert accepted_by_joserfc(token)
    said = jwt.decode(
        token,
        token_key(KEY, SESSION_TOKEN),
        algorithms=["HS256"],
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (said["sub"], said["exp"]) == (claims.subject, claims.expires)
    assert said.get("tags", {}) == claims.tags


def test_what_two_other_libraries_refuse_we_refuse_too():
    chance = random.Random(7)
    token = sign(FULL, KEY)
    refusals = 0
    for _ in range(500 * SCALE):
        spoiled = mutation(token, chance)
        if spoiled == token:
            continue
        refused(spoiled)
        refusals += not accepted_by_pyjwt(spoiled) and not accepted_by_joserfc(spoiled)
    assert refusals > 250 * SCALE


def test_a_token_that_another_library_makes_of_our_claims_is_ours():
    said = json.loads(payload_of(sign(FULL, KEY)))
    key = OctKey.import_key(token_key(KEY, SESSION_TOKEN))
    payload = json.dumps(said, separators=(",", ":"))
    made = jws.serialize_compact(
        {"alg": "HS256", "kid": "current", "typ": "iamctl-session"}, payload, key
    )
    assert made == sign(FULL, KEY)


def test_a_signing_key_id_cannot_break_out_of_the_header():
    with pytest.raises(ValueError, match="id"):
        sign(CLAIMS, SigningKey('x","alg":"none', KEY.secret))
