"""Trees of a directory: what stands where, and what is said of it."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.services.tree import Node, tree
from tests.services.conftest import NOW, sample, trust_to

ENDED = 1_798_675_200
"""When bob's membership of developers ends: 2026-12-31."""


def drawn(node: Node, depth: int = 0) -> list[str]:
    notes = f" ({'; '.join(node.notes)})" if node.notes else ""
    line = f"{'  ' * depth}{node.kind} {node.name}".rstrip() + notes
    return [line, *(inner for child in node.children for inner in drawn(child, depth + 1))]


def test_all_by_group(directory):
    assert drawn(tree(directory, NOW)) == [
        "account 123456789012 (acme-dev)",
        "  group developers",
        "    user alice (3 policies of its own)",
        "    user bob (until 2026-12-31T00:00:00Z)",
        "    policy ReadArtifacts",
        "  group empty (no members)",
        "   users in no group",
        "    user carol",
        "  role deployer",
        "    policy ReadArtifacts",
        "    trusts user/alice",
        "    trusts user/bob",
        "  role reader",
        "    trusts user/alice",
    ]


def test_a_membership_ends_at_its_time_and_leaves_its_user_in_no_group(directory):
    before, after = (drawn(tree(directory, at)) for at in (ENDED - 1, ENDED))
    assert "    user bob (until 2026-12-31T00:00:00Z)" in before
    assert "    user bob (ended 2026-12-31T00:00:00Z)" in after
    lone = after.index("   users in no group")
    assert after[lone + 1 : lone + 5] == [
        "    user bob",
        "      group developers (ended 2026-12-31T00:00:00Z)",
        "        policy ReadArtifacts",
        "    user carol",
    ]


def test_one_user_with_everything_around_it(directory):
    assert drawn(tree(directory, NOW, "alice")) == [
        "user alice",
        "  group developers",
        "    policy ReadArtifacts",
        "  policy ReadArtifacts",
        "  policy ReadOnlyAccess (AWS's)",
        "  inline policy Own",
        "  boundary Boundary",
        "  key AKIAALICEALICEALICE2",
        "  trusted by role/deployer",
        "  trusted by role/reader",
    ]


def test_one_group_and_one_role(directory):
    assert drawn(tree(directory, NOW, "group/developers"))[0] == "group developers"
    assert drawn(tree(directory, NOW, "reader")) == ["role reader", "  trusts user/alice"]


def test_inactive_keys_devices_conditions_and_denies():
    plain = sample()
    plain["users"]["alice"]["keys"]["AKIAALICEALICEALICE2"]["status"] = "inactive"
    plain["mfa"] = {"phone": {"user": "alice"}}
    trust = trust_to("arn:aws:iam::123456789012:root")
    trust["Statement"][0]["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    trust["Statement"].append({**trust["Statement"][0], "Effect": "Deny"})
    plain["roles"]["reader"]["trust"] = trust
    directory = Directory(plain)
    alice = drawn(tree(directory, NOW, "alice"))
    assert alice[0] == "user alice (every key inactive)"
    assert "  key AKIAALICEALICEALICE2 (inactive)" in alice
    assert "  mfa phone" in alice
    assert drawn(tree(directory, NOW, "reader")) == [
        "role reader (1 statement of its trust policy denies again)",
        "  trusts account/123456789012 (this one: whom its own policies let;"
        " if Bool aws:MultiFactorAuthPresent true)",
    ]


def test_by_path_each_below_the_longest_path_that_is_there():
    plain = sample()
    plain["users"]["bob"]["path"] = "/eng/core/db/"
    plain["roles"]["reader"]["path"] = "/ops/night/"
    directory = Directory(plain)
    assert drawn(tree(directory, NOW, by_path=True)) == [
        "account 123456789012 (acme-dev)",
        "  path /eng/",
        "    path /eng/core/db/",
        "      user bob",
        "    user alice",
        "  path /ops/night/",
        "    role reader",
        "  user carol",
        "  group developers",
        "  group empty",
        "  role deployer",
        "  policy Boundary",
        "  policy ReadArtifacts",
    ]
    assert drawn(tree(directory, NOW, "/eng/core/")) == [
        "account 123456789012 (acme-dev)", "  path /eng/core/db/", "    user bob",
    ]  # fmt: skip


def test_what_no_tree_can_be_made_of(directory):
    with pytest.raises(NotFound, match="under the path"):
        tree(directory, NOW, "/nowhere/")
    with pytest.raises(InvalidValue, match="a path prefix"):
        tree(directory, NOW, "/ü/")
    with pytest.raises(NotFound, match='"alcie"'):
        tree(directory, NOW, "alcie")
    with pytest.raises(InvalidValue, match="no user, group or role"):
        tree(directory, NOW, "policy/Boundary")
    with pytest.raises(InvalidValue, match="by path"):
        tree(directory, NOW, "alice", by_path=True)


def test_a_name_that_two_bear_is_asked_for():
    plain = sample()
    plain["roles"]["alice"] = plain["roles"]["reader"]
    with pytest.raises(InvalidValue, match="names 2 things") as refused:
        tree(Directory(plain), NOW, "alice")
    assert refused.value.hint == "say which: user/alice, role/alice"


def test_a_path_of_a_hundred_folders_is_no_deeper_than_what_stands_there():
    plain = sample()
    plain["users"]["bob"]["path"] = "/" + "a/" * 100
    assert len(drawn(tree(Directory(plain), NOW, "/a/"))) == 3
