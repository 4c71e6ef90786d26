"""Edits of the file on disk: locked, checked, durable, whole or not at all."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from iamctl import files
from iamctl.domain.change import Change, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import (
    AlreadyExists,
    Busy,
    ConcurrentChange,
    Conflict,
    InvalidDirectory,
    InvalidValue,
    LimitExceeded,
    NotFound,
    StorageFailure,
)
from iamctl.ports import Edit
from iamctl.store import check as checking
from iamctl.store.check import SpliceFailed
from iamctl.store.repository import YamlRepository, creation

TEXT = """\
# our people
iamctl: 1
account:
  id: "123456789012"  # AWS's documentation account

users:
  # the first
  alice:
    id: AIDAAAAAAAAAAAAAAAAA1
    created: 2026-11-24T09:00:00Z
    tags: {team: payments}  # who pays
  bob:
    id: AIDAAAAAAAAAAAAAAAAA2
    created: 2026-11-24T09:00:00Z

groups:
  dev:
    id: AGPAAAAAAAAAAAAAAAAA1
    created: 2026-11-24T09:00:00Z
    members:
      - alice  # lead
"""

TAG = (Change(("users", "alice", "tags", "cost"), None, "0042"),)


def planned(*changes: Change) -> Callable[[Directory], Changes]:
    return lambda _directory: changes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "directory.yaml"
    file.write_text(TEXT)
    return file


def untouched(path: Path, text: str = TEXT) -> bool:
    return path.read_text() == text and os.listdir(path.parent) == ["directory.yaml"]


def test_an_edit_changes_its_line_and_says_so(path: Path) -> None:
    edit = YamlRepository(str(path)).apply(planned(*TAG))
    assert path.read_text() == TEXT.replace("{team: payments}", '{team: payments, cost: "0042"}')
    assert edit.changes == TAG
    assert edit.path == str(path)
    assert [line for line in edit.text_diff.splitlines() if line[0] in "+-"][2:] == [
        "-    tags: {team: payments}  # who pays",
        '+    tags: {team: payments, cost: "0042"}  # who pays',
    ]
    assert YamlRepository(str(path)).load().user("alice").tags["cost"] == "0042"


def test_a_dry_run_shows_the_diff_and_writes_nothing(path: Path) -> None:
    edit = YamlRepository(str(path)).apply(planned(*TAG), dry_run=True)
    assert "+    tags" in edit.text_diff
    assert untouched(path)


def test_no_changes_write_nothing(path: Path) -> None:
    before = path.stat()
    edit = YamlRepository(str(path)).apply(planned())
    assert edit == Edit((), "", str(path))
    assert path.stat() == before


def test_confirmed_changes_must_be_the_planned_ones(path: Path) -> None:
    repository = YamlRepository(str(path))
    with pytest.raises(ConcurrentChange):
        repository.apply(planned(*TAG), confirmed=(TAG[0]._replace(new="1"),))
    assert untouched(path)
    repository.apply(planned(*TAG), confirmed=TAG)
    assert "0042" in path.read_text()


def test_what_the_plan_raises_comes_through_and_nothing_is_written(path: Path) -> None:
    def plan(directory: Directory) -> Changes:
        directory.user("nobody")
        return ()

    with pytest.raises(NotFound):
        YamlRepository(str(path)).apply(plan)
    assert untouched(path)


def test_bom_crlf_mode_and_missing_final_newline_stay(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    data = b"\xef\xbb\xbf" + TEXT.rstrip().replace("\n", "\r\n").encode()
    file.write_bytes(data)
    file.chmod(0o640)
    YamlRepository(str(file)).apply(
        planned(Change(("groups", "dev", "members", "bob"), None, "bob"))
    )
    assert file.read_bytes() == data + b"\r\n      - bob"
    assert file.stat().st_mode & 0o777 == 0o640


def test_an_explicit_symbolic_link_is_written_through(path: Path) -> None:
    link = path.parent / "link"
    link.symlink_to(path)
    repository = YamlRepository(str(link))
    assert repository.path == str(path)
    repository.apply(planned(*TAG))
    assert link.is_symlink()
    assert "0042" in path.read_text()


def test_a_way_up_out_of_a_link_leads_where_the_system_says(tmp_path: Path) -> None:
    for folder in ("here", "there/deep"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "here" / "link").symlink_to("../there/deep")
    (tmp_path / "here" / "directory.yaml").write_text(TEXT)
    meant = tmp_path / "there" / "directory.yaml"
    meant.write_text(TEXT)
    edit = YamlRepository(str(tmp_path / "here" / "link" / ".." / "directory.yaml")).apply(
        planned(*TAG)
    )
    assert edit.path == str(meant)
    assert "cost" in meant.read_text()
    assert (tmp_path / "here" / "directory.yaml").read_text() == TEXT


def test_a_file_changed_during_the_plan_is_not_overwritten(path: Path) -> None:
    def plan(_directory: Directory) -> Changes:
        path.write_text(TEXT + "# by hand\n")
        return TAG

    with pytest.raises(ConcurrentChange):
        YamlRepository(str(path)).apply(plan)
    assert untouched(path, TEXT + "# by hand\n")


def test_a_held_lock_is_busy(path: Path) -> None:
    with files.folder_lock(str(path.parent)), pytest.raises(Busy):
        YamlRepository(str(path), lock_timeout=0.0).apply(planned(*TAG))
    assert untouched(path)


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing"])
def test_what_is_no_regular_file_is_refused(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "directory.yaml"
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    with pytest.raises(NotFound if kind == "missing" else StorageFailure):
        YamlRepository(str(file)).load()
    with pytest.raises(NotFound if kind == "missing" else StorageFailure):
        YamlRepository(str(file)).apply(planned(*TAG))


def test_a_searched_file_must_not_be_a_link(path: Path) -> None:
    link = path.parent / "link"
    link.symlink_to(path)
    with pytest.raises(StorageFailure):
        YamlRepository(str(link), own=True).load()


def test_an_invalid_file_is_not_edited(path: Path) -> None:
    path.write_text(TEXT + "nonsense: 1\n")
    with pytest.raises(InvalidDirectory) as raised:
        YamlRepository(str(path)).apply(planned(*TAG))
    assert raised.value.where is not None
    assert raised.value.where.line == TEXT.count("\n") + 1
    assert untouched(path, TEXT + "nonsense: 1\n")


def test_an_edit_that_would_break_a_reference_is_refused(path: Path) -> None:
    with pytest.raises(InvalidValue, match='user "alice" does not exist'):
        YamlRepository(str(path)).apply(planned(Change(("users", "alice"), {}, None)))
    with pytest.raises(InvalidValue, match="nobody"):
        YamlRepository(str(path)).apply(
            planned(Change(("groups", "dev", "members", "nobody"), None, "nobody"))
        )
    assert untouched(path)


def test_errors_that_were_there_before_do_not_stop_an_edit(path: Path) -> None:
    text = TEXT.replace("- alice  # lead", "- ghost")
    path.write_text(text)
    YamlRepository(str(path)).apply(
        planned(Change(("groups", "dev", "members", "bob"), None, "bob"))
    )
    assert "- ghost\n      - bob\n" in path.read_text()


def test_a_quota_exceeded_by_the_edit_is_told_in_awss_words(path: Path) -> None:
    text = TEXT.replace("account:\n", "account:\n  quotas: {users: 2}\n")
    path.write_text(text)
    new = Change(("users", "carol"), None, {"id": "AIDAAAAAAAAAAAAAAAAA3"})
    wanted = r"^Cannot exceed quota for UsersPerAccount: 2$"
    with pytest.raises(LimitExceeded, match=wanted) as refused:
        YamlRepository(str(path)).apply(planned(new))
    assert refused.value.where is not None
    assert refused.value.where.line == text.split("\n").index("users:") + 1
    assert untouched(path, text)


def test_a_quota_exceeded_before_stops_only_what_makes_it_worse(path: Path) -> None:
    path.write_text(TEXT.replace("account:\n", "account:\n  quotas: {users: 1}\n"))
    YamlRepository(str(path)).apply(planned(*TAG))
    assert "0042" in path.read_text()
    with pytest.raises(LimitExceeded):
        YamlRepository(str(path)).apply(planned(Change(("users", "carol"), None, {})))


def test_a_group_that_is_one_too_many_for_a_new_member(path: Path) -> None:
    path.write_text(TEXT.replace("account:\n", "account:\n  quotas: {groups_per_user: 1}\n"))
    new = Change(("groups", "ops"), None, {"id": "AGPAAAAAAAAAAAAAAAAA2", "members": ["alice"]})
    with pytest.raises(LimitExceeded, match="GroupsPerUser: 1"):
        YamlRepository(str(path)).apply(planned(new))


def test_an_edit_through_an_anchor_is_refused_with_the_place(path: Path) -> None:
    text = TEXT.replace("tags: {team: payments}", "tags: &t {team: payments}").replace(
        "    created: 2026-11-24T09:00:00Z\n\n",
        "    created: 2026-11-24T09:00:00Z\n    tags: *t\n\n",
        1,
    )
    path.write_text(text)
    for name in ("alice", "bob"):
        with pytest.raises(Conflict) as raised:
            YamlRepository(str(path)).apply(
                planned(Change(("users", name, "tags", "x"), None, "y"))
            )
        assert raised.value.where is not None
        assert raised.value.where.line == 11
    assert untouched(path, text)


def test_a_splice_that_comes_out_wrong_writes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import iamctl.store.editing as module

    real = module.splice  # type: ignore[attr-defined]

    def broken(*args: object) -> object:
        spliced = real(*args)  # type: ignore[arg-type]
        return spliced._replace(text=spliced.text.replace("payments", "payroll"))

    monkeypatch.setattr(module, "splice", broken)
    with pytest.raises(SpliceFailed):
        YamlRepository(str(path)).apply(planned(*TAG))
    assert untouched(path)


@pytest.mark.parametrize("whole_limit", [0, checking.WHOLE_LIMIT])
def test_the_check_sees_a_wrong_value_in_a_segment(path: Path, whole_limit: int) -> None:
    from iamctl.domain.change import apply_changes
    from iamctl.store.reader import read_directory
    from iamctl.store.splice import splice

    result = read_directory(path.read_bytes(), "d")
    assert result.tree is not None
    assert result.directory is not None
    plain = result.directory.plain
    new = apply_changes(plain, TAG)
    assert isinstance(new, dict)
    spliced = splice(result.tree, plain, TAG)
    checking.check(result.tree, plain, new, spliced, whole_limit)
    for wrong in ({**TAG[0]._asdict(), "new": "42"}, {**TAG[0]._asdict(), "new": None}):
        intended = apply_changes(plain, (Change(**wrong),))
        assert isinstance(intended, dict)
        with pytest.raises(SpliceFailed):
            checking.check(result.tree, plain, intended, spliced, whole_limit)


def test_an_edit_whose_diff_cannot_be_told_writes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object) -> str:
        raise MemoryError

    monkeypatch.setattr("iamctl.store.editing.text_diff", fails)
    with pytest.raises(MemoryError):
        YamlRepository(str(path)).apply(planned(*TAG))
    assert path.read_text() == TEXT


def test_create_is_exclusive_and_wants_a_directory(tmp_path: Path) -> None:
    file = tmp_path / "directory.yaml"
    with pytest.raises(InvalidDirectory):
        creation(str(file), b"nonsense: 1\n")
    assert not file.exists()
    creation(str(file), TEXT.encode())(lambda: None)
    assert untouched(file)
    with pytest.raises(AlreadyExists):
        creation(str(file), TEXT.encode())(lambda: None)


WRITER = """
import sys
from iamctl.domain.change import Change
from iamctl.store.repository import YamlRepository
path, prefix, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
for n in range(count):
    name = f"{prefix}{n}"
    id = "AIDA" + name.upper().ljust(17, "Q")
    new = {"id": id, "created": "2026-11-24T09:00:00Z"}
    YamlRepository(path, lock_timeout=120).apply(lambda d: (Change(("users", name), None, new),))
    print(name, flush=True)
