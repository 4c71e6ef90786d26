"""Revocation by a deny on the time of issue."""

import pytest

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.sts.revocation import (
    POLICY_NAME,
    earliest_issue,
    revoke_sessions_plan,
    revoking,
    roles_within_reach,
)


@pytest.fixture
def world(world):
    world.user("alice")
    world.role("deployer")
    return world


def revoke(world, section="roles", name="deployer", now=None):
    changes = revoke_sessions_plan(world.directory, section, name, now or world.now)
    world.plain = apply_changes(world.plain, changes)
    return changes


def deny(action="*", key="aws:TokenIssueTime", value="2027-01-15T08:00:00Z", **more) -> dict:
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    statement["Condition"] = {"DateLessThan": {key: value}, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def is_revoked(world, issued: int, now=None) -> bool:
    caller = world.session(world.claims("deployer", issued=issued), now or world.now + 5)
    found = revoking(world.directory, caller, lambda _arn: None, now or world.now + 5)
    return found is not None


def test_the_plan_writes_awss_policy(world):
    (change,) = revoke_sessions_plan(world.directory, "roles", "deployer", world.now)
    assert change == Change(
        ("roles", "deployer", "inline", "AWSRevokeOlderSessions"),
        None,
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Action": ["*"],
                    "Resource": ["*"],
                    "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2027-01-15T08:00:01Z"}},
                }
            ],
        },
    )


def test_every_session_up_to_this_second_is_dead_and_the_next_second_lives(world):
    revoke(world)
    assert is_revoked(world, world.now - 100)
    assert is_revoked(world, world.now)
    assert not is_revoked(world, world.now + 1)
    assert earliest_issue(world.directory.role("deployer")) == world.now + 1


def test_without_revocation_nothing_is_revoked(world):
    assert earliest_issue(world.directory.role("deployer")) == 0
    assert not is_revoked(world, world.now)


def test_revoking_again_moves_the_instant_forward_only(world):
    revoke(world)
    (change,) = revoke(world, now=world.now + 100)
    assert isinstance(change, Change)
    assert change.old is not None
    assert earliest_issue(world.directory.role("deployer")) == world.now + 101
    assert revoke(world, now=world.now + 50) == ()


@pytest.mark.parametrize("later", ["2030", "2030-06", "2030-06-01", "1900000000.5"])
def test_revoking_again_never_lets_sessions_live_that_the_policy_ends(world, later):
    world.plain["roles"]["deployer"]["inline"] = {POLICY_NAME: deny(value=later)}
    revoke(world)
    assert is_revoked(world, world.now + 2)


def test_a_users_get_session_token_sessions_die_and_its_key_lives(world):
    revoke(world, "users", "alice")
    session = world.session(world.user_claims("alice", issued=world.now))
    assert revoking(world.directory, session, lambda _arn: None, world.now) is not None
    key = world.caller("alice")
    assert revoking(world.directory, key, lambda _arn: None, world.now) is None


def test_other_denies_do_not_hide_the_revocation(world):
    everything = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    before = {"AAA": {"Version": "2012-10-17", "Statement": everything}}
    world.plain["roles"]["deployer"]["inline"] = before
    assert not is_revoked(world, world.now)
    revoke(world)
    assert is_revoked(world, world.now)
    assert not is_revoked(world, world.now + 1)


def test_a_revocation_may_stand_in_the_boundary(world):
    world.plain["policies"] = {"Limit": {"document": deny(value="2030-01-01T00:00:00Z")}}
    world.plain["roles"]["deployer"]["boundary"] = "Limit"
    assert is_revoked(world, world.now)


@pytest.mark.parametrize(
    "document",
    [
        deny("s3:*"),
        deny("sts:*"),
        deny(key="aws:CurrentTime"),
        deny(value="2020-01-01T00:00:00Z"),
        deny(StringEquals={"aws:userid": "someone else"}),
    ],
)
def test_narrower_denies_are_no_revocation(world, document):
    world.plain["roles"]["deployer"]["inline"] = {"x": document}
    assert not is_revoked(world, world.now - 50)


