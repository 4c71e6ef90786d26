"""`--aws`, in real processes, against STS on loopback: what a person sees and has afterwards."""

import json
import os
import subprocess
import sys
import time

import boto3
import pytest

from tests.aws.loopback import ACCOUNT, error, granted, identity, moto, serving, user_session
from tests.cli.conftest import UUID

ALICE = f"arn:aws:iam::{ACCOUNT}:user/eng/alice"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/deployer"
ASSUMED = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/alice"
NO = f"User: {ALICE} is not authorized to perform: sts:AssumeRole on resource: {DEPLOYER}"


@pytest.fixture
def mirrored(trusted, iamctl, tmp_path):
    """The team's directory, whose settings pin the account and a profile of alice's."""
    aws = tmp_path / ".aws"
    aws.mkdir()
    (aws / "config").write_text("[profile acme]\nregion = eu-west-1\n")
    (aws / "credentials").write_text(
        "[acme]\naws_access_key_id = AKIAALICE0000000REAL\naws_secret_access_key = long-term\n"
    )
    for name, value in (("account", ACCOUNT), ("profile", "acme")):
        iamctl("config", "set", f"directories.{UUID}.aws.{name}", value, code=0)
    trusted.environment["AWS_EC2_METADATA_DISABLED"] = "true"
    return trusted


@pytest.fixture
def aws(mirrored):
    """An STS that takes the profile for alice's and grants; a test may change its answers."""
    answers = {"GetCallerIdentity": identity(ALICE), "AssumeRole": granted("deployer", "alice")}
    with serving(lambda action, _: answers[action]) as sts:
        mirrored.environment["AWS_ENDPOINT_URL_STS"] = sts.url
        yield sts, answers


@pytest.fixture(scope="module")
def moto_url():
    with moto() as url:
        yield url


def test_the_credentials_are_awss_own(aws, iamctl):
    done = iamctl("assume-role", "deployer", "--aws", "-o", "json", code=0)
    answer = json.loads(done.stdout)
    assert answer["Credentials"]["AccessKeyId"] == "ASIAREAL000000000001"
    assert answer["Credentials"]["SessionToken"] == "real-token"
    assert answer["AssumedRoleUser"]["Arn"] == ASSUMED
    assert done.stderr == ""
    assert aws[0].actions() == ["GetCallerIdentity", "AssumeRole"]
    assert "long-term" not in str(aws[0].calls)


def test_the_second_time_nobody_is_asked(aws, iamctl, mirrored):
    first = iamctl("assume-role", "deployer", "--aws", "-o", "sh", code=0)
    del mirrored.environment["AWS_EC2_METADATA_DISABLED"]
    again = iamctl("assume-role", "deployer", "--aws", "-o", "sh", code=0)
    assert again.stdout == first.stdout
    assert aws[0].actions() == ["GetCallerIdentity", "AssumeRole"]
    iamctl("assume-role", "deployer", "--aws", "--no-cache", code=0)
    assert aws[0].actions()[2:] == ["GetCallerIdentity", "AssumeRole"]


def test_a_trust_edit_ends_what_is_kept(aws, iamctl):
    iamctl("assume-role", "deployer", "--aws", code=0)
    iamctl("role", "allow", "deployer", "user/bob", code=0)
    iamctl("role", "disallow", "deployer", "user/alice", code=0)
    refused = iamctl("assume-role", "deployer", "--aws", code=5)
    assert "AWS was not asked" in refused.stderr
    assert aws[0].actions() == ["GetCallerIdentity", "AssumeRole", "GetCallerIdentity"]


def test_the_file_says_no(aws, iamctl):
    aws[1]["GetCallerIdentity"] = identity(BOB)
    refused = iamctl("assume-role", "deployer", "--aws", "-o", "sh", code=5)
    assert f"User: {BOB} is not authorized to perform: sts:AssumeRole" in refused.stderr
    assert "(exit 5)" in refused.stdout
    assert aws[0].actions() == ["GetCallerIdentity"]


def test_aws_says_no(aws, iamctl, mirrored):
    aws[1]["AssumeRole"] = error("AccessDenied", NO)
    refused = iamctl("assume-role", "deployer", "--aws", code=5)
    lines = refused.stderr.splitlines()
    line = mirrored.text().splitlines().index("        - Effect: Allow") + 1
    assert lines[0] == f"error: {NO}"
    assert "AWS says so, although the file allows it:" in lines[1]
    assert f"the trust policy (role deployer) at directory.yaml:{line}:" in lines[2]
    assert "drift" in refused.stderr
    failed = json.loads(iamctl("assume-role", "deployer", "--aws", "-o", "json", code=5).stderr)
    assert failed["Error"]["Code"] == "AccessDenied"
    assert failed["Error"]["Message"] == NO


