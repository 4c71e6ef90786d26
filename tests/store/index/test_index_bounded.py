"""What an edit reads of an index and of the file follows the edit, not the file."""

import shutil
import time

import pytest

from benchmarks.directories import directory_of
from iamctl import files
from iamctl.domain.change import Change
from iamctl.store.check import SpliceFailed
from iamctl.store.edits import Span
from iamctl.store.index import chunks, edit, refresh, sources
from iamctl.store.index.build import build
from iamctl.store.index.edit import Outside, edit_indexed
from iamctl.store.index.indexed import Contents
from iamctl.store.index.opening import Indexes
from iamctl.store.index.parts import alone
from iamctl.store.repository import YamlRepository
from iamctl.store.splice import Spliced, splice

SEEN = ((1, 2, 3, 4, 5), 6, False, True, ())
NEW = [
    (Change(("users", name), None, {"path": "/n/"}),)
    for name in ("aaron", "user000007x", "user000123x", "zoe")
]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(chunks, "_BYTES", 8)
    monkeypatch.setattr(refresh, "SIZE", 2)


def pages_read(users: int, changes) -> int:
    data = "".join(directory_of(users)).encode()
    whole = build(alone(data), SEEN, "d.yaml")
    read: set[int] = set()

    def page(number: int) -> bytes:
        read.add(number)
        return whole.pages[number]

    edit_indexed(Contents(whole.root, page, "d.yaml"), len(whole.pages), data, changes, "d.yaml")
    return len(read)


@pytest.mark.parametrize("changes", NEW)
def test_of_four_times_the_users_an_edit_reads_a_few_pages_more(changes):
    """Two more steps find a name's place, and no more is looked at."""
    assert pages_read(800, changes) <= pages_read(200, changes) + 6


def test_an_edit_of_a_file_that_is_as_its_index_says_reads_parts_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "local_device", lambda path: True)
    path = tmp_path / "directory.yaml"
    path.write_text("".join(directory_of(1000)))
    indexes = Indexes(str(tmp_path / "cache"), str(tmp_path / "state"), time.time_ns)
    assert indexes.directory(str(path), "d", own=True, cut_off=bool) is not None
    moved = (Change(("users", "user000500", "path"), "/eng/mobile/", "/one/"),)
    assert indexes.edit(str(path), "d", True, lambda directory: moved) == moved
    plain = YamlRepository(str(tmp_path / "copy.yaml"))
    changes = (*NEW, (Change(("account", "alias"), None, "acme"),))
    for change in changes:  # the stamp of a file that iamctl wrote can be relied on at once
        shutil.copyfile(path, tmp_path / "copy.yaml")
        with monkeypatch.context() as patch:
            patch.setattr(files, "read_stamped", None)
            assert indexes.edit(str(path), "d", True, lambda d, change=change: change) == change
        plain.apply(lambda d, change=change: change)
        assert path.read_bytes() == (tmp_path / "copy.yaml").read_bytes()


WRONG = {
    "an entity": (Change(("users", "user000050", "path"), "/eng/search/", "/one/"),),
    "the account": (Change(("account", "alias"), None, "acme-one"),),
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("wrong", ["otherwise", "not at all"])
def test_what_comes_out_otherwise_than_meant_is_refused(monkeypatch, changes, wrong):
    """Whatever it is that spoils the text."""

    def spoiled(*args):
        text, spans = splice(*args)
        if wrong == "not at all":
            return Spliced(text, ())
        return Spliced(text, tuple(s._replace(text=s.text.replace("one", "two")) for s in spans))

    data = "".join(directory_of(100)).encode()
    whole = build(alone(data), SEEN, "d.yaml")
    contents = Contents(whole.root, whole.pages.__getitem__, "d.yaml")
    monkeypatch.setattr(edit, "splice", spoiled)
    monkeypatch.setattr(edit, "check", lambda *_, **options: None)
    with pytest.raises(SpliceFailed):
        edit_indexed(contents, len(whole.pages), data, changes, "d.yaml")


def test_a_chunk_that_would_stand_at_another_indent_is_not_edited_alone(monkeypatch):
    """Read alone it says what is meant; behind the others it would not."""

    def spoiled(tree, *args):
        text, _ = splice(tree, *args)
        start = tree.text.index("  user000050:")
        end = tree.text.index("\n  user", start) + 1
        entity = "".join(f" {line}" for line in tree.text[start:end].splitlines(keepends=True))
        return Spliced(text, (Span(start, end, entity.replace("/eng/search/", "/one/")),))

    data = "".join(directory_of(100)).encode()
    whole = build(alone(data), SEEN, "d.yaml")
    contents = Contents(whole.root, whole.pages.__getitem__, "d.yaml")
    monkeypatch.setattr(edit, "splice", spoiled)
    monkeypatch.setattr(edit, "check", lambda *_, **options: None)
    with pytest.raises(Outside):
        edit_indexed(contents, len(whole.pages), data, WRONG["an entity"], "d.yaml")
