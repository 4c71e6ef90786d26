"""A three-way merge of directory files: whoever alone changed a stretch of text has written it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from iamctl.domain.change import apply_changes
from iamctl.domain.comparing import changes_between, section_of
from iamctl.domain.directory import Directory
from iamctl.domain.errors import Conflict
from iamctl.domain.merging import Clash, Merged, merged
from iamctl.domain.merging_names import nobody
from iamctl.domain.shape import MAIN_ONLY, PART, ROOT
from iamctl.domain.source import Plain
from iamctl.ports import MergedFile
from iamctl.store.check import SpliceFailed, check
from iamctl.store.clashes import USUAL, Markers, Place, Sides, marked
from iamctl.store.comments import comments_of
from iamctl.store.lines import lines_merged
from iamctl.store.merging_comments import lost_comments
from iamctl.store.pieces import Pieces, Section, exchanged, pieces_of, text_of
from iamctl.store.reader import ReadResult, included, read_file
from iamctl.store.splice import splice
from iamctl.store.tree import PausedCollector, Tree

COMMENTS = "comments"
"""The last step to what clashes where the comments of both sides do."""

_Pieces = tuple[Pieces, Pieces, Pieces]
"""Those of base, ours and theirs."""


class Versions(NamedTuple):
    """The bytes of one file: as it was when the sides parted, in ours and in theirs. `base` is
    empty where each side made the file."""

    base: bytes
    ours: bytes
    theirs: bytes

    @property
    def alone(self) -> bytes | None:
        """What one side alone wrote; None where both changed the base."""
        if self.theirs in (self.base, self.ours):
            return self.ours
        return self.theirs if self.ours == self.base else None


def merge_files(versions: Versions, file: str, markers: Markers = USUAL) -> MergedFile:
    """The file with the work of both sides.

    What one side alone changed, comments included, is written as that side wrote it; where both
    changed an entity, what theirs did to it is done to ours. Comments that both wrote in one place
    clash. Nothing is said of rules that the result may break. Raises InvalidDirectory for a
    version that cannot be read; Conflict where the result could not be proved to say what both
    sides say.
    """
    with PausedCollector():
        merging = _Merging(versions, file)
        if versions.alone is not None:
            return merging.alone(versions.alone)
        try:
            return merging.run(markers)
        except (SpliceFailed, KeyError):
            raise Conflict(
                f"what both sides changed in {file} cannot be written together",
                hint="merge it by hand",
            ) from None


class _Side(NamedTuple):
    """One version as it was read. `pieces` is None of one that is all in braces."""

    text: str
    bom: bool
    directory: Directory | None
    plain: dict[str, Plain]
    pieces: Pieces | None

    @classmethod
    def of(cls, result: ReadResult) -> "_Side":
        """Raises InvalidDirectory."""
        directory, tree = result.required(), _tree(result)
        plain = cast(dict[str, Plain], directory.plain)
        return cls(tree.text, tree.bom, directory, plain, pieces_of(tree))


_NOTHING = _Side("", False, None, {}, {})


class _Merging:
    def __init__(self, versions: Versions, file: str) -> None:
        self._file = file
        self._last: tuple[str, ReadResult] | None = None
        was, own, other = map(_breaks, versions)
        breaks = other if own == was else own
        base, ours, theirs = (
            data.replace(b"\r\n", b"\n").replace(b"\n", breaks) for data in versions
        )
        first = read_file(ours, f"{file} (ours)")
        self._shape = ROOT if _is_main(first) else PART
        self._ours = _Side.of(first) if self._shape is ROOT else self._read(ours, "ours")
        self._theirs = self._read(theirs, "theirs")
        # Of the base the text and what it says are enough: its tree is as large as all else.
        base_side = self._read(base, "base") if base.strip() else _NOTHING
        self._base = base_side._replace(directory=None)

    def _read(self, data: bytes, side: str) -> _Side:
        return _Side.of(read_file(data, f"{self._file} ({side})", self._shape))

    def alone(self, data: bytes) -> MergedFile:
        """What one side alone wrote."""
        return self._sound(data, read_file(data, self._file, self._shape))

    def _sound(self, data: bytes, result: ReadResult | None) -> MergedFile:
        if result is None:
            raise SpliceFailed("the merged file is no directory")
        is_whole = self._shape is ROOT and not included(result)
        read = tuple(filter(None, (self._ours.directory, self._theirs.directory)))
        return MergedFile(data, (), result.required(), is_whole, read)

    def run(self, markers: Markers) -> MergedFile:
        """See merge_files."""
        wanted = merged(self._base.plain, self._ours.plain, self._theirs.plain)
        sides = self._pieces()
        text, lost = self._keeping(wanted, sides)
        places = [*(Place(clash, clash.ours) for clash in wanted.clashes), *lost]
        as_in = self._theirs if self._ours.bom == self._base.bom else self._ours
        bom = "\ufeff" * as_in.bom
        if not places:
            return self._sound((bom + text).encode(), self._readable(text))
        clashes = tuple(place.clash for place in places)
        for wide in (False, True):
            marked_text = self._marked(text, places, sides, markers._replace(wide=wide))
            if self._readable(marked_text) is None:  # else markers stand inside some value
                return MergedFile((bom + marked_text).encode(), clashes, None, False)
        raise SpliceFailed("what clashes cannot be marked")

    def _pieces(self) -> _Pieces | None:
        """The pieces of base, ours and theirs; None where one is all in braces."""
        base, ours, theirs = self._base.pieces, self._ours.pieces, self._theirs.pieces
        return None if base is None or ours is None or theirs is None else (base, ours, theirs)

    def _keeping(self, wanted: Merged, sides: _Pieces | None) -> tuple[str, list[Place]]:
        """The text that says what is wanted, and where it lacks comments. Then theirs, if it holds
        all comments of an entity, is the one that is changed."""
        text = self._saying(wanted, self._starts(wanted, sides))
        lost = list(self._lost(text, wanted, sides))
        if not lost or sides is None:
            return text, lost
        start = self._text_of(exchanged(*_aligned(sides, wanted), _commented))
        try:
            other = self._saying(wanted, (start,))
        except (Conflict, SpliceFailed, KeyError):
            return text, lost
        still = list(self._lost(other, wanted, sides))
        return (other, still) if len(still) < len(lost) else (text, lost)

    def _saying(self, wanted: Merged, starts: Iterable[str]) -> str:
        """The text that says what is wanted, proved: the first that can be made to. Raises the
        reason why one cannot."""
        failure: Exception = SpliceFailed("ours cannot be read again")
        tried: set[str] = set()
        for text in starts:
            result = None if text in tried else self._readable(text)
            tried.add(text)
            if result is not None:
                try:
                    return self._changed(result, wanted)
                except (Conflict, SpliceFailed, KeyError) as error:
                    failure = failure if isinstance(failure, Conflict) else error
        raise failure

    def _changed(self, result: ReadResult, wanted: Merged) -> str:
        """A text with what it lacks of what is wanted."""
        tree, plain = _tree(result), cast(dict[str, Plain], result.required().plain)
        changes = changes_between(plain, wanted.plain)
        if not changes:
            return tree.text
        new = cast(dict[str, Plain], apply_changes(plain, changes))
        spliced = splice(tree, plain, changes, new)
        check(tree, plain, new, spliced, shape=self._shape)
        return spliced.text

    def _starts(self, wanted: Merged, sides: _Pieces | None) -> Iterator[str]:
        """Our file with what theirs alone changed, by line or else by entity; then without the
        entities that are gone, which only one side may have changed; at last our file as it is."""
        if sides is not None:
            aligned = _aligned(sides, wanted)
            both = [exchanged(*aligned, each) for each in (lines_merged, _ours_alone)]
            for pieces in (*both, *(_without_gone(each, wanted) for each in both)):
                yield self._text_of(pieces)
        yield self._ours.text

    def _text_of(self, pieces: Pieces) -> str:
        """The text of pieces, which ends as ours does."""
        text = text_of(pieces)
        if self._ours.text.endswith("\n"):
            return text
        return text.removesuffix("\n").removesuffix("\r")

    def _readable(self, text: str) -> ReadResult | None:
        """What a text says, None where it is no directory; the last one is remembered."""
        if self._last is None or self._last[0] != text:
            self._last = text, read_file(text.encode(), self._file, self._shape)
        result = self._last[1]
        return None if result.directory is None else result

    def _pieces_of(self, text: str) -> Pieces | None:
        result = self._readable(text)
        return None if result is None else pieces_of(_tree(result))

    def _lost(self, text: str, wanted: Merged, sides: _Pieces | None) -> Iterator[Place]:
        """Where comments of a side are not in the text; what clashes anyway is left out."""
        if sides is None:
            each = (self._base, self._ours, self._theirs)
            wholes: list[Pieces] = [{COMMENTS: side.text} for side in each]
            base, ours, theirs = wholes
            if lost_comments((base, ours, theirs), lambda: {COMMENTS: text}):
                yield Place(Clash((COMMENTS,), None, None), None)
            return
        lost = lost_comments(_aligned(sides, wanted), lambda: self._pieces_of(text))
        triples = {
            (section, name): triple
            for section, names in (wanted.names.items() if lost else ())
            for triple, name in names.items()
        }
        known = {(clash.at[0], clash.ours, clash.theirs) for clash in wanted.clashes}
        for section, name in lost:
            if name is None:
                yield Place(Clash((section,), section, section), None)
                continue
            triple = triples[section, name]
            if (section, *triple[1:]) not in known:
                there = None if name == nobody(triple.wanted) else name
                clash = Clash((section, str(there or triple.wanted), COMMENTS), *triple[1:])
                yield Place(clash, there)

    def _marked(
        self, text: str, places: Sequence[Place], sides: _Pieces | None, markers: Markers
    ) -> str:
        """The text, in which what clashes stands between markers."""
        pieces = self._pieces_of(text)
        if sides is None or pieces is None:
            return markers.around(*(_lines(side.text) for side in (self._ours, self._theirs)))
        _, ours, theirs = sides
        return text_of(marked(pieces, Sides(ours, theirs), places, markers))


def _aligned(sides: _Pieces, wanted: Merged) -> _Pieces:
    """The pieces, in which each entity bears the name that it has in the end."""
    base, ours, theirs = (
        {key: _called(key, piece, number, wanted) for key, piece in side.items()}
        for number, side in enumerate(sides)
    )
    return base, ours, theirs


def _called(key: str, piece: str | Section, number: int, wanted: Merged) -> str | Section:
    if not isinstance(piece, Section):
        return piece
    names = {triple[number]: name for triple, name in wanted.names[key].items()}
    entities = {names[old]: text for old, text in piece.entities.items()}
    return piece._replace(entities=entities)


def _without_gone(pieces: Pieces, wanted: Merged) -> Pieces:
    """The pieces but for entities that are gone, if any of their section is left."""
    found = dict(pieces)
    for key, piece in pieces.items():
        if isinstance(piece, Section):
            there = section_of(wanted.plain, key)
            entities = {name: text for name, text in piece.entities.items() if name in there}
            found[key] = piece._replace(entities=entities or piece.entities)
    return found


def _ours_alone(_base: str, ours: str, _theirs: str) -> str:
    return ours


def _commented(base: str, ours: str, theirs: str) -> str:
    """Lines together, but theirs where only they wrote or removed comments."""
    return theirs if comments_of(ours) == comments_of(base) else lines_merged(base, ours, theirs)


def _breaks(data: bytes) -> bytes:
    """What ends most lines."""
    return b"\r\n" if 2 * data.count(b"\r\n") > data.count(b"\n") else b"\n"


def _is_main(result: ReadResult) -> bool:
    """Whether a file bears what only the main one of a directory has."""
    keys = {key.value for key, _ in result.tree.root.value} if result.tree is not None else set()
    return not keys.isdisjoint(MAIN_ONLY)


def _lines(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _tree(result: ReadResult) -> Tree:
    return cast(Tree, result.tree)
