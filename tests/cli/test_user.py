"""`iamctl user` as a person runs it."""

import json

import pytest
import yaml


def users(home):
    return yaml.safe_load(home.text())["users"]


def test_create_writes_users_and_their_memberships(team, iamctl, comments):
    done = iamctl(
        *("user", "create", "carol", "dave", "--path", "/eng/", "--tag", "team=payments"),
        *("--group", "developers", "--policy", "ReadArtifacts", "--boundary", "DeveloperBoundary"),
        code=0,
    )
    assert done.stdout == ""
    assert 'added user "carol"' in done.stderr
    assert 'group "developers": added member dave' in done.stderr
    carol = users(team)["carol"]
    assert carol["path"] == "/eng/"
    assert carol["tags"] == {"team": "payments"}
    assert carol["policies"] == ["ReadArtifacts"]
    assert carol["boundary"] == "DeveloperBoundary"
    assert carol["id"].startswith("AIDA")
    assert all(comment in team.text() for comment in comments)
    iamctl("validate", code=0)


def test_create_reads_names_from_stdin_a_line_each(team, iamctl):
    iamctl("user", "create", "-", "-o", "name", input="carol\r\n\n  dave\n", code=0)
    assert {"carol", "dave"} <= set(users(team))


def test_create_says_nothing_on_stdout_unless_asked(team, iamctl):
    done = iamctl("user", "create", "carol", "-o", "json", code=0)
    shape = json.loads(done.stdout)["User"]
    assert shape["UserName"] == "carol"
    assert shape["Arn"] == "arn:aws:iam::111122223333:user/carol"
    assert iamctl("user", "create", "x", "y", "-o", "name", code=0).stdout == "x\ny\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["create", "ALICE"], 4, "already exists"),
        (["create", "carol", "carol"], 4, "given twice"),
        (["create", ""], 2, "must not be empty"),
        (["create", "a b"], 2, "must match"),
        (["create", "alicé"], 2, "must match"),
        (["create", "аlice"], 2, "must match"),
        (["create", "../x"], 2, "must match"),
        (["create", "x\n"], 2, "must match"),
        (["create", "x\x1b[2J"], 2, "\\x1b[2J"),
        (["create", "\u202ex"], 2, "\\u202e"),
        (["create", "x" * 10_000], 2, "at most 64"),
        (["create", "--", "-x y"], 2, "must match"),
        (["create"], 2, "error: NAME is missing\nhint: see: iamctl user create --help\n"),
        (["create", "-"], 2, "no names on standard input"),
        (["create", "carol", "--path", "eng"], 2, "hint: a path begins and ends with /"),
        (["create", "carol", "--tag", "team"], 2, "KEY=VALUE"),
        (["create", "carol", "--tag", "aws:x=y"], 2, "aws:"),
        (["create", "carol", "--group", "developer"], 4, 'did you mean "developers"?'),
        (["create", "carol", "--policy", "ReadArtefacts"], 4, "ReadArtefacts"),
        (["create", "carol", "-o", "xml"], 2, "there is no output form"),
        (["create", "carol", "--lock-timeout", "soon"], 2, "not a duration"),
        (["rename", "alcie", "x"], 4, 'did you mean "alice"?'),
        (["rename", "alice", "bob"], 4, "already exists"),
        (["update", "alice", "--path", "x"], 2, "path"),
        (["tag", "alice", "Team=x", "team=y"], 2, "Duplicate tag keys"),
        (["untag", "nobody", "team"], 4, "does not exist"),
        (["attach", "alice", "Nothing"], 4, "Nothing"),
        (["attach", "alice", "arn:aws:iam::aws:policy/aws-service-role/X"], 2, "service-linked"),
        (["detach", "bob", "ReadArtifacts"], 4, "is not attached"),
        (["boundary", "alice", "ReadArtifacts", "--remove"], 2, "not both"),
        (["delete", "alice"], 4, "membership of group developers"),
        (["delete", "bob"], 4, "--cascade"),
        (["delete", "alice", "--cascade"], 2, "add --yes"),
        (["inline", "put", "bob", "p", "missing.json"], 4, "missing.json"),
        (["inline", "put", "bob", "p", "."], 8, "."),
        (["inline", "show", "bob", "p"], 4, "p"),
        (["inline", "delete", "bob", "p", "--yes"], 4, "p"),
        (["show", "nobody"], 4, "does not exist"),
        (["list", "--group", "nobody"], 4, "does not exist"),
        (["list", "--path-prefix", "eng"], 2, "path prefix"),
        (["frobnicate"], 2, "frobnicate"),
        ([], 2, ""),
    ],
)
def test_refusals_have_their_code_and_change_nothing(team, quick, arguments, code, message):
    before = team.file.read_bytes()
    done = quick("user", *arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert team.file.read_bytes() == before
    assert [path.name for path in team.folder.iterdir()] == ["directory.yaml"]


def test_refusal_as_json_carries_aws_code(team, iamctl):
    done = iamctl("user", "delete", "alice", "-o", "json", "--cascade", code=2)
    assert 'there is no option "-o"' in json.loads(done.stderr)["Error"]["Message"]
    done = iamctl("user", "show", "alcie", "-o", "json", code=4)
    error = json.loads(done.stderr)["Error"]
    assert error["Code"] == "NoSuchEntity"
    assert error["Hint"] == 'did you mean "alice"?'


def test_list_in_every_form(team, iamctl):
    header, alice, bob = iamctl("user", "list", code=0).stdout.splitlines()
    assert header.split("\t")[0] == "user"
    assert alice.split("\t") == [
        *("alice", "/eng/", "developers", "1", "1", "team=payments", "2026-01-02")
    ]
    assert bob.startswith("bob\t/\t")
    assert iamctl("user", "list", "-o", "name").stdout == "alice\nbob\n"
    shapes = json.loads(iamctl("user", "list", "-o", "json").stdout)["Users"]
    assert [shape["UserName"] for shape in shapes] == ["alice", "bob"]
    plain = yaml.safe_load(iamctl("user", "list", "-o", "yaml").stdout)
    assert plain["users"]["alice"]["tags"] == {"team": "payments"}
    table = iamctl("user", "list", "-o", "table", env={"COLUMNS": "40"}).stdout
    assert "arn:" not in table
    assert "payments" in table.replace("\n", "")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--path-prefix", "/eng/"], "alice\n"),
        (["--tag", "team=search"], "bob\n"),
        (["--tag", "team"], "alice\nbob\n"),
        (["--group", "developers", "--tag", "team=payments"], "alice\n"),
    ],
)
def test_list_filters(team, iamctl, arguments, names):
    assert iamctl("user", "list", "-o", "name", *arguments, code=0).stdout == names


