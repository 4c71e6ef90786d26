"""Pairs of small random directories, one a changed copy of the other, and requests to ask."""

from copy import deepcopy
from random import Random

from tests.services.builders import OTHER, OWN, access, document, user_arn

BUCKET = "arn:aws:s3:::data"
TARGET = f"arn:aws:iam::{OWN}:role/target"
DEPLOYER = f"arn:aws:iam::{OWN}:role/deployer"
ACTIONS = ("s3:GetObject", "s3:PutObject", "sns:Publish", "iam:GetUser", "sts:AssumeRole",
           "kms:Decrypt")  # fmt: skip
KEY = f"arn:aws:kms:eu-west-1:{OWN}:key/1"
RESOURCES = (f"{BUCKET}/alice/x", f"{BUCKET}/red", "arn:aws:s3:::logs/a", KEY,
             f"arn:aws:sns:eu-west-1:{OWN}:news", user_arn("alice"), TARGET,
             f"arn:aws:sns:eu-west-1:{OTHER}:news")  # fmt: skip
ACTION_PATTERNS = ("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "sns:*", "iam:*",
                   "sts:AssumeRole", "*:Get*", "kms:*")  # fmt: skip
RESOURCE_PATTERNS = (
    "*", f"{BUCKET}/*", f"{BUCKET}/red", f"{BUCKET}/${{aws:username}}/*", "arn:aws:s3:::*",
    f"{BUCKET}/${{aws:PrincipalTag/team}}", f"arn:aws:iam::{OWN}:*", TARGET, "arn:aws:sns:*",
    f"{BUCKET}/${{x:open}}/${{aws:PrincipalTag/team, 'x'}}", f"arn:aws:kms:*:{OWN}:key/*",
)  # fmt: skip
CONDITIONS = (
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"StringEquals": {"aws:PrincipalTag/team": "red"}},
    {"StringEquals": {"x:open": "${aws:PrincipalTag/team}"}},
    {"StringNotEquals": {"x:open": ["${aws:PrincipalTag/team}", "x"]}},
    {"StringLike": {"aws:username": "a*"}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
)
CONTEXTS = (
    {}, {"aws:MultiFactorAuthPresent": "true"}, {"x:open": "red"}, {"x:open": "alice"},
    {"aws:SourceIp": "10.1.2.3"}, {"aws:SourceIp": "192.0.2.1", "x:open": "x"},
    {"aws:MultiFactorAuthPresent": "false", "x:open": "blue", "aws:SourceIp": "10.0.0.1"},
)  # fmt: skip
PRINCIPALS = ("*", {"AWS": OWN}, {"AWS": user_arn("alice")}, {"AWS": [DEPLOYER, OTHER]},
              {"AWS": "AIDAALICEALICEALICE22"}, {"Service": "ec2.amazonaws.com"})  # fmt: skip
IDS = {"alice": "AIDAALICEALICEALICE22", "bob": "AIDABOBBOBBOBBOBBOB22",
       "deployer": "AROADEPLOYERDEPLOYE22", "target": "AROATARGETTARGETTAR22"}  # fmt: skip


