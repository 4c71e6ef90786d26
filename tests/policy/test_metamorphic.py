"""What must not change a decision, and which way a change may turn it.

No expected verdict is written here: each property compares two questions to the engine.
"""

import os
from collections import Counter
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from iamctl.domain.documents import Condition, Statement
from iamctl.policy.candidates import MANY
from iamctl.policy.compile import SourcePolicy
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.request import (
    ANONYMOUS,
    Request,
    federated_caller,
    federated_user_caller,
    root_caller,
    service_caller,
    session_caller,
    user_caller,
)
from tests.policy.policies import ACCOUNT, ALICE, OTHER, QUEUE, ROLE, UNREADABLE, allow, policy

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
DEEP = settings(
    max_examples=250 * SCALE,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much],
)
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/x.example"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
ASKED = ("sqs:SendMessage", "s3:GetObject", "sts:AssumeRole", "kms:Decrypt")
ACTIONS = (*ASKED, "sqs:*", "s3:Get*", "*", "s?s:send*", "sts:*", "kms:De?rypt", "*:*")
RESOURCES = (
    "*", QUEUE, "arn:aws:sqs:*:*:q*", "arn:aws:s3:::b/${aws:username}", "arn:aws:sqs", ROLE, KEY,
    "arn:aws:*:us-east-1:*:*".replace("aws:*", "aws:kms", 1), "arn:aws:s3:::b/*",
)  # fmt: skip
SESSION = session_caller(ACCOUNT, "r", "s", role_id="AROAROLEROLEROLEROLER")
FRED = federated_user_caller(ACCOUNT, "fred", ALICE.arn)
CALLERS = (
    ALICE, ALICE, SESSION, SESSION, FRED, root_caller(ACCOUNT), ANONYMOUS,
    user_caller(OTHER, "carol"), service_caller("sns.amazonaws.com"), federated_caller(OIDC),
)  # fmt: skip
PRINCIPALS = (
    {"*": ("*",)}, {"AWS": (ALICE.arn,)}, {"AWS": (f"arn:aws:iam::{ACCOUNT}:root",)},
    {"AWS": (SESSION.arn, ROLE)}, {"AWS": (f"arn:aws:iam::{OTHER}:root",)}, {"AWS": (ROLE,)},
    {"Service": ("sns.amazonaws.com",), "AWS": (FRED.arn,)}, {"Federated": (OIDC,)},
    {"AWS": (f"arn:aws:iam::{ACCOUNT}:root", ALICE.arn)},
    {"AWS": ("AROAROLEROLEROLEROLER", SESSION.arn)},
)  # fmt: skip
CONDITIONS = (
    Condition("StringEquals", "aws:username", ("alice",)),
    Condition("StringNotEquals", "aws:RequestedRegion", ("eu-west-1",)),
    Condition("ForAllValues:StringLike", "aws:TagKeys", ("a*",)),
    Condition("ForAnyValue:StringEquals", "aws:TagKeys", ("a", "b")),
    Condition("Null", "aws:username", ("true",)),
    Condition("NumericLessThan", "k:n", ("5", "1")),
    Condition("StringLikeIfExists", "aws:username", ("${k:n}*", "al*")),
    Condition("StringLike", "k:n", ("9*", "1*", "4*")),
)


