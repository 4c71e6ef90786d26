"""A file that can have no index is tried once, and what it becomes is tried again."""

import os
import time

import pytest

from iamctl.domain.change import Change
from iamctl.domain.errors import InvalidDirectory
from iamctl.store.index import build, opening
from iamctl.store.index.opening import Indexes
from iamctl.store.index.pages import Doubt, Pages
from iamctl.store.index.places import UNFIT, index_file, index_folder
from iamctl.store.index.repository import IndexedRepository

HEAD = "iamctl: 1\naccount: {id: '123456789012'}\n"
ALIASES = HEAD + "users:\n  alice: &a {path: /x/}\n  bob: *a\n"
PLAIN = HEAD + "users:\n  alice: {path: /x/}\n  bob: {path: /x/}\n"


@pytest.fixture(params=[0, opening.SMALL])
def stage(tmp_path, monkeypatch, request):
    monkeypatch.setattr(opening, "SMALL", request.param)
    return Stage(tmp_path, monkeypatch)


class Stage:
    """A directory file, and how often it was tried to make an index of it."""

    def __init__(self, folder, monkeypatch) -> None:
        self.folder = folder
        self.path = folder / "directory.yaml"
        self.cache = str(folder / "cache")
        self.tried = 0
        really = build.build

        def built(*args):
            self.tried += 1
            return really(*args)

        monkeypatch.setattr(build, "build", built)

    def indexes(self) -> Indexes:
        return Indexes(self.cache, str(self.folder / "state"), time.time_ns)

    def note(self) -> str:
        return index_file(self.cache, str(self.path)) + UNFIT

    def tries(self, text: str) -> tuple[int, bool]:
        """How often the file with that text is tried for a question; whether it has an index."""
        self.path.write_text(text)
        before = self.tried
        found = self.indexes().directory(str(self.path), "d", True, bool)
        if found is not None:
            assert list(found.users) == ["alice", "bob"]
        try:
            assert list(IndexedRepository(self.indexes(), str(self.path)).load().users)
        except InvalidDirectory:
            assert found is None
        return self.tried - before, found is not None


def test_what_did_not_do_is_tried_once(stage):
    assert stage.tries(ALIASES) == (1, False)
    assert stage.tries(ALIASES) == (0, False)
    assert stage.tries(ALIASES + "# more\n") == (1, False)
    assert stage.tries(ALIASES) == (1, False)
    assert stage.tries(PLAIN) == (1, True)
    assert stage.tries(PLAIN) == (0, True)
    assert os.stat(stage.note()).st_mode & 0o777 == 0o600


def test_an_index_stays_for_when_the_file_is_mended(stage):
    assert stage.tries(PLAIN) == (1, True)
    assert stage.tries(PLAIN + "  bob: {}\n") == (0, False)  # by what changed alone
    assert stage.tries(PLAIN) == (0, True)


def test_a_note_of_another_file_key_or_hand_says_nothing(stage):
    assert stage.tries(ALIASES) == (1, False)
    with open(stage.note(), "rb") as file:
        said = file.read()
    for other in (said[:-1], said + b"x", bytes(32), b"", said[:-1] + bytes([said[-1] ^ 1])):
        with open(stage.note(), "wb") as file:
            file.write(other)
        assert stage.tries(ALIASES) == (1, False)
    os.replace(stage.note(), stage.folder / "note")
    os.symlink(stage.folder / "note", stage.note())
    assert stage.tries(ALIASES) == (1, False)
    os.unlink(stage.folder / "state" / "index.key")
    assert stage.tries(ALIASES) == (1, False)
    os.unlink(stage.note())
    os.mkfifo(stage.note())
    assert stage.tries(ALIASES) == (1, False)
    assert stage.tries(ALIASES) == (0, False)


def test_where_nothing_can_be_written_all_is_as_before(stage):
    os.makedirs(stage.cache)
    with open(index_folder(stage.cache), "wb"):
        pass
    assert stage.tries(ALIASES) == (2, False)
    assert stage.tries(ALIASES) == (2, False)


def test_an_edit_of_such_a_file_is_made(stage):
    assert stage.tries(ALIASES) == (1, False)
    repository = IndexedRepository(stage.indexes(), str(stage.path))
    repository.apply(lambda _: (Change(("users", "carol"), None, {"path": "/y/"}),))
    assert "carol:" in stage.path.read_text()
    assert list(repository.load().users) == ["alice", "bob", "carol"]


def test_a_damaged_page_of_an_old_index_ends_with_it(stage, monkeypatch):
    """What changed cannot be found out: the file is read as if there had been no index."""
    assert stage.tries(PLAIN) == (1, True)
    whole = Pages.page

    def page(self, number):
        if number == 2:
            raise Doubt("damaged")
        return whole(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(Pages, "page", page)
        stage.path.write_text(PLAIN.replace("bob: {path: /x/}", "bob: {path: /y/}"))
        found = stage.indexes().directory(str(stage.path), "d", True, bool)
        assert stage.tried == 2
        assert found is not None
    assert stage.tries(stage.path.read_text()) == (0, True)
