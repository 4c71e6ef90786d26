"""Sessions: three strings that must match, and what they hang on."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotAuthenticated
from iamctl.domain.secret import Secret
from iamctl.sts.session import (
    authenticate_session,
    issue_session,
    mint_session_key_id,
    overlaid,
)


@pytest.fixture
def world(world):
    world.user("alice", tags={"team": "payments"})
    world.role("deployer", tags={"Stage": "test", "team": "none"}, path="/ops/")
    return world


def authenticated(world, credentials, directory=None, now=None):
    return authenticate_session(
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
        directory or world.directory,
        (world.signing_key,),
        now or world.now,
    )


def refusal(world, credentials, **facts) -> NotAuthenticated:
    with pytest.raises(NotAuthenticated) as caught:
        authenticated(world, credentials, **facts)
    return caught.value


def test_credentials_have_aws_form(world):
    given = issue_session(world.signing_key, world.claims("deployer"))
    assert given.access_key_id.startswith("ASIA")
    assert len(given.secret_access_key.reveal_text()) == 40
    assert given.expiration == world.now + 3540


def test_credentials_show_no_secret(world):
    given = issue_session(world.signing_key, world.claims("deployer"))
    for text in (repr(given), str(given), f"{given}"):
        assert given.secret_access_key.reveal_text() not in text
        assert given.session_token.reveal_text() not in text


def test_a_role_session_is_known_by_its_role(world):
    session = authenticated(world, issue_session(world.signing_key, world.claims("deployer")))
    assert session.arn == "arn:aws:sts::123456789012:assumed-role/deployer/alice"
    assert session.userid == f"{session.claims.subject}:alice"
    assert session.role is not None
    assert session.role.name == "deployer"


def test_a_session_token_session_is_the_user(world):
    session = authenticated(world, issue_session(world.signing_key, world.user_claims("alice")))
    assert session.arn == "arn:aws:iam::123456789012:user/alice"
    assert session.userid == world.plain["users"]["alice"]["id"]
    assert session.tags == {"team": "payments"}


def test_session_tags_cover_the_roles_ignoring_case(world):
    claims = world.claims("deployer", tags={"TEAM": "x"})
    session = authenticated(world, issue_session(world.signing_key, claims))
    assert session.tags == {"Stage": "test", "TEAM": "x"}


def test_all_three_strings_must_match(world):
    one = issue_session(world.signing_key, world.claims("deployer"))
    two = issue_session(world.signing_key, world.claims("deployer", name="bob"))
    assert refusal(world, one._replace(secret_access_key=two.secret_access_key)).code == (
        "SignatureDoesNotMatch"
    )
    refusal(world, one._replace(session_token=two.session_token))
    for key_id in ("ASIAAAAAAAAAAAAAAAAC", "", "é", "\udcff"):
        assert "another access key id" in (
            refusal(world, one._replace(access_key_id=key_id)).hint or ""
        )
    for secret in ("", one.secret_access_key.reveal_text() + "=", "x" * 40):
        assert refusal(world, one._replace(secret_access_key=Secret(secret))).code == (
            "SignatureDoesNotMatch"
        )
    for token in (b"", b"\xff\xfe", b"a.b.c"):
        assert "malformed" in (refusal(world, one._replace(session_token=Secret(token))).hint or "")


def test_a_deleted_or_recreated_role_ends_its_sessions(world):
    given = issue_session(world.signing_key, world.claims("deployer"))
    again = {**world.plain["roles"]["deployer"], "id": "AROAZZZZZZZZZZZZZZZZZ"}
    for roles in ({}, {"deployer": again}):
        error = refusal(world, given, directory=Directory({**world.plain, "roles": roles}))
        assert error.code == "InvalidClientTokenId"
        assert "dead" in (error.hint or "")


def test_a_role_session_does_not_hang_on_the_callers_key(world):
    given = issue_session(world.signing_key, world.claims("deployer"))
    assert authenticated(world, given, directory=Directory({**world.plain, "users": {}}))


@pytest.mark.parametrize("change", ["gone", "inactive", "no key"])
def test_a_session_token_session_hangs_on_user_and_key(world, change):
    given = issue_session(world.signing_key, world.user_claims("alice"))
    user = world.plain["users"]["alice"]
    (key_id,) = user["keys"]
    users = {
        "gone": {"alice": {**user, "id": "AIDAZZZZZZZZZZZZZZZZZ"}},
        "inactive": {"alice": {**user, "keys": {key_id: {"status": "inactive"}}}},
        "no key": {"alice": {**user, "keys": {}}},
    }[change]
    error = refusal(world, given, directory=Directory({**world.plain, "users": users}))
    assert "dead" in (error.hint or "")


def test_a_unique_id_of_the_wrong_kind_is_no_role(world):
    user_id = world.plain["users"]["alice"]["id"]
    given = issue_session(world.signing_key, world.claims("deployer", subject=user_id))
    assert "dead" in (refusal(world, given).hint or "")


def test_a_session_of_another_directory_is_foreign(world):
    given = issue_session(world.signing_key, world.claims("deployer"))
    other = {**world.plain, "directory": "00000000-0000-4000-8000-000000000000"}
    assert "foreign" in (refusal(world, given, directory=Directory(other)).hint or "")
    nameless = {k: v for k, v in world.plain.items() if k != "directory"}
    assert "foreign" in (refusal(world, given, directory=Directory(nameless)).hint or "")


def test_an_expired_session_says_so(world):
    given = issue_session(world.signing_key, world.claims("deployer"))
    assert refusal(world, given, now=given.expiration).code == "ExpiredToken"


def test_session_key_ids_are_asia():
    key_id = mint_session_key_id("123456789012", lambda n: b"\xff" * n)
    assert (len(key_id), key_id[:4]) == (20, "ASIA")


def test_tags_overlay_ignoring_case():
    assert overlaid({"A": "1", "b": "2"}, {"a": "3"}) == {"b": "2", "a": "3"}
