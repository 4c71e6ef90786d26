"""What a change gives and takes, and what can never be, judged by an SMT solver that reads the
documents itself: identity, boundary, service control and resource-based policies of one user."""

import os
from random import Random

import z3

from iamctl.services.access_diff import compared
from iamctl.services.access_diff_lines import in_words
from iamctl.services.prove_never import never
from tests.policy.smt import CHAR, Asked, applies, effects, either, is_true, solve
from tests.services.builders import OWN, access, user_arn
from tests.services.test_access_diff import ALICE_ID, BOB_ID, State
from tests.services.test_smt_prove import Drawn, document

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
OPEN = {"aws:UserAgent": "String", "aws:MultiFactorAuthPresent": "Bool",
        "aws:SourceIp": "IPAddress", "x:several": ""}  # fmt: skip
BUCKET, ALICE = "arn:aws:s3:::a", {"AWS": user_arn("alice")}
_OURS = z3.Concat(
    z3.Re("arn:aws:"), z3.Union(z3.Re("s3:::"), z3.Re(f"ec2:eu-west-1:{OWN}:")), z3.Plus(CHAR)
)


class Worlds(Drawn):
    """Two states of a directory; the same seed gives the same ones."""

    def __init__(self, seed):
        super().__init__(seed, OPEN, always=())
        self.old = {
            "tags": {"team": self.random.choice(("a", "b"))} if self.chance(0.5) else {},
            "own": self.some(), "its": self.some(),
            "fence": self.some() if self.chance(0.3) else None,
            "scps": [self.some()] if self.chance(0.3) else [],
            "bucket": self.of_bucket() if self.chance(0.4) else None,
        }  # fmt: skip
        self.new = dict(self.old)
        for _ in range(self.random.choice((1, 1, 2))):
            name = self.random.choice(("own", "own", "its", "fence", "scps", "bucket", "tags"))
            made = {
                "own": self.some, "its": self.some, "fence": self.some,
                "scps": lambda: [self.some()], "bucket": self.of_bucket,
                "tags": lambda: {"team": self.random.choice(("a", "b"))},
            }  # fmt: skip
            gone = {"fence": None, "scps": [], "bucket": None, "tags": {}}
            self.new[name] = gone[name] if name in gone and self.chance(0.4) else made[name]()

    def chance(self, of):
        return self.random.random() < of

    def some(self):
        return [self.statement() for _ in range(self.random.choice((1, 1, 2)))]

    def condition(self):
        if self.chance(0.2):
            key = self.random.choice(("aws:username", "aws:PrincipalTag/team"))
            operator = self.random.choice(("StringEquals", "StringNotEquals", "StringLike"))
            return {operator: {key: self.random.choice(("alice", "a", "b*"))}}
        return super().condition()

    def of_bucket(self):
        found = []
        for _ in range(self.random.choice((1, 2))):
            one = self.statement()
            one.pop("NotResource", None)
            one["Resource"] = self.random.choice((BUCKET, f"{BUCKET}/*", [BUCKET, f"{BUCKET}/?"]))
            whom = (ALICE, {"AWS": user_arn("bob")}, *(("*",) if one["Effect"] == "Deny" else ()))
            one["Principal"] = self.random.choice(whom)
            found.append(one)
        return found

    def asked(self, state):
        """A state as the unknown request meets it."""
        known = {"aws:username": "alice"}
        known |= {f"aws:PrincipalTag/{key}": text for key, text in state["tags"].items()}
        return Asked(self.kinds, known, slots=3)


def built(state):
    """A state as iamctl has it."""
    more = {}
    policies = {
        "Fence": {"id": "ANPAFENCEFENCEFENCE22", "document": document(state["fence"] or [])}
    }
    alice = {"id": ALICE_ID, "inline": {"Own": document(state["own"])}, "tags": state["tags"]}
    if state["fence"] is not None:
        more["policies"] = policies
        alice["boundary"] = "Fence"
    levels = [{"name": "Root", "scps": {"Some": document(one)}} for one in state["scps"]]
    if levels:
        more["organization"] = {"id": "o-abcdefghij", "levels": levels}
    if state["bucket"] is not None:
        more["resources"] = {BUCKET: document(state["bucket"])}
    team = {"id": "AGPATEAMTEAMTEAMTEA22", "members": ["alice"],
            "inline": {"Its": document(state["its"])}}  # fmt: skip
    users = {"alice": alice, "bob": {"id": BOB_ID}}
    return access(users=users, groups={"team": team}, **more)


