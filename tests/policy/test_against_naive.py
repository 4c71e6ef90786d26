"""The engine and the plain second evaluator of naive.py agree on random decisions."""

import json
import os
from collections import Counter
from random import Random

import pytest

from iamctl.domain.documents import parse_document
from iamctl.policy import request as requests
from iamctl.policy.compile import source_policy
from iamctl.policy.conditions import compile_condition
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.explain import denial_message, reasons
from tests.policy import naive

pytestmark = pytest.mark.slow

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
HERE, THERE = "123456789012", "210987654321"
AIDA, AROA = "AIDAAAAAAAAAAAAAAAAAA", "AROAAAAAAAAAAAAAAAAAA"
PROVIDER = f"arn:aws:iam::{HERE}:oidc-provider/idp.example.com"
STRINGS = ("red", "RED", "re*", "*", "r?d", "", "a:b", "team/x", "Straße", "4")
NUMBERS = ("5", "5.0", "-1", "05", "1e1", "10", "+5", ".5", "1_0", "abc", "")
DATES = (
    "2026", "2026-11", "2026-11-24", "2026-11-24T20:30Z", "2026-11-24T20:30:00Z",
    "2026-11-24T22:30:00+02:00", "2026-11-24T20:30:00.5Z", "1795552200", "1795552200.5",
    "2026-02-30", "2026-11-24T24:00:00Z", "soon", "1795552200000", "1e400",
)  # fmt: skip
ADDRESSES = ("10.0.0.1", "10.0.1.1", "10.0.0", "::1", "::ffff:10.0.0.1", "2001:db8::1", "x")
NETWORKS = ("10.0.0.0/24", "10.0.0.9/24", "10.0.0.1", "0.0.0.0/0", "::/0", "2001:db8::/32",
            "::ffff:0:0/96", "10.0.0.0/33", "10.0.0.1/-1", "x/8")  # fmt: skip
ARNS = (f"arn:aws:iam::{HERE}:user/red", f"arn:aws:s3:eu-west-1:{HERE}:data/red:x",
        "arn:aws:sns", "red", "", "a:b:c:d:e:f")  # fmt: skip
ARN_PATTERNS = ("*", f"arn:aws:iam::{HERE}:user/*", "arn:aws:*:*:*:*", "arn:*", "arn:aws:s3:*:x",
                "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:PrincipalTag/team}",
                "arn:aws:s3:*:??????789012:data/${x:team, 'red'}:?", "arn:aws:s3:eu*")  # fmt: skip
STRING_PATTERNS = (*STRINGS, "r*d", "?", "re${*}", "${?}", "${aws:PrincipalTag/team}", "*e*",
                   "${aws:username}", "${aws:username, 'red'}", "${aws:TagKeys}", "${$}{x}",
                   "a${AWS:userID}*", "**d", "*?*?")  # fmt: skip
