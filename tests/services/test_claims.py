"""Claims: what holds, what breaks them, and that both agree with `can` asked one by one."""

import os
import random

import pytest

from iamctl.domain.claims import Claim
from iamctl.domain.directory import Directory
from iamctl.domain.source import Source
from iamctl.services.access import Circumstances
from iamctl.services.claims import check
from tests.services.builders import (
    HOME,
    MFA,
    NOW,
    OTHER,
    OWN,
    ROOT,
    access,
    allow,
    document,
    holding,
    role,
    user_arn,
)

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
UNKNOWN = "arn:aws:iam::aws:policy/NoSuchPolicyAnywhere"


def failures(asked, kind, **fields):
    claim = Claim(kind, source=Source("t.yaml", 1, 1), **fields)
    (result,) = check([claim], lambda at: asked)
    return list(result.failures)


def said(asked, kind, **fields):
    return [failure.message for failure in failures(asked, kind, **fields)]


def about(principal, action="s3:GetObject", resource="*", **more):
    return {"principals": (principal,), "actions": (action,), "resources": (resource,), **more}


def test_allow_holds_on_every_resource_of_a_pattern_or_says_on_which_it_does_not():
    asked = access(
        users={"a": holding(allow(resource=["arn:aws:s3:::x/*", "arn:aws:s3:::x"]),
                            allow(resource="arn:aws:s3:::x/secret/*", effect="Deny"))},
    )  # fmt: skip
    assert said(asked, "allow", **about("a", resource="arn:aws:s3:::x/y")) == []
    assert said(asked, "allow", **about("a", resource="arn:aws:s3:::x/y/*")) == []
    (broken,) = failures(asked, "allow", **about("a", resource="arn:aws:s3:::x/*"))
    assert broken.resource.startswith("arn:aws:s3:::x/secret/")
    assert broken.decision == "explicitDeny"
    assert broken.matched.statement.effect == "Deny"
    (broken,) = failures(asked, "allow", **about("a"))
    assert broken.details == ["no identity-based policy allows s3:GetObject"]


def test_each_action_is_asked_for_the_resources_that_it_can_be_asked_for():
    bucket = "arn:aws:s3:::x"
    asked = access(users={"a": holding(allow(resource=f"{bucket}/*"),
                                       allow("s3:ListBucket", bucket))})  # fmt: skip
    both = {"principals": ("a",), "actions": ("s3:ListBucket", "s3:GetObject")}
    assert said(asked, "allow", **both, resources=(bucket, f"{bucket}/*")) == []
    assert said(asked, "allow", **both, resources=(bucket, f"{bucket}/y")) == []
    assert said(asked, "allow", **both, resources=(f"{bucket}*",)) == [
        "user/a cannot s3:ListBucket, s3:GetObject on arn:aws:s3:::xx"
    ]
    (message,) = said(asked, "deny", **about("a", "s3:ListBucket", f"{bucket}/y"))
    assert "none of the actions can be asked for arn:aws:s3:::x/y" in message


def test_allow_is_asked_with_its_context_alone():
    asked = access(users={"a": holding(allow(Condition=MFA))})
    (message,) = said(asked, "allow", **about("a", resource="arn:aws:s3:::x/y"))
    assert message == "user/a cannot s3:GetObject on arn:aws:s3:::x/y"
    assert said(asked, "allow", **about("a"))
    given = {"aws:multifactorauthpresent": "true"}
    assert said(asked, "allow", **about("a", context=given)) == []


def test_deny_looks_at_every_condition_that_could_be():
    asked = access(users={"a": holding(allow(Condition=MFA)), "b": holding(allow(Condition=HOME))})
    (broken,) = failures(asked, "deny", **about("a", resource="arn:aws:s3:::x/y"))
    assert broken.decision == "conditional"
    assert broken.conditions == ("if Bool aws:MultiFactorAuthPresent true",)
    (broken,) = failures(asked, "deny", **about("b", resource="arn:aws:s3:::x/*"))
    assert broken.conditions == ("if IpAddress aws:SourceIp 10.0.0.0/8",)
    off = {"aws:multifactorauthpresent": "false"}
    assert said(asked, "deny", **about("a", context=off)) == []
    assert said(asked, "deny", **about("b", context={"aws:sourceip": "192.0.2.1"})) == []


