"""can and who-can from the command line: what they print and how they end."""

import json
import shutil
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "sample-directory.yaml"
READ = 'statement "Read" of policy ReadArtifacts (group developers) at sample-directory.yaml:'
ARTIFACT = "arn:aws:s3:::acme-artifacts/payments/x"


@pytest.fixture
def asked(home, iamctl):
    """Runs iamctl on the sample directory."""
    shutil.copy(SAMPLE, home.folder / SAMPLE.name)
    return lambda *words, code: iamctl(*words, code=code, env={"IAMCTL_DIRECTORY": SAMPLE.name})


def test_yes_is_exit_0_and_one_line_that_names_the_statement(asked):
    done = asked("can", "alice", "s3:GetObject", ARTIFACT, code=0)
    assert done.stdout.startswith(f"allowed: {READ}")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_no_is_exit_1_and_says_which_layer_did_not_allow(asked):
    done = asked("can", "alice", "ec2:DescribeInstances", code=1)
    assert done.stdout == "implicitDeny: no permissions boundary allows ec2:DescribeInstances\n"
    done = asked("can", "alice", "s3:PutObject", "arn:aws:s3:::acme-audit/x", code=1)
    assert done.stdout.startswith('explicitDeny: statement "NeverTheAuditTrail" of boundary ')


def test_what_nobody_knows_is_unknown_and_exit_1(asked):
    role = ("sts:AssumeRole", "role/cost-watch")
    who = "arn:aws:iam::210987654321:user/x"
    done = asked("can", who, *role, "--context", "sts:ExternalId=acme-7f3k2", code=1)
    assert done.stdout.startswith("unknown: ")
    assert "no file says what account 210987654321 holds" in done.stdout
    assert asked("can", who, *role, code=1).stdout.startswith("implicitDeny: ")


def test_another_accounts_file_makes_it_known(asked, home):
    vendor = home.folder / "vendor.yaml"
    vendor.write_text(
        'iamctl: 1\naccount: {id: "210987654321"}\nusers:\n  x:\n    inline:\n      May:\n'
        '        Version: "2012-10-17"\n        Statement:\n          - Effect: Allow\n'
        "            Action: sts:AssumeRole\n"
        "            Resource: arn:aws:iam::123456789012:role/vendors/cost-watch\n"
    )
    words = ("can", "arn:aws:iam::210987654321:user/x", "sts:AssumeRole", "role/cost-watch",
             "--account-file", str(vendor), "--context", "sts:ExternalId=acme-7f3k2")  # fmt: skip
    assert "statement of policy May (user x) at vendor.yaml:9:13" in asked(*words, code=0).stdout
    layers = asked(*words, "--explain", code=0).stdout
    assert "across accounts both sides must allow" in layers
    assert "VendorWithOurExternalId" in layers


def test_a_yes_that_hangs_on_a_key_that_nobody_gave_says_so(asked, home):
    (home.folder / "tagged.yaml").write_text(
        'iamctl: 1\naccount: {id: "123456789012"}\nusers:\n  x:\n    inline:\n      May:\n'
        '        Version: "2012-10-17"\n        Statement:\n'
        '          - {Effect: Allow, Action: "ec2:*", Resource: "*"}\n'
        '          - Effect: Deny\n            Action: "ec2:*"\n            Resource: "*"\n'
        '            Condition: {StringEquals: {"aws:ResourceTag/env": prod}}\n'
    )
    words = ("can", "x", "ec2:StopInstances", "--directory", "tagged.yaml")
    done = asked(*words, code=0)
    assert "note: only as long as the request has no aws:ResourceTag/env;" in done.stderr
    asked(*words, "--context", "aws:ResourceTag/env=prod", code=1)
    assert asked(*words, "--context", "aws:ResourceTag/env=dev", code=0).stderr == ""


def test_explain_argues_every_layer(asked):
    text = asked("can", "bob", "sts:AssumeRole", "role/auditor", "--explain", code=1).stdout
    for part in (
        "implicitDeny: no identity-based policy allows sts:AssumeRole",
        "arn:aws:iam::123456789012:user/eng/bob asks sts:AssumeRole on "
        "arn:aws:iam::123456789012:role/auditor",
        'allowed by statement "AccountPoliciesDecide" of the trust policy (role auditor) at',
        "an identity-based policy must allow too",
        "aws:username = bob",
    ):
        assert part in text, part


