"""What `prove` proves and refutes, judged by an SMT solver that reads the documents itself."""

import os
from random import Random

import z3

from iamctl.services.prove import disjoint, equivalent, implies
from tests.policy.smt import Asked, allowed, solve
from tests.services.test_prove import CATALOGUE, policy
from tests.services.test_prove import allowed as decided

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
KINDS = {
    "aws:username": "String", "aws:UserAgent": "String", "aws:MultiFactorAuthPresent": "Bool",
    "aws:MultiFactorAuthAge": "Numeric", "aws:SourceIp": "IPAddress", "aws:SourceArn": "ARN",
    "aws:TagKeys": "ArrayOfString", "x:several": "",
}  # fmt: skip
SLOTS = 4
ACTIONS = ("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:Put*", "s3:*Object", "iam:*", "*:Get*",
           "ec2:Describe?nstances", "S3:PUTOBJECT", "ec2:*")  # fmt: skip
RESOURCES = ("*", "arn:aws:s3:::a*", "arn:aws:s3:::a/*", "arn:aws:s3:::ab/*", "arn:aws:s3:::a/?",
             "arn:aws:s3:::*/x", "arn:aws:s3:::a/${aws:username}/*",
             "arn:aws:s3:::a/${aws:username}", "arn:aws:iam::*:user/*",
             "arn:aws:ec2:*:111122223333:*", "arn:aws:ec2:eu-*")  # fmt: skip
TEXTS = ("a", "b", "ab", "*", "a*", "*b", "?b", "a?*", "x")
NUMBERS = ("1", "10", "10.5", "300")
NETWORKS = ("10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/9", "192.0.2.1", "0.0.0.0/0")
ARNS = ("*", "arn:aws:s3:::a", "arn:aws:s3:::a*", "arn:aws:s3:*:*:*", "arn:*:sns:*:*:*x")
OF_STRINGS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike")
OF_KIND = {
    "String": (OF_STRINGS, TEXTS), "Bool": (("Bool",), ("true", "false")),
    "Numeric": (("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
                 "NumericGreaterThan", "NumericGreaterThanEquals"), NUMBERS),
    "IPAddress": (("IpAddress", "NotIpAddress"), NETWORKS),
    "ARN": (("ArnLike", "ArnNotLike", "ArnEquals"), ARNS),
    "ArrayOfString": (OF_STRINGS, TEXTS), "": (OF_STRINGS, TEXTS),
}  # fmt: skip


class Drawn:
    """Random policies; the same seed gives the same ones."""

    def __init__(self, seed, kinds=KINDS, always=("aws:username",)):
        self.random = Random(seed)
        # Few keys, so that conditions meet; resources hang on the first.
        some = self.random.sample(sorted(kinds), min(2, len(kinds)))
        self.kinds = {key: kinds[key] for key in dict.fromkeys((*always, *some))}

    def condition(self):
        name = self.random.choice(sorted(self.kinds))
        kind = self.kinds[name]
        operators, values = OF_KIND[kind]
        operator = self.random.choice(operators)
        if kind in ("ArrayOfString", ""):
            operator = self.random.choice(("", "ForAllValues:", "ForAnyValue:")) + operator
        if self.random.random() < 0.15:
            operator += "IfExists"
        if self.random.random() < 0.15:
            return {"Null": {name: self.random.choice(("true", "false"))}}
        most = 1 if kind == "Bool" else 2
        wanted = self.random.sample(values, self.random.randint(1, most))
        if kind == "String" and name != "aws:username" and self.random.random() < 0.15:
            return {
                "StringEquals": {name: self.random.choice(("${aws:username}", "a${aws:username}"))}
            }
        return {operator: {name: wanted}}

    def statement(self):
        r = self.random
        made = {"Effect": "Allow" if r.random() < 0.65 else "Deny"}
        made["NotAction" if r.random() < 0.15 else "Action"] = r.sample(ACTIONS, r.randint(1, 2))
        made["NotResource" if r.random() < 0.15 else "Resource"] = r.sample(
            RESOURCES, r.randint(1, 2)
        )
        block = {}
        for _ in range(r.choice((0, 0, 1, 1, 2))):
            for operator, keys in self.condition().items():
                block.setdefault(operator, {}).update(keys)
        return {**made, "Condition": block} if block else made

    def pair(self):
        """Two lists of statements, one of them the other changed here or there."""
        r = self.random
        one = [self.statement() for _ in range(r.choice((1, 2, 2, 3)))]
        other = [dict(statement) for statement in one]
        for _ in range(r.choice((1, 1, 2))):
            at = r.randrange(len(other))
            change = r.choice(("condition", "resource", "more", "less", "all"))
            if change == "condition":
                other[at].pop("Condition", None)
                if r.random() < 0.7:
                    other[at]["Condition"] = self.condition()
            elif change == "resource":
                for name in ("Resource", "NotResource"):
                    if name in other[at]:
                        other[at][name] = r.sample(RESOURCES, r.randint(1, 2))
            elif change == "more":
                other.insert(at, self.statement())
            elif change == "less" and len(other) > 1:
                other.pop(at)
            else:
                other[at] = self.statement()
        return (one, other) if r.random() < 0.5 else (other, one)


def document(statements):
    return {"Version": "2012-10-17", "Statement": statements}


def judged(seed, slots=SLOTS):
    """Each claim about a random pair: (prove's proof, solver's point, formula's fit, words)."""
    drawn = Drawn(seed)
    one, other = drawn.pair()
    given = [policy(*statements, name=name) for statements, name in ((one, "A"), (other, "B"))]
    asked = Asked(drawn.kinds, slots=slots)
    mine, theirs = (allowed(asked, document(statements)) for statements in (one, other))
    both = z3.And(mine, theirs)
    only, back = z3.And(mine, z3.Not(theirs)), z3.And(theirs, z3.Not(mine))
    for name, claim, formula, wanted in (
        ("implies", implies, only, lambda a, b: a and not b),
        ("equivalent", equivalent, z3.Or(only, back), lambda a, b: a is not b),
        ("disjoint", disjoint, both, lambda a, b: a and b),
    ):
        yield name, given, asked, claim(*given, CATALOGUE), formula, wanted


def check(seed):
    """What came of a seed, for each claim; fails where the two judges differ."""
    for name, given, asked, proof, formula, wanted in judged(seed):
        where = (seed, name, [one.document for one in given])
        if proof.refutation is not None:
            found = proof.refutation
            point = asked.is_point(found.action, found.resource, found.context)
            if point is not None:
                assert solve(asked, formula, point) is not None, (*where, found)
            yield "refuted"
            continue
        found = solve(asked, formula)
        if found is not None and found != "?":
            assert wanted(*(decided(one, *found) for one in given)), (*where, found)
            assert not proof.proved, (*where, found)
            yield "unknown, there is one"
        elif found is None:
            yield "proved" if proof.proved else "unknown, there is none"
        else:
            yield "proved alone" if proof.proved else "unknown to both"


def test_an_smt_solver_agrees_with_what_is_proved_and_refuted():
    told = {}
    for seed in range(30 * SCALE):
        for word in check(seed):
            told[word] = told.get(word, 0) + 1
    print(told)
    assert told["proved"]
    assert told["refuted"]