class World:
    """A request and layers out of a seed, and more of the kind."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.request = self.a_request()
        self.layers = self.some_layers()

    def chance(self, probability):
        return self.random.random() < probability

    def some(self, pool, most):
        return tuple(self.random.sample(pool, self.random.randint(1, most)))

    def a_request(self):
        context = {
            key: self.random.choice(pool) for key, pool in CONTEXT.items() if self.chance(0.6)
        }
        resource, account = (
            self.random.choice(TARGETS),
            self.random.choice((None, None, None, OTHER)),
        )
        return Request(
            self.random.choice(CALLERS), self.random.choice(ASKED), resource, context, account
        )

    def statement(self, principals=False, effect=None):
        named = self.random.choice(PRINCIPALS) if principals else None
        negative = principals and self.chance(0.15)
        actions, resources = self.some(ACTIONS, 3), self.some(RESOURCES, 2)
        if self.chance(0.4):
            actions = (*actions, self.request.action)
        if self.chance(0.5):
            resources = (*resources, "*")
        not_action, not_resource = self.chance(0.15), self.chance(0.15)
        few = self.random.choice((0, 0, 0, 1, 1, 2))
        return Statement(
            effect or ("Deny" if self.chance(0.12) else "Allow"),
            principals=None if negative else named,
            not_principals=named if negative else None,
            actions=None if not_action else actions,
            not_actions=actions if not_action else None,
            resources=None if not_resource else resources,
            not_resources=resources if not_resource else None,
            conditions=tuple(self.random.sample(CONDITIONS, few)),
        )

    def a_policy(self, kind, most=3):
        principals = kind in ("resource", "trust", "rcp")
        written = [self.statement(principals) for _ in range(self.random.randint(0, most))]
        if self.chance(0.5):
            broad = Statement("Allow", actions=("*",), resources=("*",))
            who = self.random.choice(PRINCIPALS) if principals else None
            written.append(_replaced(broad, principals=who))
        return policy(*written, kind=kind)

    def layer(self, kind, low=1):
        return tuple(self.a_policy(kind) for _ in range(self.random.randint(low, 2)))

    def some_layers(self):
        trust = self.request.resource == ROLE or self.chance(0.1)
        return Layers(
            identity=self.layer("identity", low=0),
            boundary=self.layer("boundary") if self.chance(0.4) else None,
            session=self.layer("session") if self.chance(0.4) else None,
            resource=self.layer("trust" if trust else "resource") if self.chance(0.7) else None,
            scps=tuple(self.layer("scp") for _ in range(self.random.choice((0, 0, 0, 1, 2)))),
            rcps=tuple(self.layer("rcp") for _ in range(self.random.choice((0, 0, 0, 1, 2)))),
        )


CONTEXT = {
    "aws:username": ("alice", "bob"),
    "aws:requestedregion": ("eu-west-1", "us-east-1"),
    "aws:tagkeys": ((), ("a",), ("b",), ("a", "b"), ("b", "c")),
    "k:n": ("1", "4", "9", "x"),
}
TARGETS = (QUEUE, "*", ROLE, KEY, "arn:aws:s3:::b/alice", QUEUE.replace(ACCOUNT, OTHER))
WORLDS = st.integers(0, 2**64 - 1).map(World)


def verdict(request, layers):
    return evaluate(request, layers).verdict


def changed(layers, change):
    """The layers with every policy made anew from what `change` makes of its statements."""

    def anew(policies):
        if policies is None:
            return None
        return tuple(
            policy(*change([c.statement for c in p.document.statements]), kind=p.type)
            for p in policies
        )

    return Layers(
        *map(anew, (layers.identity, layers.boundary, layers.session, layers.resource)),
        scps=tuple(map(anew, layers.scps)),
        rcps=tuple(map(anew, layers.rcps)),
    )


def with_more(layers, name, extra):
    """The layers with one more policy in one layer that is there."""
    old = getattr(layers, name)
    if not old and name != "identity":
        return None
    if name in ("scps", "rcps"):
        return layers._replace(**{name: ((*old[0], extra), *old[1:])})
    return layers._replace(**{name: (*old, extra)})


def kind_of(layers, name):
    return layers.resource[0].type if name == "resource" and layers.resource else name.rstrip("s")


def one_more(world, effect):
    """The layers with one more statement in one of them."""
    name = world.random.choice(Layers._fields)
    statement = world.statement(name in ("resource", "rcps"), effect)
    return with_more(world.layers, name, policy(statement, kind=kind_of(world.layers, name)))


def allowed(request, layers):
    return evaluate(request, layers).allowed


@DEEP
@given(WORLDS)
def test_adding_a_deny_never_allows_more(world):
    denied = one_more(world, "Deny")
    assume(denied is not None)
    assert not allowed(world.request, denied) or allowed(world.request, world.layers)


@DEEP
@given(WORLDS)
def test_adding_an_allow_never_takes_away(world):
    wider = one_more(world, "Allow")
    assume(wider is not None)
    assert not allowed(world.request, world.layers) or allowed(world.request, wider)


@DEEP
@given(WORLDS, st.sampled_from(("boundary", "session", "scps")))
def test_a_ceiling_never_adds(world, name):
    # Without session policies a federated user has nothing: passing some adds.
    assume(world.request.caller.type != "FederatedUser" or name != "session")
    ceiling = world.layer(kind_of(world.layers, name))
    bare = world.layers._replace(**{name: () if name == "scps" else None})
    limited = world.layers._replace(**{name: (ceiling,) if name == "scps" else ceiling})
    assert not allowed(world.request, limited) or allowed(world.request, bare)


EVERYTHING = {"actions": ("*",), "resources": ("*",)}


@DEEP
@given(WORLDS, st.sampled_from(Layers._fields))
def test_a_deny_of_everything_denies(world, name):
    reaches = world.request.caller.account or name in ("resource", "rcps")
    who = {"*": ("*",)} if name in ("resource", "rcps") else None
    deny = policy(Statement("Deny", principals=who, **EVERYTHING), kind=name)
    denied = with_more(world.layers, name, deny)
    assume(denied is not None and reaches)
    assert verdict(world.request, denied) == "explicitDeny"


@DEEP
@given(WORLDS, st.sampled_from(("boundary", "session", "scps", "rcps")))
def test_a_ceiling_that_allows_nothing_leaves_nothing(world, name):
    layers = world.layers._replace(**{name: ((),) if name.endswith("s") else ()})
    if name in ("boundary", "session"):  # a resource policy may overrule these
        layers = layers._replace(resource=None)
    assume(world.request.caller.account or name == "rcps")
    assert not allowed(world.request, layers)


@DEEP
@given(WORLDS, st.sampled_from(("identity", "resource")))
def test_across_accounts_neither_side_allows_alone(world, name):
    request = world.request._replace(resource_account="999999999999")
    assume(request.caller.account and (name == "resource" or request.caller.type != "Account"))
    assert not allowed(request, world.layers._replace(**{name: ()}))


@DEEP
@given(WORLDS)
def test_what_a_caller_of_no_account_may_hangs_on_nothing_of_its_own(world):
    outside = [caller for caller in CALLERS if not caller.account]
    request = world.request._replace(caller=world.random.choice(outside))
    # A boundary turns NotPrincipal around, and nobody without an account has one.
    layers = world.layers._replace(boundary=None)
    bare = layers._replace(identity=(), session=None, scps=())
    assert verdict(request, bare) == verdict(request, layers)


@DEEP
@given(WORLDS)
def test_one_more_level_of_scps_never_adds(world):
    deeper = world.layers._replace(scps=(*world.layers.scps, world.layer("scp")))
    assert not allowed(world.request, deeper) or allowed(world.request, world.layers)


@DEEP
@given(WORLDS)
def test_order_is_irrelevant(world):
    def shuffled(items):
        return world.random.sample(list(items), len(items))

    def turned(policies):
        return None if policies is None else tuple(shuffled(policies))

    inner = changed(world.layers, shuffled)
    outer = Layers(
        *map(turned, (inner.identity, inner.boundary, inner.session, inner.resource)),
        scps=turned([turned(level) for level in inner.scps]),
        rcps=turned([turned(level) for level in inner.rcps]),
    )
    assert verdict(world.request, outer) == verdict(world.request, world.layers)


@DEEP
@given(WORLDS)
def test_the_case_of_actions_is_irrelevant(world):
    def recased(text):
        return text.upper() if world.chance(0.5) else text.swapcase()

    def recase(written):
        return [
            _replaced(
                s,
                actions=None if s.actions is None else tuple(map(recased, s.actions)),
                not_actions=None if s.not_actions is None else tuple(map(recased, s.not_actions)),
            )
            for s in written
        ]

    other = world.request._replace(action=recased(world.request.action))
    expected = verdict(world.request, world.layers)
    assert verdict(other, changed(world.layers, recase)) == expected


def _replaced(statement, **elements):
    kept = {name: getattr(statement, name) for name in (
        "effect", "sid", "principals", "not_principals", "actions", "not_actions", "resources",
        "not_resources", "conditions",
    )}  # fmt: skip
    return Statement(**{**kept, **elements})


POSITIVE = (
    "StringEquals",
    "StringLike",
    "NumericLessThan",
    "StringLikeIfExists",
    "ForAnyValue:StringEquals",
)


def split_statement(statement):
    """One statement for each way through its lists, where lists are alternatives."""
    found = [statement]
    if statement.actions is not None:
        found = [_replaced(s, actions=(a,)) for s in found for a in s.actions]
    if statement.resources is not None:
        found = [_replaced(s, resources=(r,)) for s in found for r in s.resources]
    if statement.principals is not None:
        found = [
            _replaced(s, principals={kind: (name,)})
            for s in found
            for kind, names in s.principals.items()
            for name in names
        ]
    for number, condition in enumerate(statement.conditions):
        if condition.operator in POSITIVE:
            found = [
                _replaced(s, conditions=(*s.conditions[:number],
                                         Condition(condition.operator, condition.key, (value,)),
                                         *s.conditions[number + 1 :]))
                for s in found
                for value in condition.values
            ]  # fmt: skip
    return found


@DEEP
@given(WORLDS)
def test_splitting_lists_into_statements_changes_nothing(world):
    request_, layers = world.request, world.layers
    parts = changed(layers, lambda written: [p for s in written for p in split_statement(s)])
    assert verdict(request_, parts) == verdict(request_, layers)


@DEEP
@given(WORLDS)
def test_it_is_irrelevant_in_which_document_of_a_layer_a_statement_stands(world):
    request_, layers = world.request, world.layers

    def apart(policies):
        if policies is None:
            return None
        return tuple(
            policy(c.statement, kind=p.type) for p in policies for c in p.document.statements
        )

    def together(policies):
        if not policies:
            return policies
        written = [c.statement for p in policies for c in p.document.statements]
        return (policy(*written, kind=policies[0].type),)

    # An empty layer has no type that would say that it is a trust policy.
    assume(any(p.document.statements for p in layers.resource or ()) or not layers.resource)
    for change in (apart, together):
        other = Layers(
            *map(change, (layers.identity, layers.boundary, layers.session, layers.resource)),
            scps=tuple(map(change, layers.scps)),
            rcps=tuple(map(change, layers.rcps)),
        )
        assert verdict(request_, other) == verdict(request_, layers)


@DEEP
@given(WORLDS)
def test_saying_it_twice_changes_nothing(world):
    request_, layers = world.request, world.layers
    assert verdict(request_, changed(layers, lambda s: s + s)) == verdict(request_, layers)


@DEEP
@given(WORLDS, st.sampled_from(("elsewhere", "other action")))
def test_many_statements_about_something_else_change_nothing(world, how):
    """So many that they are looked up another way than a few are."""

    def crowded(written):
        first = written[0] if written else None
        if first is None:
            return []
        who = first.principals or first.not_principals
        others = [
            Statement(
                effect,
                principals=who and {"AWS": (ACCOUNT, "*")},
                actions=("*",) if how == "elsewhere" else (f"zz{n}:Do",),
                resources=(f"arn:aws:zz:::{n}/*",) if how == "elsewhere" else ("*",),
            )
            for effect in ("Allow", "Deny")
            for n in range(MANY)
        ]
        return [*others[:MANY], *written, *others[MANY:]]

    expected = verdict(world.request, world.layers)
    assert verdict(world.request, changed(world.layers, crowded)) == expected


@DEEP
@given(WORLDS)
def test_what_layers_remember_changes_no_answer(world):
    layers, requests = world.layers, [world.request, *(world.a_request() for _ in range(5))]
    fresh = [verdict(request, changed(layers, list)) for request in requests]
    assert [verdict(request, layers) for request in requests] == fresh
    assert [verdict(request, Layers(*layers)) for request in requests] == fresh
    assert [verdict(request, layers) for request in requests] == fresh


@DEEP
@given(WORLDS)
def test_dropping_the_conditions_of_allows_never_takes_away(world):
    request_, layers = world.request, world.layers

    def bare(written):
        return [_replaced(s, conditions=()) if s.effect == "Allow" else s for s in written]

    wider = changed(layers, bare)
    assert not allowed(request_, layers) or allowed(request_, wider)


@DEEP
@given(WORLDS)
def test_both_sides_ask_for_more(world):
    request_, layers = world.request, world.layers
    assert not evaluate(request_, layers, True).allowed or allowed(request_, layers)


@DEEP
@given(WORLDS, st.sampled_from(Layers._fields))
def test_an_unreadable_policy_never_allows_and_takes_back_no_deny(world, name):
    lost = with_more(world.layers, name, UNREADABLE)
    assume(lost is not None)
    before, after = verdict(world.request, world.layers), verdict(world.request, lost)
    assert after != "allowed"
    if before == "explicitDeny":
        assert after == "explicitDeny"
    if before == "allowed":
        assert after == "unknown"


@DEEP
@given(WORLDS, st.sampled_from(Layers._fields))
def test_a_certain_refusal_holds_whatever_could_not_be_read(world, name):
    lost = with_more(world.layers, name, UNREADABLE)
    assume(lost is not None and verdict(world.request, lost) == "implicitDeny")
    for _ in range(5):
        read = world.a_policy(kind_of(world.layers, name))
        assert not allowed(world.request, with_more(world.layers, name, read))


@DEEP
@given(WORLDS)
def test_a_document_finds_the_statements_that_are_about_an_action(world):
    compiled = world.a_policy("identity", most=6).document
    action = world.request.action.lower()
    for _ in range(2):  # the second answer is remembered
        denies, allows = compiled.about(action)
        assert all(s.allows for s in allows)
        assert not any(s.allows for s in denies)
        found = [id(s) for s in (*denies, *allows)]
        assert len(found) == len(set(found))
        assert set(found) == {id(s) for s in compiled.statements if s.matches_action(action)}


def test_every_verdict_and_kind_of_caller_is_among_the_examples():
    """The properties above would hold emptily if nothing were ever allowed."""
    seen = Counter()
    for world in map(World, range(3000)):
        seen[world.request.caller.type, verdict(world.request, world.layers)] += 1
    types = {caller.type for caller in CALLERS}
    wanted = ((type_, v) for type_ in types for v in ("allowed", "implicitDeny", "explicitDeny"))
    assert min(seen[pair] for pair in wanted) >= 3, seen


def test_a_policy_allowed_by_one_statement_is_found_among_ten_thousand():
    many = [allow(f"s3:Get{n}", f"arn:aws:s3:::b{n}/*") for n in range(10_000)]
    layers = Layers((policy(*many), SourcePolicy("Mine", "identity", policy(allow()).document)))
    decision = evaluate(Request(ALICE, "sqs:SendMessage", QUEUE, {}), layers)
    assert [matched.policy.id for matched in decision.statements] == ["Mine"]
