"""A directory file cut into chunks that are parsed alone.

A chunk begins where a key stands at the start of a line: an entity's at its section's indent, or
one of the top level. Never at a comment, since a comment that is indented deep enough may be part
of a block text above. That chunks read alone say what the whole says rests on this:

What a YAML scanner carries over a line break in block style is the stack of indents, and whether
it is inside a quoted text, a flow collection, a block text or a plain text. Say that it has come
to the start of a chunk with nothing open. It then reads the chunk as it does when the chunk stands
alone behind its section's header, until the next chunk's first line. A quote or a flow collection
that were still open there would be open at the end of the chunk alone, which is an error. A block
text and a plain text end before a line that is not indented deeper than the mapping they stand
in, and the next line starts with a key at that mapping's indent or further left. So nothing is
open there either; the key ends what it ends in the whole as the end of the text does in the chunk.
What works across lines otherwise is refused wherever it stands: anchors, document marks,
directives, line breaks other than LF and CRLF. That the line really is a key of the section, and
the section's indent the one that was assumed, the chunk shows when it is read: its keys must all
stand at the indent that it begins with, its top-level keys be those that were cut at.

So whether a text stands alone depends on that text only, and chunks that did may be put together
anew with others, as `recutting` does, if each section keeps its one header and its indent.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, cast

from yaml.error import YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode

from iamctl.domain.change import NOUNS
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.shape import FORMAT_VERSION, ROOT
from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Plain
from iamctl.store.index.contents import Held, Unfit, digest_of
from iamctl.store.index.marking import marks_of
from iamctl.store.index.marks import Marks
from iamctl.store.reading import Reading
from iamctl.store.tree import MAX_BYTES, Loader, compose_text

_BYTES = 256
"""About what an entity takes: chunks are cut by bytes, so that long entities stand alone."""

NAME = rb"(?:[A-Za-z0-9_][\w+=,.@-]*|\"[\w+=,.@-]+\"|'[\w+=,.@-]+')"
COLON = rb" *:(?=[ \t\r\n]|\Z)"
FIRST = re.compile(rb"(?:\xef\xbb\xbf)?([a-z_]+)" + COLON)
_TOP = re.compile(rb"\n([a-z_]+)" + COLON)
_EMPTY = rb"[ \t]*(?:#[^\n]*)?\r?\n"
HEADER = re.compile(rb"[a-z_]+:" + _EMPTY + b"(?:" + _EMPTY + b")*( {1,16})" + NAME + COLON)
MARGIN = re.compile(rb"( {1,16})" + NAME + COLON)

_ODD = re.compile("\r(?!\n)|[\0\x85\u2028\u2029\ufeff]|<<|^(?:---|\\.\\.\\.|%)", re.MULTILINE)
_MARKS = ("<<", "\r", "\n---", "\n...", "\n%", "\0", "\x85", "\u2028", "\u2029", "\ufeff")
"""One of these is in every text that `_ODD` finds something in, but at its start."""

_START = re.compile(r"(?: *(?:#[^\n]*)?\r?\n)*---(?:[ \t]+#[^\n]*)?[ \t]*\r?\n")
"""The mark that a document may start with, behind comments."""


class Chunk(NamedTuple):
    """A stretch of a file, from the byte `start` up to `end`, in the order of the file.

    `section` is "" for top-level values that are not cut, one or several; `line` counts from 0;
    `header` says that the chunk begins with the key of its section.
    """

    section: str
    start: int
    end: int
    line: int
    digest: bytes
    header: bool


class Piece(NamedTuple):
    """A chunk without its line and digest."""

    section: str
    start: int
    end: int
    header: bool


def cut(data: bytes, size: int = 32) -> list[Chunk] | None:
    """The file in chunks of about so many entities, which cover it; None if it cannot be cut.

    The first chunk has section "". No section and no other top-level key is repeated among the
    chunks, and none that a directory must have is missing, once all of them can be read.
    """
    if len(data) > MAX_BYTES:
        return None
    tops = list(_tops(data, 0, len(data)))
    names = [name for name, _ in tops]
    if len(set(names)) < len(names) or not {name.encode() for name in ROOT.required} <= {*names}:
        return None
    return _behind(data, tops[1:], size)


def cut_part(data: bytes, size: int = 32) -> list[Chunk] | None:
    """As `cut` of a file that another includes. Its first chunk may be empty."""
    tops = list(_tops(data, 0, len(data)))
    if not tops or len({name for name, _ in tops}) < len(tops):
        return None
    return _behind(data, tops, size)


def _behind(data: bytes, tops: Sequence[tuple[bytes, int]], size: int) -> list[Chunk]:
    """The chunks of a file: one up to the first of the keys, and what those are cut into."""
    ends = [*(start for _, start in tops), len(data)]
    pieces = [Piece("", 0, ends[0], False)]
    for (name, start), end in zip(tops, ends[1:], strict=True):
        pieces += _top_pieces(data, name, start, end, least_bytes(size))
    return chunks_of(data, _joined(pieces), 0)


def read_chunk(chunk: Chunk, text: bytes, file: str) -> tuple[tuple[int, int] | None, list[Held]]:
    """Line and column in the chunk of its section's key, if that is in it, and its entities.

    Raises Unfit when the chunk, one of a section, does not stand alone or anything is wrong.
    """
    margin = (HEADER if chunk.header else MARGIN).match(text)
    if margin is None:
        raise Unfit("no key of the section is where the chunk begins")
    before = b"" if chunk.header else f"{chunk.section}:\n".encode()
    pairs = _pairs(_compose(before + text, file, False), 0)
    section = pairs[0][1] if len(pairs) == 1 and pairs[0][0].value == chunk.section else None
    entities = _pairs(section, len(margin[1]))
    shift = 0 if chunk.header else 1
    if entities[0][0].start_mark.line - shift != text.count(b"\n", 0, margin.start(1)):
        raise Unfit("another key is the first of the chunk")
    shape = ROOT.fields[chunk.section]
    reading = Reading(file)
    plain = cast(dict[str, Plain], reading.read(shape, cast(Node, section), (chunk.section,)))
    _require_sound(reading)
    return ((0, 0) if chunk.header else None), list(_held(entities, plain, text, shift))


def read_top(
    text: bytes, file: str, first: bool = True, kind: Shape = ROOT
) -> tuple[dict[str, Plain], Marks]:
    """The values of a chunk of top-level keys by key, and their marks, which count lines from the
    chunk's first and begin with the mapping's own; the `first` chunk of a file may have none.

    `kind` is ROOT, or PART in a file that is included. Raises Unfit when the chunk does not stand
    alone or anything is wrong.
    """
    names = [name for name, _ in _tops(text, 0, len(text))]
    if not names and first:
        _require_bare(text, file)
        return {}, []
    root = _compose(text, file, first)
    pairs = _pairs(root, 0)
    if [key.value.encode() for key, _ in pairs] != names:
        raise Unfit("other keys stand at the top than those that are cut at")
    reading = Reading(file)
    plain: dict[str, Plain] = {}
    for key, value in pairs:
        shape = kind.fields.get(key.value)
        if shape is None or shape.kind in ("reserved", "private", "main"):
            raise Unfit("a key is unknown")
        plain[key.value] = reading.read(shape, value, (key.value,), key)
    _require_sound(reading)
    if len(plain) < len(pairs) or plain.get("iamctl", FORMAT_VERSION) != FORMAT_VERSION:
        raise Unfit("a key is repeated, or the format is another")
    return plain, marks_of(cast(Node, root), None, 0)


def _require_bare(text: bytes, file: str) -> None:
    """Raise Unfit where a text holds anything but what may stand before the first key."""
    pairs = _pairs(_compose(text + b"x:\n", file, True), 0)
    if len(pairs) != 1 or pairs[0][0].start_mark.line != text.count(b"\n"):
        raise Unfit("another key is the first of the file")


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with neighbours in one that are of no section."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and not piece.section and not joined[-1].section:
            joined[-1] = joined[-1]._replace(end=piece.end)
        else:
            joined.append(piece)
    return joined


def _tops(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """The lines of a range that look like a top-level key: its name and where the line starts.

    `start` is the start of a line.
    """
    first = FIRST.match(data, start, end) if start == 0 or data[start - 1] == 10 else None
    if first is not None:
        yield first[1], start
    for found in _TOP.finditer(data, start, end):
        yield found[1], found.start() + 1


def least_bytes(size: int) -> int:
    """The least bytes of a chunk of so many entities."""
    return max(size * _BYTES, 1)


def _top_pieces(data: bytes, name: bytes, start: int, end: int, target: int) -> list[Piece]:
    """A top-level value in pieces: one, if it is no section whose entities stand in lines."""
    section = name.decode()
    header = HEADER.match(data, start, end) if section in NOUNS else None
    if header is None:
        return [Piece("", start, end, False)]
    seam = _seam(len(header[1]))
    first = seam.search(data, max(header.end(), start + target) - 1, end)
    at = first.start() + 1 if first else end
    return [Piece(section, start, at, True), *_entities(data, section, at, end, seam, target)]


def _entities(
    data: bytes, section: str, start: int, end: int, seam: "re.Pattern[bytes]", target: int
) -> Iterator[Piece]:
    while start < end:
        found = seam.search(data, start + target - 1, end)
        at = found.start() + 1 if found else end
        yield Piece(section, start, at, False)
        start = at


def _seam(indent: int) -> "re.Pattern[bytes]":
    """Where a key stands at an indent; a match starts with the line break before."""
    return re.compile(b"\n" + b" " * indent + NAME + COLON)


def chunks_of(data: bytes, pieces: Sequence[Piece], line: int) -> list[Chunk]:
    """Pieces that follow one another as chunks; the first begins with that line."""
    view = memoryview(data)
    chunks: list[Chunk] = []
    for section, start, end, header in pieces:
        chunks.append(Chunk(section, start, end, line, digest_of(view[start:end]), header))
        line += data.count(b"\n", start, end)
    return chunks


def between(data: bytes, start: int, end: int, last: Chunk, target: int) -> list[Piece] | None:
    """The pieces of a range that follows a chunk; None when it does not begin with a key."""
    if start == end:
        return []
    tops = list(_tops(data, start, end))
    ends = [at for _, at in tops] + [end]
    pieces: list[Piece] = []
    if ends[0] > start:
        margin = indent_of(data, last)
        if not last.section or margin is None or not same_indent(margin, MARGIN.match(data, start)):
            return None
        pieces += _entities(data, last.section, start, ends[0], _seam(len(margin[1])), target)
    for (name, at), stop in zip(tops, ends[1:], strict=True):
        pieces += _top_pieces(data, name, at, stop, target)
    return pieces


def indent_of(data: bytes, part: Chunk | Piece) -> "re.Match[bytes] | None":
    """A match whose group 1 is the indent of the entities of a chunk or piece."""
    return (HEADER if part.header else MARGIN).match(data, part.start, part.end)


def same_indent(one: "re.Match[bytes] | None", other: "re.Match[bytes] | None") -> bool:
    """Whether both match, with the same group 1."""
    return one is not None and other is not None and one[1] == other[1]


def _compose(data: bytes, file: str, first: bool) -> Node | None:
    """The root node of a text that has nothing that works across chunks; `first` is one that
    starts the file."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Unfit("the text is not UTF-8") from None
    if first:
        text = text.removeprefix("\ufeff")
    start = _START.match(text) if first else None
    suspect = text[:1] in ("-", ".", "%") or any(mark in text for mark in _MARKS)
    if suspect and _ODD.search(text, start.end() if start else 0):
        raise Unfit("the text has marks, breaks or keys that work across chunks")
    try:
        if "&" in text and _has_anchor(text):
            raise Unfit("the text has an anchor")
        return compose_text(text, file)
    except (InvalidDirectory, YAMLError):
        raise Unfit("the text alone is no YAML") from None


