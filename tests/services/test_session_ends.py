"""What ends a session, of every kind there is, as whoami and get-caller-identity see it.

A role's sessions hang on the role, those a user makes of itself on the user and its key; each
case says which of them an end reaches.
"""

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, NotAuthenticated
from iamctl.domain.secret import Secret
from iamctl.domain.times import format_instant
from iamctl.policy.collect import Collector
from iamctl.policy.evaluate import evaluate
from iamctl.ports import SigningKey
from iamctl.services.assume import managed_policies
from iamctl.sts.principal import Asked, layers_of, request_of
from iamctl.sts.resolve import chained_caller
from tests.services.builders import CATALOGUE, allow, document
from tests.services.session_stage import (
    ACCOUNT,
    KEY_ID,
    KINDS,
    LASTS,
    NOW,
    OF_A_ROLE,
    OF_ENGINEER,
    OF_THE_USER,
    WHOSE,
    House,
    environment,
)


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_living_session_says_whose_it_is(house, kind):
    environ = house.session(kind)
    house.now += LASTS - 1
    seen = house.whoami(environ)
    assert (seen.arn, seen.user_id, seen.type) == WHOSE[kind]
    assert (seen.account, seen.issued, seen.expires) == (ACCOUNT, NOW, NOW + LASTS)
    assert seen == house.caller_identity(environ)


@pytest.mark.parametrize("kind", KINDS)
def test_its_time_is_over_at_the_second_it_was_told(house, kind):
    environ = house.session(kind)
    house.now += LASTS
    for ask in (house.whoami, house.caller_identity):
        with pytest.raises(NotAuthenticated) as caught:
            ask(environ)
        assert caught.value.code == "ExpiredToken"
        assert caught.value.message == "The security token included in the request is expired"


def role_deleted(plain):
    del plain["roles"]["engineer"]


def role_recreated(plain):
    plain["roles"]["engineer"]["id"] = "AROAOTHER000000000000"


def next_deleted(plain):
    del plain["roles"]["next"]


def next_recreated(plain):
    plain["roles"]["next"]["id"] = "AROAOTHER000000000000"


def user_deleted(plain):
    del plain["users"]["alice"]
    plain["groups"]["staff"]["members"] = []


def user_recreated(plain):
    plain["users"]["alice"]["id"] = "AIDAOTHER000000000000"


def key_inactive(plain):
    plain["users"]["alice"]["keys"][KEY_ID]["status"] = "inactive"


def key_deleted(plain):
    plain["users"]["alice"]["keys"] = {}


ROLE_GONE = "the session is dead: its role was deleted, or deleted and made again"
USER_GONE = "the session is dead: its user was deleted"
KEY_GONE = f"the session is dead: access key {KEY_ID} is inactive or deleted"

DEATHS = [
    (role_deleted, OF_ENGINEER, ROLE_GONE),
    (role_recreated, OF_ENGINEER, ROLE_GONE),
    (next_deleted, ("chained role",), ROLE_GONE),
    (next_recreated, ("chained role",), ROLE_GONE),
    (user_deleted, OF_THE_USER, USER_GONE),
    (user_recreated, OF_THE_USER, USER_GONE),
    (key_inactive, OF_THE_USER, KEY_GONE),
    (key_deleted, OF_THE_USER, KEY_GONE),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("edit", "whose", "hint"), DEATHS, ids=[d[0].__name__ for d in DEATHS])
def test_an_edit_kills_the_sessions_that_hang_on_it_and_no_others(house, kind, edit, whose, hint):
    environ = house.session(kind)
    house.now += 1
    edit(house.plain)
    if kind not in whose:
        assert house.whoami(environ).arn == house.caller_identity(environ).arn == WHOSE[kind][0]
        return
    for ask in (house.whoami, house.caller_identity):
        with pytest.raises(NotAuthenticated) as caught:
            ask(environ)
        assert caught.value.code == "InvalidClientTokenId"
        assert caught.value.message == "The security token included in the request is invalid."
        assert (caught.value.hint or "").startswith(hint)


def test_a_key_that_is_active_again_brings_the_users_sessions_back(house):
    environ = house.session("session token")
    key_inactive(house.plain)
    with pytest.raises(NotAuthenticated):
        house.whoami(environ)
    del house.plain["users"]["alice"]["keys"][KEY_ID]["status"]
    assert house.whoami(environ).arn == WHOSE["session token"][0]


REVOCATIONS = [
    ("roles", "engineer", OF_ENGINEER),
    ("roles", "next", ("chained role",)),
    ("users", "alice", OF_THE_USER),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("section", "name", "whose"), REVOCATIONS)
