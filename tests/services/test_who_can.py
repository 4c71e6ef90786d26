"""Who can: everybody, by itself or through roles, with what the answer hangs on."""

import random

from iamctl.domain.directory import Directory
from iamctl.services.access import Access, Circumstances
from iamctl.services.who_can import WhoCan
from tests.services.builders import (
    CATALOGUE,
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

GET = ("s3:GetObject", "arn:aws:s3:::data/x")


def who(asked, action=GET[0], resource=GET[1], direct=False, **context):
    around = Circumstances(context={key.replace("_", ":"): v for key, v in context.items()})
    target = asked.target(action, resource, around)
    return {
        f"{h.kind}/{h.name}": (h.finding.verdict, h.path, tuple(map(str, h.finding.hinges)))
        for h in WhoCan(asked, around).holders(target, direct)
    }


SURE = ("allowed", (), ())


def test_users_and_roles_that_can_by_themselves():
    asked = access(
        users={"a": holding(allow()), "b": {}, "c": holding(allow("ec2:*"))},
        roles={"r": role({"AWS": user_arn("b")}, allow("s3:*")), "s": role(ROOT)},
    )
    assert who(asked, direct=True) == {"user/a": SURE, "role/r": SURE}


def test_a_path_leads_through_as_many_roles_as_it_needs_and_the_shortest_is_shown():
    assume = allow("sts:AssumeRole")
    asked = access(
        users={"a": holding(assume), "b": {}, "c": {}},
        roles={
            "holder": role({"AWS": f"arn:aws:iam::{OWN}:role/middle"}, allow()),
            "middle": role({"AWS": user_arn("b")}, assume),
            "open": role(ROOT, allow()),
        },
    )
    assert who(asked) == {
        "role/holder": SURE,
        "role/open": SURE,
        "role/middle": ("allowed", ("holder",), ()),
        "user/a": ("allowed", ("open",), ()),
        "user/b": ("allowed", ("middle", "holder"), ()),
    }


def test_what_the_request_alone_settles_is_an_if():
    asked = access(users={"a": holding(allow(Condition=MFA)), "b": holding(allow(Condition=HOME))})
    assert who(asked) == {
        "user/a": ("conditional", (), ("if Bool aws:MultiFactorAuthPresent true",)),
        "user/b": ("conditional", (), ("if IpAddress aws:SourceIp 10.0.0.0/8",)),
    }
    given = who(asked, aws_SourceIp="10.1.1.1", aws_MultiFactorAuthPresent="false")
    assert given == {"user/b": SURE}


def test_a_role_session_never_has_mfa():
    asked = access(roles={"r": role(ROOT, allow(Condition=MFA))})
    assert who(asked) == {}


def test_a_deny_that_hangs_on_the_request_is_an_unless():
    outside = allow("*", effect="Deny", Condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    asked = access(users={"a": holding(allow(), outside)})
    assert who(asked)["user/a"] == (
        "conditional", (), ("unless NotIpAddress aws:SourceIp 10.0.0.0/8",)
    )  # fmt: skip
    assert who(asked, aws_SourceIp="11.0.0.1") == {}


def test_one_allow_without_conditions_is_enough():
    asked = access(users={"a": holding(allow(Condition=HOME), allow())})
    assert who(asked) == {"user/a": SURE}


def test_what_the_directory_settles_is_no_if():
    team = {"StringEquals": {"aws:PrincipalTag/team": "x"}}
    asked = access(
        users={"a": {"tags": {"team": "x"}, **holding(allow(Condition=team))},
               "b": {"tags": {"team": "y"}, **holding(allow(Condition=team))},
               "c": holding(allow(Condition=team))},
    )  # fmt: skip
    assert who(asked) == {"user/a": SURE}


def test_a_session_may_bring_tags_of_its_own_where_the_trust_policy_lets_it():
    team = {"StringEquals": {"aws:PrincipalTag/team": "x"}}
    lets = role(
        {"AWS": user_arn("a")}, allow(Condition=team), action=["sts:AssumeRole", "sts:Tag*"]
    )
    asked = access(users={"a": {}}, roles={
        "tagged": {**lets, "tags": {"team": "y"}},
        "plain": {**role({"AWS": user_arn("a")}, allow(Condition=team)), "tags": {"team": "y"}},
    })  # fmt: skip
    words = ("if StringEquals aws:PrincipalTag/team x",)
    assert who(asked, direct=True) == {"role/tagged": ("conditional", (), words)}


def test_conditions_add_up_along_a_path():
    asked = access(
        users={"a": {}},
        roles={"r": role({"AWS": user_arn("a")}, allow(Condition=HOME), condition=MFA)},
    )
    assert who(asked)["user/a"] == (
        "conditional", ("r",),
        ("if Bool aws:MultiFactorAuthPresent true", "if IpAddress aws:SourceIp 10.0.0.0/8"),
    )  # fmt: skip


def test_a_sure_way_through_a_role_counts_more_than_an_unsure_one_by_oneself():
    asked = access(
        users={"a": holding(allow(Condition=HOME))},
        roles={"r": role({"AWS": user_arn("a")}, allow())},
    )
    assert who(asked)["user/a"] == ("allowed", ("r",), ())


def test_outsiders_that_trust_policies_let_in_are_there():
    provider = f"arn:aws:iam::{OWN}:oidc-provider/ci.example.com"
    asked = access(
        roles={
            "vendor": role({"AWS": f"arn:aws:iam::{OTHER}:root"}, allow()),
            "machine": role({"Service": "ec2.amazonaws.com"}, allow()),
            "ci": role({"Federated": provider}, allow(), action="sts:AssumeRoleWithWebIdentity"),
            "idle": role({"Service": "lambda.amazonaws.com"}),
        },
    )
    found = {name: how[:2] for name, how in who(asked).items() if name.startswith("outside/")}
    assert found == {
        f"outside/arn:aws:iam::{OTHER}:root": ("unknown", ("vendor",)),
        "outside/ec2.amazonaws.com": ("allowed", ("machine",)),
        f"outside/{provider}": ("allowed", ("ci",)),
    }


def test_outsiders_that_the_resources_policy_lets_in_are_there():
    bucket = "arn:aws:s3:::data"
    everybody = document(allow(resource=f"{bucket}/*", Principal="*"))
    assert who(access(resources={bucket: everybody}))["outside/anybody"] == SURE


def test_a_policy_that_cannot_be_read_is_said():
    asked = access(users={"a": {"policies": ["arn:aws:iam::aws:policy/NoSuchPolicyAnywhere"]}})
    assert who(asked) == {"user/a": ("unknown", (), ())}


def test_everybody_who_is_asked_gets_the_answer_of_can():
    """Without open conditions in the file, who-can and one question after the other agree."""
    chance = random.Random(7)
    actions = ["s3:GetObject", "s3:*", "s3:Put*", "sts:AssumeRole", "ec2:*", "*"]

    def some():
        return [
            allow(chance.choice(actions), chance.choice(["*", GET[1], "arn:aws:s3:::other/*"]),
                  chance.choice(["Allow", "Allow", "Allow", "Deny"]))
            for _ in range(chance.randrange(3))
        ]  # fmt: skip

    for _ in range(60):
        ids = [f"AIDAUSERUSERUSERUSE{n}" for n in range(4)]
        users = {
            f"u{n}": {"id": id, **(holding(*found) if (found := some()) else {})}
            for n, id in enumerate(ids)
        }
        names = [OWN, "*", *ids, f"arn:aws:iam::{OWN}:role/r0"]
        named = [ROOT, *({"AWS": name} for name in [*map(user_arn, users), *names])]
        roles = {f"r{n}": role(chance.choice(named), *some()) for n in range(3)}
        asked = access(users=users, roles=roles)

        def can(word, action, resource, asked=asked):
            return asked.answer(
                asked.subject(word), asked.target(action, resource)
            ).decision.allowed

        words = [*(f"user/{n}" for n in users), *(f"role/{n}" for n in roles)]
        able = {word for word in words if can(word, *GET)}
        assert of_here(who(asked, direct=True)) == able
        while True:
            more = {
                word
                for word in words
                for held in able
                if held.startswith("role/") and can(word, "sts:AssumeRole", held)
            }
            if more <= able:
                break
            able |= more
        assert of_here(who(asked)) == able


def of_here(found):
    return {word for word in found if not word.startswith("outside/")}


def test_trust_in_the_account_asks_only_who_may_assume_something():
    class Counting(WhoCan):
        asked = 0

        def ask(self, subject, target):
            self.asked += 1
            return super().ask(subject, target)

    users = {f"u{n}": {} for n in range(100)}
    users["u7"] = holding(allow("sts:AssumeRole"))
    roles = {f"r{n}": role(ROOT, allow()) for n in range(50)}
    roles["r50"] = role({"AWS": user_arn("u9")}, allow())
    asked = access(users=users, roles=roles)
    question = Counting(asked)
    found = {holder.name for holder in question.holders(asked.target(*GET))}
    assert found == {"u7", "u9", *roles}
    assert question.asked < 400
    # So it is where everybody may assume some other role, or one that bears their name.
    elsewhere = document(allow("sts:AssumeRole", f"arn:aws:iam::{OWN}:role/none"))
    named = document(allow("sts:AssumeRole", f"arn:aws:iam::{OWN}:role/${{aws:username}}"))
    groups = {
        "all": {"members": [*users], "inline": {"Assume": elsewhere}},
        "some": {"members": ["u8", "u3"], "inline": {"Own": named}},
    }
    roles["u8"] = role(ROOT, allow())
    asked = access(users=users, roles=roles, groups=groups)
    question = Counting(asked)
    found = {holder.name for holder in question.holders(asked.target(*GET))}
    assert found == {"u7", "u8", "u9", *roles}
    assert question.asked < 500


def test_a_condition_about_callers_lets_somebody_in():
    bucket = "arn:aws:s3:::data"
    inside = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    policy = document(allow(resource=f"{bucket}/*", Principal="*", Condition=inside))
    found = who(access(resources={bucket: policy}))
    assert found["outside/anybody"] == (
        "conditional", (), ("if StringEquals aws:PrincipalOrgID o-a1b2c3d4e5",)
    )  # fmt: skip


def test_a_role_can_when_a_session_of_some_name_can():
    bucket = "arn:aws:s3:::data"
    session = {"AWS": f"arn:aws:sts::{OWN}:assumed-role/r/ci"}
    policy = document(allow(resource=f"{bucket}/*", Principal=session))
    roles = {"r": role({"AWS": user_arn("a")})}
    found = who(access(users={"a": {}}, roles=roles, resources={bucket: policy}))
    assert found == {"role/r": SURE, "user/a": ("allowed", ("r",), ())}
    named = {"StringLike": {"aws:userid": "*:ci"}}
    asked = access(roles={"r": role(ROOT, allow(Condition=named))})
    assert who(asked) == {"role/r": ("conditional", (), ("if StringLike aws:userid *:ci",))}


def test_a_roles_session_may_come_from_a_provider_and_a_user_may_not():
    hub = {"StringEquals": {"aws:FederatedProvider": "accounts.google.com"}}
    granted = allow(Condition=hub)
    asked = access(
        users={"a": holding(granted)}, roles={"r": role({"AWS": user_arn("b")}, granted)}
    )
    words = ("if StringEquals aws:FederatedProvider accounts.google.com",)
    assert who(asked) == {"role/r": ("conditional", (), words)}


def test_a_deny_of_all_but_a_session_leaves_that_session():
    bucket = "arn:aws:s3:::data"
    names = [ROOT["AWS"], f"arn:aws:iam::{OWN}:role/r", f"arn:aws:sts::{OWN}:assumed-role/r/ci"]

    def found(*left_out):
        deny = allow("*", f"{bucket}/*", "Deny", NotPrincipal={"AWS": [*left_out]})
        roles = {"r": role({"AWS": user_arn("a")}, allow())}
        return who(access(roles=roles, resources={bucket: document(deny)}))

    assert found(*names[:2]) == {}
    assert found(*names) == {"role/r": SURE}


def test_everybody_but_somebody_is_somebody():
    bucket = "arn:aws:s3:::data"
    but = allow(resource=f"{bucket}/*", NotPrincipal={"AWS": user_arn("a")})
    asked = access(users={"a": {}, "b": {}}, resources={bucket: document(but)})
    assert who(asked) == {"user/b": SURE, "outside/anybody": SURE}


def test_whom_the_file_of_another_account_does_not_know_is_nobody():
    class Accounts:
        def ids(self):
            return (OTHER,)

        def __call__(self, account):
            return Directory({"iamctl": 1, "account": {"id": OTHER}, "users": {"x": {}}})

    gone = f"arn:aws:iam::{OTHER}:user/gone"
    plain = {"iamctl": 1, "account": {"id": OWN}, "roles": {"r": role({"AWS": gone}, allow())}}
    asked = Access(Directory(plain), CATALOGUE, NOW, Accounts())
    assert who(asked) == {"role/r": SURE}
