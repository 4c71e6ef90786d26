"""The same text that means something else on each side, by what the sides know of somebody."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.services.access_diff_lines import access_diff
from tests.services.builders import OTHER, OWN, access, allow, document, holding, role, user_arn
from tests.services.test_attack_gates import (
    ALICE_ID,
    BOB_ID,
    BUCKET,
    EVIL,
    PEOPLE,
    PROD,
    failing,
    reading,
    when,
)

FIRST, SECOND = "AROAFIRSTFIRSTFIRST22", "AROASECONDSECONDSEC22"
TAGGING = ["sts:AssumeRole", "sts:TagSession"]
ACCESS, ASSUME = "no-new-access", "no-new-assume"
RED = when("StringEquals", "aws:PrincipalTag/team", "red")
RESOURCE_RED = when("StringEquals", "aws:ResourceTag/team", "red")
OWN_ORG = when("StringEquals", "aws:ResourceOrgID", "o-abcdefghij")


class Files(dict):
    """The files of other accounts."""

    def ids(self):
        return tuple(self)

    def __call__(self, account):
        return self.get(account)


def of_other(**sections):
    return Files({OTHER: Directory({"iamctl": 1, "account": {"id": OTHER}, **sections})})


def evil(*statements, trusting=EVIL, **more):
    return {"evil": {"id": "AROAEVILEVILEVILEVI22", **more, **role(trusting, *statements)}}


def alice(*statements, **more):
    return access(users={"alice": {"id": ALICE_ID, **holding(*statements)}}, **more)


def gained_by(before, after):
    """Who gains, now, as lines of the gate tell it."""
    found = access_diff([before], after)
    return {word for line in (*found.lines, *found.outside) if line.gained
            for word in line.principals}  # fmt: skip


def test_roles_whose_tags_change_in_different_ways():
    def state(first, second):
        tagged = ((FIRST, "first", first), (SECOND, "second", second))
        reads = role(
            {"AWS": user_arn("bob")}, allow("s3:GetObject", PROD, Condition=RED), action=TAGGING
        )
        roles = {name: {**reads, "id": id_, "tags": {"team": team}} for id_, name, team in tagged}
        return access(users=PEOPLE, roles=roles)

    before = state("blue", "blue")
    assert gained_by(before, state("green", "red")) == {"role/second"}
    assert gained_by(before, state("red", "green")) == {"role/first"}
    assert gained_by(before, state("green", "green")) == set()


@pytest.mark.parametrize(
    ("operator", "key"),
    [("StringEquals", "aws:ResourceTag/team"), ("StringLike", "x:open")],
)
def test_a_role_without_tags_whose_sessions_may_bring_some(operator, key):
    def state(action):
        same = when(operator, key, "${aws:PrincipalTag/team}")
        reads = allow("s3:GetObject", PROD, Condition=same)
        first = role({"AWS": user_arn("bob")}, reads, action=action)
        return access(users=PEOPLE, roles={"first": {"id": FIRST, **first}})

    assert "role/first" in gained_by(state("sts:AssumeRole"), state(TAGGING))
    assert gained_by(state(TAGGING), state("sts:AssumeRole")) == set()


def test_a_file_of_another_account_that_is_there_no_more():
    eve = {"eve": {"id": "AIDAEVEEVEEVEEVEEVE22", **holding(allow("*"))}}

    def state(accounts):
        let_in = reading({"AWS": f"arn:aws:iam::{OTHER}:user/eve"}, RED)
        return access(users=PEOPLE, resources={BUCKET: document(let_in)}, accounts=accounts)

    assert failing(state(of_other(users=eve)), state(Files())) == {ACCESS}
    before, after = (alice(allow("sns:Publish"), accounts=a) for a in (of_other(), Files()))
    assert failing(before, after) == {ACCESS}
    assert failing(after, before) == set()


def test_tags_of_a_role_in_another_account():
    def state(**more):
        files = of_other(roles=evil(trusting={"AWS": user_arn("alice")}, **more))
        return alice(allow("sts:AssumeRole", Condition=RESOURCE_RED), accounts=files)

    assert failing(state(), state(tags={"team": "red"})) == {ACCESS, ASSUME}
    assert failing(state(tags={"team": "red"}), state()) == set()


def test_tags_that_another_accounts_policies_look_at():
    def state(**more):
        files = of_other(roles=evil(allow("sts:AssumeRole", Condition=RESOURCE_RED)))
        first = {"id": FIRST, **role(EVIL), **more}
        return access(users=PEOPLE, roles={"first": first}, accounts=files)

    assert failing(state(), state(tags={"team": "red"})) == {ACCESS, ASSUME}
    assert failing(state(tags={"team": "red"}), state()) == set()


def test_the_organization_of_another_account():
    def state(organization):
        levels = [{"name": "Root", "scps": {"Full": document(allow("*"))}}]
        files = of_other(
            roles=evil(trusting={"AWS": user_arn("alice")}),
            organization={"id": organization, "levels": levels},
        )
        return alice(allow("sts:AssumeRole", Condition=OWN_ORG), accounts=files)

    assert failing(state("o-otherother"), state("o-abcdefghij")) == {ACCESS, ASSUME}
    assert failing(state("o-abcdefghij"), state("o-otherother")) == set()


@pytest.mark.parametrize("arn", [BUCKET, "arn:aws:s3:::prod/x"])
def test_a_bucket_that_is_another_accounts_now(arn):
    def state(own, owner):
        its = {"resources": {BUCKET: document(reading({"AWS": OWN}))}}
        theirs = when("StringEquals", "aws:ResourceAccount", owner)
        reads = allow("s3:GetObject", f"{arn}*", Condition=theirs)
        return alice(reads, **(its if own else {}), accounts=of_other(**({} if own else its)))

    assert "user/alice" in gained_by(state(True, OTHER), state(False, OTHER))
    assert "user/alice" in gained_by(state(False, OWN), state(True, OWN))
    assert gained_by(state(True, OWN), state(False, OWN)) == set()


def test_a_boundary_that_is_at_another_path():
    def state(path):
        there = f"arn:aws:iam::{OWN}:policy/x/Fence"
        fenced = when("StringEquals", "iam:PermissionsBoundary", there)
        fence = {"id": "ANPAFENCEFENCEFENCE22", "path": path, "document": document(allow())}
        writes = holding(allow("iam:PutUserPolicy", Condition=fenced))
        people = {"alice": {"id": ALICE_ID, **writes}, "bob": {"id": BOB_ID, "boundary": "Fence"}}
        return access(users=people, policies={"Fence": fence})

    assert failing(state("/"), state("/x/")) == {ACCESS}
    assert failing(state("/x/"), state("/")) == set()


def test_tags_of_a_device():
    def state(team):
        reds = when("StringEquals", "iam:ResourceTag/team", "red")
        device = {"user": "alice", "tags": {"team": team}, "enabled": "2026-01-01T00:00:00Z"}
        return alice(allow("iam:*", "arn:aws:iam::*:mfa/*", Condition=reds), mfa={"its": device})

    assert failing(state("blue"), state("red")) == {ACCESS}
    assert failing(state("red"), state("blue")) == set()


def combined(ours, theirs, merged):
    found = access_diff([ours, theirs], merged)
    return {word for line in found.gained for word in line.principals}


def test_a_merge_of_a_tag_and_an_organization():
    both = {"StringEquals": {"iam:ResourceTag/team": "red", "aws:ResourceOrgID": "o-abcdefghij"}}
    levels = [{"name": "Root", "scps": {"Full": document(allow("*"))}}]

    def state(team, organization):
        deletes = holding(allow("iam:DeleteUser", Condition=both))
        bob = {"id": BOB_ID, "tags": {"team": team}}
        people = {"alice": {"id": ALICE_ID, **deletes}, "bob": bob}
        return access(users=people, organization={"id": organization, "levels": levels})

    merged = state("red", "o-abcdefghij")
    assert combined(state("red", "o-other"), state("blue", "o-abcdefghij"), merged) == {
        "user/alice"
    }
    assert combined(merged, state("blue", "o-abcdefghij"), merged) == set()


def test_a_merge_of_the_tags_of_a_role_and_of_a_user():
    same = when("StringEquals", "iam:ResourceTag/team", "${aws:PrincipalTag/team}")

    def state(mine, bobs):
        deletes = allow("iam:DeleteUser", Condition=same)
        first = role({"AWS": user_arn("alice")}, deletes, action=TAGGING)
        people = {"alice": {"id": ALICE_ID}, "bob": {"id": BOB_ID, "tags": {"team": bobs}}}
        return access(users=people, roles={"first": {"id": FIRST, "tags": {"team": mine}, **first}})

    assert combined(state("red", "blue"), state("green", "red"), state("red", "red")) == {
        "role/first"
    }


@pytest.mark.parametrize("turned", [1, -1])
@pytest.mark.parametrize(
    ("kind", "who", "let_in", "action"),
    [
        (
            "AWS",
            [f"arn:aws-cn:iam::{OTHER}:role/evil", f"arn:aws:iam::{OTHER}:role/evil"],
            f"arn:aws:iam::{OTHER}:role/evil",
            "sts:AssumeRole",
        ),
        (
            "Federated",
            [f"arn:aws:iam::{account}:oidc-provider/ci.example" for account in (OTHER, OWN)],
            f"provider arn:aws:iam::{OWN}:oidc-provider/ci.example",
            "sts:AssumeRoleWithWebIdentity",
        ),
        (
            "Federated",
            [f"arn:aws:iam::{OWN}:{kind}-provider/corp" for kind in ("saml", "oidc")],
            f"provider arn:aws:iam::{OWN}:oidc-provider/corp",
            "sts:AssumeRoleWithWebIdentity",
        ),
    ],
)
def test_those_who_are_named_together_and_not_let_in_alike(kind, who, let_in, action, turned):
    def state(principal):
        first = role(principal, action=action)
        return access(users=PEOPLE, roles={"first": {"id": FIRST, **first}})

    found = access_diff([state({"AWS": EVIL["AWS"] + "2"})], state({kind: who[::turned]}))
    told = [line for line in found.outside if action in line.permission.actions and line.gained]
    assert [line.principals for line in told] == [(let_in,)]


def test_a_user_whose_id_another_one_bears_is_nobody_who_was_there():
    """Removing an id and giving it to a new name would else make two of one, unseen."""
    reads = holding(allow("s3:GetObject", PROD))
    before = access(users={"bob": {"id": BOB_ID, **reads}})
    after = access(users={"bob": reads, "carol": {"id": BOB_ID, **reads}})
    assert gained_by(before, after) == {"user/bob"}
    assert gained_by(before, access(users={"bob": reads})) == set()
    assert gained_by(access(users={"bob": reads}), before) == set()


def test_an_account_that_a_bucket_names_by_its_canonical_id():
    ours = reading({"AWS": user_arn("alice")})
    before, after = (
        access(users=PEOPLE, resources={BUCKET: document(*statements)})
        for statements in ([ours], [ours, reading({"CanonicalUser": "79a5" * 16})])
    )
    assert gained_by(before, after) == {f"canonical user {'79a5' * 16}"}
    assert failing(before, after) == {ACCESS, "no-public"}
    assert failing(after, before) == set()
