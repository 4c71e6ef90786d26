"""Lines that two sides changed, together."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

MOST = 2_000
"""Longer texts are not compared by line, which takes the square of their length."""


class _Hunk(NamedTuple):
    """Lines of the base, from `start` to before `end`, that became others."""

    start: int
    end: int
    lines: list[str]


def lines_merged(base: str, ours: str, theirs: str) -> str:
    """Our lines with what theirs changed elsewhere. Where both changed the same lines ours stand;
    lines that both added at one place stand one after the other."""
    before, mine, others = (text.splitlines(keepends=True) for text in (base, ours, theirs))
    if max(len(before), len(mine), len(others)) > MOST:
        return ours
    own = list(_hunks(before, mine))
    free = [hunk for hunk in _hunks(before, others) if not any(_clash(one, hunk) for one in own)]
    merged: list[str] = []
    at = 0
    for hunk in sorted([*own, *free], key=lambda hunk: (hunk.start, hunk.end)):
        merged += before[at : hunk.start] + hunk.lines
        at = hunk.end
    return "".join(merged + before[at:])


def _hunks(before: list[str], after: list[str]) -> Iterator[_Hunk]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag != "equal":
            yield _Hunk(start, end, after[first:last])


def _clash(own: _Hunk, other: _Hunk) -> bool:
    """Whether two hunks are about the same lines, or are one."""
    if own == other:
        return True
    return own.start < other.end and other.start < own.end
