"""A directory whose role wants MFA, a device that is enabled, and a session that is kept."""

import json
import subprocess
import time
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path

import pyotp


def furnish(folder: Path, environ: Mapping[str, str], iamctl: str) -> None:
    """Make all of that in a folder; a code is used up for the session."""

    def run(*words: str) -> str:
        done = subprocess.run(
            [iamctl, *words], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"iamctl {' '.join(words)} failed:\n{done.stderr}")
        return done.stdout

    run("init", "--user", "me", "--account", "111122223333")
    run("role", "create", "deployer", "--allow", "user/me")
    file = folder / "directory.yaml"
    action = "          Action: sts:AssumeRole\n"
    wants = "          Condition: {Bool: {aws:MultiFactorAuthPresent: true}}\n"
    file.write_text(file.read_text().replace(action, action + wants))
    made = json.loads(run("mfa", "create", "phone", "-o", "json"))["VirtualMFADevice"]
    codes = pyotp.TOTP(b64decode(made["Base32StringSeed"]).decode())
    now = int(time.time())
    first, second = codes.at(now - 60), codes.at(now - 30)
    run("mfa", "enable", "phone", "--user", "me", "--code1", first, "--code2", second)
    run("assume-role", "deployer", "--mfa-code", codes.at(now), "-o", "json")
