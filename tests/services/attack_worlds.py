"""Pairs of directories as diff_worlds makes them, of more kinds of statements and edits."""

from iamctl.domain.directory import Directory
from tests.services.builders import OTHER, OWN, access, allow, document, user_arn
from tests.services.diff_worlds import BUCKET, DEPLOYER, TARGET, Worlds

EVE, EVIL = f"arn:aws:iam::{OTHER}:user/eve", f"arn:aws:iam::{OTHER}:role/evil"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/deployer/ses"
ABROAD = f"arn:aws:sns:eu-west-1:{OTHER}:news"
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "sns:Publish", "iam:DeleteUser",
           "sts:AssumeRole", "kms:Decrypt", "iam:PassRole", "sts:TagSession")  # fmt: skip
THEIRS = f"arn:aws:iam::{OTHER}:role/theirs"
RESOURCES = (f"{BUCKET}/alice/x", f"{BUCKET}/red", BUCKET, user_arn("alice"), user_arn("bob"),
             f"arn:aws:kms:eu-west-1:{OWN}:key/1", TARGET, DEPLOYER, ABROAD, "*", THEIRS,
             f"arn:aws:iam::{OWN}:mfa/device")  # fmt: skip
ACTION_PATTERNS = ("*", "s3:*", "S3:get*", "s3:?utObject", "s3:*Object", "sns:*", "iam:*", "sts:*",
                   "iam:Delete*", "sts:AssumeRole", "*:Get*", "kms:*", "s3:L*t",
                   "sts:TagSession")  # fmt: skip
RESOURCE_PATTERNS = (
    "*", f"{BUCKET}/*", f"{BUCKET}/?ed", BUCKET, f"{BUCKET}/${{aws:username}}/*", TARGET,
    f"{BUCKET}/${{aws:PrincipalTag/team, 'red'}}", f"{BUCKET}/${{x:open, 'red'}}",
    f"arn:aws:sns:*:{OTHER}:*", "arn:aws:iam::*:user/b?b", f"arn:aws:iam::{OWN}:role/*",
    f"arn:aws:kms:*:{OWN}:key/*",
)  # fmt: skip
CONDITIONS = tuple(
    {operator: {key: values}}
    for operator, key, *values in (
        ("Bool", "aws:MultiFactorAuthPresent", "true"),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "false"),
        ("Null", "aws:PrincipalTag/team", "false"),
        ("StringNotEquals", "aws:PrincipalTag/team", "red"),
        ("StringEqualsIfExists", "aws:PrincipalTag/team", "blue"),
        ("StringEquals", "x:open", "${aws:PrincipalTag/team}"),
        ("StringEquals", "aws:PrincipalTag/team", "${x:open}"),
        ("StringNotLike", "aws:PrincipalTag/team", "${x:open}*"),
        ("StringLike", "x:open", "?e*"),
        ("StringNotLikeIfExists", "x:open", "*d"),
        ("StringEqualsIgnoreCase", "x:open", "RED"),
        ("ForAllValues:StringEquals", "x:list", "red", "blue"),
        ("ForAnyValue:StringNotEquals", "x:list", "red"),
        ("NotIpAddress", "aws:SourceIp", "10.1.0.0/16"),
        ("NumericNotEquals", "x:num", "3"),
        ("NumericGreaterThanEqualsIfExists", "x:num", "5"),
        ("ArnNotLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:*"),
        ("StringEquals", "aws:PrincipalAccount", OTHER),
        ("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"),
        ("StringEquals", "aws:ResourceTag/team", "red"),
        ("StringNotEquals", "iam:ResourceTag/team", "red"),
        ("StringEquals", "iam:ResourceTag/team", "${aws:PrincipalTag/team}"),
        ("StringEquals", "iam:PermissionsBoundary", f"arn:aws:iam::{OWN}:policy/Fence"),
        ("StringEquals", "aws:ResourceOrgID", "o-abcdefghij"),
        ("Bool", "aws:SecureTransport", "false"),
        ("Bool", "aws:ViaAWSService", "true"),
        ("StringEquals", "aws:PrincipalTag/team", "${iam:ResourceTag/team, 'red'}"),
        ("StringNotEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}"),
        ("StringLike", "iam:ResourceTag/team", "${aws:PrincipalTag/team}*", "b*"),
        ("ForAnyValue:StringEquals", "x:list", "${aws:PrincipalTag/team}"),
        ("ForAllValues:StringLike", "x:list", "${aws:ResourceTag/team}"),
        ("StringEquals", "aws:ResourceAccount", OTHER),
        ("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"),
        ("StringNotEqualsIfExists", "aws:ResourceOrgID", "${aws:PrincipalOrgID}"),
        ("StringLike", "aws:userid", "AROADEPLOYERDEPLOYE22:*"),
        ("StringEquals", "aws:username", "${x:open}"),
        ("ArnEquals", "aws:PrincipalArn", user_arn("${x:open}")),
        ("StringLike", "iam:PermissionsBoundary", "arn:aws:iam::*:policy/x/*"),
    )
)
CONTEXTS = (
    {}, {"aws:MultiFactorAuthPresent": "true"}, {"x:open": "red"}, {"aws:SourceIp": "10.1.2.3"},
    {"aws:MultiFactorAuthPresent": "false", "x:open": "blue", "aws:SourceIp": "10.2.0.1"},
    {"x:list": ("red", "green")}, {"x:list": ("blue", "red"), "x:num": "5"},
    {"x:num": "3", "x:open": "Red"}, {"aws:SecureTransport": "false"},
    {"aws:ViaAWSService": "true", "x:list": ()},
)  # fmt: skip
PRINCIPALS = ("*", {"AWS": OWN}, {"AWS": user_arn("alice")}, {"AWS": [DEPLOYER, OTHER]},
              {"AWS": "AROADEPLOYERDEPLOYE22"}, {"Service": "ec2.amazonaws.com"}, {"AWS": EVIL},
              {"AWS": EVE}, {"AWS": SESSION}, {"AWS": [user_arn("bob"), OWN]})  # fmt: skip
