"""Whose identity a login is: the same one for ever, another's never."""

import os

import pytest

from iamctl.domain.errors import (
    Conflict,
    InvalidDirectory,
    InvalidValue,
    NotAuthenticated,
    NotFound,
)
from iamctl.domain.secret import Secret
from iamctl.services.pool_identities import Login, get_id, hold
from tests.services.pool_stage import (
    FEDERATION,
    NOW,
    OTHER_POOL,
    POOL,
    directory,
    login,
    vault_in,
)


@pytest.fixture
def vault(tmp_path):
    return vault_in(tmp_path)


def identity(vault, *logins, pool="web", found=None, now=NOW):
    return get_id(found or directory(), pool, logins, vault, FEDERATION, now, os.urandom).id


def held(vault, id, *logins, pool="web", found=None, now=NOW):
    return hold(found or directory(), pool, id, logins, vault, FEDERATION, now)


def refused(call, *arguments, error=NotAuthenticated, **more):
    with pytest.raises(error) as caught:
        call(*arguments, **more)
    return caught.value


def test_the_same_login_is_the_same_identity_for_ever(vault):
    first = identity(vault, login())
    assert first.startswith("eu-west-1:")
    assert identity(vault, login(), now=NOW + 100) == first
    assert identity(vault, login(email="a@example.com")) == first
    assert identity(vault, login("bob")) != first
    assert identity(vault, login(provider="okta")) != first


class Stale:
    """The vault as it was read before somebody else's login came."""

    def __init__(self, vault):
        self._vault, self._seen = vault, vault.pool_identities(POOL)

    def pool_identities(self, pool):
        return self._seen

    def __getattr__(self, name):
        return getattr(self._vault, name)


def test_of_two_who_claim_a_guests_identity_at_once_one_gets_it(vault):
    guest = identity(vault)
    late = Stale(vault)
    held(vault, guest, login("alice"))
    refused(held, late, guest, login("bob"), error=Conflict)
    assert identity(vault, login("bob")) != guest
    assert held(late, guest, login("alice")).id == guest


def test_a_pool_goes_by_its_id_too_and_each_has_identities_of_its_own(vault):
    first = identity(vault, login())
    assert identity(vault, login(), pool=POOL) == first
    other = identity(vault, login(), pool="other")
    assert other != first
    assert identity(vault, login(), pool=OTHER_POOL) == other
    refused(held, vault, first, login(), pool="other", error=NotFound)


def test_guests_are_new_each_time(vault):
    assert len({identity(vault) for _ in range(5)}) == 5
    closed = directory({"guest_role": None})
    error = refused(identity, vault, found=closed)
    assert error.code == "NotAuthorizedException"
    assert error.message == "Unauthenticated access is not supported for this identity pool."


def test_a_guest_stays_one_only_while_the_pool_lets_guests_in(vault):
    guest = identity(vault)
    assert held(vault, guest).logins == ()
    error = refused(held, vault, guest, found=directory({"guest_role": None}))
    assert error.message == "Unauthenticated access is not supported for this identity pool."


def test_logins_given_together_are_linked(vault):
    google, okta = login(), login("al", "okta")
    first = identity(vault, google)
    assert identity(vault, google, okta) == first
    assert identity(vault, okta) == first
    assert held(vault, first, okta).id == first


def test_logins_of_two_identities_conflict(vault):
    google, okta = login(), login("al", "okta")
    first, second = identity(vault, google), identity(vault, okta)
    error = refused(identity, vault, google, okta, error=Conflict)
    assert error.code == "ResourceConflictException"
    assert refused(held, vault, first, google, okta, error=Conflict).code == error.code
    assert (identity(vault, google), identity(vault, okta)) == (first, second)


def test_an_identity_is_had_by_its_own_login_alone(vault):
    alice = identity(vault, login())
    bob = identity(vault, login("bob"))
    assert held(vault, alice, login()).logins[0].token.subject == "alice"
    for others in (login("bob"), login("nobody"), login("alice", "okta")):
        error = refused(held, vault, alice, others)
        assert error.code == "NotAuthorizedException"
        assert error.message.startswith("Logins don't match.")
    assert refused(held, vault, bob).message == f"Access to Identity '{bob}' is forbidden."


def test_a_login_that_was_refused_is_not_linked(vault):
    alice = identity(vault, login())
    refused(held, vault, alice, login("mallory"))
    assert identity(vault, login("mallory")) != alice
    refused(held, vault, alice, login("mallory"))


def test_another_login_beside_a_right_one_is_linked(vault):
    alice = identity(vault, login())
    assert len(held(vault, alice, login(), login("al", "okta")).logins) == 2
    assert identity(vault, login("al", "okta")) == alice


def test_a_guest_who_logs_in_keeps_the_identity_and_is_no_guest_any_more(vault):
    guest = identity(vault)
    assert held(vault, guest, login()).id == guest
    assert identity(vault, login()) == guest
    assert refused(held, vault, guest).message == f"Access to Identity '{guest}' is forbidden."
    refused(held, vault, guest, login("bob"))


def test_a_login_with_an_identity_takes_no_guests_over(vault):
    alice, guest = identity(vault, login()), identity(vault)
    assert refused(held, vault, guest, login(), error=Conflict).code == "ResourceConflictException"
    assert held(vault, guest).id == guest
    assert identity(vault, login()) == alice


def test_an_identity_that_is_nobodys_is_not_found(vault):
    error = refused(held, vault, f"{POOL[:-1]}0", error=NotFound)
    assert error.code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (login(provider="stray", signer="x", iss="https://x.example.com"),
         "Token is not from a supported provider of this identity pool."),
        (login(provider="nobody"), "Token is not from a supported provider of this identity pool."),
        (login(signer="okta"), "Invalid login token. Token signature invalid"),
        (login(aud="other"), "Invalid login token. Incorrect token audience"),
        (login(exp=NOW), "Invalid login token. Token expired: "),
        (login(iss="https://okta.example.com"), "Invalid login token. "),
        (Login("google", Secret("a.b.c")), "Invalid login token. "),
        (Login("google", Secret("")), "Invalid login token. "),
    ],
)  # fmt: skip
def test_a_login_that_is_none_is_refused_and_leaves_nothing_behind(vault, given, message):
    error = refused(identity, vault, given)
    assert error.code == "NotAuthorizedException"
    assert error.message.startswith(message)
    assert vault.pool_identities(POOL) == {}


def test_a_provider_goes_by_its_host_as_awss_clients_say_it(vault):
    named = login()
    first = identity(vault, named)
    assert identity(vault, Login("google.example.com", named.token)) == first


def test_a_provider_that_the_pool_has_no_more_proves_nothing(vault):
    alice = identity(vault, login())
    less = directory({"providers": ["okta"]})
    error = refused(held, vault, alice, login(), found=less)
    assert error.message == "Token is not from a supported provider of this identity pool."


def test_two_logins_of_one_provider_are_refused(vault):
    refused(identity, vault, login(), login("bob"), error=InvalidValue)


def test_a_pool_that_is_none_or_has_no_id_is_refused(vault):
    refused(identity, vault, pool="nobody", error=NotFound)
    refused(identity, vault, found=directory({"id": None}), error=InvalidDirectory)