def test_empty_list_is_a_hint_on_stderr_only(team, iamctl):
    done = iamctl("user", "list", "--tag", "team=none", code=0)
    assert (done.stdout, done.stderr) == ("", "no user matches\n")
    team.file.write_text('iamctl: 1\naccount: {id: "111122223333"}\n')
    done = iamctl("user", "list", code=0)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert "iamctl user create" in done.stderr


def test_show_says_what_a_user_has(team, iamctl):
    text = iamctl("user", "show", "alice", code=0).stdout
    facts = [line.split("\t") for line in text.splitlines()]
    assert ["groups", "developers"] in facts
    assert ["boundary", "DeveloperBoundary"] in facts
    assert ["trusted by", "role deployer"] in facts
    assert "groups\tdevelopers (until 2031-12-31T00:00:00Z)" in iamctl("user", "show", "bob").stdout
    shape = json.loads(iamctl("user", "show", "alice", "-o", "json").stdout)["User"]
    assert shape["GroupList"] == ["developers"]
    assert shape["AttachedManagedPolicies"][0]["PolicyName"] == "ReadArtifacts"


def test_rename_and_update_carry_references_along(team, iamctl, comments):
    iamctl("user", "rename", "alice", "alice.smith", code=0)
    assert "- alice.smith   # lead" in team.text()
    assert "user/eng/alice.smith" in team.text()
    iamctl("user", "update", "alice.smith", "--path", "/ops/", code=0)
    assert "user/ops/alice.smith" in team.text()
    assert all(comment in team.text() for comment in comments)
    iamctl("validate", "--strict", code=0)


def test_tag_changes_one_line(team, iamctl):
    before = team.text()
    iamctl("user", "tag", "alice", "team=billing", code=0)
    assert team.text() == before.replace("{team: payments}", "{team: billing}")
    iamctl("user", "untag", "alice", "team", code=0)
    assert "tags" not in users(team)["alice"]
    assert iamctl("user", "untag", "alice", "team", code=0).stderr == "nothing to change\n"


def test_dry_run_shows_words_and_diff_and_changes_nothing(team, iamctl):
    before = team.file.read_bytes()
    done = iamctl("user", "tag", "bob", "team=ops", "--dry-run", code=0)
    assert done.stdout.startswith("# ")
    assert "\n+      team: ops\n" in done.stdout
    assert team.file.read_bytes() == before
    iamctl("user", "delete", "alice", "--cascade", "--dry-run", code=0)
    assert team.file.read_bytes() == before


