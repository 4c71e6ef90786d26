"""what-can from the command line: what it prints and how it ends."""

import json
import shutil
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "sample-directory.yaml"
OWN_FOLDER = "arn:aws:s3:::acme-scratch/bob/*"
COLUMNS = ["service", "level", "actions", "resources", "if", "by"]


@pytest.fixture
def asked(home, iamctl):
    """Runs iamctl on the sample directory."""
    shutil.copy(SAMPLE, home.folder / SAMPLE.name)
    return lambda *words, code=0: iamctl(*words, code=code, env={"IAMCTL_DIRECTORY": SAMPLE.name})


def rows(done):
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_permissions_by_service_level_and_resource_with_their_statements(asked):
    done = asked("what-can", "bob", "s3:PutObject")
    line = "a statement of policy OwnFolder (user bob) at sample-directory.yaml:"
    assert rows(done)[0] == COLUMNS
    [row] = rows(done)[1:]
    assert row[:5] == ["s3", "Write", "s3:PutObject", OWN_FOLDER, ""]
    assert row[5].startswith(line)
    assert done.stderr == ""


def test_json_says_it_in_full(asked):
    [shape] = json.loads(asked("what-can", "bob", "s3:PutObject", "-o", "json").stdout)
    statements = shape.pop("MatchedStatements")
    assert shape == {
        "Service": "s3",
        "AccessLevel": "Write",
        "Actions": ["s3:PutObject"],
        "Resources": [OWN_FOLDER],
        "Except": [],
        "Decision": "allowed",
        "Conditions": [],
    }
    assert statements[0]["SourcePolicyId"] == "OwnFolder"
    assert "DeveloperBoundary" in {s["SourcePolicyId"] for s in statements}


def test_names_are_actions_one_a_line(asked):
    names = asked("what-can", "alice", "s3:Get*", "-o", "name").stdout.splitlines()
    assert "s3:GetObject" in names
    assert all(name.startswith("s3:Get") for name in names)


def test_a_table_leaves_out_what_stands_above(asked):
    shown = asked("what-can", "alice", "s3", "-o", "table").stdout
    assert shown.count("s3  ") == 1
    assert "Get*" in shown


def test_conditions_are_said_with_the_line_of_their_statement(asked, home):
    path = home.folder / "more.yaml"
    path.write_text(
        'iamctl: 1\naccount: {id: "123456789012"}\nusers:\n  ann:\n    inline:\n      Own:\n'
        '        Version: "2012-10-17"\n        Statement:\n          - Effect: Allow\n'
        "            Action: ec2:StopInstances\n"
        '            Resource: "*"\n'
        '            Condition: {Bool: {"aws:MultiFactorAuthPresent": "true"}}\n'
    )
    given = ("what-can", "ann", "ec2", "--directory", "more.yaml")
    [row] = rows(asked(*given))[1:]
    assert row[4] == "if Bool aws:MultiFactorAuthPresent true (more.yaml:9)"
    settled = asked(*given, "--context", "aws:MultiFactorAuthPresent=true")
    assert rows(settled)[1][4] == ""
    assert rows(settled)[1][:4] == row[:4]


def test_nothing_is_no_failure(asked):
    done = asked("what-can", "carol", "ec2")
    assert done.stdout == ""
    assert done.stderr == "carol can do nothing with ec2\n"
    assert json.loads(asked("what-can", "carol", "ec2", "-o", "json").stdout) == []


def test_what_cannot_be_read_makes_the_answer_unknown_and_exit_1(asked):
    done = asked("what-can", "arn:aws:iam::210987654321:user/x", code=1)
    assert "unknown: the policies of arn:aws:iam::210987654321:user/x could not be read" in (
        done.stderr
    )
    assert "no file says what account 210987654321 holds" in done.stderr


def test_a_service_that_aws_does_not_have(asked):
    done = asked("what-can", "alice", "s33", code=4)
    assert done.stderr == 'error: AWS has no service "s33"\nhint: did you mean "s3"?\n'
