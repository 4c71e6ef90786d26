"""A whole index out of a whole file: each chunk read alone, and all of it held to the rules."""

from collections.abc import Sequence
from typing import NamedTuple

from iamctl.store.index.beside import in_halves
from iamctl.store.index.chunks import Chunk, cut, read_chunk, read_top
from iamctl.store.index.contents import (
    SECTIONS,
    Facts,
    Header,
    Row,
    Table,
    Top,
    Unfit,
    chunk_page,
    keys_of,
    tops_page,
)
from iamctl.store.index.indexed import Root, Seen
from iamctl.store.index.orders import orders_of
from iamctl.store.index.ruling import Ruled
from iamctl.store.tree import PausedCollector

_ROOM = 16
"""Bytes of memory for a byte of the file that two processes may take."""

_Read = tuple[tuple[int, int] | None, bytes, list[tuple[str, list[str]]]]
"""Of a chunk: where its section's key stands, its page, and its names with what they are found by.
Of what another process can hand over."""


class Whole(NamedTuple):
    """An index that is not written yet."""

    root: Root
    pages: list[bytes]


def build(data: bytes, seen: Seen, file: str) -> Whole:
    """The index of a file's bytes. Raises Unfit for a file that has none.

    That is one that breaks a rule, too: what is wrong with it is told by whoever reads it whole.
    """
    with PausedCollector():
        chunks = cut(data)
        if chunks is None:
            raise Unfit("the file cannot be cut")
        return _Builder(data, chunks, file).whole(seen)


class _Builder:
    """Reads the chunks one after another into pages: none, chunks, buckets, tops, table."""

    def __init__(self, data: bytes, chunks: Sequence[Chunk], file: str) -> None:
        self._data = data
        self._chunks = chunks
        self._file = file
        self._account = ""
        self._facts = Facts()
        self._headers: dict[str, Header] = {}
        self._names: dict[str, dict[str, int]] = {}
        self._pages = [b"", *(chunk_page(()) for _ in chunks)]

    def whole(self, seen: Seen) -> Whole:
        """The index. Raises Unfit."""
        numbered = list(enumerate(self._chunks, 1))
        tops = [
            Top(page, *read_top(chunk, self._text(chunk), self._file))
            for page, chunk in numbered
            if not chunk.section
        ]
        self._take_tops(tops)
        cut = [page for page, chunk in numbered if chunk.section]
        room = _ROOM * len(self._data)
        for page, read in zip(cut, in_halves(self._read, cut, room), strict=True):
            self._take(page, *read)
        plain = {section: value for top in tops for section, value in top.plain.items()}
        self._check(Ruled(plain, self._names, self._facts, self._pages), cut)
        return self._finished(tops, seen)

    def _finished(self, tops: Sequence[Top], seen: Seen) -> Whole:
        """The index, once all was read and checked."""
        named: dict[int, list[str]] = {page: [] for page in range(1, len(self._pages))}
        for names in self._names.values():
            for name, page in names.items():
                named[page].append(name)
        rows = [
            Row(chunk.section, page, chunk.end - chunk.start,
                self._data.count(b"\n", chunk.start, chunk.end), len(named[page]), chunk.digest,
                chunk.header)
            for page, chunk in enumerate(self._chunks, 1)
        ]  # fmt: skip
        first_bucket, buckets = len(self._pages), len(self._chunks)
        pages = [*self._pages, *self._facts.pages(buckets)]
        pages += (tops_page(tops, self._headers), Table.of(rows).encode())
        counts = {section: len(names) for section, names in self._names.items()}
        orders = orders_of(rows, named.__getitem__)
        root = Root(len(pages) - 1, len(pages) - 2, first_bucket, buckets, counts, orders, *seen)
        return Whole(root, pages)

    def _text(self, chunk: Chunk) -> bytes:
        return self._data[chunk.start : chunk.end]

    def _take_tops(self, tops: Sequence[Top]) -> None:
        """Look at what stands in no section that is cut."""
        if any("include" in top.plain for top in tops):
            raise Unfit("the directory is in several files")
        for top in tops:
            value = top.plain.get("account")
            if isinstance(value, dict):
                self._account = str(value.get("id", ""))
        for top in tops:
            for section, named in top.plain.items():
                if section in SECTIONS and isinstance(named, dict):
                    for name, plain in named.items():
                        owner = (section, name)
                        self._facts.add(owner, 0, keys_of(owner, plain, self._account))

    def _read(self, pages: Sequence[int]) -> list[_Read]:
        """The chunks of those pages. Raises Unfit."""
        return [self._read_one(self._chunks[page - 1]) for page in pages]

    def _read_one(self, chunk: Chunk) -> _Read:
        header, held = read_chunk(chunk, self._text(chunk), self._file)
        said = [
            (entity.name, keys_of((chunk.section, entity.name), entity.plain, self._account))
            for entity in held
        ]
        return header, chunk_page(held), said

    def _take(
        self, page: int, header: tuple[int, int] | None, body: bytes,
        said: Sequence[tuple[str, list[str]]],
    ) -> None:  # fmt: skip
        """Put together what was read of a chunk. Raises Unfit."""
        section = self._chunks[page - 1].section
        names = self._names.setdefault(section, {})
        if header is not None:
            self._headers[section] = (page, *header)
        self._pages[page] = body
        for name, keys in said:
            if name in names:
                raise Unfit("a name is repeated")
            names[name] = page
            self._facts.add((section, name), page, keys)

    def _check(self, ruled: Ruled, pages: Sequence[int]) -> None:
        """Raise Unfit when anything breaks a rule."""
        ruled.check_tops()

        def check(some: Sequence[int]) -> list[None]:
            for page in some:
                ruled.check(self._chunks[page - 1].section, page)
            return []

        in_halves(check, pages, _ROOM * len(self._data))
