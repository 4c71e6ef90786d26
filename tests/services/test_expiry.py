"""What ends with a membership: proved, found by trying, and put to the evaluator again."""

import os
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.directory import Directory
from iamctl.domain.times import format_instant
from iamctl.services.access import Access, Circumstances
from iamctl.services.expiry import due_keys, expiring
from iamctl.services.what_can import Permission
from tests.services.builders import (
    CATALOGUE,
    HOME,
    MFA,
    NOW,
    OTHER,
    OWN,
    ROOT,
    allow,
    document,
    holding,
    role,
    user_arn,
)

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
END = NOW + 1000
READ = allow("s3:GetObject", "arn:aws:s3:::a/*")
WRITE = allow("s3:PutObject", "arn:aws:s3:::a/*")


class Few:
    """AWS's facts of two services."""

    def __init__(self):
        self._services = {name: CATALOGUE.services()[name] for name in ("s3", "sts")}

    def services(self):
        return self._services

    def __getattr__(self, name):
        return getattr(CATALOGUE, name)


FEW = Few()


def group(*statements, members=("bob",), until=END, **more):
    end = {} if until is None else {"until": format_instant(until)}
    listed = [{"user": name, **end} for name in members]
    return {"members": listed, **(holding(*statements) if statements else {}), **more}


def directory(groups, bob=None, roles=None, **sections):
    plain = {"iamctl": 1, "account": {"id": OWN}, "users": {"bob": bob or {}, "eve": {}}}
    return Directory({**plain, "groups": groups, "roles": roles or {}, **sections})


def ends(found, after=NOW, until=END):
    return expiring(found, lambda at: Access(found, FEW, at), after, until)


def changes(groups, bob=None, roles=None, **sections):
    [one] = ends(directory(groups, bob, roles, **sections))
    return one.changes


def items(difference):
    """(what, sure): roles by name, permissions by their actions."""
    return [
        (item.what.actions if isinstance(item.what, Permission) else item.what,
         item.witness is not None)
        for item in difference.items
    ]  # fmt: skip


def test_what_no_other_way_gives_is_lost_with_a_request_that_shows_it():
    found = changes({"g": group(READ)})
    [item] = found.lost.items
    assert items(found.lost) == [(("s3:GetObject",), True)]
    assert item.witness.action == "s3:GetObject"
    assert item.witness.resource.startswith("arn:aws:s3:::a/")
    assert (found.gained.nothing, found.unread) == (True, ())


@pytest.mark.parametrize(
    ("groups", "bob"),
    [
        ({"g": group(READ)}, holding(allow("s3:*"))),
        ({"g": group(READ), "h": group(allow("s3:Get*"), until=None)}, {}),
        ({"g": group(READ), "h": group(READ, until=END + 1)}, {}),
        ({"g": group()}, {}),
        ({"g": group(READ)}, holding(allow("s3:GetObject", effect="Deny"))),
    ],
)
def test_nothing_is_lost_where_other_ways_give_the_same_or_nothing_was_given(groups, bob):
    found = changes(groups, bob)
    assert (found.lost.nothing, found.gained.nothing) == (True, True)
    assert found.lost.items == found.gained.items == ()


def test_memberships_that_end_together_are_no_way_for_one_another():
    found = directory({"g": group(READ), "h": group(READ)})
    [one] = ends(found)
    assert one.groups == ("g", "h")
    assert items(one.changes.lost) == [(("s3:GetObject",), True)]
    first, second = ends(directory({"g": group(READ), "h": group(READ, until=END - 1)}))
    assert (first.groups, first.changes.lost.nothing) == (("h",), True)
    assert (second.groups, items(second.changes.lost)) == (("g",), [(("s3:GetObject",), True)])


def test_a_deny_that_ends_with_the_group_is_a_gain():
    found = changes(
        {"g": group(allow("s3:PutObject", effect="Deny"))}, holding(allow("s3:PutObject"))
    )
    assert found.lost.nothing
    assert items(found.gained) == [(("s3:PutObject",), True)]


