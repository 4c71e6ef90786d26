"""A directory file as a Repository that asks an index first, and keeps it up."""

from __future__ import annotations

import os

from iamctl import files
from iamctl.domain.errors import IamctlError
from iamctl.ports import Edit
from iamctl.store.repository import YamlRepository, require_confirmed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from iamctl.domain.change import Changes
    from iamctl.domain.directory import Directory
    from iamctl.domain.source import Problem
    from iamctl.ports import Plan
    from iamctl.store.index.opening import Indexes


class IndexedRepository(YamlRepository):
    """As a YamlRepository, in time that follows what is asked for and not the file's size."""

    def __init__(
        self,
        indexes: Indexes,
        path: str,
        lock_timeout: float = 30.0,
        own: bool = False,
        journals: Callable[[], str] | None = None,
        into: str | None = None,
    ) -> None:
        super().__init__(path, lock_timeout, own, journals=journals, into=into)
        self._indexes = indexes

    def load(self, checked: bool = True) -> Directory:
        """As YamlRepository has it: what has an index breaks no rule."""
        directory = self._indexes.directory(self._given, self.shown, self._own, self.cut_off)
        return super().load(checked) if directory is None else directory

    def load_with_problems(self) -> tuple[Directory, tuple[Problem, ...]]:
        """As YamlRepository has it: reading what has an index found nothing."""
        directory = self._indexes.directory(self._given, self.shown, self._own, self.cut_off)
        return super().load_with_problems() if directory is None else (directory, ())

    def apply(self, plan: Plan, confirmed: Changes | None = None, dry_run: bool = False) -> Edit:
        """As YamlRepository has it; the text diff is made for dry runs alone."""
        if dry_run or self._into is not None or self.cut_off():
            return super().apply(plan, confirmed, dry_run)

        def decide(directory: Directory) -> Changes:
            changes = plan(directory)
            require_confirmed(changes, confirmed, self.shown)
            return changes

        with files.folder_lock(os.path.dirname(self.path), self._lock_timeout):
            changes = self._indexes.edit(self._given, self.shown, self._own, decide)
        if changes is not None:
            return Edit(changes, "", self.path)
        edit = super().apply(plan, confirmed)
        try:  # noqa: SIM105 - contextlib costs a third of a bare start
            self._indexes.directory(self._given, self.shown, self._own, self.cut_off)
        except IamctlError:  # the edit is made, whatever becomes of the index
            pass
        return edit
