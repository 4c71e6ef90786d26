"""decide_assume agrees, on random directories and calls, with the plain evaluator of tests/policy.

What the caller's documents are, what the context holds and which actions a call needs is worked
out here a second time, from AWS's rules alone.
"""

import os
from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.sts.assume import decide_assume
from iamctl.sts.terms import AssumeRequest
from tests.policy import naive
from tests.sts.conftest import ACCOUNT, NOW, World

pytestmark = pytest.mark.slow

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
NOW_TEXT = "2027-01-15T08:00:00Z"
UNTIL = {
    "2027-01-15T08:00:00Z": NOW,
    "2027-01-15T08:00:01Z": NOW + 1,
    "2027-01-15T08:20:00Z": NOW + 1200,
    "2027-01-15T10:00:00Z": NOW + 7200,
}
ALICE = f"arn:aws:iam::{ACCOUNT}:user/eng/alice"
BASE = f"arn:aws:iam::{ACCOUNT}:role/ci/base"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/base/alice"
TARGET = f"arn:aws:iam::{ACCOUNT}:role/target"
ACTIONS = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
CONDITIONS = (
    ("StringEquals", "aws:PrincipalTag/team", "red"),
    ("StringEquals", "aws:ResourceTag/Team", "${aws:PrincipalTag/team}"),
    ("StringEqualsIfExists", "aws:RequestTag/cost", "7"),
    ("ForAllValues:StringEquals", "aws:TagKeys", "cost"),
    ("StringLike", "sts:RoleSessionName", "${aws:username}"),
    ("StringNotEquals", "aws:username", "bob"),
    ("StringEquals", "sts:ExternalId", "x1"),
    ("Null", "sts:ExternalId", "true"),
    ("StringEqualsIfExists", "sts:SourceIdentity", "alice"),
    ("StringEquals", "aws:SourceIdentity", "alice"),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", "true"),
    ("Bool", "aws:MultiFactorAuthPresent", "true"),
    ("NumericLessThanIfExists", "aws:MultiFactorAuthAge", "60"),
    ("StringLike", "aws:userid", "AROA*:alice"),
    ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:*/*/*"),
    ("StringEquals", "aws:PrincipalType", "AssumedRole"),
    ("DateLessThan", "aws:TokenIssueTime", NOW_TEXT),
    ("DateGreaterThanEquals", "aws:CurrentTime", NOW_TEXT),
    ("ForAnyValue:StringEquals", "sts:TransitiveTagKeys", "cost"),
)


class Maker:
    """A random directory around alice, a role `base` and a role `target`, and a call."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.world = World()
        self.world.user("alice", path="/eng/", tags=self.tags(), inline=self.inline())
        self.world.user("bob", inline=self.inline())
        self.world.role("base", path="/ci/", tags=self.tags(), inline=self.inline())
        self.world.role("target", tags=self.tags())
        plain = self.world.plain
        plain["roles"]["target"]["trust"] = self.document(self.trust_statement)
        plain["policies"] = {"Shared": {"document": self.document(self.identity_statement)}}
        self.attach("users", "alice")
        self.attach("roles", "base")
        for group in ("one", "two"):
            self.world.group(group, *self.members(), inline=self.inline(0.8))

    def chance(self, probability):
        return self.random.random() < probability

    def tags(self):
        return {"team": self.random.choice(("red", "blue"))} if self.chance(0.6) else {}

    def some(self, pool):
        return self.random.sample(pool, self.random.randint(1, min(3, len(pool))))

    def block(self):
        chosen = self.random.choices((0, 1, 2), (5, 3, 1))[0]
        found = {}
        for operator, key, value in self.random.sample(CONDITIONS, chosen):
            found.setdefault(operator, {})[key] = value
        return found

    def statement(self, **elements):
        effect = "Allow" if self.chance(0.9) else "Deny"
        actions = list(ACTIONS) if self.chance(0.6) else self.some(ACTIONS)
        made = {"Effect": effect, "Action": actions, **elements}
        block = self.block()
        return {**made, "Condition": block} if block else made

    def identity_statement(self):
        named = ("*", TARGET, "arn:aws:iam::*:role/target", f"{TARGET}s")
        return self.statement(Resource=self.some(named))

    def trust_statement(self):
        users, roles = self.world.plain["users"], self.world.plain["roles"]
        named = (ACCOUNT, ALICE, users["alice"]["id"], users["bob"]["id"], BASE, SESSION,
                 f"{SESSION}s", roles["base"]["id"], "*", ACCOUNT)  # fmt: skip
        principal = ACCOUNT if self.chance(0.4) else self.some(named)
        return self.statement(Principal={"AWS": principal})

    def document(self, statement):
        count = self.random.choice((1, 1, 2))
        return {"Version": "2012-10-17", "Statement": [statement() for _ in range(count)]}

    def inline(self, probability=0.3):
        chosen = self.chance(probability)
        return {"may": self.document(self.identity_statement)} if chosen else {}

    def attach(self, section, name):
        entity = self.world.plain[section][name]
        if self.chance(0.2):
            entity["policies"] = ["Shared"]
        if self.chance(0.25):
            entity["boundary"] = "Shared"

    def members(self):
        if self.chance(0.3):
            return ["alice"]
        if self.chance(0.7):
            return [{"user": "alice", "until": self.random.choice(tuple(UNTIL))}]
        return ["bob"]

    def caller(self):
        """The caller, and the claims of its session."""
        kind = self.random.choice(("key", "key", "mfa", "session", "role", "role", "role"))
        if kind == "key":
            return self.world.caller("alice"), None
        issued = NOW - self.random.choice((0, 60))
        if kind != "role":
            claims = self.world.user_claims("alice", issued=issued)
            if kind == "mfa":
                claims = claims._replace(mfa_time=NOW - self.random.choice((5, 600)))
            return self.world.session(claims), claims
        claims = self.world.claims("base", issued=issued)
        if self.chance(0.5):
            tags = {"Team": self.random.choice(("red", "blue")), "dept": "1"}
            kept = self.random.choice(((), ("team",), ("Team", "dept")))
            claims = claims._replace(tags=tags, transitive=kept)
        if self.chance(0.3):
            claims = claims._replace(source_identity="alice")
        if self.chance(0.2):
            claims = claims._replace(until=NOW + 3600)
        return self.world.session(claims), claims

    def call(self, claims):
        tags = {"cost": self.random.choice(("7", "8"))} if self.chance(0.3) else {}
        identity = None
        if self.chance(0.2):
            inherited = claims.source_identity if claims else None
            identity = inherited or self.random.choice(("alice", "bob"))
        return AssumeRequest(
            session_name=self.random.choice(("alice", "bob")),
            external_id=self.random.choice((None, None, "x1", "x2")),
            tags=tuple(tags.items()),
            transitive_tag_keys=tuple(tags) if self.chance(0.5) else (),
            source_identity=identity,
        )


def lowered(tags):
    return {key.lower(): value for key, value in tags.items()}


def documents(world, entity, groups_at=None):
    """The identity documents of an entity; with a time, those of its groups then, too."""
    plain = world.plain
    found = list(entity.get("inline", {}).values())
    found += [plain["policies"][name]["document"] for name in entity.get("policies", [])]
    for group in plain["groups"].values() if groups_at is not None else ():
        for member in group["members"]:
            name, until = (member, None) if isinstance(member, str) else member.values()
            if name == "alice" and (until is None or groups_at < UNTIL[until]):
                found += group["inline"].values()
    return found


def layers_at(world, is_role, now):
    entity = world.plain["roles"]["base"] if is_role else world.plain["users"]["alice"]
    shared = [world.plain["policies"]["Shared"]["document"]]
    return {
        "trust": True,
        "identity": documents(world, entity, None if is_role else now),
        "boundary": shared if "boundary" in entity else None,
        "session": None,
        "resource": [world.plain["roles"]["target"]["trust"]],
        "scps": [],
        "rcps": [],
    }


def naive_call(world, claims, request):
    """(the caller, the context, the actions with whether both sides must allow each)."""
    users, roles = world.plain["users"], world.plain["roles"]
    is_role = claims is not None and claims.type == "role"
    unique_id = roles["base"]["id"] if is_role else users["alice"]["id"]
    inherited = {}
    if is_role:
        caller = {"type": "AssumedRole", "account": ACCOUNT, "arn": SESSION, "role": BASE}
        tags = {**lowered(roles["base"]["tags"]), **lowered(claims.tags)}
        kept = {key.lower() for key in claims.transitive}
        inherited = {key: v for key, v in lowered(claims.tags).items() if key in kept}
    else:
        caller = {"type": "User", "account": ACCOUNT, "arn": ALICE}
        tags = lowered(users["alice"]["tags"])
    caller["id"] = unique_id
    identity = (claims.source_identity if claims else None) or request.source_identity
    resource_tags = {**lowered(roles["target"]["tags"]), **inherited}
    context = {
        "aws:currenttime": NOW_TEXT,
        "aws:principalarn": BASE if is_role else ALICE,
        "aws:principaltype": caller["type"],
        "aws:userid": f"{unique_id}:alice" if is_role else unique_id,
        "aws:username": None if is_role else "alice",
        "aws:tokenissuetime": str(claims.issued) if claims else None,
        "aws:sourceidentity": claims.source_identity if claims else None,
        "sts:sourceidentity": identity,
        "sts:externalid": request.external_id,
        "sts:rolesessionname": request.session_name,
        "sts:transitivetagkeys": request.transitive_tag_keys or None,
        "aws:tagkeys": tuple(key for key, _ in request.tags) or None,
        **{f"aws:principaltag/{key}": value for key, value in tags.items()},
        **{f"aws:requesttag/{key}": value for key, value in request.tags},
        **{f"aws:resourcetag/{key}": value for key, value in resource_tags.items()},
    }
    if claims:
        with_mfa = claims.mfa_time is not None
        context["aws:multifactorauthpresent"] = "true" if with_mfa else "false"
        if with_mfa:
            context["aws:multifactorauthage"] = str(NOW - claims.mfa_time)
    actions = {"sts:AssumeRole": False}
    if request.tags or inherited:
        actions["sts:TagSession"] = False
    if identity:
        actions["sts:SetSourceIdentity"] = is_role
    context = {key: value for key, value in context.items() if value is not None}
    return is_role, caller, context, actions


def expected(world, claims, request):
    """(allowed, when the session ends)."""
    is_role, caller, context, actions = naive_call(world, claims, request)

    def allowed(at):
        layers = layers_at(world, is_role, at)
        asked = {"caller": caller, "resource": TARGET, "context": context}
        return all(
            naive.decide({**asked, "action": action}, layers, both) == "allowed"
            for action, both in actions.items()
        )

    if not allowed(NOW):
        return False, NOW
    ends = [NOW + 3600, *([claims.until] if claims and claims.until else [])]
    if not is_role:
        ends += [end for end in UNTIL.values() if end > NOW and not allowed(end)]
    return True, min(ends)


def both(seed):
    maker = Maker(seed)
    caller, claims = maker.caller()
    request = maker.call(claims)
    directory = maker.world.directory
    role = directory.role("target")
    decision = decide_assume(directory, caller, role, request, NOW, lambda _arn: None)
    found = decision.allowed, decision.expires
    return found, expected(maker.world, claims, request), (claims, request, maker.world.plain)


@settings(
    max_examples=2000 * SCALE,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.integers(0, 2**64 - 1))
def test_who_may_assume_and_until_when_is_the_same_for_both(seed):
    found, other, case = both(seed)
    assert found == other, case


def test_the_random_calls_are_allowed_denied_and_cut_short():
    seen = Counter()
    for seed in range(400):
        (allowed, expires), _, _ = both(seed)
        seen["cut" if allowed and expires < NOW + 3600 else allowed] += 1
    assert min(seen[True], seen[False], seen["cut"]) >= 5, seen
