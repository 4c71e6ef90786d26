"""The tables of STS that no other test walks whole: what each kind of session may not call, what a
role's session may do, and the code, the words and the exit code of each failure."""

import pytest

from iamctl.cli.exits import code_of
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, IamctlError, InvalidValue, NotAuthenticated
from iamctl.domain.secret import Secret
from iamctl.policy.collect import Collector
from iamctl.policy.evaluate import evaluate
from iamctl.services.assume import managed_policies
from iamctl.services.office import MfaAsked
from iamctl.sts.federated import FederatedRequest
from iamctl.sts.principal import Asked, layers_of, request_of
from iamctl.sts.resolve import chained_caller
from tests.federation import saml_identities as idp
from tests.federation.identities import claims, token
from tests.services.builders import CATALOGUE, allow, document
from tests.services.session_stage import (
    ACCOUNT,
    KINDS,
    LASTS,
    NOW,
    OF_A_ROLE,
    OF_ENGINEER,
    OIDC,
    WHOSE,
    House,
    environment,
)

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
EVERYTHING = {"Everything": document(allow("*"))}
NOTHING = {"Nothing": document(allow("*", effect="Deny"))}
SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"
TAGS = "https://aws.amazon.com/tags"


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def free(house):
    """Where every user and role may do everything and both roles trust the whole account."""
    house.plain["users"]["alice"]["inline"] = EVERYTHING
    for role in house.plain["roles"].values():
        role["inline"] = EVERYTHING
    trusting = house.plain["roles"]["next"]["trust"]["Statement"]
    trusting.append(allow("sts:*", None, Principal=ROOT))
    return house


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", ["GetSessionToken", "GetFederationToken"])
def test_no_session_makes_one_of_a_user(free, kind, call):
    first = free.session(kind)
    with pytest.raises(AccessDenied) as caught:
        free.token(None, first) if call == "GetSessionToken" else free.federate("bot", first)
    assert caught.value.message == f"Cannot call {call} with session credentials"


@pytest.mark.parametrize("kind", [*OF_A_ROLE, "session token"])
def test_these_sessions_may_assume_a_role(free, kind):
    assert free.assume("next", free.session(kind)).credentials.expiration == NOW + 3600


def test_a_federated_user_may_assume_none(free):
    with pytest.raises(AccessDenied) as caught:
        free.assume("next", free.session("federated user"))
    assert caught.value.message.endswith(
        f"sts:AssumeRole on resource: arn:aws:iam::{ACCOUNT}:role/next because a federated user's "
        "session cannot assume roles"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_get_caller_identity_is_never_denied(house, kind):
    environ = house.session(kind)
    for section in ("users", "roles"):
        for entity in house.plain[section].values():
            entity["inline"] = NOTHING
    assert house.caller_identity(environ).arn == WHOSE[kind][0]
    assert house.whoami(environ).arn == WHOSE[kind][0]


def test_get_session_token_cannot_be_denied(house):
    house.plain["users"]["alice"]["inline"] = NOTHING
    assert house.token(LASTS).credentials.expiration == NOW + LASTS


def may(house, environ, action="s3:GetObject"):
    directory = Directory(house.plain)
    caller = chained_caller(directory, environ, house.vault.signing_keys, house.now)
    request = request_of(caller, action, Asked("arn:aws:s3:::b/k"), house.now)
    collector = Collector(directory, managed_policies(CATALOGUE), house.now)
    return evaluate(request, layers_of(caller, collector)).allowed


def context(house, environ):
    directory = Directory(house.plain)
    caller = chained_caller(directory, environ, house.vault.signing_keys, house.now)
    return request_of(caller, "s3:GetObject", Asked(), house.now).context


@pytest.mark.parametrize("kind", OF_ENGINEER)
def test_a_roles_session_may_do_what_the_role_may_and_nothing_of_the_callers(house, kind):
    house.plain["users"]["alice"]["inline"] = EVERYTHING
    environ = house.session(kind)
    assert not may(house, environ)
    house.plain["roles"]["engineer"]["inline"] = {"Own": document(allow("s3:Get*"))}
    del house.plain["users"]["alice"]["inline"]
    assert may(house, environ)
    assert not may(house, environ, "s3:PutObject")


@pytest.mark.parametrize("kind", OF_ENGINEER)
def test_it_may_do_no_more_than_the_roles_boundary(house, kind):
    edge = {"id": "ANPAEDGE0000000000000", "document": document(allow("s3:Put*"))}
    house.plain["policies"] = {"Edge": edge}
    house.plain["roles"]["engineer"] |= {"inline": EVERYTHING, "boundary": "Edge"}
    environ = house.session(kind)
    assert may(house, environ, "s3:PutObject")
    assert not may(house, environ)


@pytest.mark.parametrize("kind", OF_ENGINEER)
def test_it_may_do_no_more_than_its_session_policies(house, kind):
    house.plain["roles"]["engineer"]["inline"] = {"Own": document(allow(["s3:Get*", "s3:Put*"]))}
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}]}'  # noqa: E501
    asked = FederatedRequest(policies=(text,))
    if kind == "role":
        given = house.assume(document=document(allow(["s3:Get*", "s3:List*"])))
    else:
        given = (house.saml(asked=asked) if kind == "SAML" else house.web(asked=asked)).session
    environ = environment(given.credentials)
    assert given.packed is not None
    assert may(house, environ)
    assert not may(house, environ, "s3:PutObject")
    assert not may(house, environ, "s3:ListBucket")


