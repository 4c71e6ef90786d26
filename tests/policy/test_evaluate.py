import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.documents import Condition, PolicyDocument, Statement
from iamctl.policy.compile import SourcePolicy, compile_document, source_policy
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.request import (
    ANONYMOUS,
    Request,
    federated_user_caller,
    root_caller,
    session_caller,
    user_caller,
)

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
ACCOUNT, OTHER = "123456789012", "210987654321"
ALICE = user_caller(ACCOUNT, "alice", unique_id="AIDAALICEALICEALICEAL")
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
UNREADABLE = SourcePolicy("Lost", "identity", None, "user alice", "it is gone")


def policy(*statements, kind="identity", name="P"):
    return source_policy(PolicyDocument(statements, "2012-10-17"), name, kind)


def allow(action="sqs:*", resource="*", **elements):
    return Statement("Allow", actions=(action,), resources=(resource,), **elements)


def deny(action="sqs:*", resource="*", **elements):
    return Statement("Deny", actions=(action,), resources=(resource,), **elements)


def ask(layers, caller=ALICE, action="sqs:SendMessage", resource=QUEUE, context=None):
    return evaluate(Request(caller, action, resource, context or {}), layers)


def test_a_decision_names_the_statements_that_decided():
    identity = policy(allow(action="s3:*", sid="No"), allow(sid="Yes"), name="Mine")
    boundary = policy(allow(action="*", sid="Ceiling"), kind="boundary", name="Top")
    decision = ask(Layers(identity=(identity,), boundary=(boundary,)))
    assert decision.allowed
    assert [(m.policy.id, m.statement.sid) for m in decision.statements] == [
        ("Mine", "Yes"),
        ("Top", "Ceiling"),
    ]
    assert decision.layers == {"identity": "allowed", "boundary": "allowed"}
    assert not decision.cross_account


def test_every_layer_has_its_verdict():
    layers = Layers(
        identity=(policy(allow()),),
        boundary=(policy(kind="boundary"),),
        resource=(policy(deny(principals={"*": ("*",)}), kind="resource"),),
        scps=((policy(allow("*"), kind="scp"),), (policy(allow("s3:*"), kind="scp"),)),
    )
    decision = ask(layers)
    assert decision.verdict == "explicitDeny"
    assert decision.lacking == "resource"
    assert dict(decision.layers) == {
        "scp": "implicitDeny",
        "resource": "explicitDeny",
        "identity": "allowed",
        "boundary": "implicitDeny",
    }


def test_the_form_in_which_a_resource_policy_named_the_caller_is_told():
    trust = policy(
        Statement("Allow", principals={"AWS": (ALICE.arn,)}, actions=("sts:AssumeRole",)),
        kind="trust",
    )
    decision = ask(
        Layers(resource=(trust,)), action="sts:AssumeRole",
        resource=f"arn:aws:iam::{ACCOUNT}:role/r",
    )  # fmt: skip
    assert [(m.policy.type, m.form) for m in decision.statements] == [("trust", "user")]


class TestWhatCannotBeRead:
    def test_an_allow_that_hangs_on_it_is_unknown(self):
        decision = ask(Layers(identity=(policy(allow()), UNREADABLE)))
        assert decision.verdict == "unknown"
        assert decision.unreadable == (UNREADABLE,)
        assert not decision.allowed

    def test_a_refusal_that_it_might_lift_is_unknown(self):
        decision = ask(Layers(identity=(UNREADABLE,)))
        assert decision.verdict == "unknown"
        assert decision.layers["identity"] == "unknown"

    def test_a_deny_elsewhere_is_certain(self):
        decision = ask(Layers(identity=(UNREADABLE, policy(deny()))))
        assert decision.verdict == "explicitDeny"

    def test_a_layer_that_does_not_allow_is_certain(self):
        layers = Layers(identity=(UNREADABLE,), boundary=(policy(kind="boundary"),))
        decision = ask(layers)
        assert (decision.verdict, decision.lacking) == ("implicitDeny", "boundary")

    @pytest.mark.parametrize("layer", ["boundary", "session", "resource"])
    def test_every_layer_counts(self, layer):
        lost = UNREADABLE._replace(type=layer)
        session = session_caller(ACCOUNT, "r", "s", role_id="AROAR")
        layers = Layers(identity=(policy(allow()),))._replace(**{layer: (lost,)})
        assert ask(layers, caller=session).verdict == "unknown"

    @pytest.mark.parametrize("layer", ["scps", "rcps"])
    def test_every_level_counts(self, layer):
        full = policy(allow("*", principals={"*": ("*",)}), kind="rcp")
        levels = ((full,), (full, UNREADABLE._replace(type="scp")))
        layers = Layers(identity=(policy(allow()),))._replace(**{layer: levels})
        assert ask(layers).verdict == "unknown"

    def test_a_trust_that_cannot_be_read_is_unknown(self):
        lost = UNREADABLE._replace(type="trust")
        role = f"arn:aws:iam::{ACCOUNT}:role/r"
        decision = ask(Layers(resource=(lost,)), action="sts:AssumeRole", resource=role)
        assert decision.verdict == "unknown"

    def test_across_accounts(self):
        queue = QUEUE.replace(ACCOUNT, OTHER)
        lost = UNREADABLE._replace(type="resource")
        both = Layers(identity=(policy(allow()),), resource=(lost,))
        assert ask(both, resource=queue).verdict == "unknown"
        no_identity = Layers(resource=(lost,))
        assert ask(no_identity, resource=queue).lacking == "identity"


