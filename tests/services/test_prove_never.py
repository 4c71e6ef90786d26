"""What a principal can never do: against brute force, and the claims that matter one by one."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.times import format_instant
from iamctl.services.access import Circumstances
from iamctl.services.prove_never import never
from tests.services.builders import MFA, NOW, OWN, ROOT, access, allow, document, holding, role

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
DAY = 86_400
BUCKET, FOREIGN = "arn:aws:s3:::data", "arn:aws:sns:eu-west-1:999999999999:news"
ROLE_ID = "AROADEPLOYERDEPLOYE22"


def deny(*words, **more):
    return allow(*words, effect="Deny", **more)


def when(operator, seconds, key="aws:CurrentTime"):
    return {"Condition": {operator: {key: format_instant(seconds)}}}


def at_times(**sections):
    """The directory's answers at any time."""
    return lambda instant: access(now=NOW if instant is None else instant, **sections)


def one(*statements, **more):
    return at_times(users={"alice": holding(*statements)}, **more)


def found_again(access_at, possible):
    """What the evaluator says of a counterexample asked anew, as `can` asks it."""
    asked = access_at(possible.at)
    request = possible.answer.request
    around = Circumstances(context=possible.context)
    target = asked.target(request.action, request.resource, around)
    return asked.answer(asked.subject(possible.principal), target).decision.allowed