TEAMS = ("red", "blue", "green")
FULL = document(allow("*"))
TRUSTED = ("sts:AssumeRole", ["sts:AssumeRole", "sts:TagSession"], "sts:*")


class Files(dict):
    """The files of other accounts."""

    def ids(self):
        return tuple(self)

    def __call__(self, account):
        return self.get(account)


class AttackWorlds(Worlds):
    """Two states; the same seed gives the same ones."""

    def state(self, plain):
        own = dict(plain)
        other = own.pop("another account", None)
        return access(**own, accounts=Files({OTHER: Directory(other)} if other else {}))

    def directory(self):
        found = super().directory()
        if self.chance(0.3):
            found["another account"] = self.another()
        if self.chance(0.3):
            device = {"user": "alice", "enabled": "2026-01-01T00:00:00Z", "tags": {"team": "red"}}
            found["mfa"] = {"device": device}
        return found

    def another(self):
        """An account whose one role lets in somebody of the file."""
        choice = self.random.choice
        let_in = choice(({"AWS": OWN}, {"AWS": user_arn("alice")}, {"AWS": DEPLOYER}))
        trust = document(allow("sts:*", None, Principal=let_in))
        tags = {"team": choice(TEAMS)}
        role = {"id": "AROATHEIRSTHEIRSTHE22", "trust": trust, "tags": tags}
        levels = [{"name": "Root", "scps": {"Full": FULL}}]
        organization = {"id": choice(("o-abcdefghij", "o-otherother")), "levels": levels}
        return {
            "iamctl": 1,
            "account": {"id": OTHER},
            "roles": {"theirs": role},
            **({"organization": organization} if self.chance(0.5) else {}),
            **({"resources": {BUCKET: self.policy("resource")}} if self.chance(0.3) else {}),
        }

    def statement(self, kind="identity"):
        choice = self.random.choice
        made = {"Effect": "Allow" if self.chance(0.7) else "Deny"}
        if kind in ("resource", "trust"):
            principal = choice(PRINCIPALS)
            negated = made["Effect"] == "Deny" and principal != "*" and self.chance(0.3)
            made["NotPrincipal" if negated else "Principal"] = principal
        if kind == "trust":
            made["Action"] = choice(TRUSTED)
        else:
            made["NotAction" if self.chance(0.12) else "Action"] = self.some(ACTION_PATTERNS)
            negated = self.chance(0.15) and kind == "identity"
            where = f"{BUCKET}/*" if kind == "resource" else self.some(RESOURCE_PATTERNS)
            made["NotResource" if negated else "Resource"] = where
        if self.chance(0.45):
            made["Condition"] = choice(CONDITIONS)
        return made

    def organization(self):
        choice, full = self.random.choice, {"Full": document(allow("*"))}
        level = {"name": "Root", "scps": full}
        if self.chance(0.5):
            level["scps"] = {**full, "Most": self.policy()}
        if self.chance(0.6):
            level["rcps"] = {"All": document(allow("*", Principal="*"))}
            denied = allow(choice(("s3:*", "sts:*", "kms:*")), "*", "Deny", Principal="*")
            if self.chance(0.7):
                level["rcps"]["No"] = document({**denied, "Condition": choice(CONDITIONS)})
        return {"id": choice(("o-abcdefghij", "o-otherother")), "levels": [level]}

    @property
    def edits(self):
        new, choice = self.new, self.random.choice

        def tag():
            someone = choice([*new["users"].values(), *new["roles"].values()])
            someone["tags"] = {"team": choice(("red", "green", "blue"))}

        def swap():
            users = new["users"]
            if {"alice", "bob"} <= {*users}:
                users["alice"], users["bob"] = users["bob"], users["alice"]

        def condition():
            documents = [
                *(policy["document"] for policy in new["policies"].values()),
                *(someone["trust"] for someone in new["roles"].values()),
                *new.get("resources", {}).values(),
            ]
            statement = choice(choice(documents)["Statement"])
            if statement.pop("Condition", None) is None:
                statement["Condition"] = choice(CONDITIONS)

        def tags():
            for someone in (*new["users"].values(), *new["roles"].values()):
                someone["tags"] = {"team": choice(TEAMS)}

        def tagging():
            trust = choice([*new["roles"].values()])["trust"]["Statement"]
            trust.append(allow("sts:TagSession", None, Principal={"AWS": OWN}))

        def another():
            if new.pop("another account", None) is None or self.chance(0.7):
                new["another account"] = self.another()

        def moved():
            other = new.setdefault("another account", self.another())
            held = other.pop("resources", None), new.pop("resources", None)
            new.update({} if held[0] is None else {"resources": held[0]})
            other.update({} if held[1] is None else {"resources": held[1]})

        def path():
            new["policies"]["Fence"]["path"] = choice(("/", "/x/"))

        def device():
            for one in new.get("mfa", {}).values():
                one["tags"] = {"team": choice(TEAMS)}

        known = (tags, tags, tagging, another, another, moved, path, device)
        return (*super().edits, tag, tag, swap, condition, condition, condition, *known)