def _has_anchor(text: str) -> bool:
    loader = Loader(text)
    while loader.check_event():
        if getattr(loader.get_event(), "anchor", None) is not None:
            return True
    return False


def _pairs(node: Node | None, column: int) -> list[tuple[ScalarNode, Node]]:
    """The pairs of a mapping in block style whose keys are texts that all stand in one column."""
    if not isinstance(node, MappingNode) or node.flow_style or node.tag or not node.value:
        raise Unfit("no mapping in block style")
    for key, _ in node.value:
        if not isinstance(key, ScalarNode) or key.tag or key.start_mark.column != column:
            raise Unfit("a key stands at another indent")
    return cast(list[tuple[ScalarNode, Node]], node.value)


def _held(
    pairs: Sequence[tuple[ScalarNode, Node]], plain: dict[str, Plain], text: bytes, shift: int
) -> Iterator[Held]:
    """The entities; marks are `shift` lines ahead of the chunk's own."""
    starts = [*accumulate((len(line) + 1 for line in text.split(b"\n")), initial=0)]
    lines = [key.start_mark.line for key, _ in pairs]
    bounds = [*(starts[line - shift] for line in lines), len(text)]
    for n, (key, node) in enumerate(pairs):
        name = key.value
        marks = marks_of(node, key, lines[n])
        yield Held(name, lines[n] - shift, bounds[n], bounds[n + 1], plain[name], marks)


def _require_sound(reading: Reading) -> None:
    problems = reading.in_order()
    if problems:
        raise Unfit(problems[0].message)