def test_deny_finds_the_one_resource_of_a_pattern():
    asked = access(users={"a": holding(allow("s3:*", "arn:aws:s3:::logs/old/*"))})
    (broken,) = failures(asked, "deny", **about("a", "s3:Put*", "arn:aws:s3:::logs/*"))
    assert broken.resource.startswith("arn:aws:s3:::logs/old/")
    assert set(broken.actions) >= {"s3:PutObject", "s3:PutObjectAcl"}
    assert "more actions" in broken.message
    assert said(asked, "deny", **about("a", "s3:Put*", "arn:aws:s3:::logs/new/*")) == []


def test_deny_alone_is_about_oneself_and_with_through_roles_about_roles_too():
    asked = access(
        users={"a": holding(allow("sts:AssumeRole"))},
        roles={"one": role(ROOT, allow("sts:AssumeRole")), "two": role(
            {"AWS": f"arn:aws:iam::{OWN}:role/one"}, allow("iam:CreateUser"))},
    )  # fmt: skip
    question = about("a", "iam:CreateUser")
    assert said(asked, "deny", **question) == []
    (broken,) = failures(asked, "deny", **question, through_roles=True)
    assert broken.path == ("one", "two")
    assert broken.details[0] == "through role/one → role/two"


def test_what_is_not_known_breaks_both():
    asked = access(users={"a": {"policies": [UNKNOWN]}})
    for resource in ("*", "arn:aws:s3:::x/y"):
        for kind in ("allow", "deny"):
            (broken,) = failures(asked, kind, **about("a", resource=resource))
            assert broken.decision == "unknown", kind
            assert any("NoSuchPolicyAnywhere" in line for line in broken.details), broken


def test_a_pattern_of_an_account_that_no_file_describes_is_not_known():
    asked = access(users={"a": holding(allow("sts:AssumeRole")), "b": {}})
    there = f"arn:aws:iam::{OTHER}:role/*"
    (broken,) = failures(asked, "deny", **about("a", "sts:AssumeRole", there))
    assert broken.decision == "unknown"
    assert f"account {OTHER}" in broken.unread[0]
    assert said(asked, "allow", **about("a", "sts:AssumeRole", there))


def test_another_accounts_file_counts():
    trust = document(allow("sts:AssumeRole", None, Principal=ROOT))
    other = Directory({"iamctl": 1, "account": {"id": OTHER}, "roles": {"r": {"trust": trust}}})

    class Accounts:
        def ids(self):
            return (OTHER,)

        def __call__(self, account):
            return other if account == OTHER else None

    users = {"a": holding(allow("sts:AssumeRole")), "b": holding(allow("sts:TagSession"))}
    asked = access(users=users, accounts=Accounts())
    there = f"arn:aws:iam::{OTHER}:role/*"
    assert failures(asked, "deny", **about("a", "sts:AssumeRole", there))[0].decision == "allowed"
    assert failures(asked, "deny", **about("a", "sts:AssumeRole"))[0].decision == "allowed"
    assert said(asked, "deny", **about("b", "sts:AssumeRole")) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (about("user/z*"), '"user/z*" matches nobody'),
        (about("role/*"), '"role/*" matches nobody'),
        (about("group/empty"), '"group/empty" has no members'),
        (about("group/none"), "does not exist"),
        (about("alcie"), 'did you mean "alice"?'),
        (about("alice", "s3:GetObjcet"), 'did you mean "s3:GetObject"?'),
        (about("alice", "s3:Nope*"), "matches no action"),
        (about("alice", "s3:GetObject", "arn:aws:sqs:*:*:*"), "can be asked for arn:aws:sqs"),
        (about("alice", "s3:GetObject", "role/none"), "does not exist"),
        (about("alice", "iam:ListUsers", "arn:aws:iam::123456789012:user/x"), "can be asked for"),
        (about("arn:aws:iam::*:user/x"), "pattern of ARNs"),
    ],
)
def test_a_claim_that_tests_nothing_fails(fields, words):
    asked = access(users={"alice": {}}, groups={"empty": {}})
    for kind in ("allow", "deny"):
        (message,) = said(asked, kind, **fields)
        assert message.startswith("the claim tests nothing: ")
        assert words in message


