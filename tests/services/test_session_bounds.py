"""Every parameter of STS at its bounds: the shortest and the longest value, one beside each, and
characters that are not in its pattern. Bounds: botocore's model of STS."""

import json

import pyotp
import pytest

from iamctl.domain.errors import (
    AccessDenied,
    InvalidValue,
    MalformedPolicyDocument,
    NotAuthenticated,
    NotFound,
)
from iamctl.domain.secret import Secret
from iamctl.services.office import MfaAsked
from iamctl.sts.federated import FederatedRequest
from tests.federation import saml_identities as idp
from tests.federation.identities import claims, token
from tests.services.builders import allow, document
from tests.services.session_stage import ACCOUNT, NOW, House

NAME_CHARACTERS = "abyzABYZ0189_+=,.@-"
OUTSIDE_NAMES = [" ", "/", ":", "\n", "$", "*", "é", "а", "١", "\0"]
SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"
TAGS = "https://aws.amazon.com/tags"
DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/phone"


@pytest.fixture
def house(tmp_path):
    """Everybody may do everything, for twelve hours, so that only bounds refuse."""
    house = House(tmp_path)
    for role in house.plain["roles"].values():
        role["max_session_duration"] = "12h"
        role["inline"] = {"May": document(allow("sts:*"))}
        for statement in role["trust"]["Statement"]:
            statement["Action"] = "sts:*"
    house.plain["groups"]["staff"]["inline"] = {"May": document(allow("sts:*"))}
    return house


def refused(call, *args, code="ValidationError", **fields):
    with pytest.raises(InvalidValue) as caught:
        call(*args, **fields)
    assert caught.value.code == code
    return caught.value


def attributes(*more):
    return {"attributes": (*idp.ATTRIBUTES, *more)}


def named(value):
    name = idp.attribute(f"{idp.PREFIX}RoleSessionName", value)
    return {"attributes": (idp.ATTRIBUTES[0], name)}


GOOD_NAMES = ["ab", "x" * 64, NAME_CHARACTERS, "--", "=x"]
BAD_NAMES = ["", "a", "x" * 65, *(f"a{char}b" for char in OUTSIDE_NAMES), "ab\n"]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_session_name_has_2_to_64_characters(house, name):
    assert house.assume(session_name=name).session_name == name
    assert house.web(name=name).session.session_name == name
    assert house.saml(**named(name)).session.session_name == name


@pytest.mark.parametrize("name", BAD_NAMES)
def test_what_is_no_session_name(house, name):
    refused(house.assume, session_name=name)
    refused(house.web, name=name)


@pytest.mark.parametrize("name", ["", "a", "x" * 65, "a b", "a/b", "a:b", "é1", "a&#10;b"])
def test_what_is_no_session_name_in_an_assertion(house, name):
    with pytest.raises(NotAuthenticated) as caught:
        house.saml(**named(name))
    assert caught.value.code == "InvalidIdentityToken"
    assert caught.value.message.startswith("RoleSessionName ")


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_source_identity_has_2_to_64_characters(house, name):
    assert house.assume(source_identity=name).source_identity == name
    assert house.web(**{SOURCE_IDENTITY: name}).session.source_identity == name
    said = idp.attribute(f"{idp.PREFIX}SourceIdentity", name)
    assert house.saml(**attributes(said)).session.source_identity == name


@pytest.mark.parametrize("name", [*BAD_NAMES, "aws:alice", "AWS:alice"])
def test_what_is_no_source_identity(house, name):
    refused(house.assume, source_identity=name)
    with pytest.raises(NotAuthenticated, match="Source Identity must match"):
        house.web(**{SOURCE_IDENTITY: name})


@pytest.mark.parametrize("external_id", ["ab", "x" * 1224, f"{NAME_CHARACTERS}:/", "//"])
def test_an_external_id_has_2_to_1224_characters(house, external_id):
    assert house.assume(external_id=external_id)


@pytest.mark.parametrize(
    "external_id",
    ["", "a", "x" * 1225, *(f"a{c}b" for c in OUTSIDE_NAMES if c not in "/:"), "ab\n"],
)
def test_what_is_no_external_id(house, external_id):
    refused(house.assume, external_id=external_id)


@pytest.mark.parametrize("name", ["ab", "x" * 32, NAME_CHARACTERS])
def test_a_federated_user_name_has_2_to_32_characters(house, name):
    assert house.federate(name).id == f"{ACCOUNT}:{name}"


