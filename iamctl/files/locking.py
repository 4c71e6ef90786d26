"""Locks that the system lets go of when their process dies: of a folder, or of a file."""

from __future__ import annotations

import fcntl
import os
import time

from iamctl.files.failing import failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

_SHORTEST_WAIT, _LONGEST_WAIT = 0.001, 0.025
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class Lock:
    """The lock of `folder_lock` or `file_lock`, held between `__enter__` and `__exit__`."""

    __slots__ = ("_descriptor", "_flags", "_path", "_timeout")

    def __init__(self, path: str, timeout: float | None, flags: int) -> None:
        self._path = path
        self._timeout = timeout
        self._flags = flags
        self._descriptor = -1

    def __enter__(self) -> Self:
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        wait = _SHORTEST_WAIT
        # In short steps: a Ctrl-C just before a call that blocks would be seen after it.
        while not self._taken():
            left = wait if deadline is None else deadline - time.monotonic()
            if left <= 0:
                from iamctl.domain.errors import Busy

                raise Busy(
                    f"another process has held the lock on {self._path} "
                    f"for {self._timeout:g} seconds",
                    hint="wait for it to end; edits wait longer with --lock-timeout",
                )
            time.sleep(min(wait, left))
            wait = min(wait * 1.5, _LONGEST_WAIT)
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._descriptor)

    def _taken(self) -> bool:
        """Whether the lock is ours now, on what bears the name now."""
        try:
            descriptor = os.open(self._path, self._flags, 0o600)
        except OSError as error:
            raise failure("lock", self._path, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(self._path)):
                self._descriptor, descriptor = descriptor, -1
                return True
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError as error:
            raise failure("lock", self._path, error) from None
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        return False


def folder_lock(folder: str, timeout: float = 30.0) -> Lock:
    """A context manager that lets one process at a time write in a folder.

    The lock is on the folder itself, since a replaced file is another inode. It waits up to
    `timeout` seconds, then raises Busy; raises NotFound or StorageFailure when the folder cannot
    be opened or locked. The system lets go of it when the process dies.
    """
    return Lock(folder, timeout, _FOLDER)


def file_lock(path: str, timeout: float | None) -> Lock:
    """A context manager that one process at a time gets through, by a lock on a file of its own.

    For what may last, such as asking a person: `timeout` None waits for as long as it takes, and
    Ctrl-C ends the wait. The file is made with mode 0600 in a folder of our own and stays there.
    The system lets go of the lock when the process dies; taking it twice in one process waits
    for ever. Raises as `folder_lock`.
    """
    return Lock(path, timeout, _FILE)
