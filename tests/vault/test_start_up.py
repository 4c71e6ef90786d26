"""What opening a vault does not load: start-up is a feature."""

import subprocess
import sys

import pytest

from iamctl.ports import SigningKey
from iamctl.vault import VaultSettings, create_vault

HEAVY = {"keyring", "subprocess", "shlex", "termios", "tempfile", "secrets", "logging", "pathlib"}

OPEN = """
import os, sys
sys.path[:0] = {path!r}
before = set(sys.modules)
import iamctl.vault
{use}
print(*sorted(set(sys.modules) - before))
"""

READ = """
settings = iamctl.vault.VaultSettings(os.environ, os.urandom)
iamctl.vault.open_vault({folder!r}, {uuid!r}, "file", settings).signing_keys()
"""


def loaded(use: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-S", "-P", "-c", OPEN.format(path=sys.path, use=use)],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stdout.split())


def test_importing_the_room_loads_no_cryptography() -> None:
    modules = loaded("")
    assert "iamctl.vault" in modules
    assert modules & (HEAVY | {"cryptography", "pyotp", "hashlib", "hmac"}) == set()


def test_a_vault_of_kind_file_opens_without_keyring_and_subprocess(
    folder: str, uuid: str, first: SigningKey, settings: VaultSettings
) -> None:
    create_vault("file", folder, uuid, first, settings)
    modules = loaded(READ.format(folder=folder, uuid=uuid))
    assert "cryptography.hazmat.primitives.ciphers.aead" in modules
    assert modules & (HEAVY | {"pyotp"}) == set()


@pytest.mark.parametrize("module", ["iamctl.vault.trusted", "iamctl.vault.record"])
def test_trust_and_kind_are_told_without_any_secret_machinery(module: str) -> None:
    assert loaded(f"import {module}") & (HEAVY | {"cryptography"}) == set()
