"""Numbered pages of bytes in one SQLite file, of which nothing is believed that is not proved.

The root is one row: its tag (32 bytes), the length of the caller's payload (8 bytes), the payload,
and the 16-byte tag of every page. Tags are BLAKE2b (RFC 7693) under the user's own key, and each
takes in `about`, which says of which file and format this is. Why nothing else is read than one
writer wrote in one go, whoever had the file in between:

- forged or flipped: a page that its tag does not prove, or a root that its own does not, is refused
- swapped: a page's tag takes in its number, and the root lists the tags by number
- removed, cut short, added: the number of pages is the number of tags under the root's tag
- of another directory file or format: `about` is another, so is every tag
- an older page put back: the root lists the new page's tag. No nonce is needed for that: a page
  that the root proves is the very page that its writer meant, whenever it was written
- an older index put back whole: cannot be told from the pages. It is true of the content that its
  payload names, and the caller holds that against the content of now

A writer killed half-way leaves some rows old and some new, because changes are made in place with
a journal in memory and no waiting for the disk: what does not match the root is refused like any
forgery. Readers hold one read transaction, so they see the old or the new whole.

SQLite writes this file by itself, and `iamctl.files` has no part in that: a file that may be lost
at any moment needs nothing of what is done there for files that must not.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from hashlib import blake2b
from hmac import compare_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TAG = 16
"""Bytes of a page's tag."""
ROOT_TAG = 32
"""Bytes of the root's own tag."""
LONGEST = 64 * 1024 * 1024
"""The most bytes of a page and of the root; SQLite refuses longer ones before it reads them."""

_APPLICATION = 0x69616D78  # "iamx"
_LAYOUT = 1
_SCHEMA = "CREATE TABLE page (number INTEGER PRIMARY KEY, body BLOB NOT NULL)"
_ROOT = 0  # its row; page n is row n + 1
_WAIT = 0.1  # seconds for another process's lock
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_FAILURES = (sqlite3.Error, sqlite3.Warning, OSError, OverflowError, ValueError, MemoryError)


class Doubt(Exception):
    """The index cannot be relied on: read the file instead."""


class Pages:
    """An opened index, read-only, as it was when it was opened.

    `root` is the caller's payload of the root, proved; pages are numbered 0 to `count` - 1. While
    it is open nobody can change the index in place, so it is closed as soon as it has answered.
    """

    __slots__ = (
        "_about", "_closed", "_connection", "_file", "_key", "_row", "_tag_of", "count", "root",
    )  # fmt: skip

    def __init__(self, connection: sqlite3.Connection, file: str, key: bytes, about: bytes) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._closed = False
        self._file = file
        self._key = key
        self._about = about
        self._tag_of = _Tagger(key, about)
        self._row = _body(connection, _ROOT)
        self.root, self.count = _proved_root(self._row, key, about)

    def page(self, number: int) -> bytes:
        """The bytes of a page, proved. Raises Doubt."""
        try:
            if self._closed or not 0 <= number < self.count:
                raise Doubt("the index has no such page")
            if self._connection is None:
                self._connection = _reading(self._file)
            body = _body(self._connection, number + 1)
        except _FAILURES as error:
            raise Doubt(f"the index cannot be read: {error}") from None
        if not compare_digest(self._tag_of(number, body), self._tag(number)):
            raise Doubt("a page of the index is not what was written")
        return body

    def release(self) -> None:
        """Let go of the file until a page is asked for. One that changed meanwhile is refused: the
        root that was proved when this was opened still counts."""
        _abandon(self._connection)
        self._connection = None

    def close(self) -> None:
        """Let go of the file for good; closing again does nothing."""
        self.release()
        self._closed = True

    def _tag(self, number: int) -> bytes:
        """The tag of a page by the root, whose tags are its end."""
        start = len(self._row) - TAG * (self.count - number)
        return self._row[start : start + TAG]

    def _successor(self, root: bytes, changed: Mapping[int, bytes], count: int) -> bytes:
        """The row of the root once the pages are changed. Raises ValueError."""
        wanted = range(count)
        if any(number not in wanted for number in changed) or any(
            number not in changed for number in range(self.count, count)
        ):
            raise ValueError("the pages that change do not fit their count")
        kept = min(self.count, count)
        tags = bytearray(self._row[len(self._row) - TAG * self.count :][: TAG * kept])
        tags.extend(bytes(TAG * (count - kept)))
        for number, body in changed.items():
            tags[TAG * number : TAG * (number + 1)] = self._tag_of(number, body)
        return _root_row(self._key, self._about, root, bytes(tags))