def test_a_revoked_session_says_so_and_still_has_its_name(house, kind, section, name, whose):
    environ = house.session(kind)
    house.revoke(section, name)
    house.now += 1
    assert house.caller_identity(environ).arn == WHOSE[kind][0]
    if kind not in whose:
        assert house.whoami(environ).arn == WHOSE[kind][0]
        return
    with pytest.raises(AccessDenied, match="is revoked") as caught:
        house.whoami(environ)
    (detail,) = caught.value.details
    assert "AWSRevokeOlderSessions" in detail
    assert house.whoami(house.session(kind)).arn == WHOSE[kind][0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_made_in_the_second_of_the_revocation_is_dead_or_waits_it_out(house, kind):
    """A role's session is issued in the next second; a user's own is not waited for: it is over
    before it began, and the next one lives."""
    section, name = ("users", "alice") if kind in OF_THE_USER else ("roles", "engineer")
    if kind == "chained role":
        name = "next"
    house.revoke(section, name)
    environ = house.session(kind)
    assert house.caller_identity(environ).arn == WHOSE[kind][0]
    if kind in OF_A_ROLE:
        assert house.now == NOW + 1
        assert house.whoami(environ).issued == NOW + 1
        return
    with pytest.raises(AccessDenied, match="is revoked"):
        house.whoami(environ)


def member_until(house, end):
    house.plain["groups"]["staff"]["members"] = [{"user": "alice", "until": format_instant(end)}]


@pytest.mark.parametrize("kind", ["role", "chained role", "federated user"])
def test_a_session_is_over_with_the_membership_that_it_hangs_on(house, kind):
    end = NOW + 1800
    member_until(house, end)
    environ = house.session(kind)
    house.now = end - 1
    assert house.whoami(environ).expires == end
    house.now = end
    for ask in (house.whoami, house.caller_identity):
        with pytest.raises(NotAuthenticated, match="expired"):
            ask(environ)


@pytest.mark.parametrize("kind", ["web identity", "SAML", "session token"])
def test_what_no_membership_allowed_ends_with_none(house, kind):
    member_until(house, NOW + 1800)
    environ = house.session(kind)
    house.now = NOW + 1800
    assert house.whoami(environ).expires == NOW + LASTS


def test_who_is_no_member_any_more_gets_no_new_session(house):
    member_until(house, NOW + 1800)
    house.now = NOW + 1800
    for kind in ("role", "federated user"):
        with pytest.raises(AccessDenied, match="not authorized"):
            house.session(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_retired_signing_key_ends_its_sessions_at_its_time(house, kind):
    environ = house.session(kind)
    new = SigningKey("k2", Secret(bytes(range(1, 33))))
    house.vault.rotate_signing_key(new, NOW + 1000)
    house.now = NOW + 999
    assert house.whoami(environ).arn == WHOSE[kind][0]
    house.now = NOW + 1000
    for ask in (house.whoami, house.caller_identity):
        with pytest.raises(NotAuthenticated) as caught:
            ask(environ)
        assert caught.value.code == "InvalidClientTokenId"


@pytest.mark.parametrize("kind", KINDS)
def test_a_signing_key_that_is_replaced_at_once_ends_them_at_once(house, kind):
    environ = house.session(kind)
    house.vault.rotate_signing_key(SigningKey("k2", Secret(bytes(range(1, 33)))), NOW, NOW)
    with pytest.raises(NotAuthenticated) as caught:
        house.whoami(environ)
    assert caught.value.code == "InvalidClientTokenId"
    assert house.whoami(house.session(kind)).arn == WHOSE[kind][0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_parts_of_two_sessions_are_no_credentials(house, kind, part):
    first, second = house.session(kind), house.session(kind)
    with pytest.raises(NotAuthenticated):
        house.caller_identity({**first, part: second[part]})


@pytest.mark.parametrize("kind", KINDS)
def test_another_directory_knows_no_session_of_this_one(house, kind):
    environ = house.session(kind)
    house.plain["directory"] = "11111111-3f1c-4f5d-8a55-0d7e5d6a1f00"
    for ask in (house.whoami, house.caller_identity):
        with pytest.raises(NotAuthenticated) as caught:
            ask(environ)
        assert caught.value.code == "InvalidClientTokenId"


@pytest.mark.parametrize("kind", OF_ENGINEER)
def test_a_chained_session_outlives_the_one_that_made_it(house, kind):
    first = house.session(kind)
    house.now += 1800
    given = house.assume("next", first)
    house.now = NOW + LASTS
    with pytest.raises(NotAuthenticated, match="expired"):
        house.whoami(first)
    assert house.whoami(environment(given.credentials)).expires == NOW + 1800 + 3600


def test_a_role_deleted_ends_its_sessions_but_not_those_they_made(house):
    chained = house.session("chained role")
    role_deleted(house.plain)
    assert house.whoami(chained).arn == WHOSE["chained role"][0]


@pytest.mark.parametrize("kind", OF_ENGINEER)
def test_a_dead_revoked_or_expired_session_makes_no_other(house, kind):
    first = house.session(kind)
    house.now += 1
    assert house.assume("next", first)
    house.revoke("roles", "engineer")
    house.now += 1
    with pytest.raises(AccessDenied, match="explicit deny"):
        house.assume("next", first)
    role_recreated(house.plain)
    with pytest.raises(NotAuthenticated, match="invalid"):
        house.assume("next", first)
    house.now = NOW + LASTS
    with pytest.raises(NotAuthenticated, match="expired"):
        house.assume("next", first)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_session_may_do_is_read_anew_each_time(house, kind):
    """Taking a policy away is felt by sessions that were issued before."""
    environ = house.session(kind)
    everything = {"Own": document(allow("s3:*"))}
    house.plain["roles"]["engineer"]["inline"] = house.plain["roles"]["next"]["inline"] = everything
    house.plain["users"]["alice"]["inline"] = everything
    assert may_read(house, environ)
    for section, name in (("roles", "engineer"), ("roles", "next"), ("users", "alice")):
        del house.plain[section][name]["inline"]
    assert not may_read(house, environ)
    house.plain["roles"]["engineer"]["inline"] = house.plain["roles"]["next"]["inline"] = everything
    house.plain["users"]["alice"]["inline"] = everything
    assert may_read(house, environ)


def may_read(house, environ):
    directory = Directory(house.plain)
    caller = chained_caller(directory, environ, house.vault.signing_keys, house.now)
    request = request_of(caller, "s3:GetObject", Asked("arn:aws:s3:::b/k"), house.now)
    collector = Collector(directory, managed_policies(CATALOGUE), house.now)
    return evaluate(request, layers_of(caller, collector)).allowed
