"""New files with secrets in them: of a name that was free, and only their owner can read them."""

import os

from iamctl import files
from iamctl.domain.errors import AlreadyExists, NotFound, Usage


def require_free(path: str) -> None:
    """Raise for a file that cannot be made, before anything is made in vain: Usage for no name,
    AlreadyExists, NotFound for its folder."""
    if not path:
        raise Usage("a file needs a name")
    if os.path.lexists(path):
        raise AlreadyExists(f"{path} already exists", hint="name a file that does not exist")
    if not os.path.isdir(folder := _folder(path)):
        raise NotFound(f"the folder {folder} does not exist", code="NoSuchFile")


def write_new(path: str, data: bytes) -> None:
    """Make the file, whole or not at all. Raises AlreadyExists, NotFound, StorageFailure, Busy."""
    with files.folder_lock(_folder(path)):
        files.create_exclusively(path, data, mode=0o600)


def _folder(path: str) -> str:
    return os.path.dirname(os.path.abspath(path))
