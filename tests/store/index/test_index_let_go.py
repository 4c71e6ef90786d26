"""An index that did not do for an edit is let go of: the next to change it need not wait."""

import gc
import os
import sqlite3
import sys
import time

import pytest

from iamctl import files
from iamctl.domain.change import Change
from iamctl.store.index import opening, sources
from iamctl.store.index.opening import Indexes
from iamctl.store.index.places import index_file

TEXT = b"iamctl: 1\naccount: {id: '123456789012'}\nusers:\n  alice:\n    tags: {team: payments}\n"


def test_a_small_file_is_edited_whole_and_its_index_is_free(tmp_path):
    """Commands run without the garbage collector, so nothing is closed by chance."""
    path = tmp_path / "directory.yaml"
    path.write_bytes(TEXT)
    cache = str(tmp_path / "cache")
    indexes = Indexes(cache, str(tmp_path / "state"), time.time_ns)
    made = indexes.directory(str(path), "d", own=True, cut_off=bool)
    assert made is not None
    assert made.user("alice").tags == {"team": "payments"}
    del made
    gc.collect()
    gc.disable()
    try:
        tagged = (Change(("users", "alice", "tags", "team"), "payments", "data"),)
        assert indexes.edit(str(path), "d", True, lambda directory: tagged) is None
        with sqlite3.connect(index_file(cache, str(path)), timeout=0) as other:
            other.execute("BEGIN EXCLUSIVE")
        other.close()
    finally:
        gc.enable()


def test_what_another_wrote_right_after_an_edit_is_not_taken_for_it(tmp_path, monkeypatch):
    """Not even where the clock leaps meanwhile, as it does for a machine that was asleep."""
    monkeypatch.setattr(opening, "SMALL", 0)
    monkeypatch.setattr(sources, "local_device", lambda path: True)
    path = tmp_path / "directory.yaml"
    path.write_bytes(TEXT)
    ahead = 0

    def clock() -> int:
        return time.time_ns() + ahead

    replace = files.replace_durably

    def replaced(*args, **options):
        nonlocal ahead
        ahead = 3600 * 10**9
        replace(*args, **options)
        path.write_bytes(path.read_bytes().replace(b"data", b"mine"))
        return files.stamp_of(str(path))

    indexes = Indexes(str(tmp_path / "cache"), str(tmp_path / "state"), clock)
    assert indexes.directory(str(path), "d", own=True, cut_off=bool) is not None
    tagged = (Change(("users", "alice", "tags", "team"), "payments", "data"),)
    with monkeypatch.context() as patch:
        patch.setattr(files, "replace_durably", replaced)
        assert indexes.edit(str(path), "d", True, lambda directory: tagged) == tagged
    found = indexes.directory(str(path), "d", own=True, cut_off=bool)
    assert found is not None
    assert found.user("alice").tags == {"team": "mine"}


def test_an_edit_that_leaves_the_text_as_it_is_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "SMALL", 0)
    path = tmp_path / "directory.yaml"
    path.write_bytes(TEXT)
    before = path.stat()
    indexes = Indexes(str(tmp_path / "cache"), str(tmp_path / "state"), time.time_ns)
    assert indexes.directory(str(path), "d", own=True, cut_off=bool) is not None
    same = (Change(("users", "alice", "tags", "team"), "payments", "payments"),)
    assert indexes.edit(str(path), "d", True, lambda directory: same) == same
    assert path.stat() == before


def opened(file: str) -> list[int]:
    """The descriptors of this process that lead to a file."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}") == file:
                found.append(int(name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what is open")
def test_no_command_that_is_started_holds_an_index_open(tmp_path):
    """As long as it runs: `exec` becomes the command, and what is asked may be open then."""
    path = tmp_path / "directory.yaml"
    path.write_bytes(TEXT)
    cache = str(tmp_path / "cache")
    indexes = Indexes(cache, str(tmp_path / "state"), time.time_ns)
    directory = indexes.directory(str(path), "d", own=True, cut_off=bool)
    assert directory is not None
    descriptors = opened(index_file(cache, str(path)))
    assert descriptors
    assert not any(map(os.get_inheritable, descriptors))


MANY = b"iamctl: 1\naccount: {id: '123456789012'}\nusers:\n" + b"".join(
    b"  user%03d:\n    path: /%d/\n" % (n, n) for n in range(300)
)


def test_a_directory_that_is_held_keeps_no_edit_of_its_own_process_waiting(tmp_path, monkeypatch):
    """It answers as before, what changed and what did not; the index is changed in place."""
    monkeypatch.setattr(opening, "SMALL", 0)
    monkeypatch.setattr(sources, "local_device", lambda path: True)
    path = tmp_path / "directory.yaml"
    path.write_bytes(MANY)
    cache = str(tmp_path / "cache")
    indexes = Indexes(cache, str(tmp_path / "state"), time.time_ns)
    held = [indexes.directory(str(path), "d", own=True, cut_off=bool)]
    assert held[0] is not None
    held[0].user("user200")
    index = os.stat(index_file(cache, str(path))).st_ino
    for n in range(3):
        moved = (Change(("users", "user007", "path"), f"/{n or 7}/", f"/{n + 1}/"),)
        assert indexes.edit(str(path), "d", True, lambda directory, moved=moved: moved) == moved
        held.append(indexes.directory(str(path), "d", own=True, cut_off=bool))
    assert os.stat(index_file(cache, str(path))).st_ino == index
    for n, directory in enumerate(held):
        assert directory is not None
        assert directory.user("user007").path == f"/{n or 7}/"
        assert directory.user("user123").path == "/123/"
        assert [*directory.users][7] == "user007"
        assert directory.source_of(("users", "user299")).line == 4 + 2 * 299