def test_json_has_awss_names(asked):
    done = asked("can", "alice", "s3:GetObject", ARTIFACT, "-o", "json", code=0)
    result = json.loads(done.stdout)
    assert result["EvalDecision"] == "allowed"
    assert result["MatchedStatements"][-1]["SourcePolicyId"] == "DeveloperBoundary"
    assert {"Line", "Column"} == set(result["MatchedStatements"][-1]["StartPosition"])
    denied = asked("can", "carol", "s3:GetObject", ARTIFACT, "-o", "json", code=1)
    assert json.loads(denied.stdout)["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    ("form", "start"),
    [("tsv", "allowed\tstatement "), ("name", "allowed\n"), ("table", "allowed:")],
)
def test_the_other_forms(asked, form, start):
    words = ("can", "alice", "s3:GetObject", ARTIFACT, "-o", form)
    assert asked(*words, code=0).stdout.startswith(start)


def test_the_time_may_be_another(asked):
    words = ("can", "bob", "s3:GetObject", ARTIFACT)
    asked(*words, "--at", "2027-12-30", code=0)
    assert asked(*words, "--at", "2028-01-01", code=1).stdout.startswith("implicitDeny")


def test_policies_for_one_question(asked, home):
    narrow = home.folder / "narrow.json"
    narrow.write_text('{"Version": "2012-10-17", "Statement": [\n'
                      '{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}')  # fmt: skip
    words = ("can", "role/deployer", "s3:GetObject", ARTIFACT)
    asked(*words, code=0)
    done = asked(*words, "--session-policy", str(narrow), code=1)
    assert done.stdout == "implicitDeny: no session policy allows s3:GetObject\n"
    narrow.write_text('{"Statement": [\n{"Effect": "Maybe"}]}')
    done = asked(*words, "--session-policy", str(narrow), code=2)
    assert f"{narrow}:2:" in done.stderr


def test_the_caller_of_this_shell(iamctl, trusted):
    done = iamctl("can", ":me", "s3:GetObject", "arn:aws:s3:::artefacts/x", code=5)
    assert "no caller was given" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("alcie", "s3:GetObject"), 4, 'did you mean "alice"?'),
        (("deployer", "s3:GetObject"), 4, "role/deployer"),
        (("alice", "s3:Get*"), 2, "write SERVICE:Action"),
        (("alice", "s3:GetObject", "bucket"), 2, "write an ARN"),
        (("alice", "s3:GetObject", "--context", "novalue"), 2, "write KEY=VALUE"),
        (("alice", "s3:GetObject", "--at", "yesterday"), 2, "is not a time"),
        (("alice", "s3:GetObject", "-o", "xml"), 2, "no output form"),
        (("alice", "s3:GetObject", "--account-file", "none.yaml"), 4, "none.yaml"),
        (("alice",), 2, "ACTION is missing"),
    ],
)
def test_bad_questions_are_no_answers(asked, words, code, said):
    done = asked("can", *words, code=code)
    assert done.stdout == ""
    assert said in done.stderr


def test_an_action_that_aws_does_not_have_is_noted(asked):
    done = asked("can", "carol", "s3:GetObjcet", code=1)
    assert (
        'note: AWS\'s list of actions does not know s3:GetObjcet; did you mean "s3:GetObject"?'
        in (done.stderr)
    )


def test_who_can_lists_everybody_with_path_condition_and_statement(asked):
    done = asked("who-can", "s3:GetObject", ARTIFACT, code=0)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[0] == ["who", "through", "if", "by"]
    direct = {row[0] for row in rows[1:] if not row[1]}
    assert {"user/alice", "user/bob", "role/deployer"} <= direct
    assert all(row[3] for row in rows[1:] if "unknown" not in row[2])
    names = asked("who-can", "s3:GetObject", ARTIFACT, "-o", "name", code=0).stdout
    assert names.splitlines() == [row[0] for row in rows[1:]]


def test_who_can_says_when_it_is_nobody(asked):
    done = asked("who-can", "iam:CreateUser", "*", code=1)
    assert done.stdout == ""
    assert done.stderr == "nobody can iam:CreateUser on *\n"
    assert json.loads(asked("who-can", "iam:CreateUser", "-o", "json", code=1).stdout) == []


def test_who_can_shows_outsiders_and_what_they_need(asked):
    done = asked("who-can", "sts:AssumeRole", "role/cost-watch", "-o", "json", code=0)
    (found,) = json.loads(done.stdout)
    assert found["PrincipalArn"] == "arn:aws:iam::210987654321:root"
    assert found["Decision"] == "unknown"
    assert found["Conditions"] == ["if StringEquals sts:ExternalId acme-7f3k2"]
    assert found["Unreadable"] == ["no file says what account 210987654321 holds"]
