"""Changes under contention, on full disks, and of processes that die."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iamctl.domain.errors import Busy, ConcurrentChange, StorageFailure, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.files import folder_lock
from iamctl.ports import SigningKey, Vault
from iamctl.vault import VaultSettings, create_vault, open_vault, rewrap, vault_folder
from iamctl.vault.interface import Wrapping, WrappingKey
from iamctl.vault.key_file import KeyFile

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))


@pytest.fixture
def vault(folder: str, uuid: str, first: SigningKey, settings: VaultSettings) -> Vault:
    made = create_vault("file", folder, uuid, first, settings)
    made.put_secret_access_keys({"AKIAOLD": Secret("old")})
    return made


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[str]:
    """A file system of 64 kB that really fills up."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "iamctl-test", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs needs root")
    try:
        yield str(disk)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_twenty_processes_lose_nothing(vault: Vault, settings: VaultSettings) -> None:
    times = 3 * SCALE
    children = []
    for number in range(20):
        child = os.fork()
        if child == 0:
            try:
                for count in range(times):
                    vault.put_secret_access_keys({f"AKIA{number}X{count}": Secret("s")})
                os._exit(0)
            finally:
                os._exit(99)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 20
    assert len(vault.key_ids()) == 20 * times + 1


def test_a_change_waits_for_the_lock_no_longer_than_told(
    vault: Vault, folder: str, uuid: str, settings: VaultSettings
) -> None:
    hurried = open_vault(folder, uuid, None, settings._replace(lock_timeout=0))
    with folder_lock(folder):
        with pytest.raises(Busy):
            hurried.put_secret_access_keys({"AKIANEW": Secret("new")})
        assert hurried.key_ids() == ("AKIAOLD",)


def test_nobody_is_asked_under_the_lock(
    folder: str, uuid: str, first: SigningKey, settings: VaultSettings
) -> None:
    asked = []

    def prompt(message: str) -> Secret:
        with folder_lock(folder, 0):
            asked.append(message)
        return Secret("p")

    settings = settings._replace(prompt=prompt)
    create_vault("passphrase", folder, uuid, first, settings)
    assert len(asked) == 2
    vault = open_vault(folder, uuid, None, settings)
    vault.put_secret_access_keys({"AKIANEW": Secret("new")})
    vault.delete_secret_access_keys(("AKIANEW",))
    assert vault.key_ids() == ()
    assert len(asked) == 3
    rewrap(vault, "passphrase")
    assert len(asked) == 5


def test_a_key_changed_by_another_process_is_read_but_not_written_past(
    vault: Vault, folder: str, uuid: str, settings: VaultSettings, first: SigningKey
) -> None:
    rewrap(open_vault(folder, uuid, None, settings), "file")
    assert vault.signing_keys() == (first,)

    def rewrap_meanwhile() -> None:
        rewrap(open_vault(folder, uuid, None, settings), "file")

    from iamctl.vault.sealed_vault import SealedVault

    assert isinstance(vault, SealedVault)
    unlock = vault.unlock

    def unlock_then_lose() -> None:
        unlock()
        rewrap_meanwhile()

    vault.unlock = unlock_then_lose  # type: ignore[method-assign]
    with pytest.raises(ConcurrentChange, match="another key"):
        vault.put_secret_access_keys({"AKIANEW": Secret("new")})
    assert open_vault(folder, uuid, None, settings).key_ids() == ("AKIAOLD",)


def test_a_rewrap_to_another_kind_while_a_vault_is_open_is_said_to_be_one(
    folder: str, uuid: str, vault: Vault, settings: VaultSettings
) -> None:
    opened = open_vault(folder, uuid, "file", settings)
    passphrase = settings._replace(environment={"IAMCTL_VAULT_PASSPHRASE": "for the train"})
    rewrap(open_vault(folder, uuid, "file", settings), "passphrase", passphrase)
    for use in (opened.unlock, opened.key_ids, lambda: opened.put_secret_access_keys({})):
        with pytest.raises(ConcurrentChange, match="another key by another process"):
            use()