KEYS = {
    "String": ("aws:PrincipalTag/Team", "aws:username", "aws:TagKeys", "x:absent", "aws:userid"),
    "Numeric": ("x:Number", "x:Numbers", "x:absent", "x:String"),
    "Date": ("x:Date", "aws:EpochTime", "x:absent"),
    "Bool": ("x:Bool", "x:absent", "aws:SecureTransport"),
    "Binary": ("x:Binary", "x:absent"),
    "IpAddress": ("aws:SourceIp", "x:Ips", "x:absent"),
    "Arn": ("aws:PrincipalArn", "x:Arn", "x:Arns", "x:absent"),
    "Null": ("aws:TagKeys", "x:absent", "aws:PrincipalTag/Team", "x:Arns"),
}
PATTERNS = {
    "String": STRING_PATTERNS, "Numeric": (*NUMBERS, 5, 0.5), "Date": (*DATES, 1795552200),
    "Bool": ("true", "false", "TRUE", True, False, "yes", "${x:Bool}"),
    "Binary": ("cmVk", "cmVkZA==", "cmV", "", "?"), "IpAddress": NETWORKS, "Arn": ARN_PATTERNS,
    "Null": ("true", "false", True, "x"),
}  # fmt: skip
CONTEXT = {
    "aws:PrincipalTag/Team": STRINGS, "x:String": STRINGS, "x:Number": NUMBERS, "x:Date": DATES,
    "aws:EpochTime": ("1795552200", "5"), "x:Bool": ("true", "false", "True", "yes", ""),
    "x:Binary": ("cmVk", "cmVkZA==", "cmV", ""), "aws:SourceIp": ADDRESSES, "x:Arn": ARNS,
    "aws:SecureTransport": ("true", "false"), "aws:PrincipalAccount": (HERE,), "x:team": ("red",),
}  # fmt: skip
SETS = {"aws:TagKeys": STRINGS, "x:Numbers": NUMBERS, "x:Ips": ADDRESSES, "x:Arns": ARNS}
OPERATORS = {
    "String": ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase",
               "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"),
    "Bool": ("Bool",), "Binary": ("BinaryEquals",), "IpAddress": ("IpAddress", "NotIpAddress"),
    "Arn": ("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"), "Null": ("Null",),
    **{family: tuple(family + name for name in (
        "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"
    )) for family in ("Numeric", "Date")},
}  # fmt: skip
ACTIONS = {
    "s3:GetObject": ("s3:getobject", "S3:Get*", "s3:*", "*", "s?:GetObject", "*:Get*", "s3:Put*"),
    "iam:GetUser": ("iam:GetUser", "iam:*", "iam:Get?ser", "*", "s3:*", "ia?:get*"),
    "kms:Decrypt": ("kms:Decrypt", "KMS:*", "*", "kms:Encrypt", "*:*"),
    "sts:AssumeRole": ("sts:assumerole", "sts:Assume*", "sts:*", "sts:TagSession"),
}
RESOURCES = {
    "s3:GetObject": ("arn:aws:s3:::data/red", f"arn:aws:s3:eu-west-1:{HERE}:data/red/*:x",
                     f"arn:aws:s3:us-east-1:{THERE}:data/alice", "*"),
    "iam:GetUser": (f"arn:aws:iam::{HERE}:user/eng/red", f"arn:aws:iam::{THERE}:user/x", "*"),
    "kms:Decrypt": (f"arn:aws:kms:eu-west-1:{HERE}:key/red", f"arn:aws:kms::{THERE}:key/x"),
    "sts:AssumeRole": (f"arn:aws:iam::{HERE}:role/ci/red", f"arn:aws:iam::{THERE}:role/red"),
}  # fmt: skip
RESOURCE_PATTERNS = ("*", "arn:aws:s3", "arn:aws:s3:::data/*", "arn:aws:s3:*:*:data/red*",
                     f"arn:aws:*:*:{HERE}:*".replace(":*:", ":s3:", 1), "arn:aws:iam::*:user/*",
                     "arn:aws:s3:*:*:data/${aws:PrincipalTag/team}", "arn:aws:kms:*:*:key/???",
                     "arn:aws:s3:*:*:data/${aws:username}", f"arn:aws:iam::{HERE}:*",
                     "arn:aws:s3:*:*:data/red/${*}:x", "arn:aws:iam::*:role/*/red",
                     "arn:aws:iam::*:role/${aws:username, 'ci/red'}", "arn:*:kms:*")  # fmt: skip
ROLE = f"arn:aws:iam::{HERE}:role/ci/deployer"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/deployer/red"
USER = f"arn:aws:iam::{HERE}:user/eng/alice"
FEDERATED = f"arn:aws:sts::{HERE}:federated-user/fred"
CALLERS = (
    (requests.user_caller(HERE, "alice", "/eng/", AIDA),
     {"type": "User", "account": HERE, "arn": USER, "id": AIDA}),
    (requests.session_caller(HERE, "deployer", "red", "/ci/", AROA),
     {"type": "AssumedRole", "account": HERE, "arn": SESSION, "role": ROLE, "id": AROA}),
    (requests.federated_user_caller(HERE, "fred", USER),
     {"type": "FederatedUser", "account": HERE, "arn": FEDERATED, "maker": USER}),
    (requests.root_caller(HERE), {"type": "Account", "account": HERE}),
    (requests.ANONYMOUS, {"type": "Anonymous", "account": ""}),
    (requests.service_caller("ec2.amazonaws.com"),
     {"type": "Service", "account": "", "name": "ec2.amazonaws.com"}),
    (requests.federated_caller(PROVIDER),
     {"type": "Federated", "account": "", "provider": PROVIDER}),
)  # fmt: skip
LEVELS = (HERE, USER, AIDA, ROLE, SESSION, FEDERATED)
"""Every level at which these callers can be named, as a Deny with NotPrincipal asks for."""
WEIGHTS = (6, 6, 3, 2, 2, 2, 3)
AWS = (
    "*", HERE, f"arn:aws:iam::{HERE}:root", USER, ROLE, SESSION, FEDERATED, AIDA, AROA, THERE,
    f"arn:aws:iam::{HERE}:user/alice", f"arn:aws:sts::{HERE}:assumed-role/deployer/blue",
)  # fmt: skip


