"""Of many processes that need the same thing, one gets it."""

import os
import stat
from pathlib import Path

import pytest

from iamctl.bootstrap import Runtime
from iamctl.domain.errors import InvalidValue
from iamctl.domain.secret import Secret
from iamctl.files import create_exclusively, folder_lock
from iamctl.ports import SigningKey
from iamctl.vault import VaultSettings, create_vault, discard_vault, vault_folder


def test_one_process_goes_and_the_others_find_what_it_got(tmp_path: Path, uuid: str) -> None:
    runtime = Runtime({"XDG_STATE_HOME": str(tmp_path)})
    got = tmp_path / "got"
    children = []
    for number in range(20):
        child = os.fork()
        if child == 0:
            try:
                with runtime.single_flight(uuid, "a session"):
                    if not got.exists():
                        create_exclusively(str(got), str(number).encode())
                        os._exit(1)
                os._exit(0)
            finally:
                os._exit(99)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sorted(codes) == [0] * 19 + [1]


def test_the_folder_is_private_and_stays_small(tmp_path: Path, uuid: str) -> None:
    runtime = Runtime({"XDG_STATE_HOME": str(tmp_path)})
    for number in range(1000):
        with runtime.single_flight(uuid, f"key {number}"):
            pass
    folder = Path(vault_folder(runtime.state_folder, uuid)) / "flights"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert 32 < len(list(folder.iterdir())) <= 64


def test_whoever_is_inside_stops_no_change_of_the_vault(tmp_path: Path, uuid: str) -> None:
    runtime = Runtime({"XDG_STATE_HOME": str(tmp_path)})
    folder = vault_folder(runtime.state_folder, uuid)
    with runtime.single_flight(uuid, "a session"), folder_lock(folder, 0):
        pass


def test_a_uuid_that_is_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue):
        Runtime({"XDG_STATE_HOME": str(tmp_path)}).single_flight("../x", "a session")
    assert list(tmp_path.iterdir()) == []


def test_a_discarded_vault_leaves_nothing(
    tmp_path: Path, uuid: str, first: SigningKey, settings: VaultSettings
) -> None:
    runtime = Runtime({"XDG_STATE_HOME": str(tmp_path)})
    folder = vault_folder(runtime.state_folder, uuid)
    vault = create_vault("file", folder, uuid, first, settings)
    vault.put_mfa_seed("phone", Secret(b"s" * 20))
    vault.use_mfa_code("phone", "000000", 0)
    with runtime.single_flight(uuid, "a session"):
        pass
    discard_vault(folder, uuid, settings)
    assert not os.path.exists(folder)
