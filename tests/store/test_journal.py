"""An edit of several files that is cut off: old or new, never half, and nobody's work is lost."""

import contextlib
import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iamctl import files
from iamctl.domain.change import Change, Changes
from iamctl.domain.errors import Busy, ConcurrentChange, IamctlError, StorageFailure
from iamctl.store.journal import Journal, Step
from iamctl.store.repository import YamlRepository
from tests.store.split_stage import (
    FILES,
    PEOPLE,
    RENAMED,
    RENAMED_FILES,
    TAGGED,
    TEAMS,
    found,
    planned,
    put,
    repository,
)

CALLS = ("open", "write", "rename", "link", "unlink", "mkdir", "rmdir", "fsync", "fchmod")
"""The system calls between which a kill can make a difference."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    put(folder, FILES)
    return folder


def counted(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """Call `act` with the number of each system call just before it is made."""
    count = 0

    def wrapped(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            nonlocal count
            count += 1
            act(count)
            return real(*arguments, **named)

        return call

    for name in CALLS:
        monkeypatch.setattr(os, name, wrapped(getattr(os, name)))


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a fork that is killed just before that system call; whether it was."""
    child = os.fork()
    if child == 0:
        try:
            patch = pytest.MonkeyPatch()
            counted(patch, lambda n: os.kill(os.getpid(), signal.SIGKILL) if n == step else None)
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def each_step(
    folder: Path, work: Callable[[], object], before: dict[str, str], every: int = 1
) -> Iterator[int]:
    """The number of each step that the work was killed at, the files being as before each time."""
    step = 0
    while True:
        step += every
        for name in found(folder):
            (folder / name).unlink()
        put(folder, before)
        if not killed_at(step, work):
            return
        yield step


def journals(folder: Path) -> list[str]:
    state = folder.parent / "state"
    return [path.name for path in state.iterdir()] if state.exists() else []


def whole(folder: Path) -> dict[str, str]:
    """The files that are no leftovers of a killed writer."""
    return {name: text for name, text in found(folder).items() if not name.endswith("-new")}


@pytest.mark.slow
def test_sigkill_at_every_step_leaves_old_or_new(folder: Path) -> None:
    """What a reader gets, and what files hold once it got it, is all of the edit or nothing."""
    ended = []
    for step in each_step(folder, lambda: repository(folder).apply(planned(*RENAMED)), FILES):
        names = set(repository(folder).load().users)
        assert names in ({"root.admin", "alice", "bob"}, {"root.admin", "alicia", "bob"}), step
        assert whole(folder) == (RENAMED_FILES if "alicia" in names else FILES), step
        assert not [name for name in journals(folder) if name.endswith(".journal")], step
        ended.append("alicia" in names)
        if "alicia" not in names:
            repository(folder).apply(planned(*RENAMED))
        assert whole(folder) == RENAMED_FILES, step
        repository(folder).apply(planned(*TAGGED))
    assert ended == sorted(ended), "once it is written down, it is done"
    assert {True, False} == set(ended)
    assert journals(folder) == []
    assert found(folder) == RENAMED_FILES


@pytest.mark.slow
def test_sigkill_at_every_step_of_the_recovery(folder: Path) -> None:
    half = {**FILES, "people/eng.yaml": RENAMED_FILES["people/eng.yaml"]}
    kills = 0

    def cut_off() -> None:
        put(folder, FILES)
        steps = [
            Step(name, FILES[name].encode(), RENAMED_FILES[name].encode())
            for name in ("people/eng.yaml", "teams.yaml")
        ]
        cut_off_before(folder, steps, "teams.yaml")
        repository(folder).load()

    for _ in each_step(folder, cut_off, FILES):
        kills += 1
        assert whole(folder) in (FILES, half, RENAMED_FILES)
        users = repository(folder).load().users
        assert whole(folder) == (RENAMED_FILES if "alicia" in users else FILES)
    assert kills > 20
    assert found(folder) == RENAMED_FILES


class Cut(BaseException):
    """The end of a process, for tests that go on."""


def cut_off_before(folder: Path, steps: list[Step], name: str) -> None:
    """Carry the steps out up to the file of that name, as a killed process would."""
    journal = Journal(lambda: str(folder.parent / "state"), str(folder / "directory.yaml"))
    real_write, real_undo = Journal._write, Journal._undo

    def write(self: Journal, record: object) -> None:
        if record.name == name:  # type: ignore[attr-defined]
            raise Cut
        real_write(self, record)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "_write", write)
        patch.setattr(Journal, "_undo", lambda *_: None)
        with pytest.raises(Cut):
            journal.carry_out(steps)
    assert Journal._undo is real_undo