@pytest.mark.parametrize("name", ["", "a", "x" * 33, *(f"a{c}b" for c in OUTSIDE_NAMES), "ab\n"])
def test_what_is_no_federated_user_name(house, name):
    refused(house.federate, name)


@pytest.mark.parametrize("call", ["assume", "web", "saml"])
@pytest.mark.parametrize("seconds", [900, 901, 43199, 43200])
def test_a_roles_session_lasts_900_to_43200_seconds(house, call, seconds):
    assert lasting(house, call, seconds) == NOW + seconds


def lasting(house, call, seconds):
    if call == "assume":
        return house.assume(duration=seconds).credentials.expiration
    asked = FederatedRequest(duration=seconds)
    given = house.saml(asked=asked) if call == "saml" else house.web(asked=asked)
    return given.session.credentials.expiration


@pytest.mark.parametrize("call", ["assume", "web", "saml"])
@pytest.mark.parametrize(
    ("seconds", "word", "bound"),
    [(899, "greater", 900), (0, "greater", 900), (-1, "greater", 900), (43201, "less", 43200)],
)
def test_no_other_duration_is_a_roles(house, call, seconds, word, bound):
    error = refused(lasting, house, call, seconds)
    assert error.message == (
        f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy "
        f"constraint: Member must have value {word} than or equal to {bound}"
    )


@pytest.mark.parametrize("call", ["assume", "web", "saml"])
def test_a_second_above_the_roles_own_maximum_is_refused(house, call):
    house.plain["roles"]["engineer"]["max_session_duration"] = "2h"
    assert lasting(house, call, 7200) == NOW + 7200
    error = refused(lasting, house, call, 7201)
    assert error.message == (
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    )


@pytest.mark.parametrize("kind", ["role", "web identity", "SAML", "session token"])
def test_a_chained_session_lasts_900_to_3600_seconds(house, kind):
    """Whatever the role's own maximum is."""
    house.plain["roles"]["next"]["trust"] = document(
        allow("sts:*", None, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    )
    first = house.session(kind)
    for seconds in (900, 3600):
        given = house.assume("next", first, duration=seconds)
        assert given.credentials.expiration == NOW + seconds
    refused(house.assume, "next", first, duration=899)
    error = refused(house.assume, "next", first, duration=3601)
    assert error.message == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
        "role chaining"
    )


@pytest.mark.parametrize("call", ["token", "federate"])
def test_a_users_own_session_lasts_900_to_129600_seconds(house, call):
    make = getattr(house, call)
    for seconds in (900, 901, 129599, 129600):
        assert make(duration=seconds).credentials.expiration == NOW + seconds
    assert make().credentials.expiration == NOW + 43200
    for seconds in (0, 899, 129601):
        assert f"'{seconds}' at 'durationSeconds'" in refused(make, duration=seconds).message


@pytest.mark.parametrize(("said", "seconds"), [(900, 900), (901, 901), (43200, 3600)])
def test_a_session_duration_of_an_assertion_has_900_to_43200_seconds(house, said, seconds):
    lasts = idp.attribute(f"{idp.PREFIX}SessionDuration", str(said))
    given = house.saml(**attributes(lasts)).session
    assert given.credentials.expiration == NOW + seconds
    asked = FederatedRequest(duration=43200)
    given = house.saml(asked=asked, **attributes(lasts)).session
    assert given.credentials.expiration == NOW + said


@pytest.mark.parametrize("said", [0, 899, 43201])
def test_what_is_no_session_duration_of_an_assertion(house, said):
    with pytest.raises(NotAuthenticated, match="SessionDuration in AuthnResponse must be between"):
        house.saml(**attributes(idp.attribute(f"{idp.PREFIX}SessionDuration", str(said))))


def tag_calls(house, tags):
    """The same tags passed in every way there is."""
    pairs = tuple(tags.items())
    nested = {"principal_tags": {key: [value] for key, value in pairs}}
    return {
        "assume": lambda: house.assume(tags=pairs),
        "federate": lambda: house.federate(tags=pairs),
        "web": lambda: house.web(**{TAGS: nested}),
        "saml": lambda: house.saml(
            **attributes(*(idp.attribute(f"{idp.PREFIX}PrincipalTag:{k}", v) for k, v in pairs))
        ),
    }


