"""From a login to a role's session: every choice, and all that must come to nothing."""

import os

import pytest

from iamctl.domain.errors import AccessDenied, NotAuthenticated
from iamctl.domain.secret import Secret
from iamctl.policy.collect import Collector
from iamctl.policy.evaluate import evaluate
from iamctl.services.assume import managed_policies
from iamctl.services.federated import Issuing, assume_role_with_web_identity
from iamctl.services.pool_credentials import PoolRequest, pool_credentials
from iamctl.services.pool_identities import get_id, hold
from iamctl.services.pool_tokens import open_id_token
from iamctl.services.whoami import whoami
from iamctl.sts.caller import CallerSources, session_caller
from iamctl.sts.federated import FederatedRequest
from iamctl.sts.principal import Asked, layers_of, request_of
from iamctl.sts.session import authenticate_session
from tests.services.pool_stage import (
    ACCOUNT,
    CATALOGUE,
    FEDERATION,
    HOST,
    NOW,
    OTHER_POOL,
    POOL,
    UUID,
    directory,
    login,
    role,
    trust,
    vault_in,
)

BAD_POOL = "InvalidIdentityPoolConfigurationException"
MANAGED = managed_policies(CATALOGUE)


@pytest.fixture
def vault(tmp_path):
    return vault_in(tmp_path)


def issuing(vault, found, now=NOW):
    return Issuing(found, vault, FEDERATION, CATALOGUE, now, os.urandom, lambda second: None)


def identity(vault, *logins, found=None, pool="web"):
    return get_id(found or directory(), pool, logins, vault, FEDERATION, NOW, os.urandom).id


def credentials(vault, *logins, found=None, custom=None, pool="web", now=NOW):
    """The session for those logins, or a guest's."""
    found = found or directory()
    request = PoolRequest(pool, identity(vault, *logins, found=found, pool=pool), logins, custom)
    return pool_credentials(issuing(vault, found, now), request).session


def refused(call, *arguments, error=AccessDenied, **more):
    with pytest.raises(error) as caught:
        call(*arguments, **more)
    return caught.value


def session_of(vault, got, found=None, now=NOW):
    keys = got.credentials
    return authenticate_session(
        keys.access_key_id,
        keys.secret_access_key,
        keys.session_token,
        found or directory(),
        vault.signing_keys(),
        now,
    )


def may(vault, got, action, resource="*", found=None):
    """What a session of the pool is allowed, decided by the engine."""
    found = found or directory()
    caller = session_caller(session_of(vault, got, found), ACCOUNT, "test")
    layers = layers_of(caller, Collector(found, MANAGED, NOW))
    return evaluate(request_of(caller, action, Asked(resource=resource), NOW), layers).allowed


def test_who_logs_in_gets_the_authenticated_role_for_an_hour(vault):
    got = credentials(vault, login())
    assert got.assumed_role_arn == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/member/CognitoIdentityCredentials"
    )
    assert got.credentials.expiration == NOW + 3600
    assert may(vault, got, "iam:CreateUser")


def test_guests_get_the_guest_role_within_what_cognito_lets_guests_do(vault):
    got = credentials(vault)
    assert ":assumed-role/guest/" in got.assumed_role_arn
    # The role allows everything. The inline policy, the managed one, and what neither has:
    assert may(vault, got, "s3:GetObject", "arn:aws:s3:::bucket/key")
    assert may(vault, got, "dynamodb:GetItem")
    assert may(vault, got, "rum:PutRumEvents")
    assert may(vault, got, "kms:Decrypt")
    for action in ("iam:CreateUser", "sts:AssumeRole", "ec2:RunInstances", "kms:CreateKey"):
        assert not may(vault, got, action)
        assert may(vault, credentials(vault, login()), action)


def test_what_a_guests_role_does_not_allow_its_scope_does_not_give(vault):
    narrow = {**role(2, trust(amr="unauthenticated")), "inline": {}}
    found = directory(roles={"guest": narrow})
    assert not may(vault, credentials(vault, found=found), "s3:GetObject", found=found)


def test_rules_of_the_providers_claims_choose_the_role(vault):
    rules = [{"claim": "dept", "match": "Equals", "value": "eng", "role": "engineer"}]
    found = directory({"role_mappings": {"google": {"type": "rules", "rules": rules}}})

    def role_of(*logins, custom=None):
        return credentials(vault, *logins, found=found, custom=custom).role_arn.rpartition("/")[2]

    assert role_of(login(dept="eng")) == "engineer"
    assert role_of(login(dept="ops")) == "member"
    assert role_of(login(dept="eng", provider="okta", subject="al")) == "member"
    assert role_of(login(dept="eng"), custom=f"arn:aws:iam::{ACCOUNT}:role/engineer") == "engineer"
    asked = refused(role_of, login(dept="eng"), custom="member")
    assert asked.code == "NotAuthorizedException"
    deny = {"google": {"type": "rules", "rules": rules, "ambiguous": "deny"}}
    strict = directory({"role_mappings": deny})
    error = refused(credentials, vault, login(dept="ops"), found=strict)
    assert (error.code, "no rule" in error.details[0]) == ("NotAuthorizedException", True)