def test_a_deny_of_one_session_name_revokes_that_one(world):
    role_id = world.plain["roles"]["deployer"]["id"]
    one = deny(value="2030-01-01T00:00:00Z", StringEquals={"aws:userid": f"{role_id}:alice"})
    world.plain["roles"]["deployer"]["inline"] = {"x": one}
    assert is_revoked(world, world.now)
    assert earliest_issue(world.directory.role("deployer")) == 0
    bob = world.session(world.claims("deployer", "bob"))
    assert revoking(world.directory, bob, lambda _arn: None, world.now) is None


@pytest.mark.parametrize(
    ("operator", "value", "earliest"),
    [
        ("DateLessThan", "2027-01-15T08:00:00Z", 1_800_000_000),
        ("DateLessThan", "1800000000", 1_800_000_000),
        ("DateLessThan", "1800000000.5", 1_800_000_001),
        ("DateLessThanEquals", "1800000000.5", 1_800_000_001),
        ("DateLessThan", "2027-01-15T10:00+02:00", 1_800_000_000),
        ("DateLessThan", "2027", 1_798_761_600),
        ("DateLessThan", "2027-02", 1_801_440_000),
        ("DateLessThan", "999999999999", 253_402_300_799),
        ("DateLessThan", "2027-01-15 08:00:00", 0),
        ("DateLessThanIfExists", "2027-01-15T08:00:00Z", 1_800_000_000),
        ("DateLessThanEquals", "2027-01-15T08:00:00Z", 1_800_000_001),
        ("DateGreaterThan", "2027-01-15T08:00:00Z", 0),
    ],
)
def test_the_earliest_issue_reads_revocations_however_written(world, operator, value, earliest):
    document = deny()
    document["Statement"][0]["Condition"] = {operator: {"AWS:tokenissuetime": value}}
    world.plain["roles"]["deployer"]["inline"] = {"x": document}
    assert earliest_issue(world.directory.role("deployer")) == earliest


def test_the_plan_keeps_other_policies_and_replaces_a_foreign_one_of_its_name(world):
    world.plain["roles"]["deployer"]["inline"] = {"x": deny("s3:*"), POLICY_NAME: deny("s3:*")}
    revoke(world)
    inline = Directory(world.plain).role("deployer").inline
    assert set(inline) == {"x", POLICY_NAME}
    assert is_revoked(world, world.now)


def test_what_cannot_be_revoked(world):
    world.role("linked", path="/aws-service-role/x.amazonaws.com/")
    world.group("devs", "alice")
    with pytest.raises(InvalidValue) as caught:
        revoke_sessions_plan(world.directory, "roles", "linked", world.now)
    assert caught.value.code == "UnmodifiableEntity"
    with pytest.raises(NotFound):
        revoke_sessions_plan(world.directory, "roles", "deploier", world.now)
    with pytest.raises(InvalidValue):
        revoke_sessions_plan(world.directory, "groups", "devs", world.now)


@pytest.fixture
def reach(world, allow):
    """Roles around alice; `deployer` trusts the account."""
    alice, bob = "arn:aws:iam::123456789012:user/alice", world.user("bob")
    root = "arn:aws:iam::123456789012:role"
    world.role("named", allow(alice))
    world.role("by-id", allow(world.plain["users"]["alice"]["id"]))
    world.role("bobs", allow(bob))
    world.role("second", allow(f"{root}/named"))
    world.role("third", allow("arn:aws:sts::123456789012:assumed-role/second/alice"))
    world.role("foreign", allow("arn:aws:iam::999999999999:root"))
    world.role("linked", allow(alice), path="/aws-service-role/x.amazonaws.com/")
    world.role("barred", allow(alice, effect="Deny"), allow(bob))
    return world


def test_roles_within_reach_follow_chains_and_nobody_elses(reach):
    names = roles_within_reach(reach.directory, "alice")
    assert names == ("by-id", "deployer", "named", "second", "third")
    assert roles_within_reach(reach.directory, "bob") == ("barred", "bobs", "deployer")
    with pytest.raises(NotFound):
        roles_within_reach(reach.directory, "alcie")
