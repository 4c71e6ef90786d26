"""Reading files whole, with what tells one state of a file from another."""

from __future__ import annotations

import errno
import os
import stat

from iamctl.files.failing import failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

LIMIT = 256 * 1024 * 1024
"""The most bytes that a read takes in unless told otherwise."""

_READS = 10


class Stamp(tuple[int, int, int, int, int]):
    """What tells one state of a file from another: size, times in nanoseconds, inode, device."""

    __slots__ = ()

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """The stamp of a file by what `stat` says of it."""
        return cls(
            (
                status.st_size,
                status.st_mtime_ns,
                status.st_ctime_ns,
                status.st_ino,
                status.st_dev,
            )
        )

    @property
    def size(self) -> int:
        """Bytes."""
        return self[0]


def stamp_of(path: str) -> Stamp | None:
    """The stamp of the file behind a path now, or None when there is none."""
    try:
        return Stamp.of(os.stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise failure("look at", path, error) from None


def read_bytes(path: str, limit: int = LIMIT, *, allow_any: bool = False) -> bytes:
    """The bytes of a file that a person named.

    Raises NotFound when it is missing; StorageFailure when it is a folder, unreadable, longer
    than `limit` bytes or, unless `allow_any`, anything but a regular file: a pipe would block.
    """
    return _read(path, limit, own=False, allow_any=allow_any)[0]


def read_regular(path: str, limit: int = LIMIT) -> bytes:
    """The bytes of a file that was found by searching: nobody may plant one for us.

    As `read_bytes`; a symbolic link and a file that another user owns are StorageFailure too.
    """
    return _read(path, limit, own=True, allow_any=False)[0]


def read_stamped(path: str, limit: int = LIMIT, *, own: bool = False) -> tuple[bytes, Stamp]:
    """The bytes of a file with the stamp they bore before and after reading.

    `own` asks what `read_regular` asks. Raises ConcurrentChange when the file never held still.
    """
    for _ in range(_READS):
        data, before, after = _read(path, limit, own=own, allow_any=False)
        if before == after and len(data) == after.size:
            return data, after
    raise _never_still(path)


class Stretch:
    """Bytes of a file that is held open, from `start` up to `end`: to be copied unseen."""

    __slots__ = ("descriptor", "end", "start")

    def __init__(self, descriptor: int, start: int, end: int) -> None:
        self.descriptor = descriptor
        self.start = start
        self.end = end

    def __len__(self) -> int:
        return self.end - self.start


class HeldFile:
    """A file that `hold` opened. `stamp` is what it bore then: whoever relies on what is read here
    asks later whether it still bears that."""

    __slots__ = ("_descriptor", "_path", "stamp")

    def __init__(self, path: str, descriptor: int, stamp: Stamp) -> None:
        self._path = path
        self._descriptor = descriptor
        self.stamp = stamp

    def read(self, start: int, end: int) -> bytes:
        """The bytes of a stretch, fewer where the file ends before. Raises StorageFailure."""
        parts: list[bytes] = []
        try:
            while start < end and (part := os.pread(self._descriptor, end - start, start)):
                parts.append(part)
                start += len(part)
        except OSError as error:
            raise failure("read", self._path, error) from None
        return b"".join(parts)

    def stretch(self, start: int, end: int) -> Stretch:
        """A stretch, which can be copied as long as the file is held."""
        return Stretch(self._descriptor, start, end)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def hold(path: str, *, own: bool = False) -> HeldFile:
    """Open a regular file to read parts of it. `own` asks what `read_regular` asks.

    Raises NotFound, StorageFailure.
    """
    descriptor, status = _opened(path, own=own, allow_any=False)
    return HeldFile(path, descriptor, Stamp.of(status))


def _never_still(path: str) -> Exception:
    from iamctl.domain.errors import ConcurrentChange

    return ConcurrentChange(f"{path} keeps changing while it is read")


def read_inside(folder: str, relative: str, limit: int = LIMIT) -> bytes:
    """The bytes of a regular file below a folder, reached through no symbolic link.

    Raises OSError as the system gives it, EINVAL for a path that leads out of the folder and
    ENXIO for what is no regular file; StorageFailure for more than `limit` bytes.
    """
    descriptor, status = _opened_inside(folder, relative)
    try:
        return _read_all(descriptor, f"{folder}/{relative}", limit, status.st_size)
    finally:
        os.close(descriptor)


def read_stamped_inside(
    folder: str, relative: str, limit: int = LIMIT, *, own: bool = False
) -> tuple[bytes, Stamp]:
    """The bytes that `read_inside` reads, with the stamp they bore before and after reading.

    Raises as that does; with `own`, StorageFailure for a file that another user owns;
    ConcurrentChange when the file never held still.
    """
    path = f"{folder}/{relative}"
    for _ in range(_READS):
        descriptor, status = _opened_inside(folder, relative)
        try:
            _check_kind(path, status, own=own, allow_any=False)
            data = _read_all(descriptor, path, limit, status.st_size)
            before, after = Stamp.of(status), Stamp.of(os.fstat(descriptor))
        finally:
            os.close(descriptor)
        if before == after and len(data) == after.size:
            return data, after
    raise _never_still(path)


def _opened_inside(folder: str, relative: str) -> tuple[int, os.stat_result]:
    """A regular file below a folder, open, and what the system says of it."""
    *folders, name = relative.split("/")
    if not all((*folders, name)) or {".", ".."} & {*folders, name}:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in folders:
            descriptor = _stepped(descriptor, step, os.O_DIRECTORY)
        descriptor = _stepped(descriptor, name, os.O_NONBLOCK)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status


def _stepped(folder: int, name: str, flags: int) -> int:
    """What bears the name in an open folder, opened in its place."""
    below = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)
    os.close(folder)
    return below


