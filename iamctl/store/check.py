"""The proof that an edited text says what the changes yield, and nothing else moved.

Each stretch of text that an edit touches is parsed alone, with the neighbours it borders on, and
must read as the intended entities; small files and those with anchors are parsed whole as well.
Anything unexpected is our own error, and nothing is written.
"""

from bisect import bisect_left, bisect_right
from typing import NamedTuple, cast

from yaml.nodes import MappingNode

from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.shape import ROOT
from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Plain, same
from iamctl.store.edits import Span
from iamctl.store.reader import read_file, read_value
from iamctl.store.segments import Segment, Segments, is_split
from iamctl.store.splice import Spliced
from iamctl.store.tree import Tree, compose_text, entries

WHOLE_LIMIT = 5_000_000
"""Files up to so many characters are parsed whole after an edit."""


class SpliceFailed(RuntimeError):
    """An edit came out other than intended. The file was not touched."""


def check(
    tree: Tree, old: dict[str, Plain], new: dict[str, Plain], spliced: Spliced,
    whole_limit: int = WHOLE_LIMIT, shape: Shape = ROOT,
) -> None:  # fmt: skip
    """Raises SpliceFailed when the new text does not read as `new`, or differs elsewhere.

    `shape` is that of the file, `PART` for one that a directory includes."""
    _check_gaps(tree.text, spliced)
    if "&" not in tree.text and not tree.root.flow_style:
        _Regions(tree, old, new, spliced).check()
    if len(spliced.text) < whole_limit or "&" in tree.text or tree.root.flow_style:
        _check_whole(tree.file, new, spliced.text, shape)


def _check_gaps(old: str, spliced: Spliced) -> None:
    at = shift = 0
    for start, end, text in (*spliced.spans, Span(len(old), len(old), "")):
        moved = spliced.text[at + shift : start + shift]
        if start < at or moved != old[at:start]:
            raise SpliceFailed(f"text outside the edit changed before character {start}")
        shift += len(text) - (end - start)
        at = end
    if len(spliced.text) != len(old) + shift:
        raise SpliceFailed("the edited text has another length than its edits give it")


def _check_whole(file: str, new: dict[str, Plain], text: str, shape: Shape) -> None:
    result = read_file(text.encode(), file, shape)
    if result.directory is None:
        problem = next(p for p in result.problems if p.severity == "error")
        raise SpliceFailed(f"the edited file cannot be read: {problem.message} ({problem.source})")
    read = cast(dict[str, Plain], result.directory.plain)
    if not same(read, new):
        odd = [key for key in {*read, *new} if not same(read.get(key), new.get(key))]
        raise SpliceFailed(f"the edited file reads otherwise than intended in {', '.join(odd)}")


class _Region(NamedTuple):
    """Neighbouring segments of one level that edits touch."""

    segments: list[Segment]

    @property
    def start(self) -> int:
        return self.segments[0].start

    @property
    def end(self) -> int:
        return self.segments[-1].end


