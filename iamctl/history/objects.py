"""The objects of a repository, out of one running `git cat-file --batch`."""

from __future__ import annotations

import os
import weakref
from functools import lru_cache
from typing import TYPE_CHECKING

from iamctl.domain.errors import StorageFailure
from iamctl.history.git import Git, failure
from iamctl.ports import Entry, EntryKind

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

_KINDS: dict[bytes, EntryKind] = {
    b"4": "folder",
    b"10": "file",
    b"12": "link",
    b"16": "submodule",
}
_LARGEST_FOLDER = 1 << 24
"""Bytes."""


class Objects:
    """Reads objects by their ids; git is started when the first is asked for.

    Raises StorageFailure for one that the repository lacks, or that is of another kind.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = lru_cache(maxsize=512)(self._folder)
        """The entries of a tree or commit by its id: name -> Entry."""

    def blob(self, object_id: str, limit: int) -> bytes | None:
        """A file's bytes as they are stored, unless it has more than `limit`."""
        return self._read(object_id, b"blob", limit)

    def _folder(self, object_id: str) -> Mapping[str, Entry]:
        data = self._read(f"{object_id}^{{tree}}", b"tree", _LARGEST_FOLDER)
        if data is None:
            raise StorageFailure("a folder of the repository holds too many names")
        size, at, entries = len(object_id) // 2, 0, {}
        while at < len(data):
            end = data.index(b"\0", at)
            mode, _, name = data[at:end].partition(b" ")
            at = end + 1 + size
            entries[name.decode(errors="surrogateescape")] = entry(mode, data[end + 1 : at].hex())
        return entries

    def _read(self, what: str, kind: bytes, limit: int) -> bytes | None:
        if self._process is None:
            self._process = self._git.start(("cat-file", "--batch"), talks=True)
            self._end = weakref.finalize(self, _ended, self._process, os.getpid())
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None  # `talks`
        assert told is not None
        try:
            asked.write(f"{what}\n".encode())
            asked.flush()
        except BrokenPipeError:
            raise failure("it ended while objects were read") from None
        _, *found = told.readline().split()
        if len(found) != 2 or found[0] != kind:
            raise StorageFailure(
                f"the repository does not hold the object {what.partition('^')[0]}",
                hint="a partial clone lacks some, which `git fetch --refetch` brings; "
                "`git fsck` says whether it is damaged",
            )
        size = int(found[1])
        if size > limit:
            self.close()  # rather than read past it
            return None
        data = told.read(size + 1)
        if len(data) != size + 1:
            raise failure("it ended while objects were read")
        return data[:-1]

    def close(self) -> None:
        """End git; it is started again if need be."""
        if self._process is not None:
            self._process = None
            self._end()


def _ended(process: subprocess.Popen[bytes], starter: int) -> None:
    """End git; in a copy of the process that started it there is nothing to end."""
    if os.getpid() == starter:
        process.kill()
        process.communicate()


def entry(mode: bytes, object_id: str) -> Entry:
    """What a mode in a tree or index says."""
    return Entry(_KINDS.get(mode[:-4].lstrip(b"0"), "other"), object_id)
