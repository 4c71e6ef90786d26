"""Trust on first use: the pair of UUID and real path, and nothing less."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from iamctl.domain.errors import Busy, InvalidValue, VaultUnavailable
from iamctl.files import folder_lock
from iamctl.vault.trusted import Trusted, is_trusted, record, trusted

OTHER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def state(tmp_path: Path) -> str:
    return str(tmp_path / "state")


def test_only_the_recorded_pair_is_trusted(state: str, uuid: str, tmp_path: Path) -> None:
    path = str(tmp_path / "clone" / "directory.yaml")
    assert not is_trusted(state, uuid, path)
    assert not os.path.exists(state)
    record(state, uuid, path)
    assert is_trusted(state, uuid, path)
    assert not is_trusted(state, OTHER, path)
    assert not is_trusted(state, uuid, path + ".bak")
    assert not is_trusted(state, uuid, str(tmp_path / "clone2" / "directory.yaml"))
    assert not is_trusted(state, uuid.upper(), path)


def test_paths_are_the_real_ones(state: str, uuid: str, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    record(state, uuid, str(tmp_path / "link" / "directory.yaml"))
    assert trusted(state) == (Trusted(uuid, str(tmp_path / "real" / "directory.yaml")),)
    assert is_trusted(state, uuid, str(tmp_path / "link" / ".." / "real" / "directory.yaml"))
    (tmp_path / "link").unlink()
    (tmp_path / "evil").mkdir()
    (tmp_path / "link").symlink_to("evil")
    assert not is_trusted(state, uuid, str(tmp_path / "link" / "directory.yaml"))


def test_clones_and_directories_add_up(state: str, uuid: str, tmp_path: Path) -> None:
    for name in ("b", "a", "a"):
        record(state, uuid, f"{tmp_path}/{name}")
    record(state, OTHER, f"{tmp_path}/a")
    assert trusted(state) == (
        Trusted(OTHER, f"{tmp_path}/a"),
        Trusted(uuid, f"{tmp_path}/a"),
        Trusted(uuid, f"{tmp_path}/b"),
    )


def test_any_path_a_file_system_allows_is_kept(state: str, uuid: str, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(str(tmp_path)) + b"/\xff \n'\"\xe2\x80\xae")
    record(state, uuid, odd)
    assert is_trusted(state, uuid, odd)


def test_it_is_this_users_alone(state: str, uuid: str) -> None:
    record(state, uuid, "/x")
    assert stat.S_IMODE(os.stat(state).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(f"{state}/trusted.json").st_mode) == 0o600


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"version":2,"trusted":[]}',
        b'{"version":1,"trusted":[],"more":1}',
        b'{"version":1,"trusted":[{"uuid":"u"}]}',
        b'{"version":1,"trusted":[{"uuid":"u","path":7}]}',
        b'{"version":1,"trusted":7}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_damaged_record_trusts_nobody_and_is_kept(state: str, uuid: str, data: bytes) -> None:
    os.mkdir(state, 0o700)
    Path(state, "trusted.json").write_bytes(data)
    uses: tuple[Callable[[], object], ...] = (
        lambda: is_trusted(state, uuid, "/x"),
        lambda: record(state, uuid, "/x"),
    )
    for use in uses:
        with pytest.raises(VaultUnavailable, match="is damaged"):
            use()
    assert Path(state, "trusted.json").read_bytes() == data


def test_a_planted_link_is_not_read(state: str, uuid: str, tmp_path: Path) -> None:
    record(state, uuid, "/x")
    os.rename(f"{state}/trusted.json", tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", f"{state}/trusted.json")
    with pytest.raises(VaultUnavailable, match="symbolic link"):
        is_trusted(state, uuid, "/x")


def test_a_uuid_that_is_none_is_not_recorded(state: str) -> None:
    with pytest.raises(InvalidValue):
        record(state, "../x", "/x")
    assert not os.path.exists(state)


def test_twenty_at_once_are_all_recorded(state: str, uuid: str) -> None:
    children = []
    for number in range(20):
        child = os.fork()
        if child == 0:
            try:
                record(state, uuid, f"/clone-{number}")
                os._exit(0)
            finally:
                os._exit(99)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 20
    assert len(trusted(state)) == 20
    with folder_lock(state), pytest.raises(Busy):
        record(state, uuid, "/late", lock_timeout=0)
