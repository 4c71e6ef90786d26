"""What a decision says of how it came about, and what is exactly at a bound."""

import json

import pytest

from iamctl.domain.errors import InvalidValue
from iamctl.domain.times import format_instant
from iamctl.sts.assume import decide_assume
from iamctl.sts.packed import packed_size
from iamctl.sts.terms import AssumeRequest
from iamctl.sts.user_sessions import FederationRequest, decide_federation

ALICE = "arn:aws:iam::123456789012:user/alice"
ALL = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
TAGGED = AssumeRequest(tags=(("team", "eng"),), source_identity="alice")


def no_policy(_arn):
    return None


def decide(world, request, caller=None):
    directory = world.directory
    role = directory.role("deployer")
    caller = caller or world.caller("alice")
    return decide_assume(directory, caller, role, request, world.now, no_policy)


def test_a_yes_is_said_of_the_call_itself(world, allow):
    world.user("alice")
    world.role("deployer", allow(ALICE, ALL))
    decided = decide(world, TAGGED)
    assert decided.allowed is decided.decision.allowed is True
    assert decided.request.action == "sts:AssumeRole"
    assert decided.request.resource == "arn:aws:iam::123456789012:role/deployer"
    assert [policy.type for policy in decided.layers.resource] == ["trust"]


@pytest.mark.parametrize("missing", ALL)
def test_a_no_is_said_of_the_first_action_that_is_not_allowed(world, allow, missing):
    world.user("alice")
    world.role("deployer", allow(ALICE, [action for action in ALL if action != missing]))
    decided = decide(world, TAGGED)
    assert decided.allowed is decided.decision.allowed is False
    assert decided.request.action == missing
    assert (decided.expires, decided.until) == (world.now, None)


def test_of_two_that_are_missing_the_first_is_said(world, allow):
    world.user("alice")
    world.role("deployer", allow(ALICE, ALL[:1]))
    assert decide(world, TAGGED).request.action == "sts:TagSession"


def test_a_federated_users_yes_is_said_of_the_call_itself(world):
    may = {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}
    world.user("alice", inline={"May": {"Version": "2012-10-17", "Statement": may}})
    asked = FederationRequest("bot", tags=(("team", "ci"),))
    caller = world.caller("alice")
    decided = decide_federation(world.directory, caller, asked, world.now, no_policy)
    assert decided.allowed is decided.decision.allowed is True
    assert decided.request.action == "sts:GetFederationToken"


@pytest.fixture
def in_two_groups(world, allow):
    """Alice may assume the role by either of two memberships, of 3000 and of 1200 seconds."""
    world.user("alice")
    world.role("deployer", allow("arn:aws:iam::123456789012:root"))
    may = {"May": {"Version": "2012-10-17", "Statement": allow(resource="*")}}
    for name, seconds in (("long", 3000), ("short", 1200)):
        member = {"user": "alice", "until": format_instant(world.now + seconds)}
        world.group(name, member, inline=may)
    return world


def test_of_two_memberships_that_allow_it_the_later_counts(in_two_groups):
    world = in_two_groups
    for caller in (world.caller("alice"), world.session(world.user_claims("alice"))):
        decided = decide(world, AssumeRequest(), caller)
        assert decided.until == decided.expires == world.now + 3000


@pytest.mark.parametrize(("inherited", "until"), [(9000, 3000), (900, 900)])
def test_of_an_inherited_end_and_an_own_one_the_earlier_counts(in_two_groups, inherited, until):
    world = in_two_groups
    claims = world.user_claims("alice", until=world.now + inherited, expires=world.now + 60)
    decided = decide(world, AssumeRequest(), world.session(claims))
    assert decided.until == decided.expires == world.now + until


def tags_of(length):
    """One tag that is packed into so many characters."""
    empty = len(json.dumps([(), {"k": ""}, ()], separators=(",", ":")))
    return {"k": "v" * (length - empty)}


def test_a_session_may_use_all_of_what_is_allotted():
    assert packed_size((), tags_of(4096), ()) == 100
    assert packed_size((), tags_of(4055), ()) == 99
    assert packed_size((), tags_of(4056), ()) == 100
    with pytest.raises(InvalidValue, match="consumes 101%"):
        packed_size((), tags_of(4097), ())


def test_transitive_keys_are_part_of_it():
    with pytest.raises(InvalidValue) as caught:
        packed_size((), tags_of(4096), ("k",))
    assert caught.value.code == "PackedPolicyTooLarge"


def test_why_a_key_cannot_be_transitive(world, allow):
    world.role("base")
    base = "arn:aws:iam::123456789012:role/base"
    world.role("deployer", allow(base, ALL))
    claims = world.claims("base", tags={"team": "eng"}, transitive=("team",))
    session = world.session(claims)
    with pytest.raises(InvalidValue, match='"Team" is inherited already') as caught:
        decide(world, AssumeRequest(transitive_tag_keys=("Team",)), session)
    assert caught.value.hint is None
    with pytest.raises(InvalidValue, match='"cost" is not among the session tags') as caught:
        decide(world, AssumeRequest(transitive_tag_keys=("cost",)), session)
    assert caught.value.hint == "pass the tag too: --tag cost=VALUE"
