"""When an answer about access last turned, and whether a change or the time turned it."""

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from iamctl.domain.directory import Directory
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


class Lasting(NamedTuple):
    """A principal as it was named, with the unique id by which older states know it too, if it is a
    user or role that has one; `owner` is its section and name."""

    given: str
    unique_id: str = ""
    owner: tuple[str, str] = ("", "")

    def called_in(self, directory: Directory) -> str:
        """What a state of the directory calls it: by its id unless that was not minted yet."""
        if not self.unique_id or directory.by_unique_id(self.unique_id):
            return self.unique_id or self.given
        section, name = self.owner
        is_there = name in directory.section(section)
        minted = directory.fields_of(section, name).get("id")
        return self.given if is_there and not minted else self.unique_id


def lasting(access: Access, principal: str) -> Lasting:
    """What a word means in the directory, and in older states of it. Raises NotFound, InvalidValue
    for no principal."""
    caller = access.subject(principal).principal
    entity = caller.unique_id and access.directory.by_unique_id(caller.unique_id)
    if not entity or "assumed-role/" in principal:
        return Lasting(principal)
    if caller.account != access.directory.account.id:
        return Lasting(principal)
    return Lasting(principal, caller.unique_id, (entity.section, entity.name))


def verdict_of(
    access: Access, principal: Lasting, action: str, resource: str, around: Circumstances
) -> Verdict:
    """What the decision is; NOBODY where the principal or resource is not there."""
    try:
        subject = access.subject(principal.called_in(access.directory))
        return access.answer(subject, access.target(action, resource, around)).decision.verdict
    except NotFound:
        return NOBODY
