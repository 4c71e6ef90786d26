"""A three-way merge of directory files: whoever alone changed a stretch of text has written it."""

from typing import NamedTuple, cast

from iamctl.domain.change import apply_changes
from iamctl.domain.comparing import changes_between
from iamctl.domain.errors import Conflict
from iamctl.domain.merging import merged
from iamctl.domain.shape import MAIN_ONLY, PART, ROOT
from iamctl.domain.source import Plain
from iamctl.ports import MergedFile
from iamctl.store.check import SpliceFailed, check
from iamctl.store.clashes import USUAL, Markers, marked
from iamctl.store.lines import lines_merged
from iamctl.store.pieces import exchanged, pieces_of, text_of
from iamctl.store.reader import ReadResult, included, read_file
from iamctl.store.splice import splice
from iamctl.store.tree import PausedCollector, Tree


class Versions(NamedTuple):
    """The bytes of one file: as it was when the sides parted, in ours and in theirs. `base` is
    empty where each side made the file."""

    base: bytes
    ours: bytes
    theirs: bytes


def merge_files(versions: Versions, file: str, markers: Markers = USUAL) -> MergedFile:
    """The file with the work of both sides.

    What one side alone changed, comments included, is written as that side wrote it; where both
    changed an entity, what theirs did to it is done to ours. Nothing is said of rules that the
    result may break. Raises InvalidDirectory for a version that cannot be read; Conflict where
    the result could not be proved to say what both sides say.
    """
    with PausedCollector():
        merging = _Merging(_alone(versions), file)
        try:
            return merging.run(markers)
        except (SpliceFailed, KeyError):
            raise Conflict(
                f"what both sides changed in {file} cannot be written together",
                hint="merge it by hand",
            ) from None


def _alone(versions: Versions) -> Versions:
    """The versions; where theirs alone changed anything, what they wrote is ours, to the byte."""
    return versions._replace(ours=versions.theirs) if versions.ours == versions.base else versions


class _Merging:
    def __init__(self, versions: Versions, file: str) -> None:
        self._file = file
        self._shape = ROOT if _is_main(versions.ours, file) else PART
        breaks = b"\r\n" if b"\r\n" in versions.ours else b"\n"
        base, ours, theirs = (data.replace(b"\r\n", b"\n") for data in versions)
        self._ours = self._read(ours.replace(b"\n", breaks), "ours")
        self._theirs = self._read(theirs.replace(b"\n", breaks), "theirs")
        self._base = self._read(base.replace(b"\n", breaks), "base") if base.strip() else None

    def _read(self, data: bytes, side: str) -> ReadResult:
        result = read_file(data, f"{self._file} ({side})", self._shape)
        result.required()
        return result

    def run(self, markers: Markers) -> MergedFile:
        """See merge_files."""
        base = {} if self._base is None else _plain(self._base)
        wanted = merged(base, _plain(self._ours), _plain(self._theirs))
        text = self._saying(wanted.plain)
        if wanted.clashes:
            ours = _tree(read_file(text.encode(), self._file, self._shape))
            text = marked(ours, _tree(self._theirs), wanted.clashes, markers)
        data = ("\ufeff" * _tree(self._ours).bom + text).encode()
        if wanted.clashes:
            return MergedFile(data, wanted.clashes, None, False)
        result = read_file(data, self._file, self._shape)
        is_whole = self._shape is ROOT and not included(result)
        return MergedFile(data, (), result.required(), is_whole)

    def _saying(self, wanted: dict[str, Plain]) -> str:
        """The text that says what is wanted, proved."""
        result = self._exchanged()
        tree, plain = _tree(result), _plain(result)
        changes = changes_between(plain, wanted)
        if not changes:
            return tree.text
        new = cast(dict[str, Plain], apply_changes(plain, changes))
        spliced = splice(tree, plain, changes, new)
        check(tree, plain, new, spliced, shape=self._shape)
        return spliced.text

    def _exchanged(self) -> ReadResult:
        """Our file with what theirs alone changed, by line where that can be read, else by entity;
        our file where neither is any good."""
        trees = [None if r is None else _tree(r) for r in (self._base, self._ours, self._theirs)]
        base, ours, theirs = ({} if tree is None else pieces_of(tree) for tree in trees)
        if base is None or ours is None or theirs is None:
            return self._ours
        for both in (lines_merged, _ours_alone):
            text = text_of(exchanged(base, ours, theirs, both))
            if not _tree(self._ours).text.endswith("\n"):
                text = text.removesuffix("\n").removesuffix("\r")
            result = read_file(text.encode(), self._file, self._shape)
            if result.directory is not None:
                return result
        return self._ours


def _ours_alone(_base: str, ours: str, _theirs: str) -> str:
    return ours


def _is_main(data: bytes, file: str) -> bool:
    """Whether a file bears what only the main one of a directory has."""
    tree = read_file(data, file).tree
    keys = {key.value for key, _ in tree.root.value} if tree is not None else set()
    return not keys.isdisjoint(MAIN_ONLY)


def _tree(result: ReadResult) -> Tree:
    return cast(Tree, result.tree)


def _plain(result: ReadResult) -> dict[str, Plain]:
    return cast(dict[str, Plain], result.required().plain)
