"""The directory file as a Repository: one writer at a time, whole or not at all."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from iamctl import files
from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import ConcurrentChange
from iamctl.ports import Edit, Plan

if TYPE_CHECKING:
    from iamctl.domain.source import Problem
    from iamctl.store.parts import Whole
    from iamctl.store.parts_division import Divided
    from iamctl.store.parts_files import Files
    from iamctl.store.parts_gather import Text
    from iamctl.store.tree import Tree


class YamlRepository:
    """One directory file. `own` asks that it be a regular file of this user, as files found by
    searching must be; `lock_timeout` is in seconds. With `remembers`, bytes that are those of the
    last load are not parsed again. `journals` gives the folder where edits of several files are
    written down first; `into` is the one of several that gets what is new, and may be one that
    `include` means and that is not there yet."""

    def __init__(
        self,
        path: str,
        lock_timeout: float = 30.0,
        own: bool = False,
        remembers: bool = False,
        journals: Callable[[], str] | None = None,
        into: str | None = None,
    ) -> None:
        folder, name = os.path.split(path)
        if ".." in folder.split("/"):  # which, behind a link, no text of a path can resolve
            folder = os.path.realpath(folder)
        self._given = os.path.abspath(os.path.join(folder, name))
        self._lock_timeout = lock_timeout
        self._own = own
        self._remembers = remembers
        self._journals = journals
        self._into = into
        self._last: tuple[tuple[bytes, ...], Directory] | None = None

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
        if self._remembers and checked:
            return self._remembered()
        from iamctl.store.reader import checked as sound

        directory = self.read().required()
        return sound(directory) if checked else directory

    def load_with_problems(self) -> "tuple[Directory, tuple[Problem, ...]]":
        """The directory as the file says it now, not held to any rule, and what reading it found.

        Raises as `load` does.
        """
        whole = self.read()
        return whole.required(), tuple(whole.problems)

    def _remembered(self) -> Directory:
        """The checked directory, parsed again only if a file of it changed."""
        from iamctl.store.reader import checked

        texts = self._files()
        if self._last is None or not texts.hold(*self._last):
            self._last = None  # never two of them in memory
            whole = texts.read()
            self._last = tuple(text.data for text in whole.texts), checked(whole.required())
        return self._last[1]

    def read(self, shown: str | None = None) -> "Whole":
        """All files of the directory at one moment, with everything that is wrong with them.

        `shown` is what messages call the main file. Raises NotFound, StorageFailure,
        ConcurrentChange.
        """
        return self._files(shown).read()

    def settle(self) -> None:
        """Bring an edit of several files that was cut off to its end, if there is one.

        Also where the main file includes nothing any more, or not yet: such a file is whole, so
        whoever only reads it need not care, but leftovers lie beside it. Raises Busy,
        StorageFailure; ConcurrentChange where a person changed one of the files since.
        """
        self._files().settle()

    def cut_off(self) -> bool:
        """Whether there is such an edit, or one is under way."""
        from iamctl.store.journal import Journal

        return self._journals is not None and Journal(self._journals, self.path).exists()

    def _files(self, shown: str | None = None) -> "Files":
        # Imported here, since it brings the YAML reader along.
        from iamctl.store.parts_files import Files

        shown = shown or self.shown
        return Files(self._given, shown, self._own, self._journals, self._lock_timeout)

    def division(self) -> "Divided":
        """What splits the directory over files, and joins it again."""
        from iamctl.store.parts_division import Divided

        return Divided(self._files(), os.path.dirname(self.path), self._lock_timeout)

    def apply(self, plan: Plan, confirmed: Changes | None = None, dry_run: bool = False) -> Edit:
        """Lock, read, plan, splice, check, write; a dry run only reads.

        A plan that changes nothing writes nothing. An edit of several files that was cut off is
        finished first. Of a directory in several files, each change
        goes to the file that holds what it is about, and what is new to the last that has its
        section, unless the repository was told into which. Several are written all or none.

        Raises what the plan raises; Busy; NotFound when that is none of the files;
        ConcurrentChange when the plan comes out other than `confirmed` or a file was replaced
        meanwhile; InvalidDirectory; LimitExceeded when the edit would break a quota; Conflict for
        what cannot be edited safely; StorageFailure. Then nothing was written.
        """
        if dry_run:
            return self._edit(plan, confirmed, write=False)
        with files.folder_lock(os.path.dirname(self.path), self._lock_timeout):
            return self._edit(plan, confirmed, write=True)

    def _edit(self, plan: Plan, confirmed: Changes | None, write: bool) -> Edit:
        from iamctl.store.editing import edited, text_diff  # questions never need it
        from iamctl.store.tree import PausedCollector

        texts = self._files()
        texts.settle(locked=write)
        with PausedCollector():
            whole = texts.read(locked=write)
            directory = whole.required()
            into = None if self._into is None else texts.meant(whole, self._into)
            changes = plan(directory)
            require_confirmed(changes, confirmed, self.shown)
            if len(whole.texts) > 1 or into not in (None, 0):
                return self._edit_parts(texts, whole, changes, into, write)
            tree = cast("Tree", whole.results[0].tree)
            spliced = edited(tree, directory, changes) if changes else None
        if spliced is None or spliced.text == tree.text:
            return Edit(changes, "", self.path)
        edit = Edit(changes, text_diff(tree.text, spliced, self.shown), self.path)
        if write:  # last of all: whatever fails has failed before
            bom = "\ufeff" if tree.bom else ""
            files.replace_durably(
                edit.path, (bom + spliced.text).encode(), expected=whole.texts[0].stamp
            )
        return edit

    def _edit_parts(
        self, texts: "Files", whole: "Whole", changes: Changes, into: "int | Text | None",
        write: bool,
    ) -> Edit:  # fmt: skip
        from iamctl.store.parts_edit import edited_parts
        from iamctl.store.textdiff import addition_diff, text_diff

        number, made = (into, None) if into is None or isinstance(into, int) else (None, into)
        edits = edited_parts(whole, changes, number, made) if changes else []
        diffs = [
            addition_diff(one.spliced.text, one.text.shown)
            if one.text is made
            else text_diff(one.tree.text, one.spliced, one.text.shown)
            for one in edits
        ]
        if write and edits:
            texts.write(whole, {one.text.name: one.data for one in edits}, made)
        paths = tuple(texts.path_of(one.text) for one in edits)
        new = next((texts.path_of(one.text) for one in edits if one.text is made), None)
        return Edit(changes, "".join(diffs), self.path, paths, new)


def require_confirmed(changes: Changes, confirmed: Changes | None, file: str) -> None:
    """Raise ConcurrentChange when changes are others than somebody confirmed."""
    if confirmed is not None and changes != confirmed:
        raise ConcurrentChange(
            f"{file} changed, and what was confirmed no longer is what would be done",
            hint="run the command again to see what it would do now",
        )


def creation(
    path: str, data: bytes, lock_timeout: float = 30.0
) -> Callable[[Callable[[], object]], None]:
    """What makes a new directory file of bytes, which are read first. Raises InvalidDirectory.

    The call does nothing but write, and at the last moment calls what it is given. It raises
    AlreadyExists when anything bears the name, Busy, StorageFailure.
    """
    from iamctl.store.reader import load_directory

    load_directory(data, path)
    full = os.path.abspath(path)

    def create(before: Callable[[], object]) -> None:
        with files.folder_lock(os.path.dirname(full), lock_timeout):
            files.create_exclusively(full, data, before=before)

    return create
