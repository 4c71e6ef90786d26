"""The token that a pool gives an identity, and what it says when it comes back."""

import os

import pytest

from iamctl.domain.errors import NotAuthenticated, VaultUnavailable
from iamctl.services.pool_identities import get_id
from iamctl.services.pool_tokens import open_id_token, pool_web_identity
from tests.services.pool_stage import (
    ACCOUNT,
    FEDERATION,
    NOW,
    OTHER_POOL,
    POOL,
    UUID,
    directory,
    login,
    vault_in,
)


@pytest.fixture
def vault(tmp_path):
    return vault_in(tmp_path)


def issued(vault, *logins, pool="web"):
    held = get_id(directory(), pool, logins, vault, FEDERATION, NOW, os.urandom)
    return open_id_token(directory(), held, vault, NOW)


def read(vault, token, found=None, now=NOW):
    text = token.token.reveal_text()
    return pool_web_identity(found or directory(), text, vault.signing_keys(), now)


def test_a_token_says_whose_it_is_and_of_which_pool(vault):
    token = issued(vault, login(), login("al", "okta"))
    said = read(vault, token)
    assert (said.issuer, said.audience) == ("https://cognito-identity.amazonaws.com", POOL)
    assert said.subject == token.identity
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider"
    assert said.amr == (
        "authenticated",
        "google.example.com",
        f"{arn}/google.example.com:OIDC:alice",
        "okta.example.com",
        f"{arn}/okta.example.com:OIDC:al",
    )
    assert (said.issued, said.expires) == (NOW, token.expires) == (NOW, NOW + 600)


def test_a_guests_token_says_that_nobody_logged_in(vault):
    assert read(vault, issued(vault)).amr == ("unauthenticated",)


def test_a_token_of_another_pool_says_so(vault):
    assert read(vault, issued(vault, login(), pool="other")).audience == OTHER_POOL


def test_the_token_is_not_shown_by_accident(vault):
    token = issued(vault)
    assert token.token.reveal_text() not in repr(token)


@pytest.mark.parametrize(
    ("found", "now", "code"),
    [
        (None, NOW + 600, "ExpiredTokenException"),
        (None, NOW - 1, "InvalidIdentityToken"),
        ({"id": "eu-west-1:00000000-4d5e-4f60-8718-293a4b5c6d7e"}, NOW, "InvalidIdentityToken"),
    ],
)
def test_a_token_that_is_over_or_whose_pool_is_gone_is_refused(vault, found, now, code):
    token = issued(vault)
    with pytest.raises(NotAuthenticated) as caught:
        read(vault, token, None if found is None else directory(found), now)
    assert caught.value.code == code


@pytest.mark.parametrize(("logins", "pool"), [
    ((), {"guest_role": None}),
    ((login(),), {"providers": ["okta"]}),
    ((login("al", "okta"), login()), {"providers": ["okta"]}),
], ids=["guests", "one provider", "one of two"])  # fmt: skip
def test_whom_the_pool_lets_in_no_longer_has_a_token_of_no_use(vault, logins, pool):
    token = issued(vault, *logins)
    assert read(vault, token).subject == token.identity
    with pytest.raises(NotAuthenticated) as refused:
        read(vault, token, directory(pool))
    assert refused.value.code == "InvalidIdentityToken"


def test_a_token_of_another_directory_is_refused(vault):
    token = issued(vault)
    elsewhere = directory(directory=UUID[:-1] + "2")
    with pytest.raises(NotAuthenticated) as caught:
        read(vault, token, elsewhere)
    assert caught.value.code == "InvalidIdentityToken"


def test_without_a_signing_key_there_is_no_token(vault):
    class Keyless:
        def signing_keys(self):
            return ()

    held = get_id(directory(), "web", (), vault, FEDERATION, NOW, os.urandom)
    with pytest.raises(VaultUnavailable):
        open_id_token(directory(), held, Keyless(), NOW)
