"""`iamctl show` finds whatever a text means."""

import json

import pytest


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AIDAALICE00000000001", "alice"),
        ("AGPADEV0000000000001", "developers"),
        ("AROADEPLOYER00000001", "deployer"),
        ("ANPAREAD000000000001", "ReadArtifacts"),
        ("AKIAALICE00000000001", "AKIAALICE00000000001"),
        ("arn:aws:iam::111122223333:user/eng/alice", "alice"),
        ("arn:aws:sts::111122223333:assumed-role/deployer/somebody", "deployer"),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("bob", "bob"),
        ("role/deployer", "deployer"),
        ("acme-dev", "111122223333"),
        ("111122223333", "111122223333"),
    ],
)
def test_finds(team, quick, text, name):
    assert quick("show", text, "-o", "name").stdout == f"{name}\n"


def test_json_is_aws_shape(team, iamctl):
    policy = json.loads(iamctl("show", "ReadArtifacts", "-o", "json", code=0).stdout)["Policy"]
    assert policy["AttachmentCount"] == 2
    assert policy["PolicyVersionList"][0]["Document"]["Version"] == "2012-10-17"
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    policy = json.loads(iamctl("show", arn, "-o", "json", code=0).stdout)["Policy"]
    assert policy["Arn"] == arn
    key = json.loads(iamctl("show", "AKIAALICE00000000001", "-o", "json", code=0).stdout)
    assert key["AccessKeyMetadata"][0]["UserName"] == "alice"


def test_a_name_of_two_things_is_told_apart(team, iamctl):
    iamctl("group", "create", "alice", code=0)
    done = iamctl("show", "alice", code=2)
    assert "user/alice, group/alice" in done.stderr
    assert "arn:aws:iam::111122223333:group/alice" in iamctl("show", "group/alice", code=0).stdout


@pytest.mark.parametrize("text", ["alcie", "", "AKIANOBODY0000000000", "arn:aws:iam::1:x", "\x07"])
def test_nothing_of_that_name(team, iamctl, text):
    done = iamctl("show", text, code=4)
    assert done.stdout == ""
    assert "\x07" not in done.stderr


def test_a_sessions_key_is_said_to_be_one(team, iamctl):
    assert "sessions stand in no file" in iamctl("show", "ASIA" + "A" * 16, code=4).stderr


def test_every_form_of_everything(team, iamctl):
    for text in ("alice", "developers", "deployer", "ReadArtifacts", "AKIAALICE00000000001"):
        yaml_text = iamctl("show", text, "-o", "yaml", code=0).stdout
        assert yaml_text.startswith(("users:", "groups:", "roles:", "policies:"))
        assert text in iamctl("show", text, "-o", "table", code=0).stdout


def test_a_resource_policy(team, quick):
    arn = "arn:aws:s3:::shared"
    statement = '[{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:user/eng/alice"}, '
    policy = f'{{Version: "2012-10-17", Statement: {statement}Action: "s3:GetObject"}}]}}'
    team.file.write_text(f"{team.file.read_text()}resources:\n  {arn}: {policy}\n")
    assert quick("show", f"{arn}/key", "-o", "name").stdout == f"{arn}\n"
    shown = json.loads(quick("show", arn, "-o", "json").stdout)
    assert shown["ARN"] == arn
    assert shown["ResourcePolicy"]["Statement"][0]["Action"] == "s3:GetObject"
    assert quick("show", arn, "-o", "yaml").stdout.startswith(f"resources:\n  {arn}:\n")
    assert f"resource\t{arn}\n" in quick("show", arn, "-o", "tsv").stdout
    assert f"named by\tpolicy of {arn}\n" in quick("show", "alice", "-o", "tsv").stdout