def test_without_a_pinned_account_nothing_is_called(aws, iamctl):
    iamctl("config", "unset", f"directories.{UUID}.aws.account", code=0)
    refused = iamctl("assume-role", "deployer", "--aws", code=2)
    assert f"iamctl config set directories.{UUID}.aws.account ACCOUNT-ID" in refused.stderr
    assert aws[0].calls == []


def test_a_file_that_turns_to_another_account_is_refused(aws, iamctl, mirrored):
    mirrored.file.write_text(mirrored.text().replace(ACCOUNT, "999999999999"))
    refused = iamctl("assume-role", "deployer", "--aws", code=5)
    assert f"the file is of account 999999999999, your settings pin it to {ACCOUNT}" in (
        refused.stderr
    )
    assert aws[0].calls == []


def test_a_file_that_is_not_trusted_chooses_no_profile(aws, iamctl, mirrored, tmp_path):
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / "directory.yaml").write_text(mirrored.text())
    assert "is not trusted" in iamctl("assume-role", "deployer", "--aws", cwd=clone, code=6).stderr
    assert aws[0].calls == []


@pytest.mark.parametrize(("words", "message"), [
    (("--as", "alice"), "AWS is called with a profile"),
    (("--duration", "5h"), "MaxSessionDuration"),
    (("--session-name", "a b"), "session name"),
])  # fmt: skip
def test_what_cannot_be_asked_of_aws(aws, iamctl, words, message):
    assert message in iamctl("assume-role", "deployer", "--aws", *words, code=2).stderr
    assert "AssumeRole" not in aws[0].actions()


@pytest.mark.parametrize(("answer", "code", "message"), [
    (error("ExpiredToken", "The security token included in the request is expired"), 5, "expired"),
    (error("ValidationError", "1 validation error detected", 400), 2, "1 validation error"),
    (error("InternalFailure", "later", 500), 9, "InternalFailure"),
])  # fmt: skip
def test_each_failure_has_its_exit_code(aws, iamctl, answer, code, message):
    aws[1]["AssumeRole"] = answer
    assert message in iamctl("assume-role", "deployer", "--aws", code=code).stderr


