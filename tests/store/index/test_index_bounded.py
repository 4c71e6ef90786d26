"""What an edit reads of an index follows the edit, not the file."""

import pytest

from benchmarks.directories import directory_of
from iamctl.domain.change import Change
from iamctl.store.index import chunks, refresh
from iamctl.store.index.build import build
from iamctl.store.index.edit import edit_indexed
from iamctl.store.index.indexed import Contents

SEEN = ((1, 2, 3, 4, 5), 6, False, True)
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
    whole = build(data, SEEN, "d.yaml")
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
