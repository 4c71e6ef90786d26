"""prove from the command line: what it prints, how it ends, and that what it shows replays."""

import json
import shlex
import shutil
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "sample-directory.yaml"
READ = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::acme-artifacts/*"}
    ],
}
WIDE = """\
Version: "2012-10-17"
Statement:
  - {Effect: Allow, Action: "s3:*", Resource: "*"}
  - Sid: OnlyWithMfa
    Effect: Deny
    Action: "s3:Delete*"
    Resource: "*"
    Condition: {Bool: {"aws:MultiFactorAuthPresent": "false"}}
"""
S3_FULL = "arn:aws:iam::aws:policy/AmazonS3FullAccess"


@pytest.fixture
def asked(home, iamctl):
    """Runs iamctl beside the sample directory and two policies in files."""
    shutil.copy(SAMPLE, home.folder / SAMPLE.name)
    (home.folder / "read.json").write_text(json.dumps(READ))
    (home.folder / "wide.yaml").write_text(WIDE)
    return lambda *words, code=0, **more: iamctl(
        *words, code=code, env={"IAMCTL_DIRECTORY": SAMPLE.name}, **more
    )


def facts(done):
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def test_a_proof(asked):
    done = asked("prove", "implies", "read.json", "wide.yaml")
    assert done.stdout == "result\tproved\nclaim\twide.yaml allows whatever read.json allows\n"
    assert done.stderr == ""
    assert asked("prove", "implies", "ReadArtifacts", S3_FULL, "-o", "name").stdout == "proved\n"


def test_a_counterexample_says_what_either_policy_does(asked):
    statement = {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"}
    supplied = json.dumps({"Version": "2012-10-17", "Statement": statement})
    done = asked("prove", "implies", "-", "wide.yaml", code=1, input=supplied)
    assert facts(done) == [
        ("result", "refuted"),
        ("claim", "wide.yaml allows whatever - allows"),
        ("action", "s3:DeleteObject"),
        ("resource", "arn:aws:s3:::x/x"),
        ("context", "--context aws:MultiFactorAuthPresent=false"),
        ("first", "-: allowed by a statement of policy - at <stdin>:1:27"),
        ("second", 'wide.yaml: denied by statement "OnlyWithMfa" of policy wide.yaml at '
         "wide.yaml:4:5"),
    ]  # fmt: skip


def test_its_cases_are_decided_the_same_by_simulate(asked):
    done = asked("prove", "equivalent", "read.json", "ReadArtifacts", "-o", "json", code=1)
    shape = json.loads(done.stdout)
    assert (shape["Proposition"], shape["Result"], shape["Reason"]) == (
        "equivalent", "refuted", None,
    )  # fmt: skip
    found = shape["Counterexample"]
    cases = "".join(json.dumps(case) + "\n" for case in found["Cases"])
    answers = [json.loads(line) for line in asked("simulate", input=cases).stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["read.json", "ReadArtifacts"]
    assert [answer["decision"] for answer in answers] == found["Decisions"]
    assert sorted(found["Decisions"]) == ["allowed", "implicitDeny"]


def test_disjoint(asked):
    words = ("prove", "disjoint", "ReadArtifacts", "arn:aws:iam::aws:policy/IAMFullAccess")
    assert facts(asked(*words))[0] == ("result", "proved")
    [result, claim, *_] = facts(asked("prove", "disjoint", "ReadArtifacts", S3_FULL, code=1))
    assert result == ("result", "refuted")
    assert claim == ("claim", f"ReadArtifacts and {S3_FULL} allow nothing in common")


def test_never_and_the_command_that_replays_what_refutes_it(asked):
    done = asked("prove", "never", "alice", "iam:CreateUser")
    assert facts(done) == [
        ("result", "proved"), ("claim", "alice can never iam:CreateUser"),
    ]  # fmt: skip
    done = asked("prove", "never", "bob", "s3:Put*", "arn:aws:s3:::acme-scratch/*", code=1)
    found = dict(facts(done))
    assert found["claim"] == "bob can never s3:Put* on arn:aws:s3:::acme-scratch/*"
    assert found["resource"] == "arn:aws:s3:::acme-scratch/bob/x"
    assert found["by"].startswith("a statement of policy OwnFolder (user bob) at ")
    _, *replay = shlex.split(found["replay"])
    assert asked(*replay).stdout.startswith("allowed")


def test_a_time_to_come_is_part_of_the_counterexample(asked, home):
    (home.folder / "later.yaml").write_text(
        'iamctl: 1\naccount: {id: "123456789012"}\nusers:\n  ann:\n    inline:\n      Own:\n'
        '        Version: "2012-10-17"\n        Statement:\n          - Effect: Allow\n'
        "            Action: ec2:StopInstances\n"
        '            Resource: "*"\n'
        "            Condition:\n"
        '              DateGreaterThan: {"aws:CurrentTime": "2031-01-01T00:00:00Z"}\n'
        '              Bool: {"aws:MultiFactorAuthPresent": "true"}\n'
    )
    given = ("prove", "never", "ann", "ec2:*", "--directory", "later.yaml")
    shape = json.loads(asked(*given, "-o", "json", code=1).stdout)["Counterexample"]
    assert shape["Time"] == "2031-01-01T00:00:01Z"
    assert shape["Context"] == {"aws:MultiFactorAuthPresent": "true"}
    _, *replay = shape["Replay"]
    assert asked(*replay).stdout.startswith("allowed")
    at = replay.index("--at")
    assert asked(*replay[:at], *replay[at + 2 :], code=1).stdout.startswith("implicitDeny")


def test_a_slip_of_the_pen_is_told(asked):
    done = asked("prove", "never", "alice", "s3:PutObjekt")
    assert done.stderr == (
        'note: AWS\'s list of actions does not know s3:PutObjekt; did you mean "s3:PutObject"?\n'
    )
    assert "does not know s33:*\n" in asked("prove", "never", "alice", "s33:*").stderr


def test_what_is_unknown_says_why_and_is_no_success(asked):
    stranger = "arn:aws:iam::210987654321:user/x"
    done = asked("prove", "never", stranger, "s3:*", code=1)
    assert facts(done)[0] == ("result", "unknown")
    assert "no file says what account 210987654321 holds" in dict(facts(done))["why"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("implies", "-", "-"), 2, "only one of the policies can be on standard input"),
        (("implies", "Nope", "read.json"), 4, 'policy "Nope" does not exist'),
        (("implies", "./nope.json", "read.json"), 4, "nope.json"),
        (("never", ":me", "s3:*"), 2, ":me is no principal to prove something of"),
        (("never", "alice", "s3"), 2, '"s3" is no pattern of actions'),
        (("never", "alice", "s3:*", "bucket"), 2, '"bucket" is not a resource'),
    ],
)
def test_words_that_mean_nothing(asked, words, code, message):
    assert message in asked("prove", *words, code=code).stderr


def test_a_malformed_document_is_told_with_its_line(asked, home):
    (home.folder / "bad.json").write_text('{"Statement": [{"Effect": "Permit"}]}')
    done = asked("prove", "implies", "bad.json", "read.json", code=2)
    assert "bad.json:1:" in done.stderr
