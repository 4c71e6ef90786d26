"""`console`, in real processes: STS and the sign-in endpoint are on loopback."""

import json
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.aws.loopback import ACCOUNT, Answer, error, granted, identity, serving, signed_in
from tests.cli.conftest import UUID

ALICE = f"arn:aws:iam::{ACCOUNT}:user/eng/alice"
HOME = "https://console.aws.amazon.com"


@pytest.fixture
def aws(trusted, iamctl):
    """STS and sign-in for the team's directory, whose settings pin the account."""
    iamctl("config", "set", f"directories.{UUID}.aws.account", ACCOUNT, code=0)
    answers = {
        "GetCallerIdentity": identity(ALICE),
        "AssumeRole": granted("deployer", "alice"),
        "getSigninToken": signed_in("sign-in-token"),
    }
    with serving(lambda action, _: answers[action]) as server:
        trusted.environment.update(
            AWS_ENDPOINT_URL_STS=server.url,
            AWS_ENDPOINT_URL_SIGNIN=f"{server.url}/federation",
            AWS_ACCESS_KEY_ID="AKIAALICE0000000REAL",
            AWS_SECRET_ACCESS_KEY="long-term",
            AWS_EC2_METADATA_DISABLED="true",
            AWS_REGION="eu-west-1",
        )
        yield server, answers


def led_to(url):
    query = parse_qs(urlsplit(url.strip()).query)
    assert query["Action"] == ["login"]
    assert query["SigninToken"] == ["sign-in-token"]
    return query["Destination"][0]


def test_a_role_signs_in(aws, iamctl):
    done = iamctl("console", "deployer", code=0)
    assert done.stdout.count("\n") == 1
    assert led_to(done.stdout) == f"{HOME}/console/home?region=eu-west-1"
    assert done.stdout.startswith(f"{aws[0].url}/federation?Action=login")
    assert aws[0].actions() == ["GetCallerIdentity", "AssumeRole", "getSigninToken"]
    assert json.loads(aws[0].calls[2][1]["Session"]) == {
        "sessionId": "ASIAREAL000000000001", "sessionKey": "real-secret",
        "sessionToken": "real-token",
    }  # fmt: skip


@pytest.mark.parametrize(("words", "page"), [
    (("--service", "ec2"), "/ec2/home?region=eu-west-1"),
    (("--region", "us-east-2"), "/console/home?region=us-east-2"),
    (("--destination", f"{HOME}/s3/buckets/artefacts"), "/s3/buckets/artefacts"),
])  # fmt: skip
def test_the_page_that_is_asked_for(aws, iamctl, words, page):
    assert led_to(iamctl("console", "deployer", *words, code=0).stdout) == HOME + page


def test_json(aws, iamctl):
    answer = json.loads(iamctl("console", "deployer", "-o", "json", code=0).stdout)
    assert set(answer) == {"SigninUrl", "Destination", "SigninUrlExpiration", "Expiration"}
    assert answer["SigninUrlExpiration"] < answer["Expiration"]
    assert led_to(answer["SigninUrl"]) == answer["Destination"]


@pytest.mark.parametrize(("words", "code", "message"), [
    (("deployer", "--destination", "https://example.com/"), 2, "no page of the console"),
    (("deployer", "--service", "a/b"), 2, "no service"),
    (("deployer", "--region", "x"), 2, "no region"),
    (("deployer", "-o", "yaml"), 2, "no output form"),
    (("deplyer",), 4, 'did you mean "deployer"'),
    ((), 5, "no session of AWS's in the environment"),
    (("--duration", "1h"), 2, "needs a role"),
    (("--mfa-code", "123456"), 2, "needs a role"),
    (("", "--region", "eu-west-1"), 4, "does not exist"),
])  # fmt: skip
def test_what_is_asked_wrongly_calls_nobody(aws, iamctl, words, code, message):
    assert message in iamctl("console", *words, code=code).stderr
    assert aws[0].calls == []


def test_the_session_in_the_environment_signs_in(aws, iamctl):
    env = {"AWS_ACCESS_KEY_ID": "ASIAX", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "Fwo"}
    led_to(iamctl("console", env=env, code=0).stdout)
    assert aws[0].actions() == ["getSigninToken"]


def test_a_session_of_ours_is_refused_with_the_reason(aws, iamctl):
    iamctl("key", "create", "alice", code=0)
    local = json.loads(iamctl("assume-role", "deployer", "--as", "alice", "-o", "process").stdout)
    env = {
        "AWS_ACCESS_KEY_ID": local["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": local["SecretAccessKey"],
        "AWS_SESSION_TOKEN": local["SessionToken"],
    }
    assert "only iamctl verifies it" in iamctl("console", env=env, code=5).stderr
    assert aws[0].calls == []


def test_without_a_pinned_account_there_is_no_session_of_awss(aws, iamctl):
    iamctl("config", "unset", f"directories.{UUID}.aws.account", code=0)
    assert "which real account" in iamctl("console", "deployer", code=2).stderr
    assert aws[0].calls == []


@pytest.mark.parametrize(("action", "answer", "code"), [
    ("AssumeRole", error("AccessDenied", "no"), 5), ("getSigninToken", Answer(400, "no"), 5),
    ("getSigninToken", Answer(500, "no"), 9), ("getSigninToken", Answer(200, "no"), 9),
])  # fmt: skip
def test_what_fails_prints_no_url(aws, iamctl, action, answer, code):
    aws[1][action] = answer
    failed = iamctl("console", "deployer", code=code)
    assert failed.stdout == ""
    assert "real-" not in failed.stderr


BROWSER = """\
import http.client, json, os, sys
from urllib.parse import urlsplit
page = urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(page.hostname, page.port)
connection.request("GET", page.path)
answer = connection.getresponse()
seen = {"argv": sys.argv[1:], "status": answer.status, "location": answer.getheader("Location"),
        "ours": [name for name in os.environ if name.startswith("IAMCTL_")]}
open(__file__ + ".seen", "w").write(json.dumps(seen))
"""


def test_a_browser_is_led_there_without_the_url_on_its_command_line(aws, iamctl, tmp_path):
    program = tmp_path / "browser.py"
    program.write_text(f"#!{sys.executable}\n{BROWSER}")
    program.chmod(0o755)
    done = iamctl("console", "deployer", "--open", env={"BROWSER": f"{program} %s"}, code=0)
    assert done.stdout == ""
    assert "token" not in done.stderr
    seen = json.loads((tmp_path / "browser.py.seen").read_text())
    assert seen["status"] == 303
    assert led_to(seen["location"]) == f"{HOME}/console/home?region=eu-west-1"
    assert "token" not in " ".join(seen["argv"])
    assert seen["ours"] == []


def test_no_browser(aws, iamctl, tmp_path):
    (tmp_path / "empty").mkdir()
    env = {"BROWSER": "/nowhere %s", "PATH": str(tmp_path / "empty")}
    failed = iamctl("console", "deployer", "--open", env=env, code=2)
    assert "without --open the URL is printed" in failed.stderr
