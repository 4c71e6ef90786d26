"""Two states of a directory that come from one, merged."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.comparing import changes_between
from iamctl.domain.merging import Clash, merged
from tests.domain.states import directories, meaning

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
ALICE, BOB, CAROL = (f"AIDA{letter * 17}" for letter in "ABC")


def allowing(action):
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def user(unique_id, **fields):
    return {"id": unique_id, **fields}


UNTIL = {"user": "bob", "until": "2027-01-01T00:00:00Z"}
BASE = {
    "account": {"id": "123456789012"},
    "users": {"alice": user(ALICE, tags={"team": "a"}), "bob": user(BOB)},
    "groups": {"g": {"members": ["alice", "bob"], "policies": ["p"]}},
    "policies": {"p": {"document": allowing("s3:Get*")}},
    "mfa": {"phone": {"user": "alice"}},
}


def changed(*changes):
    return apply_changes(BASE, tuple(Change(at, old, new) for at, old, new in changes))


def test_what_each_side_did_is_in_both():
    ours = changed(
        (("users", "alice", "tags", "team"), "a", "b"),
        (("groups", "g", "members", "bob"), "bob", None),
    )
    theirs = changed(
        (("users", "alice", "tags", "cost"), None, "1"),
        (("groups", "g", "members", "carol"), None, "carol"),
        (("users", "carol"), None, user(CAROL)),
        (("policies", "p", "document"), allowing("s3:Get*"), allowing("s3:*")),
    )
    both = merged(BASE, ours, theirs)
    assert both.clashes == ()
    assert both.plain == {
        **BASE,
        "users": {
            "alice": user(ALICE, tags={"team": "b", "cost": "1"}),
            "bob": user(BOB),
            "carol": user(CAROL),
        },
        "groups": {"g": {"members": ["alice", "carol"], "policies": ["p"]}},
        "policies": {"p": {"document": allowing("s3:*")}},
    }


def test_a_member_added_on_one_side_follows_the_rename_on_the_other():
    ours = {
        **BASE,
        "users": {"alicia": BASE["users"]["alice"], "bob": user(BOB)},
        "groups": {"g": {"members": ["alicia", "bob"], "policies": ["p"]}},
        "mfa": {"phone": {"user": "alicia"}},
    }
    late = {"user": "alice", "until": "2027-01-01T00:00:00Z"}
    theirs = changed((("groups", "h"), None, {"members": [late]}),
                     (("mfa", "key"), None, {"user": "alice"}))  # fmt: skip
    for one, other in ((ours, theirs), (theirs, ours)):
        both = merged(BASE, one, other)
        assert both.clashes == ()
        assert both.plain["groups"]["h"]["members"] == [{**late, "user": "alicia"}]
        assert both.plain["mfa"] == {"phone": {"user": "alicia"}, "key": {"user": "alicia"}}
        assert set(both.plain["users"]) == {"alicia", "bob"}


@pytest.mark.parametrize(
    ("ours", "theirs", "clash"),
    [
        ((("users", "alice", "tags", "team"), "a", "b"),
         (("users", "alice", "tags", "team"), "a", "c"),
         Clash(("users", "alice", "tags", "team"), "alice", "alice")),
        ((("policies", "p", "document"), allowing("s3:Get*"), allowing("s3:*")),
         (("policies", "p", "document"), allowing("s3:Get*"), allowing("s3:Put*")),
         Clash(("policies", "p", "document"), "p", "p")),
        ((("users", "bob"), user(BOB), None),
         (("users", "bob", "path"), None, "/x/"),
         Clash(("users", "bob"), None, "bob")),
        ((("users", "bob", "path"), None, "/x/"),
         (("users", "bob"), user(BOB), None),
         Clash(("users", "bob"), "bob", None)),
        ((("users", "carol"), None, user(CAROL)),
         (("users", "carol"), None, user(f"AIDA{'D' * 17}")),
         Clash(("users", "carol"), "carol", "carol")),
        ((("account", "alias"), None, "x"),
         (("account", "alias"), None, "y"),
         Clash(("account", "alias"), "account", "account")),
        ((("groups", "g", "members", "bob"), "bob", None),
         (("groups", "g", "members", "bob"), "bob", UNTIL),
         Clash(("groups", "g", "members", "bob"), "g", "g")),
    ],
)  # fmt: skip
def test_what_both_changed_differently_clashes_and_stays_as_ours_has_it(ours, theirs, clash):
    mine = changed(ours)
    both = merged(BASE, mine, changed(theirs))
    assert both.clashes == (clash,)
    assert meaning(both.plain) == meaning(mine)


def test_a_user_made_anew_on_one_side_and_changed_on_the_other_clashes():
    ours = changed((("users", "bob", "id"), BOB, CAROL))
    theirs = changed((("users", "bob", "path"), None, "/x/"))
    assert merged(BASE, ours, theirs).clashes == (Clash(("users", "bob"), None, "bob"),)
    assert merged(BASE, theirs, ours).clashes[0].at == ("users", "bob")


def test_two_names_for_one_user_clash():
    ours = {**BASE, "users": {"a1": BASE["users"]["alice"], "bob": user(BOB)}}
    theirs = {**BASE, "users": {"a2": BASE["users"]["alice"], "bob": user(BOB)}}
    assert merged(BASE, ours, theirs).clashes == (Clash(("users", "a1"), "a1", "a2"),)


def test_a_name_taken_on_both_sides_clashes_and_all_else_of_the_section_is_merged():
    ours = changed((("users", "carol"), None, user(CAROL)))
    theirs = {
        **BASE,
        "users": {"carol": BASE["users"]["alice"], "dave": {}},
        "groups": {"g": {"members": ["carol"], "policies": ["p"]}, "h": {"members": ["carol"]}},
    }
    both = merged(BASE, ours, theirs)
    assert {clash.at for clash in both.clashes} == {
        ("users", "alice"), ("users", "carol"),
    }  # fmt: skip
    assert both.plain["users"] == {
        "alice": BASE["users"]["alice"], "carol": user(CAROL), "dave": {}
    }  # fmt: skip
    assert both.plain["groups"] == {
        "g": {"members": ["alice"], "policies": ["p"]}, "h": {"members": ["alice"]}
    }  # fmt: skip
    other = merged(BASE, theirs, ours)
    assert {clash.at[:2] for clash in other.clashes} == {("users", "carol")}
    assert other.plain["users"] == theirs["users"]


def test_who_is_made_anew_under_the_name_of_somebody_who_stays_clashes():
    ours = changed((("users", "bob", "path"), None, "/x/"))
    theirs = changed((("users", "bob"), user(BOB), user(CAROL)),
                     (("groups", "h"), None, {"members": ["bob"]}))  # fmt: skip
    for one, other in ((ours, theirs), (theirs, ours)):
        both = merged(BASE, one, other)
        assert {clash.at[:2] for clash in both.clashes} >= {("users", "bob")}
        assert both.plain["users"] == one["users"]
    assert "h" not in merged(BASE, ours, theirs).plain["groups"]


def recreated():
    """BASE with another alice, who is in the group as before."""
    return changed((("users", "alice"), BASE["users"]["alice"], user(CAROL)))


def test_who_is_given_something_is_not_somebody_else_of_the_name():
    theirs = changed((("groups", "admins"), None, {"members": ["alice"]}),
                     (("mfa", "key"), None, {"user": "alice"}))  # fmt: skip
    for one, other in ((recreated(), theirs), (theirs, recreated())):
        places = {clash.at for clash in merged(BASE, one, other).clashes}
        assert places == {("groups", "admins", "members", 0), ("mfa", "key", "user")}
    late = merged(BASE, recreated(), theirs)
    assert "admins" not in late.plain["groups"]
    assert merged(BASE, theirs, recreated()).plain["groups"]["admins"] == {"members": ["alice"]}


def test_who_is_made_anew_keeps_what_that_side_says():
    theirs = changed((("groups", "g", "members", "carol"), None, "carol"),
                     (("users", "carol"), None, user(f"AIDA{'D' * 17}")))  # fmt: skip
    both = merged(BASE, recreated(), theirs)
    assert both.clashes == ()
    assert both.plain["groups"]["g"]["members"] == ["alice", "bob", "carol"]
    assert both.plain["users"]["alice"] == user(CAROL)


def test_who_is_taken_out_on_one_side_and_made_anew_on_the_other_clashes():
    theirs = changed((("groups", "g", "members", "alice"), "alice", None))
    for one, other in ((recreated(), theirs), (theirs, recreated())):
        places = {clash.at for clash in merged(BASE, one, other).clashes}
        assert places == {("groups", "g", "members", "alice")}


def test_a_reference_follows_whom_it_meant_though_another_has_the_name_by_now():
    ours = {
        **BASE,
        "users": {"bob": BASE["users"]["alice"], "carol": user(BOB)},
        "groups": {"g": {"members": ["bob", "carol"], "policies": ["p"]}},
        "mfa": {"phone": {"user": "bob"}},
    }
    theirs = changed((("groups", "admins"), None, {"members": ["bob"]}))
    for one, other in ((ours, theirs), (theirs, ours)):
        both = merged(BASE, one, other)
        assert both.clashes == ()
        assert both.plain["groups"]["admins"] == {"members": ["carol"]}
        assert both.plain["groups"]["g"]["members"] == ["bob", "carol"]


def trusting(name):
    principal = {"AWS": f"arn:aws:iam::123456789012:user/{name}"}
    return {"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}}


def test_a_trust_policy_means_whom_its_writer_meant():
    theirs = changed((("roles", "r"), None, {"trust": trusting("alice")}),
                     (("resources", "arn:aws:s3:::b"), None, trusting("alice")))  # fmt: skip
    for one, other in ((recreated(), theirs), (theirs, recreated())):
        places = {clash.at for clash in merged(BASE, one, other).clashes}
        assert places == {("roles", "r", "trust"), ("resources", "arn:aws:s3:::b")}
    theirs = changed((("roles", "r"), None, {"trust": trusting("bob")}))
    assert merged(BASE, recreated(), theirs).clashes == ()
    base, mine, other = ({**side, "roles": {"r": {"trust": trusting("alice")}}}
                         for side in (BASE, recreated(), theirs))  # fmt: skip
    assert merged(base, mine, other).clashes == ()


@pytest.mark.parametrize(("old", "new"), [(True, 1), (1, 1.0), (False, 0), (1, True)])
def test_values_that_only_python_takes_for_equal_are_changes(old, new):
    def mfa(value):
        condition = {"Bool": {"aws:MultiFactorAuthPresent": value}}
        return {"Statement": {"Effect": "Allow", "Action": "*", "Condition": condition}}

    base, ours = ({**BASE, "policies": {"p": {"document": mfa(value)}}} for value in (old, new))
    theirs = {**base, "users": {**BASE["users"], "carol": {}}}
    for one, other in ((ours, theirs), (theirs, ours)):
        document = merged(base, one, other).plain["policies"]["p"]["document"]
        assert repr(document) == repr(mfa(new))
    for one, other in ((base, ours), (ours, base)):
        assert repr(merged(base, one, other).plain) == repr(ours)


@st.composite
def teams(draw):
    """Users who all have unique ids, under names that move about, and two groups of them."""
    names = draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4))
    numbers = draw(st.permutations([f"AIDA{letter * 17}" for letter in "ABCDE"]))
    users = {name: user(number) for name, number in zip(names, numbers, strict=False)}
    members = st.lists(st.sampled_from(names), unique=True) if names else st.just([])
    return {"users": users, "groups": {name: {"members": draw(members)} for name in "gh"}}


def who_is_in_what(state):
    return {
        (name, state["users"][member]["id"])
        for name, group in state["groups"].items()
        for member in group["members"]
        if member in state["users"]  # a rule of directories, which the merged one is checked for
    }


@settings(max_examples=150 * SCALE, deadline=None)
@given(teams(), teams(), teams())
def test_memberships_are_merged_as_those_of_people_whatever_they_are_called(base, ours, theirs):
    both = merged(base, ours, theirs)
    if both.clashes:
        return
    old, one, other = map(who_is_in_what, (base, ours, theirs))
    left = {plain["id"] for plain in both.plain["users"].values()}
    wanted = {(g, who) for g, who in (one & other) | (one - old) | (other - old) if who in left}
    assert who_is_in_what(both.plain) == wanted


@settings(max_examples=100 * SCALE, deadline=None)
@given(directories, directories)
def test_one_sided_work_is_taken_whole(base, theirs):
    for both in (
        merged(base, base, theirs),
        merged(base, theirs, base),
        merged(base, theirs, theirs),
    ):
        assert both.clashes == ()
        assert changes_between(theirs, both.plain) == ()


@settings(max_examples=100 * SCALE, deadline=None)
@given(directories, directories, directories)
def test_the_sides_may_be_exchanged_and_nothing_else_comes_in(base, ours, theirs):
    one, other = merged(base, ours, theirs), merged(base, theirs, ours)
    assert bool(one.clashes) == bool(other.clashes)
    if not one.clashes:
        assert changes_between(one.plain, other.plain) == ()
        done = set(map(repr, (*changes_between(base, ours), *changes_between(base, theirs))))
        follow = {repr(change) for change in changes_between(base, one.plain)} - done
        assert all("Renamed" not in change for change in follow)
