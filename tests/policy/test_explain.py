import pytest

from iamctl.domain.documents import Condition, PolicyDocument, Statement, parse_document
from iamctl.domain.source import Source
from iamctl.policy.compile import SourcePolicy, source_policy
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.explain import denial_message, describe_matched, near_misses, reasons
from iamctl.policy.request import (
    ANONYMOUS,
    Request,
    federated_caller,
    session_caller,
    user_caller,
)

A = "123456789012"
ALICE = user_caller(A, "alice")
ROLE = f"arn:aws:iam::{A}:role/deployer"
ASSUME = Request(ALICE, "sts:AssumeRole", ROLE, {"aws:username": "alice"})


def policy(*statements, kind="identity", name="P", owner="user alice"):
    return source_policy(PolicyDocument(statements, "2012-10-17"), name, kind, owner)


def trusting(arn, *conditions, line=7, sid=None):
    statement = Statement(
        "Allow", sid, principals={"AWS": (arn,)}, actions=("sts:AssumeRole",),
        conditions=conditions, source=Source("directory.yaml", line, 9),
    )  # fmt: skip
    return policy(statement, kind="trust", name="trust policy", owner="role deployer")


ANY = Statement("Allow", actions=("*",), resources=("*",))
DENY = Statement("Deny", "Stop", actions=("sts:*",), resources=("*",),
                 source=Source("directory.yaml", 3, 5))  # fmt: skip


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        (Layers(resource=(trusting(ROLE),)),
         "because no role trust policy allows the sts:AssumeRole action"),
        (Layers(resource=(trusting(f"arn:aws:iam::{A}:root"),)),
         "because no identity-based policy allows the sts:AssumeRole action"),
        (Layers(resource=(trusting(ALICE.arn),), boundary=()),
         "because no permissions boundary allows the sts:AssumeRole action"),
        (Layers(resource=(trusting(ALICE.arn),), scps=((),)),
         "with an explicit deny in a service control policy"),
        (Layers(resource=(trusting(ALICE.arn),), identity=(policy(DENY),)),
         "with an explicit deny in an identity-based policy"),
        (Layers(resource=(trusting(ALICE.arn),), boundary=(policy(DENY, kind="boundary"),)),
         "with an explicit deny in a permissions boundary"),
        (Layers(resource=(trusting(ALICE.arn),), session=(policy(DENY, kind="session"),)),
         "with an explicit deny in a sessions policy"),
        (Layers(resource=(policy(
            Statement("Deny", principals={"*": ("*",)}, actions=("*",)), kind="trust"),)),
         "with an explicit deny in the role trust policy"),
    ],
)  # fmt: skip
def test_the_sentence_of_aws(layers, reason):
    decision = evaluate(ASSUME, layers)
    assert denial_message(ASSUME, decision) == (
        f"User: arn:aws:iam::{A}:user/alice is not authorized to perform: sts:AssumeRole"
        f" on resource: {ROLE} {reason}"
    )


def test_across_accounts_the_sentence_has_no_reason():
    request = ASSUME._replace(resource="arn:aws:iam::210987654321:role/x")
    decision = evaluate(request, Layers())
    assert denial_message(request, decision).endswith(
        "on resource: arn:aws:iam::210987654321:role/x"
    )


