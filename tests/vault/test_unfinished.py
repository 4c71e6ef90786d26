"""Vaults of an `init` that died: found, dealt with once, and never those of the living."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.vault import VaultSettings, create_vault, discard_vault
from iamctl.vault.unfinished import left_over, marked


def dead(state: str, uuid: str, path: str) -> None:
    """Mark a vault in a process that is gone before the body ends."""
    child = os.fork()
    if child == 0:
        with marked(state, uuid, path):
            os._exit(0)
    os.waitpid(child, 0)


@pytest.fixture
def state(tmp_path: Path) -> str:
    return str(tmp_path / "state")


def test_nothing_is_left_of_what_ended(state: str, uuid: str) -> None:
    assert list(left_over(state)) == []
    with marked(state, uuid, "/x"):
        assert list(left_over(state)) == []
    with pytest.raises(RuntimeError), marked(state, uuid, "/x"):
        raise RuntimeError
    assert list(left_over(state)) == []
    assert os.listdir(f"{state}/creating") == []


def test_a_death_after_it_is_settled_undoes_nothing(state: str, uuid: str) -> None:
    child = os.fork()
    if child == 0:
        with marked(state, uuid, "/x") as settle:
            settle()
            os._exit(0)
    os.waitpid(child, 0)
    assert list(left_over(state)) == []
    assert os.listdir(f"{state}/creating") == []
    with marked(state, uuid, "/x") as settle:
        settle()
    assert os.listdir(f"{state}/creating") == []


@pytest.mark.parametrize("path", ["/work/directory.yaml", "/a\nb", "/\udcff é"])
def test_what_died_is_told_once(state: str, uuid: str, path: str) -> None:
    dead(state, uuid, path)
    for pair in left_over(state):
        assert pair == (uuid, path)
        assert list(left_over(state)) == []
    assert list(left_over(state)) == []
    assert os.listdir(f"{state}/creating") == []


def test_what_died_before_it_wrote_its_path_goes_and_the_living_stay(state: str, uuid: str) -> None:
    other = uuid[:-1] + ("0" if uuid[-1] != "0" else "1")
    dead(state, uuid, "/x")
    os.rename(f"{state}/creating/{uuid}/path", f"{state}/creating/{uuid}/.path.iamctl-new")
    with marked(state, other, "/y"):
        assert list(left_over(state)) == []
        assert os.listdir(f"{state}/creating") == [other]
    assert os.listdir(f"{state}/creating") == []


def test_what_is_no_mark_stays_and_keeps_no_mark_from_being_told(state: str, uuid: str) -> None:
    broken = "00000000-0000-4000-8000-000000000000"
    dead(state, uuid, "/x")
    marks = Path(state, "creating")
    (marks / ".DS_Store").write_text("a file")
    (marks / "0-a-folder").mkdir()
    (marks / "0-a-folder" / "path").write_text("/y")
    (marks / broken / "path").mkdir(parents=True)
    assert list(left_over(state)) == [(uuid, "/x")]
    assert sorted(os.listdir(marks)) == [".DS_Store", "0-a-folder", broken]


def test_what_could_not_be_dealt_with_is_told_again(state: str, uuid: str) -> None:
    def fail() -> None:
        for _ in left_over(state):
            raise RuntimeError

    dead(state, uuid, "/x")
    with pytest.raises(RuntimeError):
        fail()
    assert list(left_over(state)) == [(uuid, "/x")]


def test_discarding_a_whole_vault_leaves_no_folder(
    folder: str, uuid: str, first: SigningKey, settings: VaultSettings
) -> None:
    discard_vault(folder, uuid, settings)
    for kind in ("file", "env"):
        vault = create_vault(kind, folder, uuid, first, settings)
        if kind == "file":
            vault.put_secret_access_keys({"AKIAX": Secret("s")})
        discard_vault(folder, uuid, settings)
        assert not os.path.exists(folder)


def test_what_was_killed_at_any_call_is_discarded(
    folder: str,
    uuid: str,
    first: SigningKey,
    settings: VaultSettings,
    killed_at_call: Callable[[int, Callable[[], object]], bool],
) -> None:
    def create() -> None:
        vault = create_vault("file", folder, uuid, first, settings)
        vault.put_secret_access_keys({"AKIAX": Secret("s")})

    number = 1
    while killed_at_call(number, create):
        discard_vault(folder, uuid, settings)
        assert not os.path.exists(folder)
        number += 1
    assert number > 20
