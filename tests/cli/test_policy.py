"""`iamctl policy` as a person runs it."""

import json

import pytest
import yaml

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
LOGS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Write",
            "Effect": "Allow",
            "Action": ["logs:PutLogEvents"],
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": True}, "StringLike": {"aws:x": "0042"}},
        }
    ],
}


def policies(home):
    return yaml.safe_load(home.text())["policies"]


def test_documents_come_in_and_go_out_unchanged(team, iamctl, comments):
    (team.folder / "logs.json").write_text(json.dumps(LOGS, indent="\t"))
    done = iamctl("policy", "create", "Logs", "logs.json", "--description", "Write logs", code=0)
    assert done.stdout == ""
    shown = iamctl("policy", "show", "Logs", code=0).stdout
    assert json.loads(shown) == LOGS
    assert iamctl("policy", "show", "Logs", "-o", "json").stdout == shown
    assert iamctl("policy", "update", "Logs", "-", input=shown).stderr == "nothing to change\n"
    assert json.loads(iamctl("policy", "show", "Logs").stdout) == LOGS
    assert policies(team)["Logs"]["description"] == "Write logs"
    assert all(comment in team.text() for comment in comments)


def test_update_replaces_the_document(team, iamctl):
    iamctl("policy", "update", "ReadArtifacts", "-", input=yaml.safe_dump(LOGS), code=0)
    assert json.loads(iamctl("policy", "show", "ReadArtifacts").stdout) == LOGS
    assert "description: Read build artefacts" in team.text()
    iamctl("validate", code=0)


def test_aws_policies_are_here_offline(team, iamctl):
    document = json.loads(iamctl("policy", "show", READ_ONLY, code=0).stdout)
    assert document["Version"] == "2012-10-17"
    assert json.loads(iamctl("policy", "show", "ReadOnlyAccess", code=0).stdout) == document
    facts = iamctl("policy", "show", READ_ONLY, "-o", "tsv", code=0).stdout
    assert f"arn\t{READ_ONLY}\n" in facts
    done = iamctl("policy", "show", "arn:aws:iam::aws:policy/ReadOnlyAcess", code=4)
    assert 'did you mean "ReadOnlyAccess"?' in done.stderr


def test_aws_policies_need_no_directory(home, iamctl):
    assert iamctl("policy", "show", READ_ONLY, code=0).stdout
    names = iamctl("policy", "list", "--scope", "aws", "-o", "name", code=0).stdout.splitlines()
    assert "ReadOnlyAccess" in names
    assert names == sorted(names, key=str.lower)


def test_lists_by_scope(team, iamctl):
    assert iamctl("policy", "list", "-o", "name", code=0).stdout.splitlines() == [
        *("DeployStack", "DeveloperBoundary", "ReadArtifacts")
    ]
    row = iamctl("policy", "list", code=0).stdout.splitlines()[3]
    assert row == "ReadArtifacts\t/\t2\t\tRead build artefacts\t\t2026-01-02"
    arguments = ("--scope", "all", "--path-prefix", "/job-function/", "-o", "json")
    shapes = json.loads(iamctl("policy", "list", *arguments, code=0).stdout)["Policies"]
    assert shapes
    assert all(shape["Path"].startswith("/job-function/") for shape in shapes)
    mixed = iamctl("policy", "list", "--scope", "all", code=0).stdout.splitlines()
    assert mixed[1].split("\t")[:2] == ["DeployStack", "local"]
    assert mixed[4].split("\t")[1] == "aws"
    assert iamctl("policy", "list", "--scope", "mine", code=2).stdout == ""


def test_search_finds_names_and_documents(team, iamctl):
    found = iamctl("policy", "search", "S3:GETOBJECT", "-o", "name", code=0).stdout.splitlines()
    assert found[0] == "ReadArtifacts"
    assert len(found) > 10
    done = iamctl("policy", "search", "no such text anywhere", code=0)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_tag_and_untag(team, iamctl):
    iamctl("policy", "tag", "DeployStack", "team=payments", code=0)
    assert policies(team)["DeployStack"]["tags"] == {"team": "payments"}
    iamctl("policy", "untag", "DeployStack", "team", code=0)
    assert "tags" not in policies(team)["DeployStack"]


