import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.change import Change, Renamed, apply_changes, describe, touched, value_at

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


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change(("users", "alice"), None, {"id": "x"}), 'add user "alice"'),
        (Change(("users", "alice"), {"id": "x"}), 'remove user "alice"'),
        (Change(("users", "a", "tags", "team"), None, "p"), 'user "a": add tag team = p'),
        (Change(("users", "a", "tags"), None, {"t": "p", "u": "q"}),
         'user "a": add tags t=p, u=q'),
        (Change(("groups", "d", "members"), None, ["bob", {"user": "al", "until": "x"}]),
         'group "d": add members bob, al'),
        (Change(("users", "a", "inline"), None, {"P": {"Version": "x"}}),
         'user "a": add inline'),
        (Change(("users", "a", "policies", "P"), None, "P"), 'user "a": attach policy "P"'),
        (Change(("groups", "d", "members", "bob"), "bob"), 'group "d": remove member bob'),
        (Change(("users", "a", "keys", "AKIA1", "status"), None, "inactive"),
         'user "a": add status of key AKIA1 = inactive'),
        (Change(("roles", "r", "trust", "Statement", 0, "Principal", "AWS", 1), "arn:x"),
         'role "r": trust policy, statement 1: remove Principal.AWS arn:x'),
        (Change(("roles", "r", "trust", "Statement", 1), None, {"Effect": "Allow"}),
         'role "r": trust policy: add statement 2'),
        (Change(("groups", "g", "inline", "P", "Version"), "a", "b"),
         'group "g": inline policy P: set Version = b'),
        (Change(("policies", "p", "document"), {}, {"Version": "x"}),
         'policy "p": set document'),
        (Renamed("groups", None, "a", "b"), 'group "a": rename to "b"'),
        (Change(("account", "alias"), None, "acme"), "account: add alias = acme"),
    ],
)  # fmt: skip
def test_describe(change, words):
    assert describe(change) == words


@given(st.dictionaries(st.text(min_size=1), st.text()), st.text(min_size=1), st.text())
def test_add_then_remove_is_nothing(tags, key, value):
    root = {"users": {"u": {"tags": tags}}}
    at = ("users", "u", "tags", key)
    added = apply_changes(root, (Change(at, tags.get(key), value),))
    assert value_at(added, at) == value
    back = apply_changes(added, (Change(at, value, tags.get(key)),))
    assert back == root
