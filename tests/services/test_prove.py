"""Policies compared by proof, against brute force over a small universe of requests."""

import json
import os
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.documents import parse_document
from iamctl.domain.errors import NotFound
from iamctl.policy.compile import SourcePolicy, source_policy
from iamctl.policy.evaluate import Layers, applies, question_of
from iamctl.policy.request import Request, user_caller
from iamctl.services.prove import (
    Given,
    disjoint,
    equivalent,
    given_in,
    given_of_aws,
    implies,
)
from iamctl.services.simulate import Simulator
from tests.services.builders import access, allow, document

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
CATALOGUE = ShippedCatalogue()
CALLER = user_caller("111122223333", "anybody")
MFA = "aws:MultiFactorAuthPresent"


def policy(*statements, name="P", version="2012-10-17"):
    plain = {"Version": version, "Statement": list(statements)}
    parsed, problems = parse_document(plain, "identity")
    assert parsed is not None, problems
    return Given(source_policy(parsed, name, "identity"), plain)


def deny(*words, **more):
    return allow(*words, effect="Deny", **more)


def allowed(given, action, resource, context):
    """Whether some Allow applies and no Deny: what a policy alone allows."""
    request = Request(CALLER, action, resource, {k.lower(): v for k, v in context.items()})
    question = question_of(request, Layers())
    found = given.policy.document.statements
    applying = [s.allows for s in found if applies(s, question) is not None]
    return bool(applying) and all(applying)


# A small universe, and policies over it.
ACTIONS = ("s3:GetObject", "s3:PutObject", "iam:GetUser", "kms:Decrypt", "sts:AssumeRole")
ROLE, KEY = "arn:aws:iam::111122223333:role/x", "arn:aws:kms:eu-west-1:111122223333:key/1"
RESOURCES = ("*", "arn:aws:s3:::a", "arn:aws:s3:::a/x", "arn:aws:s3:::ab", "arn:aws:s3:::a/y/x",
             ROLE, KEY, "arn:aws:sns:eu-west-1:999999999999:news")  # fmt: skip
