"""The unified diff of an edit, made from its spans: as exact as difflib's, whatever the size."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from iamctl.store.edits import Span
from iamctl.store.splice import Spliced

_Opcode = tuple[str, int, int, int, int]


class _Known(SequenceMatcher[str]):
    """Groups opcodes into hunks without having matched anything."""

    def __init__(self, opcodes: list[_Opcode]) -> None:
        super().__init__(None, "", "")
        self._known = opcodes

    def get_opcodes(self) -> list[_Opcode]:  # type: ignore[override]
        """What was handed in."""
        return self._known


def text_diff(old: str, spliced: Spliced, path: str, absent: str = "") -> str:
    """The diff that `diff -u` would print, with `path` as the name of both files; of a file that is
    not there before, or after, when `absent` is "old" or "new"."""
    if spliced.text == old:
        return ""
    before, after = _lines(old), _lines(spliced.text)
    opcodes: list[_Opcode] = []
    i = j = 0
    for i1, i2, j1, j2 in _windows(old, before, after, spliced):
        if i1 > i:
            opcodes.append(("equal", i, i1, j, j1))
        inner = SequenceMatcher(None, before[i1:i2], after[j1:j2], autojunk=False)
        for tag, a, b, c, d in inner.get_opcodes():
            opcodes.append((tag, i1 + a, i1 + b, j1 + c, j1 + d))
        i, j = i2, j2
    if i < len(before):
        opcodes.append(("equal", i, len(before), j, len(after)))
    hunks = [
        _hunk(group, before, after) for group in _Known(_joined(opcodes)).get_grouped_opcodes(3)
    ]
    name = path.lstrip("/")
    before_name = "/dev/null" if absent == "old" else f"a/{name}"
    after_name = "/dev/null" if absent == "new" else f"b/{name}"
    return f"--- {before_name}\n+++ {after_name}\n" + "".join(hunks) if hunks else ""


def addition_diff(new: str, path: str) -> str:
    """The diff that makes a file of a text."""
    return text_diff("", Spliced(new, (Span(0, 0, new),)), path, absent="old")


def _joined(opcodes: list[_Opcode]) -> list[_Opcode]:
    """The same with neighbours of one kind as one, as hunks are cut between them."""
    found: list[_Opcode] = []
    for tag, i1, i2, j1, j2 in opcodes:
        if found and found[-1][0] == tag == "equal":
            found[-1] = (tag, found[-1][1], i2, found[-1][3], j2)
        else:
            found.append((tag, i1, i2, j1, j2))
    return found


def _lines(text: str) -> list[str]:
    """The lines with their line breaks, split as diff does: at line feeds alone."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _windows(
    old: str, before: list[str], after: list[str], spliced: Spliced
) -> Iterator[tuple[int, int, int, int]]:
    """The line ranges, old and new, that spans lie in; those that touch are one."""
    line = at = shift = 0
    ranges: list[tuple[int, int, int, int]] = []
    for start, end, text in spliced.spans:
        line += old.count("\n", at, start)
        first = line
        line += old.count("\n", start, end)
        at = end
        grown = shift + text.count("\n") - (line - first)
        ranges.append((first, line + 1, first + shift, line + 1 + grown))
        shift = grown
    i1, i2, j1, j2 = ranges[0]
    for a, b, c, d in ranges[1:]:
        if a <= i2 or c <= j2:
            i2, j2 = b, d
            continue
        yield i1, min(i2, len(before)), j1, min(j2, len(after))
        i1, i2, j1, j2 = a, b, c, d
    yield i1, min(i2, len(before)), j1, min(j2, len(after))


def _hunk(group: list[_Opcode], before: list[str], after: list[str]) -> str:
    first, last = group[0], group[-1]
    sides = (
        _range(first[1], last[2]),
        _range(first[3], last[4]),
    )
    parts = [f"@@ -{sides[0]} +{sides[1]} @@\n"]
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            parts += [_line(" ", line) for line in before[i1:i2]]
            continue
        parts += [_line("-", line) for line in before[i1:i2]]
        parts += [_line("+", line) for line in after[j1:j2]]
    return "".join(parts)


def _range(start: int, stop: int) -> str:
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start if not length else start + 1},{length}"


def _line(mark: str, line: str) -> str:
    return mark + line if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"
