"""One directory of a comparison: out of a file, a revision, the index, standard input."""

import os
import posixpath
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from iamctl.domain.errors import StorageFailure

if TYPE_CHECKING:
    from iamctl.domain.directory import Directory
    from iamctl.ports import Accounts, Entry, Snapshot
    from iamctl.store.parts import Whole
    from iamctl.store.repository import YamlRepository

    Repository = Callable[[str | None], YamlRepository]


class Side(ABC):
    """Read when first asked for. `shown` is what messages call it: a file, "HEAD", "the index",
    "standard input"; `commit` the id of the commit that it is in, if any; `before` what places of
    its values put in front of a path in the repository, as in `HEAD:iam/x.yaml`."""

    def __init__(self, shown: str, commit: str | None = None, before: str = "") -> None:
        self.shown = shown
        self.commit = commit
        self.before = before

    def read(self) -> "Whole":
        """Its files as they are, with all that is wrong in their form.

        Raises NotFound, StorageFailure, ConcurrentChange.
        """
        return self._whole

    def load(self, checked: bool = True) -> "Directory":
        """The directory. Raises InvalidDirectory with all problems, those of references and other
        rules only if `checked`, and what `read` raises."""
        return self._checked if checked else self.read().required()

    @abstractmethod
    def accounts(self, files: Sequence[str] = ()) -> "Accounts":
        """The directories of other accounts: files that a person named, then those that this side's
        `accounts` section means beside it. Raises as `load`, and as Runtime.accounts."""

    @abstractmethod
    def beside(self, name: str) -> bytes | None:
        """A file of that name in the folder of the directory's file; None where there is none.

        Raises StorageFailure.
        """

    @abstractmethod
    def _gathered(self) -> "Whole":
        """What `read` answers with."""

    @cached_property
    def _whole(self) -> "Whole":
        return self._gathered()

    @cached_property
    def _checked(self) -> "Directory":
        from iamctl.store.reader import checked

        return checked(self.read().required())


class FileSide(Side):
    """A file, with what it includes beside it."""

    def __init__(self, repository: "YamlRepository", others: "Repository") -> None:
        super().__init__(repository.shown)
        self._repository = repository
        self._others = others

    def _gathered(self) -> "Whole":
        return self._repository.read()

    def accounts(self, files: Sequence[str] = ()) -> "Accounts":
        """See Side."""
        from iamctl.store.accounts import OtherAccounts

        return OtherAccounts(self.load(), self._repository.path, files, self._others)

    def beside(self, name: str) -> bytes | None:
        """See Side."""
        from iamctl import files

        path = os.path.join(os.path.dirname(self._repository.path), name)
        return files.read_stamped(path, own=True)[0] if os.path.lexists(path) else None


class KeptSide(Side):
    """The file at a path of what `snapshot` gives, which messages call `where`."""

    def __init__(
        self,
        shown: str,
        snapshot: "Callable[[], Snapshot]",
        path: str,
        where: str,
        others: "Repository",
        commit: str | None = None,
        before: str = "",
    ) -> None:
        super().__init__(shown, commit, before)
        self._snapshot = snapshot
        self._path = path
        self._where = where
        self._others = others

    def _gathered(self) -> "Whole":
        from iamctl.store.parts_kept import read_kept

        return read_kept(self._snapshot(), self._path, self.before, self._where)

    def accounts(self, files: Sequence[str] = ()) -> "Accounts":
        """See Side."""
        from iamctl.store.accounts_kept import KeptAccounts

        return KeptAccounts(self.load(), self._snapshot(), self._path, self.before, self._where,
                            files, self._others)  # fmt: skip

    def beside(self, name: str) -> bytes | None:
        """See Side."""
        from iamctl.files import LIMIT

        snapshot = self._snapshot()
        found = snapshot.entry(posixpath.join(posixpath.dirname(self._path), name))
        data = snapshot.read(found, LIMIT) if found is not None and found.kind == "file" else None
        if found is not None and data is None:
            raise StorageFailure(f"{self.before}{name} is no regular file, or too large")
        return data


class StdinSide(Side):
    """Standard input, which has no files beside it."""

    def __init__(self, others: "Repository") -> None:
        super().__init__("standard input")
        self._others = others

    def _gathered(self) -> "Whole":
        from iamctl.files import LIMIT, Stamp
        from iamctl.store.parts import alone
        from iamctl.store.parts_gather import Text
        from iamctl.store.reader import read_directory

        data = sys.stdin.buffer.read(LIMIT + 1)
        if len(data) > LIMIT:
            raise StorageFailure(f"standard input is longer than {LIMIT} bytes")
        text = Text(self.shown, self.shown, data, Stamp((len(data), 0, 0, 0, 0)))
        return alone(text, read_directory(data, self.shown))

    def accounts(self, files: Sequence[str] = ()) -> "Accounts":
        """See Side."""
        from iamctl.store.accounts_kept import KeptAccounts

        return KeptAccounts(self.load(), _Nothing(), "", "", self.shown, files, self._others)

    def beside(self, name: str) -> bytes | None:
        """See Side."""
        return None


class _Nothing:
    """A snapshot without files."""

    def folder(self, path: str) -> "dict[str, Entry]":
        return {}

    def entry(self, path: str) -> "Entry | None":
        return None

    def read(self, found: "Entry", limit: int) -> bytes | None:
        return None