# Properties over random policies

ACTIONS = ("sqs:SendMessage", "sqs:*", "s3:GetObject", "*", "s?s:send*", "sts:AssumeRole")
RESOURCES = ("*", QUEUE, "arn:aws:sqs:*:*:q*", "arn:aws:s3:::b/${aws:username}", "arn:aws:sqs")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
SESSION = session_caller(ACCOUNT, "r", "s", role_id="AROAROLEROLEROLEROLER")
CALLERS = (
    ALICE, SESSION, root_caller(ACCOUNT), ANONYMOUS, user_caller(OTHER, "carol"),
    federated_user_caller(ACCOUNT, "fred", ALICE.arn),
)  # fmt: skip
PRINCIPALS = (
    {"*": ("*",)}, {"AWS": (ALICE.arn,)}, {"AWS": (f"arn:aws:iam::{ACCOUNT}:root",)},
    {"AWS": (SESSION.arn, ROLE)}, {"AWS": (f"arn:aws:iam::{OTHER}:root",)},
)  # fmt: skip
CONDITIONS = (
    Condition("StringEquals", "aws:username", ("alice",)),
    Condition("StringNotEquals", "aws:RequestedRegion", ("eu-west-1",)),
    Condition("ForAllValues:StringLike", "aws:TagKeys", ("a*",)),
    Condition("Null", "aws:username", ("true",)),
    Condition("NumericLessThan", "k:n", ("5",)),
)


@st.composite
def statements(draw, principals=False):
    named = draw(st.sampled_from(PRINCIPALS)) if principals else None
    negative = draw(st.booleans()) if principals else False
    actions = tuple(draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3)))
    resources = tuple(draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2)))
    not_action, not_resource = draw(st.booleans()), draw(st.booleans())
    return Statement(
        draw(st.sampled_from(("Allow", "Allow", "Deny"))),
        principals=None if negative else named,
        not_principals=named if negative else None,
        actions=None if not_action else actions,
        not_actions=actions if not_action else None,
        resources=None if not_resource else resources,
        not_resources=resources if not_resource else None,
        conditions=tuple(draw(st.lists(st.sampled_from(CONDITIONS), max_size=2))),
    )


def layer(kind, principals=False, low=0):
    return st.lists(
        st.lists(statements(principals), max_size=3).map(lambda s: policy(*s, kind=kind)),
        min_size=low,
        max_size=2,
    ).map(tuple)


LAYERS = st.builds(
    Layers,
    identity=layer("identity"),
    boundary=st.none() | layer("boundary"),
    session=st.none() | layer("session"),
    resource=st.none() | layer("resource", True) | layer("trust", True),
    scps=st.lists(layer("scp"), max_size=2).map(tuple),
    rcps=st.lists(layer("rcp", True), max_size=1).map(tuple),
)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:username": st.sampled_from(("alice", "bob")),
        "aws:requestedregion": st.sampled_from(("eu-west-1", "us-east-1")),
        "aws:tagkeys": st.lists(st.sampled_from(("a", "b")), max_size=2).map(tuple),
        "k:n": st.sampled_from(("1", "9", "x")),
    },
)
REQUESTS = st.builds(
    Request,
    st.sampled_from(CALLERS),
    st.sampled_from(("sqs:SendMessage", "s3:GetObject", "sts:AssumeRole")),
    st.sampled_from((QUEUE, "*", ROLE, "arn:aws:s3:::b/alice", QUEUE.replace(ACCOUNT, OTHER))),
    CONTEXTS,
)
DEEP = settings(max_examples=60 * SCALE, deadline=None)


def with_more(layers, name, extra):
    """The layers with one more policy in one layer that is there."""
    old = getattr(layers, name)
    if not old and name != "identity":
        return None
    if name in ("scps", "rcps"):
        return layers._replace(**{name: ((*old[0], extra), *old[1:])})
    return layers._replace(**{name: (*old, extra)})


