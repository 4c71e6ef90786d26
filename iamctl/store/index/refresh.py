"""An index brought up to date with a file that changed: only the chunks that differ are read."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from iamctl.domain.facts import Owner
from iamctl.domain.source import Plain, same
from iamctl.store.index.buckets import Found, bucket_of, bucket_page, keys_of
from iamctl.store.index.chunks import Chunk, read_chunk, read_top
from iamctl.store.index.contents import (
    ChunkPage,
    Held,
    Row,
    Table,
    Top,
    Unfit,
    chunk_page,
    digest_of,
    tops_page,
)
from iamctl.store.index.indexed import Contents, Root, Seen, indexed_directory, overlaid
from iamctl.store.index.orders import orders_after
from iamctl.store.index.parts import Content
from iamctl.store.index.parts_cut import recut_all
from iamctl.store.index.recutting import MOST, recut
from iamctl.store.index.ruling import require_sound
from iamctl.store.rules import concerned
from iamctl.store.tree import PausedCollector

SIZE = 32
"""About how many entities a chunk has; one with more than twice as many is cut again."""

_PART = 16
"""That part of many chunks is read anew one by one; of more, the whole is as quick."""


class Refreshed(NamedTuple):
    """What an index has become: its root, and the pages that differ by number."""

    root: Root
    changed: dict[int, bytes]
    pages: int


def _chunks_of(table: Table, rows: Sequence[Row]) -> list[Chunk]:
    """The chunks of a table as `recut` takes them."""
    starts, lines = table.first_bytes(), table.first_lines()
    return [
        Chunk(row.section, starts[n], starts[n] + row.size, lines[n], row.digest, row.header)
        for n, row in enumerate(rows)
    ]


def refresh(
    contents: Contents, count: int, content: Content, seen: Seen, file: str, kept: int = 0
) -> Refreshed | None:
    """The index of what files hold, out of the one that they had, whose pages are so many.

    The first `kept` chunks are known to be as they were. None when another index has to be built:
    too much changed, or what stands outside the sections that are cut. Raises Unfit as `build`
    does, and what reading `contents` raises.
    """
    with PausedCollector():
        rows = contents.table.rows()
        most = max(MOST, len(rows) // _PART)
        chunks = _chunks_of(contents.table, rows)
        if contents.root.parts or content.parts:
            hunks = recut_all(contents.root, contents.table, chunks, content, most)
        else:
            hunks = recut(chunks, content.data, kept=kept, most=most)
        if hunks is None:
            return None
        old = [row for hunk in hunks for row in rows[hunk.first : hunk.last]]
        came = sum(len(hunk.chunks) for hunk in hunks)
        if max(len(old), came) > most:
            return None
        change = Change(contents, old, count, file)
        pages = [row.page for row in old]
        new: list[Row] = []
        at = 0
        for hunk in hunks:
            new += rows[at : hunk.first]
            for chunk in hunk.chunks:
                page = pages.pop(0) if pages else change.new_page()
                new += change.take(chunk, content.data[chunk.start : chunk.end], page)
            at = hunk.last
        after = change.finish([*new, *rows[at:]])
        change.check(after)
        return change.refreshed(after.root.seen(seen))


class Change:
    """Some chunks of an index give way to others.

    `gone` and `came` are their entities by section and name, with the page and the plain value;
    `tops` are the chunks of no section that is cut.
    """

    def __init__(self, contents: Contents, old: Sequence[Row], count: int, file: str) -> None:
        self._contents = contents
        self._file = file
        self._account = indexed_directory(contents, file).account.id
        self.gone: dict[Owner, tuple[int, Plain]] = {
            (row.section, name): (row.page, contents.chunk(row.page).plain(name))
            for row in old
            for name in contents.chunk(row.page).names
        }
        self.came: dict[Owner, tuple[int, Plain]] = {}
        self.tops = list(contents.tops)
        self._changed = dict.fromkeys((row.page for row in old), b"")
        self._count = count

    def new_page(self) -> int:
        """The number of another page."""
        self._count += 1
        return self._count - 1

    def take(self, chunk: Chunk, text: bytes, page: int) -> list[Row]:
        """Put a chunk's text on a page, and what is too long for one on more; its rows in the
        table. Raises Unfit."""
        _, held = read_chunk(chunk, text, self._file)
        pieces = [held[n : n + SIZE] for n in range(0, len(held), SIZE)]
        if len(held) <= 2 * SIZE:
            pieces = [held]
        starts = [0, *(piece[0].start for piece in pieces[1:]), len(text)]
        rows: list[Row] = []
        for n, piece in enumerate(pieces):
            if n:
                page = self.new_page()
            rows.append(self._piece(chunk, text[starts[n] : starts[n + 1]], starts[n], piece, page))
        return rows

    def take_top(self, row: Row, text: bytes, first: bool) -> Row:
        """Put the text of a chunk of no section in place of what it was; `first` is the one that
        starts the file. Raises Unfit when more than the account differs, or its id, which is part
        of what others are found by."""
        plain, marks = read_top(text, self._file, first)
        number = next(n for n, top in enumerate(self.tops) if top.page == row.page)
        old = self.tops[number].plain
        stays = all(same(value, old.get(key)) for key, value in plain.items() if key != "account")
        if not stays or plain.keys() != old.keys() or _account_id(plain) != _account_id(old):
            raise Unfit("more than the account differs")
        self.tops[number] = Top(row.page, plain, marks)
        self._changed[row.page] = chunk_page(())
        lines = text.count(b"\n")
        return row._replace(size=len(text), lines=lines, digest=digest_of(text))

    def _piece(self, chunk: Chunk, text: bytes, start: int, held: Sequence[Held], page: int) -> Row:
        if start:
            held = [h._replace(line=h.line - held[0].line) for h in held]
        for entity in held:
            self._put((chunk.section, entity.name), page, entity)
        self._changed[page] = chunk_page(held)
        return Row(chunk.section, page, len(text), text.count(b"\n"), len(held), digest_of(text),
                   chunk.header and not start)  # fmt: skip

    def finish(self, rows: Sequence[Row]) -> Contents:
        """The contents with the chunks of those rows; nothing is taken any more."""
        self._move_facts()
        old = self._contents.root
        self._changed[old.table] = Table.of(rows).encode()
        headers = {row.section: (row.page, 0, 0) for row in reversed(rows) if row.header}
        self._changed[old.tops] = tops_page(self.tops, headers)
        counts = dict.fromkeys(old.counts, 0)
        for row in rows:
            if row.section:
                counts[row.section] += row.entities
        pages = overlaid(self._changed, self._contents.page)
        orders = orders_after(old.orders, rows, self._changed, self._names)
        return Contents(old._replace(counts=counts, orders=orders), pages, self._file)

    def refreshed(self, root: Root) -> Refreshed:
        """The index with that root."""
        return Refreshed(root, self._changed, self._count)

    def _names(self, page: int) -> list[str]:
        changed = self._changed.get(page)
        return list((self._contents.chunk(page) if changed is None else ChunkPage(changed)).names)

    def _put(self, owner: Owner, page: int, entity: Held) -> None:
        elsewhere = self._contents.page_of(*owner)
        if owner in self.came or (elsewhere is not None and owner not in self.gone):
            raise Unfit("a name is repeated")
        self.came[owner] = (page, entity.plain)

    def _move_facts(self) -> None:
        """The buckets as they become."""
        buckets: dict[int, dict[str, list[Found]]] = {}
        for owner in {**self.gone, **self.came}:
            before, after = self._facts(self.gone, owner), self._facts(self.came, owner)
            for key, page in before - after:
                self._bucket(buckets, key)[key].remove((*owner, page))
            for key, page in after - before:
                self._bucket(buckets, key).setdefault(key, []).append((*owner, page))
        first = self._contents.root.first_bucket
        for number, bucket in buckets.items():
            self._changed[first + number] = bucket_page({k: f for k, f in bucket.items() if f})

    def _facts(
        self, entities: Mapping[Owner, tuple[int, Plain]], owner: Owner
    ) -> set[tuple[str, int]]:
        if owner not in entities:
            return set()
        page, plain = entities[owner]
        return {(key, page) for key in keys_of(owner, plain, self._account)}

    def _bucket(
        self, buckets: dict[int, dict[str, list[Found]]], key: str
    ) -> dict[str, list[Found]]:
        """The bucket of a key, to be changed."""
        number = bucket_of(key, self._contents.root.buckets)
        if number not in buckets:
            known = self._contents.bucket(number)
            buckets[number] = {key: list(found) for key, found in known.items()}
        return buckets[number]

    def check(self, contents: Contents) -> None:
        """Raise Unfit when the contents of `finish` break a rule."""
        before = indexed_directory(self._contents, self._file)
        after = indexed_directory(contents, self._file)
        touched = [
            owner
            for owner in {**self.gone, **self.came}
            if self.gone.get(owner, (0, None))[1] != self.came.get(owner, (0, None))[1]
        ]
        owners = concerned(before, after, touched)
        require_sound(after, (owner for owner in owners if owner[1] in after.section(owner[0])))


def _account_id(plain: Mapping[str, Plain]) -> Plain:
    account = plain.get("account")
    return account.get("id") if isinstance(account, dict) else None
