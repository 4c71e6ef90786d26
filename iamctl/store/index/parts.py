"""The files that a directory's index is of, when it is in several.

What they hold stands in the index as one text, file behind file, the main one first. Each begins
with a chunk of no section, which may be empty and is never cut anew: its page tells where the file
begins.
"""

from __future__ import annotations

from iamctl.domain.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from iamctl.domain.source import Plain
    from iamctl.files import Stamp
    from iamctl.store.index.contents import Table, Top
    from iamctl.store.parts_gather import Text

Part = tuple[str, int]
"""A file that is included: its path below the main file's folder, and the page of its first
chunk."""


class Main(NamedTuple):
    """The main file as it was read."""

    data: bytes
    stamp: Stamp


class Content(NamedTuple):
    """What all files of a directory hold, one behind the other.

    `patterns` are those of `include`. `parts` has the path and the first byte of each file that
    they mean, `stamps` what all bear, the main file first.
    """

    data: bytes
    patterns: tuple[str, ...]
    parts: tuple[tuple[str, int], ...]
    stamps: tuple[tuple[int, ...], ...]

    def starts(self) -> list[int]:
        """The first byte of every file; the end of all comes last."""
        return [0, *(start for _, start in self.parts), len(self.data)]


def alone(data: bytes, stamp: Sequence[int] = ()) -> Content:
    """The content of a file that includes nothing."""
    return Content(data, (), (), (tuple(stamp),))


def listed(plain: Plain) -> tuple[str, ...]:
    """The patterns of an `include` without fault."""
    return tuple(str(item) for item in plain) if isinstance(plain, list) else ()


def patterns_of(tops: Sequence[Top]) -> tuple[str, ...]:
    """The patterns of what stands in no section that is cut."""
    return listed(next((top.plain["include"] for top in tops if "include" in top.plain), None))


def starts_of(parts: Sequence[Part], table: Table) -> list[tuple[str, int]]:
    """The path and first byte of each file that is included."""
    firsts = table.first_bytes()
    return [(name, firsts[table.position(page)]) for name, page in parts]


def content_of(texts: Sequence[Text], patterns: tuple[str, ...]) -> Content:
    """The content of files, the main one first."""
    parts: list[tuple[str, int]] = []
    at = len(texts[0].data)
    for text in texts[1:]:
        parts.append((text.name, at))
        at += len(text.data)
    stamps = tuple(tuple(text.stamp) for text in texts)
    return Content(b"".join(text.data for text in texts), patterns, tuple(parts), stamps)
