import os
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.documents_variables import Literal
from iamctl.policy.arns import compile_resource, resource_of
from iamctl.policy.match import compile_glob
from iamctl.policy.reach_automaton import Unsure, covers, example, may_meet
from iamctl.policy.reach_patterns import (
    ACTIONS,
    RESOURCES,
    Patterns,
    action_pattern,
    arn_pattern,
    within_account,
)
from iamctl.policy.request import Request, root_caller

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
GLOBS = st.text(alphabet="ab*?", max_size=5)
LANGUAGES = st.lists(st.tuples(st.lists(GLOBS, max_size=3), st.booleans()), min_size=1, max_size=4)
SHORT_TEXTS = ["".join(t) for n in range(6) for t in product("abc", repeat=n)]
ARN_TEXTS = st.lists(st.sampled_from(("arn", "aws", "*", "?", "s3", "a*", "", "x/y", "*x")),
                     min_size=1, max_size=7).map(":".join)  # fmt: skip
PART = st.sampled_from(("aws", "s3", "", "a", "x/y", "abc", "*"))
ARNS = st.lists(PART, min_size=4, max_size=7).map(lambda parts: ":".join(["arn", *parts]))


def language(globs, negated):
    return Patterns(tuple(action_pattern(g) for g in globs), negated)


def is_in(text, globs, negated):
    return any(compile_glob(glob)(text) for glob in globs) is not negated


@settings(max_examples=150 * SCALE, deadline=None)
@given(LANGUAGES)
def test_a_common_text_is_found_exactly_when_there_is_one(languages):
    found = example(tuple(language(*one) for one in languages))
    common = [t for t in SHORT_TEXTS if all(is_in(t, *one) for one in languages)]
    if found is None:
        assert not common
    else:
        assert all(is_in(found, *one) for one in languages)


@settings(max_examples=400 * SCALE, deadline=None)
@given(ARN_TEXTS, ARNS | st.just("*"))
def test_an_arn_pattern_matches_as_a_statement_does(pattern, arn):
    expected = compile_resource(pattern, False)(resource_of(arn), {})
    assert Patterns((arn_pattern([pattern]),)).holds(arn) is expected
    walked = may_meet(
        (Patterns((arn_pattern([pattern]),)), Patterns((arn_pattern([Literal(arn)]),)))
    )
    if arn.count(":") >= 5:  # a shorter literal is completed
        assert walked is expected


def test_literal_pieces_hold_no_wildcards():
    pattern = arn_pattern(["arn:aws:s3:::b/", Literal("a*"), "/*"])
    assert pattern.text == "arn:aws:s3:::b/a${*}/*"
    only = Patterns((pattern,))
    assert only.holds("arn:aws:s3:::b/a*/x")
    assert not only.holds("arn:aws:s3:::b/ab/x")
    assert example((RESOURCES, only)) == "arn:aws:s3:::b/a*/"


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:aws:s3:::data",
        "arn:aws:sns:eu-west-1:123456789012:x",
        "arn:aws:sns:eu-west-1:210987654321:x",
        "arn:aws:sns:eu-west-1:1:x:y",
        "arn:aws:iam::aws:policy/x",
        "arn:aws:sns::12x:x",
        "arn:aws:sns::²:x",
    ],
)
def test_an_account_has_the_resources_that_a_request_says_are_its_own(resource):
    request = Request(root_caller("123456789012"), "sns:Publish", resource, {})
    own = within_account("123456789012").holds(resource)
    assert own is (request.owner == "123456789012")


def test_a_witness_is_a_plausible_action_or_arn():
    everything = Patterns((action_pattern("*"),))
    assert example((ACTIONS, everything)).count(":") == 1
    assert example((RESOURCES, everything)) == "*"
    outside = Patterns((arn_pattern(["arn:aws:s3:::*"]),), negated=True)
    inside = Patterns((arn_pattern(["arn:aws:s3:*:*:*"]),))
    found = example((RESOURCES, inside, outside))
    assert found.startswith("arn:aws:s3:")
    assert not found.startswith("arn:aws:s3:::")


def test_a_colon_of_the_first_five_is_not_crossed():
    wide, crossing = arn_pattern(["arn:aws:*:finance/*"]), "arn:aws:s:us:1:x:2:finance/y"
    assert not may_meet((Patterns((wide,)), Patterns((arn_pattern([Literal(crossing)]),))))


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("arn:aws:s3:r:*x:b", "arn:aws:s3:r:1:2x:b", False),
        ("arn:aws:s3:r:*x:b", "arn:aws:s3:r:12x:b", True),
        ("arn:aws:s3:r:?:b", "arn:aws:s3:r:::b", False),
        ("arn:aws:s3:*", "arn:aws:s3:r:1:b:c", True),
        ("arn:aws", "arn:aws:s3:r:1:b", True),
        ("arn:aws:s3:r", "arn:aws:s3:r:1:2:3", True),
        ("arn:aws:s3:r:1", "arn:aws:s3:r:2:1", False),
        ("arn:*:b", "arn:aws:s3:r:1:b", False),
        ("arn:aws:s3:::*:c", "arn:aws:s3:::a:b:c", True),
    ],
)
def test_parts_are_matched_one_by_one(pattern, arn, expected):
    assert compile_resource(pattern, False)(resource_of(arn), {}) is expected
    one = Patterns((arn_pattern([pattern]),))
    assert one.holds(arn) is expected
    assert may_meet((one, Patterns((arn_pattern([Literal(arn)]),)))) is expected


def test_many_patterns_are_gone_through_one_by_one():
    wide = Patterns(tuple(action_pattern(f"s{n}:Get*") for n in range(2000)))
    assert example((ACTIONS, wide, Patterns((action_pattern("s1999:GetX"),)))) == "s1999:getx"
    assert example((wide, ~wide)) is None


def test_one_pattern_covers_another():
    bucket, objects = arn_pattern(["arn:aws:s3:::b*"]), arn_pattern(["arn:aws:s3:::b/*"])
    assert covers(bucket, objects, RESOURCES)
    assert not covers(objects, bucket, RESOURCES)
    assert covers(arn_pattern(["*"]), bucket, RESOURCES)


def test_a_question_that_grows_beyond_all_bounds_is_left_undecided():
    # The shortest text that tells the last nineteen characters apart takes 2^19 states.
    one = Patterns((action_pattern("*a" + "?" * 18),))
    other = Patterns((action_pattern("*b" + "?" * 18),))
    with pytest.raises(Unsure):
        example((one, other))
    assert may_meet((one, other))