WAYS = ("assume", "federate", "web", "saml")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "tags",
    [
        {"k": ""},
        {"k": "v"},
        {"k" * 128: "v" * 256},
        {"_.:/=+-@": "_.:/=+-@"},
        {"Größe 1": "naïve ١"},
        {f"k{n}": "v" for n in range(50)},
        {"awsome": "aws"},
    ],
    ids=["empty value", "one", "longest", "marks", "letters of the world", "50", "aws without :"],
)
def test_tags_within_their_bounds(house, way, tags):
    assert tag_calls(house, tags)[way]()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "tags",
    [
        {"": "v"},
        {"k" * 129: "v"},
        {"k": "v" * 257},
        {"k;": "v"},
        {"k": "v;"},
        {"k": "{v}"},
        {"aws:k": "v"},
        {"AWS:k": "v"},
        {"k": "v", "K": "w"},
        {f"k{n}": "v" for n in range(51)},
    ],
    ids=["no key", "long key", "long value", "key ;", "value ;", "value {}", "aws:", "AWS:",
         "twice", "51"],
)  # fmt: skip
def test_tags_beyond_their_bounds(house, way, tags):
    with pytest.raises((InvalidValue, NotAuthenticated)):
        tag_calls(house, tags)[way]()


def test_a_value_may_not_begin_with_aws_either(house):
    refused(house.assume, tags=(("k", "aws:v"),))


def test_fifty_tags_may_all_be_transitive_and_no_other_can(house):
    keys = tuple(f"k{n}" for n in range(50))
    given = house.assume(tags=tuple((key, "") for key in keys), transitive_tag_keys=keys)
    assert given.packed is not None
    refused(house.assume, tags=(("k", ""),), transitive_tag_keys=("k", "other"))
    refused(house.assume, transitive_tag_keys=("k",))


def statement_of(length):
    """A session policy of so many characters without blanks."""
    short = document(allow("s3:GetObject", "x"))
    blank = len(json.dumps(short, separators=(",", ":"))) - 1
    return document(allow("s3:GetObject", "arn:aws:s3:::" + "b" * (length - blank - 13)))


@pytest.mark.parametrize("call", ["assume", "federate"])
def test_session_policies_have_2048_characters(house, call):
    make = getattr(house, call)
    assert make(document=statement_of(2048))
    assert "2049 characters" in refused(make, document=statement_of(2049)).message


def test_arns_of_managed_policies_count_among_the_2048_characters(house):
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert house.assume(managed=[arn], document=statement_of(2048 - len(arn)))
    refused(house.assume, managed=[arn], document=statement_of(2049 - len(arn)))


@pytest.mark.parametrize("call", ["assume", "federate"])
def test_ten_managed_policies_may_be_passed(house, call):
    house.plain["policies"] = {
        f"P{n}": {"id": f"ANPA{'P' * 16}{n:x}", "document": document(allow())} for n in range(11)
    }
    make = getattr(house, call)
    assert make(managed=[f"P{n}" for n in range(10)])
    assert "at most 10" in refused(make, managed=[f"P{n}" for n in range(11)]).message


@pytest.mark.parametrize(
    "arn",
    [
        "Missing",
        f"arn:aws:iam::{ACCOUNT}:policy/Missing",
        "arn:aws:iam::210987654321:policy/Theirs",
        "arn:aws:iam::aws:policy/NoSuchPolicy",
        f"arn:aws:iam::{ACCOUNT}:role/engineer",
        "arn:",
        "arn:aws:iam::" + "x" * 2048,
    ],
)
@pytest.mark.parametrize("call", ["assume", "federate"])
def test_a_managed_session_policy_is_one_of_the_account_or_awss(house, call, arn):
    with pytest.raises(NotFound):
        getattr(house, call)(managed=[arn])


@pytest.mark.parametrize(
    "bad",
    [
        {},
        [],
        "text",
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]},
        {"Version": "2012-10-17", "Statement": [allow(Principal="*")]},
        {"Version": "2012-10-17", "Statement": [allow("s3:GetObject", "arn:aws:s3:::b/…")]},
    ],
    ids=["empty", "list", "text", "no resource", "a principal", "beyond Latin-1"],
)
@pytest.mark.parametrize("call", ["assume", "federate"])
def test_a_session_policy_that_is_none(house, call, bad):
    with pytest.raises(MalformedPolicyDocument) as caught:
        getattr(house, call)(document=bad)
    assert caught.value.code == "MalformedPolicyDocument"


def test_a_session_policy_may_be_of_latin_1(house):
    assert house.assume(document=document(allow("s3:GetObject", "arn:aws:s3:::b/ä")))


def test_a_packed_size_above_all_is_refused_in_awss_words(house):
    tags = tuple((f"key{n:02}", "v" * 100) for n in range(50))
    error = refused(house.assume, tags=tags, code="PackedPolicyTooLarge")
    assert error.message.startswith("Packed size of session tags consumes 1")
    assert error.message.endswith("% of allotted space.")


