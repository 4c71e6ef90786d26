"""Where indexes are, the key that proves them, and when they go."""

from __future__ import annotations

import os
import stat
from hashlib import blake2b

from iamctl.files import create_exclusively, folder_lock, private_folder, real_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 64
"""The indexes that a sweep leaves, the latest used first."""
OLDEST = 90 * 86_400
"""Seconds after which a sweep removes an index that nobody used."""

UNFIT = ".unfit"
"""What is added to an index's name for the note that a file has none."""

_FOLDER = "index"
_SUFFIX = ".index"
_UNFINISHED = ".new"
_DEAD = 3600  # seconds after which nobody is still writing an index
_KEY_FILE = "index.key"
_KEY_SIZE = 32
_PATIENCE = 0.1  # seconds for another process that makes the key


def index_folder(cache_folder: str) -> str:
    """The folder of all indexes of this user; whoever writes one makes it with `private_folder`."""
    return os.path.join(cache_folder, _FOLDER)


def index_file(cache_folder: str, path: str) -> str:
    """The file of the index of a directory file, by the file's real path."""
    name = blake2b(os.fsencode(real_target(path)), digest_size=16).hexdigest()
    return os.path.join(cache_folder, _FOLDER, name + _SUFFIX)


def index_key(
    state_folder: str, randomness: Callable[[int], bytes] = os.urandom, *, make: bool = True
) -> bytes | None:
    """The key of this user's indexes, made on first use unless `make` is false.

    None, and so no index, where it is missing and cannot be made, is not ours, is open to others,
    or is not what was written here.
    """
    path = os.path.join(state_folder, _KEY_FILE)
    try:
        return _read_key(state_folder, path)
    except FileNotFoundError:
        return _made_key(state_folder, path, randomness) if make else None
    except OSError:
        return None


def sweep(cache_folder: str, now: int) -> None:
    """Remove what nobody needs: indexes unused for 90 days, all but 64, unfinished ones.

    `now` is in seconds. An index is as old as its last reading or writing, whichever the file
    system tells. Called when an index has been written; what cannot be removed stays.
    """
    folder = index_folder(cache_folder)
    used: list[tuple[int, str]] = []
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        last = int(max(status.st_mtime, status.st_atime))
        if entry.name.endswith((_SUFFIX, UNFIT)):
            used.append((last, entry.path))
        elif entry.name.endswith(_UNFINISHED) and now - last > _DEAD:
            _remove(entry.path)
    used.sort(reverse=True)
    for place, (last, path) in enumerate(used):
        if place >= MOST or now - last > OLDEST:
            _remove(path)


def _read_key(folder: str, path: str) -> bytes | None:
    """The key in its file. Raises OSError; FileNotFoundError where there is none."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) & 0o077:
            return None
        around = os.stat(folder)
        if {status.st_uid, around.st_uid} != {os.geteuid()} or around.st_mode & 0o022:
            return None
        key = os.read(descriptor, _KEY_SIZE + 1)
        return key if len(key) == _KEY_SIZE else None
    finally:
        os.close(descriptor)


def _made_key(folder: str, path: str, randomness: Callable[[int], bytes]) -> bytes | None:
    """A new key in its file, or the one that another process made meanwhile."""
    from iamctl.domain.errors import AlreadyExists, IamctlError

    try:
        private_folder(folder)
        with folder_lock(folder, _PATIENCE):
            try:  # noqa: SIM105 - as below
                create_exclusively(path, randomness(_KEY_SIZE), 0o600)
            except AlreadyExists:
                pass
        return _read_key(folder, path)
    except (IamctlError, OSError):
        return None


def _remove(path: str) -> None:
    try:  # noqa: SIM105 - contextlib costs a third of a bare start
        os.unlink(path)
    except OSError:
        pass
