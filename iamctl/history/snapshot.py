"""The files of a repository at one moment: as a commit has them, or as the index does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from iamctl.history.objects import Objects, entry
from iamctl.ports import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iamctl.history.git import Git


class CommitSnapshot:
    """The files of a commit, as a Snapshot. What a method raises is StorageFailure."""

    def __init__(self, objects: Objects, commit: str) -> None:
        self._objects = objects
        self._commit = commit

    def folder(self, path: str) -> Mapping[str, Entry]:
        """See Snapshot."""
        entries = self._objects.folder(self._commit)
        for name in path.split("/") if path else ():
            found = entries.get(name)
            if found is None or found.kind != "folder":
                return {}
            entries = self._objects.folder(found.object)
        return entries

    def entry(self, path: str) -> Entry | None:
        """See Snapshot."""
        above, _, name = path.rpartition("/")
        return self.folder(above).get(name)

    def read(self, found: Entry, limit: int) -> bytes | None:
        """See Snapshot."""
        return self._objects.blob(found.object, limit)


class IndexSnapshot(CommitSnapshot):
    """The files of the index, as a Snapshot; those with conflicts are of that kind."""

    def __init__(self, objects: Objects, git: Git) -> None:
        super().__init__(objects, "")
        self._folders: dict[str, dict[str, Entry]] = {}
        for record in git.output("ls-files", "--stage", "-z").split(b"\0")[:-1]:
            facts, _, path = record.partition(b"\t")
            mode, object_id, stage = facts.split()
            held = entry(mode, object_id.decode()) if stage == b"0" else Entry("conflict", "")
            self._add(os.fsdecode(path), held)

    def _add(self, path: str, found: Entry) -> None:
        above, _, name = path.rpartition("/")
        self._folders.setdefault(above, {})[name] = found
        while above:
            above, _, name = above.rpartition("/")
            self._folders.setdefault(above, {}).setdefault(name, Entry("folder", ""))

    def folder(self, path: str) -> Mapping[str, Entry]:
        """See Snapshot."""
        return self._folders.get(path, {})
