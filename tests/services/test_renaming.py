import pytest

from iamctl.domain.change import Change, Renamed
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists, InvalidValue, NotFound
from iamctl.services.renaming import plan_move, plan_rename


def test_renaming_a_user_rewrites_every_reference(directory, applied):
    changes = plan_rename(directory, section="users", name="bob", new="robert")
    assert changes == (
        Renamed("users", "AIDABOBBOBBOBBOBBOB22", "bob", "robert"),
        Change(("groups", "developers", "members", "bob", "user"), "bob", "robert"),
        Change(
            ("roles", "deployer", "trust", "Statement", 0, "Principal", "AWS", 1),
            "arn:aws:iam::123456789012:user/bob",
            "arn:aws:iam::123456789012:user/robert",
        ),
    )
    after = applied(directory, changes)
    assert list(after.users) == ["alice", "robert", "carol"]
    assert [m.user for m in after.groups["developers"].members] == ["alice", "robert"]


def test_renaming_keeps_the_place_in_a_list(directory, applied):
    after = applied(directory, plan_rename(directory, section="users", name="alice", new="Alice"))
    assert [m.user for m in after.groups["developers"].members] == ["Alice", "bob"]
    assert after.users["Alice"].path == "/eng/"
    assert after.principals_naming("arn:aws:iam::123456789012:user/eng/Alice")


def test_principals_of_resource_policies_follow(directory, applied):
    old, new = "arn:aws:iam::123456789012:user/bob", "arn:aws:iam::123456789012:user/robert"
    statement = {"Effect": "Allow", "Principal": {"AWS": old}, "Action": "s3:*"}
    policy = {"Version": "2012-10-17", "Statement": statement}
    before = Directory({**directory.plain, "resources": {"arn:aws:s3:::b": policy}})
    changes = plan_rename(before, section="users", name="bob", new="robert")
    at = ("resources", "arn:aws:s3:::b", "Statement", "Principal", "AWS")
    assert changes[-1] == Change(at, old, new)
    assert applied(before, changes).resource_policy("arn:aws:s3:::b/k") is not None
    moved = plan_move(before, section="users", name="bob", path="/x/")
    assert moved[-1] == Change(at, old, "arn:aws:iam::123456789012:user/x/bob")


def test_renaming_a_group(directory, applied):
    changes = plan_rename(directory, section="groups", name="empty", new="full")
    assert changes == (Renamed("groups", "AGPAEMPTYEMPTYEMPTY22", "empty", "full"),)
    assert "full" in applied(directory, changes).groups


@pytest.mark.parametrize(
    ("section", "name", "new", "error"),
    [
        ("users", "bob", "ALICE", AlreadyExists),
        ("users", "nobody", "x", NotFound),
        ("users", "bob", "a b", InvalidValue),
        ("roles", "reader", "writer", InvalidValue),
        ("policies", "Boundary", "x", InvalidValue),
    ],
)
def test_renames_that_are_refused(directory, section, name, new, error):
    with pytest.raises(error):
        plan_rename(directory, section=section, name=name, new=new)


def test_renaming_to_the_same_name_changes_nothing(directory):
    assert plan_rename(directory, section="users", name="bob", new="bob") == ()
