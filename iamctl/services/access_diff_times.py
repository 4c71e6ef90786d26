"""What a change gives and takes over time: now, and from each later instant at which it may be
another answer, since a membership ends or a condition on the time turns.
"""

from collections.abc import Callable, Sequence

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box
from iamctl.services.access import Access
from iamctl.services.access_diff import Progress, compared
from iamctl.services.access_diff_assume import Edge, lost_edges, new_edges
from iamctl.services.access_diff_lines import AccessDiff, Line, in_words
from iamctl.services.what_can_grants import reading

AccessAt = Callable[[int], Access]
"""A state as of an instant in epoch seconds."""

MOST = 8
"""How many later instants are looked at."""


class OverTime(NamedTuple):
    """What changes, who can newly become whom, and who no longer."""

    diff: AccessDiff
    edges: tuple[Edge, ...]
    lost: tuple[Edge, ...]


def over_time(
    before: Sequence[AccessAt],
    after: AccessAt,
    now: int,
    progress: Progress = lambda done, total: None,
    within: tuple[Box, ...] = (),
) -> OverTime:
    """What `compared` finds at `now` and later; a line or an edge is told when it comes first."""
    found: list[AccessDiff] = []
    edges, lost = dict[tuple[str, str], Edge](), dict[tuple[str, str], Edge]()
    waiting, seen, at = {now}, set[int](), now
    while waiting and len(seen) <= MOST:
        at = min(waiting)
        seen.add(at)
        states, state = [access_at(at) for access_at in before], after(at)
        sets = compared(states, state, progress, within)
        waiting = (waiting | set(sets.later)) - seen
        instant = None if at == now else at
        diff = in_words(sets, states, state)
        found.append(_stamped(diff, instant))
        if states and not within:
            for ways, kept in ((new_edges, edges), (lost_edges, lost)):
                for edge in ways(sets, sets.pairs, states[0], state):
                    kept.setdefault((edge.principal, edge.role), edge._replace(at=instant))
    unasked = min(waiting) if waiting else None
    diff = _together(found)._replace(unasked=unasked)
    # Of whoever was made again under its name the ways that it has now tell enough.
    gone = tuple(edge for words, edge in lost.items() if words not in edges)
    return OverTime(diff, tuple(edges.values()), gone)


def _stamped(diff: AccessDiff, at: int | None) -> AccessDiff:
    lines, outside = (
        tuple(line._replace(at=at) for line in some) for some in (diff.lines, diff.outside)
    )
    return diff._replace(lines=lines, outside=outside)


def _together(found: Sequence[AccessDiff]) -> AccessDiff:
    lines = _first([line for diff in found for line in diff.lines])
    outside = _first([line for diff in found for line in diff.outside])
    unread = dict.fromkeys(one for diff in found for one in diff.unread)
    return AccessDiff(lines, outside, tuple(unread), found[0].principals)


def _first(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines, each for those alone for whom it is not told as of an earlier instant."""
    told: dict[object, set[str]] = {}
    kept = []
    for line in lines:
        row = line.permission
        same = told.setdefault(
            (line.gained, line.partly, row.service, row.shown, reading(row.grants)), set()
        )
        new = tuple(name for name in line.principals if name not in same)
        same.update(new)
        if new == line.principals:
            kept.append(line)
        elif new:  # whose own witness is another's
            kept.append(line._replace(principals=new))
    return tuple(sorted(kept, key=lambda line: not line.gained))