class _Tagger:
    """The tags of pages under one key, about one file."""

    __slots__ = ("_start",)

    def __init__(self, key: bytes, about: bytes) -> None:
        self._start = _keyed(key, about, TAG, b"iamctl page")

    def __call__(self, number: int, body: bytes) -> bytes:
        state = self._start.copy()
        state.update(number.to_bytes(8, "big"))
        state.update(body)
        return state.digest()


def open_pages(file: str, key: bytes, about: bytes) -> Pages:
    """The index in a file, its root proved. Raises Doubt, whatever is wrong.

    `key` is 32 random bytes; `about` is bound into every tag: the version of the format and the
    real path of the directory file. The file must be ours alone, in a folder that is.
    """
    _check_key(key)
    connection = None
    try:
        connection = _reading(file)
        return Pages(connection, file, key, about)
    except BaseException as error:
        _abandon(connection)
        if isinstance(error, _FAILURES):
            raise Doubt(f"the index cannot be opened: {error}") from None
        raise


def _reading(file: str) -> sqlite3.Connection:
    """A connection that reads the index as it is now, as long as it is open.

    Raises Doubt and what SQLite raises.
    """
    _check_place(file)
    connection = _connect(file, "ro")
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        _check_layout(connection)
    except BaseException:
        _abandon(connection)
        raise
    return connection


def write_pages(file: str, key: bytes, about: bytes, root: bytes, pages: Iterable[bytes]) -> None:
    """Put a whole new index in place of one, or where there was none.

    The pages are taken one by one, and few are in memory at a time. Raises Doubt, and then the
    old index, if any, stands; what `pages` raises goes through. The folder is there and private.
    """
    _check_key(key)
    folder, name = os.path.split(file)
    _check_folder(folder)
    # A name of its own: two writers at once must not write one file.
    new = os.path.join(folder, f".{name}.{os.getpid()}-{os.urandom(6).hex()}.new")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(new, flags, 0o600))
        _fill(new, key, about, root, pages)
        os.rename(new, file)
    except BaseException as error:
        _unlink(new)
        if isinstance(error, (sqlite3.Error, OSError, OverflowError)):
            raise Doubt(f"the index cannot be written: {error}") from None
        raise
    for left in ("-journal", "-wal", "-shm"):  # we make none: they would only keep readers out
        _unlink(file + left)


def change_pages(opened: Pages, root: bytes, changed: Mapping[int, bytes], count: int) -> None:
    """Change the root and some pages of an index in one transaction, and close it.

    Pages from `count` on go; those between the old count and the new are all in `changed`. The
    cost follows the pages that change. Raises Doubt when the index is no longer the one that was
    opened, is in use, or cannot be written; ValueError when `changed` and `count` do not fit.
    """
    row = opened._successor(root, changed, count)
    file = opened._file
    opened.close()  # its read lock would keep this very process from writing
    _check_place(file)
    connection = None
    try:
        connection = _connect(file, "rw")
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN IMMEDIATE")
        _check_layout(connection)
        if not compare_digest(_body(connection, _ROOT), opened._row):
            raise Doubt("the index was changed by another process")
        connection.execute("DELETE FROM page WHERE number > ?", (count,))
        connection.executemany(_PUT, ((number + 1, body) for number, body in changed.items()))
        connection.execute(_PUT, (_ROOT, row))
        connection.execute("COMMIT")
    except _FAILURES as error:
        raise Doubt(f"the index cannot be changed: {error}") from None
    finally:
        _abandon(connection)


_PUT = "INSERT OR REPLACE INTO page (number, body) VALUES (?, ?)"


