"""Writing files so that nobody ever sees half of one, and the folders they are in."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import sys
from collections.abc import Callable, Sequence

from iamctl.files.failing import failure
from iamctl.files.reading import Stamp, Stretch, stamp_of

_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
_SENDS = sys.platform == "linux"  # elsewhere to sockets only
_AT_ONCE = 1024 * 1024

Part = bytes | memoryview | Stretch
"""What files are written of."""


def real_target(path: str) -> str:
    """The file that a path leads to through symbolic links; its folder is the one to lock."""
    return os.path.realpath(path)


def replace_durably(
    path: str,
    data: bytes | Sequence[Part],
    *,
    mode: int | None = None,
    expected: Stamp | None = None,
    modified: int | None = None,
) -> Stamp:
    """Put `data` in place of a file, or make the file, so that a crash leaves old or new, whole.

    Data may come in parts, which are written one after another; stretches of a file that is held
    are copied without a place in memory, and `expected` is that file's stamp. The caller holds the
    lock on the folder of `real_target(path)`: an explicit symbolic link is written through. Mode
    and (where allowed) owner stay; `mode` sets the mode instead; a new file without one gets what
    the umask leaves. With `expected`, a file that is no longer the one of that stamp raises
    ConcurrentChange; `modified` is the modification time that the new file gets, in nanoseconds,
    in place of now.
    Raises StorageFailure; then the old file stands and no temporary is left, but where only the
    folder could not be synced: there the new one stands. Returns the new file's stamp.
    """
    target = real_target(path)
    try:
        old = os.stat(target)
    except FileNotFoundError:
        old = None
    except OSError as error:
        raise failure("write", path, error) from None
    _check_replaceable(path, target, old)
    _check_expected(path, target, expected)
    temporary = _temporary(target)
    try:
        # Private from the start: what is opened before the mode is set stays open.
        created = 0o666 if old is None and mode is None else 0o600
        stamp = _write_temporary(temporary, data, created, mode, old, modified)
        _check_expected(path, target, expected)
        os.rename(temporary, target)
    except BaseException as error:
        _discard(temporary)
        if isinstance(error, OSError):
            raise failure("write", path, error) from None
        raise
    _sync_folder(target)
    return stamp if (now := stamp_of(target)) is None else now


def create_exclusively(
    path: str, data: bytes, mode: int = 0o644, before: Callable[[], object] | None = None
) -> Stamp:
    """Make a file that must not exist yet, whole or not at all; the umask applies to `mode`.

    `before` is called at the last moment before the file is there. The caller holds the folder's
    lock. Raises AlreadyExists when anything bears the name, a dangling symbolic link included;
    StorageFailure, and then nothing was made.
    """
    temporary = _temporary(path)
    try:
        _write_temporary(temporary, data, mode, None, None)
        if before is not None:
            before()
        _name(temporary, path)
    except FileExistsError:
        _discard(temporary)
        from iamctl.domain.errors import AlreadyExists

        raise AlreadyExists(f"{path} already exists") from None
    except BaseException as error:
        _discard(temporary)
        if isinstance(error, OSError):
            raise failure("create", path, error) from None
        raise
    _sync_folder(path)
    return Stamp.of(os.lstat(path))


def replace_private(path: str, data: bytes) -> Stamp:
    """Put `data` under a name, in a new file that only this user can read from its first instant.

    What bears the name is replaced, never written through: a symbolic link of that name goes. The
    caller holds the lock on the folder. Raises StorageFailure, and then nothing was changed.
    """
    temporary = _temporary(path)
    try:
        stamp = _write_temporary(temporary, data, 0o600, 0o600, None)
        os.rename(temporary, path)
    except BaseException as error:
        _discard(temporary)
        if isinstance(error, OSError):
            raise failure("write", path, error) from None
        raise
    _sync_folder(path)
    return stamp


def forget_file(path: str) -> None:
    """Remove a file at once, durable only with what comes after. Raises StorageFailure."""
    try:
        os.unlink(path)
    except OSError as error:
        raise failure("remove", path, error) from None


def remove_file(path: str) -> bool:
    """Remove a file durably; False when there was none. Raises StorageFailure."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise failure("remove", path, error) from None
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
        raise failure("remove", path, error) from None
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
        raise failure("use the folder", path, error) from None
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


def public_folder(path: str) -> None:
    """Make sure that a folder is there, as the umask lets others into it. Raises StorageFailure."""
    try:
        _make_folders(path, 0o777)
    except OSError as error:
        raise failure("use the folder", path, error) from None


def _check_replaceable(path: str, target: str, old: os.stat_result | None) -> None:
    """A file that its owner marked read-only is not ours to replace, though rename could."""
    if old is None:
        return
    if stat.S_ISDIR(old.st_mode):
        raise failure("write", path, OSError(errno.EISDIR, ""))
    if not stat.S_ISREG(old.st_mode):
        raise failure("write", path, OSError(errno.ENXIO, ""))
    if not os.access(target, os.W_OK):
        raise failure("write", path, OSError(_why_not_writable(target), ""))


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
    temporary: str,
    data: bytes | Sequence[Part],
    created: int,
    mode: int | None,
    old: os.stat_result | None,
    modified: int | None = None,
) -> Stamp:
    if os.path.lexists(temporary):
        try:
            os.unlink(temporary)
        except OSError as error:
            raise failure("remove", temporary, error) from None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, created)
    try:
        for part in (data,) if isinstance(data, bytes) else data:
            if isinstance(part, Stretch):
                _copy(part, descriptor)
            else:
                _write(part, descriptor)
        if old is not None:
            _keep_owner(descriptor, old)
        if mode is not None or old is not None:
            os.fchmod(descriptor, mode if mode is not None else stat.S_IMODE(old.st_mode))  # type: ignore[union-attr]
        if modified is not None:
            os.utime(descriptor, ns=(modified, modified))
        _sync(descriptor)
        return Stamp.of(os.fstat(descriptor))
    finally:
        os.close(descriptor)


def _write(part: bytes | memoryview, descriptor: int) -> None:
    view = memoryview(part)
    while view:
        view = view[os.write(descriptor, view) :]


def _copy(part: Stretch, descriptor: int) -> None:
    """Within the kernel where it does that. Not `copy_file_range`, by which file systems share
    blocks, and some have lost data."""
    at = part.start
    while at < part.end:
        try:
            sent = os.sendfile(descriptor, part.descriptor, at, part.end - at) if _SENDS else 0
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
                raise
            sent = 0
        if not sent:
            data = os.pread(part.descriptor, min(_AT_ONCE, part.end - at), at)
            if not data:
                raise OSError(errno.EIO, "the file that is copied was cut short")
            _write(data, descriptor)
            sent = len(data)
        at += sent


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
            raise failure("make durable", path, error) from None


def _discard(temporary: str) -> None:
    try:  # noqa: SIM105 - as above
        os.unlink(temporary)
    except OSError:
        pass


def _make_folders(path: str, mode: int = 0o700) -> None:
    missing: list[str] = []
    at = os.path.abspath(path)
    while not os.path.isdir(at):
        missing.append(at)
        at = os.path.dirname(at)
    for folder in reversed(missing):
        try:
            os.mkdir(folder, mode)
        except FileExistsError:
            continue
        _sync_folder(folder)