def test_groups_are_their_members_at_the_time_of_the_claim():
    members = ["a", {"user": "b", "until": "2026-12-31T00:00:00Z"}]
    group = {"team": {"members": members, **holding(allow())}}

    def at(when):
        return access(users={"a": {}, "b": {}, "c": {}}, groups=group, now=when or NOW)

    claim = Claim("deny", ("group/te*",), ("s3:GetObject",))
    later = claim._replace(at=NOW + 90 * 86400)
    first, second = check([claim, later], at)
    assert [f.principal for f in first.failures] == ["user/a", "user/b"]
    assert [f.principal for f in second.failures] == ["user/a"]


def test_nobody_but_finds_the_direct_the_indirect_and_outsiders():
    bucket = "arn:aws:s3:::x"
    asked = access(
        users={"a": holding(allow("s3:*", "arn:aws:s3:::x/*")), "b": {}, "c": {}},
        roles={"r": role({"AWS": user_arn("b")}, allow(Condition=HOME)),
               "web": role({"Service": "ec2.amazonaws.com"}, allow())},
        resources={bucket: document(allow(resource=f"{bucket}/*", Principal={
            "AWS": f"arn:aws:iam::{OTHER}:role/partner"}))},
    )  # fmt: skip
    asking = {"actions": ("s3:GetObject",), "resources": ("arn:aws:s3:::x/*",)}
    found = {f.principal: f for f in failures(asked, "nobody-but", **asking)}
    assert set(found) == {"user/a", "user/b", "role/r", "role/web", "service/ec2",
                          f"arn:aws:iam::{OTHER}:role/partner"}  # fmt: skip
    assert found["user/b"].path == ("r",)
    assert found["user/b"].decision == "conditional"
    assert found["service/ec2"].path == ("web",)
    assert found[f"arn:aws:iam::{OTHER}:role/partner"].decision == "unknown"
    everybody = ("a", "user/b", "role/*", "service/ec2", OTHER)
    assert said(asked, "nobody-but", **asking, only=everybody) == []
    account = f"arn:aws:iam::{OTHER}:root"
    assert said(asked, "nobody-but", **asking, only=(*everybody[:-1], account)) == []
    left = said(asked, "nobody-but", **asking, only=everybody[1:])
    assert len(left) == 1
    assert left[0].startswith("user/a can s3:GetObject on arn:aws:s3:::x/")


def test_whoever_a_condition_about_callers_lets_in_is_an_outsider():
    bucket = "arn:aws:s3:::x"
    inside = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    open_policy = document(allow(resource=f"{bucket}/*", Principal="*", Condition=inside))
    asked = access(users={"a": {}}, resources={bucket: open_policy})
    for resource in ("arn:aws:s3:::x/*", "arn:aws:s3:::x/y"):
        question = {"actions": ("s3:GetObject",), "resources": (resource,), "only": ("user/a",)}
        (broken,) = failures(asked, "nobody-but", **question)
        assert broken.principal == "anonymous"
        assert broken.conditions == ("if StringEquals aws:PrincipalOrgID o-a1b2c3d4e5",)
        assert said(asked, "nobody-but", **{**question, "only": ("a", "anonymous")}) == []


