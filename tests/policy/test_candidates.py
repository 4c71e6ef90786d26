import os
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.documents import Statement
from iamctl.policy.arns import resource_of
from iamctl.policy.candidates import MANY, ByResource, candidates
from iamctl.policy.compile import CompiledStatement
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.request import Request
from tests.policy.policies import ALICE, QUEUE, UNREADABLE, allow, deny, policy

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
HEADS = st.sampled_from(("arn:aws:s3:::", "arn:aws:sqs:*:1:", "arn:*:s3:::", "arn:aws:sqs:e?:1:"))
PATTERNS = st.one_of(
    st.builds(str.__add__, HEADS, st.text(alphabet="ab*?", max_size=4)),
    st.builds(str.__add__, HEADS, st.sampled_from(("a${k:x}", "${k:x, 'b'}*", "${*}", "a${?}b"))),
    st.sampled_from(("*", "arn:aws:s3", "arn:aws", "arn:aws:sqs:e1:1")),
)
RESOURCES = st.one_of(
    st.builds(
        str.__add__,
        st.sampled_from(("arn:aws:s3:::", "arn:aws:sqs:e1:1:")),
        st.text(alphabet="ab*?", max_size=4),
    ),
    st.sampled_from(("*", "arn:aws:s3", "")),
)
STATEMENTS = st.builds(
    lambda patterns, negated: Statement(
        "Allow",
        actions=("s3:*",),
        resources=None if negated else tuple(patterns),
        not_resources=tuple(patterns) if negated else None,
    ),
    st.lists(PATTERNS, min_size=1, max_size=3),
    st.sampled_from((False, False, False, True)),
)


@settings(max_examples=300 * SCALE, deadline=None)
@given(st.lists(STATEMENTS, max_size=8), RESOURCES, st.booleans())
def test_no_statement_that_matches_a_resource_is_passed_over(written, text, variables):
    compiled = [CompiledStatement(statement, variables) for statement in written]
    index = ByResource((UNREADABLE, statement) for statement in compiled)
    found = [statement for _, statement in index.about(text)]
    resource, context = resource_of(text), {"k:x": "b"}
    matching = [s for s in compiled if s.matches_resource(resource, context)]
    assert [s for s in found if s in matching] == matching
    order = [compiled.index(s) for s in found]
    assert order == sorted(set(order))


def test_statements_elsewhere_are_passed_over():
    others = [allow(resource=f"arn:aws:sqs:us-east-1:1:q{n}-*") for n in range(1000)]
    mine = allow(resource=QUEUE)
    found = candidates((policy(*others, mine),), "sqs:sendmessage")
    assert isinstance(found.allows, ByResource)
    assert [statement.statement for _, statement in found.allows.about(QUEUE)] == [mine]


def test_a_few_are_all_looked_at():
    few = [allow(resource=f"{QUEUE}{n}") for n in range(MANY - 1)]
    found = candidates((policy(*few[:3], deny()), policy(*few[3:])), "sqs:sendmessage")
    assert isinstance(found.allows, tuple)
    assert [s.statement for _, s in found.allows] == few
    assert [s.statement for _, s in found.denies] == [deny()]
    assert not found.unreadable


def test_only_statements_about_the_action():
    found = candidates((policy(allow(), allow("s3:*"), deny("s3:Get*")),), "s3:putobject")
    assert [s.statement for _, s in found.allows] == [allow("s3:*")]
    assert found.denies == ()


def test_a_policy_that_cannot_be_read_is_told():
    assert candidates((policy(allow()), UNREADABLE), "sqs:sendmessage").unreadable


def calls_of(request, layers):
    """How many functions a decision calls once its layers have been asked for the action."""
    evaluate(request, layers)
    count = 0

    def look(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        evaluate(request, layers)
    finally:
        sys.setprofile(before)
    return count


CROWDS = {
    "other actions, one document": lambda n: (policy(*(allow(f"svc{k}:Do*") for k in range(n))),),
    "other actions, many documents": lambda n: tuple(
        policy(allow(f"svc{k}:Do*")) for k in range(n)
    ),
    "other resources": lambda n: (policy(*(allow(resource=f"{QUEUE}-{k}/*") for k in range(n))),),
    "denies of other resources": lambda n: tuple(
        policy(deny(resource=f"{QUEUE}-{k}/*")) for k in range(n)
    ),
}


@pytest.mark.parametrize("crowd", CROWDS)
def test_a_decision_costs_what_could_apply_and_not_what_there_is(crowd):
    request = Request(ALICE, "sqs:SendMessage", QUEUE, {})
    few, many = (
        calls_of(request, Layers((*CROWDS[crowd](count), policy(allow()))))
        for count in (2 * MANY, 100 * MANY)
    )
    assert many <= few + 10