def test_callers_without_arn():
    request = Request(ANONYMOUS, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{A}:q", {})
    sentence = denial_message(request, evaluate(request, Layers()))
    assert sentence.startswith("User: anonymous is not authorized to perform: sqs:SendMessage")
    assert sentence.endswith("because no resource-based policy allows the sqs:SendMessage action")


def test_what_decided_is_cited_by_name_and_place():
    decision = evaluate(ASSUME, Layers(resource=(trusting(ALICE.arn, sid="Team"),)))
    assert [describe_matched(m) for m in decision.statements] == [
        'allowed by statement "Team" of the trust policy (role deployer) at directory.yaml:7:9'
    ]
    denied = Layers(resource=(trusting(ALICE.arn),), identity=(policy(DENY, name="Limits"),))
    assert reasons(ASSUME, denied, evaluate(ASSUME, denied)) == (
        'denied by statement "Stop" of policy Limits (user alice) at directory.yaml:3:5',
    )


def test_a_principal_that_almost_matched():
    layers = Layers(resource=(trusting(f"arn:aws:iam::{A}:user/Alice"),), identity=(policy(ANY),))
    (line,) = reasons(ASSUME, layers, evaluate(ASSUME, layers))
    assert line == (
        "a statement of the trust policy (role deployer) at directory.yaml:7:9 almost matched:"
        f" Principal wants AWS arn:aws:iam::{A}:user/Alice,"
        f" the request has arn:aws:iam::{A}:user/alice"
    )


def test_why_the_callers_own_policies_are_asked_is_told():
    layers = Layers(resource=(trusting(f"arn:aws:iam::{A}:root"),))
    assert reasons(ASSUME, layers, evaluate(ASSUME, layers)) == (
        "the role trust policy allows the caller as part of its account only,"
        " so the caller's own policies must allow it too",
    )
    foreign = ASSUME._replace(resource="arn:aws:iam::210987654321:role/x")
    named = Layers(resource=(trusting(ALICE.arn),))
    assert "from another account only" in reasons(foreign, named, evaluate(foreign, named))[1]


def test_a_condition_that_failed_says_what_it_compared():
    layers = Layers(
        resource=(
            trusting(
                ALICE.arn,
                Condition("StringEquals", "sts:ExternalId", ("x1",)),
                Condition("StringLike", "sts:RoleSessionName", ("${aws:username}",)),
            ),
        )
    )
    request = ASSUME._replace(context={"aws:username": "alice", "sts:rolesessionname": "bob"})
    (miss,) = near_misses(request, layers)
    assert [(f.element, f.wanted, f.got) for f in miss.failures] == [
        ("Condition", 'StringEquals sts:ExternalId "x1"', "no sts:ExternalId"),
        (
            "Condition",
            'StringLike sts:RoleSessionName "${aws:username}" (aws:username = "alice")',
            '"bob"',
        ),
    ]


def test_the_nearest_come_first_and_far_ones_not_at_all():
    far = Statement("Allow", "Far", actions=("s3:*",), resources=("arn:aws:s3:::x",))
    action = Statement("Allow", "Action", actions=("sts:TagSession",), resources=("*",))
    two = Statement("Allow", "Two", actions=("sts:*",), resources=("arn:aws:iam::1:role/x",),
                    conditions=(Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)),),
                    )  # fmt: skip
    layers = Layers(
        identity=(policy(far, two, action, DENY),),
        resource=(trusting(f"arn:aws:iam::{A}:root"),),
    )
    misses = near_misses(ASSUME, layers)
    assert [miss.statement.sid for miss in misses] == ["Action", "Two"]
    assert [f.element for f in misses[1].failures] == ["Resource", "Condition"]
    assert near_misses(ASSUME, layers, limit=1) == misses[:1]


def test_negated_elements_are_named():
    statement = Statement("Allow", not_actions=("iam:*",), not_resources=(ROLE,))
    (miss,) = near_misses(ASSUME, Layers(identity=(policy(statement),)))
    assert [(f.element, f.wanted) for f in miss.failures] == [("NotResource", ROLE)]


def test_what_could_not_be_read_is_named():
    lost = SourcePolicy("Lost", "identity", None, "user alice", "iamctl does not know it")
    layers = Layers(resource=(trusting(ALICE.arn),), identity=(lost,))
    decision = evaluate(ASSUME, layers)
    assert decision.verdict == "unknown"
    assert "Lost could not be read: iamctl does not know it" in reasons(ASSUME, layers, decision)
    assert denial_message(ASSUME, decision).endswith(f"on resource: {ROLE}")


def test_federated_callers_and_sessions_are_shown_by_what_they_carry():
    provider = f"arn:aws:iam::{A}:oidc-provider/x.example"
    request = ASSUME._replace(caller=federated_caller(provider))
    (miss,) = near_misses(request, Layers(resource=(trusting(ALICE.arn),)))
    assert miss.failures[0].got == provider
    session = ASSUME._replace(caller=session_caller(A, "r", "s"))
    (miss,) = near_misses(session, Layers(resource=(trusting(ALICE.arn),)))
    assert miss.failures[0].got == f"arn:aws:sts::{A}:assumed-role/r/s"


def test_a_parsed_document_explains_with_its_old_version():
    data = {
        "Statement": {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:username": "${aws:username}"}},
        }
    }
    document, _ = parse_document(data, "identity")
    (miss,) = near_misses(ASSUME, Layers(identity=(source_policy(document, "Old", "identity"),)))
    assert miss.failures[0].wanted == 'StringEquals aws:username "${aws:username}"'


def test_whom_a_provider_vouches_for_is_called_by_the_provider():
    caller = federated_caller("accounts.google.com")
    request = Request(caller, "sts:AssumeRoleWithWebIdentity", ROLE, {})
    sentence = denial_message(request, evaluate(request, Layers()))
    assert sentence.startswith("User: accounts.google.com is not authorized to perform: ")
