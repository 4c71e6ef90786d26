"""What a change gives and takes: everything that differs is told, and all that is told differs."""

import os
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.domain.directory import Directory
from iamctl.services.access import Access, Circumstances
from iamctl.services.access_diff import compared
from iamctl.services.access_diff_lines import access_diff
from tests.services.builders import (
    CATALOGUE,
    HOME,
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
from tests.services.diff_worlds import ACTIONS, CONTEXTS, RESOURCES, Worlds

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
SOAK = {
    "max_examples": 40 if SCALE == 1 else 500 * SCALE,
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow],
}
ALICE_ID, BOB_ID = "AIDAALICEALICEALICE22", "AIDABOBBOBBOBBOBBOB22"
PROD = "arn:aws:s3:::prod/*"


class State:
    """One side asked without any sets: a yes or no for a request of a principal."""

    def __init__(self, asked):
        self.asked = asked
        self.subjects = {}

    def request(self, word, action, resource, context):
        if word not in self.subjects:
            self.subjects[word] = self.asked.subject(word)
        around = Circumstances(context=context)
        return self.subjects[word], self.asked.target(action, resource, around)

    def allows(self, word, action, resource, context):
        if word is None:
            return False
        answer = self.asked.answer(*self.request(word, action, resource, context))
        return answer.decision.allowed

    def context(self, word, action, resource, context):
        return self.asked.request(*self.request(word, action, resource, context)).context


def everybody(before, after):
    """Each principal as (word before, word after), matched by unique id."""

    def bearers(asked):
        plain = asked.directory.plain
        found = {("root", ""): "root"}
        for noun in ("user", "role"):
            for name, fields in plain.get(f"{noun}s", {}).items():
                found[noun, fields["id"]] = f"{noun}/{name}"
        return found

    old, new = bearers(before), bearers(after)
    return [(old.get(key), new.get(key)) for key in {**old, **new}]


@settings(**SOAK)
@given(st.integers(0, 2**64 - 1))
def test_every_request_that_is_decided_otherwise_is_in_a_difference(seed):
    worlds, random = Worlds(seed), Random(seed)
    before, after = State(worlds.before), State(worlds.after)
    found = compared([worlds.before], worlds.after)
    for old, new in everybody(worlds.before, worlds.after):
        for action in ACTIONS:
            for resource in RESOURCES:
                context = dict(random.choice(CONTEXTS))
                if "role/" in str(old or new):  # whose sessions say that there was no MFA
                    context.pop("aws:MultiFactorAuthPresent", None)
                was = before.allows(old, action, resource, context)
                now = after.allows(new, action, resource, context)
                side, word = (after, new) if now else (before, old)
                asked = None if was is now else side.context(word, action, resource, context)
                for one in found.differences:
                    if (old, new) in [(p.before[0], p.after) for p in one.pairs]:
                        holds = asked is not None and one.left.requests.holds(
                            action, resource, asked
                        )
                        if one.gained is now and holds:
                            asked = None
                assert asked is None, (old, new, action, resource, context, was, now)


@settings(**{**SOAK, "max_examples": 4 * SCALE})
@given(st.integers(0, 2**64 - 1))
def test_every_witness_is_decided_as_it_says(seed):
    worlds = Worlds(seed)
    before, after = State(worlds.before), State(worlds.after)
    for line in access_diff([worlds.before], worlds.after).lines:
        asked = line.witness
        if asked is None:
            continue
        request = (asked.action, asked.resource, asked.context)
        assert before.allows(asked.before, *request) is not line.gained
        assert after.allows(asked.after, *request) is line.gained


def test_nearly_all_differences_have_a_witness_and_nothing_differs_from_itself():
    lines = []
    for seed in range(100, 112):
        worlds = Worlds(seed)
        lines += access_diff([worlds.before], worlds.after).lines
        assert compared([worlds.before], access(**worlds.old)).differences == ()
    assert len(lines) > 12
    assert sum(line.witness is None and not line.abroad for line in lines) * 20 <= len(lines)


def user(*statements, unique=ALICE_ID, **more):
    return {"id": unique, **(holding(*statements) if statements else {}), **more}


def said(before, after):
    """(+ or -, principals, actions, resources, except, conditions) of every line."""
    found = access_diff([before], after)
    assert found.is_complete, found
    return [
        (
            "+" if line.gained else "-",
            line.principals,
            line.permission.shown,
            grant.resources,
            grant.excepted,
            tuple(map(str, grant.conditions)),
        )
        for line in found.lines
        for grant in line.permission.grants
    ]


