"""A directory out of files that something else than a folder keeps: a revision, or git's index."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from iamctl.domain.errors import NotFound, StorageFailure
from iamctl.domain.names import did_you_mean, shown
from iamctl.files import Stamp
from iamctl.store.parts import Whole, alone, read_whole
from iamctl.store.parts_find import MOST, is_pattern, named_by
from iamctl.store.parts_gather import Text
from iamctl.store.reader import included, read_file
from iamctl.store.tree import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iamctl.ports import Entry, Snapshot
    from iamctl.store.parts_places import Read


def read_kept(snapshot: Snapshot, path: str, before: str, where: str) -> Whole:
    """The directory whose main file is at a path of a snapshot, with everything that is wrong in
    the form of its files.

    Messages put `before` in front of paths, "HEAD:" for one, and call the snapshot `where`. Raises
    NotFound when there is no such file, StorageFailure when it is no regular one.
    """
    folder, name = posixpath.split(path)
    place = KeptFolder(snapshot, folder, before)
    read, fault = place.read(name, MAX_BYTES)
    if read is None:
        if fault == _MISSING:
            raise NotFound(f"{path} is not in {where}", code="NoSuchFile",
                           hint=_near(snapshot, folder, name))  # fmt: skip
        raise StorageFailure(f"{before}{path} {fault}", hint="name the file itself")
    main = Text(name, place.called(name), *read)
    result = read_file(main.data, main.shown)
    return read_whole(main, result, place) if included(result) else alone(main, result)


def marks(snapshot: Snapshot, path: str, patterns: Sequence[str]) -> tuple[object, ...]:
    """What is the same for two snapshots where the main file is, and all that these patterns of
    its `include` mean."""
    folder = posixpath.dirname(path)
    place = KeptFolder(snapshot, folder, "")
    names = (name for pattern in patterns for name in place.matching(pattern))
    parts = ((name, snapshot.entry(posixpath.join(folder, name))) for name in names)
    return snapshot.entry(path), *parts


def _near(snapshot: Snapshot, folder: str, name: str) -> str | None:
    files = (n for n, found in snapshot.folder(folder).items() if found.kind == "file")
    near = did_you_mean(name, files)
    return near or "if it had another path there, write REVISION:PATH; or `git add` it first"


_MISSING = "does not exist"
_MOST_FOLDERS = 10 * MOST
_FOLDERS = ("folder", "submodule")
_REFUSED = {
    "folder": "is no regular file",
    "link": "is a symbolic link",
    "submodule": "is a submodule",
    "conflict": "is being merged, and has conflicts",
    "other": "is no regular file",
}


class KeptFolder:
    """A folder of a snapshot as a Place: what is no regular file is refused as in any folder.

    `folder` is its path, "" for the root; messages put `before` in front of paths below the root.
    """

    def __init__(self, snapshot: Snapshot, folder: str, before: str) -> None:
        self._snapshot = snapshot
        self._folder = folder
        self._before = before
        self._numbers: dict[str, int] = {}

    def called(self, name: str) -> str:
        """See Place."""
        return f"{self._before}{self._in_snapshot(name)}"

    def matching(self, pattern: str) -> list[str]:
        """See Place."""
        if not is_pattern(pattern):
            return [pattern]
        *above, last = pattern.split("/")
        folders, found = [""], []
        for step in above:
            below = [
                (path, entry) for folder in folders for path, entry in self._named(folder, step)
            ]
            folders = [path for path, entry in below if entry.kind == "folder"]
            found += [path for path, entry in below if self._may_be_folder(path, entry)]
            if len(folders) > _MOST_FOLDERS:  # a few trees can stand for any number of paths
                raise StorageFailure(f"{shown(pattern)} leads through too many folders",
                                     hint="name the folders of parts in `include`")  # fmt: skip
        for folder in folders:
            found += (p for p, e in self._named(folder, last) if e.kind not in _FOLDERS)
            if len(found) > _MOST_FOLDERS:
                break  # these are too many parts anyway
        return sorted(found)

    def _named(self, folder: str, step: str) -> Iterator[tuple[str, Entry]]:
        """The paths in a folder that a step of a pattern means, and what they stand for."""
        entries = self._snapshot.folder(self._in_snapshot(folder))
        for name in named_by(step, entries):
            yield posixpath.join(folder, name), entries[name]

    def _may_be_folder(self, path: str, found: Entry) -> bool:
        """Whether there may be a folder that is not looked into: its parts must not go missing
        unseen."""
        if found.kind != "link":
            return found.kind == "submodule"
        target = os.fsdecode(self._snapshot.read(found, 65536) or b"")
        if posixpath.isabs(target):
            return True
        real = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        meant = self._snapshot.entry(self._in_snapshot(real))
        return meant is None or meant.kind != "file"

    def read(self, name: str, limit: int) -> Read:
        """See Place."""
        if {"", ".", ".."} & set(name.split("/")):
            return None, "lies outside the folder"
        found = self._snapshot.entry(self._in_snapshot(name))
        if found is None:
            return None, self._why_missing(name)
        if found.kind != "file":
            return None, _REFUSED[found.kind]
        data = self._snapshot.read(found, limit)
        if data is None:
            return None, f"is not read: it is longer than {limit} bytes"
        number = self._numbers.setdefault(name, len(self._numbers))
        return (data, Stamp((len(data), 0, 0, number, 0))), ""

    def _why_missing(self, name: str) -> str:
        steps = name.split("/")
        for count in range(1, len(steps)):
            above = self._snapshot.entry(self._in_snapshot("/".join(steps[:count])))
            if above is not None and above.kind in ("link", "submodule"):
                what = "a symbolic link" if above.kind == "link" else "a submodule"
                return f"is reached through {what}"
        return _MISSING

    def _in_snapshot(self, path: str) -> str:
        return posixpath.join(self._folder, path).rstrip("/")