def test_conditions_are_part_of_what_is_lost():
    [item] = changes({"g": group({**READ, "Condition": MFA})}).lost.items
    assert item.witness.context == {"aws:multifactorauthpresent": "true"}
    [grant] = item.what.grants
    assert list(map(str, grant.conditions)) == ["if Bool aws:MultiFactorAuthPresent true"]
    left = changes({"g": group(READ)}, holding({**READ, "Condition": MFA})).lost
    [[grant], [witness]] = zip(*[(i.what.grants[0], i.witness) for i in left.items], strict=True)
    assert "unless" in str(grant.conditions[0])
    assert witness.context.get("aws:multifactorauthpresent") != "true"


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        (HOME, lambda c: ip_address(c["aws:sourceip"]) in ip_network("10.0.0.0/8")),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, lambda c: float(c["s3:max-keys"]) < 10),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "60"}},
         lambda c: 0 <= float(c["aws:multifactorauthage"]) < 60),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}},
         lambda c: "a" in c["aws:tagkeys"]),
    ],
)  # fmt: skip
def test_a_witness_is_a_request_that_there_can_be(condition, fits):
    [item] = changes({"g": group({**READ, "Condition": condition})}).lost.items
    assert fits(item.witness.context)


@pytest.mark.parametrize(("start", "nothing"), [(END + 1, True), (END, True), (END - 1, False)])
def test_it_is_compared_at_the_second_when_it_ends(start, nothing):
    later = {"DateGreaterThan": {"aws:CurrentTime": format_instant(start)}}
    assert changes({"g": group({**READ, "Condition": later})}).lost.nothing is nothing


def test_a_boundary_takes_part():
    bounds = {"Fence": {"document": document(WRITE)}}
    found = changes({"g": group(READ, WRITE)}, {"boundary": "Fence"}, policies=bounds)
    assert items(found.lost) == [(("s3:PutObject",), True)]


def test_a_policy_that_cannot_be_read_leaves_nothing_certain():
    unknown = "arn:aws:iam::aws:policy/NobodyKnowsIt"
    found = changes({"g": group(READ, policies=[unknown])})
    assert items(found.lost) == [(("s3:GetObject",), False)]
    assert unknown in found.unread[0]
    bare = changes({"g": group(policies=[unknown])})
    assert (bare.lost.nothing, bare.gained.nothing, bare.lost.items) == (False, False, ())


def test_what_no_action_of_aws_can_show_is_not_claimed():
    """`s3:Get?` matches no action that AWS has: that anything is lost cannot be shown."""
    found = changes({"g": group(allow("s3:Get?"))})
    assert (found.lost.nothing, found.lost.items) == (False, ())
    foreign = changes({"g": group(allow("nosuchservice:Do*"))})
    assert items(foreign.lost) == [(("nosuchservice:Do*",), False)]


def test_roles_that_can_no_longer_be_assumed():
    roles = {
        "open": role(ROOT),
        "guarded": role(ROOT, condition=MFA),
        "named": role({"AWS": user_arn("bob")}),
        "foreign": role({"AWS": OTHER}),
    }
    found = changes({"g": group(allow("sts:AssumeRole"))}, roles=roles)
    assert items(found.lost) == [("role/open", True), ("role/guarded", True)]
    guarded = found.lost.items[1].witness
    assert guarded.context == {"aws:multifactorauthpresent": "true"}
    kept = changes({"g": group(allow("sts:AssumeRole"))}, holding(allow("sts:*")), roles)
    assert kept.lost.nothing


def test_when_memberships_count():
    found = directory({"g": group(READ), "h": group(READ, until=None), "i": group(until=END + 1)})
    assert [one.groups for one in ends(found)] == [("g",)]
    assert [one.groups for one in ends(found, END - 1)] == [("g",)]
    assert ends(found, END) == ()
    assert ends(found, NOW, END - 1) == ()
    assert [one.until for one in ends(found, 0, END + 1)] == [END, END + 1]