@pytest.fixture
def half(folder: Path) -> Path:
    """Cut off between two files."""
    steps = [
        Step(name, FILES[name].encode(), RENAMED_FILES[name].encode())
        for name in ("people/eng.yaml", "teams.yaml")
    ]
    cut_off_before(folder, steps, "teams.yaml")
    assert found(folder) == {**RENAMED_FILES, "teams.yaml": TEAMS}
    return folder


def test_a_reader_finishes_what_was_cut_off(half: Path) -> None:
    directory = repository(half).load()
    assert "alicia" in directory.users
    assert directory.group("payments").members[0].user == "alicia"
    assert found(half) == RENAMED_FILES
    assert journals(half) == []


def test_a_dry_run_and_an_edit_finish_it_too(half: Path) -> None:
    edit = repository(half).apply(planned(*TAGGED), dry_run=True)
    assert found(half) == RENAMED_FILES
    assert edit.paths == (str(half / "people" / "eng.yaml"),)
    repository(half).apply(planned(*TAGGED))
    assert "0042" in found(half)["people/eng.yaml"]


def test_a_remembered_directory_is_not_believed_beside_a_journal(folder: Path) -> None:
    lasting = repository(folder, remembers=True)
    first = lasting.load()
    steps = [
        Step(name, FILES[name].encode(), RENAMED_FILES[name].encode())
        for name in ("people/eng.yaml", "teams.yaml")
    ]
    cut_off_before(folder, steps, "people/eng.yaml")
    assert lasting.load() is not first
    assert journals(folder) == []
    assert found(folder) == FILES, "nothing of it was written, so it is forgotten"


def test_what_a_person_put_back_is_not_done_again(half: Path) -> None:
    put(half, FILES)
    assert "alice" in repository(half).load().users
    assert found(half) == FILES
    assert journals(half) == []


@pytest.mark.parametrize("name", ["people/eng.yaml", "teams.yaml"])
@pytest.mark.parametrize("by_hand", ["users: {}\n", None, "folder", "link"])
def test_what_was_changed_by_hand_is_not_overwritten(
    half: Path, name: str, by_hand: str | None
) -> None:
    (half / name).unlink()
    if by_hand == "folder":
        (half / name).mkdir()
    elif by_hand == "link":
        (half.parent / "elsewhere").write_text(RENAMED_FILES[name])
        (half / name).symlink_to(half.parent / "elsewhere")
    elif by_hand is not None:
        (half / name).write_text(by_hand)
    before = found(half)
    with pytest.raises(ConcurrentChange, match="was changed since then") as raised:
        repository(half).load()
    assert found(half) == before
    (aside,) = journals(half)
    assert aside.endswith(".journal.aside")
    assert aside in (raised.value.hint or "")
    put_back = half / name
    if put_back.is_symlink() or put_back.is_file():
        put_back.unlink()
    elif put_back.exists():
        put_back.rmdir()
    put(half, RENAMED_FILES)
    assert "alicia" in repository(half).load().users


@pytest.mark.parametrize("data", [b"", b"{", b'{"journal": 2, "path": "x", "files": []}', b"[]"])
def test_a_journal_that_cannot_be_read_is_set_aside(half: Path, data: bytes) -> None:
    (file,) = (half.parent / "state").iterdir()
    file.write_bytes(data)
    before = found(half)
    with pytest.raises(ConcurrentChange, match="its journal cannot be read"):
        repository(half).load()
    assert found(half) == before
    assert (half.parent / "state" / f"{file.name}.aside").read_bytes() == data


def test_a_journal_whose_texts_are_not_the_promised_ones_is_set_aside(half: Path) -> None:
    (file,) = (half.parent / "state").iterdir()
    text = file.read_text()
    start = text.rindex('"data": "') + 20
    other = "A" if text[start] != "A" else "B"
    file.write_text(text[:start] + other + text[start + 1 :])
    with pytest.raises(ConcurrentChange):
        repository(half).load()
    assert found(half)["teams.yaml"] == TEAMS


def test_the_journal_is_this_users_alone(half: Path) -> None:
    (file,) = (half.parent / "state").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (half.parent / "state").stat().st_mode & 0o777 == 0o700


def test_a_reader_waits_for_a_writer_and_finds_all_of_its_edit(half: Path) -> None:
    entered, told = threading.Event(), []

    def read() -> None:
        entered.set()
        told.append(set(repository(half).load().users))

    with files.folder_lock(str(half)):
        reader = threading.Thread(target=read)
        reader.start()
        entered.wait(10)
        reader.join(0.05)
        assert not told
    reader.join(10)
    assert told == [{"root.admin", "alicia", "bob"}]
    assert found(half) == RENAMED_FILES


def test_a_reader_does_not_wait_for_ever(half: Path) -> None:
    with files.folder_lock(str(half)), pytest.raises(Busy):
        repository(half, lock_timeout=0.0).load()