class Maker:
    """Random documents that the parser accepts, and requests that they are often about."""

    def __init__(self, seed):
        self.random = Random(seed)

    def some(self, pool, most=3):
        count = min(self.random.randint(1, most), len(pool))
        found = self.random.sample(pool, count)
        return found[0] if count == 1 and self.random.random() < 0.5 else found

    def chance(self, probability):
        return self.random.random() < probability

    def case(self, text):
        return self.random.choice((text, text, text.lower(), text.upper()))

    def conditions(self, variables):
        block = {}
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            family = self.random.choice(("String", "String", "Arn", *OPERATORS))
            name = self.random.choice(OPERATORS[family])
            if family != "Null" and self.chance(0.3):
                name += "IfExists"
            if self.chance(0.3):
                name = self.random.choice(("ForAnyValue:", "ForAllValues:")) + name
            pool = [p for p in PATTERNS[family] if variables or "${" not in str(p)]
            wanted = [] if self.chance(0.03) else self.some(pool)
            key = self.random.choice(KEYS[family])
            block[name] = {self.case(key): wanted}
        return block

    def principal(self, trust):
        if self.chance(0.15):
            return "*"
        found = {"AWS": self.some(AWS)} if self.chance(0.85) else {}
        if not trust and self.chance(0.2):
            found = {"AWS": list(LEVELS)}
        if self.chance(0.15) or not found:
            found["Service"] = self.some(("ec2.amazonaws.com", "ecs.amazonaws.com"))
        if self.chance(0.15):
            found["Federated"] = self.some((PROVIDER, "accounts.google.com"))
        if not trust and self.chance(0.02):
            found["CanonicalUser"] = "0" * 64
        return found

    def statement(self, kind, action, variables):
        made = {"Effect": "Allow" if self.chance(0.87) else "Deny"}
        if kind in ("resource", "trust"):
            negated = kind == "resource" and self.chance(0.2)
            made["NotPrincipal" if negated else "Principal"] = self.principal(kind == "trust")
        elif kind == "rcp":
            made["Principal"] = "*"
        if kind == "trust":
            made["Action"] = self.some([a for a in ACTIONS["sts:AssumeRole"] if a != "*"])
        else:
            pool = ACTIONS[action] if self.chance(0.9) else ACTIONS["s3:GetObject"]
            made["NotAction" if self.chance(0.1) else "Action"] = self.some(pool)
            patterns = self.some(RESOURCE_PATTERNS) if self.chance(0.5) else "*"
            made["NotResource" if self.chance(0.12) else "Resource"] = patterns
        block = self.conditions(variables)
        if block or self.chance(0.1):
            made["Condition"] = block
        return made

    def document(self, kind, action):
        version = self.random.choice(("2012-10-17",) * 4 + ("2008-10-17", None))
        statements = [
            self.statement(kind, action, version == "2012-10-17")
            for _ in range(self.random.choice((1, 1, 2, 3)))
        ]
        if len(statements) == 1 and self.chance(0.3):
            statements = statements[0]
        return {**({"Version": version} if version else {}), "Statement": statements}

    def documents(self, kind, action, counts):
        return [self.document(kind, action) for _ in range(self.random.choice(counts))]

    def layers(self, caller, action):
        trust = action == "sts:AssumeRole"
        kind = "trust" if trust else "resource"
        made = {
            "trust": trust,
            "identity": self.documents("identity", action, (0, 1, 1, 2)),
            "boundary": None,
            "session": None,
            "resource": None,
            "scps": [],
            "rcps": [],
        }
        # Callers of no account have no policies of their own.
        if caller.account and self.chance(0.3):
            made["boundary"] = self.documents("boundary", action, (1,))
        if caller.account and self.chance(0.3):
            made["session"] = self.documents("session", action, (1, 2))
        if trust or self.chance(0.6):
            made["resource"] = self.documents(kind, action, (1,))
        for name in ("scps", "rcps"):
            if self.chance(0.15):
                levels = self.random.choice((1, 2))
                made[name] = [self.documents(name[:-1], action, (1, 2)) for _ in range(levels)]
        return made

    def context(self, caller):
        context = requests.context_of(caller, 1795552200)
        for key, pool in CONTEXT.items():
            if self.chance(0.7):
                context[key.lower()] = self.random.choice(pool)
        for key, pool in SETS.items():
            if self.chance(0.7):
                count = self.random.choice((0, 1, 2, 3))
                context[key.lower()] = tuple(self.random.sample(pool, count))
        return context


