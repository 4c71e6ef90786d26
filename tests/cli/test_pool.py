"""`iamctl pool` as a person and an application run it, from the provider's token to a role."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest
import yaml

from tests.cli.conftest import TEAM
from tests.federation.identities import claims, public_jwk, token

HOST = "cognito-identity.amazonaws.com"
GOOGLE = "https://google.example.com"


def providers():
    found = {
        "google": {"url": GOOGLE, "client_ids": ["web"], "jwks": {"main": public_jwk("google")}}
    }
    return "\n" + yaml.safe_dump({"identity_providers": found}, sort_keys=False)


@pytest.fixture
def machine(trusted):
    """The team's trusted directory, with an OIDC provider in it."""
    trusted.file.write_text(TEAM + providers())
    return trusted


def trust(pool_id, amr="authenticated"):
    return {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": HOST},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{HOST}:aud": pool_id},
                "ForAnyValue:StringLike": {f"{HOST}:amr": amr},
            },
        },
    }


def pool(home, name="web"):
    return yaml.safe_load(home.text())["identity_pools"][name]


def save_token(home, name="id-token", **changed):
    """An ID token of google's in a file; what --login wants for it."""
    now = int(time.time())
    said = {"iss": GOOGLE, "sub": "alice", "aud": "web", "iat": now, "exp": now + 600, **changed}
    (home.folder / name).write_text(token(claims(**said), name="google") + "\n")
    return f"google=file://{name}"