class _Regions:
    def __init__(
        self, tree: Tree, old: dict[str, Plain], new: dict[str, Plain], spliced: Spliced
    ) -> None:
        self._tree = tree
        self._old = old
        self._new = new
        self._spans = spliced.spans
        self._text = spliced.text

    def check(self) -> None:
        """Parse every touched region alone and compare."""
        segments = Segments(self._tree)
        whole: list[Segment] = []
        seen: set[str] = set()
        for top in segments.tops():
            touched = self._touching([top])
            if not touched:
                continue
            regions = self._touching(self._parts(segments, top))
            # A section that comes or goes stands at the end of the one before.
            moved = self._old.keys() != self._new.keys()
            if moved or any(len(region.segments[0].at) == 1 for region in regions):
                whole.append(top)
            else:
                self._check_section(top, regions)
                seen.add(top.at[0])
        self._check_tops(whole, seen)

    def _parts(self, segments: Segments, top: Segment) -> list[Segment]:
        """The top-level value in the smallest segments that spans can touch."""
        if not is_split(top.at[0], top.node):
            return [top]
        found: dict[int, Segment] = {}
        for span in self._spans:
            if span.end >= top.start and span.start <= top.end:
                near = segments.near(top, span.start, span.end)
                found.update((segment.start, segment) for segment in near)
        return [found[start] for start in sorted(found)]

    def _check_section(self, top: Segment, regions: list[_Region]) -> None:
        """Entities: what is read in the regions and what stood elsewhere make the new section."""
        section = top.at[0]
        old = cast(dict[str, Plain], self._old[section])
        new = cast(dict[str, Plain], self._new.get(section) or {})
        gone: set[str] = set()
        found: dict[str, Plain] = {}
        for region in regions:
            gone.update(segment.at[1] for segment in region.segments)
            text = f"{section}:{self._break()}{self._moved(region)}"
            found.update(cast(dict[str, Plain], self._read(text, section) or {}))
        for name, value in found.items():
            if name not in new or not same(value, new[name]):
                raise SpliceFailed(f'{section} "{name}" would read otherwise than intended')
        if len(old) - len(gone) + len(found) != len(new) or any(
            name not in found and (name in gone or name not in old) for name in new
        ):
            raise SpliceFailed(f"{section} would hold other names than intended")

    def _check_tops(self, tops: list[Segment], seen: set[str]) -> None:
        """Top-level values, and that no other one comes or goes."""
        found: dict[str, Plain] = {}
        for region in self._touching(tops) if tops else []:
            root = self._compose(self._moved(region))
            for key, node, _ in entries(root) if isinstance(root, MappingNode) else ():
                found[key.value] = self._value(key.value, node)
        untouched = self._old.keys() - {top.at[0] for top in tops}
        if untouched | found.keys() != self._new.keys():
            raise SpliceFailed("the edited file would have other top-level keys than intended")
        for name, value in self._new.items():
            if name not in seen and not same(found.get(name, self._old.get(name)), value):
                raise SpliceFailed(f'"{name}" would read otherwise than intended')

    def _read(self, text: str, key: str) -> Plain:
        root = self._compose(text)
        if not isinstance(root, MappingNode) or len(root.value) != 1:
            raise SpliceFailed(f"what was edited in {key} does not stand alone")
        return self._value(key, root.value[0][1])

    def _value(self, key: str, node: object) -> Plain:
        value, problems = read_value(ROOT.fields[key], node, (key,), self._tree.file)  # type: ignore[arg-type]
        if any(problem.severity == "error" for problem in problems):
            raise SpliceFailed(f"{key} would be invalid: {problems[0].message}")
        return value

    def _compose(self, text: str) -> object:
        try:
            return compose_text(text, self._tree.file)
        except InvalidDirectory as error:
            raise SpliceFailed(f"the edited text is no YAML: {error.message}") from error

    def _break(self) -> str:
        return "\r\n" if "\r\n" in self._tree.text[:4096] else "\n"

    def _touching(self, segments: list[Segment]) -> list[_Region]:
        """The segments that a span lies in or borders on, neighbours together."""
        ends = [segment.end for segment in segments]
        starts = [segment.start for segment in segments]
        touched: set[int] = set()
        for span in self._spans:
            touched.update(range(bisect_left(ends, span.start), bisect_right(starts, span.end)))
        regions: list[_Region] = []
        for n in sorted(touched):
            if regions and regions[-1].end == segments[n].start and n - 1 in touched:
                regions[-1].segments.append(segments[n])
            else:
                regions.append(_Region([segments[n]]))
        return regions

    def _moved(self, region: _Region) -> str:
        """The region's new text."""
        parts: list[str] = []
        at = region.start
        for start, end, text in self._spans:
            if start < region.start or end > region.end:
                continue
            if end == region.start > 0:  # put at the end of what stands before
                continue
            parts += (self._tree.text[at:start], text)
            at = end
        return "".join((*parts, self._tree.text[at : region.end]))