def compiled(documents, kind):
    found = []
    for index, document in enumerate(documents):
        parsed, problems = parse_document(document, kind)
        assert parsed is not None, (document, problems)
        found.append(source_policy(parsed, f"{kind}{index}", kind))
    return tuple(found)


def engine_layers(made):
    return Layers(
        identity=compiled(made["identity"], "identity"),
        boundary=None if made["boundary"] is None else compiled(made["boundary"], "boundary"),
        session=None if made["session"] is None else compiled(made["session"], "session"),
        resource=None
        if made["resource"] is None
        else compiled(made["resource"], "trust" if made["trust"] else "resource"),
        scps=tuple(compiled(level, "scp") for level in made["scps"]),
        rcps=tuple(compiled(level, "rcp") for level in made["rcps"]),
    )


def engine_condition(maker):
    """A condition's truth by the engine and by the other, with the case."""
    context = maker.context(maker.random.choice(CALLERS)[0])
    version = maker.random.choice(("2012-10-17", "2008-10-17"))
    block = {}
    while not block:
        block = maker.conditions(version == "2012-10-17")
    (operator, operand), *_ = block.items()
    ((key, wanted),) = operand.items()
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Version": version, "Statement": {**statement, "Condition": {operator: operand}}}
    parsed, problems = parse_document(document, "identity")
    assert parsed is not None, problems
    variables = version == "2012-10-17"
    true = compile_condition(parsed.statements[0].conditions[0], variables)(context)
    expected = naive.condition_true(operator, key, naive.texts(wanted), context, variables)
    return true, expected, (document, context)


def both(seed):
    """The decision of the engine, the verdict of the other, and the case for a message.

    `both_sides` is what a source identity in a chain of roles asks for.
    """
    maker = Maker(seed)
    caller, told = maker.random.choices(CALLERS, WEIGHTS)[0]
    action = maker.random.choice(tuple(ACTIONS))
    resource = maker.random.choice(RESOURCES[action])
    made = maker.layers(caller, action)
    context = maker.context(caller)
    account = maker.random.choice((None, HERE, THERE)) if ":::" in resource else None
    request = requests.Request(caller, maker.case(action), resource, context, account)
    layers = engine_layers(made)
    both_sides = maker.chance(0.2)
    decision = evaluate(request, layers, both_sides=both_sides)
    asked = {"caller": told, "action": action, "resource": resource, "context": context,
             "resource_account": account}  # fmt: skip
    if not decision.allowed:
        denial_message(request, decision)
        reasons(request, layers, decision)
    expected = naive.decide(asked, made, both_sides)
    return decision, expected, json.dumps([asked, made, both_sides], indent=1, default=str)


SHARDS = 4
CASES = (5000 if SCALE == 1 else 10_000 * SCALE) // SHARDS
START = int(os.environ.get("IAMCTL_TEST_SEED") or int.from_bytes(os.urandom(4), "big"))
"""Each case has a seed of its own: IAMCTL_TEST_SEED set to it makes it the first one."""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_condition_is_true_or_false_for_both(shard):
    for seed in range(START + shard * CASES, START + (shard + 1) * CASES):
        true, expected, case = engine_condition(Maker(seed))
        assert true is expected, f"IAMCTL_TEST_SEED={seed}\n{case}"


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_engine_agrees_with_a_plain_evaluator(shard):
    for seed in range(START + shard * CASES, START + (shard + 1) * CASES):
        decision, expected, case = both(seed)
        assert decision.verdict == expected, f"IAMCTL_TEST_SEED={seed}\n{case}"


def test_the_random_cases_reach_every_verdict_of_every_kind_of_caller():
    found, across = Counter(), Counter()
    for seed in range(2500):
        decision, _, case = both(seed)
        found[json.loads(case)[0]["caller"]["type"], decision.verdict] += 1
        across[decision.verdict, decision.cross_account] += 1
    types = {told["type"] for _, told in CALLERS}
    verdicts = ("allowed", "implicitDeny", "explicitDeny")
    assert all(found[type_, v] >= 3 for type_ in types for v in verdicts), found
    assert all(across[v, cross] >= 20 for v in verdicts for cross in (False, True)), across
