"""Small random worlds: a caller, its policies, resources with policies, and requests to ask."""

from random import Random

from iamctl.domain.documents import parse_document
from iamctl.policy import request as requests
from iamctl.policy.compile import source_policy
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.reach_layers import Governed
from iamctl.policy.reach_provisos import Known

HERE, THERE = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{HERE}:role/ci/deployer"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/deployer/red"
USER = f"arn:aws:iam::{HERE}:user/eng/alice"
FEDERATED = f"arn:aws:sts::{HERE}:federated-user/fred"
PROVIDER = f"arn:aws:iam::{HERE}:oidc-provider/idp.example.com"
CALLERS = (
    *[requests.user_caller(HERE, "alice", "/eng/", "AIDAAAAAAAAAAAAAAAAAA")] * 3,
    *[requests.session_caller(HERE, "deployer", "red", "/ci/", "AROAAAAAAAAAAAAAAAAAA")] * 3,
    requests.federated_user_caller(HERE, "fred", USER),
    requests.root_caller(HERE),
    requests.ANONYMOUS,
    requests.service_caller("ec2.amazonaws.com"),
    requests.federated_caller(PROVIDER),
)
ACTIONS = ("s3:GetObject", "s3:PutObject", "S3:deletebucket", "iam:GetUser", "kms:Decrypt",
           "sts:AssumeRole", "sns:Publish",
           "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")  # fmt: skip
ACTION_PATTERNS = ("*", "s3:*", "s3:Get*", "s3:*Object", "*:get*", "s?:*", "iam:GetUser", "sns:*",
                   "kms:*", "sts:*", "sts:AssumeRole", "S3:PUTOBJECT", "*s:*",
                   "s3:?etObject")  # fmt: skip
