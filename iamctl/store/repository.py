"""The directory file as a Repository: one writer at a time, whole or not at all."""

import os
from collections.abc import Callable
from typing import cast

from iamctl import files
from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import ConcurrentChange, InvalidDirectory
from iamctl.ports import Edit, Plan
from iamctl.store.reader import (
    load_checked,
    load_directory,
    read_directory,
)
from iamctl.store.tree import PausedCollector, Tree


class YamlRepository:
    """One directory file. `own` asks that it be a regular file of this user, as files found by
    searching must be; `lock_timeout` is in seconds. With `remembers`, bytes that are those of the
    last load are not parsed again."""

    def __init__(
        self, path: str, lock_timeout: float = 30.0, own: bool = False, remembers: bool = False
    ) -> None:
        folder, name = os.path.split(path)
        if ".." in folder.split("/"):  # which, behind a link, no text of a path can resolve
            folder = os.path.realpath(folder)
        self._given = os.path.abspath(os.path.join(folder, name))
        self._lock_timeout = lock_timeout
        self._own = own
        self._remembers = remembers
        self._last: tuple[bytes, Directory] | None = None

    @property
    def path(self) -> str:
        """The file's real path."""
        return files.real_target(self._given)

    @property
    def shown(self) -> str:
        """The file as messages name it: short where it is below the working folder."""
        try:
            relative = os.path.relpath(self._given)
        except OSError:
            return self._given
        return self._given if relative.startswith("..") else relative

    def load(self, checked: bool = True) -> Directory:
        """The directory as the file says it now.

        Raises NotFound, StorageFailure, ConcurrentChange; InvalidDirectory with all problems,
        those of references and other rules only if `checked`.
        """
        data, _ = files.read_stamped(self._given, own=self._own)
        if not (self._remembers and checked):
            return (load_checked if checked else load_directory)(data, self.shown)
        if self._last is None or self._last[0] != data:
            self._last = None  # never two of them in memory
            self._last = data, load_checked(data, self.shown)
        return self._last[1]

    def apply(self, plan: Plan, confirmed: Changes | None = None, dry_run: bool = False) -> Edit:
        """Lock, read, plan, splice, check, write; a dry run only reads.

        A plan that changes nothing writes nothing. Raises what the plan raises; Busy;
        ConcurrentChange when the plan comes out other than `confirmed` or the file was replaced
        meanwhile; InvalidDirectory; LimitExceeded when the edit would break a quota; Conflict for
        what cannot be edited safely; StorageFailure. Then nothing was written.
        """
        if dry_run:
            return self._edit(plan, confirmed, write=False)
        with files.folder_lock(os.path.dirname(self.path), self._lock_timeout):
            return self._edit(plan, confirmed, write=True)

    def _edit(self, plan: Plan, confirmed: Changes | None, write: bool) -> Edit:
        from iamctl.store.editing import edited, text_diff  # questions never need it

        with PausedCollector():
            data, stamp = files.read_stamped(self._given, own=self._own)
            result = read_directory(data, self.shown)
            if result.directory is None:
                raise InvalidDirectory.of(result.problems)
            changes = plan(result.directory)
            if confirmed is not None and changes != confirmed:
                raise ConcurrentChange(
                    f"{self.shown} changed, and what was confirmed no longer is what would be done",
                    hint="run the command again to see what it would do now",
                )
            tree = cast(Tree, result.tree)
            spliced = edited(tree, result.directory, changes) if changes else None
        if spliced is None or spliced.text == tree.text:
            return Edit(changes, "", self.path)
        edit = Edit(changes, text_diff(tree.text, spliced, self.shown), self.path)
        if write:  # last of all: whatever fails has failed before
            bom = "\ufeff" if tree.bom else ""
            files.replace_durably(edit.path, (bom + spliced.text).encode(), expected=stamp)
        return edit


def creation(
    path: str, data: bytes, lock_timeout: float = 30.0
) -> Callable[[Callable[[], object]], None]:
    """What makes a new directory file of bytes, which are read first. Raises InvalidDirectory.

    The call does nothing but write, and at the last moment calls what it is given. It raises
    AlreadyExists when anything bears the name, Busy, StorageFailure.
    """
    load_directory(data, path)
    full = os.path.abspath(path)

    def create(before: Callable[[], object]) -> None:
        with files.folder_lock(os.path.dirname(full), lock_timeout):
            files.create_exclusively(full, data, before=before)

    return create
