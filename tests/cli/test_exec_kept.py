"""Beside `exec --server`, sessions that took a code or real AWS: kept, decided again, renewed."""

import json
import subprocess
import sys

import pytest

from tests.aws.loopback import ACCOUNT, granted, identity, serving
from tests.cli.conftest import UUID
from tests.cli.terminal import COMMAND, at_terminal
from tests.cli.test_kept_sessions import Guarded

PATIENCE = 60

# Asks the endpoint for each line on its standard input, as SDKs do.
ASKS = """
import os, sys, urllib.request, urllib.error
for line in sys.stdin:
    ask = urllib.request.Request(
        os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
        headers={"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]},
    )
    try:
        print(urllib.request.urlopen(ask).read().decode(), flush=True)
    except urllib.error.HTTPError as error:
        print(error.read().decode(), flush=True)
"""


class Job:
    """`iamctl exec deployer --server WORDS` with a command that asks when it is told to."""

    def __init__(self, home, *words, env=None):
        self.process = subprocess.Popen(
            [*COMMAND, "exec", "deployer", "--server", *words, "--", sys.executable, "-c", ASKS],
            cwd=home.folder, env={**home.environment, **(env or {})}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self):
        self.process.stdin.write("ask\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        return self.process.communicate(timeout=PATIENCE)


@pytest.fixture
def start():
    """Starts jobs, and ends them."""
    jobs = []

    def make(*words, **more):
        jobs.append(Job(*words, **more))
        return jobs[-1]

    yield make
    for job in jobs:
        job.process.kill()
        job.end()


@pytest.fixture
def guarded(trusted, tmp_path, iamctl):
    made = Guarded(trusted, tmp_path, iamctl)
    made.device("phone")
    return made


def code_of(guarded):
    """A code, and the session that it pays for is kept."""
    guarded.program("phone")
    out = guarded.iamctl("config", "get", "mfa_process").stdout.strip()
    code = subprocess.run(out.split(), capture_output=True, text=True, check=True).stdout.strip()
    guarded.iamctl("config", "unset", "mfa_process", code=0)
    return code


def test_a_code_is_asked_for_once(guarded, start):
    guarded.program("phone")
    job = start(guarded.home, "--as", "alice")
    first, second = job.ask(), job.ask()
    assert first["AccessKeyId"] == second["AccessKeyId"]
    assert guarded.asked() == 1


def test_a_session_too_short_for_sdks_is_served_while_it_lasts(guarded, start):
    """Nobody can be asked for another code: the command has the terminal."""
    code = code_of(guarded)
    words = ("--as", "alice", "--duration", "15m", "--mfa-code", code)
    job = start(guarded.home, *words)
    first, second = job.ask(), job.ask()
    assert first["AccessKeyId"] == second["AccessKeyId"]
    guarded.iamctl("sessions", "forget", "--all", code=0)
    told = job.ask()
    assert told["code"] == "AccessDenied"
    assert "another code of MFA device arn:aws:iam::111122223333:mfa/phone" in told["message"]


def test_a_kept_session_is_decided_again(guarded, start, iamctl):
    guarded.program("phone")
    job = start(guarded.home, "--as", "alice")
    assert job.ask()["AccessKeyId"].startswith("ASIA")
    iamctl("role", "allow", "deployer", "user/bob", code=0)
    iamctl("role", "disallow", "deployer", "user/alice", code=0)
    told = job.ask()
    assert told["code"] == "AccessDenied"
    assert "is not authorized to perform: sts:AssumeRole" in told["message"]


def test_real_awss_sessions_go_the_same_way(trusted, tmp_path, iamctl, start):
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "config").write_text("[profile acme]\nregion = eu-west-1\n")
    (folder / "credentials").write_text(
        "[acme]\naws_access_key_id = AKIAALICE0000000REAL\naws_secret_access_key = long-term\n"
    )
    for name, value in (("account", ACCOUNT), ("profile", "acme")):
        iamctl("config", "set", f"directories.{UUID}.aws.{name}", value, code=0)
    alice = f"arn:aws:iam::{ACCOUNT}:user/eng/alice"
    answers = {"GetCallerIdentity": identity(alice), "AssumeRole": granted("deployer", "alice")}
    with serving(lambda action, _: answers[action]) as sts:
        env = {"AWS_ENDPOINT_URL_STS": sts.url, "AWS_EC2_METADATA_DISABLED": "true"}
        says = "import os; print(os.environ['AWS_SESSION_TOKEN'])"
        done = iamctl(
            "exec", "deployer", "--aws", "--", sys.executable, "-c", says, env=env, code=0
        )
        assert done.stdout == "real-token\n"
        job = start(trusted, "--aws", env=env)
        assert [job.ask()["Token"] for _ in range(2)] == ["real-token", "real-token"]
        assert sts.actions() == ["GetCallerIdentity", "AssumeRole"]  # it is kept
        answers["AssumeRole"] = granted("deployer", "alice", seconds=300)
        done = iamctl("exec", "deployer", "--aws", "--no-cache", "--", "true", env=env, code=0)
        before = len(sts.calls)
        assert job.ask()["Token"] == "real-token"  # five minutes are too few: AWS is asked again
        assert "AssumeRole" in sts.actions()[before:]


def test_the_vaults_passphrase_is_asked_for_once(trusted, iamctl):
    iamctl("key", "create", "alice", code=0)
    trusted.environment["IAMCTL_VAULT"] = ""
    secret = {"IAMCTL_VAULT_PASSPHRASE": "correct horse"}
    iamctl("vault", "rewrap", "--to", "passphrase", env=secret, code=0)
    script = f"import io, sys; sys.stdin = io.StringIO('1\\n2\\n'); {ASKS.strip().splitlines()[0]}"
    (trusted.folder / "asks.py").write_text(script + "\n" + "\n".join(ASKS.splitlines()[2:]))
    code, screen = at_terminal(
        trusted,
        ["exec", "deployer", "--as", "alice", "--server", "--", sys.executable, "asks.py"],
        [("Passphrase of this machine's vault: ", "correct horse\n")],
    )
    assert code == 0, screen
    given = [json.loads(line) for line in screen.splitlines() if line.startswith("{")]
    assert len({answer["AccessKeyId"] for answer in given}) == 2
    assert screen.count("Passphrase") == 1
    assert "correct horse" not in screen
