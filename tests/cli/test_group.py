"""`iamctl group` as a person runs it."""

import json

import pytest
import yaml


def groups(home):
    return yaml.safe_load(home.text())["groups"]


def test_create_attach_and_show(team, iamctl, comments):
    iamctl("group", "create", "ops", "audit", "--policy", "SecurityAudit", code=0)
    iamctl("group", "attach", "ops", "ReadArtifacts", code=0)
    assert groups(team)["ops"]["policies"] == [
        "arn:aws:iam::aws:policy/SecurityAudit",
        "ReadArtifacts",
    ]
    shape = json.loads(iamctl("group", "show", "developers", "-o", "json", code=0).stdout)
    assert shape["Group"]["GroupName"] == "developers"
    assert [user["UserName"] for user in shape["Users"]] == ["alice", "bob"]
    iamctl("group", "detach", "ops", "SecurityAudit", code=0)
    assert groups(team)["ops"]["policies"] == ["ReadArtifacts"]
    assert all(comment in team.text() for comment in comments)


def test_lists_filter_by_path_and_member(team, iamctl):
    iamctl("group", "create", "ops", "--path", "/eng/", code=0)
    lines = iamctl("group", "list", code=0).stdout.splitlines()
    assert lines[1] == "developers\t/\t2\t2\t2026-01-02"
    assert iamctl("group", "list", "--path-prefix", "/eng/", "-o", "name").stdout == "ops\n"
    assert iamctl("group", "list", "--user", "bob", "-o", "name").stdout == "developers\n"
    shapes = json.loads(iamctl("group", "list", "-o", "json").stdout)["Groups"]
    assert [shape["GroupName"] for shape in shapes] == ["developers", "ops"]


def test_members_come_and_go(team, iamctl, comments):
    iamctl("user", "create", "carol", "dave", code=0)
    iamctl("group", "add", "developers", "-", input="carol\ndave\n", code=0)
    iamctl("group", "add", "developers", "carol", "--until", "2030-06-30", code=0)
    assert "until: 2030-06-30T00:00:00Z" in team.text()
    iamctl("group", "add", "developers", "bob", code=0)
    assert "2031" not in team.text()
    iamctl("group", "remove", "developers", "carol", "dave", code=0)
    assert groups(team)["developers"]["members"] == ["alice", "bob"]
    assert all(comment in team.text() for comment in comments)


def test_until_takes_a_duration_from_now(team, iamctl):
    done = iamctl("group", "add", "developers", "alice", "--until", "30d", code=0)
    assert "until 20" in done.stderr
    shown = iamctl("group", "show", "developers").stdout
    assert "members\talice (until 20" in shown


def test_rename_and_move(team, iamctl):
    before = team.text()
    iamctl("group", "rename", "developers", "engineers", code=0)
    assert team.text() == before.replace("  developers:", "  engineers:")
    iamctl("group", "update", "engineers", "--path", "/eng/", code=0)
    assert groups(team)["engineers"]["path"] == "/eng/"


def test_delete_cascades_only_when_told(team, iamctl):
    before = team.text()
    done = iamctl("group", "delete", "developers", "--yes", code=4)
    assert "member alice" in done.stderr
    assert team.text() == before
    done = iamctl("group", "delete", "developers", "--cascade", "--yes", code=0)
    assert 'group "developers": member bob' in done.stderr
    assert "developers" not in team.text()
    assert "  alice:" in team.text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["create", "Developers"], 4, "already exists"),
        (["create", "x y"], 2, "must match"),
        (["add", "developers", "nobody"], 4, "does not exist"),
        (["add", "developer", "alice"], 4, 'did you mean "developers"?'),
        (["add", "developers", "alice", "--until", "tomorrow"], 2, "is not a time"),
        (["add", "developers", "alice", "--until", "9999999999w"], 2, "too far away"),
        (["add", "developers", "alice", "--until", "9999-12-31T23:59:59-12:00"], 2, "not a time"),
        (["add", "developers", "alice", "--until", "2020-01-01"], 2, "over already"),
        (["add", "developers", "alice", "--until", "0001-01-01"], 2, "over already"),
        (["remove", "developers", "nobody"], 4, "nobody"),
        (["rename", "developers", ""], 2, "must not be empty"),
        (["delete", "developers", "--cascade"], 2, "add --yes"),
        (["show", "ops"], 4, "does not exist"),
        (["list", "--user", "nobody"], 4, "does not exist"),
        (["attach", "developers", "Nope"], 4, "Nope"),
    ],
)
def test_refusals_have_their_code_and_change_nothing(team, quick, arguments, code, message):
    before = team.file.read_bytes()
    done = quick("group", *arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert team.file.read_bytes() == before


def test_inline_policy_of_a_group(team, iamctl):
    (team.folder / "p.json").write_text(
        '{"Version": "2012-10-17", "Statement": '
        '[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    )
    iamctl("group", "inline", "put", "developers", "All", "p.json", code=0)
    shown = iamctl("group", "inline", "show", "developers", "All", code=0).stdout
    assert json.loads(shown) == json.loads((team.folder / "p.json").read_text())
