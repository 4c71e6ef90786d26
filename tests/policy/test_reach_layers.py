"""What reach says a principal may do is what evaluate allows, on random small worlds."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.policy.reach_layers import reach
from tests.policy.reach_worlds import ACTIONS, RESOURCES, World

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