def test_without_a_folder_for_journals_there_is_none(folder: Path) -> None:
    def nowhere() -> str:
        raise StorageFailure("this system does not say where your home folder is")

    bare = YamlRepository(str(folder / "directory.yaml"), journals=nowhere)
    assert "alice" in bare.load().users
    with pytest.raises(StorageFailure):
        bare.apply(planned(*RENAMED))
    assert found(folder) == FILES


@pytest.mark.parametrize("broken", [OSError(errno.ENOSPC, ""), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_all_as_it_was(
    folder: Path, broken: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the last steps of all, when every file is written."""
    ended: list[bool] = []
    while not ended or len(ended) < 200:
        put(folder, FILES)
        step = len(ended) + 1
        failed = False

        def act(n: int, step: int = step) -> None:
            nonlocal failed
            if n == step:
                failed = True
                raise broken

        with monkeypatch.context() as patch:
            counted(patch, act)
            with contextlib.suppress(IamctlError, OSError, KeyboardInterrupt):
                repository(folder).apply(planned(*RENAMED))
        if not failed:
            break
        names = set(repository(folder).load().users)
        assert found(folder) == (RENAMED_FILES if "alicia" in names else FILES)
        assert not [name for name in journals(folder) if name.endswith(".journal")]
        ended.append("alicia" in names)
    assert ended.count(False) > 20
    assert not any(ended[:20])


def test_where_nothing_can_be_taken_back_the_next_command_writes_the_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.replace_durably
    calls = 0

    def full(path: str, data: bytes, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise StorageFailure(f"cannot write {path}: the disk is full")
        return real(path, data, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace_durably", full)
        with pytest.raises(StorageFailure, match="the disk is full") as raised:
            repository(folder).apply(planned(*RENAMED))
    assert "the next command writes the rest" in (raised.value.hint or "")
    assert "alicia" in repository(folder).load().users
    assert found(folder) == RENAMED_FILES


def journal_of(folder: Path) -> Journal:
    return Journal(lambda: str(folder.parent / "state"), str(folder / "directory.yaml"))


MOVED = [
    Step("people/new/ops.yaml", None, PEOPLE.encode(), 0o640),
    Step("people/eng.yaml", PEOPLE.encode(), None),
    Step("teams.yaml", TEAMS.encode(), b"groups: {}\n"),
]
MOVED_FILES = {
    "directory.yaml": FILES["directory.yaml"],
    "people/new/ops.yaml": PEOPLE,
    "teams.yaml": "groups: {}\n",
}


def test_files_are_made_and_removed(folder: Path) -> None:
    journal_of(folder).carry_out(MOVED)
    assert found(folder) == MOVED_FILES
    umask = os.umask(0)
    os.umask(umask)
    made = folder / "people" / "new" / "ops.yaml"
    assert made.stat().st_mode & 0o777 == 0o640 & ~umask
    back = [step._replace(old=step.new, new=step.old) for step in MOVED]
    journal_of(folder).carry_out(back)
    assert found(folder) == FILES
    assert sorted(path.name for path in (folder / "people").iterdir()) == ["eng.yaml"]


@pytest.mark.slow
def test_sigkill_at_every_step_of_making_and_removing(folder: Path) -> None:
    for step in each_step(folder, lambda: journal_of(folder).carry_out(MOVED), FILES):
        with files.folder_lock(str(folder)):
            journal_of(folder).settle()
        assert whole(folder) in (FILES, MOVED_FILES), step
        if whole(folder) == FILES:
            journal_of(folder).carry_out(MOVED)
        assert whole(folder) == MOVED_FILES, step


def test_what_came_up_meanwhile_is_not_overwritten(folder: Path) -> None:
    put(folder, {"people/new/ops.yaml": "users: {}\n"})
    before = found(folder)
    with pytest.raises(ConcurrentChange, match="was changed by something else"):
        journal_of(folder).carry_out(MOVED)
    assert found(folder) == before
    assert journals(folder) == []


@pytest.mark.slow
def test_sigkill_at_every_step_of_a_new_part(folder: Path) -> None:
    """The part and the group that names its user are there together, or neither."""
    zoe = {"id": "AIDAAAAAAAAAAAAAAAAA9", "created": "2026-11-24T09:00:00Z"}
    changes = (
        Change(("users", "zoe"), None, zoe),
        Change(("groups", "payments", "members", "zoe"), None, "zoe"),
    )

    def made() -> object:
        return repository(folder, into="people/new/../ops.yaml").apply(planned(*changes))

    made()
    done = found(folder)
    assert "people/ops.yaml" in done
    every = 1 if int(os.environ.get("IAMCTL_TEST_SCALE", "1")) > 1 else 4
    for step in each_step(folder, made, FILES, every):
        users = repository(folder).load().users
        assert whole(folder) == (done if "zoe" in users else FILES), step
        if "zoe" not in users:
            made()
        assert whole(folder) == done, step


SINGLE = {
    "directory.yaml": FILES["directory.yaml"]
    .replace("include: [people/*.yaml, teams.yaml]\n", "")
    .replace("root.admin:\n", "root.admin:\n    path: /admin/\n")
}


def split_by_path(folder: Path) -> None:
    from iamctl.services.split import by_path

    division = repository(folder).division()
    division.split(by_path, division.split(by_path, dry_run=True))


@pytest.mark.slow
def test_sigkill_at_every_step_of_split_and_join(folder: Path) -> None:
    """One file, or several, and the same people in it."""
    put(folder, SINGLE)
    for name in ("people/eng.yaml", "teams.yaml"):
        (folder / name).unlink()
    split_by_path(folder)
    parted = found(folder)
    assert sorted(parted) == ["directory.yaml", "people/admin.yaml"]
    for step in each_step(folder, lambda: split_by_path(folder), SINGLE):
        assert set(repository(folder).load().users) == {"root.admin"}, step
        # A part that no file includes yet may lie about, until the next split has finished it.
        assert whole(folder)["directory.yaml"] in (
            SINGLE["directory.yaml"], parted["directory.yaml"],
        ), step  # fmt: skip
        if step % 2:
            repository(folder)._files().settle()
            assert whole(folder) in (SINGLE, parted), step
        split_by_path(folder)
        assert whole(folder) == parted, step
    assert whole(folder) == parted
    for step in each_step(folder, lambda: repository(folder).division().join(), parted):
        assert set(repository(folder).load().users) == {"root.admin"}, step
        if step % 2:
            repository(folder)._files().settle()
            assert whole(folder) in (SINGLE, parted), step
        repository(folder).division().join()
        assert whole(folder) == SINGLE, step
    assert whole(folder) == SINGLE


def split_cut_off_before(folder: Path, name: str) -> dict[str, str]:
    """Split a directory of one file, as a process does that is killed before it writes a file; what
    the files are to be."""
    put(folder, SINGLE)
    for gone in ("people/eng.yaml", "teams.yaml"):
        (folder / gone).unlink()
    split_by_path(folder)
    parted = found(folder)
    repository(folder).division().join()
    assert found(folder) == SINGLE
    old = {file: text.encode() for file, text in SINGLE.items()}
    steps = [
        Step(file, old.get(file), parted[file].encode()) for file in sorted(parted, reverse=True)
    ]
    assert steps[-1].name == "directory.yaml"
    cut_off_before(folder, steps, name)
    return parted


GIVEN_PATH: Changes = (Change(("users", "root.admin", "path"), "/admin/", "/root/"),)


@pytest.mark.parametrize("indexed", [False, True])
def test_an_edit_of_the_main_file_finishes_a_split_that_was_cut_off(
    folder: Path, indexed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its part would be left over, and the main file no longer what it found."""
    from iamctl.store.index import opening
    from iamctl.store.index.repository import IndexedRepository

    parted = split_cut_off_before(folder, "directory.yaml")
    assert found(folder) == {**SINGLE, "people/admin.yaml": parted["people/admin.yaml"]}
    made = repository(folder)
    if indexed:
        cache, state = str(folder.parent / "cache"), str(folder.parent / "state")
        monkeypatch.setattr(opening, "SMALL", 0)
        made = IndexedRepository(
            opening.Indexes(cache, state, time.time_ns),
            str(folder / "directory.yaml"),
            journals=lambda: state,
        )
        assert "root.admin" in made.load().users
    made.apply(planned(*GIVEN_PATH))
    changed = parted["people/admin.yaml"].replace("/admin/", "/root/")
    assert found(folder) == {**parted, "people/admin.yaml": changed}
    assert not [name for name in journals(folder) if "journal" in name]


def test_what_is_left_of_a_split_is_named(folder: Path) -> None:
    """The main file was changed by hand after the kill: nobody can finish."""
    split_cut_off_before(folder, "directory.yaml")
    (folder / "directory.yaml").write_text(SINGLE["directory.yaml"] + "# by hand\n")
    before = found(folder)
    with pytest.raises(ConcurrentChange, match=r"directory\.yaml was changed since then") as raised:
        repository(folder).apply(planned(*GIVEN_PATH))
    assert "(people/admin.yaml is made)" in (raised.value.hint or "")
    assert found(folder) == before
    repository(folder).apply(planned(*GIVEN_PATH))
    assert "path: /root/" in (folder / "directory.yaml").read_text()