def allowed(asked, state):
    """What alice may do: the IAM User Guide's rules within one account, for an IAM user."""
    layers = [effects(asked, document(state["own"] + state["its"]))]
    layers += [effects(asked, document(state["fence"]))] if state["fence"] is not None else []
    layers += [effects(asked, document(one)) for one in state["scps"]]
    denied = [deny for _, deny in layers]
    named = []
    here = z3.Or(asked.resource == BUCKET, z3.PrefixOf(z3.StringVal(f"{BUCKET}/"), asked.resource))
    for one in state["bucket"] or ():
        if one["Principal"] in (ALICE, "*"):
            found = z3.And(here, applies(asked, one, True))
            (named if one["Effect"] == "Allow" else denied).append(found)
    control = [allow for allow, _ in layers[len(layers) - len(state["scps"]) :]]
    own = [allow for allow, _ in layers[: len(layers) - len(state["scps"])]]
    granted = either(is_true(*own), *named)
    return z3.And(granted, *control, z3.Not(either(*denied)))


def ours(asked):
    """Requests for what belongs to the account, and for nothing."""
    return z3.Or(asked.resource == "*", z3.InRe(asked.resource, _OURS))


def check_diff(seed):
    worlds = Worlds(seed)
    states = [State(built(one)) for one in (worlds.old, worlds.new)]
    told = compared([states[0].asked], states[1].asked)
    sides = [(worlds.asked(one), one) for one in (worlds.old, worlds.new)]
    was, now = (allowed(asked, state) for asked, state in sides)
    asked = sides[1][0]
    for gained, formula in ((True, z3.And(now, z3.Not(was))), (False, z3.And(was, z3.Not(now)))):
        where = (seed, gained, worlds.old, worlds.new)
        found = solve(asked, formula, ours(asked))
        here = [
            d for d in told.differences if d.gained is gained and d.pairs[0].word == "user/alice"
        ]
        if found == "?":
            yield "unknown to the solver"
        elif found is not None:
            action, resource, context = found
            may = [state.allows("user/alice", action, resource, context) for state in states]
            assert may == [not gained, gained], (*where, found)
            full = states[gained].context("user/alice", action, resource, context)
            assert any(d.left.requests.holds(action, resource, full) for d in here), (*where, found)
            yield "differs"
        elif not here:
            yield "same"
        else:
            some = told._replace(differences=tuple(here), outside=())
            lines = in_words(some, [states[0].asked], states[1].asked).lines
            for line in lines:
                one = line.witness
                point = one and asked.is_point(one.action, one.resource, one.context)
                if point is not None and one is not None:
                    assert solve(asked, formula, ours(asked), point) is None, (*where, one)
            yield "differs elsewhere" if any(line.witness for line in lines) else "may differ"


def test_an_smt_solver_finds_no_difference_that_is_not_told():
    told = {}
    for seed in range(10 * SCALE):
        for word in check_diff(seed):
            told[word] = told.get(word, 0) + 1
    print(told)
    assert told["differs"]
    assert told["same"]


def check_never(seed):
    worlds, random = Worlds(seed), Random(seed)
    state = worlds.new
    action = random.choice(("s3:GetObject", "s3:PutObject", "s3:*Object"))
    resource = random.choice((f"{BUCKET}/*", f"{BUCKET}b/x", "arn:aws:s3:::*/x"))
    asked, there = worlds.asked(state), built(state)
    wanted = applies(asked, {"Action": action, "Resource": resource}, False)
    objects = z3.Or(asked.action == "s3:getobject", asked.action == "s3:putobject")
    formula = z3.And(allowed(asked, state), wanted, ours(asked), objects)
    proof = never(lambda at: there, "user/alice", action, resource)
    found = solve(asked, formula)
    if found not in (None, "?"):
        assert State(there).allows("user/alice", *found), (seed, state, found)
        assert not proof.proved, (seed, state, action, resource, found)
    if proof.possible is not None:
        request = proof.possible.answer.request
        point = asked.is_point(request.action, request.resource, proof.possible.context)
        if point is not None and request.action.lower() in ("s3:getobject", "s3:putobject"):
            assert solve(asked, formula, point) is not None, (seed, state, request)
        return "possible"
    return "never" if proof.proved else "unknown"


def test_an_smt_solver_agrees_with_what_can_never_be():
    told = {}
    for seed in range(15 * SCALE):
        word = check_never(seed)
        told[word] = told.get(word, 0) + 1
    print(told)
    assert told["possible"]
    assert told["never"]
