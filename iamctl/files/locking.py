"""The lock on a folder, under which its files are written."""

from __future__ import annotations

import fcntl
import os
import time

from iamctl.files.failing import failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

_SHORTEST_WAIT, _LONGEST_WAIT = 0.001, 0.025


class FolderLock:
    """The lock of `folder_lock`, held between `__enter__` and `__exit__`."""

    __slots__ = ("_descriptor", "_folder", "_timeout")

    def __init__(self, folder: str, timeout: float) -> None:
        self._folder = folder
        self._timeout = timeout
        self._descriptor = -1

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self._timeout
        wait = _SHORTEST_WAIT
        while not self._taken():
            left = deadline - time.monotonic()
            if left <= 0:
                from iamctl.domain.errors import Busy

                raise Busy(
                    f"another process has held the lock on {self._folder} "
                    f"for {self._timeout:g} seconds",
                    hint="wait for it to end; edits wait longer with --lock-timeout",
                )
            time.sleep(min(wait, left))
            wait = min(wait * 1.5, _LONGEST_WAIT)
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._descriptor)

    def _taken(self) -> bool:
        """Whether the lock is ours now, on the folder that bears the name now."""
        try:
            descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise failure("lock", self._folder, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(self._folder)):
                self._descriptor, descriptor = descriptor, -1
                return True
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError as error:
            raise failure("lock", self._folder, error) from None
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        return False


def folder_lock(folder: str, timeout: float = 30.0) -> FolderLock:
    """A context manager that lets one process at a time write in a folder.

    The lock is on the folder itself, since a replaced file is another inode. It waits up to
    `timeout` seconds, then raises Busy; raises NotFound or StorageFailure when the folder cannot
    be opened or locked. The system lets go of it when the process dies.
    """
    return FolderLock(folder, timeout)
