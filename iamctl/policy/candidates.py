"""Of a layer's policies, the statements that are about an action.

Where many statements are about one action, those whose resources cannot be the one asked for
are passed over, too: whatever a pattern matches begins with the text before its first wildcard.
So the cost of a decision grows with the statements that could apply, not with all.
"""

from collections.abc import Iterable
from operator import itemgetter

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import CompiledStatement, SourcePolicy

Entry = tuple[SourcePolicy, CompiledStatement]

MANY = 12
"""From how many statements on an action they are looked up by resource."""


class ByResource:
    """Statements found by how the resources of each begin. Nothing here changes after."""

    __slots__ = ("_by_length",)

    def __init__(self, entries: Iterable[Entry]) -> None:
        by_length: dict[int, dict[str, list[tuple[int, Entry]]]] = {}
        for number, entry in enumerate(entries):
            for start in entry[1].resource_starts():
                by_start = by_length.setdefault(len(start), {})
                by_start.setdefault(start, []).append((number, entry))
        self._by_length = sorted(by_length.items())

    def about(self, resource: str) -> list[Entry]:
        """The statements that could be about a resource, in the order in which they came."""
        found: dict[int, Entry] = {}
        for length, by_start in self._by_length:
            if length > len(resource):
                break
            found.update(by_start.get(resource[:length], ()))
        return list(map(itemgetter(1), sorted(found.items(), key=itemgetter(0))))


Entries = tuple[Entry, ...] | ByResource


class Candidates(NamedTuple):
    """The statements of a layer, or of one level of it, that are about an action.

    `unreadable` when a policy among them could not be read.
    """

    denies: Entries
    allows: Entries
    unreadable: bool


def candidates(policies: Iterable[SourcePolicy], action: str) -> Candidates:
    """The statements about an action, given in lower case."""
    denies: list[Entry] = []
    allows: list[Entry] = []
    unreadable = False
    for policy in policies:
        if policy.document is None:
            unreadable = True
            continue
        its_denies, its_allows = policy.document.about(action)
        for statement in its_denies:
            denies.append((policy, statement))
        for statement in its_allows:
            allows.append((policy, statement))
    return Candidates(_entries(denies), _entries(allows), unreadable)


def _entries(found: list[Entry]) -> Entries:
    return tuple(found) if len(found) < MANY else ByResource(found)
