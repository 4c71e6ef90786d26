"""assume-role-with-web-identity and assume-role-with-saml, from a file with a token to a shell."""

import json
import subprocess
import sys
import time

import pytest
import yaml

from tests.cli.conftest import TEAM
from tests.federation import saml_identities as idp
from tests.federation.identities import URL, claims, public_jwk, token

ACCOUNT = "111122223333"
HOST = URL.removeprefix("https://")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/engineer"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
WEB = "assume-role-with-web-identity"


def sections():
    trusted = [
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}},
        },
        {
            "Effect": "Allow",
            "Principal": {"Federated": SAML},
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": {"StringEquals": {"SAML:aud": idp.SIGN_IN}},
        },
    ]
    role = {
        "id": "AROAENGINEER00000001",
        "max_session_duration": "2h",
        "trust": {"Version": "2012-10-17", "Statement": trusted},
    }
    providers = {
        "idp": {"url": URL, "client_ids": ["sts.amazonaws.com"], "jwks": {"main": public_jwk()}},
        "corp": {"saml_metadata": idp.metadata()},
    }
    return role, providers


@pytest.fixture
def machine(trusted):
    """The team's trusted directory, with a provider of each kind and a role that trusts both."""
    role, providers = sections()
    told = yaml.safe_dump({"engineer": role}, sort_keys=False)
    text = TEAM.replace("\nroles:\n", "\nroles:\n" + "".join(f"  {x}\n" for x in told.splitlines()))
    added = yaml.safe_dump({"identity_providers": providers}, sort_keys=False)
    trusted.file.write_text(f"{text}\n{added}")
    return trusted


def web_token(**changed):
    now = int(time.time())
    return token(claims(iat=now - 5, exp=now + 600, **changed))


def saml_response(**changed):
    now = int(time.time())
    listed = idp.attribute(f"{idp.PREFIX}Role", f"{ROLE},{SAML}")
    return idp.good(
        attributes=(listed, idp.ATTRIBUTES[1]),
        begin=now - 60,
        end=now + 300,
        confirmed_until=now + 300,
        **changed,
    )


@pytest.fixture
def asked(machine):
    """The options that name a good token's file."""
    (machine.folder / "token").write_text(web_token() + "\n")
    return ("--role-session-name", "ci", "--web-identity-token", "file://token")


@pytest.fixture
def assertion(machine):
    """The options that name a good response's file."""
    (machine.folder / "response").write_text(saml_response())
    return ("--principal-arn", SAML, "--saml-assertion", "file://response")


def test_the_response_is_awss(machine, iamctl, asked):
    said = json.loads(iamctl(WEB, "--role-arn", ROLE, *asked, "-o", "json", code=0).stdout)
    assert said.keys() == {
        "Credentials",
        "AssumedRoleUser",
        "SubjectFromWebIdentityToken",
        "Provider",
        "Audience",
    }
    assert said["SubjectFromWebIdentityToken"] == "alice@example.com"
    assert (said["Provider"], said["Audience"]) == (URL, "sts.amazonaws.com")
    assert said["AssumedRoleUser"] == {
        "AssumedRoleId": "AROAENGINEER00000001:ci",
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/engineer/ci",
    }


def test_the_response_of_saml_is_awss(machine, iamctl, assertion):
    done = iamctl("assume-role-with-saml", "--role-arn", ROLE, *assertion, "-o", "json", code=0)
    said = json.loads(done.stdout)
    del said["Credentials"], said["AssumedRoleUser"], said["NameQualifier"]
    assert said == {
        "Subject": "alice",
        "SubjectType": "persistent",
        "Issuer": idp.ENTITY,
        "Audience": idp.SIGN_IN,
    }


def test_a_shell_gets_the_session_and_whoami_says_so(machine, asked, assertion):
    for arguments, name in (
        ((WEB, "engineer", *asked), "ci"),
        (("assume-role-with-saml", "engineer", *assertion), "alice@example.com"),
    ):
        given = " ".join(arguments)
        script = (
            f'iamctl() {{ "{sys.executable}" -P -m iamctl "$@"; }}\n'
            f'eval "$(iamctl {given})"\niamctl whoami -o json\n'
        )
        done = subprocess.run(
            ["sh", "-eu", "-c", script], capture_output=True, text=True, cwd=machine.folder,
            env=machine.environment, timeout=60, check=True,
        )  # fmt: skip
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/engineer/{name}"
        assert json.loads(done.stdout)["Arn"] == arn


@pytest.mark.parametrize("form", ["sh", "fish", "powershell", "dotenv", "process", "github"])
def test_every_form_has_the_credentials(machine, quick, asked, form):
    done = quick(WEB, "engineer", *asked, "-o", form)
    assert done.returncode == 0, done
    assert "ASIA" in done.stdout


