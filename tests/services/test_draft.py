"""Changes of one edit in a normal form, however the plan got there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.services.draft import Draft
from iamctl.services.minting import replayed

scalars = st.booleans() | st.integers(0, 1) | st.sampled_from(["a", "b"])
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4)
        | st.dictionaries(st.sampled_from("xyz"), inner, min_size=1)
    ),
    max_leaves=12,
)


@pytest.fixture
def draft(directory):
    return Draft(directory)


def test_what_is_written_into_a_new_value_becomes_part_of_it(draft):
    draft.set(("users", "dave"), {"id": "X"})
    draft.put(("users", "dave", "tags"), "a", "1")
    draft.put(("users", "dave", "tags"), "b", "2")
    draft.add_item(("users", "dave", "policies"), "P")
    dave = {"id": "X", "tags": {"a": "1", "b": "2"}, "policies": ["P"]}
    assert draft.changes == (Change(("users", "dave"), None, dave),)


def test_what_is_written_above_replaces_what_was_below(draft, directory):
    draft.put(("users", "alice", "tags"), "a", "1")
    draft.set(("users", "alice"), None)
    assert draft.changes == (Change(("users", "alice"), directory.plain["users"]["alice"], None),)


def test_writing_and_taking_back_changes_nothing(draft):
    draft.put(("users", "alice", "tags"), "a", "1")
    draft.drop(("users", "alice", "tags"), "a")
    draft.add_item(("groups", "empty", "members"), "bob")
    draft.remove_item(("groups", "empty", "members"), "bob")
    draft.set(("users", "dave"), {"id": "X"})
    draft.set(("users", "dave"), None)
    assert draft.changes == ()


def test_the_last_items_take_their_list_with_them(draft, directory):
    members = directory.plain["groups"]["developers"]["members"]
    draft.remove_item(("groups", "developers", "members"), "alice")
    draft.remove_item(("groups", "developers", "members"), "nobody")
    draft.remove_item(("groups", "developers", "members"), "bob")
    assert draft.changes == (Change(("groups", "developers", "members"), members, None),)


def test_the_directory_itself_never_changes(draft, directory):
    draft.add_item(("groups", "developers", "members"), "carol")
    draft.drop(("users", "alice", "tags"), "team")
    assert len(directory.plain["groups"]["developers"]["members"]) == 2
    assert draft.value(("groups", "developers", "members", "carol")) == "carol"
    assert directory.value_at(("groups", "developers", "members", "carol")) is None


@given(documents, documents, documents)
def test_a_document_becomes_the_other_one_in_the_end(first, between, last):
    at = ("policies", "P", "document")
    directory = Directory({"account": {"id": "1"}, "policies": {"P": {"document": first}}})
    draft = Draft(directory)
    draft.set_document(at, between)
    draft.set_document(at, last)
    assert sorted_keys(draft.value(at)) == sorted_keys(last)
    after = apply_changes(directory.plain, draft.changes)
    assert sorted_keys(after["policies"]["P"]["document"]) == sorted_keys(last)
    assert (draft.changes == ()) == (sorted_keys(first) == sorted_keys(last))


def sorted_keys(value):
    if isinstance(value, dict):
        return repr({key: sorted_keys(value[key]) for key in sorted(value)})
    if isinstance(value, list):
        return repr([sorted_keys(item) for item in value])
    return repr(value)


@given(st.lists(st.integers(0, 40)), st.lists(st.integers(0, 40)))
def test_replayed_bytes_are_the_same_each_time(first, second):
    count = 0

    def source(n):
        nonlocal count
        count += 1
        return bytes((count + i) % 256 for i in range(n))

    tape = replayed(source)
    once = tape()
    drawn = b"".join(once(n) for n in first)
    again = tape()
    repeated = b"".join(again(n) for n in second)
    shorter = min(len(drawn), len(repeated))
    assert (len(drawn), len(repeated)) == (sum(first), sum(second))
    assert drawn[:shorter] == repeated[:shorter]