def test_delete_detaches_only_when_told(team, iamctl):
    done = iamctl("policy", "delete", "ReadArtifacts", "--yes", code=4)
    assert 'attached to user "alice"' in done.stderr
    iamctl("policy", "delete", "ReadArtifacts", "DeveloperBoundary", "--cascade", "--yes", code=0)
    assert set(policies(team)) == {"DeployStack"}
    data = yaml.safe_load(team.text())
    assert "boundary" not in data["users"]["alice"]
    assert data["groups"]["developers"]["policies"] == [READ_ONLY]


@pytest.mark.parametrize(
    ("arguments", "text", "code", "message"),
    [
        (["create", "deploystack", "-"], json.dumps(LOGS), 4, "already exists"),
        (["create", "x y", "-"], json.dumps(LOGS), 2, "must match"),
        (["create", "Bad", "-"], "{", 2, "<stdin>"),
        (["create", "Bad", "-"], "", 2, ""),
        (["create", "Bad", "-"], "[]", 2, ""),
        (["create", "Bad", "-"], '{"Statement": null}', 2, "<stdin>:1"),
        (["create", "Bad", "-"], '{"a": 1, "a": 2}', 2, ""),
        (["create", "Bad", "-"], "a: &x [*x]", 2, ""),
        (["create", "Bad", "-"], json.dumps({**LOGS, "Principal": "*"}), 2, "Principal"),
        (["create", "Bad", "-"], json.dumps(LOGS) + " " * (1 << 20), 2, "bytes"),
        (["create", "Bad", "missing.json"], None, 4, "missing.json"),
        (["create", "Bad", "."], None, 8, ""),
        (["create", "Bad", "-", "--path", "/a b/"], json.dumps(LOGS), 2, "path"),
        (
            ["update", "arn:aws:iam::aws:policy/ReadOnlyAccess", "-"],
            json.dumps(LOGS),
            4,
            "it is AWS's, and only AWS changes it",
        ),
        (["update", "ReadArtefacts", "-"], json.dumps(LOGS), 4, 'did you mean "ReadArtifacts"?'),
        (["delete", "Nope"], None, 4, "does not exist"),
        (["delete", "DeveloperBoundary"], None, 4, "permissions boundary of"),
        (["show", "Nope"], None, 4, "does not exist"),
        (["show", "Nope", "-o", "xml"], None, 2, "no output form"),
        (["search", ""], None, 2, "nothing to search"),
        (["tag", "DeployStack", "aws:a=b"], None, 2, "aws:"),
    ],
)
def test_refusals_have_their_code_and_change_nothing(team, quick, arguments, text, code, message):
    before = team.file.read_bytes()
    done = quick("policy", *arguments, input=text)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert team.file.read_bytes() == before


def test_every_problem_of_a_document_is_placed(team, iamctl):
    (team.folder / "p.json").write_text(
        '{\n  "Version": "2012-10-17",\n  "Statement": [\n'
        '    {"Effect": "Permit", "Action": "s3:*", "Resource": "*"},\n'
        '    {"Effect": "Allow", "Action": "GetObject", "Resource": "x"}\n  ]\n}\n'
    )
    done = iamctl("policy", "create", "Bad", "p.json", code=2)
    assert "p.json:4:" in done.stderr
    assert done.stderr.count("p.json:5:") == 2


def test_an_unreadable_name_of_a_file_is_escaped(team, iamctl):
    done = iamctl("policy", "create", "Bad", "\x1b[31m.json", code=4)
    assert "\\x1b[31m.json" in done.stderr


def test_the_list_tells_what_is_attached_and_what_bounds(team, iamctl):
    text = iamctl("policy", "list", "-o", "tsv", code=0).stdout
    columns, *rows = (line.split("\t") for line in text.splitlines())
    assert columns[2:4] == ["attached", "bounds"]
    uses = {row[0]: row[2:4] for row in rows}
    assert uses["DeveloperBoundary"] == ["0", "1"]
    assert uses["ReadArtifacts"] == ["2", ""]
