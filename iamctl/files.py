"""Files, written so that nobody ever sees half of one. The only writer of files in iamctl.

Paths are text. Writers of one folder exclude each other with `folder_lock`; readers need no
lock, because a file is only ever replaced whole. Start-up is counted in milliseconds here, so
this module imports little and the error types only when something fails.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from iamctl.domain.errors import IamctlError

LIMIT = 256 * 1024 * 1024
"""The most bytes that a read takes in unless told otherwise."""

_SHORTEST_WAIT, _LONGEST_WAIT = 0.001, 0.025
_READS = 10
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
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

    @property
    def mtime_ns(self) -> int:
        """When the bytes last changed."""
        return self[1]

    @property
    def ctime_ns(self) -> int:
        """When the bytes or the inode last changed; nobody can set it back."""
        return self[2]

    @property
    def inode(self) -> int:
        """The inode, another one after each replacement."""
        return self[3]

    @property
    def device(self) -> int:
        """The file system's number."""
        return self[4]


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
            raise _failure("lock", self._folder, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(self._folder)):
                self._descriptor, descriptor = descriptor, -1
                return True
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError as error:
            raise _failure("lock", self._folder, error) from None
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


def real_target(path: str) -> str:
    """The file that a path leads to through symbolic links; its folder is the one to lock."""
    return os.path.realpath(path)