def test_a_role_can_what_a_session_of_some_name_can():
    bucket = "arn:aws:s3:::x"
    session = {"AWS": f"arn:aws:sts::{OWN}:assumed-role/r/ci"}
    named = {"StringLike": {"aws:userid": "*:ci"}}
    worlds = [
        access(roles={"r": role(ROOT, allow(Condition=named))}),
        access(roles={"r": role(ROOT)}, resources={bucket: document(
            allow(resource=f"{bucket}/*", Principal=session))}),
        access(roles={"r": role(ROOT), "s": role(session, allow())}),
    ]  # fmt: skip
    for number, asked in enumerate(worlds):
        for resource in (f"{bucket}/*", f"{bucket}/y"):
            question = about("role/r", resource=resource, through_roles=number == 2)
            (broken,) = failures(asked, "deny", **question)
            assert broken.decision == ("conditional" if number == 0 else "allowed")
            asking = {"actions": ("s3:GetObject",), "resources": (resource,), "only": ("role/s",)}
            found = failures(asked, "nobody-but", **(
                asking if number == 2 else {**asking, "only": ()}))  # fmt: skip
            assert "role/r" in [f.principal for f in found], (number, resource)


def test_an_exception_that_names_nobody_is_a_failure():
    asked = access(users={"alice": {}, "bob.smith": {}})
    for word, hint in (("alcie", "alice"), ("user/x*", "matches nobody"), ("bob.smih", "bob.sm")):
        (message,) = said(asked, "nobody-but", actions=("s3:GetObject",), only=(word,))
        assert hint in message


def test_assume_says_who_must_and_who_must_not():
    asked = access(
        users={"a": {}, "b": {}, "c": holding(allow("sts:AssumeRole"))},
        roles={"r": role({"AWS": [user_arn("a"), user_arn("b")]}), "s": role(ROOT)},
    )
    assert said(asked, "assume", roles=("r",), principals=("a", "b"), alone=True) == []
    arn = f"arn:aws:iam::{OWN}:role/r"
    assert said(asked, "assume", roles=("r",), principals=("a",), alone=True) == [
        f"user/b can sts:AssumeRole on {arn}"
    ]
    assert said(asked, "assume", roles=("r",), principals=("user/*",)) == [
        f"user/c cannot sts:AssumeRole on {arn}"
    ]
    assert said(asked, "assume", roles=("r",), excluded=("c",)) == []
    assert said(asked, "assume", roles=("*",), excluded=("c", "b")) == [
        f"user/b can sts:AssumeRole on {arn}",
        f"user/c can sts:AssumeRole on arn:aws:iam::{OWN}:role/s",
    ]
    (nothing,) = said(asked, "assume", roles=("x*",), excluded=("c",))
    assert '"x*" matches no role' in nothing


def test_assume_with_needs_each_of_its_keys():
    external = {"StringEquals": {"sts:ExternalId": "x"}}
    asked = access(
        users={"a": {}},
        roles={"mfa": role({"AWS": user_arn("a")}, condition=MFA),
               "open": role({"AWS": user_arn("a")}),
               "lax": role({"AWS": user_arn("a")},
                           condition={"BoolIfExists": MFA["Bool"]}),
               "vendor": role({"AWS": f"arn:aws:iam::{OTHER}:root"}, condition=external)},
    )  # fmt: skip
    with_mfa = {"aws:multifactorauthpresent": "true"}
    by = {"principals": ("a",), "alone": True}
    assert said(asked, "assume", roles=("mfa",), context=with_mfa, **by) == []
    (without,) = said(asked, "assume", roles=("mfa",), **by)
    assert without.startswith("user/a cannot")
    opened = said(asked, "assume", roles=("open",), context=with_mfa, **by)
    assert [m.partition(" with")[1:] for m in opened] == [
        (" with", "out aws:multifactorauthpresent"),
        (" with", " aws:multifactorauthpresent false"),
    ]
    (lax,) = said(asked, "assume", roles=("lax",), context=with_mfa, **by)
    assert lax.endswith("without aws:multifactorauthpresent")
    vendor = {"principals": (f"arn:aws:iam::{OTHER}:root",), "alone": True, "roles": ("vendor",)}
    assert said(asked, "assume", **vendor, context={"sts:externalid": "x"}) == []
    assert len(said(asked, "assume", **vendor)) == 1
    assert len(said(asked, "assume", **vendor, context={"sts:externalid": "y"})) == 1


