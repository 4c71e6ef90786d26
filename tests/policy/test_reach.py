import os

from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.documents import Condition
from iamctl.policy.reach import ALL, NOTHING, Box, Requests, Term, box
from iamctl.policy.reach_patterns import EVERYTHING, Patterns, action_pattern, arn_pattern
from iamctl.policy.reach_provisos import Known, Proviso

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
ACTIONS = ("s3:get", "s3:put", "iam:get", "iam:list")
RESOURCES = ("*", "arn:aws:s3:::a", "arn:aws:s3:::a/b", "arn:aws:s3:::b/b")
CONTEXTS = ({}, {"x:a": "1"}, {"x:a": "1", "x:b": "1"}, {"x:b": "1"})
POINTS = [(a, r, c) for a in ACTIONS for r in RESOURCES for c in CONTEXTS]
NOBODY = Known({})


def patterns(make, texts):
    listed = st.lists(st.sampled_from(texts), max_size=2)
    return st.builds(
        lambda found, negated: Patterns(tuple(make(t) for t in found), negated),
        listed,
        st.booleans(),
    )


def has(key):
    return Proviso(Condition("StringEquals", key, ("1",)))


BOXES = st.builds(
    box,
    patterns(action_pattern, ("s3:*", "*:get", "*", "s3:put", "iam:?et")),
    patterns(lambda t: arn_pattern([t]), ("*", "arn:aws:s3:::a*", "arn:aws:s3:::*/b")),
    st.lists(st.sampled_from((has("x:a"), has("x:b"))), max_size=1).map(tuple),
)
SETS = st.recursive(
    st.lists(BOXES, max_size=2).map(lambda found: Requests(tuple(map(Term, found)))),
    lambda inner: st.builds(lambda a, b: a - b, inner, inner),
    max_leaves=3,
)


@settings(max_examples=120 * SCALE, deadline=None)
@given(SETS, SETS)
def test_sets_are_joined_met_and_subtracted_point_by_point(one, other):
    union, both, rest = one | other, one & other, one - other
    for point in POINTS:
        mine, theirs = one.holds(*point), other.holds(*point)
        assert union.holds(*point) is (mine or theirs)
        assert both.holds(*point) is (mine and theirs)
        assert rest.holds(*point) is (mine and not theirs)


@settings(max_examples=120 * SCALE, deadline=None)
@given(SETS, SETS)
def test_a_witness_is_in_the_set_and_an_empty_set_holds_nothing(one, other):
    found = one - other
    point = found.witness(NOBODY)
    if point is None:
        # The conditions here can be fulfilled in every combination.
        assert found.is_empty() is True
        assert not any(found.holds(*p) for p in POINTS)
    else:
        assert found.is_empty() is False
        assert found.holds(*point)


def actions(*texts):
    return Patterns(tuple(map(action_pattern, texts)))


def resources(*texts):
    return Patterns(tuple(arn_pattern([text]) for text in texts))


def test_all_and_nothing():
    assert NOTHING.is_empty() is True
    assert ALL.is_empty() is False
    assert (ALL - ALL).is_empty() is True
    assert NOTHING.witness(NOBODY) is None
    assert ALL.witness(NOBODY) is not None


def test_what_a_deny_without_conditions_covers_is_gone_and_the_rest_stays():
    allowed = Requests((Term(box(actions("s3:*"), EVERYTHING)),))
    denied = box(actions("s3:put*"), resources("arn:aws:s3:::prod/*"))
    left = allowed.less([denied])
    assert not left.holds("s3:PutObject", "arn:aws:s3:::prod/x", {})
    assert left.holds("s3:PutObject", "arn:aws:s3:::test/x", {})
    assert left.holds("s3:GetObject", "arn:aws:s3:::prod/x", {})
    assert left.less([box(actions("*"), EVERYTHING)]) == NOTHING


def test_a_deny_with_a_condition_leaves_what_is_outside_of_it():
    mfa = Proviso(Condition("BoolIfExists", "aws:MultiFactorAuthPresent", ("false",)))
    allowed = Requests((Term(box(actions("s3:*"), EVERYTHING)),))
    left = allowed.less([box(EVERYTHING, EVERYTHING, (mfa,))])
    point = left.witness(NOBODY)
    assert point is not None
    assert point.context == {"aws:multifactorauthpresent": "true"}
    assert not left.holds("s3:get", "*", {})


def test_a_condition_that_is_both_required_and_refused_leaves_nothing():
    team = has("x:a")
    allowed = Requests((Term(box(actions("s3:*"), EVERYTHING, (team,))),))
    assert allowed.less([box(EVERYTHING, EVERYTHING, (team,))]) == NOTHING
    partly = allowed.less([box(EVERYTHING, resources("arn:*"), (team,))])
    assert partly.witness(NOBODY).resource == "*"


def test_denies_that_only_together_cover_everything_leave_nothing():
    allowed = Requests((Term(box(actions("s3:*"), resources("arn:aws:s3:::a/*"))),))
    inside = resources("arn:aws:s3:::a/b*")
    halves = [box(EVERYTHING, inside), box(EVERYTHING, ~inside)]
    assert allowed.less(halves).is_empty() is True
    assert allowed.less(halves[:1]).is_empty() is False


def test_equal_boxes_of_many_denies_stay_a_short_search():
    allowed = Requests((Term(box(EVERYTHING, EVERYTHING)),))
    denied = [box(actions(f"s{n}:*"), resources(f"arn:aws:s{n}:::*")) for n in range(300)]
    left = allowed.less(denied)
    assert left.is_empty() is False
    assert len(left.terms) == 1


def test_a_search_past_its_bounds_says_may_be():
    hard = [Box((actions(f"*{a}" + "?" * 18),), ()) for a in "ab"]
    term = Term(hard[0].meet(hard[1]))
    assert Requests((term,)).is_empty() is None
