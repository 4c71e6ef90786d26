import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.change import Change, Renamed, apply_changes, touched, value_at

ROOT = {
    "users": {"alice": {"tags": {"team": "a"}, "policies": ["P", "Q"]}, "bob": {}},
    "groups": {"dev": {"members": ["alice", {"user": "bob", "until": "2026-12-31T00:00:00Z"}]}},
    "roles": {"r": {"trust": {"Statement": [{"Effect": "Allow", "Action": ["a", "b"]}]}}},
}


def test_a_change_leaves_the_value_it_was_given_alone():
    before = repr(ROOT)
    apply_changes(ROOT, (Change(("users", "alice", "tags", "team"), "a", None),))
    assert repr(ROOT) == before


@pytest.mark.parametrize(
    ("change", "at", "value"),
    [
        (Change(("users", "alice", "tags", "x"), None, "y"), ("users", "alice", "tags", "x"), "y"),
        (Change(("users", "bob", "tags", "x"), None, "y"), ("users", "bob", "tags"), {"x": "y"}),
        (Change(("users", "alice", "policies", "P"), "P"), ("users", "alice", "policies"), ["Q"]),
        (Change(("groups", "dev", "members", "bob"), {}, None), ("groups", "dev", "members"),
         ["alice"]),
        (Change(("groups", "dev", "members", "carol"), None, "carol"),
         ("groups", "dev", "members", 2), "carol"),
        (Change(("roles", "r", "trust", "Statement", 0, "Action", 1), "b", "c"),
         ("roles", "r", "trust", "Statement", 0, "Action"), ["a", "c"]),
        (Change(("policies", "New"), None, {"document": {}}), ("policies", "New"),
         {"document": {}}),
    ],
)  # fmt: skip
def test_apply(change, at, value):
    assert value_at(apply_changes(ROOT, (change,)), at) == value


def test_a_change_without_a_place_is_an_error():
    with pytest.raises(KeyError):
        apply_changes(ROOT, (Change(("users", "alice", "policies", "Z"), "Z", None),))
    with pytest.raises(KeyError):
        apply_changes(ROOT, (Renamed("users", None, "nobody", "x"),))


def test_rename_keeps_the_place_and_the_content():
    renamed = apply_changes(ROOT, (Renamed("users", "AIDA1", "alice", "alicia"),))
    assert list(renamed["users"]) == ["alicia", "bob"]
    assert renamed["users"]["alicia"] == ROOT["users"]["alice"]


def test_touched_names_each_entity_once():
    changes = (
        Change(("users", "alice", "tags", "x"), None, "y"),
        Change(("users", "alice", "path"), None, "/x/"),
        Change(("account", "alias"), None, "acme"),
    )
    assert touched(changes) == (("users", "alice"), ("account",))


@given(st.dictionaries(st.text(min_size=1), st.text()), st.text(min_size=1), st.text())
def test_add_then_remove_is_nothing(tags, key, value):
    root = {"users": {"u": {"tags": tags}}}
    at = ("users", "u", "tags", key)
    added = apply_changes(root, (Change(at, tags.get(key), value),))
    assert value_at(added, at) == value
    back = apply_changes(added, (Change(at, value, tags.get(key)),))
    assert back == root