def test_assume_knows_services_and_identity_providers():
    provider = f"arn:aws:iam::{OWN}:oidc-provider/ci.example.com"
    asked = access(
        roles={"web": role({"Service": "ec2.amazonaws.com"}),
               "ci": role({"Federated": provider}, action="sts:AssumeRoleWithWebIdentity")},
    )  # fmt: skip
    assert said(asked, "assume", roles=("web",), principals=("service/ec2",), alone=True) == []
    assert said(asked, "assume", roles=("ci",), principals=(provider,), alone=True) == []
    assert len(said(asked, "assume", roles=("*",), alone=True)) == 2
    assert len(said(asked, "assume", roles=("web",), principals=(provider,))) == 1


def test_progress_is_told():
    told = []
    claims = [Claim("allow", ("a",), ("s3:GetObject",))] * 3
    check(claims, lambda at: access(users={"a": {}}), lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]


# Random directories and claims, against `can` asked one by one.

ACTIONS = ("s3:GetObject", "s3:PutObject", "iam:GetUser", "iam:ListUsers", "sts:AssumeRole")
PATTERNS = ("*", "arn:aws:s3:::data/*", "arn:aws:s3:::data/a*", "arn:aws:s3:::*/b",
            f"arn:aws:iam::{OWN}:user/*", f"arn:aws:iam::{OWN}:role/r0", "arn:aws:iam::*:role/*",
            "arn:aws:s3:::data/a/b")  # fmt: skip