"""


def writer(path: Path, prefix: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), prefix, str(count)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.slow
def test_twenty_processes_add_ten_users_each(path: Path) -> None:
    writers = [writer(path, f"w{chr(97 + n)}x", 10) for n in range(20)]
    for process in writers:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert len(out.split()) == 10
    loaded = YamlRepository(str(path)).load()
    assert len(loaded.users) == 202
    text = path.read_text()
    for line in TEXT.splitlines():
        assert line in text.splitlines()
    assert os.listdir(path.parent) == ["directory.yaml"]


@pytest.mark.slow
def test_sigkill_leaves_a_whole_file_and_no_lasting_litter(path: Path) -> None:
    rng = random.Random(7)
    reported: set[str] = set()
    rounds = 12 * int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
    for n in range(rounds):
        process = writer(path, f"k{n}x", 10_000)
        assert process.stdout is not None
        reported.add(process.stdout.readline().strip())  # it is at work now
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(rng.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        # A last line without its end was not yet reported.
        reported.update(out[: out.rfind("\n") + 1].split())
        loaded = YamlRepository(str(path)).load()
        assert reported <= set(loaded.users)
    YamlRepository(str(path)).apply(planned(*TAG))
    assert os.listdir(path.parent) == ["directory.yaml"]
    assert "# the first" in path.read_text()


def test_the_same_bytes_are_parsed_once_by_who_remembers(tmp_path):
    path = tmp_path / "directory.yaml"
    path.write_text(TEXT)
    lasting, usual = YamlRepository(str(path), remembers=True), YamlRepository(str(path))
    first = lasting.load()
    assert usual.load() is not usual.load()
    path.write_text(TEXT)  # another file in time, not in bytes
    assert lasting.load() is first
    path.write_text(TEXT.replace("0042", "0043").replace("payments", "billing"))
    os.utime(path, (0, 0))
    changed = lasting.load()
    assert changed.users["alice"].tags == {"team": "billing"}
    path.write_text(TEXT)
    again = lasting.load()
    assert again.users["alice"].tags == {"team": "payments"}
    path.write_text("iamctl: 1\n")
    with pytest.raises(InvalidDirectory):
        lasting.load()
    path.unlink()
    with pytest.raises(NotFound):
        lasting.load()
