"""An edit of a large file that reads only the chunks around it.

The chunks that an edit may look at, one after another, are a small directory file of their own:
the whole file without most of its entities. The edit is made in that, by the very code that edits
files read whole, and its spans are moved to where they belong.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from iamctl.domain.change import Changes, apply_changes, touched
from iamctl.domain.facts import Owner
from iamctl.domain.source import Plain, same
from iamctl.files import HeldFile, Stretch
from iamctl.store.check import SpliceFailed, check
from iamctl.store.edits import Span
from iamctl.store.index.chunks import Chunk, indent_of, same_indent
from iamctl.store.index.contents import Row, Table, digest_of
from iamctl.store.index.indexed import Contents, indexed_directory
from iamctl.store.index.orders import FOLDS
from iamctl.store.index.pages import Doubt
from iamctl.store.index.refresh import Change, Refreshed
from iamctl.store.reader import read_directory
from iamctl.store.rules import check_rules
from iamctl.store.splice import splice

_BOM = "\ufeff"
_LEAD = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|[ \t]*(?:#[^\n]*)?\Z)+")
_SAMPLE = 20
"""So many of a section's first entities show how the file is written (`blocks.file_style`)."""


class Outside(Exception):
    """The edit is none of those that chunks are enough for: make it in the whole file."""


class Edited(NamedTuple):
    """The bytes of the file as they become, in parts, and what its index does; no parts where they
    stay."""

    parts: list[bytes | memoryview | Stretch]
    refreshed: Refreshed


def edit_indexed(
    contents: Contents, count: int, data: bytes | HeldFile, changes: Changes, file: str
) -> Edited:
    """Make changes in a file's bytes, whose index is given and has so many pages.

    Of a file that is held, only what the edit looks at is read, and held against the index. Raises
    Outside, Unfit and what reading `contents` raises when that cannot be done here;
    LimitExceeded, InvalidValue, Conflict and SpliceFailed as edits of whole files do.
    """
    part = _Part(contents.table, data, _positions(contents, changes))
    read = read_directory(part.data(), file)
    if read.directory is None or read.tree is None:
        raise Outside
    old = cast(dict[str, Plain], read.directory.plain)
    new = cast(dict[str, Plain], apply_changes(old, changes))
    spliced = splice(read.tree, old, changes, new)
    check(read.tree, old, new, spliced, whole_limit=0)  # `_require` reads what comes
    texts = part.edited(spliced.spans)
    rows, made = contents.table.rows(), list[Row]()
    change = Change(contents, [rows[n] for n in texts], count, file)
    for n, row in enumerate(rows):
        if texts.get(n) and not row.section:
            made.append(change.take_top(row, texts[n], first=not n))
        elif texts.get(n):
            chunk = Chunk(row.section, 0, len(texts[n]), 0, b"", row.header)
            made += change.take(chunk, texts[n], row.page)
            part.require_indent(n, chunk, texts[n])
        elif n not in texts:
            made.append(row)
    _require(change, changes, old, new)
    after = change.finish(made)
    before = indexed_directory(contents, file)
    check_rules(before, indexed_directory(after, file, locate=before.source_of), changes)
    return Edited(part.whole(texts), change.refreshed(after.root))


def _require(
    change: Change, changes: Changes, old: Mapping[str, Plain], new: Mapping[str, Plain]
) -> None:
    """Raise SpliceFailed unless the chunks, each read alone, say what is meant, and all of it."""
    for owner in {*change.gone, *change.came}:
        meant, said = _entity(new, owner), change.came.get(owner)
        if meant is None or said is None:
            right = meant is None and said is None
        else:
            right = same(meant[0], said[1])
        if not right:
            raise SpliceFailed(f'{owner[0]} "{owner[1]}" would read otherwise than intended')
    for top in change.tops:
        for key, value in top.plain.items():
            if not same(value, new.get(key)):
                raise SpliceFailed(f'"{key}" would read otherwise than intended')
    for at in touched(changes):
        if len(at) == 2 and at not in change.gone and at not in change.came:
            was, now = _entity(old, (at[0], at[1])), _entity(new, (at[0], at[1]))
            if (was is None) != (now is None) or (was and now and not same(was[0], now[0])):
                raise SpliceFailed(f'{at[0]} "{at[1]}" would stay as it was')


def _entity(plain: Mapping[str, Plain], owner: Owner) -> tuple[Plain] | None:
    """The value of an entity, which may be none at all, or None when there is none."""
    named = plain.get(owner[0])
    if not isinstance(named, dict) or owner[1] not in named:
        return None
    return (named[owner[1]],)


def _positions(contents: Contents, changes: Changes) -> set[int]:
    """The chunks that the edit may look at, by their place in the file's order."""
    table, found = contents.table, _Wanted(contents)
    for at in touched(changes):
        if at == ("account",):  # which stands in no section, and is looked at anyway
            continue
        if at[0] not in contents.root.counts or len(at) != 2:
            raise Outside
        page = contents.page_of(at[0], at[1])
        if page is None:
            found.place_of(*at)
        else:
            found.around(table.position(page))
    found.samples()
    return found.positions


