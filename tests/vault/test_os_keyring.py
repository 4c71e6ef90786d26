"""Which keyrings are used at all. tests/contracts runs the real one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import SecretService, chainer, fail, null

from iamctl.domain.errors import VaultUnavailable
from iamctl.ports import SigningKey
from iamctl.vault import VaultSettings, create_vault

PLAIN = """
import json, os
from keyring.backend import KeyringBackend

class PlaintextKeyring(KeyringBackend):
    priority = 10
    path = os.environ["PLAIN_PATH"]
    def get_password(self, service, username):
        return json.load(open(self.path)).get(username) if os.path.exists(self.path) else None
    def set_password(self, service, username, password):
        json.dump({username: password}, open(self.path, "w"))
"""

CREATE = """
import os, sys
from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.vault import VaultSettings, create_vault
key = SigningKey("k", Secret(b"k" * 32))
uuid = "5b1d6a9e-0f3c-4c1d-8a43-6f0b2c9d7e11"
try:
    create_vault("keyring", sys.argv[1], uuid, key, VaultSettings(os.environ, os.urandom))
    print("made")
except VaultUnavailable as error:
    print(error.message)
    print(error.hint)
"""


@pytest.fixture
def configured() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_whatever_is_configured_only_trusted_keyrings_are_used(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(PLAIN)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PLAIN_PATH": str(tmp_path / "secrets"),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
    }
    for name, message in (
        ("plain.PlaintextKeyring", "no keyring that can be trusted (plain.PlaintextKeyring)"),
        ("keyring.backends.null.Keyring", "(keyring.backends.null.Keyring)"),
        ("keyring.backends.fail.Keyring", "(keyring.backends.fail.Keyring)"),
        ("no.such.Backend", "cannot open the keyring (ModuleNotFoundError)"),
        (None, "no keyring that can be trusted"),
    ):
        chosen = {} if name is None else {"PYTHON_KEYRING_BACKEND": name}
        folder = tmp_path / "vault"
        ran = subprocess.run(
            [sys.executable, "-c", CREATE, str(folder)],
            env={**environment, **chosen},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stderr == ""
        assert message in ran.stdout
        assert "--vault passphrase" in ran.stdout
        assert not os.path.exists(folder)
    assert not (tmp_path / "secrets").exists()


class Lookalike(SecretService.Keyring):
    """A subclass may do anything with what it is given."""


def chain(*backends: KeyringBackend) -> KeyringBackend:
    class Chain(chainer.ChainerBackend):
        pass

    Chain.backends = list(backends)  # type: ignore[assignment]
    Chain.__module__, Chain.__qualname__ = "keyring.backends.chainer", "ChainerBackend"
    return Chain()


@pytest.mark.parametrize(
    "backend",
    [null.Keyring(), fail.Keyring(), Lookalike(), chain(null.Keyring(), Lookalike()), chain()],
)
@pytest.mark.usefixtures("configured")
def test_untrusted_backends_are_refused_in_chains_as_well(
    backend: KeyringBackend, folder: str, uuid: str, first: SigningKey, settings: VaultSettings
) -> None:
    keyring.set_keyring(backend)
    with pytest.raises(VaultUnavailable, match="no keyring that can be trusted"):
        create_vault("keyring", folder, uuid, first, settings)
    assert not os.path.exists(folder)


@pytest.mark.usefixtures("configured")
def test_a_keyring_that_is_out_of_reach_says_so_without_its_own_words(
    folder: str,
    uuid: str,
    first: SigningKey,
    settings: VaultSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none/such")
    keyring.set_keyring(SecretService.Keyring())
    with pytest.raises(VaultUnavailable, match=r"cannot store in the keyring \(\w+\)") as refused:
        create_vault("keyring", folder, uuid, first, settings)
    assert "/none/such" not in refused.value.message
    assert not os.path.exists(folder)


class Forgetful(KeyringBackend):
    """Keeps entries and gives them back damaged."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, str] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries[username][:-2] if username in self.entries else None

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[username]


@pytest.mark.usefixtures("configured")
def test_an_entry_that_cannot_be_read_back_is_removed(
    folder: str, uuid: str, first: SigningKey, settings: VaultSettings
) -> None:
    Forgetful.__module__, Forgetful.__qualname__ = "keyring.backends.SecretService", "Keyring"
    backend = Forgetful()
    keyring.set_keyring(backend)
    with pytest.raises(VaultUnavailable, match="is damaged"):
        create_vault("keyring", folder, uuid, first, settings)
    assert backend.entries == {}
