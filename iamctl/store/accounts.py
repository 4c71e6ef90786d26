"""The directories of other accounts, for decisions that cross an account's border.

The `accounts` section came by git clone like the rest of the file, so it opens nothing but
regular files inside the file's own folder, reached through no symbolic link.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

from iamctl import files
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory, StorageFailure, Usage
from iamctl.domain.source import Address, Problem, Source
from iamctl.store.inside import why_refused
from iamctl.store.repository import YamlRepository


class OtherAccounts:
    """Answers with the checked directory of an account, read when it is first asked for.

    `path` is the real path of the directory's file. `given` are files that a person named: any
    readable one will do, and its account is looked up there first. `repository` opens one that
    includes others.
    """

    def __init__(
        self,
        directory: Directory,
        path: str,
        given: Sequence[str] = (),
        repository: Callable[[str], YamlRepository] = YamlRepository,
    ) -> None:
        self._directory = directory
        self._folder = os.path.dirname(os.path.abspath(path))
        self._paths = given
        self._repository = repository
        self._given: dict[str, Directory] | None = None
        self._known: dict[str, Directory | None] = {directory.account.id: directory}

    def __call__(self, account: str) -> Directory | None:
        """The directory of an account id; None when neither the files nor the section know it.

        Raises InvalidDirectory, NotFound or StorageFailure for a file that cannot be used, Usage
        for two files of one account.
        """
        if account not in self._known:
            found = self._files().get(account)
            self._known[account] = self._listed(account) if found is None else found
        return self._known[account]

    def ids(self) -> Iterable[str]:
        """The account ids that the files and the section know, each once."""
        return dict.fromkeys((*self._files(), *self._directory.accounts))

    def _files(self) -> dict[str, Directory]:
        if self._given is None:
            self._given = self._read_given()
        return self._given

    def _read_given(self) -> dict[str, Directory]:
        found: dict[str, Directory] = {}
        for path in self._paths:
            shown = YamlRepository(path).shown
            other = self._loaded(files.read_bytes(path, allow_any=True), shown, path)
            same = found.setdefault(other.account.id, other)
            if other.account.id == self._directory.account.id:
                raise Usage(
                    f"{shown} is of account {other.account.id}, as the directory itself is",
                    hint="give the files of other accounts",
                )
            if same is not other:
                raise Usage(f"{same.file} and {shown} are both of account {other.account.id}")
        return found

    def _listed(self, account: str) -> Directory | None:
        relative = self._directory.accounts.get(account)
        if relative is None:
            return None
        other = self._read_listed(account, relative)
        if other.account.id != account:
            here = ("account", "id")
            self._refuse(f"{other.file} is of account {other.account.id}", here,
                         other.source_of(here),
                         f"{self._directory.file} lists it as account {account}'s")  # fmt: skip
        return other

    def _read_listed(self, account: str, relative: str) -> Directory:
        """The checked directory at the path that the section has for an account."""
        path = os.path.join(self._folder, relative)
        shown = YamlRepository(path).shown
        try:
            data = files.read_inside(self._folder, relative)
        except OSError as error:
            reason = why_refused(error, path)
            if reason is None:
                why = os.strerror(error.errno or 0)
                raise StorageFailure(f"cannot read {shown}: {why}") from None
            self._refuse_listed(account, f"{shown} {reason}")
        return self._loaded(data, shown, path)

    def _refuse_listed(self, account: str, message: str) -> NoReturn:
        at = ("accounts", account)
        self._refuse(message, at, self._directory.source_of(at),
                     f"it should be the directory file of account {account}")  # fmt: skip

    def _refuse(self, message: str, at: Address, source: Source | None, hint: str) -> NoReturn:
        problem = Problem("error", "account-file", message, at, source, hint)
        raise InvalidDirectory.of((problem,)) from None

    def _loaded(self, data: bytes, shown: str, path: str) -> Directory:
        """The checked directory of a file's bytes, with what it includes from its own folder."""
        # Imported here: most questions are about one account, and reading loads a YAML parser.
        from iamctl.store.reader import included, load_checked, read_file

        result = read_file(data, shown)
        return self._repository(path).load() if included(result) else load_checked(data, shown)
