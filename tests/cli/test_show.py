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


FEDERATED = """\
mfa:
  phone: {path: /eng/, user: alice, enabled: 2026-11-25T09:05:00Z}
identity_providers:
  google:
    url: https://accounts.google.com
    client_ids: [web]
    tags: {team: payments}
identity_pools:
  web:
    id: eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612
    providers: [google]
    authenticated_role: deployer
    role_mappings:
      google:
        type: rules
        ambiguous: deny
        rules: [{claim: department, match: Equals, value: eng, role: deployer}]
"""
POOL_ARN = (
    "arn:aws:cognito-identity:eu-west-1:111122223333:identitypool/"
    "eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612"
)


@pytest.fixture
def federated(team):
    team.file.write_text(team.file.read_text() + FEDERATED)
    return team


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("phone", "phone"),
        ("mfa/phone", "phone"),
        ("arn:aws:iam::111122223333:mfa/eng/phone", "phone"),
        ("provider/google", "google"),
        ("arn:aws:iam::111122223333:oidc-provider/accounts.google.com", "google"),
        ("pool/web", "web"),
        ("eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612", "web"),
        (POOL_ARN, "web"),
    ],
)
def test_finds_devices_providers_and_pools(federated, quick, text, name):
    assert quick("show", text, "-o", "name").stdout == f"{name}\n"


def test_devices_providers_and_pools_in_every_form(federated, quick):
    role = "arn:aws:iam::111122223333:role/deployer"
    google = "arn:aws:iam::111122223333:oidc-provider/accounts.google.com"
    device = json.loads(quick("show", "phone", "-o", "json").stdout)["VirtualMFADevice"]
    assert device["SerialNumber"] == "arn:aws:iam::111122223333:mfa/eng/phone"
    assert device["User"]["UserName"] == "alice"
    assert device["EnableDate"] == "2026-11-25T09:05:00Z"
    provider = json.loads(quick("show", "google", "-o", "json").stdout)
    assert provider["Url"] == "accounts.google.com"
    assert provider["ClientIDList"] == ["web"]
    assert provider["Tags"] == [{"Key": "team", "Value": "payments"}]
    pool = json.loads(quick("show", "web", "-o", "json").stdout)
    assert pool["AllowUnauthenticatedIdentities"] is False
    assert pool["OpenIdConnectProviderARNs"] == [google]
    assert pool["Roles"] == {"authenticated": role}
    assert pool["RoleMappings"][google] == {
        "Type": "Rules",
        "AmbiguousRoleResolution": "Deny",
        "RulesConfiguration": {
            "Rules": [
                {"Claim": "department", "MatchType": "Equals", "Value": "eng", "RoleARN": role}
            ]
        },
    }
    for text, section in (("phone", "mfa"), ("google", "identity_providers"),
                          ("web", "identity_pools")):  # fmt: skip
        assert quick("show", text, "-o", "yaml").stdout.startswith(f"{section}:\n  {text}:\n")
    assert "role mappings\tgoogle: department Equals eng -> deployer" in (
        quick("show", "web", "-o", "tsv").stdout
    )
    assert "pools\tweb\n" in quick("show", "google", "-o", "tsv").stdout
    assert "user\talice\n" in quick("show", "phone", "-o", "tsv").stdout
    assert "MFA devices\tphone\n" in quick("show", "alice", "-o", "tsv").stdout
    summary = json.loads(quick("account", "show", "-o", "json").stdout)["SummaryMap"]
    assert (summary["MFADevices"], summary["MFADevicesInUse"], summary["Providers"]) == (1, 1, 1)
    assert "MFA devices\t1 (1 in use)\n" in quick("account", "show", "-o", "tsv").stdout
