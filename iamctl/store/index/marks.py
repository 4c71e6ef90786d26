"""Where the values of an entity stand, in the fewest numbers, beside its plain value.

Marks are a list with one entry for a value and each value inside it, in the order of the text:
that order is the plain value's own, so that the two are walked side by side. An entry is a number,
`LINES << 16 | COLUMN << 8 | ACROSS`: how many lines below the entry before (the first: below the
line that the marks count from) the key stands, or the item of a list, in which column, and how far
behind its key a scalar stands, 0 when the key alone has a place. What does not fit is a list
`[LINES, COLUMN, DOWN, ACROSS]`, with a fifth member where the plain value does not tell the name
of a list's item. Lines and columns count from 0, in characters.
"""

from collections.abc import Iterator, Sequence
from typing import cast

from iamctl.domain.change import item_name
from iamctl.domain.source import Address, Plain

Marks = list[int | list[int | str | None]]


def locate(marks: Sequence[object], plain: Plain, at: Address) -> tuple[int, int]:
    """Line and column of the value at an address below the marked one.

    A scalar's own place, a collection's key if it has one; for a missing address its nearest
    parent: what `iamctl.store.tree.Tree.locate` answers.
    """
    place, line = 0, _entry(marks[0])[0]
    missing = False
    for step in at:
        found = _child(marks, plain, step, place, line)
        if found is None:
            missing = True
            break
        place, line, plain = found
    _, column, down, across, _ = _entry(marks[place])
    if missing:
        return line, column
    return line + down, column + across


def _child(
    marks: Sequence[object], plain: Plain, step: str | int, place: int, line: int
) -> tuple[int, int, Plain] | None:
    """Entry, line and plain value of the value that a step leads to."""
    if not isinstance(plain, dict | list):
        return None
    children = plain.items() if isinstance(plain, dict) else enumerate(plain)
    place += 1
    for name, child in cast(Iterator[tuple[str | int, Plain]], children):
        lines, _, _, _, called = _entry(marks[place])
        line += lines
        if isinstance(plain, list) and not isinstance(step, int):
            name = cast(str, item_name(child)) if called is _PLAIN else cast(str, called)
            found = name == step
        else:
            found = name == (step if isinstance(plain, list) else str(step))
        if found:
            return place, line, child
        end = place + _count(child)
        line += sum(_entry(entry)[0] for entry in marks[place + 1 : end])
        place = end
    return None


def _count(plain: Plain) -> int:
    """How many entries a value has."""
    if isinstance(plain, dict):
        return 1 + sum(map(_count, plain.values()))
    if isinstance(plain, list):
        return 1 + sum(map(_count, plain))
    return 1


_PLAIN = object()


def _entry(entry: object) -> tuple[int, int, int, int, object]:
    """Lines, column, down, across, and the item's name, `_PLAIN` when the plain value has it."""
    if isinstance(entry, int):
        return entry >> 16, entry >> 8 & 255, 0, entry & 255, _PLAIN
    lines, column, down, across, *name = cast(list[int], entry)
    return lines, column, down, across, name[0] if name else _PLAIN