def stamp_of(path: str) -> Stamp | None:
    """The stamp of the file behind a path now, or None when there is none."""
    try:
        return Stamp.of(os.stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _failure("look at", path, error) from None


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
    from iamctl.domain.errors import ConcurrentChange

    raise ConcurrentChange(f"{path} keeps changing while it is read")


def replace_durably(
    path: str, data: bytes, *, mode: int | None = None, expected: Stamp | None = None
) -> Stamp:
    """Put `data` in place of a file, or make the file, so that a crash leaves old or new, whole.

    The caller holds the lock on the folder of `real_target(path)`: an explicit symbolic link is
    written through. Mode and (where allowed) owner stay; `mode` sets the mode instead; a new file
    without one gets what the umask leaves. With `expected`, a file that is no longer the one of
    that stamp raises ConcurrentChange. Raises StorageFailure; then the old file stands and no
    temporary is left, but where only the folder could not be synced: there the new one stands.
    Returns the new file's stamp.
    """
    target = real_target(path)
    try:
        old = os.stat(target)
    except FileNotFoundError:
        old = None
    except OSError as error:
        raise _failure("write", path, error) from None
    _check_replaceable(path, target, old)
    _check_expected(path, target, expected)
    temporary = _temporary(target)
    try:
        # Private from the start: what is opened before the mode is set stays open.
        created = 0o666 if old is None and mode is None else 0o600
        stamp = _write_temporary(temporary, data, created, mode, old)
        _check_expected(path, target, expected)
        os.rename(temporary, target)
    except BaseException as error:
        _discard(temporary)
        if isinstance(error, OSError):
            raise _failure("write", path, error) from None
        raise
    _sync_folder(target)
    return stamp if (now := stamp_of(target)) is None else now


def create_exclusively(path: str, data: bytes, mode: int = 0o644) -> Stamp:
    """Make a file that must not exist yet, whole or not at all; the umask applies to `mode`.

    The caller holds the folder's lock. Raises AlreadyExists when anything bears the name, a
    dangling symbolic link included; StorageFailure, and then nothing was made.
    """
    temporary = _temporary(path)
    try:
        _write_temporary(temporary, data, mode, None, None)
        _name(temporary, path)
    except FileExistsError:
        _discard(temporary)
        from iamctl.domain.errors import AlreadyExists

        raise AlreadyExists(f"{path} already exists") from None
    except BaseException as error:
        _discard(temporary)
        if isinstance(error, OSError):
            raise _failure("create", path, error) from None
        raise
    _sync_folder(path)
    return Stamp.of(os.lstat(path))


def remove_file(path: str) -> bool:
    """Remove a file durably; False when there was none. Raises StorageFailure."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _failure("remove", path, error) from None
    _sync_folder(path)
    return True


def remove_empty_folder(path: str) -> bool:
    """Remove a folder durably; False when it is missing or something is in it."""
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise _failure("remove", path, error) from None
    _sync_folder(path)
    return True


def private_folder(path: str, *, create: bool = True) -> None:
    """Make sure that a folder is there that only this user can write in.

    Missing folders on the way are made, 0700, unless `create` is false. Raises StorageFailure
    when it cannot be made, is no folder, belongs to somebody else or is open to others' writing;
    NotFound when it is missing and not to be made.
    """
    try:
        if create:
            _make_folders(path)
        status = os.stat(path)
    except OSError as error:
        raise _failure("use the folder", path, error) from None
    problem = None
    if not stat.S_ISDIR(status.st_mode):
        problem, hint = "is not a folder", None
    elif status.st_uid != os.geteuid():
        problem, hint = "belongs to another user", None
    elif status.st_mode & 0o022:
        problem, hint = "can be written by other users", f"chmod go-w {path}"
    if problem is not None:
        from iamctl.domain.errors import StorageFailure

        raise StorageFailure(f"{path} {problem}", hint=hint)


def _read(path: str, limit: int, *, own: bool, allow_any: bool) -> tuple[bytes, Stamp, Stamp]:
    flags = os.O_RDONLY | os.O_CLOEXEC
    flags |= 0 if allow_any else os.O_NONBLOCK
    flags |= os.O_NOFOLLOW if own else 0
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise _failure("read", path, error) from None
    try:
        before = os.fstat(descriptor)
        _check_kind(path, before, own=own, allow_any=allow_any)
        data = _read_all(descriptor, path, limit, before.st_size)
        return data, Stamp.of(before), Stamp.of(os.fstat(descriptor))
    except OSError as error:
        raise _failure("read", path, error) from None
    finally:
        os.close(descriptor)


def _check_kind(path: str, status: os.stat_result, *, own: bool, allow_any: bool) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise _failure("read", path, OSError(errno.EISDIR, ""))
    if not allow_any and not stat.S_ISREG(status.st_mode):
        raise _failure("read", path, OSError(errno.ENXIO, ""))
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


def _check_replaceable(path: str, target: str, old: os.stat_result | None) -> None:
    """A file that its owner marked read-only is not ours to replace, though rename could."""
    if old is None:
        return
    if stat.S_ISDIR(old.st_mode):
        raise _failure("write", path, OSError(errno.EISDIR, ""))
    if not stat.S_ISREG(old.st_mode):
        raise _failure("write", path, OSError(errno.ENXIO, ""))
    if not os.access(target, os.W_OK):
        raise _failure("write", path, OSError(_why_not_writable(target), ""))


def _why_not_writable(target: str) -> int:
    read_only = os.statvfs(target).f_flag & os.ST_RDONLY
    return errno.EROFS if read_only else errno.EACCES


def _check_expected(path: str, target: str, expected: Stamp | None) -> None:
    if expected is not None and stamp_of(target) != expected:
        from iamctl.domain.errors import ConcurrentChange

        raise ConcurrentChange(
            f"{path} was changed by something else since it was read", hint="run the command again"
        )


def _temporary(target: str) -> str:
    """One fixed name a target, so that the next writer finds what a dead one left."""
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{name}.iamctl-new")


def _write_temporary(
    temporary: str, data: bytes, created: int, mode: int | None, old: os.stat_result | None
) -> Stamp:
    if os.path.lexists(temporary):
        try:
            os.unlink(temporary)
        except OSError as error:
            raise _failure("remove", temporary, error) from None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, created)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        if old is not None:
            _keep_owner(descriptor, old)
        if mode is not None or old is not None:
            os.fchmod(descriptor, mode if mode is not None else stat.S_IMODE(old.st_mode))  # type: ignore[union-attr]
        _sync(descriptor)
        return Stamp.of(os.fstat(descriptor))
    finally:
        os.close(descriptor)


def _keep_owner(descriptor: int, old: os.stat_result) -> None:
    """Best effort: only root can give files away, and only to one's own groups otherwise."""
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:  # noqa: SIM105 - contextlib costs a third of a bare start
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except OSError:
            pass


def _name(temporary: str, path: str) -> None:
    """Give the finished temporary its name, never taking one that is in use."""
    try:
        os.link(temporary, path, follow_symlinks=False)
        os.unlink(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # No hard links here (FAT, some network folders): the caller's lock has to do.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "") from None
        os.rename(temporary, path)


def _sync(descriptor: int) -> None:
    """To the disk itself: on macOS fsync alone stops at the drive's cache."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        try:
            fcntl.fcntl(descriptor, full)
            return
        except OSError:
            pass
    os.fsync(descriptor)


def _sync_folder(path: str) -> None:
    """Make a name durable; file systems that cannot sync folders do so by themselves."""
    try:
        descriptor = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in (*_NO_FOLDER_SYNC, errno.EACCES):
            raise _failure("make durable", path, error) from None


def _discard(temporary: str) -> None:
    try:  # noqa: SIM105 - as above
        os.unlink(temporary)
    except OSError:
        pass


def _make_folders(path: str) -> None:
    missing: list[str] = []
    at = os.path.abspath(path)
    while not os.path.isdir(at):
        missing.append(at)
        at = os.path.dirname(at)
    for folder in reversed(missing):
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            continue
        _sync_folder(folder)


def _failure(action: str, path: str, error: OSError) -> IamctlError:
    from iamctl.domain.errors import NotFound, StorageFailure

    if error.errno == errno.ENOENT:
        return NotFound(f"{path} does not exist")
    reason = _REASONS.get(error.errno or 0) or os.strerror(error.errno or 0)
    return StorageFailure(f"cannot {action} {path}: {reason}")
