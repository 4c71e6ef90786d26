"""Killing a command of the real command line at some instant, and what may lie about afterwards."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from iamctl.bootstrap import Runtime
from iamctl.ports import Vault

UUID = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"
COMMAND = [sys.executable, "-P", "-m", "iamctl"]
SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))


def random_instants() -> random.Random:
    """Instants to kill at; the seed is printed when a test fails."""
    seed = int(os.environ.get("IAMCTL_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"IAMCTL_TEST_SEED={seed}")
    return random.Random(seed)


def started(home, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, *words],
        cwd=home.folder, env=home.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def killed(home, after: float, *words: str) -> str | None:
    """What the command printed if it ended before it was killed, `after` seconds in."""
    process = started(home, *words)
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    if process.returncode == -signal.SIGKILL:
        return None
    assert process.returncode == 0, err
    return out


def lasts(home, *words: str) -> float:
    """How long the command takes when it is let be, in seconds."""
    began = time.monotonic()
    process = started(home, *words)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return time.monotonic() - began


def litter(home) -> list[str]:
    """What lies about beside the directory file and the files of its vault."""
    vault = Path(home.environment["XDG_STATE_HOME"]) / "iamctl" / UUID
    names = {p.name for p in home.folder.iterdir()} - {"directory.yaml"}
    wrapping = [p.name for p in vault.iterdir() if p.name.startswith("wrapping-key.")]
    known = {"keys.sealed", "keys.sealed.previous", "vault.json", "flights", *wrapping[:1]}
    known |= {"mfa-state.sealed", "sessions.sealed", "identities.sealed"}
    return sorted(names | ({p.name for p in vault.iterdir()} - known))


def vault_of(home) -> Vault:
    """The vault, opened as another process would."""
    return Runtime(home.environment).vaults.open(UUID)
