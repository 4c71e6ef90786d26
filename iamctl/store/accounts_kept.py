"""The directories of other accounts beside one that something else than a folder keeps."""

import posixpath
from collections.abc import Callable, Sequence

from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotFound, StorageFailure
from iamctl.ports import Snapshot
from iamctl.store.accounts import OtherAccounts
from iamctl.store.parts_kept import read_kept
from iamctl.store.reader import checked
from iamctl.store.repository import YamlRepository


class KeptAccounts(OtherAccounts):
    """As OtherAccounts, for a directory whose main file is at a path of a snapshot: its `accounts`
    section means files of the same snapshot, below the same folder. `before` and `where` are as
    `read_kept` has them."""

    def __init__(
        self,
        directory: Directory,
        snapshot: Snapshot,
        path: str,
        before: str,
        where: str,
        given: Sequence[str] = (),
        repository: Callable[[str], YamlRepository] = YamlRepository,
    ) -> None:
        super().__init__(directory, "", given, repository)
        self._snapshot = snapshot
        self._beside = posixpath.dirname(path)
        self._before = before
        self._where = where

    def _read_listed(self, account: str, relative: str) -> Directory:
        path = posixpath.join(self._beside, relative)
        try:
            whole = read_kept(self._snapshot, path, self._before, self._where)
        except (NotFound, StorageFailure) as error:
            self._refuse_listed(account, error.message)
        return checked(whole.required())
