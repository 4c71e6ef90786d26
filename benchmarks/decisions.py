"""Decisions a second in one process, and how the cost of one grows with what is not about it.

A decision is measured against a yardstick, a fixed loop in plain Python, that runs just before
and just after it in the same process: the ratio says the same on a slow machine, a fast one and a
busy one. Decisions a second are for orientation. Time is the process's own, not the wall's.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from iamctl.domain.documents import parse_document
from iamctl.policy.compile import PolicyType, SourcePolicy, compile_document
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.request import Request, context_of, user_caller

ACCOUNT, NOW = "123456789012", 1_795_552_200
PRINCIPALS, CASES, ROUNDS = 100, 2_000, 9
SIZES = (10, 100, 1_000, 10_000)
SERVICES = (
    "ec2", "s3", "sqs", "sns", "lambda", "rds", "logs", "kms", "dynamodb", "ecs", "autoscaling",
    "elasticloadbalancing", "cloudwatch",
)  # fmt: skip
Case = tuple[Request, Layers]


class Cost(NamedTuple):
    """What one decision of a kind costs: in yardsticks of a thousand, and how many a second."""

    name: str
    ratio: float
    a_second: float


def yardstick() -> int:
    """A thousand turns of a loop over a small dictionary: what Python itself costs."""
    found, table = 0, {"a": 1, "b": 2, "c": 3}
    for turn in range(1000):
        value = table.get("abcd"[turn & 3])
        if value is not None and value != 2:
            found += value
    return found


def measure(name: str, cases: list[Case], rounds: int = ROUNDS) -> Cost:
    """The median over rounds of all cases decided once, after a first round to warm up."""
    ratios, seconds = [], []
    for round_ in range(rounds + 1):
        before = _timed(lambda: [yardstick() for _ in range(100)])
        spent = _timed(lambda: [evaluate(request, layers) for request, layers in cases])
        after = _timed(lambda: [yardstick() for _ in range(100)])
        if round_:
            one = spent / len(cases)
            seconds.append(one)
            ratios.append(one / ((before + after) / 200))
    return Cost(name, statistics.median(ratios), 1 / statistics.median(seconds))


def _timed(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


# Cases as a company has them


def policy(kind: PolicyType, name: str, *statements: dict[str, Any]) -> SourcePolicy:
    """A document compiled, as services hold it."""
    data: Any = {"Version": "2012-10-17", "Statement": list(statements)}
    document, problems = parse_document(data, kind)
    if document is None:
        raise SystemExit(f"{name}: {problems}")
    return SourcePolicy(name, kind, compile_document(document))


def _statement(effect: str, actions: object, resources: object, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": actions, "Resource": resources, **more}


def allow(actions: object, resources: object = "*", **condition: Any) -> dict[str, Any]:
    """An Allow statement, its condition block by operators."""
    more = {"Condition": condition} if condition else {}
    return _statement("Allow", actions, resources, **more)


def deny(actions: object, resources: object = "*", **condition: Any) -> dict[str, Any]:
    """A Deny statement, its condition block by operators."""
    more = {"Condition": condition} if condition else {}
    return _statement("Deny", actions, resources, **more)


def identity_policies() -> tuple[SourcePolicy, ...]:
    """Policies of the kinds that people write; two in thirteen use variables."""
    made = {
        "ReadOnly": [allow([f"{service}:{verb}*" for service in SERVICES
                            for verb in ("Get", "List", "Describe")])],
        "Home": [allow("s3:ListBucket", "arn:aws:s3:::acme-home",
                       StringLike={"s3:prefix": ["${aws:username}/*", "shared/*"]}),
                 allow(["s3:*Object"], "arn:aws:s3:::acme-home/${aws:username}/*")],
        "Artifacts": [allow(["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
                            ["arn:aws:s3:::acme-artifacts", "arn:aws:s3:::acme-artifacts/*"])],
        "Deploy": [allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"],
                         f"arn:aws:lambda:*:{ACCOUNT}:function:payments-*"),
                   allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/lambda/*",
                         StringEquals={"iam:PassedToService": "lambda.amazonaws.com"})],
        "Queues": [allow("sqs:*", [f"arn:aws:sqs:{r}:{ACCOUNT}:payments-*"
                                   for r in ("eu-west-1", "us-east-1")])],
        "Topics": [allow("sns:Publish", f"arn:aws:sns:*:{ACCOUNT}:*",
                         Bool={"aws:SecureTransport": "true"})],
        "TeamTags": [allow(["ec2:StartInstances", "ec2:StopInstances", "ec2:RebootInstances"],
                           f"arn:aws:ec2:*:{ACCOUNT}:instance/*",
                           StringEquals={"aws:ResourceTag/team": "${aws:PrincipalTag/team}"})],
        "Tables": [allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
                         f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders*")],
        "Keys": [allow(["kms:Decrypt", "kms:GenerateDataKey"], f"arn:aws:kms:*:{ACCOUNT}:key/*",
                       StringLike={"kms:ViaService": ["s3.*.amazonaws.com",
                                                      "sqs.*.amazonaws.com"]})],
        "OfficeOnly": [deny("*", "*", NotIpAddress={"aws:SourceIp": ["203.0.113.0/24",
                                                                    "198.51.100.0/24"]},
                            Bool={"aws:ViaAWSService": "false"})],
        "NotTheAuditTrail": [deny(["cloudtrail:StopLogging", "cloudtrail:DeleteTrail",
                                   "s3:DeleteBucket*"])],
        "Logs": [allow(["logs:CreateLogStream", "logs:PutLogEvents", "logs:GetLogEvents"],
                       f"arn:aws:logs:*:{ACCOUNT}:log-group:/payments/*")],
        "Contract": [allow("*", "arn:aws:s3:::acme-contract/*",
                           DateLessThan={"aws:CurrentTime": "2027-01-01T00:00:00Z"})],
    }  # fmt: skip
    return tuple(policy("identity", name, *statements) for name, statements in made.items())


def organization() -> tuple[tuple[SourcePolicy, ...], ...]:
    """Service control policies of three levels."""
    full = policy("scp", "FullAWSAccess", allow("*"))
    regions = {
        "Effect": "Deny",
        "NotAction": ["iam:*", "sts:*", "organizations:*", "support:*", "cloudfront:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}},
    }
    guard = deny(
        ["iam:*Role", "iam:*RolePolicy"],
        "arn:aws:iam::*:role/org-*",
        ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::*:role/org-admin"},
    )
    return (
        (full, policy("scp", "Stay", deny("organizations:LeaveOrganization"))),
        (full, policy("scp", "Regions", regions)),
        (full, policy("scp", "Guard", guard)),
    )


ASKED = (
    ("s3:GetObject", "arn:aws:s3:::acme-artifacts/build/{n}.tar"),
    ("s3:PutObject", "arn:aws:s3:::acme-home/{user}/notes-{n}.txt"),
    ("s3:ListBucket", "arn:aws:s3:::acme-home"),
    ("s3:DeleteBucket", "arn:aws:s3:::acme-artifacts"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:{account}:payments-{n}"),
    ("sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:{account}:billing-{n}"),
    ("sns:Publish", "arn:aws:sns:eu-west-1:{account}:alerts"),
    ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:{account}:function:payments-{n}"),
    ("iam:PassRole", "arn:aws:iam::{account}:role/lambda/payments"),
    ("iam:DeleteRole", "arn:aws:iam::{account}:role/org-audit"),
    ("ec2:DescribeInstances", "*"),
    ("ec2:StopInstances", "arn:aws:ec2:eu-west-1:{account}:instance/i-{n}"),
    ("dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:{account}:table/orders"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:{account}:alias/payments"),
    ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:{account}:log-group:/payments/api:log-stream:x"),
    ("rds:DeleteDBInstance", "arn:aws:rds:eu-west-1:{account}:db:main"),
)


def company(seed: int = 1) -> list[Case]:
    """Users with twenty policies each (own, boundary, organization), asking all sorts."""
    random = Random(seed)
    ceiling = [allow([f"{service}:*" for service in SERVICES]),
               deny("iam:*", "*",
                    StringNotEquals={"aws:PrincipalTag/team": "platform"})]  # fmt: skip
    boundary = (policy("boundary", "Ceiling", *ceiling),)
    own, levels = identity_policies(), organization()
    bucket = (policy("resource", "bucket", {
        **allow("s3:GetObject", "arn:aws:s3:::acme-artifacts/*"),
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    }),)  # fmt: skip
    users = []
    for number in range(PRINCIPALS):
        caller = user_caller(ACCOUNT, f"user{number}", "/eng/", f"AIDA{number:017}")
        mine = tuple(random.sample(own, len(own)))
        users.append((caller, Layers(mine, boundary, scps=levels)))
    with_bucket = [layers._replace(resource=bucket) for _, layers in users]
    cases = []
    for number in range(CASES):
        which = random.randrange(PRINCIPALS)
        caller, layers = users[which]
        action, resource = random.choice(ASKED)
        resource = resource.format(n=number % 50, user=caller.username, account=ACCOUNT)
        if "acme-artifacts" in resource:
            layers = with_bucket[which]
        cases.append((Request(caller, action, resource, _context(caller, random)), layers))
    return cases


def _context(caller: Any, random: Random) -> dict[str, str | tuple[str, ...]]:
    extra: dict[str, str | tuple[str, ...]] = {
        "aws:SourceIp": random.choice((*("203.0.113.7",) * 7, "192.0.2.1")),
        "aws:ResourceTag/team": random.choice(("payments", "platform")),
        "kms:ViaService": "s3.eu-west-1.amazonaws.com",
        "s3:prefix": f"{caller.username}/2026",
        "iam:PassedToService": "lambda.amazonaws.com",
    }
    return context_of(
        caller,
        NOW + random.randrange(1000),
        principal_tags={"team": random.choice(("payments", "platform"))},
        region=random.choice((*("eu-west-1",) * 7, "ap-south-1")),
        extra=extra,
    )


# How cost grows


def curves() -> Iterator[Cost]:
    """One decision among more and more statements that are not about it."""
    caller = user_caller(ACCOUNT, "alice")
    request = Request(caller, "s3:GetObject", "arn:aws:s3:::bucket/key", {})
    mine = allow("s3:GetObject", "arn:aws:s3:::bucket/*")
    for count in SIZES:
        others = [allow(f"svc{n}:Do*", f"arn:aws:svc{n}:::*") for n in range(count)]
        layers = Layers((policy("identity", "All", *others, mine),))
        yield measure(f"{count:,} statements in one document", [(request, layers)] * 200)
    for count in SIZES:
        spread = [allow(f"svc{n}:Do*", f"arn:aws:svc{n}:::*") for n in range(count)]
        made = [policy("identity", f"P{n}", statement) for n, statement in enumerate(spread)]
        layers = Layers((*made, policy("identity", "Mine", mine)))
        yield measure(f"{count:,} statements, one a document", [(request, layers)] * 200)
    for count in SIZES:
        others = [allow("s3:GetObject", f"arn:aws:s3:::bucket-{n}/*") for n in range(count)]
        layers = Layers((policy("identity", "All", *others, mine),))
        yield measure(f"{count:,} of the action, on other resources", [(request, layers)] * 200)


def main() -> None:
    """Print the table."""
    print(f"{'decision':44} {'x yardstick':>11} {'a second':>10}")
    for cost in (measure("twenty policies, as in a company", company()), *curves()):
        print(f"{cost.name:44} {cost.ratio:11.3f} {cost.a_second:10,.0f}")


if __name__ == "__main__":
    main()