def test_the_tokens_own_roles_choose(vault):
    found = directory({"role_mappings": {"google": {"type": "token", "ambiguous": "deny"}}})
    arn = f"arn:aws:iam::{ACCOUNT}:role/"
    preferred = login(**{"cognito:preferred_role": arn + "engineer"})
    assert credentials(vault, preferred, found=found).role_arn == arn + "engineer"
    two = login(**{"cognito:roles": [arn + "member", arn + "engineer"]})
    assert credentials(vault, two, found=found, custom="engineer").role_arn == arn + "engineer"
    assert refused(credentials, vault, two, found=found).code == "NotAuthorizedException"


def test_a_role_that_the_token_names_must_trust_the_pool_all_the_same(vault):
    foreign = role(4, {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}})  # fmt: skip
    mapping = {"role_mappings": {"google": {"type": "token"}}}
    found = directory(mapping, roles={"admin": foreign})
    for name in ("admin", "nobody"):
        named = login(**{"cognito:preferred_role": f"arn:aws:iam::{ACCOUNT}:role/{name}"})
        error = refused(credentials, vault, named, found=found)
        assert (error.code, error.hint) == (BAD_POOL, None)
    elsewhere = login(**{"cognito:preferred_role": "arn:aws:iam::210987654321:role/member"})
    assert refused(credentials, vault, elsewhere, found=found).code == BAD_POOL


@pytest.mark.parametrize(
    "trusted",
    [
        trust(OTHER_POOL),
        trust(amr="unauthenticated"),
        trust(amr="okta.example.com"),
        trust(StringLike={f"{HOST}:sub": "eu-west-1:0000*"}),
        {**trust(), "Statement": [{**trust()["Statement"][0], "Effect": "Deny"}]},
        {**trust(), "Statement": [{**trust()["Statement"][0],
                                   "Principal": {"Federated": "accounts.google.com"}}]},
        {**trust(), "Statement": [{**trust()["Statement"][0], "Action": "sts:AssumeRole"}]},
    ],
)  # fmt: skip
def test_a_role_that_does_not_trust_this_pools_user_refuses(vault, trusted):
    found = directory(roles={"member": role(1, trusted)})
    error = refused(credentials, vault, login(), found=found)
    assert error.code == BAD_POOL
    assert error.message == (
        "Invalid identity pool configuration. Check assigned IAM roles for this pool."
    )
    assert '"member"' in error.details[0]
    assert error.details[1] == "Not authorized to perform sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize(
    "trusted",
    [
        trust(amr="google.example.com"),
        trust(amr="*:OIDC:alice"),
        trust(amr=None),
        trust(StringLike={f"{HOST}:sub": "eu-west-1:*"}),
    ],
)
def test_a_role_may_trust_one_provider_or_one_person_of_it(vault, trusted):
    found = directory(roles={"member": role(1, trusted)})
    assert credentials(vault, login(), found=found).role_arn.endswith("/member")


def test_a_guest_does_not_get_the_role_of_those_who_log_in(vault):
    found = directory({"guest_role": "member"})
    error = refused(credentials, vault, found=found)
    assert error.code == BAD_POOL
    assert error.hint == "let them in: iamctl role allow member pool/web:guest"
    assert refused(credentials, vault, custom="member").code == "NotAuthorizedException"


def test_without_a_guest_role_guests_get_nothing(vault):
    guest = identity(vault)
    closed = directory({"guest_role": None})
    request = PoolRequest("web", guest)
    error = refused(pool_credentials, issuing(vault, closed), request, error=NotAuthenticated)
    assert error.message == "Unauthenticated access is not supported for this identity pool."


def test_a_pool_without_a_role_for_logins_says_so(vault):
    error = refused(credentials, vault, login(), found=directory({"authenticated_role": None}))
    assert error.code == BAD_POOL


def test_a_login_of_another_user_gets_nothing_of_this_one(vault):
    alice = identity(vault, login())
    identity(vault, login("bob"))
    request = PoolRequest("web", alice, (login("bob"),))
    error = refused(pool_credentials, issuing(vault, directory()), request, error=NotAuthenticated)
    assert error.code == "NotAuthorizedException"


def test_whoami_says_whose_session_it_is_until_the_hour_is_over(vault):
    got = credentials(vault, login())
    environ = {
        "AWS_ACCESS_KEY_ID": got.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": got.credentials.secret_access_key.reveal_text(),
        "AWS_SESSION_TOKEN": got.credentials.session_token.reveal_text(),
    }
    sources = CallerSources(environ)
    said = whoami(directory(), sources, lambda: vault, CATALOGUE, NOW + 3599)
    assert said.arn == got.assumed_role_arn
    with pytest.raises(NotAuthenticated) as caught:
        whoami(directory(), sources, lambda: vault, CATALOGUE, NOW + 3600)
    assert caught.value.code == "ExpiredToken"


