"""An index that did not do for an edit is let go of: the next to change it need not wait."""

import gc
import sqlite3
import time

from iamctl.domain.change import Change
from iamctl.store.index.opening import Indexes
from iamctl.store.index.places import index_file

TEXT = b"iamctl: 1\naccount: {id: '123456789012'}\nusers:\n  alice:\n    tags: {team: payments}\n"


def test_a_small_file_is_edited_whole_and_its_index_is_free(tmp_path):
    """Commands run without the garbage collector, so nothing is closed by chance."""
    path = tmp_path / "directory.yaml"
    path.write_bytes(TEXT)
    cache = str(tmp_path / "cache")
    indexes = Indexes(cache, str(tmp_path / "state"), time.time_ns)
    made = indexes.directory(str(path), "d", own=True)
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
