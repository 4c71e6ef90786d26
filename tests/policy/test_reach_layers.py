"""What reach says a principal may do is what evaluate allows, on random small worlds."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.domain.documents import parse_document
from iamctl.policy.compile import SourcePolicy, source_policy
from iamctl.policy.evaluate import Layers
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_layers import Governed, reach, unreadable
from iamctl.policy.reach_patterns import Patterns, arn_pattern
from iamctl.policy.reach_provisos import Known
from iamctl.policy.request import (
    federated_caller,
    federated_user_caller,
    session_caller,
    user_caller,
)
from tests.policy.reach_worlds import (
    ACTIONS,
    HERE,
    PROVIDER,
    RESOURCES,
    ROLE,
    SESSION,
    World,
)

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))


@settings(
    max_examples=60 * SCALE,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.integers(0, 2**64 - 1))
def test_a_request_is_in_reach_exactly_when_it_is_allowed(seed):
    world = World(seed)
    found = reach(world.caller, world.layers, world.known, world.places)
    for action in ACTIONS:
        for resource in RESOURCES:
            context = world.context()
            decision = world.decide(action, resource, context)
            held = found.holds(action, resource, context)
            assert held is decision.allowed, (action, resource, context, decision)


@settings(
    max_examples=50 * SCALE,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.integers(0, 2**64 - 1))
def test_a_witness_is_allowed_and_an_empty_reach_allows_nothing(seed):
    world = World(seed)
    found = reach(world.caller, world.layers, world.known, world.places)
    point = found.witness(world.known)
    if point is not None:
        assert found.is_empty() is not True
        assert world.decide(*point).allowed, point
    elif found.is_empty():
        for action in ACTIONS:
            for resource in RESOURCES:
                assert not world.decide(action, resource, world.context()).allowed


def test_witnesses_are_found_and_sets_are_empty_often_enough():
    witnesses = empty = 0
    for seed in range(90):
        world = World(seed)
        found = reach(world.caller, world.layers, world.known, world.places)
        empty += found.is_empty() is True
        witnesses += found.witness(world.known) is not None
    assert witnesses > 30
    assert empty > 10
    assert witnesses + empty > 80


BUCKET = "arn:aws:s3:::data"


def policy(kind, *statements, version="2012-10-17"):
    parsed, problems = parse_document({"Version": version, "Statement": list(statements)}, kind)
    assert parsed is not None, problems
    return (source_policy(parsed, kind, kind),)


def allow(action="s3:*", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def user_known(*settled):
    return Known({"aws:username": "alice"}, lambda key: key in settled)


ALICE = user_caller(HERE, "alice", "/eng/")
DEPLOYER = session_caller(HERE, "deployer", "red", "/ci/")


def test_a_role_named_by_a_resource_stays_within_boundary_and_session_policy():
    named = policy("resource", allow(Principal={"AWS": ROLE}))
    place = Governed(named, BUCKET, HERE, ("/*",))
    layers = Layers(
        boundary=policy("boundary", allow(["s3:GetObject", "s3:PutObject"])),
        session=policy("session", allow(["s3:GetObject", "s3:DeleteObject"])),
    )
    found = reach(DEPLOYER, layers, user_known(), [place])
    held = [a for a in ("Get", "Put", "Delete") if found.holds(f"s3:{a}Object", BUCKET, {})]
    assert held == ["Get"]


def test_a_session_named_by_a_resource_is_free_of_them():
    named = policy("resource", allow(Principal={"AWS": SESSION}))
    layers = Layers(boundary=(), session=())
    found = reach(DEPLOYER, layers, user_known(), [Governed(named, BUCKET, HERE)])
    assert found.holds("s3:GetObject", BUCKET, {})


def test_what_sts_refuses_is_out_of_reach():
    everything = policy("identity", allow("*"))
    layers = Layers(identity=everything, session=policy("session", allow("*")))
    found = reach(federated_user_caller(HERE, "fred"), layers, user_known())
    assert not found.holds("sts:AssumeRole", "*", {})
    assert found.holds("s3:GetObject", BUCKET, {})


def test_everybody_in_a_resource_control_policy_is_also_who_an_identity_provider_vouches_for():
    trust = policy(
        "trust",
        {"Effect": "Allow", "Action": "sts:*", "Principal": {"Federated": PROVIDER}},
    )
    rcps = (policy("rcp", allow("*", Principal="*")),)
    place = Governed(trust, ROLE, HERE, rcps=rcps)
    found = reach(federated_caller(PROVIDER), Layers(), user_known(), [place])
    assert found.holds("sts:AssumeRoleWithWebIdentity", ROLE, {})


def test_an_account_in_a_key_policy_leaves_it_to_identity_policies():
    key = f"arn:aws:kms:eu-west-1:{HERE}:key/1"
    named = policy("resource", allow("kms:*", Principal={"AWS": HERE}))
    layers = Layers(identity=policy("identity", allow("kms:Decrypt")))
    found = reach(ALICE, layers, user_known(), [Governed(named, key, HERE)])
    assert found.holds("kms:Decrypt", key, {})
    assert not found.holds("kms:Encrypt", key, {})
    assert not reach(ALICE, layers, user_known()).holds("kms:Decrypt", key, {})


def test_all_but_resources_with_an_open_variable():
    statement = {"Effect": "Allow", "Action": "s3:*", "NotResource": f"{BUCKET}/${{x:team}}/*"}
    layers = Layers(identity=policy("identity", statement))
    found = reach(ALICE, layers, user_known())
    inside, outside = f"{BUCKET}/red/x", f"{BUCKET}/blue"
    assert found.holds("s3:GetObject", outside, {"x:team": "red"})
    assert found.holds("s3:GetObject", inside, {"x:team": "blue"})
    assert found.holds("s3:GetObject", inside, {})
    assert not found.holds("s3:GetObject", inside, {"x:team": "red"})
    only_inside = found & Requests((Term(Box((), (Patterns((arn_pattern([inside]),)),))),))
    point = only_inside.witness(user_known())
    assert point is not None
    assert point.context.get("x:team") != "red"


def test_variables_of_the_older_version_are_text():
    resource = f"{BUCKET}/${{aws:username}}"
    old = policy("identity", allow(resource=resource), version="2008-10-17")
    found = reach(ALICE, Layers(identity=old), user_known())
    assert found.holds("s3:GetObject", resource, {"aws:username": "alice"})
    assert not found.holds("s3:GetObject", f"{BUCKET}/alice", {"aws:username": "alice"})


def test_a_variable_without_value_beside_an_open_one_matches_nothing():
    resource = f"{BUCKET}/${{x:team}}/${{aws:PrincipalTag/none}}"
    layers = Layers(identity=policy("identity", allow(resource=resource)))
    assert reach(ALICE, layers, user_known("aws:principaltag/none")).is_empty() is True


def test_what_cannot_be_read_is_named():
    missing = SourcePolicy("Lost", "identity", None, "user alice", "it is not there")
    layers = Layers(identity=(missing, *policy("identity", allow())), scps=((missing,),))
    assert [found.id for found in unreadable(layers)] == ["Lost", "Lost"]
    assert unreadable(Layers(), [Governed((missing,), BUCKET, HERE)]) == (missing,)
