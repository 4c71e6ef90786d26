"""What the tests of the vault share: cheap settings, a folder, processes that die on time."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from iamctl.domain.errors import IamctlError
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.vault import VaultSettings, vault_folder

AtCall = Callable[[int, Callable[[], object]], bool]
CHANGING = ("open", "write", "link", "rename", "unlink", "mkdir", "fchmod", "fsync", "flock")


@pytest.fixture
def uuid() -> str:
    return "5b1d6a9e-0f3c-4c1d-8a43-6f0b2c9d7e11"


@pytest.fixture
def first() -> SigningKey:
    return SigningKey("first", Secret(b"1" * 32))


@pytest.fixture
def second() -> SigningKey:
    return SigningKey("second", Secret(b"2" * 32))


@pytest.fixture
def settings() -> VaultSettings:
    """No environment, nobody to ask, a passphrase that costs little."""

    def prompt(message: str) -> Secret:
        raise AssertionError(f"asked: {message}")

    return VaultSettings({}, os.urandom, prompt, scrypt_log_n=10)


@pytest.fixture
def folder(tmp_path: Path, uuid: str) -> str:
    return vault_folder(str(tmp_path / "state"), uuid)


def _in_child(action: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        status = 99
        try:
            action()
            status = 0
        except IamctlError:
            status = 100
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def in_child() -> Callable[[Callable[[], object]], int]:
    """Runs in a forked child; 0 when the action returned, 100 for IamctlError, -n a signal."""
    return _in_child


def _at_call(number: int, action: Callable[[], object], then: Callable[[], None]) -> int:
    """Runs in a forked child, where `then` happens before the numbered call that changes a disk."""

    def run() -> None:
        left = number

        def each_call(_frame: object, event: str, function: object) -> None:
            nonlocal left
            if event == "c_call" and getattr(function, "__module__", "") in ("posix", "fcntl"):
                left -= getattr(function, "__name__", "") in CHANGING
                if left == 0:
                    sys.setprofile(None)
                    then()

        sys.setprofile(each_call)
        action()

    return _in_child(run)


@pytest.fixture
def killed_at_call() -> AtCall:
    """The child dies of SIGKILL there; False when the action ended before."""

    def run(number: int, action: Callable[[], object]) -> bool:
        status = _at_call(number, action, lambda: os.kill(os.getpid(), signal.SIGKILL))
        assert status in (0, -signal.SIGKILL)
        return status != 0

    return run


@pytest.fixture
def interrupted_at_call() -> AtCall:
    """The person presses Ctrl-C there; False when the action ended before."""

    def press() -> None:
        raise KeyboardInterrupt

    def run(number: int, action: Callable[[], object]) -> bool:
        status = _at_call(number, action, press)
        assert status in (0, 99)
        return status != 0

    return run
