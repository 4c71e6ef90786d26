import pytest

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotFound
from iamctl.services import keys

NOW = 1_795_510_800
DAY = 86_400
KEY = "AKIAALICEALICEALICE2"


@pytest.fixture
def more(directory):
    bob = {
        "AKIABOBBOBBOBBOBBOB1": {"created": "2026-11-23T09:00:00Z", "status": "inactive"},
        "AKIABOBBOBBOBBOBBOB2": {"created": "2026-10-01T00:00:00Z"},
    }
    change = Change(("users", "bob", "keys"), None, bob)
    return Directory(apply_changes(directory.plain, (change,)))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [KEY, "AKIABOBBOBBOBBOBBOB2", "AKIABOBBOBBOBBOBBOB1"]),
        ({"user": "bob"}, ["AKIABOBBOBBOBBOBBOB2", "AKIABOBBOBBOBBOBBOB1"]),
        ({"user": "carol"}, []),
        ({"older_than": DAY}, [KEY, "AKIABOBBOBBOBBOBBOB2"]),
        ({"older_than": 90 * DAY}, [KEY]),
        ({"status": "inactive"}, ["AKIABOBBOBBOBBOBBOB1"]),
        ({"status": "active", "user": "bob"}, ["AKIABOBBOBBOBBOBBOB2"]),
    ],
)
def test_keys_by_user_age_and_status(more, filters, found):
    assert [row.key_id for row in keys.list_keys(more, now=NOW, **filters)] == found


def test_listing_the_keys_of_nobody(more):
    with pytest.raises(NotFound):
        keys.list_keys(more, user="nobody", now=NOW)


def test_activating_and_deactivating(more):
    at = ("users", "bob", "keys", "AKIABOBBOBBOBBOBBOB1", "status")
    ids = ["AKIABOBBOBBOBBOBBOB1", "AKIABOBBOBBOBBOBBOB2"]
    assert keys.plan_status(more, key_ids=ids, active=True) == (Change(at, "inactive", None),)
    assert keys.plan_status(more, key_ids=ids[:1], active=False) == ()
    assert keys.plan_status(more, key_ids=[KEY], active=False) == (
        Change(("users", "alice", "keys", KEY, "status"), None, "inactive"),
    )


def test_deleting_both_keys_removes_the_mapping(more):
    ids = ["AKIABOBBOBBOBBOBBOB1", "AKIABOBBOBBOBBOBBOB2", "AKIABOBBOBBOBBOBBOB1"]
    (change,) = keys.plan_delete(more, key_ids=ids)
    assert (change.at, change.new) == (("users", "bob", "keys"), None)
    assert keys.removed_keys((change,)) == tuple(ids[:2])


def test_an_unknown_key_gets_a_hint(more):
    with pytest.raises(NotFound) as caught:
        keys.plan_delete(more, key_ids=["AKIABOBBOBBOBBOBBOB3"])
    assert "AKIABOB" in caught.value.hint