def test_a_token_may_come_on_stdin(machine, quick):
    text = web_token()
    done = quick(WEB, "engineer", "--session-name", "ci", "--web-identity-token", "-",
                 "-o", "json", input=text)  # fmt: skip
    assert done.returncode == 0, done
    done = quick("assume-role-with-saml", "engineer", "--provider", "corp",
                 "--saml-assertion", "-", "-o", "json", input=saml_response())  # fmt: skip
    assert done.returncode == 0, done


def test_the_variables_of_sdks_say_what_is_not_on_the_command_line(machine, iamctl, asked):
    variables = {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(machine.folder / "token"),
        "AWS_ROLE_ARN": ROLE,
        "AWS_ROLE_SESSION_NAME": "pod",
    }
    done = iamctl(WEB, "-o", "json", env=variables, code=0)
    assert json.loads(done.stdout)["AssumedRoleUser"]["Arn"].endswith("/engineer/pod")


@pytest.mark.parametrize(
    "arguments",
    [
        (WEB, "engineer", "--session-name", "ci", "--web-identity-token"),
        ("assume-role-with-saml", "engineer", "--provider", "corp", "--saml-assertion"),
    ],
)
def test_a_token_on_the_command_line_is_refused_and_not_repeated(machine, iamctl, arguments):
    secret = web_token()
    done = iamctl(*arguments, secret, "-o", "sh", code=2)
    assert "must not stand on the command line" in done.stderr
    assert "file://PATH" in done.stderr
    assert secret not in done.stderr + done.stdout
    assert done.stdout.startswith("unset ")
    assert done.stdout.rstrip().endswith("(exit 2);")


@pytest.mark.parametrize(
    "arguments",
    [
        (WEB,),
        (WEB, "engineer", "--session-name", "ci"),
        (WEB, "engineer", "--web-identity-token", "file://token"),
        (WEB, "engineer", "--role-arn", ROLE),
        ("assume-role-with-saml", "engineer"),
        ("assume-role-with-saml", "engineer", "--provider", "corp"),
    ],
)
def test_what_is_missing_is_a_usage_error(machine, quick, asked, arguments):
    done = quick(*arguments)
    assert done.returncode == 2, done
    assert "(exit 2)" in done.stdout


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"aud": "other"}, "InvalidIdentityToken", "Incorrect token audience"),
        ({"iss": "https://other.example.com"}, "InvalidIdentityToken",
         "No OpenIDConnect provider found in your account for https://other.example.com"),
        ({"exp": 1}, "ExpiredTokenException", "Token expired: current date/time"),
    ],
)  # fmt: skip
def test_a_bad_token_ends_in_5_with_awss_words(machine, quick, changed, code, message):
    (machine.folder / "bad").write_text(web_token_of(changed))
    done = quick(WEB, "engineer", "--session-name", "ci", "--web-identity-token", "file://bad",
                 "-o", "json")  # fmt: skip
    assert done.returncode == 5, done
    error = json.loads(done.stderr)["Error"]
    assert error["Code"] == code
    assert error["Message"].startswith(message)


def web_token_of(changed):
    now = int(time.time())
    return token(claims(**{"iat": now - 5, "exp": now + 600, **changed}))


def test_a_refusal_says_awss_sentence_and_our_reasons(machine, iamctl, asked):
    done = iamctl(WEB, "deployer", *asked, "-o", "sh", code=5)
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in done.stderr
    assert done.stdout.rstrip().endswith("(exit 5);")
    done = iamctl(WEB, "enginer", *asked, code=5)
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in done.stderr
    assert 'did you mean "engineer"' in done.stderr


def test_session_policies_and_durations_are_taken_as_assume_role_takes_them(machine, quick, asked):
    read_only = "arn=arn:aws:iam::aws:policy/ReadOnlyAccess"
    done = quick(WEB, "engineer", *asked, "--policy-arns", read_only,
                 "--duration-seconds", "7200", "-o", "json")  # fmt: skip
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["PackedPolicySize"] > 0
    done = quick(WEB, "engineer", *asked, "--duration-seconds", "7201")
    assert done.returncode == 2, done
    assert "MaxSessionDuration" in done.stderr


def test_saml_without_its_extra_says_what_to_install(machine, iamctl, assertion):
    blocked = machine.folder.parent / "blocked"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text(
        "import sys\nsys.modules['lxml'] = sys.modules['signxml'] = None\n"
    )
    done = iamctl("assume-role-with-saml", "engineer", *assertion, "-o", "sh", code=10,
                  env={"PYTHONPATH": str(blocked)})  # fmt: skip
    assert "pip install 'iamctl[saml]'" in done.stderr
    assert done.stdout.rstrip().endswith("(exit 10);")


def test_the_token_is_in_no_trace_or_error(machine, iamctl):
    bad = web_token()[:-4] + "AAAA"
    (machine.folder / "bad").write_text(bad)
    for more in ((), ("-o", "json")):
        done = iamctl(WEB, "engineer", "--session-name", "ci", "--web-identity-token",
                      "file://bad", *more, code=5)  # fmt: skip
        assert bad.split(".")[1] not in done.stdout + done.stderr
        assert bad.split(".")[2] not in done.stdout + done.stderr
