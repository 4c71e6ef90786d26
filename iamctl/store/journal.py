"""What an edit of several files is about to write, kept until all of it is written.

Files can be replaced one at a time only, so a kill between two leaves half of an edit. Its texts
therefore stand in the state folder first; whoever next locks the directory writes the rest, but
over nothing that is not what the edit found or wrote. Readers wait for that: they look for a
journal after they have read, and believe what they read only where there is none.

The journal is the machine's and the user's own. Another user of the same files, with another state
folder, does not see it.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from iamctl import files
from iamctl.domain.errors import ConcurrentChange, IamctlError, NotFound, StorageFailure


class Step(NamedTuple):
    """One file's bytes before and after: None where there is no file. `name` is its path below the
    main file's folder; a file that is made gets `mode`, as far as the umask lets it."""

    name: str
    old: bytes | None
    new: bytes | None
    mode: int = 0o644


class _Record(NamedTuple):
    """A step as the journal holds it: digests of what may be overwritten, and what to write."""

    name: str
    old: str | None
    new: str | None
    data: bytes | None
    mode: int


class Journal:
    """The journal of the directory whose main file has that real path.

    `place` gives the folder of journals. But for `exists`, whoever calls holds the lock on the
    main file's folder.
    """

    def __init__(self, place: Callable[[], str], path: str) -> None:
        self._place = place
        self._path = path
        self._folder = os.path.dirname(path)

    def exists(self) -> bool:
        """Whether an edit is under way, or was cut off."""
        try:
            return os.path.lexists(self._file())
        except StorageFailure:  # where there is no folder for it, nobody has written one
            return False

    def carry_out(self, steps: Sequence[Step]) -> None:
        """Write all files in that order, or leave all as they are.

        Raises StorageFailure, ConcurrentChange, AlreadyExists. Where what was written cannot be
        taken back either, the journal stays: the next command finishes the edit.
        """
        records = [_record(step) for step in steps if step.old != step.new]
        for record in records:
            self._require_old(record)
        files.private_folder(os.path.dirname(self._file()))
        files.replace_private(self._file(), _encoded(self._path, records))
        try:
            for record in records:
                self._write(record)
        except BaseException as error:
            self._undo(steps, error)
            raise
        files.remove_file(self._file())

    def settle(self) -> None:
        """Finish an edit that was cut off, or forget it where none of its files was written yet.

        Raises ConcurrentChange, once, where a file is neither what the edit found nor what it
        wrote: then nothing is written, and the texts are set aside. Raises StorageFailure.
        """
        try:
            data = files.read_regular(self._file(), 4 * files.LIMIT)  # texts are longer in base64
        except NotFound:
            return
        records = _decoded(self._path, data)
        if records is None:
            raise self._set_aside(data, "its journal cannot be read")
        digests = [self._digest(record.name) for record in records]
        for record, digest in zip(records, digests, strict=True):
            if digest not in (record.old, record.new):
                why = f"{self._shown(record.name)} was changed since then"
                done = [r for r, d in zip(records, digests, strict=True) if d == r.new != r.old]
                raise self._set_aside(data, why, done)
        if any(digest != record.old for record, digest in zip(records, digests, strict=True)):
            for record, digest in zip(records, digests, strict=True):
                if digest != record.new:
                    self._write(record)
        files.remove_file(self._file())

    def _file(self) -> str:
        name = hashlib.sha256(os.fsencode(self._path)).hexdigest()[:32]
        return os.path.join(self._place(), f"{name}.journal")

    def _shown(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _digest(self, name: str) -> str | None:
        """The digest of a file now; None where there is none, "" for what is no regular file."""
        try:
            return _digest(files.read_inside(self._folder, name))
        except FileNotFoundError:
            return None
        except (OSError, StorageFailure):
            return ""

    def _require_old(self, record: _Record) -> None:
        if self._digest(record.name) != record.old:
            raise ConcurrentChange(
                f"{self._shown(record.name)} was changed by something else since it was read",
                hint="run the command again",
            )

    def _write(self, record: _Record) -> None:
        path = self._shown(record.name)
        stamp = files.stamp_of(path)
        self._require_old(record)
        if record.data is None:
            files.remove_file(path)
            self._remove_empty(os.path.dirname(path))
        elif record.old is None:
            files.public_folder(os.path.dirname(path))
            files.create_exclusively(path, record.data, record.mode)
        else:
            files.replace_durably(path, record.data, expected=stamp)

    def _remove_empty(self, folder: str) -> None:
        while folder != self._folder and files.remove_empty_folder(folder):
            folder = os.path.dirname(folder)

    def _undo(self, steps: Sequence[Step], error: BaseException) -> None:
        """Take back what was written; where that fails, the journal stays."""
        try:
            for step in reversed(steps):
                back = _record(step._replace(old=step.new, new=step.old))
                if step.old != step.new and self._digest(step.name) == back.old:
                    self._write(back)
            files.remove_file(self._file())
        except (IamctlError, OSError):
            if isinstance(error, IamctlError):
                error.hint = "the edit is written in part; the next command writes the rest"

    def _set_aside(self, data: bytes, why: str, done: Sequence[_Record] = ()) -> ConcurrentChange:
        aside = f"{self._file()}.aside"
        files.replace_private(aside, data)
        files.remove_file(self._file())
        return ConcurrentChange(
            f"an edit of several files of {self._path} was cut off, and {why}",
            hint=f"nothing was overwritten: see to the files yourself{_left(done)}; the edit's "
            f"texts are in {aside}",
        )


def _record(step: Step) -> _Record:
    return _Record(step.name, _digest(step.old), _digest(step.new), step.new, step.mode)


def _left(done: Sequence[_Record]) -> str:
    """What a person finds of an edit that nobody finishes, in words."""
    words = {(True, False): "made", (False, True): "removed", (False, False): "rewritten"}
    found = [f"{one.name} is {words[one.old is None, one.new is None]}" for one in done]
    more = f" and {len(found) - 5} more" if found[5:] else ""
    return f" ({', '.join(found[:5])}{more})" if found else ""


def _digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()


def _encoded(path: str, records: Sequence[_Record]) -> bytes:
    import json
    from base64 import b64encode

    listed = [
        {
            "name": record.name,
            "old": record.old,
            "new": record.new,
            "data": None if record.data is None else b64encode(record.data).decode(),
            "mode": record.mode,
        }
        for record in records
    ]
    return json.dumps({"journal": 1, "path": path, "files": listed}).encode()


def _decoded(path: str, data: bytes) -> list[_Record] | None:
    """The records of a journal of that directory, None where it is none."""
    import json
    from base64 import b64decode

    try:
        read = json.loads(data)
        records = [
            _Record(
                entry["name"],
                entry["old"],
                entry["new"],
                None if entry["data"] is None else b64decode(entry["data"], validate=True),
                int(entry["mode"]),
            )
            for entry in read["files"]
        ]
    except (ValueError, KeyError, TypeError):
        return None
    whole = all(record.new == _digest(record.data) for record in records)
    return records if whole and (read.get("journal"), read.get("path")) == (1, path) else None