def test_later_requests_still_say_who_vouched(vault):
    caller = session_caller(session_of(vault, credentials(vault, login())), ACCOUNT, "test")
    context = request_of(caller, "s3:GetObject", Asked(), NOW).context
    assert context["aws:federatedprovider"] == HOST
    assert context[f"{HOST}:aud"] == POOL
    assert context[f"{HOST}:sub"].startswith("eu-west-1:")


# The basic flow: the application takes the pool's token to STS itself.


def pools_token(vault, *logins, pool="web", found=None):
    found = found or directory()
    held = hold(found, pool, identity(vault, *logins, pool=pool), logins, vault, FEDERATION, NOW)
    return open_id_token(found, held, vault, NOW).token.reveal_text()


def assumed(vault, token, wanted="member", found=None, now=NOW):
    where = issuing(vault, found or directory(), now)
    return assume_role_with_web_identity(where, wanted, "app", token, FederatedRequest())


def test_a_pools_token_assumes_any_role_that_trusts_the_pool(vault):
    token = pools_token(vault, login())
    for name in ("member", "engineer"):
        got = assumed(vault, token, name)
        assert got.session.assumed_role_arn.endswith(f":assumed-role/{name}/app")
        assert (got.provider, got.audience) == ("https://cognito-identity.amazonaws.com", POOL)
        assert got.subject.startswith("eu-west-1:")


ENHANCED_ONLY = {"classic_flow": "deny"}


def test_a_pool_hands_out_no_token_unless_it_says_so(vault):
    """Else its holder could take any role that trusts the pool, past rules and guests' bounds."""
    for fields in (ENHANCED_ONLY, {"classic_flow": None}):
        closed = directory(fields)
        error = refused(pools_token, vault, login(), found=closed, error=NotAuthenticated)
        assert error.code == "InvalidParameterException"
        assert error.message == ("Basic (classic) flow is not enabled, please use enhanced flow.")
        assert credentials(vault, login(), found=closed).role_arn.endswith("/member")
        assert credentials(vault, found=closed).role_arn.endswith("/guest")


def test_a_token_handed_out_before_is_worth_nothing_once_the_pool_says_no(vault):
    token = pools_token(vault, login())
    assert assumed(vault, token, "engineer")
    error = refused(
        assumed, vault, token, "engineer", found=directory(ENHANCED_ONLY), error=NotAuthenticated
    )
    assert error.code == "InvalidIdentityToken"


def test_a_guests_token_is_not_scoped_down_in_the_basic_flow(vault):
    got = assumed(vault, pools_token(vault), "guest")
    assert may(vault, got.session, "iam:CreateUser")


def test_amr_keeps_guests_and_users_apart(vault):
    text = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    assert refused(assumed, vault, pools_token(vault), "member").message == text
    assert refused(assumed, vault, pools_token(vault, login()), "guest").message == text


def test_a_token_of_another_pool_opens_no_role_of_this_one(vault):
    other = pools_token(vault, login(), pool="other")
    assert refused(assumed, vault, other)
    found = directory(roles={"member": role(1, trust(OTHER_POOL))})
    assert assumed(vault, other, found=found)
    assert refused(assumed, vault, pools_token(vault, login()), found=found)


def test_a_token_that_is_over_or_of_another_directory_is_refused(vault):
    token = pools_token(vault, login())
    assert assumed(vault, token, now=NOW + 599)
    over = refused(assumed, vault, token, now=NOW + 600, error=NotAuthenticated)
    assert over.code == "ExpiredTokenException"
    elsewhere = directory(directory=UUID[:-1] + "2")
    foreign = refused(assumed, vault, token, found=elsewhere, error=NotAuthenticated)
    assert foreign.code == "InvalidIdentityToken"


def test_a_pools_token_is_no_session_nor_a_session_a_pools_token(vault):
    got = credentials(vault, login())
    session = got.credentials.session_token
    refused(assumed, vault, session.reveal_text(), error=NotAuthenticated)
    keys = got.credentials
    as_session = keys._replace(session_token=Secret(pools_token(vault, login())))
    refused(session_of, vault, got._replace(credentials=as_session), error=NotAuthenticated)


def test_a_providers_own_token_does_not_pass_as_the_pools(vault):
    forged = login(iss="https://cognito-identity.amazonaws.com", aud=POOL,
                   amr=["authenticated"]).token.reveal_text()  # fmt: skip
    assert refused(assumed, vault, forged, error=NotAuthenticated).code == "InvalidIdentityToken"
    # Nor does the person's own token reach a role that trusts the pool alone.
    refused(assumed, vault, login().token.reveal_text())
