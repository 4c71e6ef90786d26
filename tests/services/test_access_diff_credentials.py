"""New credentials beside what policies say."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.services.access_diff_credentials import new_credentials
from tests.services.builders import OWN

KEY, OTHER_KEY = "AKIAALICEALICEALICE2", "AKIAOTHEROTHEROTHER2"
ALICE, BOB = "AIDAALICEALICEALICE22", "AIDABOBBOBBOBBOBBOB22"


def state(alice=None, bob=None, **sections):
    users = {"alice": {"id": ALICE, "keys": alice or {}}, "bob": {"id": BOB, "keys": bob or {}}}
    return Directory({"iamctl": 1, "account": {"id": OWN}, "users": users, **sections})


def provider(**more):
    return state(identity_providers={"corp": {"url": "https://idp.example.com", **more}})


def device(**more):
    return state(mfa={"phone": more})


def pool(**more):
    return state(identity_pools={"web": {"id": "eu-west-1:1", **more}})


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (state(), state({KEY: {}}), f"user/alice has a new access key, {KEY}"),
        (state({KEY: {}}), state(bob={KEY: {}}),
         f"access key {KEY} of user/alice is user/bob's now"),
        (
            state({KEY: {"fingerprint": "sha256:a"}}),
            state({KEY: {"fingerprint": "sha256:b"}}),
            f"access key {KEY} of user/alice has another fingerprint",
        ),
        (
            state({KEY: {"status": "inactive"}}),
            state({KEY: {}}),
            f"access key {KEY} of user/alice is active again",
        ),
        (device(), device(user="bob", enabled="2026-01-01T00:00:00Z"),
         "user/bob has a new MFA device, phone"),
        (state(), provider(), "there is a new identity provider, corp"),
        (provider(jwks={"k": {"n": "1"}}), provider(jwks={"k": {"n": "2"}}),
         "identity provider corp has other signing keys"),
        (provider(saml_metadata="<a/>"), provider(saml_metadata="<b/>"),
         "identity provider corp has other SAML metadata"),
        (pool(), pool(guest_role="web"), "identity pool web has another guest_role"),
        (state(), pool(), "there is a new identity pool, web"),
    ],
)  # fmt: skip
def test_what_is_new(before, after, words):
    assert new_credentials(before, after) == (words,)
    assert new_credentials(after, after) == ()


def test_what_only_goes_or_is_renamed_is_not_told():
    both = state({KEY: {}, OTHER_KEY: {"status": "inactive"}})
    renamed = Directory(
        {**both.plain, "users": {"alicia": both.plain["users"]["alice"], "bob": {"id": BOB}}}
    )
    assert new_credentials(both, renamed) == ()
    assert new_credentials(both, state({KEY: {"status": "inactive"}})) == ()
    assert new_credentials(provider(jwks={"k": {}}), state()) == ()