@DEEP
@given(REQUESTS, LAYERS, statements(True), st.sampled_from(Layers._fields))
def test_adding_a_deny_never_allows_more(request_, layers, statement, name):
    resource = name in ("resource", "rcps")
    extra = Statement(
        "Deny",
        principals=statement.principals if resource else None,
        not_principals=statement.not_principals if resource else None,
        actions=statement.actions,
        not_actions=statement.not_actions,
        resources=statement.resources,
        not_resources=statement.not_resources,
        conditions=statement.conditions,
    )
    more = with_more(layers, name, policy(extra, kind=name))
    if more is not None and not evaluate(request_, layers).allowed:
        assert not evaluate(request_, more).allowed


@DEEP
@given(REQUESTS, LAYERS, st.sampled_from(("identity", "boundary", "session", "scps")))
def test_adding_an_allow_never_takes_away(request_, layers, name):
    more = with_more(layers, name, policy(allow("*"), kind=name))
    if more is not None and evaluate(request_, layers).allowed:
        assert evaluate(request_, more).allowed


@DEEP
@given(REQUESTS, LAYERS, layer("boundary"), st.sampled_from(("boundary", "session", "scps")))
def test_a_ceiling_never_adds(request_, layers, ceiling, name):
    if request_.caller.type == "FederatedUser" and name == "session":
        return  # without session policies a federated user has nothing: passing some adds
    bare = layers._replace(**{name: () if name == "scps" else None})
    limited = layers._replace(**{name: (ceiling,) if name == "scps" else ceiling})
    if evaluate(request_, limited).allowed:
        assert evaluate(request_, bare).allowed


@DEEP
@given(REQUESTS, LAYERS, st.randoms(use_true_random=False))
def test_order_is_irrelevant(request_, layers, random):
    def shuffled(policies):
        if policies is None:
            return None
        found = []
        for item in policies:
            written = [compiled.statement for compiled in item.document.statements]
            random.shuffle(written)
            found.append(policy(*written, kind=item.type))
        random.shuffle(found)
        return tuple(found)

    turned = Layers(
        *(shuffled(getattr(layers, n)) for n in ("identity", "boundary", "session", "resource")),
        scps=tuple(map(shuffled, layers.scps)),
        rcps=tuple(map(shuffled, layers.rcps)),
    )
    assert evaluate(request_, turned).verdict == evaluate(request_, layers).verdict


@DEEP
@given(REQUESTS, LAYERS)
def test_the_case_of_actions_is_irrelevant(request_, layers):
    shouted = request_._replace(action=request_.action.upper())
    assert evaluate(shouted, layers) == evaluate(request_, layers)


@DEEP
@given(REQUESTS, st.lists(statements(), max_size=3))
def test_splitting_lists_into_statements_changes_nothing(request_, written):
    def split(statement):
        if statement.actions is None or statement.resources is None:
            return [statement]
        return [
            Statement(
                statement.effect, actions=(a,), resources=(r,), conditions=statement.conditions
            )
            for a in statement.actions
            for r in statement.resources
        ]

    whole = Layers(identity=(policy(*written),))
    parts = Layers(identity=(policy(*(part for s in written for part in split(s))),))
    assert evaluate(request_, parts).verdict == evaluate(request_, whole).verdict


@DEEP
@given(REQUESTS, LAYERS)
def test_an_unreadable_policy_never_allows(request_, layers):
    for name in Layers._fields:
        lost = with_more(layers, name, UNREADABLE)
        if lost is not None:
            assert not evaluate(request_, lost).allowed


@DEEP
@given(REQUESTS, st.lists(statements(), max_size=4))
def test_the_index_finds_every_statement_that_matches(request_, written):
    compiled = compile_document(PolicyDocument(tuple(written), "2012-10-17"))
    action = request_.action.lower()
    found = [*compiled.allows(action), *compiled.denies(action)]
    assert len(found) == len({id(s) for s in found})
    matching = {id(s) for s in compiled.statements if s.matches_action(action)}
    assert matching <= {id(s) for s in found}


def test_ten_thousand_statements_and_hostile_patterns_are_answered():
    bombs = tuple(allow("sqs:" + "*a" * 60, "arn:aws:sqs:*:*:" + "*a" * 200) for _ in range(50))
    many = tuple(allow(f"s3:Get{n}") for n in range(10_000))
    action = "sqs:" + "a" * 2000
    resource = QUEUE + "a" * 2000 + "b"
    assert ask(Layers(identity=(policy(*bombs, *many),)), action=action, resource=resource) == ask(
        Layers(), action=action, resource=resource
    )