# Random directories, and requests put to them.
CONDITIONS = (
    MFA, {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"Bool": {"aws:SecureTransport": "false"}}, {"Bool": {"aws:ViaAWSService": "true"}},
    {"DateGreaterThan": {"aws:CurrentTime": format_instant(NOW + 2 * DAY)}},
    {"DateLessThan": {"aws:CurrentTime": format_instant(NOW - DAY)}},
    {"NumericEquals": {"aws:EpochTime": str(NOW + 3 * DAY)}},
    {"DateLessThan": {"aws:TokenIssueTime": format_instant(NOW - 600)}},
    {"DateGreaterThan": {"aws:TokenIssueTime": format_instant(NOW - 600)}},
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}},
    {"StringEquals": {"aws:PrincipalTag/team": "red"}},
    {"StringEquals": {"aws:ResourceAccount": OWN}},
    {"StringNotEquals": {"aws:ResourceAccount": OWN}},
    {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
    {"StringLike": {"aws:userid": f"{ROLE_ID}:r*"}}, {"StringLike": {"aws:username": "al*"}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
)  # fmt: skip
PATTERNS = ("*", "s3:*", "s3:Get*", "s3:PutObject", "sns:*", "iam:*", "sts:AssumeRole")
PLACES = ("*", f"{BUCKET}/*", f"{BUCKET}/${{aws:username}}/*", "arn:aws:s3:::*", f"{BUCKET}/red/*",
          "arn:aws:sns:*:*:news", f"arn:aws:sns:*:{OWN}:*", "arn:aws:iam::*:user/*")  # fmt: skip
STATEMENTS = st.builds(
    lambda effect, action, resource, condition: allow(
        action, resource, effect, **({} if condition is None else {"Condition": condition})
    ),
    st.sampled_from(("Allow", "Allow", "Deny")),
    st.sampled_from(PATTERNS),
    st.sampled_from(PLACES),
    st.none() | st.sampled_from(CONDITIONS),
)
ANY = st.lists(STATEMENTS, min_size=1, max_size=2)


def world(own, group, carried, fence, bucket, tagged):
    fences = {} if fence is None else {"boundary": "Fence"}
    told = {"Principal": {"AWS": f"arn:aws:iam::{OWN}:user/alice"}}
    policy = document(*(s | told for s in bucket if "NotResource" not in s))
    return at_times(
        users={"alice": {**holding(*own), **fences, "tags": tagged, "id": "AIDAALICEALICEALICE22"}},
        groups={"devs": {"members": [{"user": "alice", "until": format_instant(NOW + DAY)}],
                         **(holding(*group) if group else {})}},
        roles={"deployer": {**role(ROOT, *carried), "id": ROLE_ID, **fences}},
        policies={} if fence is None else {"Fence": {"document": document(*fence)}},
        resources={BUCKET: policy} if bucket else {},
    )  # fmt: skip


WORLDS = st.builds(
    world, ANY, ANY, ANY, st.none() | ANY, st.just([]) | ANY,
    st.sampled_from(({}, {"team": "red"})),
)  # fmt: skip
DENIES = st.builds(
    lambda action, condition: deny(action, Condition=condition),
    st.sampled_from(("s3:*", "*")),
    st.sampled_from(CONDITIONS),
)
FEW = st.builds(
    lambda condition, own, group, carried: world(
        [allow(Condition=condition), *own], group, [allow(Condition=condition), *carried],
        None, [], {},
    ),
    st.sampled_from(CONDITIONS),
    *([st.lists(DENIES, max_size=1)] * 3),
)  # fmt: skip
"""Worlds in which an object can be read under one condition, unless others hold."""
QUESTIONS = st.tuples(
    st.sampled_from(("alice", "alice", "role/deployer", "root")),
    st.sampled_from(
        ("s3:GetObject", "s3:GetObject", "s3:*", "s3:Put*", "sns:Publish", "iam:GetUser", "*:*")
    ),
    st.sampled_from(("*", f"{BUCKET}/*", "arn:aws:sns:*:*:*", f"{BUCKET}/red/x", "user/alice")),
)
REQUESTS = (
    ("s3:GetObject", f"{BUCKET}/red/x"), ("s3:PutObject", f"{BUCKET}/alice/x"),
    ("s3:GetObject", "arn:aws:s3:::other/x"), ("sns:Publish", f"arn:aws:sns:eu-west-1:{OWN}:news"),
    ("iam:GetUser", f"arn:aws:iam::{OWN}:user/alice"),
)  # fmt: skip
BROUGHT = {
    "aws:MultiFactorAuthPresent": (None, "true", "false"),
    "aws:SecureTransport": (None, None, "false"),
    "aws:ViaAWSService": (None, None, "true"),
    "aws:TokenIssueTime": (None, format_instant(NOW - 1200), format_instant(NOW - 60)),
    "aws:RequestedRegion": (None, "eu-west-1", "ap-south-1"),
    "aws:ResourceTag/team": (None, "red"),
    "aws:SourceIp": (None, "10.1.2.3"),
}
TIMES = (NOW, NOW + DAY - 1, NOW + DAY, NOW + 2 * DAY, NOW + 2 * DAY + 1, NOW + 3 * DAY,
         NOW + 9 * DAY)  # fmt: skip


def is_meant(action, resource, wanted_action, wanted_resource):
    """Whether a request is one of those that a question is about."""
    start, _, rest = wanted_action.lower().partition("*")
    if not (
        action.lower() == wanted_action.lower()
        if not _ and not rest
        else _ and action.lower().startswith(start) and wanted_action.endswith("*")
    ):
        return False
    where = f"arn:aws:iam::{OWN}:user/alice" if wanted_resource == "user/alice" else wanted_resource
    if where == "arn:aws:sns:*:*:*":
        return resource.startswith("arn:aws:sns:")
    return resource == where or (where.endswith("*") and resource.startswith(where[:-1]))


@settings(
    max_examples=35 * SCALE,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(WORLDS | FEW | FEW, QUESTIONS, st.randoms(use_true_random=False))
def test_what_is_proved_no_request_is_allowed_and_what_refutes_it_is(access_at, question, random):
    principal, action, resource = question
    found = never(access_at, principal, action, resource)
    if found.possible is not None:
        assert found_again(access_at, found.possible)
        request = found.possible.answer.request
        if request.resource != "*":
            assert is_meant(request.action, request.resource, action, resource)
    if not found.proved:
        assert found.unknown or found.possible
        return
    session = {"role/deployer": "assumed-role/deployer/red"}
    for time in TIMES:
        asked = access_at(time)
        who = asked.subject(random.choice((principal, session.get(principal, principal))))
        for one_action, one_resource in REQUESTS:
            if not is_meant(one_action, one_resource, action, resource):
                continue
            for _ in range(8):
                brought = {key: random.choice(pool) for key, pool in BROUGHT.items()}
                if principal == "role/deployer":
                    del brought["aws:MultiFactorAuthPresent"]
                around = {key: value for key, value in brought.items() if value is not None}
                target = asked.target(one_action, one_resource, Circumstances(context=around))
                decision = asked.answer(who, target).decision
                assert not decision.allowed, (time, one_action, one_resource, around, decision)


def test_most_questions_are_decided():
    results = {"proved": 0, "possible": 0, "unknown": 0}

    @settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(WORLDS, QUESTIONS)
    def count(access_at, question):
        found = never(access_at, *question)
        results["proved" if found.proved else "possible" if found.possible else "unknown"] += 1

    count()
    assert results["proved"] > 3, results
    assert results["possible"] > 15, results
    assert results["unknown"] < 10, results


def test_what_nothing_allows_and_what_a_statement_does():
    access_at = one(allow("s3:Get*", f"{BUCKET}/*"))
    assert never(access_at, "alice", "s3:Put*").proved
    assert never(access_at, "alice", "s3:*", "arn:aws:s3:::other/*").proved
    possible = never(access_at, "alice", "s3:*").possible
    assert possible.answer.request.action == "s3:GetObject" or possible.answer.decision.allowed
    assert possible.answer.request.resource.startswith(f"{BUCKET}/")
    assert (possible.principal, possible.at) == ("alice", None)


def test_a_deny_that_mfa_lifts_refutes_with_mfa():
    unless = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    access_at = one(allow("s3:*"), deny("s3:Delete*", Condition=unless))
    possible = never(access_at, "alice", "s3:DeleteObject").possible
    assert possible.context == {"aws:MultiFactorAuthPresent": "true"}
    both = deny("s3:Delete*", Condition=MFA)
    assert never(one(allow("s3:*"), both, deny("s3:Delete*", Condition=unless)),
                 "alice", "s3:DeleteObject").proved  # fmt: skip


def test_a_time_to_come_counts_and_one_that_has_passed_does_not():
    later = NOW + 7 * DAY
    possible = never(one(allow(**when("DateGreaterThan", later))), "alice", "s3:GetObject").possible
    assert possible.at == later + 1
    possible = never(one(allow(**when("DateEquals", later))), "alice", "s3:GetObject").possible
    assert possible.at == later
    assert never(one(allow(**when("DateLessThan", NOW))), "alice", "s3:GetObject").proved
    epoch = {"Condition": {"NumericGreaterThan": {"aws:EpochTime": str(later)}}}
    assert never(one(allow(**epoch)), "alice", "s3:GetObject").possible.at == later + 1
    as_text = {"Condition": {"StringLike": {"aws:CurrentTime": "2031-*"}}}
    assert "reads the clock as text" in never(one(allow(**as_text)), "alice", "s3:Get*").unknown
    assert never(one(allow(**as_text)), "alice", "s3:Put*").proved


def test_a_deny_that_goes_with_a_membership_is_gone_when_that_ends():
    until = NOW + DAY
    members = [{"user": "alice", "until": format_instant(until)}]
    access_at = one(allow("s3:*"), groups={"fenced": {"members": members, **holding(deny("s3:*"))}})
    assert never(access_at, "alice", "s3:GetObject").possible.at == until
    forever = one(allow("s3:*"), groups={"fenced": {"members": ["alice"], **holding(deny("s3:*"))}})
    assert never(forever, "alice", "s3:GetObject").proved


def test_resources_of_accounts_that_no_file_speaks_of_are_never_proved():
    access_at = one(allow("sns:*", FOREIGN), allow("sqs:*", f"arn:aws:sqs:*:{OWN}:*"))
    found = never(access_at, "alice", "sns:Publish")
    assert f"sns:Publish on {FOREIGN}" in found.unknown
    assert never(access_at, "alice", "sns:Publish", FOREIGN).unknown
    assert never(access_at, "alice", "sqs:*", "arn:aws:sqs:*:999999999999:*").proved
    assert never(access_at, "alice", "sns:Publish", f"arn:aws:sns:*:{OWN}:*").proved


def test_a_session_that_a_resource_names_is_asked_too():
    session = f"arn:aws:sts::{OWN}:assumed-role/deployer/red"
    policy = document(allow("s3:*", f"{BUCKET}/*", Principal={"AWS": session}))
    sections = {"roles": {"deployer": {**role(ROOT), "id": ROLE_ID}}}
    access_at = at_times(**sections, resources={BUCKET: policy})
    assert never(access_at, "role/deployer", "s3:GetObject").possible.principal == session
    assert never(access_at, "role/deployer", "sns:*").proved
    assert never(access_at, "assumed-role/deployer/blue", "s3:GetObject").proved


def test_the_name_of_a_session_is_what_its_userid_ends_in():
    named = {"Condition": {"StringLike": {"aws:userid": f"{ROLE_ID}:red*"}}}
    sections = {"roles": {"deployer": {**role(ROOT, allow(**named)), "id": ROLE_ID}}}
    possible = never(at_times(**sections), "role/deployer", "s3:GetObject").possible
    assert possible.principal.startswith(f"arn:aws:sts::{OWN}:assumed-role/deployer/red")
    assert found_again(at_times(**sections), possible)


def test_a_session_from_before_can_still_be_there_but_no_longer_than_one_lives():
    def issued(operator, seconds):
        statement = allow(**when(operator, seconds, "aws:TokenIssueTime"))
        return at_times(roles={"deployer": {**role(ROOT, statement), "id": ROLE_ID}})

    possible = never(issued("DateLessThan", NOW - 60), "role/deployer", "s3:GetObject").possible
    assert possible.context == {"aws:TokenIssueTime": format_instant(NOW - 61)}
    found = never(issued("DateLessThan", NOW - 9 * DAY), "role/deployer", "s3:GetObject")
    assert found.possible is None


def test_what_cannot_be_read_is_unknown():
    access_at = at_times(users={"alice": {"policies": ["arn:aws:iam::aws:policy/Unheard"]}})
    found = never(access_at, "alice", "s3:GetObject")
    assert "arn:aws:iam::aws:policy/Unheard could not be read" in found.unknown
    assert never(access_at, "arn:aws:iam::999999999999:user/x", "s3:*").unknown


def test_names_of_the_directory_and_words_that_mean_nothing():
    access_at = one(allow("iam:*", f"arn:aws:iam::{OWN}:user/alice"))
    possible = never(access_at, "alice", "iam:Delete*", "user/alice").possible
    assert possible.answer.request.resource == f"arn:aws:iam::{OWN}:user/alice"
    for words, error in (
        (("nobody", "s3:*"), NotFound),
        (("alice", "s3"), InvalidValue),
        (("alice", "s3:*", "bucket"), InvalidValue),
        (("alice", "s3:*", "role/nobody"), NotFound),
    ):
        with pytest.raises(error):
            never(access_at, *words)


def test_an_action_that_takes_no_resource_is_asked_for_none():
    access_at = one(allow("s3:ListAllMyBuckets", f"{BUCKET}*"))
    assert never(access_at, "alice", "s3:ListAllMyBuckets").proved
    assert never(one(allow("s3:ListAllMyBuckets")), "alice", "s3:ListAllMyBuckets").possible
    assert never(access_at, "alice", "s3:List*").proved
    assert never(access_at, "alice", "*", "arn:aws:iam::*:*").proved
    possible = never(access_at, "alice", "*").possible
    assert possible.answer.request.action.lower().startswith("sts:get")


def test_anybody_is_let_by_a_policy_that_says_so():
    public = document(allow("s3:GetObject", f"{BUCKET}/*", Principal="*"))
    access_at = at_times(resources={BUCKET: public})
    possible = never(access_at, "anonymous", "*").possible
    assert possible.answer.request.action == "s3:GetObject"
    assert never(access_at, "anonymous", "s3:PutObject").proved
