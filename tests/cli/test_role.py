"""`iamctl role` as a person runs it."""

import json

import pytest
import yaml

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "initech"}},
        }
    ],
}


def roles(home):
    return yaml.safe_load(home.text())["roles"]


def test_create_with_principals(team, iamctl, comments):
    done = iamctl(
        *("role", "create", "ci", "--allow", "user/bob", "--allow", "role/deployer"),
        *("--allow", "service/lambda.amazonaws.com", "--max-session-duration", "90m"),
        *(
            "--description",
            "Builds",
            "--path",
            "/ci/",
            "--tag",
            "team=x",
            "--policy",
            "DeployStack",
        ),
        code=0,
    )
    assert done.stdout == ""
    ci = roles(team)["ci"]
    assert ci["max_session_duration"] == "90m"
    assert ci["path"] == "/ci/"
    assert ci["trust"]["Statement"][0]["Principal"] == {
        "AWS": [
            "arn:aws:iam::111122223333:user/bob",
            "arn:aws:iam::111122223333:role/deployer",
        ],
        "Service": "lambda.amazonaws.com",
    }
    assert all(comment in team.text() for comment in comments)
    iamctl("validate", code=0)


def test_create_for_a_group_says_how_it_is_done(team, iamctl):
    done = iamctl("role", "create", "ci", "--allow", "group/developers", code=0)
    assert "note: a group is no principal in AWS" in done.stderr
    trust = roles(team)["ci"]["trust"]["Statement"][0]
    assert trust["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert iamctl("group", "inline", "list", "developers", "-o", "name").stdout == "AssumeRole-ci\n"


def test_create_with_a_trust_policy(team, iamctl):
    (team.folder / "trust.json").write_text(json.dumps(TRUST))
    done = iamctl("role", "create", "partner", "--trust", "trust.json", "-o", "json", code=0)
    assert json.loads(done.stdout)["Role"]["AssumeRolePolicyDocument"] == TRUST
    assert json.loads(iamctl("role", "trust", "partner", code=0).stdout) == TRUST


def test_trust_is_shown_replaced_and_round_trips(team, iamctl):
    shown = iamctl("role", "trust", "deployer", code=0).stdout
    before = team.text()
    assert iamctl("role", "trust", "deployer", "-", input=shown).stderr == "nothing to change\n"
    assert team.text() == before
    text = yaml.safe_dump(TRUST)
    iamctl("role", "trust", "deployer", "-", input=text, code=0)
    assert roles(team)["deployer"]["trust"] == TRUST
    assert "# reviewed in January" in team.text()


def test_allow_and_disallow(team, iamctl):
    iamctl("role", "allow", "deployer", "user/bob", "account/444455556666", code=0)
    named = roles(team)["deployer"]["trust"]["Statement"][0]["Principal"]["AWS"]
    assert named == [
        "arn:aws:iam::111122223333:user/eng/alice",
        "arn:aws:iam::111122223333:user/bob",
        "arn:aws:iam::444455556666:root",
    ]
    assert iamctl("role", "allow", "deployer", "user/bob").stderr == "nothing to change\n"
    iamctl("role", "disallow", "deployer", "user/alice", "account/444455556666", code=0)
    iamctl("role", "disallow", "deployer", "user/bob", code=4)
    iamctl("validate", code=0)


def test_lists_filters_and_shows(team, iamctl):
    lines = iamctl("role", "list", code=0).stdout.splitlines()
    assert lines[1] == "deployer\t/\t2h\tShips the payments stack\t\t2026-01-02"
    done = iamctl("role", "list", "--tag", "x", code=0)
    assert (done.stdout, done.stderr) == ("", "no role matches\n")
    shape = json.loads(iamctl("role", "show", "deployer", "-o", "json", code=0).stdout)["Role"]
    assert shape["MaxSessionDuration"] == 7200
    assert shape["AttachedManagedPolicies"][0]["PolicyName"] == "DeployStack"
    facts = iamctl("role", "show", "deployer").stdout.splitlines()
    trust = next(line for line in facts if line.startswith("trust policy\t"))
    assert json.loads(trust.partition("\t")[2])["Version"] == "2012-10-17"


def test_update_changes_only_what_is_named(team, iamctl):
    before = team.text()
    iamctl("role", "update", "deployer", "--max-session-duration", "4h", code=0)
    assert team.text() == before.replace("max_session_duration: 2h", "max_session_duration: 4h")
    iamctl("role", "update", "deployer", "--description", "", code=0)
    assert "description" not in roles(team)["deployer"]
    done = iamctl("role", "update", "deployer", code=2)
    assert "nothing to update" in done.stderr


def test_delete(team, iamctl):
    done = iamctl("role", "delete", "deployer", "--yes", code=4)
    assert "attached policy DeployStack" in done.stderr
    iamctl("role", "delete", "deployer", "--cascade", "--yes", code=0)
    assert "deployer" not in team.text()
    assert iamctl("role", "list", code=0).stderr.startswith("no roles yet")


def test_revoke_sessions(team, iamctl):
    done = iamctl("role", "revoke-sessions", "deployer", "--dry-run", code=0)
    assert any(line[0] == "+" and "AWSRevoke" in line for line in done.stdout.splitlines())
    assert "inline" not in roles(team)["deployer"]
    iamctl("role", "revoke-sessions", "deployer", "--yes", code=0)
    condition = roles(team)["deployer"]["inline"]["AWSRevokeOlderSessions"]["Statement"][0]
    assert condition["Effect"] == "Deny"
    iamctl("validate", code=0)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["create", "ci"], 2, "--allow"),
        (["create", "deployer", "--allow", "user/bob"], 4, "already exists"),
        (["create", "ci", "--allow", "user/nobody"], 4, "nobody"),
        (["create", "ci", "--allow", "bob"], 2, "user/"),
        (["create", "ci", "--allow", "account/12"], 2, "12"),
        (["create", "ci", "--allow", "user/bob", "--max-session-duration", "13h"], 2, "12h"),
        (["create", "ci", "--allow", "user/bob", "--max-session-duration", "x"], 2, "duration"),
        (["create", "ci", "--trust", "missing.json"], 4, "missing.json"),
        (["allow", "deployer", "user/alcie"], 4, 'did you mean "alice"?'),
        (["allow", "nothing", "user/alice"], 4, "nothing"),
        (["disallow", "deployer", "user/alice"], 4, "would trust nobody"),
        (["disallow", "deployer", "user/bob"], 4, "does not trust"),
        (["trust", "deployer", "-"], 2, "<stdin>"),
        (["trust", "deployer", "directory.yaml"], 2, "directory.yaml:2"),
        (["trust", "deployer", "-o", "table"], 2, "no output form"),
        (["show", "nothing"], 4, "does not exist"),
        (["revoke-sessions", "nothing", "--yes"], 4, "does not exist"),
        (["revoke-sessions", "deployer"], 2, "add --yes"),
        (["delete", "deployer", "--cascade"], 2, "add --yes"),
    ],
)
def test_refusals_have_their_code_and_change_nothing(team, quick, arguments, code, message):
    before = team.file.read_bytes()
    done = quick("role", *arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert team.file.read_bytes() == before


@pytest.fixture
def flawed(team):
    """The team's file, with a tag in it that breaks a rule of AWS's."""
    team.file.write_text(team.text().replace("team: search", 'team: "search!?"'))
    return team


def test_create_beside_a_broken_rule_is_done_and_said_so(flawed, iamctl):
    done = iamctl("role", "create", "ci", "--allow", "group/developers", "-o", "name", code=0)
    assert done.stdout == "ci\n"
    assert "note: a group is no principal in AWS" in done.stderr
    assert "ci" in roles(flawed)


def test_edits_that_ask_or_note_go_on_beside_a_broken_rule(flawed, iamctl):
    iamctl("role", "allow", "deployer", "user/bob", code=0)
    iamctl("role", "disallow", "deployer", "user/bob", code=0)
    iamctl("user", "rename", "bob", "robert", code=0)
    iamctl("user", "delete", "robert", "--cascade", "--yes", code=0)  # which mends it
    iamctl("validate", code=0)
