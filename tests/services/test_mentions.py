"""What devices and pools name follows and blocks as AWS's own rules have it."""

import pytest

from iamctl.domain.change import Change, Renamed, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists, Conflict, InvalidValue
from iamctl.domain.invariants import check_all
from iamctl.services import deletion
from iamctl.services.renaming import plan_rename

POOL_ID = "eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612"


def rule(role, value="eng"):
    return {"claim": "department", "match": "Equals", "value": value, "role": role}


@pytest.fixture
def federated(directory):
    sections = {
        "mfa": {
            "phone": {"user": "bob", "enabled": "2026-11-01T00:00:00Z"},
            "key": {"user": "alice", "enabled": "2026-11-01T00:00:00Z"},
            "spare": {},
        },
        "identity_providers": {
            "google": {"url": "https://accounts.google.com"},
            "github": {"url": "https://token.actions.githubusercontent.com"},
            "corp": {"saml_metadata": "<x/>" + " " * 1000},
        },
        "identity_pools": {
            "web": {
                "id": POOL_ID,
                "providers": ["google", "github"],
                "authenticated_role": "deployer",
                "guest_role": "reader",
                "role_mappings": {
                    "google": {"type": "rules", "rules": [rule("deployer"), rule("reader", "x"),
                                                          rule("deployer", "y")]},
                    "github": {"type": "rules", "rules": [rule("deployer")]},
                },
            },
            "app": {"providers": ["google"], "role_mappings": {"google": {"type": "token"}}},
        },
    }  # fmt: skip
    return Directory({**directory.plain, **sections})


@pytest.fixture
def sound(applied):
    """Applies changes to a directory that they must leave without any error."""

    def run(before, changes):
        after = applied(before, changes)
        fresh = {p.message for p in check_all(after)} - {p.message for p in check_all(before)}
        assert fresh == set()
        return after

    return run


def delete(directory, section, *names, randomness, cascade=False):
    plan = getattr(deletion, f"plan_delete_{section}")
    return plan(directory, names=names, cascade=cascade, randomness=randomness)


def test_a_user_with_a_device_is_refused_in_awss_words(federated, randomness):
    free = Change(("groups", "developers", "members"), federated.plain["groups"]["developers"]
                  ["members"], None)  # fmt: skip
    before = Directory(apply_changes(federated.plain, (free,)))
    with pytest.raises(Conflict) as caught:
        delete(before, "users", "bob", randomness=randomness)
    assert caught.value.message.endswith("must delete MFA device first")
    assert caught.value.dependants == ("MFA device phone",)


def test_cascade_takes_a_users_devices_along(federated, randomness, sound):
    changes = delete(federated, "users", "bob", randomness=randomness, cascade=True)
    after = sound(federated, changes)
    assert list(after.mfa) == ["key", "spare"]


def unmapped(directory):
    """Without rules that choose roles."""
    pools = directory.plain["identity_pools"]
    web = {key: value for key, value in pools["web"].items() if key != "role_mappings"}
    return Directory({**directory.plain, "identity_pools": {**pools, "web": web}})


def test_a_role_that_pools_use_is_refused(federated, randomness):
    with pytest.raises(Conflict) as caught:
        delete(unmapped(federated), "roles", "deployer", randomness=randomness)
    assert "remove it from identity pools" in caught.value.message
    assert [what for what in caught.value.dependants if "pool" in what] == [
        "authenticated role of identity pool web",
    ]


@pytest.mark.parametrize("cascade", [False, True])
def test_no_deletion_lets_users_fall_through_to_another_rule(federated, randomness, cascade):
    with pytest.raises(Conflict) as caught:
        delete(federated, "roles", "deployer", randomness=randomness, cascade=cascade)
    assert caught.value.dependants == (
        "rule 1 for google of identity pool web",
        "rule 3 for google of identity pool web",
        "rule 1 for github of identity pool web",
    )
    assert "iamctl pool unmap web github --rule 1" in caught.value.hint


def test_cascade_ends_a_roles_use_by_pools(federated, randomness, sound):
    before = unmapped(federated)
    changes = delete(before, "roles", "deployer", randomness=randomness, cascade=True)
    web = sound(before, changes).identity_pools["web"]
    assert (web.authenticated_role, web.guest_role) == (None, "reader")


def test_both_roles_of_a_pool_go_in_one_edit(federated, randomness, sound):
    before = unmapped(federated)
    changes = delete(before, "roles", "deployer", "reader", randomness=randomness, cascade=True)
    web = sound(before, changes).identity_pools["web"]
    assert (web.authenticated_role, web.guest_role, web.role_mappings) == (None, None, {})


def test_a_provider_that_pools_name_is_refused_and_cascade_takes_it_out(
    federated, randomness, sound
):
    with pytest.raises(Conflict) as caught:
        delete(federated, "identity_providers", "google", randomness=randomness)
    assert caught.value.dependants == (
        "provider of identity pool web",
        "role mapping for google of identity pool web",
        "provider of identity pool app",
        "role mapping for google of identity pool app",
    )
    changes = delete(federated, "identity_providers", "google", randomness=randomness, cascade=True)
    pools = sound(federated, changes).identity_pools
    assert pools["web"].providers == ("github",)
    assert list(pools["web"].role_mappings) == ["github"]
    assert (pools["app"].providers, pools["app"].role_mappings) == ((), {})


def test_a_provider_that_nobody_names_goes(federated, randomness, sound):
    changes = delete(federated, "identity_providers", "corp", randomness=randomness)
    assert list(sound(federated, changes).identity_providers) == ["google", "github"]


def test_devices_follow_their_users_name(federated, sound):
    changes = plan_rename(federated, section="users", name="bob", new="robert")
    after = sound(federated, changes)
    assert [device.name for device in after.devices_of("robert")] == ["phone"]


def test_pools_follow_their_providers_name(federated, sound):
    changes = plan_rename(federated, section="identity_providers", name="google", new="goggle")
    assert changes[0] == Renamed("identity_providers", None, "google", "goggle")
    pools = sound(federated, changes).identity_pools
    assert pools["web"].providers == ("goggle", "github")
    assert list(pools["web"].role_mappings) == ["goggle", "github"]
    assert list(pools["app"].role_mappings) == ["goggle"]


def test_a_pool_has_another_name_and_keeps_its_id(federated, sound):
    changes = plan_rename(federated, section="identity_pools", name="web", new="site")
    assert sound(federated, changes).pool_by_id(POOL_ID).name == "site"


@pytest.mark.parametrize(
    ("section", "name", "new", "error"),
    [
        ("identity_providers", "corp", "other", InvalidValue),  # its ARN holds its name
        ("mfa", "phone", "other", InvalidValue),
        ("identity_providers", "google", "GitHub", AlreadyExists),
        ("identity_providers", "google", "a+b", InvalidValue),
        ("identity_pools", "web", "App", AlreadyExists),
    ],
)
def test_other_names_are_refused(federated, section, name, new, error):
    with pytest.raises(error):
        plan_rename(federated, section=section, name=name, new=new)
