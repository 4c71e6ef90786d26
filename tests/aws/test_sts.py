"""Real STS through botocore's own stack: what is sent, what comes back, what goes wrong."""

import json
import os
import sys
import time
from pathlib import Path

import boto3
import pytest

from iamctl.aws import sts as sts_module
from iamctl.aws.sts import BotocoreSts, called_as
from iamctl.domain.errors import (
    AccessDenied,
    ExtraMissing,
    InvalidValue,
    NotAuthenticated,
    NotFound,
    RemoteFailure,
    Usage,
)
from iamctl.ports.aws import AssumeRoleCall, MfaProof
from tests.aws.loopback import ACCOUNT, Answer, error, granted, identity, result, serving

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/eng/alice"
CALL = AssumeRoleCall(ROLE, "alice", 900)
SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/alice-phone"


@pytest.fixture
def calling(bare, monkeypatch):
    """An STS whose credentials are alice's, at a URL."""

    def at(url, profile=None, region="eu-west-1", is_ours=lambda key_id, token: False):
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAALICE0000000REAL")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        return BotocoreSts(profile, region, is_ours, "directories.5b1d.aws")

    return at


def test_moto_grants_what_boto3_made(calling, moto_url, monkeypatch):
    remote = calling(moto_url)
    iam = boto3.client("iam", endpoint_url=moto_url, region_name="us-east-1")
    iam.create_user(UserName="alice", Path="/eng/")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument="{}")["Role"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    assert remote.caller_identity()[:2] == (ACCOUNT, ALICE)
    before = int(time.time())
    session = remote.assume_role(CALL._replace(tags=(("team", "payments"),)))
    assert session.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/alice"
    assert session.id == f"{role['RoleId']}:alice"
    assert before + 900 <= session.credentials.expiration <= before + 960
    given = session.credentials
    seen = boto3.client(
        "sts",
        endpoint_url=moto_url,
        region_name="eu-west-1",
        aws_access_key_id=given.access_key_id,
        aws_secret_access_key=given.secret_access_key.reveal_text(),
        aws_session_token=given.session_token.reveal_text(),
    ).get_caller_identity()
    assert seen["Arn"] == session.arn
    assert remote.session_token(900, None).expiration >= before + 900


def test_every_parameter_is_sent(calling):
    with serving(lambda action, given: granted("deployer", "alice")) as sts:
        session = calling(sts.url).assume_role(
            CALL._replace(
                duration=1800,
                external_id="ext-1",
                tags=(("team", "payments"), ("cost", "42")),
                transitive_tag_keys=("team",),
                source_identity="alice",
                policy='{"Version":"2012-10-17","Statement":[]}',
                policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
                mfa=MfaProof(SERIAL, "123456"),
            )
        )
    assert sts.calls == [
        (
            "AssumeRole",
            {
                "Version": "2011-06-15",
                "RoleArn": ROLE,
                "RoleSessionName": "alice",
                "DurationSeconds": "1800",
                "ExternalId": "ext-1",
                "Tags.member.1.Key": "team",
                "Tags.member.1.Value": "payments",
                "Tags.member.2.Key": "cost",
                "Tags.member.2.Value": "42",
                "TransitiveTagKeys.member.1": "team",
                "SourceIdentity": "alice",
                "Policy": '{"Version":"2012-10-17","Statement":[]}',
                "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
                "SerialNumber": SERIAL,
                "TokenCode": "123456",
            },
        )
    ]
    assert session.packed_policy_size == 7
    assert session.credentials.secret_access_key.reveal_text() == "real-secret"
    assert "real-" not in repr(session)


def test_what_is_not_asked_for_is_not_sent(calling):
    with serving(lambda action, given: granted("deployer", "alice")) as sts:
        calling(sts.url).assume_role(CALL)
    assert set(sts.calls[0][1]) == {"Version", "RoleArn", "RoleSessionName", "DurationSeconds"}


@pytest.mark.parametrize(("answer", "kind", "code", "message"), [
    (error("AccessDenied", "User: x is not authorized to perform: sts:AssumeRole."), AccessDenied,
     "AccessDenied", "User: x is not authorized to perform: sts:AssumeRole"),
    (error("RegionDisabledException", "STS is not activated in this region"), AccessDenied,
     "RegionDisabledException", "STS is not activated in this region"),
    (error("ExpiredToken", "The security token included in the request is expired"),
     NotAuthenticated, "ExpiredToken", "The security token included in the request is expired"),
    (error("InvalidClientTokenId", "The security token included in the request is invalid."),
     NotAuthenticated, "InvalidClientTokenId",
     "The security token included in the request is invalid"),
    (error("SignatureDoesNotMatch", "The request signature we calculated …"), NotAuthenticated,
     "SignatureDoesNotMatch", "The request signature we calculated …"),
    (error("ValidationError", "1 validation error detected: x", 400), InvalidValue,
     "ValidationError", "1 validation error detected: x"),
    (error("PackedPolicyTooLarge", "Packed size of session tags consumes 142% of allotted space.",
           400), InvalidValue, "PackedPolicyTooLarge",
     "Packed size of session tags consumes 142% of allotted space"),
    (error("MalformedPolicyDocument", "bad\n\tpolicy", 400), InvalidValue,
     "MalformedPolicyDocument", "bad policy"),
    (error("SomethingNew", "of 2031", 400), RemoteFailure, "SomethingNew",
     "AWS failed with SomethingNew (HTTP 400): of 2031"),
])  # fmt: skip
def test_what_aws_refuses_comes_with_its_code_and_sentence(calling, answer, kind, code, message):
    with serving(lambda action, given: answer) as sts, pytest.raises(kind) as refused:
        calling(sts.url).assume_role(CALL)
    assert (refused.value.code, refused.value.message) == (code, message)
    assert len(sts.calls) == 1
    assert refused.value.__cause__ is None


def test_a_throttled_call_is_repeated(calling):
    answers = [error("Throttling", "Rate exceeded", 400), granted("deployer", "alice")]
    with serving(lambda action, given: answers.pop(0)) as sts:
        calling(sts.url).assume_role(CALL)
    assert sts.actions() == ["AssumeRole", "AssumeRole"]


def test_a_call_that_stays_throttled_says_so(calling):
    with (
        serving(lambda *_: error("Throttling", "Rate exceeded", 400)) as sts,
        pytest.raises(RemoteFailure, match="after several attempts: Rate exceeded") as failed,
    ):
        calling(sts.url).assume_role(CALL)
    assert failed.value.code == "Throttling"
    assert len(sts.calls) == 3


def test_a_server_that_fails_is_a_remote_failure(calling):
    answer = error("InternalFailure", "try later", 500)
    with serving(lambda *_: answer) as sts, pytest.raises(RemoteFailure, match="InternalFailure"):
        calling(sts.url).assume_role(CALL)
    assert len(sts.calls) == 3


@pytest.mark.parametrize("body", [
    "", "<html>Sign in to the hotel's network</html>", "\0\1\2", "{}", "<a", "<a><b/></a>",
    '<AssumeRoleResponse xmlns="x"><AssumeRoleResult/></AssumeRoleResponse>',
    result("AssumeRole", "<Credentials><AccessKeyId>A</AccessKeyId></Credentials>").body,
    granted("r", "s").body.replace("<SessionToken>real-token</SessionToken>", ""),
    granted("r", "s").body.replace("AssumedRoleUser", "SomebodyElse"),
    granted("r", "s").body.replace("T", "yesterday"),
])  # fmt: skip
def test_what_is_no_answer_of_sts_is_a_remote_failure(calling, body):
    with serving(lambda *_: Answer(200, body)) as sts, pytest.raises(RemoteFailure) as failed:
        calling(sts.url).assume_role(CALL)
    assert "AWS" in failed.value.message
    assert "real-secret" not in failed.value.message + str(failed.value.hint)


def test_a_server_that_hangs_ends_in_time(calling, monkeypatch):
    monkeypatch.setattr(sts_module, "_READ_SECONDS", 0.2)
    monkeypatch.setattr(sts_module, "_ATTEMPTS", 1)
    with (
        serving(lambda *_: Answer(200, "", 30)) as sts,
        pytest.raises(RemoteFailure, match="AWS does not answer"),
    ):
        calling(sts.url).caller_identity()


def test_nobody_there(calling):
    with serving(lambda *_: Answer(200, "")) as sts:
        pass
    with pytest.raises(RemoteFailure, match="AWS does not answer: Could not connect"):
        calling(sts.url).caller_identity()


def test_a_message_is_decoded_or_not(calling):
    encoded = "abc_DEF-123"
    decoded = result("DecodeAuthorizationMessage", "<DecodedMessage>{}</DecodedMessage>")
    with serving(lambda *_: decoded) as sts:
        assert calling(sts.url).decoded_message(encoded) == "{}"
    assert sts.calls[0][1]["EncodedMessage"] == encoded
    with serving(lambda *_: error("AccessDenied", "no")) as sts:
        assert calling(sts.url).decoded_message(encoded) is None


def test_a_profile_calls_with_its_own_credentials(calling, bare):
    (bare / "config").write_text(
        "[profile acme]\nregion = eu-central-1\n"
        "aws_access_key_id = AKIAACME000000000000\naws_secret_access_key = s\n"
    )
    seen = []
    with serving(lambda *_: identity(ALICE)) as sts:
        remote = calling(sts.url, profile="acme", region=None, is_ours=lambda *k: seen.append(k))
        remote.caller_identity()
        assert remote._made.meta.region_name == "eu-central-1"
    assert seen == [("AKIAACME000000000000", "")]


@pytest.mark.parametrize(("variables", "region", "used"), [
    ({"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "x"}, None, "eu-west-2"),
    ({"AWS_DEFAULT_REGION": "us-west-1"}, None, "us-west-1"),
    ({"AWS_REGION": "eu-west-2"}, "ap-south-1", "ap-south-1"),
])  # fmt: skip
def test_the_region_and_its_endpoint(calling, monkeypatch, variables, region, used):
    remote = calling("", region=region)
    monkeypatch.delenv("AWS_ENDPOINT_URL_STS")
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert remote._client().meta.endpoint_url == f"https://sts.{used}.amazonaws.com"


def test_without_a_region_nothing_is_called(calling):
    with serving(lambda *_: identity(ALICE)) as sts, pytest.raises(Usage, match="no region") as no:
        calling(sts.url, region=None).caller_identity()
    assert sts.calls == []
    assert no.value.hint == (
        "set AWS_REGION, or run: iamctl config set directories.5b1d.aws.region REGION"
    )


@pytest.mark.parametrize("region", ["nowhere near", "eu-west-1/../x", "a@b"])
def test_a_region_that_is_none(calling, region):
    with pytest.raises(Usage, match="none of AWS's"):
        calling("http://127.0.0.1:1", region=region).caller_identity()


@pytest.mark.parametrize("url", ["http://[", "nonsense", "http://", "http://a b/", "http://a:b/",
                                 "http://[::1]:99999/"])  # fmt: skip
def test_an_endpoint_that_is_no_url_is_what_is_wrong(calling, url):
    with pytest.raises(InvalidValue, match=r"endpoint .* is no URL") as refused:
        calling(url).caller_identity()
    assert refused.value.hint.startswith("look at AWS_ENDPOINT_URL_STS")


def test_a_role_of_a_profile_is_had_from_the_same_endpoint(calling, bare):
    (bare / "config").write_text(
        f"[profile acme]\nrole_arn = {ROLE}\nsource_profile = mine\nregion = eu-west-1\n"
        "[profile mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = secret\n"
    )
    with pytest.raises(InvalidValue, match=r"endpoint .* is no URL"):
        calling("http://[", profile="acme").caller_identity()


def test_a_profile_that_is_not_there(calling):
    with pytest.raises(NotFound, match='AWS profile "nobody" is not in the AWS config files'):
        calling("http://127.0.0.1:1", profile="nobody").caller_identity()


def test_no_credentials(calling, monkeypatch):
    remote = calling("http://127.0.0.1:1")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(NotAuthenticated, match="no credentials were found"):
        remote.caller_identity()


@pytest.mark.parametrize(("profile", "message"), [
    ("credential_process = {python} -c 'print(1/0)'", "cannot be had"),
    ("credential_process = {python} -c 'print(\"SECRET\")'", r"cannot be read \(JSONDecodeError"),
    ("credential_process = /nowhere/at/all", r"cannot be read \(FileNotFoundError"),
    ("credential_process = {python} -c 'print(3)'", "cannot be read"),
    ("aws_access_key_id = AKIA", "cannot be had: Partial"),
    ("sso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n[sso-session s]\n"
     "sso_region = eu-west-1\nsso_start_url = https://acme.example", "sign-in .* is over"),
])  # fmt: skip
def test_credentials_that_cannot_be_had(calling, bare, profile, message):
    text = profile.replace("{python}", sys.executable)
    (bare / "config").write_text(f"[profile acme]\n{text}\n")
    with pytest.raises(NotAuthenticated, match=message) as refused:
        calling("http://127.0.0.1:1", profile="acme").caller_identity()
    assert "SECRET" not in refused.value.message


def test_config_files_that_are_broken(calling, bare):
    (bare / "config").write_text("[profile acme\n")
    with pytest.raises(InvalidValue, match="config files cannot be used"):
        calling("http://127.0.0.1:1", profile="acme").caller_identity()


def process_profile(folder: Path, body: str) -> None:
    program = folder / "program.py"
    program.write_text(body)
    (folder / "config").write_text(
        f"[profile acme]\ncredential_process = {sys.executable} {program}\n"
    )


def test_a_program_of_a_profile_sees_no_variable_of_ours(calling, bare, monkeypatch):
    monkeypatch.setenv("IAMCTL_VAULT_PASSPHRASE", "hunter2")
    process_profile(
        bare,
        "import json, os\n"
        "ours = [n for n in os.environ if n.startswith('IAMCTL_') and n != 'IAMCTL_WITHIN_AWS']\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': ','.join(ours) or 'NONE',"
        " 'SecretAccessKey': 's'}))\n",
    )
    seen = []
    with serving(lambda *_: identity(ALICE)) as sts:
        calling(sts.url, profile="acme", is_ours=lambda *k: seen.append(k)).caller_identity()
    assert seen == [("NONE", "")]
    assert os.environ["IAMCTL_VAULT_PASSPHRASE"] == "hunter2"
    assert "IAMCTL_WITHIN_AWS" not in os.environ


def test_a_session_of_ours_in_the_environment_is_passed_over(calling, bare, monkeypatch):
    (bare / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAREAL000000000000\naws_secret_access_key = s\n"
    )
    ours = {"ASIALOCAL00000000000"}
    with serving(lambda *_: identity(ALICE)) as sts:
        remote = calling(sts.url, is_ours=lambda key_id, token: key_id in ours)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIALOCAL00000000000")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "local")
        assert remote.caller_identity().arn == ALICE
        assert remote._made._request_signer._credentials.access_key == "AKIAREAL000000000000"


def test_a_profile_that_hands_out_sessions_of_ours_is_refused(calling, bare):
    process_profile(
        bare,
        "import json\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': 'ASIALOCAL', 'SecretAccessKey': 's',"
        " 'SessionToken': 'local'}))\n",
    )
    with serving(lambda *_: identity(ALICE)) as sts:
        remote = calling(sts.url, profile="acme", is_ours=lambda k, token: token == "local")
        with pytest.raises(NotAuthenticated, match="iamctl's own, which AWS does not know"):
            remote.caller_identity()
    assert sts.calls == []


def test_without_botocore_the_command_that_installs_it_is_named(bare, monkeypatch):
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(ExtraMissing) as missing:
        BotocoreSts(None, "eu-west-1", lambda *_: False, "").caller_identity()
    assert missing.value.hint == "run: pip install 'iamctl[aws]'"


def test_the_way_of_calling_holds_no_secret_and_tells_callers_apart():
    environ = {
        "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
        "AWS_ENDPOINT_URL_STS": "http://x", "HOME": "/h",
    }  # fmt: skip
    way = called_as(environ, None, "eu-west-1")
    assert json.dumps(way, sort_keys=True) == json.dumps({
        "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_ENDPOINT_URL_STS": "http://x", "profile": "",
        "region": "eu-west-1",
    }, sort_keys=True)  # fmt: skip
    other = called_as({**environ, "AWS_ACCESS_KEY_ID": "AKIA2"}, None, "eu-west-1")
    assert other != way
    assert called_as(environ, "acme", None) == {
        "AWS_ENDPOINT_URL_STS": "http://x", "profile": "acme", "region": "",
    }  # fmt: skip


def test_a_profile_whose_files_changed_is_another_way_of_calling(tmp_path):
    config, credentials = str(tmp_path / "config"), tmp_path / "credentials"
    credentials.write_text("[acme]\naws_access_key_id = AKIA1\n")
    before = called_as({}, "acme", None, (config, str(credentials)))
    assert called_as({}, "acme", None, (config, str(credentials))) == before
    credentials.write_text("[acme]\naws_access_key_id = AKIA2\n")
    after = called_as({}, "acme", None, (config, str(credentials)))
    assert after != before
    assert "AKIA" not in repr(after)


def test_a_profile_that_takes_its_keys_from_the_environment_is_called_by_them(tmp_path):
    config = tmp_path / "config"
    config.write_text("[profile acme]\nrole_arn = arn:x\ncredential_source = Environment\n")
    ways = [
        called_as({"AWS_ACCESS_KEY_ID": key}, "acme", None, (str(config),))
        for key in ("AKIA1", "AKIA2")
    ]
    assert ways[0] != ways[1]


def test_what_leaves_the_configured_endpoints_aside_is_another_way_of_calling():
    aside = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    assert called_as(aside, "acme", None) != called_as({}, "acme", None)
