"""The state of a directory: ages of keys, ends of memberships, who lacks what."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.source import Problem
from iamctl.domain.times import format_instant
from iamctl.services.expiry import due_keys
from iamctl.services.memberships import Ending, endings
from iamctl.services.status import DAY, SOON, status
from tests.services.conftest import NOW


def keyed(**created):
    """A directory of users with a key each, so many days old; None has no creation time."""
    users = {
        name: {"keys": {f"AKIA{name}": {} if at is None else {"created": format_instant(at)}}}
        for name, at in created.items()
    }
    return Directory({"iamctl": 1, "account": {"id": "123456789012"}, "users": users})


def ages(**created):
    return {(a.first, a.last): a.keys for a in status(keyed(**created), (), NOW).ages if a.keys}


@pytest.mark.parametrize(
    ("days", "span"),
    [
        (-1, (0, 30)), (0, (0, 30)), (30, (0, 30)), (31, (31, 60)), (60, (31, 60)), (61, (61, 90)),
        (90, (61, 90)), (91, (91, 180)), (181, (181, 365)), (365, (181, 365)), (366, (366, None)),
    ],
)  # fmt: skip
def test_a_key_is_older_than_a_day_as_soon_as_that_is_over(days, span):
    assert ages(a=NOW - days * DAY) == {span: 1}
    assert ages(a=NOW - (days - 1) * DAY - 1) == {span: 1}


def test_the_same_keys_are_due_as_watch_expiry_has():
    for old in (90 * DAY, 90 * DAY + 1, 91 * DAY, 0, -DAY):
        directory = keyed(a=NOW - old, b=None)
        found = status(directory, (), NOW)
        assert found.due == len(due_keys(directory, NOW, 90 * DAY)) == 1 + (old > 90 * DAY)
        assert found.due == sum(a.keys for a in found.ages if a.first is None or a.first > 90)


def test_a_key_without_a_creation_time_is_of_unknown_age():
    assert ages(a=None, b=NOW) == {(0, 30): 1, (None, None): 1}


def test_inactive_keys_are_named_and_have_no_age():
    directory = keyed(a=NOW)
    directory.plain["users"]["a"]["keys"]["AKIAa"]["status"] = "inactive"
    found = status(directory, (), NOW)
    assert (found.active, sum(a.keys for a in found.ages)) == (0, 0)
    assert [(key.user, key.key_id) for key in found.inactive] == [("a", "AKIAa")]


def test_counts_devices_and_warnings(directory):
    plain = {**directory.plain, "mfa": {"phone": {"user": "bob"}, "drawer": {}}}
    problems = [
        Problem(severity, "x", "x", (), None, None) for severity in ("warning", "error", "warning")
    ]
    found = status(Directory(plain), problems, NOW)
    assert {k: n for k, n in found.counts.items() if n} == {
        "users": 3, "groups": 2, "roles": 2, "policies": 2, "mfa": 2,
    }  # fmt: skip
    assert found.without_mfa == ("alice", "carol")
    assert found.warnings == 2


def grouped(*members):
    groups = {"devs": {"members": list(members)}, "ops": {"members": ["a", "b"]}}
    users = {"a": {}, "b": {}}
    return Directory(
        {"iamctl": 1, "account": {"id": "123456789012"}, "users": users, "groups": groups}
    )


def until(user, at):
    return {"user": user, "until": format_instant(at)}


def test_memberships_end_at_their_time_and_soon_ones_are_told_apart():
    directory = grouped(until("a", NOW + SOON), until("b", NOW))
    found = status(directory, (), NOW)
    assert found.ending == (Ending(NOW + SOON, "a", "devs"),)
    assert found.ended == (Ending(NOW, "b", "devs"),)
    assert status(directory, (), NOW - 1).ending == (Ending(NOW, "b", "devs"),)
    assert status(directory, (), NOW + SOON - 1).ended == found.ended


def test_ends_are_in_their_order_and_of_two_entries_the_first_counts():
    directory = grouped(until("b", NOW + 2), until("a", NOW + 1), until("b", NOW))
    assert endings(directory) == (Ending(NOW + 1, "a", "devs"), Ending(NOW + 2, "b", "devs"))
    assert endings(grouped("a", until("a", NOW))) == ()
