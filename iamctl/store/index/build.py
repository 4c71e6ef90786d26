"""A whole index out of a whole file: each chunk read alone, and all of it held to the rules."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.facts import Owner
from iamctl.domain.invariants import Invariants
from iamctl.domain.source import Problem
from iamctl.store.index.chunks import Chunk, cut, read_chunk, read_top
from iamctl.store.index.contents import (
    SECTIONS,
    Buckets,
    Found,
    Header,
    Held,
    Row,
    Table,
    Top,
    Unfit,
    chunk_page,
    tops_page,
)
from iamctl.store.index.indexed import Contents, Root, Seen, indexed_directory
from iamctl.store.index.orders import orders_of
from iamctl.store.tree import PausedCollector


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
        builder = _Builder(data, chunks, file)
        whole = builder.whole(seen)
        _check_rules(whole, file, builder.found)
    return whole


def require_sound(directory: Directory, owners: Iterable[Owner]) -> None:
    """Raise Unfit when one of the entities or resource policies breaks a rule."""
    rules = Invariants(directory)
    _refuse(problem for owner in owners for problem in rules.entity(*owner))


def _check_rules(whole: Whole, file: str, found: Mapping[int, dict[str, list[Found]]]) -> None:
    """Raise Unfit when anything breaks a rule. Chunk by chunk: what was read for one is not kept
    for the next."""

    def anew() -> tuple[Contents, Directory]:
        contents = Contents(whole.root, whole.pages.__getitem__, file, found)
        return contents, indexed_directory(contents, file)

    contents, directory = anew()
    rules = Invariants(directory)
    _refuse(rules.account())
    if directory.plain.get("organization") is not None:
        _refuse(rules.organization())
        _refuse(directory.problems)
    for section in (*NOUNS, "resources"):
        if section not in whole.root.counts:
            require_sound(directory, ((section, name) for name in _names(directory, section)))
    for row in contents.table.rows():
        if row.section:
            contents, directory = anew()
            require_sound(directory, ((row.section, n) for n in contents.chunk(row.page).names))


def _names(directory: Directory, section: str) -> Iterable[str]:
    return directory.resources if section == "resources" else directory.section(section)


def _refuse(problems: Iterable[Problem]) -> None:
    for problem in problems:
        if problem.severity == "error":
            raise Unfit(problem.message)


class _Builder:
    """Reads the chunks one after another into pages: none, chunks, buckets, tops, table."""

    def __init__(self, data: bytes, chunks: Sequence[Chunk], file: str) -> None:
        self._data = data
        self._chunks = chunks
        self._file = file
        self._buckets = Buckets(len(chunks))
        self._headers: dict[str, Header] = {}
        self._names: dict[str, set[str]] = {}

    @property
    def found(self) -> Mapping[int, dict[str, list[Found]]]:
        """Who is found by what, by bucket."""
        return self._buckets.found

    def whole(self, seen: Seen) -> Whole:
        """The index. Raises Unfit."""
        tops = [
            Top(page, *read_top(chunk, self._text(chunk), self._file))
            for page, chunk in enumerate(self._chunks, 1)
            if not chunk.section
        ]
        account = self._take_tops(tops)
        pages, rows = [b""], list[Row]()
        named: dict[int, list[str]] = {}
        for page, chunk in enumerate(self._chunks, 1):
            held = self._entities(chunk, page, account) if chunk.section else ()
            lines = self._data.count(b"\n", chunk.start, chunk.end)
            rows.append(Row(chunk.section, page, chunk.end - chunk.start, lines, len(held),
                            chunk.digest, chunk.header))  # fmt: skip
            pages.append(chunk_page(held))
            named[page] = [entity.name for entity in held]
        first_bucket = len(pages)
        pages += self._buckets.pages()
        pages += (tops_page(tops, self._headers), Table.of(rows).encode())
        counts = {section: len(names) for section, names in self._names.items()}
        orders = orders_of(rows, named.__getitem__)
        root = Root(len(pages) - 1, len(pages) - 2, first_bucket, len(self._chunks), counts, orders,
                    *seen)  # fmt: skip
        return Whole(root, pages)

    def _text(self, chunk: Chunk) -> bytes:
        return self._data[chunk.start : chunk.end]

    def _take_tops(self, tops: Sequence[Top]) -> str:
        """Look at what stands in no section that is cut; the account id."""
        account = ""
        if any("include" in top.plain for top in tops):
            raise Unfit("the directory is in several files")
        for top in tops:
            value = top.plain.get("account")
            account = str(value.get("id", "")) if isinstance(value, dict) else account
        for top in tops:
            for section, named in top.plain.items():
                if section in SECTIONS and isinstance(named, dict):
                    for name, plain in named.items():
                        self._buckets.add((section, name), 0, plain, account)
        return account

    def _entities(self, chunk: Chunk, page: int, account: str) -> Sequence[Held]:
        """The entities of a chunk, their facts put in buckets."""
        names = self._names.setdefault(chunk.section, set())
        header, held = read_chunk(chunk, self._text(chunk), self._file)
        if header is not None:
            self._headers[chunk.section] = (page, *header)
        for entity in held:
            if entity.name in names:
                raise Unfit("a name is repeated")
            names.add(entity.name)
            self._buckets.add((chunk.section, entity.name), page, entity.plain, account)
        return held
