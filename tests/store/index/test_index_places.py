"""Where indexes are, the key that proves them, and what is swept."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from iamctl.files import folder_lock, private_folder
from iamctl.store.index.places import MOST, OLDEST, index_file, index_folder, index_key, sweep

NOW = 1_800_000_000
DAY = 86_400


def state_folder(tmp_path: Path) -> str:
    return str(tmp_path / "state" / "iamctl")


def test_one_index_a_file_whatever_it_is_called_by(tmp_path):
    cache = str(tmp_path / "cache")
    real = tmp_path / "directory.yaml"
    real.write_bytes(b"")
    os.symlink(real, tmp_path / "link.yaml")
    file = index_file(cache, str(real))
    assert os.path.dirname(file) == index_folder(cache) == os.path.join(cache, "index")
    assert index_file(cache, str(tmp_path / "link.yaml")) == file
    assert index_file(cache, f"{tmp_path}/./x/../directory.yaml") == file
    assert index_file(cache, str(tmp_path / "other.yaml")) != file
    assert index_file(cache, os.fsdecode(b"/\xff\xfe/directory.yaml")) != file


def test_the_key_is_made_once_and_is_private(tmp_path):
    asked: list[int] = []

    def randomness(size: int) -> bytes:
        asked.append(size)
        return b"k" * size

    folder = state_folder(tmp_path)
    assert index_key(folder, randomness, make=False) is None
    assert not os.path.exists(folder)
    assert index_key(folder, randomness) == b"k" * 32
    assert index_key(folder, randomness) == b"k" * 32
    assert asked == [32]
    assert os.stat(os.path.join(folder, "index.key")).st_mode & 0o7777 == 0o600
    assert os.listdir(folder) == ["index.key"]
    assert os.stat(folder).st_mode & 0o777 == 0o700


def test_two_machines_have_two_keys(tmp_path):
    one, two = index_key(str(tmp_path / "one")), index_key(str(tmp_path / "two"))
    assert one is not None
    assert two is not None
    assert one != two
    assert len(one) == len(two) == 32


def relinked(file: str) -> None:
    os.rename(file, file + ".real")
    os.symlink(file + ".real", file)


def piped(file: str) -> None:
    os.unlink(file)
    os.mkfifo(file, 0o600)


REFUSED: dict[str, Callable[[str], object]] = {
    "others may read": lambda file: os.chmod(file, 0o604),
    "group may write": lambda file: os.chmod(file, 0o620),
    "a link": relinked,
    "a pipe": piped,
    "short": lambda file: os.truncate(file, 31),
    "empty": lambda file: os.truncate(file, 0),
    "long": lambda file: os.truncate(file, 33),
    "an open folder": lambda file: os.chmod(os.path.dirname(file), 0o777),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_key_that_others_may_know_is_no_key(tmp_path, case):
    folder = state_folder(tmp_path)
    assert index_key(folder) is not None
    before = os.listdir(folder)
    REFUSED[case](os.path.join(folder, "index.key"))
    assert index_key(folder) is None
    assert set(os.listdir(folder)) >= set(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("whose", ["iamctl", "iamctl/index.key"])
def test_a_key_of_another_user_is_no_key(tmp_path, whose):
    folder = state_folder(tmp_path)
    assert index_key(folder) is not None
    os.chown(tmp_path / "state" / whose, 65534, -1)
    assert index_key(folder) is None


def test_a_key_that_cannot_be_made_is_no_key_and_no_failure(tmp_path):
    (tmp_path / "state").write_bytes(b"a file where the folder should be")
    assert index_key(state_folder(tmp_path)) is None
    folder = str(tmp_path / "open")
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    assert index_key(folder) is None
    busy = str(tmp_path / "busy")
    private_folder(busy)
    with folder_lock(busy):
        assert index_key(busy) is None
    assert index_key(busy) is not None


def test_the_key_that_another_process_made_first_is_taken(tmp_path):
    folder = state_folder(tmp_path)

    def slow(size: int) -> bytes:
        Path(folder, "index.key").write_bytes(b"f" * 32)
        os.chmod(Path(folder, "index.key"), 0o600)
        return b"s" * size

    assert index_key(folder, slow) == b"f" * 32


def indexes(tmp_path: Path, ages: dict[str, float]) -> str:
    cache = str(tmp_path / "cache")
    private_folder(index_folder(cache))
    for name, age in ages.items():
        path = os.path.join(index_folder(cache), name)
        Path(path).write_bytes(b"x")
        os.utime(path, (NOW - age, NOW - age))
    return cache


def left(cache: str) -> set[str]:
    return set(os.listdir(index_folder(cache)))


def test_what_nobody_used_for_long_goes(tmp_path):
    ages = {"a.index": 0, "b.index": OLDEST, "c.index": OLDEST + 1, "d.index": -DAY}
    cache = indexes(tmp_path, ages)
    path = os.path.join(index_folder(cache), "read.index")
    Path(path).write_bytes(b"x")
    os.utime(path, (NOW - DAY, NOW - OLDEST * 2))
    sweep(cache, NOW)
    assert left(cache) == {"a.index", "b.index", "d.index", "read.index"}


def test_of_too_many_the_latest_stay(tmp_path):
    cache = indexes(tmp_path, {f"{n:03}.index": n * 60 for n in range(MOST + 9)})
    sweep(cache, NOW)
    assert left(cache) == {f"{n:03}.index" for n in range(MOST)}


def test_what_a_dead_writer_left_goes_and_a_living_one_keeps_its_file(tmp_path):
    cache = indexes(tmp_path, {".a.index.1-ab.new": 3601, ".b.index.2-cd.new": 3599})
    sweep(cache, NOW)
    assert left(cache) == {".b.index.2-cd.new"}


def test_what_is_not_an_index_stays_and_nothing_is_followed(tmp_path):
    cache = indexes(tmp_path, {"README": OLDEST * 3})
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    os.utime(victim, (0, 0))
    os.symlink(victim, os.path.join(index_folder(cache), "z.index"))
    os.mkdir(os.path.join(index_folder(cache), "folder.index"))
    os.utime(os.path.join(index_folder(cache), "folder.index"), (0, 0))
    sweep(cache, NOW * 2)
    assert victim.read_bytes() == b"precious"
    assert left(cache) == {"README", "folder.index"}


def test_no_folder_is_no_failure(tmp_path):
    sweep(str(tmp_path / "none"), NOW)
    assert not (tmp_path / "none").exists()
