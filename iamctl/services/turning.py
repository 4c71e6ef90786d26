"""When an answer about access last turned, and whether a change or the time turned it."""

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from iamctl.domain.errors import NotFound
from iamctl.services.access import Access, Circumstances

Verdict = str
"""A decision's verdict, or NOBODY."""
NOBODY = "nobody"
"""The verdict where the principal or the resource that is named is not in the file."""


class Stand(NamedTuple):
    """What a directory says from `since` on, in epoch seconds, until a newer one takes its place:
    `ask` gives its verdict at a time."""

    since: int
    ask: Callable[[int], Verdict]


class Turn(NamedTuple):
    """The verdict now, and the one before, None where it never was another.

    Of the stands, newest first from 0, `number` is the one that brought the verdict, and the oldest
    where it never was another. `at` is the second at which it turned with the time alone.
    """

    verdict: Verdict
    before: Verdict | None
    number: int
    at: int | None = None


def last_turn(stands: Iterable[Stand], now: int) -> Turn | None:
    """The last time that a yes, a no or an unknown became another; None where there is no stand.

    Stands come newest first, and only as many are asked as it takes.
    """
    end, number = now, -1
    verdict: Verdict | None = None
    for number, stand in enumerate(stands):
        at_end = stand.ask(end)
        if verdict is None:
            verdict = at_end
        elif _kind(at_end) != _kind(verdict):
            return Turn(verdict, at_end, number - 1)
        start = min(stand.since, end)
        if _kind(stand.ask(start)) != _kind(verdict):
            at = _turned_at(stand.ask, start, end, _kind(verdict))
            return Turn(verdict, stand.ask(at - 1), number, at)
        end = start
    return None if verdict is None else Turn(verdict, None, number)


def _turned_at(ask: Callable[[int], Verdict], start: int, end: int, kind: str) -> int:
    """A second at which the verdict came to be of a kind: it is at `end`, and not at `start`."""
    while end - start > 1:
        middle = (start + end) // 2
        start, end = (start, middle) if _kind(ask(middle)) == kind else (middle, end)
    return end


def _kind(verdict: Verdict) -> Literal["yes", "no", "unknown"]:
    return "yes" if verdict == "allowed" else "unknown" if verdict == "unknown" else "no"


def verdict_of(
    access: Access, principal: str, action: str, resource: str, around: Circumstances
) -> Verdict:
    """What the decision is; NOBODY where the principal or resource is not there."""
    try:
        target = access.target(action, resource, around)
        return access.answer(access.subject(principal), target).decision.verdict
    except NotFound:
        return NOBODY


def lasting_name(access: Access, principal: str) -> str:
    """What names a user or role of the directory in its older states too: its unique id, where it
    has one. Raises NotFound, InvalidValue for no principal."""
    caller = access.subject(principal).principal
    if "assumed-role/" in principal or caller.account != access.directory.account.id:
        return principal
    known = caller.unique_id and access.directory.by_unique_id(caller.unique_id)
    return caller.unique_id if known else principal
