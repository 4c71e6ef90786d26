"""The errors of files in a person's words."""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iamctl.domain.errors import IamctlError

_REASONS = {
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EFBIG: "the file would be larger than this system allows",
    errno.ELOOP: "it is a symbolic link, or a loop of them",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is no folder",
    errno.ENXIO: "it is not a regular file",
    errno.EBUSY: "it is in use by the system, as a mounted file is",
}


def failure(action: str, path: str, error: OSError) -> IamctlError:
    """The error of an action on a path that the system refused: NotFound or StorageFailure."""
    from iamctl.domain.errors import NotFound, StorageFailure

    if error.errno == errno.ENOENT:
        return NotFound(f"{path or 'an empty name'} does not exist")
    reason = _REASONS.get(error.errno or 0) or os.strerror(error.errno or 0)
    return StorageFailure(f"cannot {action} {path}: {reason}")