def test_attach_takes_names_and_aws_policies_by_name_or_arn(team, iamctl):
    done = iamctl("user", "attach", "bob", "DeployStack", "SecurityAudit", code=0)
    arn = "arn:aws:iam::aws:policy/SecurityAudit"
    assert users(team)["bob"]["policies"] == ["DeployStack", arn]
    assert "note:" not in done.stderr
    done = iamctl("user", "attach", "bob", "arn:aws:iam::aws:policy/NoSuchThing", code=0)
    assert "note: AWS has published no policy" in done.stderr
    iamctl("user", "detach", "bob", "SecurityAudit", code=0)
    assert arn not in users(team)["bob"]["policies"]


def test_boundary_is_shown_set_and_removed(team, iamctl):
    assert "DeveloperBoundary" in iamctl("user", "boundary", "alice", code=0).stdout
    done = iamctl("user", "boundary", "bob", code=0)
    assert (done.stdout, done.stderr) == ("", 'user "bob" has no permissions boundary\n')
    for form in ("json", "yaml"):
        assert iamctl("user", "boundary", "bob", "-o", form, code=0).stdout == "{}\n"
    iamctl("user", "boundary", "bob", "-o", "cobol", code=2)
    iamctl("user", "boundary", "bob", "DeveloperBoundary", code=0)
    assert users(team)["bob"]["boundary"] == "DeveloperBoundary"
    iamctl("user", "boundary", "bob", "--remove", code=0)
    assert "boundary" not in users(team)["bob"]


def test_inline_policies_come_as_yaml_and_go_as_json(team, iamctl):
    text = "Version: '2012-10-17'\nStatement:\n- {Effect: Allow, Action: s3:Get*, Resource: '*'}\n"
    iamctl("user", "inline", "put", "bob", "Read", "-", input=text, code=0)
    assert iamctl("user", "inline", "list", "bob", "-o", "name").stdout == "Read\n"
    shown = iamctl("user", "inline", "show", "bob", "Read", code=0).stdout
    assert json.loads(shown) == yaml.safe_load(text)
    iamctl("user", "inline", "put", "bob", "Again", "-", input=shown, code=0)
    assert users(team)["bob"]["inline"]["Again"] == yaml.safe_load(text)
    iamctl("user", "inline", "delete", "bob", "Read", code=2)
    iamctl("user", "inline", "delete", "bob", "Read", "Again", "--yes", code=0)
    done = iamctl("user", "inline", "list", "bob", code=0)
    assert done.stdout == ""
    assert "no inline policies" in done.stderr


def test_a_malformed_document_is_placed(team, iamctl):
    before = team.file.read_bytes()
    (team.folder / "p.yaml").write_text(
        "Version: '2012-10-17'\nStatement:\n  Effect: Permit\n  Action: s3:*\n  Resource: '*'\n"
    )
    done = iamctl("user", "inline", "put", "bob", "Read", "p.yaml", code=2)
    assert "p.yaml:3:11" in done.stderr
    done = iamctl("user", "inline", "put", "bob", "Read", "-", input="{", code=2)
    assert "<stdin>" in done.stderr
    assert team.file.read_bytes() == before


def test_delete_takes_what_hangs_on_the_user(trusted, iamctl):
    iamctl("key", "import", "alice", input="AKIAALICE00000000001 " + "s" * 40, code=0)
    done = iamctl("user", "delete", "alice", "--cascade", "--yes", code=0)
    assert 'user "alice": access key AKIAALICE00000000001' in done.stderr
    assert set(users(trusted)) == {"bob"}
    assert "AIDAALICE00000000001" in trusted.text()  # in the trust policy, so nobody inherits it
    assert "AKIAALICE00000000001" not in iamctl("vault", "status").stdout
    iamctl("validate", code=0)


def test_delete_without_a_vault_says_what_stays(team, iamctl):
    done = iamctl("user", "delete", "alice", "--cascade", "--yes", code=0)
    assert "note: a secret it holds for AKIAALICE00000000001 stays there" in done.stderr


def test_revoke_sessions_of_a_user_and_the_roles_in_reach(team, iamctl):
    iamctl("user", "revoke-sessions", "alice", code=2)
    iamctl("user", "revoke-sessions", "alice", "--roles", "--yes", code=0)
    data = yaml.safe_load(team.text())
    assert "AWSRevokeOlderSessions" in data["users"]["alice"]["inline"]
    assert "AWSRevokeOlderSessions" in data["roles"]["deployer"]["inline"]
    assert "inline" not in data["users"]["bob"]