def _fill(new: str, key: bytes, about: bytes, root: bytes, pages: Iterable[bytes]) -> None:
    """The rows of a new index, in a file that nobody else knows yet."""
    tags = bytearray()
    tag_of = _Tagger(key, about)

    def rows() -> Iterator[tuple[int, bytes]]:
        for number, body in enumerate(pages):
            tags.extend(tag_of(number, body))
            yield number + 1, body

    connection = _connect(new, "rw")
    try:
        for pragma in (
            f"application_id = {_APPLICATION}",
            f"user_version = {_LAYOUT}",
            "journal_mode = OFF",  # a file that fails is thrown away
            "synchronous = OFF",
            "cache_size = -4096",  # KiB; what is more goes to the file before the end
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute(_SCHEMA)
        connection.execute(_PUT, (_ROOT, b""))
        for row in rows():
            connection.execute(_PUT, row)
        connection.execute(_PUT, (_ROOT, _root_row(key, about, root, bytes(tags))))
        connection.execute("COMMIT")
    finally:
        _abandon(connection)


def _connect(file: str, mode: str) -> sqlite3.Connection:
    """A connection that takes the file for hostile. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"file://{_quoted(os.path.abspath(file))}?mode={mode}",
        timeout=_WAIT,
        isolation_level=None,
        check_same_thread=False,  # SQLite serializes by itself, and nothing here changes
        uri=True,
    )
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA mmap_size = 0")  # a file cut short under a map is a SIGBUS
    except BaseException:
        connection.close()
        raise
    return connection


def _quoted(path: str) -> str:
    """A path as SQLite's URIs want it; bytes that are no UTF-8 too."""
    return "".join(chr(b) if b in _PLAIN else f"%{b:02x}" for b in os.fsencode(path))


def _check_key(key: bytes) -> None:
    if len(key) != 32:  # an empty key would be no key to BLAKE2b
        raise Doubt("the key of the index is not 32 bytes")


def _check_place(file: str) -> None:
    """The file is regular, no link, ours, 0600, in a folder that only we can enter."""
    _check_folder(os.path.dirname(file))
    try:
        status = os.lstat(file)
    except OSError as error:
        raise Doubt(f"there is no index: {error.strerror}") from None
    if (
        not stat.S_ISREG(status.st_mode)
        or stat.S_IMODE(status.st_mode) != 0o600
        or status.st_uid != os.geteuid()
    ):
        raise Doubt("the index is not a file of mode 0600 that is ours")


def _check_folder(folder: str) -> None:
    try:
        status = os.lstat(folder or ".")
    except OSError as error:
        raise Doubt(f"there is no folder of indexes: {error.strerror}") from None
    if not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o077 or status.st_uid != os.geteuid():
        raise Doubt("the folder of indexes is not ours alone")


def _check_layout(connection: sqlite3.Connection) -> None:
    """The file is ours by its marks and holds one table, nothing that SQL could do more with."""
    marks = (
        connection.execute("PRAGMA application_id").fetchone(),
        connection.execute("PRAGMA user_version").fetchone(),
    )
    if marks != ((_APPLICATION,), (_LAYOUT,)):
        raise Doubt("the index is of another program or layout")
    schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchmany(2)
    if schema != [("table", "page", "page", _SCHEMA)]:
        raise Doubt("the index holds other tables")


def _body(connection: sqlite3.Connection, row: int) -> bytes:
    """The bytes of a row, not yet proved. Raises Doubt."""
    found = connection.execute("SELECT body FROM page WHERE number = ?", (row,)).fetchall()
    if len(found) != 1 or type(found[0][0]) is not bytes:
        raise Doubt("a page of the index is missing")
    body: bytes = found[0][0]
    return body


def _keyed(key: bytes, about: bytes, size: int, purpose: bytes) -> blake2b:
    """A hash under the key that has taken in its purpose and `about`."""
    state = blake2b(key=key, digest_size=size, person=purpose)
    state.update(len(about).to_bytes(8, "big"))
    state.update(about)
    return state


def _root_row(key: bytes, about: bytes, root: bytes, tags: bytes) -> bytes:
    rest = len(root).to_bytes(8, "big") + root + tags
    state = _keyed(key, about, ROOT_TAG, b"iamctl root")
    state.update(rest)
    return state.digest() + rest


def _proved_root(row: bytes, key: bytes, about: bytes) -> tuple[bytes, int]:
    """The caller's payload of a root and the number of pages. Raises Doubt."""
    state = _keyed(key, about, ROOT_TAG, b"iamctl root")
    state.update(memoryview(row)[ROOT_TAG:])
    if len(row) < ROOT_TAG + 8 or not compare_digest(state.digest(), row[:ROOT_TAG]):
        raise Doubt("the root of the index is not proved by the key")
    start = ROOT_TAG + 8
    end = start + int.from_bytes(row[ROOT_TAG:start], "big")
    count, rest = divmod(len(row) - end, TAG)
    if count < 0 or rest:
        raise Doubt("the root of the index is cut short")
    return row[start:end], count


def _abandon(connection: sqlite3.Connection | None) -> None:
    """Close, and with it roll back what was not committed."""
    if connection is not None:
        try:  # noqa: SIM105 - as above
            connection.close()
        except sqlite3.Error:
            pass


def _unlink(path: str) -> None:
    try:  # noqa: SIM105 - as above
        os.unlink(path)
    except OSError:
        pass