def users(*statements, **more):
    return access(users={"alice": user(*statements)}, **more)


def test_a_condition_that_goes_is_what_it_gave_without():
    before = users(allow("s3:DeleteObject", PROD, Condition=MFA))
    after = users(allow("s3:DeleteObject", PROD))
    found = said(before, after)
    unless = "unless Bool aws:MultiFactorAuthPresent true"
    assert found == [("+", ("user/alice",), ("s3:DeleteObject",), (PROD,), (), (unless,))]
    [line] = access_diff([before], after).lines
    assert line.witness is not None
    assert dict(line.witness.context) == {}
    assert [told.verdict for told in line.witness.told] == ["implicitDeny", "allowed"]


def test_members_of_a_group_that_gets_more_are_told_together():
    def group(*statements):
        members = {"id": "AGPATEAMTEAMTEAMTEA22", "members": ["alice", "bob"]}
        people = {"alice": {"id": ALICE_ID}, "bob": {"id": BOB_ID}}
        return access(users=people, groups={"team": {**members, **holding(*statements)}})

    read = allow("s3:GetObject", PROD)
    found = said(group(read), group(read, allow("s3:PutObject", PROD, Condition=HOME)))
    both, if_home = ("user/alice", "user/bob"), ("if IpAddress aws:SourceIp 10.0.0.0/8",)
    assert found == [("+", both, ("s3:PutObject",), (PROD,), (), if_home)]


def test_orders_sids_and_names_of_policies_are_no_access():
    one, two = allow("s3:GetObject", PROD), allow("s3:PutObject", PROD)
    before = access(users={"alice": {"id": ALICE_ID, "inline": {"A": document(one, two)}}})
    inline = {"B": document({**two, "Sid": "Put"}), "C": document(one)}
    assert said(before, access(users={"alice": {"id": ALICE_ID, "inline": inline}})) == []


def test_a_deny_that_comes_takes_what_it_is_about():
    before = users(allow("s3:*"))
    after = users(allow("s3:*"), allow("s3:PutObject", PROD, "Deny"))
    assert said(before, after) == [("-", ("user/alice",), ("s3:PutObject",), (PROD,), (), ())]


def test_who_is_renamed_keeps_what_the_policies_say_of_whoever_it_is():
    mine = allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*")
    other = allow("s3:PutObject", PROD)
    before = access(users={"alice": user(mine, other)})
    after = access(users={"alicia": user(mine, other)})
    assert said(before, after) == [
        ("+", ("user/alicia",), ("s3:GetObject",), ("arn:aws:s3:::home/alicia/*",), (), ()),
        ("-", ("user/alice",), ("s3:GetObject",), ("arn:aws:s3:::home/alice/*",), (), ()),
    ]


def test_the_same_name_with_another_unique_id_is_somebody_else():
    before = users(allow("s3:GetObject", PROD))
    after = access(users={"alice": user(allow("s3:GetObject", PROD), unique=BOB_ID)})
    line = ("user/alice",), ("s3:GetObject",), (PROD,), (), ()
    assert said(before, after) == [("+", *line), ("-", *line)]


def test_an_open_key_beside_a_tag_that_changes():
    own = allow("s3:GetObject", PROD, Condition={"StringEquals": {"x:t": "${aws:PrincipalTag/t}"}})
    before = access(users={"alice": user(own, tags={"t": "red"})})
    after = access(users={"alice": user(own, tags={"t": "blue"})})
    found = access_diff([before], after)
    assert [dict(line.witness.context) for line in found.lines if line.witness] == [
        {"x:t": "blue"},
        {"x:t": "red"},
    ]


def test_what_trust_policies_and_policies_of_resources_change():
    mine = allow("sts:AssumeRole")
    before = users(mine, roles={"deploy": role({"AWS": user_arn("bob")})})
    after = users(mine, roles={"deploy": role({"AWS": OWN})})
    arn = f"arn:aws:iam::{OWN}:role/deploy"
    # The role matched without id is the same.
    assert said(before, after) == [("+", ("user/alice",), ("sts:AssumeRole",), (arn,), (), ())]
    policy = document(allow("s3:GetObject", PROD, Principal={"AWS": user_arn("alice")}))
    found = said(users(), users(resources={"arn:aws:s3:::prod": policy}))
    assert found == [("+", ("user/alice",), ("s3:GetObject",), (PROD,), (), ())]