@pytest.fixture
def app(machine, quick):
    """The machine with a pool `web` and the roles member, staff and guest that trust it."""

    def run(*arguments):
        done = quick(*arguments)
        assert done.returncode == 0, done

    run(
        "pool",
        "create",
        "web",
        "--provider",
        "google",
        "--region",
        "eu-west-1",
        "--allow-classic-flow",
    )
    for name, amr in (("member", "authenticated"), ("staff", "authenticated"),
                      ("guest", "unauthenticated")):  # fmt: skip
        (machine.folder / "trust.json").write_text(json.dumps(trust(pool(machine)["id"], amr)))
        run("role", "create", name, "--trust", "trust.json")
        (machine.folder / "all.json").write_text(
            json.dumps({"Version": "2012-10-17",
                        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
        )  # fmt: skip
        run("role", "inline", "put", name, "All", "all.json")
    run("pool", "set-roles", "web", "--authenticated-role", "member", "--guest-role", "guest")
    return machine


def test_a_pool_from_its_creation_to_its_end(machine, iamctl, comments):
    made = iamctl("pool", "create", "web", "--provider", "google", "--tag", "a=b", "-o", "json",
                  env={"AWS_REGION": "eu-west-1"}, code=0)  # fmt: skip
    assert pool(machine)["id"].startswith("eu-west-1:")
    assert pool(machine)["id"] in made.stdout
    iamctl("pool", "set-roles", "web", "--authenticated-role", "deployer", code=0)
    iamctl("pool", "map", "web", "google", "--claim", "department", "--equals", "eng", "--role",
           "deployer", "--ambiguous", "deny", code=0)  # fmt: skip
    assert pool(machine)["role_mappings"] == {
        "google": {
            "type": "rules",
            "rules": [
                {"claim": "department", "match": "Equals", "value": "eng", "role": "deployer"}
            ],
            "ambiguous": "deny",
        }
    }
    iamctl("validate", code=0)
    listed = json.loads(iamctl("pool", "list", "-o", "json", code=0).stdout)
    assert listed == {
        "IdentityPools": [{"IdentityPoolId": pool(machine)["id"], "IdentityPoolName": "web"}]
    }
    iamctl("pool", "unmap", "web", "google", code=0)
    iamctl("pool", "untag", "web", "a", code=0)
    refused = iamctl("pool", "delete", "web", code=2)
    assert "no terminal" in refused.stderr
    iamctl("pool", "delete", "web", "--yes", code=0)
    assert yaml.safe_load(machine.text()).get("identity_pools", {}) == {}
    assert all(comment in machine.text() for comment in comments)


def test_the_region_is_us_east_1_when_nothing_says_another(machine, iamctl):
    iamctl("pool", "create", "web", code=0)
    assert pool(machine)["id"].startswith("us-east-1:")


@pytest.mark.parametrize(
    "words",
    [
        "map web google --claim department --role member",
        "map web google --claim d --equals a --contains b --role member",
        "map web google --equals a --role member",
        "map web google",
        "map web google --from-token --claim d --equals a --role member",
        "map web google --from-token --ambiguous perhaps",
        "set-roles web",
        "update web",
        "set-roles web --guest-role guest --no-guests",
        "get-id web --login google",
        "get-id web --login =-",
        "get-id web --login google=- --login okta=-",
    ],
)
def test_lines_that_contradict_themselves_change_nothing(app, quick, words):
    before = app.text()
    done = quick("pool", *words.split())
    assert done.returncode == 2, done
    assert "hint: " in done.stderr or "standard input" in done.stderr
    assert app.text() == before


def test_a_token_on_the_command_line_is_refused_and_not_repeated(app, quick):
    token = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
    for word in (f"google={token}", token, f"{token}="):
        done = quick("pool", "get-id", "web", "--login", word)
        assert done.returncode == 2
        assert "eyJ" not in done.stdout + done.stderr
        assert "file://" in done.stderr


def test_the_same_login_has_the_same_identity(app, quick):
    alice = save_token(app)
    first = quick("pool", "get-id", "web", "--login", alice, "-o", "name").stdout
    assert first.startswith("eu-west-1:")
    given = (app.folder / "id-token").read_text()
    again = quick("pool", "get-id", "web", "--login", "google=-", "-o", "name", input=given)
    assert again.stdout == first
    said = json.loads(quick("pool", "get-id", "web", "--login", alice, "-o", "json").stdout)
    assert said == {"IdentityId": first.strip()}
    guests = {quick("pool", "get-id", "web", "-o", "name").stdout for _ in range(2)}
    assert len(guests | {first}) == 3


def test_a_login_that_is_not_good_is_refused(app, quick):
    for changed in ({"exp": 1}, {"aud": "other"}, {"iss": "https://x.example.com"}):
        done = quick("pool", "get-id", "web", "--login", save_token(app, "bad", **changed))
        assert done.returncode == 5
        assert "Invalid login token" in done.stderr
    assert quick("pool", "get-id", "web", "--login", "google=file://nowhere").returncode == 4


def test_directories_file_holds_nothing_of_it(app, quick):
    before = app.text()
    quick("pool", "get-id", "web", "--login", save_token(app))
    quick("pool", "get-id", "web")
    assert app.text() == before


def test_a_pools_token_is_given_to_its_identity_alone(app, quick):
    alice, bob = save_token(app), save_token(app, "bob-token", sub="bob")
    identity = quick("pool", "get-id", "web", "--login", alice, "-o", "name").stdout.strip()
    said = json.loads(
        quick("pool", "token", "web", identity, "--login", alice, "-o", "json").stdout
    )
    assert set(said) == {"IdentityId", "Token"}
    quick("pool", "update", "web", "--no-allow-classic-flow")
    closed = quick("pool", "token", "web", identity, "--login", alice)
    assert (closed.returncode, closed.stdout) == (5, "")
    assert "classic" in closed.stderr
    quick("pool", "update", "web", "--allow-classic-flow")
    for more in ((), ("--login", bob)):
        done = quick("pool", "token", "web", identity, *more)
        assert done.returncode == 5
        assert done.stdout == ""
    missing = quick("pool", "token", "web", "eu-west-1:00000000-0000-4000-8000-000000000000")
    assert missing.returncode == 4


def test_nothing_of_it_is_readable_by_others(app, quick, tmp_path):
    quick("pool", "get-id", "web", "--login", save_token(app))
    state = tmp_path / "state"
    for folder, _, files in os.walk(state):
        for file in files:
            path = os.path.join(folder, file)
            assert os.stat(path).st_mode & 0o077 == 0
            with open(path, "rb") as opened:
                assert b"alice" not in opened.read()


def credentials(home, quick, *arguments):
    """What `pool credentials` gives for the login in id-token."""
    login = save_token(home)
    identity = quick("pool", "get-id", "web", "--login", login, "-o", "name").stdout.strip()
    return quick("pool", "credentials", "web", identity, "--login", login, *arguments)


def test_credentials_come_in_cognitos_shape(app, quick):
    said = json.loads(credentials(app, quick, "-o", "json").stdout)
    assert set(said) == {"IdentityId", "Credentials"}
    assert list(said["Credentials"]) == ["AccessKeyId", "SecretKey", "SessionToken", "Expiration"]


def test_credentials_go_into_a_file_that_only_their_owner_can_read(app, quick):
    for _ in range(2):
        done = credentials(app, quick, "-o", "json", "--output-file", "session.json")
        assert (done.returncode, done.stdout) == (0, "")
        path = app.folder / "session.json"
        assert path.stat().st_mode & 0o777 == 0o600
        assert set(json.loads(path.read_text())) == {"IdentityId", "Credentials"}


def test_an_applications_user_reaches_a_role_and_whoami_says_so(app, iamctl, quick):
    quick(
        "pool",
        "map",
        "web",
        "google",
        "--claim",
        "department",
        "--equals",
        "eng",
        "--role",
        "staff",
    )
    login = save_token(app, department="eng")
    identity = iamctl(
        "pool", "get-id", "web", "--login", login, "-o", "name", code=0
    ).stdout.strip()
    got = iamctl("pool", "credentials", "web", identity, "--login", login, "-o", "json", code=0)
    keys = json.loads(got.stdout)["Credentials"]
    session = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    said = json.loads(iamctl("whoami", "-o", "json", env=session, code=0).stdout)
    assert said["Arn"].endswith(":assumed-role/staff/CognitoIdentityCredentials")
    iamctl("pool", "delete", "web", "--yes", code=0)
    iamctl("whoami", env=session, code=0)
    iamctl("role", "revoke-sessions", "staff", "--yes", code=0)
    assert "revoked" in iamctl("whoami", env=session, code=5).stderr


def test_a_shell_evaluates_it_and_a_failure_leaves_no_old_identity(app, quick):
    good = credentials(app, quick, "-o", "sh")
    assert good.returncode == 0
    assert "AWS_ACCESS_KEY_ID='ASIA" in good.stdout
    bad = quick("pool", "credentials", "web", "eu-west-1:00000000-0000-4000-8000-000000000000")
    assert bad.returncode == 4
    assert bad.stdout.startswith("unset AWS_ACCESS_KEY_ID ")
    assert bad.stdout.endswith("(exit 4);\n")


def test_a_role_that_does_not_trust_the_pool_says_why(app, quick):
    quick("pool", "set-roles", "web", "--authenticated-role", "deployer")
    done = credentials(app, quick, "-o", "json")
    assert done.returncode == 5
    error = json.loads(done.stderr)
    assert "Invalid identity pool configuration" in done.stderr
    assert "sts:AssumeRoleWithWebIdentity" in json.dumps(error)
    assert done.stdout == ""


def test_the_basic_flow_hands_the_pools_token_to_sts(app, iamctl, quick):
    login = save_token(app)
    identity = quick("pool", "get-id", "web", "--login", login, "-o", "name").stdout.strip()
    token_ = quick("pool", "token", "web", identity, "--login", login, "-o", "name").stdout
    (app.folder / "pool-token").write_text(token_)
    got = iamctl("assume-role-with-web-identity", "--role-arn",
                 "arn:aws:iam::111122223333:role/member", "--role-session-name", "app",
                 "--web-identity-token", "file://pool-token", "-o", "json", code=0)  # fmt: skip
    said = json.loads(got.stdout)
    assert said["Provider"] == "https://cognito-identity.amazonaws.com"
    assert said["SubjectFromWebIdentityToken"] == identity
    assert said["AssumedRoleUser"]["Arn"].endswith(":assumed-role/member/app")


def test_where_nothing_can_be_stored_there_are_no_identities(machine, iamctl):
    iamctl("pool", "create", "web", "--provider", "google", code=0)
    environment = {"IAMCTL_VAULT": "env", "IAMCTL_SIGNING_KEY": "x"}
    done = iamctl("pool", "get-id", "web", "--login", save_token(machine), env=environment)
    assert done.returncode == 6


COMMAND = [sys.executable, "-P", "-m", "iamctl"]


def in_shell(home, shell, line):
    """What a line says in that shell, `iamctl` on its PATH and an old identity in its
    environment."""
    if shutil.which(shell) is None:
        assert os.environ.get("CI") != "1", f"CI must have {shell}"
        pytest.skip(f"{shell} is not installed")
    script = home.folder / "bin" / "iamctl"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    script.chmod(0o755)
    old = {"AWS_ACCESS_KEY_ID": "AKIAOLD", "AWS_SESSION_TOKEN": "old", "AWS_PROFILE": "old"}
    path = f"{script.parent}:{home.environment['PATH']}"
    return subprocess.run(
        [shell, "-c", line], cwd=home.folder, env={**home.environment, **old, "PATH": path},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("shell", ["bash", "zsh", "dash", "fish"])
def test_every_shell_gets_the_role_and_loses_the_old_identity_when_there_is_none(app, quick, shell):
    login = save_token(app)
    identity = quick("pool", "get-id", "web", "--login", login, "-o", "name").stdout.strip()
    for words, code, who in (
        (f"--login {login}", 0, ":assumed-role/member/CognitoIdentityCredentials\n"),
        ("", 5, ""),
    ):
        call = f"iamctl pool credentials web {identity} {words}"
        got = f"{call} | source" if shell == "fish" else f'eval "$({call})"'
        status = "$status" if shell == "fish" else "$?"
        told = f'{got}; echo status={status}; iamctl whoami -o name; echo "$AWS_PROFILE."'
        done = in_shell(app, shell, told)
        assert f"status={code}\n" in done.stdout, done
        assert who in done.stdout
        assert done.stdout.endswith("\n.\n")
        assert ("AKIAOLD" in done.stderr, "assumed-role" in done.stdout) == (False, code == 0)


def test_calls_at_the_same_time_make_one_identity_of_a_login(app):
    login = save_token(app)
    calls = [
        subprocess.Popen(
            [*COMMAND, "pool", "get-id", "web", "--login", login, "-o", "name"],
            cwd=app.folder, env=app.environment, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(6)
    ]  # fmt: skip
    said = {call.communicate(timeout=60)[0] for call in calls}
    assert len(said) == 1
    assert said.pop().startswith("eu-west-1:")
