"""The files of a directory in several, read and not parsed.

What is included came by git clone like the rest, so it opens nothing but regular files inside the
main file's own folder, reached through no symbolic link: a Place keeps that.
"""

from __future__ import annotations

import os

from iamctl import files
from iamctl.domain.names import shown
from iamctl.domain.source import Problem
from iamctl.domain.tuples import NamedTuple
from iamctl.store.parts_find import MOST, matching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iamctl.files import Stamp
    from iamctl.store.parts_places import Place

MAX_BYTES = files.LIMIT
"""The most bytes of all files together: as many as one may have."""


class Text(NamedTuple):
    """One file as it was read: its path below the main file's folder, and as messages have it."""

    name: str
    shown: str
    data: bytes
    stamp: Stamp


class Gathered(NamedTuple):
    """The files of a directory, read and not parsed, and which of the included ones cannot be."""

    texts: tuple[Text, ...]
    names: tuple[str, ...]
    problems: tuple[Problem, ...]


def gather(main: Text, patterns: Sequence[str], place: Place) -> Gathered:
    """Read the files that the patterns of `include` mean in the main file's place.

    Problems bear addresses and no places: the main file's tree has those. Raises StorageFailure
    where the system fails; ConcurrentChange.
    """
    gathering = _Gathering(main, place)
    for pattern in patterns[:MOST]:
        names = place.matching(pattern)
        if not names:
            gathering.tell(pattern, f"no file matches {shown(pattern)}", severity="warning")
        for name in names:
            gathering.add(pattern, name)
    if patterns[MOST:]:
        gathering.tell(patterns[MOST], f"`include` names more than {MOST} files")
    return Gathered(
        tuple(gathering.texts), tuple(gathering.names[:MOST]), tuple(gathering.problems)
    )


class _Gathering:
    """The files met so far."""

    def __init__(self, main: Text, place: Place) -> None:
        self.texts = [main]
        self.names: list[str] = []
        self.problems: list[Problem] = []
        self._place = place
        self._seen = {main.stamp[3:]: main.shown}
        self._left = MAX_BYTES - len(main.data)

    def add(self, pattern: str, name: str) -> None:
        """Read a file that a pattern means, unless it was read before."""
        self.names.append(name)
        if len(self.names) > MOST:
            if len(self.names) == MOST + 1:
                self.tell(pattern, f"more than {MOST} files are included")
            return None
        main = self.texts[0].shown
        path = self._place.called(name)
        read, fault = self._place.read(name, self._left)
        if read is None:
            return self.tell(pattern, f"{path} {fault}")
        data, stamp = read
        known = self._seen.get(stamp[3:])
        if known == main:
            return self.tell(pattern, f"{path} is this file itself", _APART)
        if known is not None:
            same = path if path == known else f"{path}, the same file as {known},"
            return self.tell(pattern, f"{same} is included already", "let one pattern mean it")
        self._seen[stamp[3:]] = path
        self._left -= len(data)
        self.texts.append(Text(name, path, data, stamp))
        return None

    def tell(
        self, pattern: str, message: str, hint: str | None = None, severity: str = "error"
    ) -> None:
        """Note what is wrong with what a pattern means."""
        at = ("include", pattern)
        self.problems.append(Problem(severity, "include", message, at, None, hint))


_APART = "put parts into a folder of their own"


def unchanged(texts: Sequence[Text], names: Sequence[str], patterns: Sequence[str],
              folder: str) -> bool:  # fmt: skip
    """Whether the files that were read, and which ones the patterns mean, are still the same."""
    found = [name for pattern in patterns[:MOST] for name in matching(folder, pattern)]
    return found[:MOST] == list(names) and all(
        files.stamp_of(os.path.join(folder, text.name)) == text.stamp for text in texts
    )
