"""A directory that is answered out of an index: what is asked for is read, and nothing else."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar, cast

from iamctl.domain.directory import Directory, keys_of_user, names_with_in
from iamctl.domain.facts import KINDS, Owner, folded
from iamctl.domain.source import Address, Locate, Plain, Source
from iamctl.domain.tuples import NamedTuple
from iamctl.store.index import marks as places
from iamctl.store.index.buckets import Found, bucket_of, read_bucket
from iamctl.store.index.contents import ChunkPage, Table, read_tops
from iamctl.store.index.orders import Orders
from iamctl.store.index.pages import Doubt
from iamctl.store.index.parts import Part, patterns_of

T = TypeVar("T")

ReadPage = Callable[[int], bytes]
"""Gives a page by its number. May raise Doubt."""


def overlaid(changed: Mapping[int, bytes], read: ReadPage) -> ReadPage:
    """Gives the pages that changed, and others as before."""

    def page(number: int) -> bytes:
        found = changed.get(number)
        return read(number) if found is None else found

    return page


Seen = tuple[tuple[int, ...], int, bool, bool, tuple[tuple[int, ...], ...]]
"""The end of a `Root`: stamp, verified, minted, local, stamps."""


class Root(NamedTuple):
    """What an index says of itself: where its tables are, and of which content it speaks.

    `counts` has how many entities each section that is cut holds, `orders` how they are sorted;
    `parts` are the files that are included. `stamp` and the rest are what
    `iamctl.store.index.stamps` asks for; `stamps` are those of the parts, seen when the main file
    was.
    """

    table: int
    tops: int
    first_bucket: int
    buckets: int
    counts: dict[str, int]
    orders: Orders
    parts: tuple[Part, ...]
    stamp: tuple[int, ...]
    verified: int
    minted: bool
    local: bool
    stamps: tuple[tuple[int, ...], ...]

    def seen(self, seen: Seen) -> "Root":
        """The same, of content that was seen otherwise."""
        stamp, verified, minted, local, stamps = seen
        return self._replace(
            stamp=stamp, verified=verified, minted=minted, local=local, stamps=stamps
        )

    def encode(self) -> bytes:
        """The root as bytes."""
        return json.dumps(self).encode()

    @classmethod
    def decode(cls, body: bytes) -> "Root":
        """The root that `encode` made bytes of."""
        said = json.loads(body)
        said[5] = {section: tuple(pages) for section, pages in said[5].items()}
        said[6] = tuple((name, page) for name, page in said[6])
        said[7], said[11] = tuple(said[7]), tuple(map(tuple, said[11]))
        return cls._make(said)


class Contents:
    """The pages of an index as values, each read when first asked for.

    `read` gives pages; `file` is what messages call the directory file, `folder` the one where
    parts are. Everything here may raise what `read` raises.
    """

    def __init__(self, root: Root, read: ReadPage, file: str, folder: str = "") -> None:
        self.root = root
        self.page = read
        self._file = file
        self._folder = folder
        self._chunks: dict[int, ChunkPage] = {}
        self._buckets: dict[int, dict[str, list[Found]]] = {}
        self._table: Table | None = None
        self._lines: list[int] | None = None
        self._firsts: list[int] | None = None
        self.tops, self.headers = read_tops(read(root.tops))

    @property
    def patterns(self) -> tuple[str, ...]:
        """What `include` names; nothing in a directory of one file."""
        return patterns_of(self.tops)

    @property
    def table(self) -> Table:
        """The chunks in the file's order."""
        if self._table is None:
            self._table = Table.decode(self.page(self.root.table))
        return self._table

    def chunk(self, page: int) -> ChunkPage:
        """The entities of a chunk."""
        found = self._chunks.get(page)
        if found is None:
            found = self._chunks[page] = ChunkPage(self.page(page))
        return found

    def bucket(self, number: int) -> dict[str, list[Found]]:
        """The facts of a bucket."""
        bucket = self._buckets.get(number)
        if bucket is None:
            bucket = read_bucket(self.page(self.root.first_bucket + number))
            self._buckets[number] = bucket
        return bucket

    def found(self, key: str) -> list[Found]:
        """Who is found by `KIND KEY`, in no order."""
        return self.bucket(bucket_of(key, self.root.buckets)).get(key, [])

    def page_of(self, section: str, name: str) -> int | None:
        """The page of the chunk that an entity is in."""
        alike = self.found(f"name {folded(section, name)}")
        return next((page for s, n, page in alike if (s, n) == (section, name) and page), None)

    def plain(self, section: str, name: str) -> Plain:
        """The plain value of an entity. Raises KeyError."""
        page = self.page_of(section, name)
        if page is None:
            raise KeyError(name)
        return self.chunk(page).plain(name)

    def names(self, section: str) -> list[str]:
        """The names of a section in the file's order."""
        pages = self.table.of_section(section)
        return [name for page in pages for name in self.chunk(page).names]

    def names_with(self, section: str, prefix: str, most: int) -> list[str]:
        """The `NamesWith` of the directory; no more is read than holds them."""
        if ("users" if section == "keys" else section) not in self.root.counts:
            tops = {name: value for top in self.tops for name, value in top.plain.items()}
            return names_with_in(tops, section, prefix, most)
        found: Iterable[str]
        if section == "keys":
            found = self._keys_with(prefix)
        elif self.root.orders[section][0]:  # a chunk that breaks the order of texts
            found = (n for page in self.table.of_section(section) for n in self.chunk(page).names)
        else:
            found = self._names_from(section, prefix)
        return list(islice((name for name in found if name.startswith(prefix)), most))

    def _names_from(self, section: str, prefix: str) -> Iterator[str]:
        """The names of a section in alphabetical order, among them all that begin with a text."""

        def first(page: int) -> str:
            return next(iter(self.chunk(page).names))

        from bisect import bisect_left  # here: questions and edits do without

        pages = self.table.of_section(section)
        for page in pages[max(bisect_left(pages, prefix, key=first) - 1, 0) :]:
            if not first(page).startswith(prefix) and first(page) > prefix:
                break
            yield from self.chunk(page).names

    def _keys_with(self, prefix: str) -> Iterator[str]:
        """Access key ids, among them all that begin with a text: what has it nowhere is not taken
        apart."""
        wanted = prefix.encode("utf-8", "surrogatepass")
        for page in self.table.of_section("users"):
            body = self.page(page)
            if wanted in body:
                chunk = ChunkPage(body)
                for name in chunk.names:
                    yield from keys_of_user(chunk.plain(name))

    def holders(self, kind: str, key: str) -> Sequence[Owner]:
        """Who is found by a key, in the order that `Holders` asks for."""
        found = self.found(f"{kind} {key}")
        if len(found) > 1:
            found = sorted(found, key=lambda one: self._place(kind, one))
        return [(section, name) for section, name, _ in found]

    def _place(self, kind: str, found: Found) -> tuple[int, int, int]:
        section, name, page = found
        order = list(KINDS[kind]).index(section)
        if not page:
            named = next(top.plain[section] for top in self.tops if section in top.plain)
            return order, 0, list(cast(Mapping[str, Plain], named)).index(name)
        return order, self.table.position(page), list(self.chunk(page).names).index(name)

    def locate(self, at: Address) -> Source | None:
        """Where the value at an address stands; for a missing one, its nearest parent."""
        section = str(at[0]) if at else ""
        if section in self.root.counts:
            page = self.page_of(section, str(at[1])) if len(at) > 1 else None
            if page is None:
                page, line, column = self.headers[section]
                return self._source(page, line, column)
            first, marks = self.chunk(page).marks(str(at[1]))
            line, column = places.locate(marks, self.chunk(page).plain(str(at[1])), at[2:])
            return self._source(page, first + line, column)
        top = next((top for top in self.tops if section in top.plain), self.tops[0])
        line, column = places.locate(top.marks, top.plain, at)
        return self._source(top.page, line, column)

    def _source(self, page: int, line: int, column: int) -> Source:
        if self._lines is None:
            self._lines = self.table.first_lines()
        position = self.table.position(page)
        file, first = self._file_at(position)
        return Source(file, self._lines[position] - self._lines[first] + line + 1, column + 1)

    def _file_at(self, position: int) -> tuple[str, int]:
        """The file that a chunk is in, as messages have it, and where its first chunk stands."""
        parts = self.root.parts
        if not parts:
            return self._file, 0
        if self._firsts is None:
            self._firsts = [self.table.position(page) for _, page in parts]
        number = sum(first <= position for first in self._firsts)
        if not number:
            return self._file, 0
        return os.path.join(self._folder, parts[number - 1][0]), self._firsts[number - 1]