def test_users_with_the_same_policies_are_told_the_same_each_for_themselves():
    own = allow("s3:GetObject", "arn:aws:s3:::${aws:username}/*")
    groups = {"g": group(READ, own, members=("bob", "eve"))}
    told = []
    found = directory(groups, holding(READ))
    bob, eve = expiring(
        found, lambda at: Access(found, FEW, at), NOW, END, lambda *n: told.append(n)
    )
    assert [g.resources for i in bob.changes.lost.items for g in i.what.grants] == [
        ("arn:aws:s3:::bob/*",)
    ]
    resources = {r for i in eve.changes.lost.items for g in i.what.grants for r in g.resources}
    assert resources == {"arn:aws:s3:::a/*", "arn:aws:s3:::eve/*"}
    assert told == [(1, 2), (2, 2)]
    same = directory({"g": group(READ, members=("bob", "eve"))})
    first, second = ends(same)
    assert first.changes == second.changes
    assert first.user != second.user


def test_keys_are_due_past_an_age():
    keys = {
        "AKIAOLD": {"created": format_instant(NOW - 101)},
        "AKIAEDGE": {"created": format_instant(NOW - 100)},
        "AKIAOFF": {"created": format_instant(NOW - 999), "status": "inactive"},
        "AKIAUNKNOWN": {},
    }
    found = due_keys(directory({}, {"keys": keys}), NOW, 100)
    assert sorted(key.key_id for key in found) == ["AKIAOLD", "AKIAUNKNOWN"]


ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:GetObjectTagging")
ARNS = ("arn:aws:s3:::a/x", "arn:aws:s3:::a/y", "arn:aws:s3:::bob/x")
LATER = {"DateGreaterThan": {"aws:CurrentTime": format_instant(END + 50)}}
PAST = {"DateGreaterThan": {"aws:CurrentTime": format_instant(NOW)}}
CONTEXTS = [
    {"aws:SourceIp": ip, **mfa}
    for ip in ("10.1.1.1", "8.8.8.8")
    for mfa in ({}, {"aws:MultiFactorAuthPresent": "true"})
]
STATEMENTS = st.builds(
    lambda effect, actions, resources, condition: allow(
        actions, resources, effect, **({"Condition": condition} if condition else {})
    ),
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from([*ACTIONS, "s3:Get*", "s3:*", ["s3:PutObject", "s3:GetObject"]]),
    st.sampled_from([*ARNS[:2], "arn:aws:s3:::a/*", "*", "arn:aws:s3:::${aws:username}/*"]),
    st.sampled_from([{}, {}, MFA, HOME, LATER, PAST]),
)
POLICY = st.lists(STATEMENTS, max_size=2)


def verdict(access, action, resource, context):
    target = access.target(action, resource, Circumstances(context=context))
    return access.answer(access.subject("user/bob"), target).decision.verdict


@settings(max_examples=40 * SCALE, deadline=None)
@given(POLICY, POLICY, POLICY, st.none() | POLICY, POLICY)
def test_whatever_requests_show_is_told_and_whatever_is_told_requests_show(
    own, lasting, ending, boundary, bucket
):
    """Against two directories, one with the membership for good, and one that never had it."""
    sections = {}
    bob = holding(*own) if own else {}
    if boundary:
        bob["boundary"] = "Fence"
        sections["policies"] = {"Fence": {"document": document(*boundary)}}
    if bucket:
        named = [
            {**s, "Principal": {"AWS": user_arn("bob")}, "Resource": "arn:aws:s3:::a/*"}
            for s in bucket
        ]
        sections["resources"] = {"arn:aws:s3:::a": document(*named)}
    groups = {"h": group(*lasting, until=None)}
    before = directory({**groups, "g": group(*ending, until=None)}, bob, **sections)
    after = directory(groups, bob, **sections)
    found = changes({**groups, "g": group(*ending)}, bob, **sections)
    sides = Access(before, FEW, END), Access(after, FEW, END)
    for difference, (may, may_not) in (
        (found.lost, sides),
        (found.gained, (sides[1], sides[0])),
    ):
        listed = {a for item in difference.items for a in item.what.actions}
        for action in ACTIONS:
            shown = any(
                verdict(may, action, arn, context) == "allowed"
                and verdict(may_not, action, arn, context) != "allowed"
                for arn in ARNS
                for context in CONTEXTS
            )
            assert not (shown and action not in listed), (action, listed)
            assert not (shown and difference.nothing)
        for item in difference.items:
            if item.witness is not None:
                assert verdict(may, *item.witness) == "allowed"
                assert verdict(may_not, *item.witness) in ("implicitDeny", "explicitDeny")