def test_a_rewrap_between_the_file_and_its_key_is_read_past(
    vault: Vault, folder: str, uuid: str, settings: VaultSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    obtain, reader = KeyFile.obtain, open_vault(folder, uuid, None, settings)

    def rewrapped_meanwhile(source: KeyFile, wrapping: Wrapping) -> WrappingKey:
        monkeypatch.setattr(KeyFile, "obtain", obtain)
        rewrap(open_vault(folder, uuid, None, settings), "file")
        return obtain(source, wrapping)

    monkeypatch.setattr(KeyFile, "obtain", rewrapped_meanwhile)
    assert reader.key_ids() == ("AKIAOLD",)
    next(Path(folder).glob("wrapping-key.*")).unlink()
    with pytest.raises(VaultUnavailable, match="is missing"):
        open_vault(folder, uuid, None, settings).key_ids()


def test_killed_at_any_call_a_change_is_whole_and_the_next_cleans_up(
    killed_at_call: Callable[[int, Callable[[], object]], bool], vault: Vault, folder: str
) -> None:
    whole = {"keys.sealed", "keys.sealed.previous", "vault.json"}
    litter = 0
    seen = set()
    number = 0
    killed = True
    while killed:
        number += 1
        killed = killed_at_call(
            number, lambda: vault.put_secret_access_keys({"AKIANEW": Secret("new")})
        )
        seen.add(vault.key_ids())
        litter += len(os.listdir(folder)) - 4
        vault.put_secret_access_keys({"AKIANEW": Secret("again")})
        vault.delete_secret_access_keys(("AKIANEW",))
        names = {name for name in os.listdir(folder) if not name.startswith("wrapping-key.")}
        assert names == whole
    assert seen == {("AKIAOLD",), ("AKIANEW", "AKIAOLD")}
    assert litter > 0


def test_a_full_disk_leaves_what_was_there(
    tiny_disk: str, uuid: str, first: SigningKey, settings: VaultSettings
) -> None:
    folder = vault_folder(tiny_disk, uuid)
    vault = create_vault("file", folder, uuid, first, settings)
    vault.put_secret_access_keys({"AKIAOLD": Secret("old")})
    with pytest.raises(StorageFailure, match="the disk is full"):
        vault.put_secret_access_keys({f"AKIA{n}": Secret("x" * 40) for n in range(2000)})

    def fill() -> None:
        for number in range(2000):
            vault.put_secret_access_keys({f"AKIAX{number}": Secret("x" * 400)})

    with pytest.raises(StorageFailure, match="the disk is full"):
        fill()
    again = open_vault(folder, uuid, None, settings)
    assert again.secret_access_key("AKIAOLD") == Secret("old")
    held = len(again.key_ids())
    assert 1 < held < 2000
    assert len(os.listdir(folder)) == 4


def test_no_room_at_any_point_leaves_what_was_there(
    in_child: Callable[[Callable[[], object]], int],
    vault: Vault,
    folder: str,
    uuid: str,
    first: SigningKey,
    settings: VaultSettings,
) -> None:
    """A limit on the size of files stops each write of a change and of a rewrap in turn."""
    codes = []
    for limit in range(0, 800, 20):

        def change(limit: int = limit) -> None:
            vault.unlock()
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            vault.put_secret_access_keys({"AKIANEW": Secret("n" * 200)})

        def move(limit: int = limit) -> None:
            opened = open_vault(folder, uuid, None, settings)
            opened.unlock()
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            rewrap(opened, "file")

        for action in (move, change):
            codes.append(in_child(action))
            again = open_vault(folder, uuid, None, settings)
            assert again.signing_keys() == (first,)
            assert again.secret_access_key("AKIAOLD") == Secret("old")
        if codes[-2:] == [0, 0]:
            break
    assert set(codes) == {0, 100}
    assert codes[-2:] == [0, 0]
    assert [name for name in os.listdir(folder) if name.endswith(".iamctl-new")] == []
    assert len(list(Path(folder).glob("wrapping-key.*"))) == 1


def test_contents_of_another_version_are_not_written_back(
    vault: Vault, folder: str, uuid: str, settings: VaultSettings
) -> None:
    from iamctl.vault.sealed import KEYS, read_header, seal, unseal

    path = Path(folder) / "keys.sealed"
    header = read_header(path.read_bytes(), KEYS, uuid, "F")
    key = KeyFile(folder, uuid, settings).obtain(header.wrapping)
    known = unseal(path.read_bytes(), header, key.secret, "F")
    for contents in (
        known.replace(b'"format":1', b'"format":2'),
        known.replace(b"{", b'{"ssh_keys":{},', 1),
        known.replace(b"{", b'{"mfa_seeds":{"phone":"00"},', 1),
        known.replace(b"{", b'{"mfa_seeds":{"phone":7},', 1),
        known.replace(b'"ends":null', b'"ends":true'),
        known.replace(b'"ends":null', b'"ends":null,"curve":1'),
        known.replace(b'"old"', b"7"),
        known.replace(b'"first"', b'"fi:rst"'),
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b"\xff",
    ):
        assert contents != known
        path.write_bytes(seal(contents, key, KEYS, uuid, os.urandom))
        before = path.read_bytes()
        with pytest.raises(VaultUnavailable, match="another version of iamctl") as refused:
            vault.put_secret_access_keys({"AKIANEW": Secret("new")})
        assert path.read_bytes() == before
        assert refused.value.hint == "use the iamctl that wrote it, or a newer one"