class _Wanted:
    """Collects the chunks that an edit may look at."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._rows = contents.table.rows()
        # What stands in no section that is cut is always looked at.
        self.positions = {n for n, row in enumerate(self._rows) if not row.section}

    def around(self, position: int) -> None:
        """A chunk that is written to, and its neighbours, whose comments and blanks count."""
        last = len(self._rows) - 1
        self.positions.update(range(max(position - 1, 0), min(position + 1, last) + 1))

    def samples(self) -> None:
        """The first entities of each section, which show how the file is written."""
        seen: dict[str, int] = {}
        for n, row in enumerate(self._rows):
            if row.section and seen.get(row.section, 0) < _SAMPLE:
                seen[row.section] = seen.get(row.section, 0) + row.entities
                self.positions.add(n)

    def place_of(self, section: str, name: str) -> None:
        """Where a new name of a section goes, with what decides that: see `places.Places`."""
        own = [n for n, row in enumerate(self._rows) if row.section == section]
        # The last two entities show the blank lines between them.
        self.positions.update(own[-1:] if self._rows[own[-1]].entities > 1 else own[-2:])
        for fold, page in zip(FOLDS, self._contents.root.orders[section], strict=True):
            if page:
                self.around(self._contents.table.position(page))
                continue

            def first(n: int, fold: Callable[[str], str] = fold) -> str:
                return fold(next(iter(self._contents.chunk(self._rows[n].page).names)))

            self.around(own[max(bisect_right(own, fold(name), key=first) - 1, 0)])
            return


class _Part:
    """Some chunks of a file, one after another, as a file."""

    def __init__(self, table: Table, data: bytes | HeldFile, positions: set[int]) -> None:
        self._whole = data
        self._starts = table.first_bytes()
        self._chunks = {n: self._chunk(table, n) for n in sorted(positions)}
        self._texts = {n: chunk.decode() for n, chunk in self._chunks.items()}
        self._bom = 0 in self._texts and self._texts[0].startswith(_BOM)
        if self._bom:
            self._texts[0] = self._texts[0][1:]

    def data(self) -> bytes:
        """The bytes of the chunks."""
        return b"".join(self._chunks.values())

    def _chunk(self, table: Table, n: int) -> bytes:
        start, end = self._starts[n], self._starts[n + 1]
        if isinstance(self._whole, bytes):
            return self._whole[start:end]
        chunk = self._whole.read(start, end)
        if digest_of(chunk) != table.row(n).digest:
            raise Doubt("the file is not what its index is of")
        return chunk

    def edited(self, spans: Sequence[Span]) -> dict[int, bytes]:
        """The chunks that spans change, by position, with their new bytes; empty for one that
        goes. Raises Outside for a span of which it cannot be told where in the file it belongs."""
        texts: dict[int, str] = {}
        start = 0
        for n, text in self._texts.items():
            touching = [s for s in spans if _touches(s, start, start + len(text))]
            if any(s.end > start + len(text) or s.start == start + len(text) for s in touching):
                self._require_neighbour(n)
            if touching:
                texts[n] = _replaced(text, start, touching)
            start += len(text)
        self._move_leads(texts)
        bom = _BOM if self._bom else ""
        return {n: (text if n else bom + text).encode() for n, text in texts.items()}

    def require_indent(self, n: int, chunk: Chunk, text: bytes) -> None:
        """The entities of a chunk stand where they stood: others of the section are not looked at.
        Raises Outside."""
        old = self._chunks[n]
        was = indent_of(old, chunk._replace(end=len(old)))
        if not same_indent(was, indent_of(text, chunk)):
            raise Outside

    def whole(self, texts: Mapping[int, bytes]) -> list[bytes | memoryview | Stretch]:
        """The file with those chunks in place of the old ones, in parts: what stays is not copied,
        for it may be most of the memory. No parts when none differs."""
        if all(text == self._chunks[n] for n, text in texts.items()):
            return []
        parts: list[bytes | memoryview | Stretch] = []
        at = 0
        for n in sorted(texts):
            parts += (self._stays(at, self._starts[n]), texts[n])
            at = self._starts[n + 1]
        return [*parts, self._stays(at, self._starts[-1])]

    def _stays(self, start: int, end: int) -> memoryview | Stretch:
        if isinstance(self._whole, bytes):
            return memoryview(self._whole)[start:end]
        return self._whole.stretch(start, end)

    def _require_neighbour(self, n: int) -> None:
        """What follows here follows in the file. Raises Outside."""
        if n + 1 not in self._texts and n + 2 < len(self._starts):
            raise Outside

    def _move_leads(self, texts: dict[int, str]) -> None:
        """What stands above the first key of a chunk now belongs to the chunk before: chunks begin
        at keys. Raises Outside."""
        for n in sorted(texts, reverse=True):
            lead = _LEAD.match(texts[n])
            if lead is None or not n:
                continue
            if n - 1 not in self._texts:
                raise Outside
            texts[n - 1] = texts.get(n - 1, self._texts[n - 1]) + lead[0]
            texts[n] = texts[n][lead.end() :]


def _touches(span: Span, start: int, end: int) -> bool:
    """Whether a span changes the chunk at that place: what is put where two meet is the first's."""
    if span.start == span.end:
        return start < span.start <= end or span.start == start == 0
    return span.start < end and span.end > start


def _replaced(text: str, start: int, spans: Sequence[Span]) -> str:
    """A chunk's text after the parts of spans that lie in it."""
    parts: list[str] = []
    at = 0
    for span in spans:
        parts.append(text[at : max(span.start - start, 0)])
        if span.start >= start:
            parts.append(span.text)
        at = span.end - start
    return "".join((*parts, text[at:]))