def _opened(path: str, *, own: bool, allow_any: bool) -> tuple[int, os.stat_result]:
    """The file, open, and what the system says of it. Raises NotFound, StorageFailure."""
    flags = os.O_RDONLY | os.O_CLOEXEC
    flags |= 0 if allow_any else os.O_NONBLOCK
    flags |= os.O_NOFOLLOW if own else 0
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise failure("read", path, error) from None
    try:
        status = os.fstat(descriptor)
        _check_kind(path, status, own=own, allow_any=allow_any)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, OSError):
            raise failure("read", path, error) from None
        raise
    return descriptor, status


def _read(path: str, limit: int, *, own: bool, allow_any: bool) -> tuple[bytes, Stamp, Stamp]:
    descriptor, before = _opened(path, own=own, allow_any=allow_any)
    try:
        data = _read_all(descriptor, path, limit, before.st_size)
        return data, Stamp.of(before), Stamp.of(os.fstat(descriptor))
    except OSError as error:
        raise failure("read", path, error) from None
    finally:
        os.close(descriptor)


def _check_kind(path: str, status: os.stat_result, *, own: bool, allow_any: bool) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise failure("read", path, OSError(errno.EISDIR, ""))
    if not allow_any and not stat.S_ISREG(status.st_mode):
        raise failure("read", path, OSError(errno.ENXIO, ""))
    if own and status.st_uid != os.geteuid():
        from iamctl.domain.errors import StorageFailure

        raise StorageFailure(f"cannot read {path}: it belongs to another user")


def _read_all(descriptor: int, path: str, limit: int, size: int) -> bytes:
    """Everything up to the end of the file; one call for a regular file that holds still."""
    parts: list[bytes] = []
    length = 0
    while part := os.read(descriptor, min(max(size + 1 - length, 65536), limit + 1)):
        length += len(part)
        if length > limit:
            from iamctl.domain.errors import StorageFailure

            raise StorageFailure(f"cannot read {path}: it is longer than {limit} bytes")
        parts.append(part)
    return b"".join(parts)
