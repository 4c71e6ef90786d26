"""Adding lines to a file that another program made and reads."""

from __future__ import annotations

import errno
import os
import stat

from iamctl.files.failing import failure


def append_lines(path: str, data: bytes) -> None:
    """Add whole lines at the end of a file that is there, all of them or none.

    A last line of it that was left unfinished is finished first. Raises NotFound; StorageFailure
    for what is no regular file, a symbolic link, or cannot be written.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise failure("write", path, error) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.ENXIO, "")
        size = status.st_size
        unfinished = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        _write_all(descriptor, (b"\n" if unfinished else b"") + data, size)
    except OSError as error:
        raise failure("write", path, error) from None
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes, size: int) -> None:
    """Write everything, or cut the file back to its size."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except BaseException:
        os.ftruncate(descriptor, size)
        raise