RESOURCES = {
    "s3": ("arn:aws:s3:::data/a", "arn:aws:s3:::data/a/b", "arn:aws:s3:::data/c/b",
           "arn:aws:s3:::other/b", "arn:aws:s3:::data/own/u0"),
    "iam": (f"arn:aws:iam::{OWN}:user/u0", f"arn:aws:iam::{OWN}:user/u1"),
    "sts": (f"arn:aws:iam::{OWN}:role/r0", f"arn:aws:iam::{OWN}:role/r1"),
}  # fmt: skip
CONDITIONS = (
    None, None, None, MFA, HOME, {"StringEquals": {"aws:PrincipalTag/team": "x"}},
    {"StringNotEquals": {"aws:ResourceTag/team": "x"}}, {"Bool": {"aws:SecureTransport": "true"}},
    {"StringEquals": {"aws:ResourceAccount": OWN}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
)  # fmt: skip
CONTEXTS = tuple(
    {key: value for key, value in (("aws:multifactorauthpresent", mfa), ("aws:sourceip", ip))
     if value is not None}
    for mfa in (None, "true", "false")
    for ip in (None, "10.1.1.1", "192.0.2.1")
)  # fmt: skip


def contexts(word):
    """What requests may bring along; a role's session never says that there was MFA."""
    role = word.startswith("role/")
    return [c for c in CONTEXTS if not (role and "aws:multifactorauthpresent" in c)]


class World:
    """A random directory; the same seed gives the same one."""

    def __init__(self, seed):
        self.chance = chance = random.Random(seed)
        users = {f"u{n}": {"tags": {"team": chance.choice("xy")}, **self.own()} for n in range(3)}
        named = [ROOT, *({"AWS": user_arn(f"u{n}")} for n in range(3)),
                 {"AWS": f"arn:aws:iam::{OWN}:role/r1"}]  # fmt: skip
        roles = {
            f"r{n}": role(chance.choice(named), *self.statements(), condition=self.condition())
            for n in range(2)
        }
        sections = {}
        if chance.random() < 0.4:
            users["u0"]["boundary"] = "Limit"
            sections["policies"] = {"Limit": {"document": document(allow("s3:*"), allow("sts:*"))}}
        if chance.random() < 0.4:
            deny = self.statement("Deny")
            full = document(allow("*"), deny)
            sections["organization"] = {"levels": [{"name": "Root", "scps": {"Some": full}}]}
        if chance.random() < 0.4:
            sections["resources"] = {"arn:aws:s3:::data": document(allow(
                chance.choice(ACTIONS[:2]), "arn:aws:s3:::data/a*",
                chance.choice(["Allow", "Deny"]), Principal={"AWS": user_arn("u1")}))}  # fmt: skip
        self.access = access(users=users, roles=roles, **sections)
        self.words = [f"user/{name}" for name in users] + [f"role/{name}" for name in roles]

    def condition(self):
        return self.chance.choice(CONDITIONS)

    def statement(self, effect=None):
        chance, condition = self.chance, self.condition()
        more = {} if condition is None else {"Condition": condition}
        patterns = (*PATTERNS, "arn:aws:s3:::data/own/${aws:username}")
        return allow(
            chance.choice((*ACTIONS, "s3:*", "*", "sts:*")), chance.choice(patterns),
            effect or chance.choice(["Allow", "Allow", "Allow", "Deny"]), **more,
        )  # fmt: skip

    def statements(self):
        return [self.statement() for _ in range(self.chance.randrange(1, 4))]

    def own(self):
        return holding(*found) if (found := self.statements()[1:]) else {}

    def can(self, word, action, resource, context):
        access, around = self.access, Circumstances(context=context)
        target = access.target(action, resource, around)
        return access.answer(access.subject(word), target).decision.allowed

    def able(self, action, resources):
        """Who can on any of the resources, by itself or through roles, in any context."""
        found = {w for w in self.words for r in resources for c in contexts(w)
                 if self.can(w, action, r, c)}  # fmt: skip
        while True:
            more = {
                word for word in self.words for role in found if role.startswith("role/")
                for context in contexts(word) if self.can(word, "sts:AssumeRole", role, context)
            }  # fmt: skip
            if more <= found:
                return found
            found |= more


def concrete(action, pattern):
    """The resources of the pattern that the action is tried on."""
    if action == "iam:ListUsers":
        return ("*",) if pattern == "*" else ()
    from fnmatch import fnmatchcase

    return tuple(
        r for r in RESOURCES[action.partition(":")[0]] if pattern == "*" or fnmatchcase(r, pattern)
    )


QUESTIONS = [(a, p) for a in ACTIONS for p in PATTERNS if concrete(a, p)]


@pytest.mark.parametrize("seed", range(25 * SCALE))
def test_claims_agree_with_can(seed):
    world = World(seed)
    for word in world.words:
        for action, pattern in world.chance.sample(QUESTIONS, 8):
            resources = concrete(action, pattern)
            question = about(word, action, pattern)
            denied = failures(world.access, "deny", **question)
            able = [
                (r, c) for r in resources for c in contexts(word) if world.can(word, action, r, c)
            ]
            if able:
                assert denied, (word, action, pattern, able)
            if denied and denied[0].decision == "allowed":
                assert world.can(word, action, denied[0].resource, {}), (word, denied)
            context = world.chance.choice(contexts(word))
            refused = failures(world.access, "allow", **question, context=context)
            if not refused:
                assert all(world.can(word, action, r, context) for r in resources), question
            elif refused[0].decision != "unknown":
                assert not world.can(word, action, refused[0].resource, context), refused


@pytest.mark.parametrize("seed", range(15 * SCALE))
def test_nobody_but_agrees_with_can(seed):
    world = World(1000 + seed)
    for action, pattern in world.chance.sample(QUESTIONS, 3):
        able = world.able(action, concrete(action, pattern))
        asking = {"actions": (action,), "resources": (pattern,)}
        found = {f.principal: f for f in failures(world.access, "nobody-but", **asking)}
        assert able <= set(found), (action, pattern)
        assert said(world.access, "nobody-but", **asking, only=tuple(found)) == []
        for word, failure in found.items():
            if failure.decision == "allowed" and not failure.path:
                assert world.can(word, action, failure.resource, {})
