"""Where the files of a directory are found and read: a folder, or anything that keeps one."""

from __future__ import annotations

import os
from typing import NamedTuple, Protocol

from iamctl import files
from iamctl.domain.errors import StorageFailure
from iamctl.files import Stamp
from iamctl.store.inside import why_refused
from iamctl.store.parts_find import matching

Read = tuple[tuple[bytes, Stamp] | None, str]
"""A file's bytes and stamp, or what is wrong with it in words that go behind its name."""


class Place(Protocol):
    """Where the parts of a directory are, which stand below its main file's folder."""

    def called(self, name: str) -> str:
        """What messages call a part, by its path below the folder."""

    def matching(self, pattern: str) -> list[str]:
        """The paths below the folder that a pattern of `include` means; see parts_find."""

    def read(self, name: str, limit: int) -> Read:
        """A part by its path below the folder, of at most `limit` bytes.

        Stamps of one file, by whatever path, agree in their last two numbers. Raises
        StorageFailure where the system fails; ConcurrentChange.
        """


class Folder(NamedTuple):
    """A folder that is there, and how messages call it; `own` asks that files be this user's."""

    folder: str
    shown: str = ""
    own: bool = False

    def called(self, name: str) -> str:
        """See Place."""
        return os.path.join(self.shown, name)

    def matching(self, pattern: str) -> list[str]:
        """See Place."""
        return matching(self.folder, pattern)

    def read(self, name: str, limit: int) -> Read:
        """See Place."""
        try:
            return files.read_stamped_inside(self.folder, name, limit, own=self.own), ""
        except StorageFailure as error:
            return None, f"is not read: {error.message.rpartition(': ')[2]}"
        except OSError as error:
            fault = why_refused(error, os.path.join(self.folder, name))
            if fault is None:
                why = os.strerror(error.errno or 0)
                raise StorageFailure(f"cannot read {self.called(name)}: {why}") from None
            return None, fault


def folder_of(given: str, shown: str, own: bool) -> Folder:
    """Where the parts of a main file are: beside the file itself, whatever link leads to it.

    `given` is the main file's path, `shown` what messages call that.
    """
    folder = os.path.dirname(files.real_target(given))
    beside = os.path.realpath(os.path.dirname(given)) == folder
    return Folder(folder, os.path.dirname(shown) if beside else folder, own)
