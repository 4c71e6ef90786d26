"""What stands on the pages of an index: chunks of the file, what is not cut, and the table of all.

Every number is unsigned and 32 bits wide; every text is UTF-8. A chunk is known by the number of
its page, since chunks come and go in the middle of a file and their order is in the table alone.
"""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate

from iamctl.domain.change import NOUNS
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.store.index.marks import Marks

SECTIONS = ("", *NOUNS, "resources")
"""The sections by number; "" is what stands in none that is cut: its chunks hold no entities."""

_DIGEST = 32  # bytes: so many that nobody can make two chunks of one digest
_HEADER = 256  # added to the number of a section whose key the chunk begins with


Header = tuple[int, int, int]
"""Where a section's key stands: page of its chunk, line in that, column."""


class Unfit(Exception):
    """The text does not stand alone: the file has to be read whole."""


class Held(NamedTuple):
    """An entity of a chunk.

    `line` is its key's, in the chunk; `start` and `end` are bytes of the chunk: from the line of
    its key to that of the next. `marks` count from its line.
    """

    name: str
    line: int
    start: int
    end: int
    plain: Plain
    marks: Marks


class Top(NamedTuple):
    """A chunk of what stands in no section that is cut; marks count lines from its first."""

    page: int
    plain: dict[str, Plain]
    marks: Sequence[object]


class Row(NamedTuple):
    """A chunk in the table: its section, page, size, how many lines and entities it has, and
    whether the section's key stands in it."""

    section: str
    page: int
    size: int
    lines: int
    entities: int
    digest: bytes
    header: bool


class Table:
    """The chunks in the file's order."""

    def __init__(self, columns: Sequence["array[int]"], digests: bytes) -> None:
        self._sections, self.pages, self._sizes, self._lines, self._counts = columns
        self._digests = digests

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Table":
        """The table with those rows."""
        columns = (
            array("I", (SECTIONS.index(row.section) + _HEADER * row.header for row in rows)),
            array("I", (row.page for row in rows)),
            array("I", (row.size for row in rows)),
            array("I", (row.lines for row in rows)),
            array("I", (row.entities for row in rows)),
        )
        return cls(columns, b"".join(row.digest for row in rows))

    @classmethod
    def decode(cls, body: bytes) -> "Table":
        """The table that `encode` made bytes of."""
        count = len(body) // (5 * 4 + _DIGEST)
        columns = []
        for n in range(5):
            column = array("I")
            column.frombytes(body[n * 4 * count : (n + 1) * 4 * count])
            columns.append(column)
        return cls(columns, body[20 * count :])

    def encode(self) -> bytes:
        """The table as bytes."""
        columns = (self._sections, self.pages, self._sizes, self._lines, self._counts)
        return b"".join((*(column.tobytes() for column in columns), self._digests))

    def __len__(self) -> int:
        return len(self.pages)

    def row(self, position: int) -> Row:
        """The chunk at a position in the file's order."""
        return Row(
            SECTIONS[self._sections[position] % _HEADER],
            self.pages[position],
            self._sizes[position],
            self._lines[position],
            self._counts[position],
            self._digests[position * _DIGEST : (position + 1) * _DIGEST],
            self._sections[position] >= _HEADER,
        )

    def rows(self) -> list[Row]:
        """All chunks in the file's order."""
        return [self.row(position) for position in range(len(self))]

    def position(self, page: int) -> int:
        """Where the chunk of a page stands in the file's order."""
        size, wanted = self.pages.itemsize, array("I", (page,)).tobytes()
        pages = self.pages.tobytes()  # bytes are looked through far faster than numbers
        at = pages.index(wanted)
        while at % size:
            at = pages.index(wanted, at + 1)
        return at // size

    def first_lines(self) -> list[int]:
        """The number of each chunk's first line in the file, from 0."""
        return [0, *accumulate(self._lines)]

    def first_bytes(self) -> list[int]:
        """The place of each chunk's first byte in the file; the file's size comes last."""
        return [0, *accumulate(self._sizes)]

    def size(self) -> int:
        """How many bytes the file has."""
        return sum(self._sizes)

    def of_section(self, section: str) -> list[int]:
        """The pages of a section's chunks in the file's order."""
        wanted = SECTIONS.index(section)
        pairs = zip(self._sections, self.pages, strict=True)
        return [page for section, page in pairs if section % _HEADER == wanted]


def digest_of(chunk: "bytes | memoryview") -> bytes:
    """What a chunk's bytes are known by."""
    return blake2b(chunk, digest_size=_DIGEST).digest()


class ChunkPage:
    """The entities of a chunk; each is decoded when it is asked for."""

    def __init__(self, body: bytes) -> None:
        self._start = 4 + int.from_bytes(body[:4], "little")
        self._body = body
        self._rows: dict[str, list[int]] = {
            row[0]: row[1:] for row in json.loads(body[4 : self._start])
        }
        self._plain: dict[str, Plain] = {}

    @property
    def names(self) -> Iterable[str]:
        """The entities' names in the file's order."""
        return self._rows

    def plain(self, name: str) -> Plain:
        """The plain value of an entity. Raises KeyError."""
        found = self._plain.get(name)
        if found is None:
            _, at, middle, _ = self._rows[name]
            found = self._plain[name] = json.loads(
                self._body[self._start + at : self._start + middle]
            )
        return found

    def marks(self, name: str) -> tuple[int, Sequence[object]]:
        """The line of an entity in the chunk, and the marks of its values."""
        line, _, middle, end = self._rows[name]
        return line, json.loads(self._body[self._start + middle : self._start + end])


def chunk_page(entities: Iterable[Held]) -> bytes:
    """The page of a chunk with those entities, whose names differ."""
    rows: list[tuple[str, int, int, int, int]] = []
    parts: list[bytes] = []
    at = 0
    for name, line, _, _, plain, marks in entities:
        values, places = _json(plain), _json(marks)
        middle = at + len(values)
        rows.append((name, line, at, middle, middle + len(places)))
        parts += (values, places)
        at = middle + len(places)
    header = _json(rows)
    return b"".join((len(header).to_bytes(4, "little"), header, *parts))


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _json(value: object) -> bytes:
    return _encode(value).encode()


def tops_page(tops: Sequence[Top], headers: Mapping[str, Header]) -> bytes:
    """The page of all that stands in no section that is cut, and of where the others begin."""
    return _json((tops, headers))


def read_tops(body: bytes) -> tuple[list[Top], dict[str, Header]]:
    """What stands on the page of `tops_page`."""
    tops, headers = json.loads(body)
    return [Top(*top) for top in tops], headers
