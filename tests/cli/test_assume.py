"""Assuming a role from real shells."""

import json
import shutil
import subprocess
import sys

import pytest

EVAL = {
    "sh": 'eval "$(iamctl assume-role deployer{more})"',
    "dash": 'eval "$(iamctl assume-role deployer{more})"',
    "bash": 'eval "$(iamctl assume-role deployer{more})"',
    "zsh": 'eval "$(iamctl assume-role deployer{more})"',
    "fish": "iamctl assume-role deployer{more} | source",
}
FAIL_STOPS = {
    "sh": ("-euc", "{line}; echo reached"),
    "dash": ("-euc", "{line}; echo reached"),
    "bash": ("-euc", "{line}; echo reached"),
    "zsh": ("-euc", "{line}; echo reached"),
    "fish": ("-c", "{line}; or exit $status; echo reached"),
}


@pytest.fixture
def person(trusted, iamctl, tmp_path):
    """Alice with a key in the vault, and `iamctl` on PATH."""
    iamctl("key", "create", "alice", code=0)
    programs = tmp_path / "bin"
    programs.mkdir()
    script = programs / "iamctl"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m iamctl "$@"\n')
    script.chmod(0o755)
    trusted.environment["PATH"] = f"{programs}:{trusted.environment['PATH']}"
    return trusted


def shell(person, name, script, env=None):
    flag, line = script
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return subprocess.run(
        [name, flag, line],
        cwd=person.folder,
        env={**person.environment, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", EVAL)
def test_a_shell_holds_the_role_afterwards(person, name):
    line = EVAL[name].format(more=" --as alice")
    done = shell(person, name, ("-c", f"{line}; iamctl whoami -o json"))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["Arn"] == "arn:aws:sts::111122223333:assumed-role/deployer/alice"
    assert answer["UserId"] == "AROADEPLOYER00000001:alice"
    assert answer["FoundIn"] == "AWS_SESSION_TOKEN"


@pytest.mark.parametrize("name", EVAL)
def test_a_refusal_stops_the_script_and_leaves_no_identity(person, iamctl, name):
    iamctl("key", "create", "bob", code=0)
    line = EVAL[name].format(more=" --as bob")
    old = {"AWS_ACCESS_KEY_ID": "AKIAOLD", "AWS_SESSION_TOKEN": "old", "AWS_PROFILE": "old"}
    flag, script = FAIL_STOPS[name]
    done = shell(person, name, (flag, script.format(line=line)), old)
    assert done.returncode == 5, (done.stdout, done.stderr)
    assert "reached" not in done.stdout
    assert "is not authorized to perform: sts:AssumeRole on resource" in done.stderr
    after = shell(person, name, ("-c", f"{line} 2>/dev/null; env"), old)
    assert "AKIAOLD" not in after.stdout
    assert "AWS_PROFILE" not in after.stdout


@pytest.mark.parametrize("more", [" --nope", " --help", " --duration x", "x", " ''"])
def test_every_failing_way_out_fails_the_eval(person, more):
    line = EVAL["bash"].format(more=more)
    done = shell(
        person, "bash", ("-euc", f"{line}; echo reached"), {"AWS_ACCESS_KEY_ID": "AKIAOLD"}
    )
    assert done.returncode in (2, 4)
    assert "reached" not in done.stdout


def test_names_from_the_file_are_not_code(person, iamctl):
    """A session name may hold what the file's names may hold, tags anything AWS allows."""
    line = "eval \"$(iamctl assume-role deployer --as alice --session-name 'a=,.@-b+')\""
    done = shell(person, "sh", ("-euc", f"{line}; iamctl whoami -o json"))
    assert json.loads(done.stdout)["SessionName"] == "a=,.@-b+"
    iamctl("assume-role", "deployer", "--session-name", "$(id)", "--as", "alice", code=2)


def test_the_aws_cli_spellings(person, iamctl):
    done = iamctl(
        "assume-role", "--role-arn", "arn:aws:iam::111122223333:role/deployer", "--as", "alice",
        "--role-session-name", "ci", "--duration-seconds", "900", "-o", "json", code=0,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert set(answer["Credentials"]) == {
        "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration",
    }  # fmt: skip
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": "AROADEPLOYER00000001:ci",
        "Arn": "arn:aws:sts::111122223333:assumed-role/deployer/ci",
    }


def test_boto3_reads_what_credential_process_gets(person, tmp_path, monkeypatch):
    boto3 = pytest.importorskip("boto3")
    config = tmp_path / "aws-config"
    config.write_text(
        "[profile deployer]\nregion = eu-west-1\n"
        f"credential_process = {person.environment['PATH'].split(':')[0]}/iamctl assume-role "
        f"deployer --as alice -o process --directory {person.file}\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in person.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    frozen = boto3.Session(profile_name="deployer").get_credentials().get_frozen_credentials()
    assert frozen.access_key.startswith("ASIA")
    assert frozen.token


@pytest.mark.parametrize("change", ["token", "secret", "id"])
def test_whoami_tells_a_forgery(person, iamctl, change):
    done = iamctl("assume-role", "deployer", "--as", "alice", "-o", "json", code=0)
    given = json.loads(done.stdout)["Credentials"]
    env = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    iamctl("whoami", env=env, code=0)
    name = {
        "token": "AWS_SESSION_TOKEN",
        "secret": "AWS_SECRET_ACCESS_KEY",
        "id": "AWS_ACCESS_KEY_ID",
    }[change]
    middle = len(env[name]) // 2
    other = "A" if env[name][middle] != "A" else "B"
    env[name] = env[name][:middle] + other + env[name][middle + 1 :]
    done = iamctl("whoami", env=env, code=5)
    assert given["SecretAccessKey"] not in done.stderr
    assert given["SessionToken"] not in done.stderr


def test_a_revoked_session_says_so(person, iamctl):
    given = json.loads(
        iamctl("assume-role", "deployer", "--as", "alice", "-o", "json", code=0).stdout
    )["Credentials"]
    env = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    iamctl("role", "revoke-sessions", "deployer", "--yes", code=0)
    assert "revoked" in iamctl("whoami", env=env, code=5).stderr
    assert iamctl("get-caller-identity", "-o", "json", env=env, code=0).stdout
    fresh = iamctl("assume-role", "deployer", "--as", "alice", "-o", "json", code=0)
    given = json.loads(fresh.stdout)["Credentials"]
    env = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    iamctl("whoami", env=env, code=0)


def test_denied_says_which_statement_at_which_line(person, iamctl):
    iamctl("key", "create", "bob", code=0)
    done = iamctl("assume-role", "deployer", "--as", "bob", "-o", "sh", code=5)
    assert done.stdout.startswith("unset AWS_ACCESS_KEY_ID ")
    assert done.stdout.endswith("(exit 5);\n")
    assert "directory.yaml:" in done.stderr
    done = iamctl("assume-role", "deployer", "--as", "bob", "-o", "json", code=5)
    assert done.stdout == ""
    assert json.loads(done.stderr)["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize("policy", ["", " ", "file://"])
def test_a_session_policy_of_no_name(trusted, iamctl, policy):
    done = iamctl("assume-role", "deployer", "-o", "json", "--policy", policy, code=2)
    assert "--policy names no file" in done.stderr