def test_a_boundary_and_a_service_control_policy_that_go():
    fence = {"Fence": {"id": "ANPAFENCEFENCEFENCE22", "document": document(allow("s3:Get*"))}}
    mine = user(allow(["s3:GetObject", "s3:PutObject"], PROD))
    before = access(users={"alice": {**mine, "boundary": "Fence"}}, policies=fence)
    put = ("user/alice",), ("s3:PutObject",), (PROD,), (), ()
    assert said(before, access(users={"alice": mine}, policies=fence)) == [("+", *put)]
    scps = {"Full": document(allow("*")), "No": document(allow("s3:PutObject", "*", "Deny"))}
    organization = {"id": "o-abcdefghij", "levels": [{"name": "Root", "scps": scps}]}
    found = said(access(users={"alice": mine}, organization=organization),
                 access(users={"alice": mine}))  # fmt: skip
    assert [line for line in found if line[1] == ("user/alice",)] == [("+", *put)]


def test_a_policy_that_cannot_be_read_makes_the_answer_incomplete():
    lost = "arn:aws:iam::aws:policy/NobodyKnowsThis"
    before = access(users={"alice": user(policies=[lost]), "bob": user(unique=BOB_ID)})
    after = access(
        users={"alice": user(allow("s3:*"), policies=[lost]), "bob": user(unique=BOB_ID)}
    )
    found = access_diff([before], after)
    assert not found.is_complete
    assert [(one.principals, one.policy) for one in found.unread] == [(("user/alice",), lost)]
    [line] = found.lines
    assert line.gained
    assert line.witness is None


def test_what_only_a_merge_gives():
    """A member came on one side and a policy on the other: neither had both."""

    def team(members, *statements):
        own = {**user(*statements, unique="AGPATEAMTEAMTEAMTEA22"), "members": members}
        people = {"alice": {"id": ALICE_ID}, "bob": {"id": BOB_ID}}
        return access(users=people, groups={"team": own})

    wide = allow("s3:*", PROD)
    ours, theirs = team(["alice", "bob"]), team(["alice"], wide)
    found = access_diff([ours, theirs], team(["alice", "bob"], wide))
    [line] = found.lines
    assert (line.gained, line.principals) == (True, ("user/bob",))
    assert line.witness is not None
    assert [told.verdict for told in line.witness.told] == [
        "implicitDeny",
        "implicitDeny",
        "allowed",
    ]


def test_actions_that_nobody_knows_are_told_too():
    found = said(users(), users(allow("newservice:Do*"), allow("s3:NotThere*")))
    assert {actions for _, _, actions, *_ in found} == {("newservice:Do*",), ("s3:NotThere*",)}


def test_memberships_count_as_of_the_time_that_is_asked_for():
    own = {"id": "AGPATEAMTEAMTEAMTEA22", **holding(allow("s3:GetObject", PROD))}

    def state(until, now):
        members = [{"user": "alice", "until": until}]
        plain = {"iamctl": 1, "account": {"id": OWN}, "users": {"alice": {"id": ALICE_ID}},
                 "groups": {"team": {**own, "members": members}}}  # fmt: skip
        return Access(Directory(plain), CATALOGUE, now)

    short, long = "2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z"
    assert compared([state(short, NOW)], state(long, NOW)).differences == ()
    later = NOW + 30 * 86400
    [found] = compared([state(short, later)], state(long, later)).differences
    assert found.gained


def test_another_accounts_principals_in_a_policy_are_not_the_files():
    policy = document(allow("s3:GetObject", PROD, Principal={"AWS": OTHER}))
    assert compared([users()], users(resources={"arn:aws:s3:::prod": policy})).differences == ()


def test_actions_are_told_without_what_says_nothing():
    """Of patterns that all must match the widest say nothing, nor do those that no action has."""
    fence = {"Fence": {"id": "ANPAFENCEFENCEFENCE22", "document": document(
        allow(["new:Get*", "old:*"]), allow("old:Put*", effect="Deny"))}}  # fmt: skip
    mine = user(allow(["new:*", "old:Put*", "old:List"], "arn:aws:new:::x"))
    before = access(users={"alice": {**user(), "boundary": "Fence"}}, policies=fence)
    found = said(before, access(users={"alice": {**mine, "boundary": "Fence"}}, policies=fence))
    assert {actions for _, _, actions, *_ in found} == {("new:Get*", "old:List")}