class _Answers:
    """What an index answers, and once it fails, what the file does."""

    def __init__(self, contents: Contents, instead: Callable[[], Directory] | None) -> None:
        self._contents = contents
        self._read = instead
        self._instead: Directory | None = None

    def ask(self, index: Callable[[Contents], T], file: Callable[[Directory], T]) -> T:
        """The answer of one of the two."""
        if self._instead is None:
            try:
                return index(self._contents)
            except Doubt:
                if self._read is None:
                    raise
                self._instead = self._read()
        return file(self._instead)

    def holders(self, kind: str, key: str) -> Sequence[Owner]:
        """The `Holders` of the directory."""
        return self.ask(lambda c: c.holders(kind, key), lambda d: d.holders(kind, key))

    def names_with(self, section: str, prefix: str, most: int) -> list[str]:
        """The `NamesWith` of the directory."""
        return self.ask(
            lambda c: c.names_with(section, prefix, most),
            lambda d: d.names_with(section, prefix, most),
        )

    def locate(self, at: Address) -> Source | None:
        """The `Locate` of the directory."""
        return self.ask(lambda c: c.locate(at), lambda d: d.source_of(at))


class Section(Mapping[str, Plain]):
    """A section of an index: plain values by name, in the file's order."""

    def __init__(self, name: str, size: int, answers: _Answers) -> None:
        self._name = name
        self._size = size
        self._answers = answers

    def __getitem__(self, name: str) -> Plain:
        return self._answers.ask(
            lambda c: c.plain(self._name, name), lambda d: _section(d, self._name)[name]
        )

    def __contains__(self, name: object) -> bool:
        return self._answers.ask(
            lambda c: c.page_of(self._name, str(name)) is not None,
            lambda d: name in _section(d, self._name),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(
            self._answers.ask(
                lambda c: c.names(self._name), lambda d: list(_section(d, self._name))
            )
        )

    def __len__(self) -> int:
        return self._size


def _section(directory: Directory, name: str) -> Mapping[str, Plain]:
    return cast(Mapping[str, Plain], directory.plain[name])


def indexed_directory(
    contents: Contents,
    file: str,
    instead: Callable[[], Directory] | None = None,
    locate: Locate | None = None,
) -> Directory:
    """The directory that an index holds.

    When a page fails, `instead` reads the same content from the file, and answers from then on.
    Without it whatever is asked may raise Doubt. `locate` says where values stand instead.
    """
    answers = _Answers(contents, instead)
    plain: dict[str, Plain | Mapping[str, Plain]] = {}
    for top in contents.tops:
        plain.update(top.plain)
    for section, size in contents.root.counts.items():
        plain[section] = Section(section, size, answers)
    locate = locate or answers.locate
    return Directory(plain, locate, file, answers.holders, answers.names_with)
