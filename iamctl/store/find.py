"""Which directory file a command means."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping

from iamctl.domain.errors import InvalidValue, NotFound, StorageFailure
from iamctl.domain.names import shown
from iamctl.domain.tuples import NamedTuple

FILE_NAME = "directory.yaml"
VARIABLE = "IAMCTL_DIRECTORY"
Configured = str | Callable[[], str | None] | None


class Found(NamedTuple):
    """The file, and `how` it was found: option, environment, search or settings."""

    path: str
    how: str

    @property
    def searched(self) -> bool:
        """Whether nobody named the file: then it must be a regular file of our own."""
        return self.how == "search"


def find_directory(
    explicit: str | None,
    environ: Mapping[str, str],
    cwd: str,
    configured: Configured = None,
    near: str | None = None,
) -> Found:
    """The directory file: `--directory`, IAMCTL_DIRECTORY, upwards from `cwd`, the settings.

    With `near`, a folder that was named for another reason, it is looked for from there first.
    A named one may be a file or the folder it is in, and need not be regular. Raises NotFound
    when there is none; StorageFailure when the search meets one that might be planted;
    InvalidValue for a relative path in the settings.
    """
    for named, how in ((explicit, "option"), (environ.get(VARIABLE), "environment")):
        if named is not None and (named or how == "option"):
            return Found(_named(named, cwd), how)
    for start in (cwd,) if near is None else (os.path.realpath(os.path.join(cwd, near)), cwd):
        searched = _search(os.path.abspath(start), environ.get("HOME"))
        if searched is not None:
            return Found(searched, "search")
    setting = configured() if callable(configured) else configured
    if setting:
        return Found(_named(_absolute(setting), cwd), "settings")
    raise NotFound(
        f"there is no {FILE_NAME} here or in a folder above",
        code="NoSuchFile",
        hint="make one with: iamctl init --user NAME",
    )


def _absolute(setting: str) -> str:
    """The path of the settings; were it relative, whoever made the working folder chose a file."""
    path = os.path.expanduser(setting)
    if not os.path.isabs(path):
        raise InvalidValue(
            f"the path {shown(setting)} in the settings is not absolute",
            hint="iamctl config set directory /PATH/TO/directory.yaml",
        )
    return path


def _named(path: str, cwd: str) -> str:
    full = os.path.join(cwd, path)
    if path and os.path.isdir(full):
        full = os.path.join(full, FILE_NAME)
    if not path or not os.path.exists(full):
        raise NotFound(
            f"{full if path else 'an empty name'} does not exist",
            code="NoSuchFile",
            hint="make one with: iamctl init --user NAME",
        )
    return full


def _search(folder: str, home: str | None) -> str | None:
    """The nearest file upwards, up to the git root, the home folder or another file system."""
    for place in folders_above(folder, home):
        path = os.path.join(place, FILE_NAME)
        if os.path.lexists(path):
            _check_own(path)
            return path
    return None


def folders_above(folder: str, home: str | None) -> Iterator[str]:
    """A folder and those above it, up to the git root, the home folder or another file system.

    Raises StorageFailure where one cannot be looked into.
    """
    try:
        device = os.stat(folder).st_dev
        while True:
            yield folder
            parent = os.path.dirname(folder)
            if (
                os.path.lexists(os.path.join(folder, ".git"))
                or (home and os.path.realpath(home) == os.path.realpath(folder))
                or parent == folder
                or os.stat(parent).st_dev != device
            ):
                return
            folder = parent
    except OSError as error:
        raise StorageFailure(f"cannot search {folder}: {os.strerror(error.errno or 0)}") from None


def _check_own(path: str) -> None:
    """Refuse what somebody else may have put in our way."""
    status = os.lstat(path)
    reason = None
    if stat.S_ISLNK(status.st_mode):
        reason = "is a symbolic link"
    elif not stat.S_ISREG(status.st_mode):
        reason = "is no regular file"
    elif status.st_uid != os.geteuid():
        reason = "belongs to another user"
    elif os.path.realpath(path) != os.path.normpath(path):
        reason = "is reached through a symbolic link"
    if reason is not None:
        raise StorageFailure(
            f"{path} was found by searching and {reason}",
            hint=f"if it is the one you mean, say so: --directory {path}",
        )