def test_nobody_there(aws, iamctl, mirrored):
    mirrored.environment["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:9"
    failed = iamctl("assume-role", "deployer", "--aws", code=9)
    assert failed.stderr.startswith("error: AWS does not answer")
    assert "Traceback" not in failed.stderr


def test_an_endpoint_that_is_no_url_is_a_setting_to_mend(aws, iamctl, mirrored):
    mirrored.environment["AWS_ENDPOINT_URL_STS"] = "http://["
    failed = iamctl("assume-role", "deployer", "--aws", code=2)
    assert "AWS_ENDPOINT_URL_STS" in failed.stderr
    assert "credentials" not in failed.stderr


def test_a_local_session_in_the_environment_is_not_awss(aws, iamctl, mirrored, tmp_path):
    """Without a profile the SDKs' default is called with: what is iamctl's own is passed over."""
    iamctl("config", "unset", f"directories.{UUID}.aws.profile", code=0)
    iamctl("config", "set", f"directories.{UUID}.aws.region", "eu-west-1", code=0)
    iamctl("key", "create", "alice", code=0)
    local = json.loads(iamctl("assume-role", "deployer", "--as", "alice", "-o", "process").stdout)
    env = {
        "AWS_ACCESS_KEY_ID": local["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": local["SecretAccessKey"],
        "AWS_SESSION_TOKEN": local["SessionToken"],
    }
    none = iamctl("assume-role", "deployer", "--aws", env=env, code=5)
    assert "no credentials were found" in none.stderr
    assert aws[0].calls == []
    iamctl("assume-role", "deployer", "--aws", env={**env, "AWS_DEFAULT_PROFILE": "acme"}, code=0)
    assert aws[0].actions() == ["GetCallerIdentity", "AssumeRole"]


def test_a_session_of_awss_is_chained_when_asked_to(aws, iamctl, mirrored):
    aws[1]["GetCallerIdentity"] = identity(ASSUMED)
    env = {
        "AWS_ACCESS_KEY_ID": "ASIAREAL000000000001",
        "AWS_SECRET_ACCESS_KEY": "real-secret",
        "AWS_SESSION_TOKEN": "real-token",
        "AWS_REGION": "eu-west-1",
    }
    refused = iamctl("assume-role", "deployer", "--aws", "--chain", env=env, code=5)
    assert f"User: {ASSUMED} is not authorized" in refused.stderr


def test_a_profile_that_comes_back_to_iamctl_does_not_wait_for_itself(aws, iamctl, tmp_path):
    words = f"{sys.executable} -P -m iamctl assume-role deployer --aws -o process"
    (tmp_path / ".aws" / "credentials").unlink()
    (tmp_path / ".aws" / "config").write_text(
        f"[profile acme]\nregion = eu-west-1\ncredential_process = {words}\n"
    )
    refused = iamctl("assume-role", "deployer", "--aws", code=5)
    assert "that iamctl itself calls with" in refused.stderr
    (tmp_path / ".aws" / "config").write_text(
        "[profile acme]\nregion = eu-west-1\n"
        f"credential_process = {words.replace(' --aws', ' --as alice')}\n"
    )
    iamctl("key", "create", "alice", code=0)
    refused = iamctl("assume-role", "deployer", "--aws", code=5)
    assert "iamctl's own, which AWS does not know" in refused.stderr
    assert aws[0].calls == []


def test_a_command_gets_awss_credentials(aws, iamctl):
    script = "import os; print(os.environ['AWS_ACCESS_KEY_ID'], os.environ['AWS_SESSION_TOKEN'])"
    done = iamctl("exec", "deployer", "--aws", "--", sys.executable, "-c", script, code=0)
    assert done.stdout == "ASIAREAL000000000001 real-token\n"
    assert iamctl("exec", "deployer", "--aws", "--as", "alice", "--", "true").returncode == 125


def test_a_session_of_the_user(aws, iamctl):
    aws[1]["GetSessionToken"] = user_session()
    done = iamctl("get-session-token", "--aws", "-o", "json", code=0)
    assert json.loads(done.stdout)["Credentials"]["AccessKeyId"] == "ASIAUSER000000000001"
    assert iamctl("get-session-token", "--aws", "-o", "json", code=0).stdout == done.stdout
    assert aws[0].actions() == ["GetCallerIdentity", "GetSessionToken"]
    assert "with a profile" in iamctl("get-session-token", "--aws", "--as", "alice", code=2).stderr


def test_a_kept_session_is_listed_and_forgotten(aws, iamctl):
    iamctl("assume-role", "deployer", "--aws", code=0)
    listed = iamctl("sessions", "list", "-o", "json", code=0).stdout
    assert ASSUMED in listed
    assert "real-" not in listed
    iamctl("sessions", "forget", "--all", code=0)
    iamctl("assume-role", "deployer", "--aws", code=0)
    assert aws[0].actions() == ["GetCallerIdentity", "AssumeRole"] * 2


def test_parallel_calls_make_one_session(aws, mirrored):
    started = [
        subprocess.Popen(
            [sys.executable, "-P", "-m", "iamctl", "assume-role", "deployer", "--aws", "-o", "sh"],
            cwd=mirrored.folder,
            env=mirrored.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(6 * int(os.environ.get("IAMCTL_TEST_SCALE", "1")))
    ]
    ended = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0] * len(started), ended
    assert len({out for out, _ in ended}) == 1
    assert aws[0].actions() == ["GetCallerIdentity", "AssumeRole"]


def test_an_sts_that_is_no_fake_of_ours(mirrored, iamctl, moto_url):
    """moto: users, keys and roles made by boto3, the session used by boto3."""
    iam = boto3.client(
        "iam", endpoint_url=moto_url, region_name="us-east-1",
        aws_access_key_id="x", aws_secret_access_key="x",
    )  # fmt: skip
    iam.create_user(UserName="alice", Path="/eng/")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    iam.create_role(RoleName="deployer", AssumeRolePolicyDocument="{}")
    env = {
        "AWS_ENDPOINT_URL_STS": moto_url,
        "AWS_SHARED_CREDENTIALS_FILE": str(mirrored.folder / "credentials"),
    }
    (mirrored.folder / "credentials").write_text(
        f"[acme]\naws_access_key_id = {key['AccessKeyId']}\n"
        f"aws_secret_access_key = {key['SecretAccessKey']}\n"
    )
    done = iamctl("assume-role", "deployer", "--aws", "-o", "process", env=env, code=0)
    given = json.loads(done.stdout)
    sts = boto3.client(
        "sts", endpoint_url=moto_url, region_name="eu-west-1",
        aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )  # fmt: skip
    assert sts.get_caller_identity()["Arn"] == ASSUMED
    ends = time.mktime(time.strptime(given["Expiration"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    assert 3500 < ends - time.time() <= 3660
