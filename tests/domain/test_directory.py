"""Lookups of a whole directory."""

import gc
import weakref

from iamctl.domain.directory import Directory

ACCOUNT = "123456789012"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/team/Read"
DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
}


def test_uses_of_a_policy_are_found_by_name_and_by_its_own_arn_without_reading_it():
    directory = Directory(
        {
            "iamctl": 1,
            "account": {"id": ACCOUNT},
            "users": {
                "a": {"policies": ["Read", "Write"], "boundary": OWN},
                "b": {
                    "policies": [
                        f"arn:aws:iam::{ACCOUNT}:policy/Read",  # another path
                        "arn:aws:iam::210987654321:policy/team/Read",
                        "arn:aws:iam::aws:policy/Read",
                    ]
                },
            },
            "groups": {"g": {"policies": [OWN]}},
            "policies": {
                "Read": {"path": "/team/", "document": DOCUMENT},
                "Write": {"document": DOCUMENT},
            },
        }
    )
    assert directory.references_to_policy("Read") == (
        ("users", "a", "policies", "Read"),
        ("users", "a", "boundary"),
        ("groups", "g", "policies", OWN),
    )
    assert directory.references_to_policy("Write") == (("users", "a", "policies", "Write"),)
    assert directory.references_to_policy("Gone") == ()
    assert directory.policies.loads == 0


def test_a_group_of_everybody_is_walked_once_for_all_of_them():
    class Counted(tuple):
        walks = 0

        def __iter__(self):
            Counted.walks += 1
            return super().__iter__()

        def __reversed__(self):
            Counted.walks += 1
            return reversed(tuple(super().__iter__()))

    ends = {"user": "u1", "until": "2026-12-31T00:00:00Z"}
    members = [ends, *(f"u{n}" for n in range(20)), "u1"]
    directory = Directory({"iamctl": 1, "groups": {"all": {"members": members}, "none": {}}})
    group = directory.groups["all"]
    object.__setattr__(group, "members", Counted(group.members))
    found = [directory.groups_of(f"u{n}") for n in range(20)]
    assert [[(g.name, m.user) for g, m in one] for one in found] == [
        [("all", f"u{n}")] for n in range(20)
    ]
    assert found[1][0][1].until is not None  # of two entries the first counts
    assert Counted.walks == 1


def test_a_directory_goes_with_whoever_held_it():
    """Commands collect no garbage, and some read a thousand states of a file."""
    directory = Directory({"account": {"id": "123456789012"}, "users": {"alice": {"id": "AIDA1"}}})
    assert directory.by_unique_id("AIDA1") == directory.user("alice")
    gone = weakref.ref(directory)
    enabled = gc.isenabled()
    gc.disable()
    try:
        del directory
        assert gone() is None
    finally:
        if enabled:
            gc.enable()
