"""Grants that somebody would slip past the gates of a pull request."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import Usage
from iamctl.services import access_diff_gates as gates
from iamctl.services.access_diff import compared
from iamctl.services.access_diff_assume import new_edges
from iamctl.services.access_diff_credentials import new_credentials
from iamctl.services.access_diff_lines import access_diff, in_words
from tests.services.builders import (
    MFA,
    NOW,
    OTHER,
    OWN,
    access,
    allow,
    document,
    holding,
    role,
    user_arn,
)

ALICE_ID, BOB_ID = "AIDAALICEALICEALICE22", "AIDABOBBOBBOBBOBBOB22"
BUCKET, PROD = "arn:aws:s3:::prod", "arn:aws:s3:::prod/*"
PEOPLE = {"alice": {"id": ALICE_ID}, "bob": {"id": BOB_ID}}
EVIL = {"AWS": f"arn:aws:iam::{OTHER}:role/evil"}


def failing(before, after):
    """The gates that a change breaks."""
    found = compared([before], after)
    diff = in_words(found, [before], after)
    edges = new_edges(found, found.pairs, before, after)
    breaches = (
        *gates.no_new_access(diff),
        *gates.no_public(diff),
        *gates.no_new_assume(diff, edges),
    )
    return {breach.gate for breach in breaches}


def bucket(*statements, **more):
    return access(users=PEOPLE, resources={BUCKET: document(*statements)}, **more)


def trusting(principal, **more):
    return access(users=PEOPLE, roles={"first": role(principal, **more)})


def reading(principal, condition=None):
    more = {} if condition is None else {"Condition": condition}
    return allow("s3:GetObject", PROD, Principal=principal, **more)


def test_who_is_let_in_from_outside_is_new_access():
    assert "no-new-access" in failing(access(users=PEOPLE), bucket(reading(EVIL)))
    assert "no-new-access" in failing(trusting({"AWS": user_arn("bob")}), trusting(EVIL))


@pytest.mark.parametrize("principal", [{"AWS": user_arn("alice")}, {"AWS": OTHER}, EVIL])
def test_a_way_to_a_role_under_fewer_conditions(principal):
    before, after = trusting(principal, condition=MFA), trusting(principal)
    if principal == EVIL:  # a role's session never says that there was MFA
        before = trusting(principal, condition={"StringEquals": {"sts:ExternalId": "x"}})
    assert "no-new-assume" in failing(before, after)
    assert failing(after, before) == set()


def when(operator, key, value):
    return {operator: {key: value}}


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        (when("StringEquals", "aws:PrincipalAccount", OTHER), True),
        (when("StringLike", "aws:PrincipalAccount", "2*"), True),
        (when("StringNotEquals", "aws:PrincipalAccount", OWN), True),
        (when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OTHER}:role/*"), True),
        (when("StringEquals", "aws:PrincipalOrgID", "o-evilevil11"), True),
        (when("Null", "aws:PrincipalOrgID", "false"), True),
        (when("StringEquals", "aws:PrincipalTag/team", "red"), True),
        (when("StringEquals", "aws:userid", "AIDAEVILEVILEVILEVI22"), True),
        (when("Bool", "aws:PrincipalIsAWSService", "true"), True),
        (when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*"), False),
        (when("StringEquals", "aws:PrincipalAccount", OWN), False),
    ],
)
def test_everybody_who_is_told_apart_by_conditions_alone(condition, public):
    before, after = bucket(reading(EVIL)), bucket(reading(EVIL), reading("*", condition))
    assert ("no-public" in failing(before, after)) is public


@pytest.mark.parametrize(
    "condition",
    [
        when("ArnEquals", "aws:PrincipalArn", f"arn:aws:iam::{OTHER}:role/evil"),
        when("Null", "aws:TokenIssueTime", "false"),
        when("StringEquals", "aws:PrincipalTag/team", "red"),
        when("StringEquals", "aws:SourceIdentity", "x"),
    ],
)
@pytest.mark.parametrize("principal", [{"AWS": OTHER}, EVIL])
def test_another_accounts_principals_that_conditions_let_in(principal, condition):
    ours = reading({"AWS": user_arn("alice")})
    found = failing(bucket(ours), bucket(ours, reading(principal, condition)))
    assert "no-new-access" in found
    assert ("no-public" in found) is (principal != EVIL)


def test_a_control_policy_that_kept_others_out():
    def under(**rcps):
        full = allow("*", Principal="*")
        level = {"name": "Root", "scps": {"Full": document(allow("*"))},
                 "rcps": {"All": document(full), **rcps}}  # fmt: skip
        organization = {"id": "o-abcdefghij", "levels": [level]}
        roles = {"first": role(EVIL)}
        resources = {BUCKET: document(reading("*"))}
        return access(users=PEOPLE, roles=roles, resources=resources, organization=organization)

    ours = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}
    kept_out = allow("*", "*", "Deny", Principal="*", Condition=ours)
    assert failing(under(Ours=document(kept_out)), under()) == {
        "no-new-access",
        "no-public",
        "no-new-assume",
    }


@pytest.mark.parametrize(
    ("condition", "gained"),
    [
        (when("Bool", "aws:ViaAWSService", "true"), True),
        (when("Bool", "aws:SecureTransport", "false"), True),
        (when("DateGreaterThan", "aws:TokenIssueTime", "2020-01-01T00:00:00Z"), True),
        (when("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"), False),
    ],
)
def test_what_requests_bring_along(condition, gained):
    read = allow("s3:GetObject", PROD)

    def alice(*statements):
        return access(users={"alice": {"id": ALICE_ID, **holding(*statements)}})

    wanted = {"no-new-access"} if gained else set()
    other = allow("s3:PutObject", PROD)
    assert failing(alice(other), alice(other, {**read, "Condition": condition})) == wanted
    denied = allow("s3:*", PROD, "Deny", Condition=condition)
    assert failing(alice(read, denied), alice(read)) == wanted


def tagged(team, **more):
    people = {"alice": {"id": ALICE_ID, **more}, "bob": {"id": BOB_ID, "tags": {"team": team}}}
    roles = {"first": {**role({"AWS": user_arn("bob")}, condition=RED), "tags": {"team": team}}}
    return access(users=people, roles=roles)


RED = when("StringEquals", "aws:ResourceTag/team", "red")


def test_tags_of_who_is_acted_on():
    red = when("StringEquals", "iam:ResourceTag/team", "red")
    deleting = holding(allow("iam:DeleteUser", Condition=red))
    assert "no-new-access" in failing(tagged("blue", **deleting), tagged("red", **deleting))
    assert failing(tagged("red", **deleting), tagged("blue", **deleting)) == set()
    assert failing(tagged("blue"), tagged("red")) == {"no-new-access", "no-new-assume"}
    kept_from = holding(allow("iam:DeleteUser"), allow("iam:*", "*", "Deny", Condition=red))
    assert failing(tagged("red", **kept_from), tagged("green", **kept_from)) == {"no-new-access"}


def test_the_boundary_of_who_is_acted_on():
    fenced = when("StringEquals", "iam:PermissionsBoundary", f"arn:aws:iam::{OWN}:policy/Fence")
    fence = {"Fence": {"id": "ANPAFENCEFENCEFENCE22", "document": document(allow())}}

    def state(**more):
        alice = {"id": ALICE_ID, **holding(allow("iam:PutUserPolicy", Condition=fenced))}
        people = {"alice": alice, "bob": {"id": BOB_ID, **more}}
        return access(users=people, policies=fence)

    assert failing(state(), state(boundary="Fence")) == {"no-new-access"}
    # Bob, who has no fence any more, is who could be given more.
    assert failing(state(boundary="Fence"), state()) == set()


def test_the_organization_of_what_is_asked_for():
    own = when("StringEquals", "aws:ResourceOrgID", "o-abcdefghij")
    alice = {"alice": {"id": ALICE_ID, **holding(allow("s3:*", Condition=own))}}

    def under(organization):
        full = {"Full": document(allow("*"))}
        levels = [{"name": "Root", "scps": full}]
        return access(users=alice, organization={"id": organization, "levels": levels})

    assert failing(under("o-otherother"), under("o-abcdefghij")) == {"no-new-access"}


ABROAD = f"arn:aws:sns:eu-west-1:{OTHER}:news"


def lines(before, after):
    found = access_diff([before], after)
    return [
        (line.gained, line.permission.shown, line.abroad, line.witness is not None)
        for line in found.lines
    ]


def test_what_own_policies_allow_in_accounts_of_which_there_is_no_file():
    def alice(*statements):
        return access(users={"alice": {"id": ALICE_ID, **holding(*statements)}})

    put = allow("s3:PutObject", PROD)
    publish = allow("sns:Publish", ABROAD)
    assert lines(alice(put), alice(put, publish)) == [(True, ("sns:Publish",), True, False)]
    assert lines(alice(put, publish), alice(put)) == [(False, ("sns:Publish",), True, False)]
    anywhere = allow("sns:Publish")  # is told once
    assert lines(alice(put), alice(put, anywhere)) == [(True, ("sns:Publish",), False, True)]
    evil = allow("sts:AssumeRole", EVIL["AWS"])
    assert failing(alice(put), alice(put, evil)) == {"no-new-access", "no-new-assume"}
    assert failing(alice(put, evil), alice(put)) == set()
    denied = allow("sts:*", "*", "Deny")
    assert failing(alice(put), alice(put, evil, denied)) == set()


@pytest.mark.parametrize(
    "more",
    [
        {"Condition": when("StringLike", "aws:CurrentTime", "2031-*")},
        {"Condition": when("StringNotLike", "aws:CurrentTime", "2026-*")},
        {"Condition": when("StringEquals", "x:from", "${aws:CurrentTime}")},
        {"Resource": "arn:aws:s3:::prod/${aws:EpochTime}"},
    ],
)
def test_the_time_read_as_a_text(more):
    def alice(*statements):
        return access(users={"alice": {"id": ALICE_ID, **holding(*statements)}})

    put, read = allow("s3:PutObject", PROD), {**allow("s3:GetObject", PROD), **more}
    assert failing(alice(put), alice(put, read)) == {"no-new-access"}
    assert failing(alice(put, read), alice(put)) == set()
    denied = {**read, "Effect": "Deny"}
    plain = allow("s3:GetObject", PROD)
    assert failing(alice(plain, denied), alice(plain)) == {"no-new-access"}


def test_tags_of_a_role_whose_sessions_may_bring_others():
    red = when("StringEquals", "aws:PrincipalTag/team", "red")
    trust = role({"AWS": user_arn("bob")}, allow("s3:GetObject", PROD, Condition=red),
                 action=["sts:AssumeRole", "sts:TagSession"])  # fmt: skip

    def state(team, **more):
        tags = {"team": team} if team else {}
        return access(users=PEOPLE, roles={"first": {**trust, **more, "tags": tags}})

    assert failing(state("blue"), state("red")) == {"no-new-access"}
    assert failing(state("red"), state("blue")) == set()
    own = holding(allow("s3:GetObject", "arn:aws:s3:::prod/${aws:PrincipalTag/team}"))
    assert failing(state("", **own), state("red", **own)) == {"no-new-access"}
    assert failing(state("red", **own), state("", **own)) == set()


def granted(after, *actions, resource=None):
    found = gates.not_granted(lambda now: after, NOW, actions, resource)
    return [breach.line.principals for breach in found if breach.line]


@pytest.mark.parametrize(
    ("actions", "resource"),
    [
        (("s3:PutObject", " s3:GetObject"), None),
        (("s3:GetObject ",), None),
        (("",), None),
        (("s3:",), None),
        (("s3:GetObject",), "prod/*"),
        (("s3:GetObject",), "user/alice"),
        (("s3:GetObject",), ""),
    ],
)
def test_a_gate_that_nothing_could_break_is_no_gate(actions, resource):
    with pytest.raises(Usage):
        granted(access(users=PEOPLE), *actions, resource=resource)


def test_what_is_granted_to_those_who_are_not_of_the_file():
    after = bucket(reading({"AWS": OTHER}))
    other = (f"arn:aws:iam::{OTHER}:root",)
    assert granted(after, "s3:*") == [other]
    assert granted(after, "s3:*", resource="arn:aws:s3:::dev*") == []
    assert granted(after, "s3:*", resource="arn:*:s3:::p*") == [other]
    assert granted(after, "s3:Put*") == []


def test_what_kept_others_out_of_a_pool_or_provider():
    def state(pool, provider):
        pools = {"app": {"id": "us-east-1:1", **pool}}
        providers = {"ci": {"url": "https://ci.example", **provider}}
        sections = {"identity_pools": pools, "identity_providers": providers}
        return Directory({"iamctl": 1, "account": {"id": OWN}, **sections})

    roles, keys = {"role_mappings": {"ci": {"ambiguous": "deny"}}}, {"jwks": {"keys": []}}
    assert new_credentials(state(roles, keys), state({}, {})) == (
        "identity provider ci has other signing keys",
        "identity pool app has another role_mappings",
    )
    assert new_credentials(state({"guest_role": "g"}, {}), state({}, {})) == ()


def test_a_session_of_a_role_that_comes_with_who_trusts_it():
    session = {"AWS": f"arn:aws:sts::{OWN}:assumed-role/first/eve"}
    roles = {"first": role({"AWS": user_arn("bob")})}
    before, after = access(users=PEOPLE), bucket(reading(session), roles=roles)
    assert "no-new-access" in failing(before, after)
    assert failing(after, before) == set()


def test_principals_of_another_account_whose_file_says_more():
    """The bucket lets the account in, which says whom."""

    class Files(dict):
        def ids(self):
            return tuple(self)

        def __call__(self, account):
            return self.get(account)

    def state(*statements):
        evil = {"id": "AROAEVILEVILEVILEVI22", **role({"AWS": OTHER}, *statements)}
        other = Directory({"iamctl": 1, "account": {"id": OTHER}, "roles": {"evil": evil}})
        return bucket(reading({"AWS": OTHER}), accounts=Files({OTHER: other}))

    assert failing(state(), state(allow("s3:Get*"))) == {"no-new-access"}
    assert failing(state(allow("s3:Get*")), state()) == set()