KEYS = {
    "aws:username": (None, "x", "y", "a"),
    MFA: (None, "true", "false"),
    "s3:prefix": (None, "x", "y", ("x", "y"), ("x", "z")),
    "aws:SourceIp": (None, "10.0.0.1", "10.9.0.1", "11.0.0.1"),
}
CONTEXTS = [
    {key: value for key, value in zip(KEYS, row, strict=True) if value is not None}
    for row in product(*KEYS.values())
]
UNIVERSE = list(product(ACTIONS, RESOURCES, CONTEXTS))
CONDITIONS = (
    {"StringEquals": {"aws:username": ["x", "a"]}}, {"StringNotEquals": {"aws:username": "x"}},
    {"StringLike": {"aws:username": "?"}}, {"Null": {"aws:username": "true"}},
    {"Bool": {MFA: "true"}}, {"BoolIfExists": {MFA: "false"}}, {"Bool": {MFA: "false"}},
    {"StringEquals": {"s3:prefix": "x"}}, {"ForAllValues:StringEquals": {"s3:prefix": ["x", "y"]}},
    {"ForAnyValue:StringLike": {"s3:prefix": "y*"}}, {"StringNotLike": {"s3:prefix": "x*"}},
    {"StringEquals": {"s3:prefix": "${aws:username}"}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"IpAddress": {"aws:SourceIp": "10.0.0.0/9"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/16"}},
    {"Bool": {MFA: "true"}, "StringEquals": {"aws:username": "x"}},
)  # fmt: skip
PATTERNS = ("*", "s3:*", "s3:Get*", "*:Get*", "s3:PutObject", "iam:*", "kms:*", "sts:AssumeRole")
PLACES = ("*", "arn:aws:s3:::a*", "arn:aws:s3:::a/*", "arn:aws:s3:::a", "arn:aws:s3:::*/x",
          "arn:aws:s3:::a/${aws:username}", "arn:aws:s3:::a/${aws:username, 'y'}/x",
          "arn:aws:iam::*:role/*", "arn:aws:kms:*:*:key/*")  # fmt: skip
STATEMENTS = st.builds(
    lambda effect, action, resource, condition: {
        "Effect": effect, **action, **resource,
        **({} if condition is None else {"Condition": condition}),
    },
    st.sampled_from(("Allow", "Allow", "Deny")),
    st.builds(
        lambda negated, found: {"NotAction" if negated else "Action": found},
        st.sampled_from((False, False, False, True)),
        st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2),
    ),
    st.builds(
        lambda negated, found: {"NotResource" if negated else "Resource": found},
        st.sampled_from((False, False, False, True)),
        st.lists(st.sampled_from(PLACES), min_size=1, max_size=2),
    ),
    st.none() | st.sampled_from(CONDITIONS),
)  # fmt: skip
POLICIES = st.builds(
    lambda statements, version: policy(*statements, version=version),
    st.lists(STATEMENTS, min_size=1, max_size=3),
    st.sampled_from(("2012-10-17",) * 4 + ("2008-10-17",)),
)


@st.composite
def alike(draw):
    """Two policies of which one is the other with a statement changed, or one more."""
    statements = draw(st.lists(STATEMENTS, min_size=1, max_size=2))
    at = draw(st.integers(0, len(statements)))
    other = draw(STATEMENTS)
    if at < len(statements):
        kept = draw(st.sets(st.sampled_from(("Effect", "Action", "Resource", "Condition"))))
        own = {
            key: value for key, value in statements[at].items() if key.removeprefix("Not") in kept
        }
        taken = {key: value for key, value in other.items() if key.removeprefix("Not") not in kept}
        other = own | taken
    rest = [*statements[:at], *statements[at + 1 :]]
    first, second = policy(*statements), policy(*rest, other)
    return (first, second) if draw(st.booleans()) else (second, first)


CLAIMS = {
    implies: lambda one, other: one and not other,
    equivalent: lambda one, other: one is not other,
    disjoint: lambda one, other: one and other,
}


def replayed(proof, *given):
    """What `simulate` says of the counterexample under each policy: whether it is allowed."""
    cases = ({**proof.refutation.case, "identity_policies": [g.document]} for g in given)
    answers = Simulator().answers((json.dumps(case).encode() for case in cases), 1, 0)
    assert answers.bad == 0, answers.text
    return [json.loads(line)["decision"] == "allowed" for line in answers.text.splitlines()]


@settings(
    max_examples=40 * SCALE,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.tuples(POLICIES, POLICIES) | alike() | alike(),
    st.sampled_from(list(CLAIMS)),
    st.randoms(use_true_random=False),
)
def test_what_is_proved_no_request_refutes_and_what_refutes_does(pair, claim, random):
    first, second = pair
    refutes = CLAIMS[claim]
    proof = claim(first, second, CATALOGUE)
    if proof.proved:
        for request in random.sample(UNIVERSE, 1500):
            assert not refutes(allowed(first, *request), allowed(second, *request)), request
    elif proof.refutation is not None:
        found = proof.refutation
        request = found.action, found.resource, found.context
        assert refutes(allowed(first, *request), allowed(second, *request)), request
        both = [allowed(first, *request), allowed(second, *request)]
        assert [decision.allowed for decision in found.decisions] == both
        assert replayed(proof, first, second) == both
    else:
        assert proof.unknown


def test_most_pairs_are_decided_one_way_or_the_other():
    results = {"proved": 0, "refuted": 0, "unknown": 0}

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(POLICIES, POLICIES, st.sampled_from(list(CLAIMS)))
    def count(first, second, claim):
        proof = claim(first, second, CATALOGUE)
        result = "unknown" if proof.unknown else "proved" if proof.proved else "refuted"
        results[result] += 1

    count()
    assert results["proved"] > 10, results
    assert results["refuted"] > 20, results
    assert results["unknown"] < 5, results


EVERYTHING = policy(allow("*"))
READ = policy(allow("s3:Get*", "arn:aws:s3:::data/*"))
MIXED = policy(allow("s3:*"), deny("s3:Delete*", Condition={"Bool": {MFA: "false"}}))


def test_a_policy_implies_a_wider_one_and_not_the_other_way_round():
    assert implies(READ, EVERYTHING, CATALOGUE).proved
    found = implies(EVERYTHING, READ, CATALOGUE).refutation
    assert CATALOGUE.action(found.action).name == found.action
    assert [decision.verdict for decision in found.decisions] == ["allowed", "implicitDeny"]


def test_a_deny_of_the_wider_one_refutes_with_the_context_that_it_asks_for():
    found = implies(policy(allow("s3:DeleteObject")), MIXED, CATALOGUE).refutation
    assert found.action == "s3:DeleteObject"
    assert found.context == {MFA: "false"}
    assert found.decisions[1].verdict == "explicitDeny"
    safe = {"BoolIfExists": {MFA: "true"}}
    assert implies(policy(allow("s3:*", Condition=safe)), MIXED, CATALOGUE).proved


def test_policies_written_differently_are_equivalent():
    one = policy(
        allow(["S3:getobject", "s3:PutObject"], "arn:aws:s3:::data/*"),
        allow("s3:Get*", "arn:aws:s3:::data/*", Condition={"Bool": {MFA: "true"}}),
        deny("s3:GetObjectAcl", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/9"}}),
        deny("s3:GetObjectAcl", Condition={"IpAddress": {"aws:SourceIp": "10.128.0.0/9"}}),
    )
    other = policy(
        allow("s3:PutObject", ["arn:aws:s3:::data/?*", "arn:aws:s3:::data/"]),
        allow("s3:GetObject", "arn:aws:s3:::data/*"),
        allow("s3:Get*", "arn:aws:s3:::data/*", Condition={"Bool": {MFA: "TRUE"}}),
        deny("s3:GetObjectAcl", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    )
    assert equivalent(one, other, CATALOGUE).proved
    found = equivalent(one, policy(*other.document["Statement"][:3]), CATALOGUE).refutation
    assert [decision.allowed for decision in found.decisions] == [False, True]
    assert found.action == "s3:GetObjectAcl"


def test_disjoint_policies_and_a_request_that_both_allow():
    alice = policy(allow("s3:*", "arn:aws:s3:::alice/*"))
    homes = policy(allow("s3:*", "arn:aws:s3:::${aws:username}/*"))
    assert disjoint(alice, policy(allow("s3:*", "arn:aws:s3:::bob/*")), CATALOGUE).proved
    found = disjoint(alice, homes, CATALOGUE)
    assert found.refutation.context == {"aws:username": "alice"}
    assert replayed(found, alice, homes) == [True, True]


@pytest.mark.parametrize(
    ("statement", "resource", "policy_needed"),
    [
        (allow("kms:Decrypt", KEY), KEY, True),
        (allow("sts:AssumeRole", ROLE), ROLE, True),
        (allow("sns:Publish", "arn:aws:sns:eu-west-1:999999999999:n"),
         "arn:aws:sns:eu-west-1:999999999999:n", False),
        (allow("sns:Publish", "arn:aws-cn:sns:cn-north-1:999999999999:n"),
         "arn:aws-cn:sns:cn-north-1:999999999999:n", False),
        (allow("iam:GetPolicy", "arn:aws:iam::aws:policy/A"), "arn:aws:iam::aws:policy/A", False),
    ],
)  # fmt: skip
def test_a_case_is_decided_by_the_policy_alone_whatever_the_resource(
    statement, resource, policy_needed
):
    one, nothing = policy(statement), policy(deny("*"))
    found = implies(one, nothing, CATALOGUE).refutation
    assert found.resource == resource
    assert ("resource_policy" in found.case) is policy_needed
    assert replayed(implies(one, nothing, CATALOGUE), one, nothing) == [True, False]


def test_one_value_of_a_key_that_aws_says_has_one():
    one = policy(allow(Condition={"StringEquals": {"aws:username": "a"}}))
    other = policy(allow(Condition={"StringNotEquals": {"aws:username": "b"}}))
    assert implies(one, other, CATALOGUE).proved
    several = {"StringEquals": {"x:unheard": "a"}}, {"StringNotEquals": {"x:unheard": "b"}}
    one, other = (policy(allow(Condition=condition)) for condition in several)
    found = implies(one, other, CATALOGUE).refutation
    assert sorted(found.context["x:unheard"]) == ["a", "b"]


def test_what_hangs_on_several_keys_at_once_is_unknown_and_never_proved():
    one = policy(allow(Condition={"StringEquals": {"s3:prefix": "${aws:username}"}}))
    other = policy(allow(Condition={"StringLike": {"s3:prefix": "*"}}))
    proof = implies(one, other, CATALOGUE)
    assert (proof.proved, proof.refutation) == (False, None)
    assert "conditions that hang on one another" in proof.unknown
    assert implies(one, one, CATALOGUE).proved


def test_a_policy_that_cannot_be_read_leaves_everything_unknown():
    lost = Given(SourcePolicy("Lost", "identity", None, "", "it is gone"), None)
    for claim in CLAIMS:
        for pair in ((lost, READ), (READ, lost), (lost, lost)):
            assert claim(*pair, CATALOGUE).unknown == "Lost could not be read: it is gone"


def test_policies_of_a_directory_and_of_aws():
    read = {"id": "ANPAREADREADREADREAD22", "document": document(allow("s3:GetObject"))}
    directory = access(policies={"Read": read}).directory
    own = given_in(directory, "Read")
    assert own == given_in(directory, "arn:aws:iam::123456789012:policy/Read")._replace(
        policy=own.policy
    )
    aws = given_of_aws(CATALOGUE, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert implies(own, aws, CATALOGUE).proved
    assert not implies(aws, own, CATALOGUE).proved
    with pytest.raises(NotFound, match='policy "Raed" does not exist') as raised:
        given_in(directory, "Raed")
    assert raised.value.hint == 'did you mean "Read"?'
    with pytest.raises(NotFound, match="AWS has published no policy"):
        given_of_aws(CATALOGUE, "arn:aws:iam::aws:policy/Nope")


@pytest.mark.parametrize(
    ("first", "second", "proved"),
    [
        ("ReadOnlyAccess", "AdministratorAccess", True),
        ("ReadOnlyAccess", "ReadOnlyAccess", True),
        ("AdministratorAccess", "ReadOnlyAccess", False),
        ("AmazonS3ReadOnlyAccess", "AmazonS3FullAccess", True),
        ("AmazonEC2FullAccess", "PowerUserAccess", True),
        ("SecurityAudit", "ReadOnlyAccess", False),
    ],
)
def test_long_policies_of_aws(first, second, proved):
    pair = (given_of_aws(CATALOGUE, f"arn:aws:iam::aws:policy/{n}") for n in (first, second))
    proof = implies(*pair, CATALOGUE)
    assert (proof.proved, proof.unknown) == (proved, "")