@pytest.fixture
def with_phone(house):
    seed = Secret(b"12345678901234567890")
    house.vault.put_mfa_seed("phone", seed)
    house.plain["mfa"] = {"phone": {"user": "alice", "enabled": "2026-01-01T00:00:00Z"}}
    return house


def good_code():
    return pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").at(NOW)


def typed(code, serial=None):
    return MfaAsked(lambda _serial: code, serial, forced=True)


@pytest.mark.parametrize("serial", [None, "phone", DEVICE])
def test_a_code_of_six_digits_of_the_callers_device(with_phone, serial):
    assert with_phone.token(mfa=typed(good_code(), serial))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345", "+12345"])
def test_what_is_no_code(with_phone, code):
    refused(with_phone.token, mfa=typed(code))
    refused(with_phone.assume, mfa=typed(code))


@pytest.mark.parametrize(
    "serial",
    ["", "x", "x" * 8, "x" * 9, "x" * 256, "x" * 257, "a b", "GAHT12345678", f"{DEVICE}s",
     DEVICE.upper(), f"arn:aws:iam::{ACCOUNT}:mfa/eng/phone"],
)  # fmt: skip
def test_a_serial_number_that_is_none_of_the_callers(with_phone, serial):
    for make in (with_phone.token, with_phone.assume):
        with pytest.raises(AccessDenied) as caught:
            make(mfa=typed(good_code(), serial))
        assert caught.value.message == (
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your "
            "MFA serial number is valid and associated with this user."
        )


@pytest.mark.parametrize("length", [0, 1, 3, 4, 20000, 20001])
def test_what_has_the_length_of_a_token_is_none_yet(house, length):
    with pytest.raises(NotAuthenticated) as caught:
        house.web(text="a" * length)
    assert caught.value.code == "InvalidIdentityToken"


def test_a_token_has_20000_characters(house):
    """The three parts of one are never of just any length: the nearest below, the first above."""
    middle = (20000 - len(token(claims(x="")))) * 3 // 4
    texts = [token(claims(x="y" * (middle + n))) for n in range(-4, 5)]
    longest = max((text for text in texts if len(text) <= 20000), key=len)
    beyond = min((text for text in texts if len(text) > 20000), key=len)
    assert len(longest) > 19990
    assert len(beyond) < 20010
    assert house.web(text=longest)
    with pytest.raises(NotAuthenticated, match="not a valid JWT"):
        house.web(text=beyond)


@pytest.mark.parametrize("length", [0, 1, 3, 4])
def test_what_has_the_length_of_an_assertion_is_none_yet(house, length):
    with pytest.raises(NotAuthenticated):
        house.saml(text="a" * length)


def test_an_assertion_has_100000_characters_of_base64(house):
    padding = 72_000 - len(idp.good())
    grown = [attributes(idp.attribute("note", "y" * (padding + n))) for n in range(0, 6000, 3)]
    texts = {}
    low, high = 0, len(grown) - 1
    while low <= high:
        middle = (low + high) // 2
        texts[middle] = text = idp.good(**grown[middle])
        low, high = (middle + 1, high) if len(text) <= 100_000 else (low, middle - 1)
    longest = max(texts.values(), key=lambda text: (len(text) <= 100_000, len(text)))
    beyond = min(
        (text for text in texts.values() if len(text) > 100_000), key=len, default=longest + "AAAA"
    )
    assert 99_900 < len(longest) <= 100_000 < len(beyond)
    assert house.saml(text=longest)
    with pytest.raises(NotAuthenticated):
        house.saml(text=beyond)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:",
        "arn:aws:iam::1:role",
        f"arn:aws:iam::{ACCOUNT}:role/" + "x" * 2048,
        f"arn:aws:iam::{ACCOUNT}:user/alice",
        "arn:aws:iam::210987654321:role/engineer",
        f"arn:aws-cn:iam::{ACCOUNT}:role/engineer",
        f"arn:aws:iam::{ACCOUNT}:role/eng/engineer",
        f"arn:aws:iam::{ACCOUNT}:role/Engineer",
    ],
)
def test_a_role_arn_that_is_none_of_the_file(house, arn):
    with pytest.raises(NotFound, match="does not exist"):
        house.assume(arn)
    for call in (house.web, house.saml):
        with pytest.raises(AccessDenied, match=r"^Not authorized to perform sts:AssumeRoleWith"):
            call(arn)
