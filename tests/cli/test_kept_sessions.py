"""Sessions with MFA, kept: many calls at once make one, a killed holder blocks nobody."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
COMMAND = [sys.executable, "-P", "-m", "iamctl"]
ASSUME = ("assume-role", "deployer", "--as", "alice", "-o", "json")
UUID = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"

pytestmark = pytest.mark.slow

CODE_OF = """\
import sys, pyotp
print(sys.argv[2], file=open(sys.argv[1], "a"), flush=True)
{more}
from base64 import b32encode
print(pyotp.TOTP(b32encode(sys.argv[2].encode()).decode()).now())
"""


def seed_of(device: str) -> bytes:
    return device.encode().ljust(20, b".")


class Guarded:
    """The team, its role behind MFA, devices of alice's, and a program that knows their codes."""

    def __init__(self, home, tmp_path: Path, iamctl) -> None:
        self.home, self.iamctl, self.tmp_path = home, iamctl, tmp_path
        self.log = tmp_path / "asked.log"
        iamctl("key", "create", "alice", code=0)
        condition = "          Condition: {Bool: {aws:MultiFactorAuthPresent: true}}\n"
        trust = "          Action: sts:AssumeRole\n"
        home.file.write_text(home.text().replace(trust, trust + condition))
        self.vault = opened_vault(home)

    def device(self, name: str) -> None:
        """Give alice a device that is enabled."""
        self.vault.put_mfa_seed(name, _secret(seed_of(name)))
        text = self.home.text()
        section = "" if "\nmfa:\n" in text else "mfa:\n"
        enabled = f"  {name}: {{user: alice, enabled: 2026-01-02T03:04:05Z}}\n"
        self.home.file.write_text(f"{text}{section}{enabled}")

    def program(self, device: str, more: str = "") -> None:
        """Let the settings name a program that prints the device's codes."""
        script = self.tmp_path / f"code-of-{device}.py"
        script.write_text(CODE_OF.format(more=more))
        seed = seed_of(device).decode()
        line = f"{sys.executable} {script} {self.log} {seed}"
        self.iamctl("config", "set", "mfa_process", line, code=0)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*COMMAND, *words],
            cwd=self.home.folder,
            env=self.home.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def asked(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def wait_until_asked(self, times: int) -> None:
        deadline = time.monotonic() + 30
        while self.asked() < times:
            assert time.monotonic() < deadline, "no code was asked for"
            time.sleep(0.02)


def _secret(value: bytes):
    from iamctl.domain.secret import Secret

    return Secret(value)


def opened_vault(home):
    from iamctl.vault import VaultSettings, open_vault, vault_folder

    state = os.path.join(home.environment["XDG_STATE_HOME"], "iamctl")
    settings = VaultSettings(home.environment, os.urandom)
    return open_vault(vault_folder(state, UUID), UUID, None, settings)


@pytest.fixture
def guarded(trusted, tmp_path, iamctl) -> Guarded:
    return Guarded(trusted, tmp_path, iamctl)


def end(call: "subprocess.Popen[str]") -> None:
    """Kill it alone, as a person or the system would; what it started goes afterwards."""
    call.send_signal(signal.SIGKILL)
    call.wait(timeout=60)


def sweep(*calls: "subprocess.Popen[str]") -> None:
    """Remove what killed calls had started."""
    for call in calls:
        with suppress(ProcessLookupError):
            os.killpg(call.pid, signal.SIGKILL)
        call.communicate(timeout=60)


def key_id(out: str) -> str:
    return json.loads(out)["Credentials"]["AccessKeyId"]


def test_many_calls_at_once_make_one_session_and_ask_once(guarded):
    guarded.device("phone")
    guarded.program("phone")
    calls = [guarded.start(*ASSUME) for _ in range(20 if SCALE == 1 else 200)]
    told = [call.communicate(timeout=300) for call in calls]
    assert {call.returncode for call in calls} == {0}, [err for _, err in told if err]
    assert len({key_id(out) for out, _ in told}) == 1
    assert guarded.asked() == 1
    listed = json.loads(guarded.iamctl("sessions", "list", "-o", "json", code=0).stdout)
    (session,) = listed["Sessions"]
    assert session["SerialNumber"] == "arn:aws:iam::111122223333:mfa/phone"
    assert "SecretAccessKey" not in session


def test_a_killed_holder_blocks_nobody(guarded):
    guarded.device("phone")
    guarded.program("phone", more="import time; time.sleep(600)")
    holder = guarded.start(*ASSUME)
    guarded.wait_until_asked(1)
    waiting = guarded.start(*ASSUME)
    end(holder)
    guarded.wait_until_asked(2)  # the one that waited asks now
    end(waiting)
    guarded.program("phone")
    done = guarded.iamctl(*ASSUME, code=0)
    assert key_id(done.stdout).startswith("ASIA")
    sweep(holder, waiting)


def test_ctrl_c_ends_the_wait_for_a_holder(guarded):
    guarded.device("phone")
    guarded.program("phone", more="import time; time.sleep(600)")
    holder = guarded.start(*ASSUME)
    guarded.wait_until_asked(1)
    waiting = guarded.start(*ASSUME)
    time.sleep(1.5)
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    sweep(holder)


def test_killed_at_any_instant_it_loses_nothing(guarded):
    chance = random.Random(int(os.environ.get("IAMCTL_TEST_SEED", "5")))
    guarded.device("first")
    guarded.program("first")
    began = time.monotonic()
    kept = {key_id(guarded.iamctl(*ASSUME, "--mfa-serial", "first", code=0).stdout)}
    whole = time.monotonic() - began
    for number in range(8 * SCALE):
        name = f"device{number:03}"
        guarded.device(name)
        guarded.program(name)
        call = guarded.start(*ASSUME, "--mfa-serial", name)
        time.sleep(chance.uniform(0.3, 1.1) * whole)
        call.send_signal(signal.SIGKILL)
        out, _ = call.communicate(timeout=60)
        if out:
            kept.add(key_id(out))
        listed = json.loads(guarded.iamctl("sessions", "list", "-o", "json", code=0).stdout)
        assert kept <= {session["AccessKeyId"] for session in listed["Sessions"]}
    guarded.device("last")
    guarded.program("last")
    guarded.iamctl(*ASSUME, "--mfa-serial", "last", code=0)


def test_sessions_are_listed_and_forgotten(guarded):
    guarded.device("phone")
    guarded.program("phone")
    first = key_id(guarded.iamctl(*ASSUME, code=0).stdout)
    assert key_id(guarded.iamctl(*ASSUME, code=0).stdout) == first
    listed = guarded.iamctl("sessions", "list", code=0).stdout.splitlines()
    assert listed[0] == "id\tsession\tcaller\tfrom\tmfa\tuntil"
    assert listed[1].split("\t")[1:5] == ["deployer/alice", "alice", "iamctl", "phone"]
    guarded.iamctl("config", "set", "aliases.ship", "deployer", code=0)
    done = guarded.iamctl("sessions", "forget", "--role", "ship", code=0)
    assert "iamctl role revoke-sessions deployer ends it" in done.stderr
    assert json.loads(guarded.iamctl("sessions", "list", "-o", "json").stdout)["Sessions"] == []
    assert guarded.asked() == 1
    secrets = [path for path in guarded.tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in secrets if first.encode() in path.read_bytes()]
