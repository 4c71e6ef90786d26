import pytest

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, LimitExceeded, NotFound
from iamctl.services.tags import plan_tag, plan_untag

AT = ("users", "alice", "tags")


def test_a_tag_is_one_entry(directory):
    assert plan_tag(directory, section="users", name="alice", tags=[("cost", "1")]) == (
        Change((*AT, "cost"), None, "1"),
    )
    assert plan_tag(directory, section="users", name="bob", tags=[("a", ""), ("b", "2")]) == (
        Change(("users", "bob", "tags"), None, {"a": "", "b": "2"}),
    )


def test_a_tag_overwrites(directory):
    assert plan_tag(directory, section="users", name="alice", tags=[("team", "x")]) == (
        Change((*AT, "team"), "payments", "x"),
    )
    assert plan_tag(directory, section="users", name="alice", tags=[("team", "payments")]) == ()


def test_tagging_loads_one_user(directory):
    plan_tag(directory, section="users", name="alice", tags=[("team", "x")])
    assert (directory.users.loads, directory.roles.loads, directory.groups.loads) == (1, 0, 0)


def test_a_key_in_other_case_takes_the_place_of_the_old_one(directory, applied):
    changes = plan_tag(directory, section="users", name="alice", tags=[("TEAM", "x")])
    assert applied(directory, changes).users["alice"].tags == {"Env": "dev", "TEAM": "x"}
    changes = plan_untag(directory, section="users", name="alice", keys=["env", "none", "Team"])
    assert changes == (Change(AT, {"team": "payments", "Env": "dev"}, None),)


def test_keys_of_policies_are_told_apart_by_case(directory, applied):
    tags = [("team", "a"), ("Team", "b")]
    after = applied(directory, plan_tag(directory, section="policies", name="Boundary", tags=tags))
    assert after.policies["Boundary"].tags == dict(tags)
    changes = plan_untag(after, section="policies", name="Boundary", keys=["TEAM", "team"])
    assert changes == (Change(("policies", "Boundary", "tags", "team"), "a", None),)


@pytest.mark.parametrize(
    ("section", "name", "tags"),
    [
        ("users", "alice", [("x", "1"), ("X", "2")]),
        ("policies", "Boundary", [("x", "1"), ("x", "2")]),
        ("users", "alice", [("aws:x", "1")]),
        ("users", "alice", [("x", "AWS:1")]),
        ("users", "alice", [("x", "a\x1b[0m")]),
        ("users", "alice", [("", "1")]),
        ("groups", "empty", [("x", "1")]),
    ],
)
def test_tags_aws_refuses(directory, section, name, tags):
    with pytest.raises(InvalidValue) as caught:
        plan_tag(directory, section=section, name=name, tags=tags)
    assert caught.value.code == "InvalidInput"


def test_fifty_tags_at_most(directory):
    held = {f"k{n}": "" for n in range(49)}
    full = Directory(apply_changes(directory.plain, (Change(AT, None, held),)))
    assert plan_tag(full, section="users", name="alice", tags=[("a", ""), ("K1", "x")])
    with pytest.raises(LimitExceeded):
        plan_tag(full, section="users", name="alice", tags=[("a", ""), ("b", "")])


def test_what_is_above_a_quota_may_be_changed_but_not_grow(directory):
    held = {f"k{n}": "" for n in range(51)}
    over = Directory(apply_changes(directory.plain, (Change(AT, None, held),)))
    assert plan_tag(over, section="users", name="alice", tags=[("k1", "x")])
    assert plan_untag(over, section="users", name="alice", keys=["k1"])
    with pytest.raises(LimitExceeded):
        plan_tag(over, section="users", name="alice", tags=[("a", "")])


def test_tagging_nobody(directory):
    with pytest.raises(NotFound):
        plan_tag(directory, section="users", name="nobody", tags=[("a", "")])