RESOURCES = (
    "*", "arn:aws:s3:::data", "arn:aws:s3:::data/alice/x", "arn:aws:s3:::data/red",
    "arn:aws:s3:::logs/a:b", f"arn:aws:iam::{HERE}:user/eng/alice",
    f"arn:aws:iam::{HERE}:role/ci/x",
    f"arn:aws:iam::{THERE}:role/y", f"arn:aws:kms:eu-west-1:{HERE}:key/1", "arn:aws:kms::x:key/2",
    f"arn:aws:sns:eu-west-1:{HERE}:news", f"arn:aws:sns:us-east-1:{THERE}:news",
    f"arn:aws-cn:iam::{HERE}:role/z", "arn:aws:sns:us-east-1:aws:news",
    "arn:aws:s3:::theirs/x", "arn:aws:s3:::data/*",
)  # fmt: skip
RESOURCE_PATTERNS = (
    "*", "*", "arn:aws:s3", "arn:aws:s3:::data/*", "arn:aws:s3:::data*", "arn:aws:s3:::*/x",
    "arn:aws:s3:::data/${aws:username}/*", "arn:aws:s3:::data/${aws:PrincipalTag/team}",
    "arn:aws:s3:::data/${x:open}", "arn:aws:s3:::${x:open}/${aws:PrincipalTag/none, 'red'}",
    "arn:aws:s3:::data/${aws:PrincipalTag/none}", f"arn:aws:iam::{HERE}:*", "arn:aws:s3:*:*:*",
    "arn:aws:sns:*:*:news", "arn:aws:sns:eu*", f"arn:aws:sns:*:{THERE}:*", "arn:aws:iam::*:role/*",
    "arn:aws:kms:*:*:key/?", "arn:aws:s3:::data/${*}", "arn:aws:s3:::logs/?:?", "arn:aws:s3:::data",
    f"arn:aws:kms:*:{HERE}:*", "arn:*:sns::*:*:*",
)  # fmt: skip
CONDITIONS = (
    {"StringEquals": {"aws:username": "alice"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "red"}},
    {"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/*", "arn:aws:iam::*:user/bob"]}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"StringLike": {"x:open": "al*"}},
    {"StringEquals": {"x:open": "${aws:PrincipalTag/team}"}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "Null": {"x:open": "false"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"NumericLessThan": {"x:number": "7"}},
    {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
)
OPEN = {
    "x:open": ("alice", "red", "x", "*"), "aws:multifactorauthpresent": ("true", "false"),
    "aws:sourceip": ("10.1.2.3", "192.168.0.1"), "x:number": ("5", "7", "9"),
    "aws:tagkeys": (("team",), ("team", "x")),
}  # fmt: skip
PRINCIPALS = ("*", {"AWS": HERE}, {"AWS": USER}, {"AWS": [ROLE, THERE]}, {"AWS": SESSION},
              {"AWS": FEDERATED}, {"AWS": "AIDAAAAAAAAAAAAAAAAAA"},
              {"Service": "ec2.amazonaws.com"}, {"Federated": PROVIDER})  # fmt: skip


class World:
    """One random world; the same seed gives the same one."""

    def __init__(self, seed, versions=("2012-10-17",) * 5 + ("2008-10-17",)):
        self.versions = versions
        self.random = random = Random(seed)
        self.caller = random.choice(CALLERS)
        tags = {"team": random.choice(("red", "blue"))} if random.random() < 0.7 else {}
        context = requests.context_of(self.caller, 1795552200, principal_tags=tags)
        del context["aws:securetransport"]
        self.known = Known(
            context, lambda key: key.startswith("aws:principal") or key == "aws:username"
        )
        self.layers = Layers()
        if self.caller.account:
            self.layers = Layers(
                identity=self.documents("identity", (0, 1, 1, 2)),
                boundary=self.documents("boundary", (1,)) if random.random() < 0.3 else None,
                session=self.documents("session", (1, 2)) if random.random() < 0.3 else None,
                scps=self.levels("scp"),
            )
        self.rcps = {HERE: self.levels("rcp"), THERE: self.levels("rcp")}
        self.layers = self.layers._replace(rcps=self.rcps[HERE])
        self.places = tuple(self.governed())

    def some(self, pool, most=2):
        return self.random.sample(pool, min(self.random.randint(1, most), len(pool)))

    def governed(self):
        for arn, kind, account, below, other in (
            ("arn:aws:s3:::data", "resource", HERE, ("/*",), ("arn:aws:s3:::data/red",)),
            ("arn:aws:s3:::data/red", "resource", HERE, (), ()),
            ("arn:aws:s3:::theirs", "resource", THERE, ("/*",), ()),
            (f"arn:aws:kms:eu-west-1:{HERE}:key/1", "resource", HERE, (), ()),
            (f"arn:aws:sns:us-east-1:{THERE}:news", "resource", THERE, (), ()),
            (f"arn:aws:iam::{HERE}:role/ci/x", "trust", HERE, (), ()),
            (f"arn:aws:iam::{THERE}:role/y", "trust", THERE, (), ()),
            (f"arn:aws-cn:iam::{HERE}:role/z", "trust", HERE, (), ()),
        ):
            if self.random.random() < 0.6:
                policies = self.documents(kind, (1,))
                yield Governed(policies, arn, account, below, other, self.rcps[account])

    def levels(self, kind):
        count = self.random.choice((0, 0, 0, 1, 2))
        return tuple(self.documents(kind, (1, 2)) for _ in range(count))

    def documents(self, kind, counts):
        return tuple(self.document(kind, str(n)) for n in range(self.random.choice(counts)))

    def document(self, kind, name):
        version = self.random.choice(self.versions)
        made = {
            "Version": version,
            "Statement": [self.statement(kind) for _ in range(self.random.choice((1, 2, 3)))],
        }
        parsed, problems = parse_document(made, kind)
        assert parsed is not None, (made, problems)
        return source_policy(parsed, f"{kind}{name}", kind)

    def statement(self, kind):
        random = self.random
        made = {"Effect": "Allow" if random.random() < 0.7 else "Deny"}
        if kind in ("resource", "trust"):
            made["Principal"] = random.choice(PRINCIPALS)
        elif kind == "rcp":
            made["Principal"] = "*"
        if kind == "trust":
            made["Action"] = self.some(("sts:*", "sts:AssumeRole"))
        else:
            negated = random.random() < 0.15
            made["NotAction" if negated else "Action"] = self.some(ACTION_PATTERNS)
            negated = random.random() < 0.2
            made["NotResource" if negated else "Resource"] = self.some(RESOURCE_PATTERNS, 3)
        if random.random() < 0.4:
            made["Condition"] = {
                operator: block
                for condition in self.some(CONDITIONS)
                for operator, block in condition.items()
            }
        return made

    def context(self):
        found = dict(self.known.context)
        for key, pool in OPEN.items():
            if self.random.random() < 0.7:
                found[key] = self.random.choice(pool)
        return found

    def place_of(self, action, resource):
        sts = action.lower().startswith("sts:")
        for place in self.places:
            trust = place.policies[0].type == "trust"
            if trust and not sts:
                continue
            if resource == place.arn:
                return place
        for place in self.places:
            if place.below and resource.startswith(place.arn + "/") and resource not in place.other:
                return place
        return None

    def decide(self, action, resource, context):
        """What evaluate says, with the policy of the resource if it has one."""
        place = self.place_of(action, resource)
        if place is None:
            request = requests.Request(self.caller, action, resource, context)
            return evaluate(request, self.layers)
        layers = self.layers._replace(resource=place.policies, rcps=place.rcps)
        request = requests.Request(self.caller, action, resource, context, place.account)
        return evaluate(request, layers)
