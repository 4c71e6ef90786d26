import pytest

from iamctl.domain.change import Change
from iamctl.domain.directory import Directory
from iamctl.domain.errors import LimitExceeded, NotFound
from iamctl.services import groups

NOW = 1_795_510_800
MEMBERS = ("groups", "developers", "members")


def test_a_new_group_has_its_policies(directory, randomness, applied):
    after = applied(
        directory,
        groups.plan_create(
            directory, names=["ops"], path="/o/", policies=["Boundary"], now=NOW,
            randomness=randomness,
        ),
    )  # fmt: skip
    assert list(after.value_at(("groups", "ops"))) == ["id", "path", "created", "policies"]


def test_adding_a_member_again_changes_nothing(directory):
    assert groups.plan_add(directory, group="developers", users=["alice"]) == ()


def test_adding_a_member_is_one_item(directory):
    assert groups.plan_add(directory, group="developers", users=["carol"]) == (
        Change((*MEMBERS, "carol"), None, "carol"),
    )


@pytest.mark.parametrize(
    ("user", "until", "old", "new"),
    [
        ("alice", NOW, "alice", {"user": "alice", "until": "2026-11-24T09:00:00Z"}),
        ("bob", None, {"user": "bob", "until": "2026-12-31T00:00:00Z"}, "bob"),
    ],
)
def test_adding_a_member_again_sets_the_end(directory, applied, user, until, old, new):
    changes = groups.plan_add(directory, group="developers", users=[user], until=until)
    assert changes == (Change((*MEMBERS, user), old, new),)
    members = applied(directory, changes).groups["developers"].members
    assert [m.until for m in members if m.user == user] == [until]


def test_removing_all_members_removes_the_list(directory, applied):
    changes = groups.plan_remove(directory, group="developers", users=["bob", "alice", "bob"])
    assert [(c.at, c.new) for c in changes] == [(MEMBERS, None)]
    assert applied(directory, changes).groups["developers"].members == ()


def test_removing_a_member_who_is_none_is_no_such_entity(directory):
    with pytest.raises(NotFound, match='user "carol" is not in group "developers"'):
        groups.plan_remove(directory, group="developers", users=["carol"])
    with pytest.raises(NotFound, match="does not exist"):
        groups.plan_remove(directory, group="developers", users=["nobody"])


def test_a_user_is_in_ten_groups_at_most(directory):
    plain = {**directory.plain, "groups": {f"g{n}": {"members": ["carol"]} for n in range(10)}}
    plain["groups"]["g10"] = {}
    full = Directory(plain)
    assert groups.plan_add(full, group="g3", users=["carol"]) == ()
    with pytest.raises(LimitExceeded, match="GroupsPerUser: 10"):
        groups.plan_add(full, group="g10", users=["carol"])


def test_an_unknown_group_gets_a_hint(directory):
    with pytest.raises(NotFound) as caught:
        groups.plan_add(directory, group="developer", users=["bob"])
    assert caught.value.hint == 'did you mean "developers"?'