def test_a_get_session_token_session_may_do_what_the_user_may(house):
    environ = house.session("session token")
    assert not may(house, environ)
    house.plain["users"]["alice"]["inline"] = EVERYTHING
    assert may(house, environ)


CONTEXTS = {
    "role": {"aws:principaltype": "AssumedRole", "aws:multifactorauthpresent": "false"},
    "chained role": {"aws:principaltype": "AssumedRole", "aws:multifactorauthpresent": "false"},
    "web identity": {"aws:principaltype": "AssumedRole", "aws:federatedprovider": OIDC},
    "SAML": {"aws:principaltype": "AssumedRole", "saml:sub": "alice"},
    "session token": {
        "aws:principaltype": "User",
        "aws:username": "alice",
        "aws:multifactorauthpresent": "false",
    },
    "federated user": {"aws:principaltype": "FederatedUser"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_conditions_see_of_a_session(house, kind):
    seen = context(house, house.session(kind))
    wanted = {
        "aws:userid": WHOSE[kind][1],
        "aws:principalaccount": ACCOUNT,
        "aws:tokenissuetime": "2026-11-24T09:00:00Z",
        **CONTEXTS[kind],
    }
    assert {key: seen.get(key) for key in wanted} == wanted
    assert ("aws:username" in seen) is (kind == "session token")
    assert "aws:sourceidentity" not in seen


def test_a_source_identity_is_seen_in_every_later_request(free):
    free.plain["roles"]["engineer"]["trust"]["Statement"][0]["Action"] = "sts:*"
    first = environment(free.assume(source_identity="alice").credentials)
    second = free.assume("next", first)
    assert second.source_identity == "alice"
    assert context(free, first)["aws:sourceidentity"] == "alice"
    assert context(free, environment(second.credentials))["aws:sourceidentity"] == "alice"


PERCENT = "Packed size of session {what} consumes {percent}% of allotted space."
INVALID = "The security token included in the request is invalid."
SERIAL = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
    "serial number is valid and associated with this user."
)
ME = f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: "
ON = f" on resource: arn:aws:iam::{ACCOUNT}:role/engineer"


def untrusted(house):
    house.plain["roles"]["engineer"]["trust"] = document(
        allow("sts:AssumeRole", None, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/next"})
    )


def with_phone(house):
    house.vault.put_mfa_seed("phone", Secret(b"12345678901234567890"))
    house.plain["mfa"] = {"phone": {"user": "alice", "enabled": "2026-01-01T00:00:00Z"}}


def refusing(house):
    untrusted(house)
    house.assume()


def tagging(house):
    house.assume(tags=(("team", "eng"),))


def naming(house):
    house.assume(source_identity="alice")


def of_no_provider(house):
    del house.plain["identity_providers"]
    house.web()


def untrusted_web(house):
    untrusted(house)
    house.web()


def untrusted_saml(house):
    untrusted(house)
    house.saml()


def wrong_code(house):
    with_phone(house)
    house.token(mfa=MfaAsked(lambda _serial: "000000", forced=True))


def wrong_serial(house):
    with_phone(house)
    house.token(mfa=MfaAsked(lambda _serial: "000000", "tablet", forced=True))


def much_tagged(house):
    house.plain["groups"]["staff"]["inline"] = EVERYTHING
    house.plain["roles"]["engineer"]["trust"]["Statement"][0]["Action"] = "sts:*"
    house.assume(tags=tuple((f"key{n:02}", "v" * 100) for n in range(50)))


def expired(house):
    environ = house.session("role")
    house.now += LASTS
    house.assume("next", environ)


def without_token(house):
    environ = house.session("role")
    del environ["AWS_SESSION_TOKEN"]
    house.caller_identity(environ)


def forged(house):
    environ = house.session("role")
    first = environ["AWS_SESSION_TOKEN"]
    environ["AWS_SESSION_TOKEN"] = first[:-8] + (
        "AAAAAAAA" if first[-8:] != "AAAAAAAA" else "B" * 8
    )
    house.assume("next", environ)


def unnamed(house):
    house.saml(attributes=idp.ATTRIBUTES[:1])


def badly_named(house):
    name = idp.attribute(f"{idp.PREFIX}RoleSessionName", "a b")
    house.saml(attributes=(idp.ATTRIBUTES[0], name))


def of_bad_source(house):
    source = idp.attribute(f"{idp.PREFIX}SourceIdentity", "aws:x")
    house.saml(attributes=(*idp.ATTRIBUTES, source))


def altered(house):
    house.plain["identity_providers"]["corp"]["saml_metadata"] = idp.metadata(
        idp.key_descriptor(idp.certificate("other"))
    )
    house.saml()


FAILURES = [
    (refusing, "AccessDenied", 5, f"{ME}sts:AssumeRole{ON}"),
    (tagging, "AccessDenied", 5, f"{ME}sts:TagSession{ON}"),
    (naming, "AccessDenied", 5, f"{ME}sts:SetSourceIdentity{ON}"),
    (wrong_code, "AccessDenied", 5,
     "MultiFactorAuthentication failed with invalid MFA one time pass code."),
    (wrong_serial, "AccessDenied", 5, SERIAL),
    (lambda house: house.assume(duration=3601), "ValidationError", 2,
     "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
    (lambda house: house.assume("next", house.session("role"), duration=3601),
     "ValidationError", 2,
     "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
     "chaining"),
    (lambda house: house.assume(duration=899), "ValidationError", 2,
     "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy "
     "constraint: Member must have value greater than or equal to 900"),
    (lambda house: house.token(129601), "ValidationError", 2,
     "1 validation error detected: Value '129601' at 'durationSeconds' failed to satisfy "
     "constraint: Member must have value less than or equal to 129600"),
    (lambda house: house.assume(session_name="a b"), "ValidationError", 2,
     "a role session name \"a b\" must match [\\w+=,.@-]*"),
    (lambda house: house.assume(external_id="x"), "ValidationError", 2,
     "an external id must have at least 2 characters"),
    (lambda house: house.assume("nobody"), "NoSuchEntity", 4, 'role "nobody" does not exist'),
    (lambda house: house.assume(document={}), "MalformedPolicyDocument", 2, None),
    (much_tagged, "PackedPolicyTooLarge", 2, PERCENT.format(what="tags", percent=136)),
    (lambda house: house.web(exp=NOW), "ExpiredTokenException", 5,
     f"Token expired: current date/time {NOW} must be before the expiration date/time{NOW}"),
    (of_no_provider, "InvalidIdentityToken", 5,
     "No OpenIDConnect provider found in your account for https://idp.example.com/tenant"),
    (lambda house: house.web(aud="other"), "InvalidIdentityToken", 5, "Incorrect token audience"),
    (untrusted_web, "AccessDenied", 5, "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    (untrusted_saml, "AccessDenied", 5, "Not authorized to perform sts:AssumeRoleWithSAML"),
    (unnamed, "InvalidIdentityToken", 5, "RoleSessionName is required in AuthnResponse"),
    (badly_named, "InvalidIdentityToken", 5,
     "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
    (of_bad_source, "InvalidIdentityToken", 5,
     'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'),
    (altered, "InvalidIdentityToken", 5, "Response signature invalid"),
    (lambda house: house.saml(issuer="https://other"), "AuthSamlInvalidSamlResponseException", 5,
     "Issuer not present in specified provider"),
    (lambda house: house.saml(provider="nobody"), "InvalidIdentityToken", 5,
     "Specified provider doesn't exist."),
    (lambda house: house.saml(audience="<saml:Audience>https://other</saml:Audience>"),
     "InvalidIdentityToken", 5, "Response does not contain the required audience."),
    (expired, "ExpiredToken", 5, "The security token included in the request is expired"),
    (without_token, "InvalidClientTokenId", 5, INVALID),
    (forged, "InvalidClientTokenId", 5, INVALID),
]  # fmt: skip


@pytest.mark.parametrize(("fail", "code", "exit_code", "message"), FAILURES)
def test_a_failure_has_awss_code_and_words(house, fail, code, exit_code, message):
    with pytest.raises(IamctlError) as caught:
        fail(house)
    assert caught.value.code == code
    assert code_of(caught.value) == exit_code
    if message is not None:
        assert caught.value.message.startswith(message)


def test_packed_policies_are_named_before_tags(house):
    house.plain["groups"]["staff"]["inline"] = EVERYTHING
    house.plain["roles"]["engineer"]["trust"]["Statement"][0]["Action"] = "sts:*"
    tags = tuple((f"key{n:02}", "v" * 100) for n in range(50))
    with pytest.raises(InvalidValue) as caught:
        house.assume(tags=tags, document=document(allow()))
    assert caught.value.code == "PackedPolicyTooLarge"
    assert caught.value.message.startswith("Packed size of session policies consumes 1")


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"aws:RequestTag/team": "eng"}}, True),
        ({"StringEquals": {"aws:RequestTag/team": "ops"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "cost"}}, False),
        ({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "team"}}, True),
        ({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "cost"}}, False),
        ({"StringEquals": {"sts:SourceIdentity": "alice"}}, True),
        ({"StringEquals": {"sts:SourceIdentity": "bob"}}, False),
    ],
)
@pytest.mark.parametrize("kind", ["web identity", "SAML"])
def test_a_trust_policy_sees_what_a_provider_passes(house, kind, condition, allowed):
    federated = {"Federated": [OIDC, idp.PROVIDER]}
    statement = allow("sts:*", None, Principal=federated, Condition=condition)
    house.plain["roles"]["engineer"]["trust"] = document(statement)
    nested = {"principal_tags": {"team": ["eng"]}, "transitive_tag_keys": ["team"]}
    said = (
        ("PrincipalTag:team", "eng"),
        ("TransitiveTagKeys", "team"),
        ("SourceIdentity", "alice"),
    )
    attributes = (*idp.ATTRIBUTES, *(idp.attribute(f"{idp.PREFIX}{k}", v) for k, v in said))

    def call():
        if kind == "SAML":
            return house.saml(attributes=attributes)
        return house.web(**{TAGS: nested, SOURCE_IDENTITY: "alice"})

    if allowed:
        assert call().session.source_identity == "alice"
    else:
        with pytest.raises(AccessDenied, match=r"^Not authorized to perform sts:AssumeRoleWith"):
            call()


def test_the_claims_of_a_token_are_no_parameters(house):
    """A source identity and tags go into the session only where the trust policy lets them."""
    for extra in ({SOURCE_IDENTITY: "alice"}, {TAGS: {"principal_tags": {"team": ["eng"]}}}):
        with pytest.raises(AccessDenied, match=r"^Not authorized to perform sts:"):
            house.web(text=token(claims(**extra)))


def test_a_session_of_one_kind_is_no_proof_for_another_call(house):
    """Neither is a session's token a token of a provider, nor the other way round."""
    environ = house.session("role")
    with pytest.raises(NotAuthenticated):
        house.web(text=environ["AWS_SESSION_TOKEN"])
    with pytest.raises(NotAuthenticated):
        house.assume("next", {**environ, "AWS_SESSION_TOKEN": token(claims())})


@pytest.mark.parametrize("kind", OF_ENGINEER)
def test_a_session_is_of_the_roles_account(house, kind):
    calls = {"role": house.assume, "web identity": house.web, "SAML": house.saml}
    given = calls[kind]()
    assert (given if kind == "role" else given.session).account == ACCOUNT