class Worlds:
    """Two states; the same seed gives the same ones."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.old = self.directory()
        self.new = deepcopy(self.old)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self.random.choice(self.edits)()
        self.before, self.after = self.state(self.old), self.state(self.new)

    def state(self, plain):
        return access(**plain)

    def chance(self, of):
        return self.random.random() < of

    def some(self, pool, most=2):
        return self.random.sample(pool, self.random.randint(1, most))

    def statement(self, kind="identity"):
        made = {"Effect": "Allow" if self.chance(0.7) else "Deny"}
        if kind in ("resource", "trust"):
            made["Principal"] = self.random.choice(PRINCIPALS)
        if kind == "trust":
            made["Action"] = "sts:AssumeRole"
        else:
            made["NotAction" if self.chance(0.1) else "Action"] = self.some(ACTION_PATTERNS)
            negated = self.chance(0.15) and kind != "resource"
            where = f"{BUCKET}/*" if kind == "resource" else self.some(RESOURCE_PATTERNS)
            made["NotResource" if negated else "Resource"] = where
        if self.chance(0.35):
            made["Condition"] = self.random.choice(CONDITIONS)
        return made

    def policy(self, kind="identity"):
        return document(*(self.statement(kind) for _ in range(self.random.choice((1, 1, 2)))))

    def person(self, name):
        found = {"id": IDS[name]}
        if self.chance(0.6):
            found["inline"] = {"Own": self.policy()}
        if self.chance(0.4):
            found["policies"] = ["Shared"]
        if self.chance(0.25):
            found["boundary"] = "Fence"
        if self.chance(0.5):
            found["tags"] = {"team": self.random.choice(("red", "blue"))}
        return found

    def directory(self):
        roles = {
            name: {**self.person(name), "trust": self.policy("trust")}
            for name in ("deployer", "target")
        }
        found = {
            "users": {name: self.person(name) for name in ("alice", "bob")},
            "roles": roles,
            "groups": {
                "team": {"id": "AGPATEAMTEAMTEAMTEA22", "members": ["alice"],
                         "inline": {"Its": self.policy()}},
            },
            "policies": {
                name: {"id": f"ANPA{name.upper():A<17}", "document": self.policy()}
                for name in ("Shared", "Fence")
            },
        }  # fmt: skip
        if self.chance(0.4):
            found["resources"] = {BUCKET: self.policy("resource")}
        if self.chance(0.2):
            found["organization"] = self.organization()
        return found

    def organization(self):
        full = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
        level = {"name": "Root", "scps": {"Most": self.policy(), "Full": full}}
        if self.chance(0.4):
            kept_out = {**self.statement("resource"), "Effect": "Deny", "Principal": "*"}
            level["rcps"] = {"Some": document(kept_out)}
        return {"id": "o-abcdefghij", "levels": [level]}

    @property
    def edits(self):
        new, random = self.new, self.random
        someone = new["users"].get("alice") or next(iter(new["users"].values()))

        def members():
            new["groups"]["team"]["members"] = random.choice(
                ([], ["bob"], ["bob", {"user": "alice", "until": "2026-01-01T00:00:00Z"}])
            )

        def rename():
            if "alice" in new["users"] and "carol" not in new["users"]:
                new["users"]["carol"] = new["users"].pop("alice")
                new["groups"]["team"]["members"] = ["carol"]

        def recreate():
            someone["id"] = "AIDAOTHEROTHEROTHER22"

        def gone():
            new["users"].pop("bob", None)
            new["groups"]["team"]["members"] = []

        def attach():
            someone["policies"] = [] if someone.get("policies") else ["Shared"]

        def fence():
            if someone.pop("boundary", None) is None:
                someone["boundary"] = "Fence"

        def add():
            new["roles"]["extra"] = {
                "id": "AROAEXTRAEXTRAEXTRA22", "trust": self.policy("trust"),
                "inline": {"Own": self.policy()}}  # fmt: skip

        return (
            members, rename, recreate, gone, attach, fence, add,
            lambda: new["policies"]["Shared"].update(document=self.policy()),
            lambda: new["policies"]["Fence"].update(document=self.policy()),
            lambda: new["roles"]["target"].update(trust=self.policy("trust")),
            lambda: new["roles"]["deployer"].update(inline={"More": self.policy()}),
            lambda: new["groups"]["team"].update(inline={"Its": self.policy()}),
            lambda: someone.update(tags={"team": random.choice(("red", "green"))}),
            lambda: someone.update(path="/eng/"),
            lambda: someone.setdefault("inline", {}).update(More=self.policy()),
            lambda: new.setdefault("resources", {}).update({BUCKET: self.policy("resource")}),
            lambda: new.pop("resources", None),
            lambda: new.update(organization=self.organization()),
        )  # fmt: skip
