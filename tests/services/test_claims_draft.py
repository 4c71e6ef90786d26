"""The first file: it holds at once, and later access breaks it."""

import random

import pytest

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.directory import Directory
from iamctl.services.access import Access
from iamctl.services.claims import check
from iamctl.services.claims_draft import SENSITIVE, draft

OWN, OTHER = "123456789012", "210987654321"
CATALOGUE = ShippedCatalogue()
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def user_arn(name):
    return f"arn:aws:iam::{OWN}:user/{name}"


def trust(principal, action="sts:AssumeRole", **more):
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def access(users, roles, **more):
    plain = {"iamctl": 1, "account": {"id": OWN}, "users": users, "roles": roles, **more}
    return Access(Directory(plain), CATALOGUE, 1_795_510_800)


def company(**more):
    provider = f"arn:aws:iam::{OWN}:oidc-provider/ci.example.com"
    users = {
        "ada": {"inline": {"All": document(allow("*"))}},
        "bob": {"inline": {"Own": document(allow("iam:CreateAccessKey", user_arn("bob")))}},
        "eve": {},
    }
    roles = {
        "admin": {
            "trust": document(trust({"AWS": user_arn("bob")}, Condition=MFA)),
            "inline": {"Iam": document(allow("iam:*"))},
        },
        "ci": {"trust": document(trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity"))},
        "vendor": {"trust": document(trust({"AWS": f"arn:aws:iam::{OTHER}:root"}))},
        "mixed": {
            "trust": document(
                trust({"AWS": user_arn("bob")}, Condition=MFA),
                trust({"Service": "ec2.amazonaws.com"}),
            )
        },
        "idle": {"trust": document(trust({"AWS": user_arn("gone")}))},
    }
    return access({**users, **more}, roles)


def claims_of(asked):
    return [item.claim for item in draft(asked)]


def broken(claims, asked):
    return [result.claim for result in check(claims, lambda at: asked) if not result.holds]


def test_every_sensitive_action_is_one_of_awss():
    for _, actions in SENSITIVE:
        for action in actions:
            assert CATALOGUE.action(action).name == action


def test_it_pins_who_can_today():
    asked = company()
    claims = claims_of(asked)
    assert broken(claims, asked) == []
    pinned = {action: claim for claim in claims for action in claim.actions}
    assert {action for _, actions in SENSITIVE for action in actions} <= set(pinned)
    assert pinned["iam:CreateAccessKey"].only == ("user/ada", "user/bob", "role/admin")
    assert pinned["cloudtrail:StopLogging"].only == ("user/ada",)


def test_each_role_has_a_claim_with_what_it_needs():
    claims = claims_of(company())
    assume = {claim.roles[0]: claim for claim in claims if claim.kind == "assume"}
    assert assume["idle"].principals == ()
    assert assume["vendor"].principals == (f"arn:aws:iam::{OTHER}:root",)
    assert assume["admin"].principals == ("user/bob",)
    assert assume["admin"].context == {"aws:MultiFactorAuthPresent": "true"}
    assert all(claim.alone for claim in assume.values())
    (mixed,) = [claim for claim in claims if claim.resources != ("*",)]
    assert mixed.resources == ("role/mixed",)
    assert mixed.only == ("user/bob", "service/ec2")


def test_new_access_breaks_it():
    claims = claims_of(company())
    eve = company(eve={"inline": {"New": document(allow("iam:PassRole", "arn:aws:iam::*:role/x"))}})
    (claim,) = broken(claims, eve)
    assert claim.actions == ("iam:PassRole",)
    eve = company(eve={"inline": {"New": document(allow("sts:AssumeRole"))}})
    assert {c.roles for c in broken(claims, eve)} == set()  # no role trusts the account
    zoe = company(zoe={"inline": {"New": document(allow("kms:Decrypt", Condition=MFA))}})
    assert [claim.actions for claim in broken(claims, zoe)] == []  # no key's policy lets her


@pytest.mark.parametrize("seed", range(10))
def test_it_holds_for_random_directories(seed):
    chance = random.Random(seed)
    actions = ("iam:*", "*", "s3:*", "sts:AssumeRole", "iam:PassRole", "kms:*", "cloudtrail:*")
    conditions = (None, None, MFA, {"StringEquals": {"aws:PrincipalTag/team": "x"}})

    def own():
        condition = chance.choice(conditions)
        more = {} if condition is None else {"Condition": condition}
        return {"inline": {"Own": document(allow(chance.choice(actions), **more))}}

    users = {f"u{n}": own() if chance.random() < 0.6 else {} for n in range(4)}
    principals = [{"AWS": user_arn(f"u{n}")} for n in range(4)]
    principals += [{"AWS": f"arn:aws:iam::{OWN}:root"}, {"AWS": f"arn:aws:iam::{OTHER}:root"},
                   {"Service": "ec2.amazonaws.com"}, {"AWS": "*"}]  # fmt: skip
    roles = {}
    for n in range(4):
        condition = chance.choice((None, MFA, {"StringEquals": {"sts:ExternalId": "x"}}))
        more = {} if condition is None else {"Condition": condition}
        trusted = [trust(p, **more) for p in chance.sample(principals, chance.randrange(1, 3))]
        roles[f"r{n}"] = {"trust": document(*trusted), **own()}
    asked = access(users, roles)
    drafted = draft(asked)
    assert broken([item.claim for item in drafted], asked) == []
    told = {role for item in drafted for role in item.claim.roles}
    told |= {
        resource.removeprefix("role/") for item in drafted for resource in item.claim.resources
    }
    assert set(roles) <= told
    assert sum(bool(item.comment) for item in drafted) == len(SENSITIVE) + 1
