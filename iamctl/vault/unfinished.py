"""Marks on new vaults whose directory file is not made yet, so that a killed `init` is undone.

A mark is a folder, locked while its process lives, with the path of the file to be in it. Only
a UUID that was just minted is marked: nothing else can depend on its vault.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from iamctl.domain.errors import Busy, NotFound
from iamctl.files import (
    folder_lock,
    private_folder,
    remove_empty_folder,
    remove_file,
    replace_durably,
)
from iamctl.vault.interface import check_uuid, read_vault_file

_FOLDER, _NAME = "creating", "path"


@contextmanager
def marked(state_folder: str, uuid: str, path: str, lock_timeout: float = 30.0) -> Iterator[None]:
    """While the body runs, and after a death in it, the vault of `uuid` is marked as unfinished.

    Raises Busy, StorageFailure.
    """
    folder = f"{state_folder}/{_FOLDER}/{check_uuid(uuid)}"
    private_folder(folder)
    with folder_lock(folder, lock_timeout):
        replace_durably(f"{folder}/{_NAME}", os.fsencode(path), mode=0o600)
        try:
            yield
        finally:
            _remove(folder)


def left_over(state_folder: str) -> Iterator[tuple[str, str]]:
    """(UUID, path) of every mark whose process is dead; each mark goes once it was dealt with.

    The body that raises keeps the mark for the next time.
    """
    try:
        names = sorted(os.listdir(f"{state_folder}/{_FOLDER}"))
    except OSError:
        return
    for uuid in names:
        folder = f"{state_folder}/{_FOLDER}/{uuid}"
        try:
            with folder_lock(folder, 0):
                # Without a path, its process may be about to lock it.
                if (path := read_vault_file(f"{folder}/{_NAME}")) is not None:
                    yield check_uuid(uuid), os.fsdecode(path)
                    _remove(folder)
        except (Busy, NotFound):
            continue


def _remove(folder: str) -> None:
    remove_file(f"{folder}/{_NAME}")
    remove_empty_folder(folder)
