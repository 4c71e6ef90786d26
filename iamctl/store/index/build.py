"""A whole index out of a whole file: each chunk read alone, and all of it held to the rules."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from iamctl.domain.facts import Owner
from iamctl.domain.shape import PART, ROOT
from iamctl.domain.source import Plain
from iamctl.store.index.assumed import Assumed
from iamctl.store.index.beside import in_halves
from iamctl.store.index.buckets import Buckets, Facts, keys_of
from iamctl.store.index.chunks import Chunk, read_chunk, read_top
from iamctl.store.index.contents import (
    SECTIONS,
    Header,
    Row,
    Table,
    Top,
    Unfit,
    chunk_page,
    tops_page,
)
from iamctl.store.index.indexed import Root, Seen
from iamctl.store.index.orders import orders_of
from iamctl.store.index.parts import Content, patterns_of
from iamctl.store.index.parts_cut import cut_all
from iamctl.store.index.ruling import Ruled
from iamctl.store.tree import PausedCollector

_ROOM = 16
"""Bytes of memory for a byte of the file that two processes may take."""

_Read = tuple[int, tuple[int, int] | None, bytes, list[str], list[Owner] | None]
"""Of a chunk: the number of its page, where its section's key stands, the page, its names, and what
`Assumed.missing` says."""

_Half = tuple[list[_Read], list[bytes], dict[str, int], list[int]]
"""Of some chunks: what was read, and what `Facts.parts` and `Facts.alone` say. Of what another
process can hand over."""


class Whole(NamedTuple):
    """An index that is not written yet."""

    root: Root
    pages: list[bytes]


def build(content: Content, seen: Seen, file: str) -> Whole:
    """The index of what a directory's files hold. Raises Unfit for files that have none.

    That is one that breaks a rule, too: what is wrong with it is told by whoever reads it whole.
    """
    with PausedCollector():
        chunks = cut_all(content)
        if chunks is None:
            raise Unfit("the file cannot be cut")
        return _Builder(content, *chunks, file).whole(seen)


class _Builder:
    """Reads the chunks one after another into pages: none, chunks, buckets, tops, table."""

    def __init__(
        self, content: Content, chunks: Sequence[Chunk], firsts: Sequence[int], file: str
    ) -> None:
        self._content = content
        self._data = content.data
        self._firsts = firsts
        self._chunks = chunks
        self._file = file
        self._tops = [top for top in self._read_tops() if top.plain]
        self._plain = self._plain_tops()
        account = self._plain.get("account")
        self._account = str(account.get("id", "")) if isinstance(account, dict) else ""
        self._assumed = Assumed(self._plain, (c.section for c in chunks if c.section))
        self._headers: dict[str, Header] = {}
        self._names: dict[str, dict[str, int]] = {c.section: {} for c in chunks if c.section}
        self._named: dict[int, list[str]] = {page: [] for page in range(1, len(chunks) + 1)}
        self._pages = [b"", *(chunk_page(()) for _ in chunks)]

    def whole(self, seen: Seen) -> Whole:
        """The index. Raises Unfit."""
        cut = [page for page, chunk in enumerate(self._chunks, 1) if chunk.section]
        room = _ROOM * len(self._data)
        halves = [self._half_of_tops()]
        halves += in_halves(lambda pages: [self._read(pages)], cut, room, self._middle(cut))
        for read, _, _, _ in halves:
            self._take(read)
        buckets = Buckets([parts for _, parts, _, _ in halves])
        ruled = Ruled(self._plain, self._names, buckets.holders, self._pages)
        ruled.check_tops()

        def check(pages: Sequence[int]) -> list[None]:
            for page in pages:
                ruled.check(self._chunks[page - 1].section, page)
            return []

        in_halves(check, self._doubted(halves), room)
        return self._finished(buckets, seen)

    def _middle(self, pages: Sequence[int]) -> int:
        """Where the pages are to be halved: a line takes about as long as any other."""
        lines = [self._chunks[page - 1].line for page in pages]
        return bisect_left(lines, (lines[0] + lines[-1]) // 2) if lines else 0

    def _read_tops(self) -> Iterator[Top]:
        """What stands in no section that is cut, in the order of the files. Raises Unfit."""
        firsts = frozenset(self._firsts)
        parts = self._firsts[1] if self._firsts[1:] else len(self._chunks)
        for n, chunk in enumerate(self._chunks):
            if not chunk.section:
                kind = ROOT if n < parts else PART
                yield Top(n + 1, *read_top(self._text(chunk), self._file, n in firsts, kind))

    def _plain_tops(self) -> dict[str, Plain]:
        """All of that by key. Raises Unfit for a section that is in several files and not cut in
        all of them, and where the files are not those that are included."""
        plain = {name: value for top in self._tops for name, value in top.plain.items()}
        cut = {chunk.section for chunk in self._chunks if chunk.section}
        if len(plain) < sum(len(top.plain) for top in self._tops) or not cut.isdisjoint(plain):
            raise Unfit("a section stands in two places")
        if patterns_of(self._tops) != self._content.patterns:
            raise Unfit("other files are included")
        return plain

    def _half_of_tops(self) -> _Half:
        """What stands in no section that is cut, as one more half."""
        facts = Facts()
        for section, named in self._plain.items():
            if section in SECTIONS and isinstance(named, dict):
                for name, plain in named.items():
                    facts.add((section, name), 0, keys_of((section, name), plain, self._account))
        return [], facts.parts(len(self._chunks)), *facts.alone()

    def _read(self, pages: Sequence[int]) -> _Half:
        """The chunks of those pages. Raises Unfit."""
        facts = Facts()
        read = [self._read_one(page, facts) for page in pages]
        return read, facts.parts(len(self._chunks)), *facts.alone()

    def _read_one(self, page: int, facts: Facts) -> _Read:
        chunk = self._chunks[page - 1]
        header, held = read_chunk(chunk, self._text(chunk), self._file)
        plain = {entity.name: entity.plain for entity in held}
        said = [
            (name, keys_of((chunk.section, name), plain[name], self._account)) for name in plain
        ]
        for name, keys in said:
            facts.add((chunk.section, name), page, keys)
        missing = self._assumed.missing(chunk.section, plain, said)
        return page, header, chunk_page(held), [*plain], missing

    def _text(self, chunk: Chunk) -> bytes:
        return self._data[chunk.start : chunk.end]

    def _take(self, read: Sequence[_Read]) -> None:
        """Put together what was read of chunks. Raises Unfit."""
        for page, header, body, names, _ in read:
            section = self._chunks[page - 1].section
            if header is not None:
                self._headers.setdefault(section, (page, *header))
            self._pages[page] = body
            self._named[page] = names
            known = self._names[section]
            count = len(known) + len(names)
            known.update(dict.fromkeys(names, page))
            if len(known) < count:
                raise Unfit("a name is repeated")

    def _doubted(self, halves: Sequence[_Half]) -> list[int]:
        """The pages of which something that was assumed of others is not so."""
        pages: set[int] = set()
        known: dict[str, int] = {}
        for read, _, alone, shared in halves:
            pages.update(shared)
            for key in alone.keys() & known.keys():
                pages.update((alone[key], known[key]))
            known.update(alone)
            for page, _, _, _, missing in read:
                if missing is None or any(n not in self._names[section] for section, n in missing):
                    pages.add(page)
        return sorted(pages - {0})

    def _finished(self, buckets: Buckets, seen: Seen) -> Whole:
        """The index, once all was read and checked."""
        rows = [
            Row(chunk.section, page, chunk.end - chunk.start,
                self._data.count(b"\n", chunk.start, chunk.end), len(self._named[page]),
                chunk.digest, chunk.header)
            for page, chunk in enumerate(self._chunks, 1)
        ]  # fmt: skip
        first_bucket = len(self._pages)
        pages = [*self._pages, *buckets.pages]
        pages += (tops_page(self._tops, self._headers), Table.of(rows).encode())
        counts = {section: len(names) for section, names in self._names.items()}
        orders = orders_of(rows, self._named.__getitem__)
        files = zip(self._content.parts, self._firsts[1:], strict=True)
        parts = tuple((name, first + 1) for (name, _), first in files)
        root = Root(len(pages) - 1, len(pages) - 2, first_bucket, len(buckets.pages), counts,
                    orders, parts, *seen)  # fmt: skip
        return Whole(root, pages)
