"""Marks on new vaults whose directory file is not made yet, so that a killed `init` is undone.

A mark is a folder, locked while its process lives, with the path of the file to be in it. Only
a UUID that was just minted is marked: nothing else can depend on its vault.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from iamctl.domain.errors import Busy, IamctlError, InvalidValue
from iamctl.files import (
    folder_lock,
    forget_file,
    private_folder,
    remove_empty_folder,
    remove_file,
    replace_durably,
)
from iamctl.vault.interface import check_uuid, read_vault_file

_FOLDER, _NAME = "creating", "path"


@contextmanager
def marked(
    state_folder: str, uuid: str, path: str, lock_timeout: float = 30.0
) -> Iterator[Callable[[], None]]:
    """While the body runs, and after a death in it, the vault of `uuid` is marked as unfinished,
    until the body calls what it is given.

    Raises Busy, StorageFailure.
    """
    marks = f"{state_folder}/{_FOLDER}"
    folder = f"{marks}/{check_uuid(uuid)}"
    private_folder(marks)
    with ExitStack() as held:
        with folder_lock(marks, lock_timeout):
            private_folder(folder)
            held.enter_context(folder_lock(folder, lock_timeout))
        replace_durably(f"{folder}/{_NAME}", os.fsencode(path), mode=0o600)
        try:
            # Without its path a mark says nothing; durable or not, a death finds it so.
            yield lambda: forget_file(f"{folder}/{_NAME}")
        finally:
            _remove(folder)


def left_over(state_folder: str) -> Iterator[tuple[str, str]]:
    """(UUID, path) of every mark whose process is dead; each mark goes once it was dealt with.

    The body that raises keeps the mark for the next time, and so does a mark that cannot be read
    or removed: none keeps the others from being dealt with.
    """
    empty = []
    for uuid in _uuids(f"{state_folder}/{_FOLDER}"):
        folder = f"{state_folder}/{_FOLDER}/{uuid}"
        with suppress(IamctlError), folder_lock(folder, 0):
            if (path := read_vault_file(f"{folder}/{_NAME}")) is None:
                empty.append(folder)
            else:
                yield uuid, os.fsdecode(path)
                _remove(folder)
    if empty:
        _remove_empty(f"{state_folder}/{_FOLDER}", empty)


def _uuids(marks: str) -> list[str]:
    """The names of the marks, sorted; whatever else is in their folder is not ours."""
    found = []
    with suppress(OSError):
        for name in sorted(os.listdir(marks)):
            with suppress(InvalidValue):
                found.append(check_uuid(name))
    return found


def _remove_empty(marks: str, folders: list[str]) -> None:
    """Remove what a process left that died before it wrote its path, or after it removed it.

    Under the lock of all marks nobody is between making a mark and locking it.
    """
    with suppress(Busy), folder_lock(marks, 0):
        for folder in folders:
            with suppress(IamctlError), folder_lock(folder, 0):
                _remove(folder)


def _remove(folder: str) -> None:
    """Remove a mark whole: its path, and what a writer of that left half-done."""
    for name in os.listdir(folder):
        remove_file(f"{folder}/{name}")
    remove_empty_folder(folder)
