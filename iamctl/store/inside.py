"""Why a file inside the directory's folder is not read."""

import errno
import os


def why_refused(error: OSError, path: str) -> str | None:
    """What is wrong with a path that `files.read_inside` refused, in words to go behind its name;
    None when the system failed."""
    if error.errno == errno.ENOENT:
        return "does not exist"
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
        linked = os.path.realpath(path) != path
        return "is reached through a symbolic link" if linked else "does not exist"
    if error.errno in (errno.ENXIO, errno.EISDIR):
        return "is no regular file"
    return "lies outside the folder" if error.errno == errno.EINVAL else None
