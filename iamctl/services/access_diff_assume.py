"""Who can newly become whom, and who no longer: ways from principals to roles, over any number of
other roles, that a change opens or closes.
"""

from collections.abc import Iterator, Mapping, Sequence

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_exact import is_empty
from iamctl.policy.reach_patterns import Patterns, action_pattern, arn_pattern
from iamctl.services.access import Access, Target
from iamctl.services.access_diff import Compared
from iamctl.services.access_diff_case import Difference
from iamctl.services.access_diff_pairs import Pair
from iamctl.services.everybody import Everybody, Kind
from iamctl.services.who_can import ASSUME_ROLE, FEDERATED_ASSUMES, Holder, WhoCan

_ASSUME = Patterns((action_pattern(ASSUME_ROLE),))


class Edge(NamedTuple):
    """A way to a role that was not there, or is there no longer: from whom, through which roles, to
    which.

    All are words such as user/NAME; whoever is not of the file has its own. `conditions` are what
    the way hangs on; `verdict` as who-can's; `at` the instant from which on it is there, or is not,
    None for now. `anew`: the role bears another unique id than the one of that name bore.
    """

    principal: str
    path: tuple[str, ...]
    role: str
    verdict: str
    conditions: tuple[str, ...]
    at: int | None = None
    anew: bool = False


def new_edges(
    found: Compared, pairs: Sequence[Pair], before: Access, after: Access
) -> tuple[Edge, ...]:
    """The ways that a change opens. `pairs` are all principals of both states.

    A role with another unique id is another role, whatever its name: all ways to it are new.
    """
    gained = [one for one in found.differences if one.gained]
    was = {pair.after: pair.before[0] for pair in pairs if pair.after is not None}
    return tuple(_edges(gained, was, before, after))


def lost_edges(
    found: Compared, pairs: Sequence[Pair], before: Access, after: Access
) -> tuple[Edge, ...]:
    """The ways that a change closes, but for those to a role whose name another one has now."""
    lost = [one for one in found.differences if not one.gained]
    now = {pair.before[0]: pair.after for pair in pairs if pair.before[0] is not None}
    return tuple(edge for edge in _edges(lost, now, after, before) if not edge.anew)


def _edges(
    differences: Sequence[Difference],
    others: Mapping[str, str | None],
    there: Access,
    here: Access,
) -> Iterator[Edge]:
    """The ways that are here and not there. `others` are the words there for principals here."""
    another = {name for name in here.directory.roles if not others.get(f"role/{name}")}
    opened = {*_opened(differences, here), *_trusted_otherwise(there, here), *another}
    if not opened:
        return
    old, new = _Ways(there), _Ways(here)
    for role in _reached(opened, new):
        former = (others.get(f"role/{role}") or "").removeprefix("role/")
        known = {_word(holder) for holder in old.to(former)} if former else set()
        anew = role in another and role in there.directory.roles
        for holder in new.to(role):
            word = _word(holder)
            if (others.get(word, word) or "") not in known:
                conditions = tuple(map(str, holder.finding.hinges))
                path = tuple(f"role/{name}" for name in holder.path)
                yield Edge(word, path, f"role/{role}", holder.finding.verdict, conditions,
                           anew=anew)  # fmt: skip


def _opened(differences: Sequence[Difference], here: Access) -> Iterator[str]:
    """The roles that somebody has a way to by differences, by name."""
    assuming = [one for one in differences if _assumes(one.left.requests)]
    for role in here.directory.roles.values() if assuming else ():
        there = Box((_ASSUME,), (Patterns((arn_pattern([here.directory.arn(role)]),)),))
        for one in assuming:
            cut = one.left.requests & Requests((Term(there),))
            if cut.terms and is_empty(cut, one.known) is not True:
                yield role.name
                break


def _assumes(requests: Requests) -> bool:
    name = ASSUME_ROLE.lower()
    return any(all(p.holds(name) for p in term.box.actions) for term in requests.terms)


def _trusted_otherwise(there: Access, here: Access) -> Iterator[str]:
    """The roles whose trust policy is another there: it may let in who is not of the file."""
    old, new = there.directory, here.directory
    for name in new.roles:
        if old.fields_of("roles", name).get("trust") != new.fields_of("roles", name).get("trust"):
            yield name


def _reached(opened: set[str], ways: "_Ways") -> list[str]:
    """The roles, and those that may be assumed from there."""
    reached = dict.fromkeys(sorted(opened))
    left = [role for role in ways.roles() if role not in reached]
    onward: dict[str, list[str]] = {}
    for role in left:
        for other in ways.from_roles(role):
            onward.setdefault(other, []).append(role)
    for role in (waiting := list(reached)):  # grows while it is walked
        new = [other for other in onward.get(role, ()) if other not in reached]
        reached |= dict.fromkeys(new)
        waiting += new
    return list(reached)


class _Ways:
    """Whoever may become a role of one state."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._asking = WhoCan(access)
        self._everybody = Everybody(access)

    def roles(self) -> Mapping[str, object]:
        """All roles by name."""
        return self._access.directory.roles

    def to(self, role: str) -> list[Holder]:
        """Everybody who can, by itself or through other roles."""
        found: dict[tuple[Kind, str], Holder] = {}
        for target in self._targets(role):
            for holder in self._asking.holders(target):
                found.setdefault((holder.kind, holder.name), holder)
        return list(found.values())

    def from_roles(self, role: str) -> Iterator[str]:
        """The roles that can by themselves, by name; some perhaps more than once."""
        for target in self._targets(role):
            callers = self._everybody.worth_asking(target) if target.action == ASSUME_ROLE else ()
            for asked in (*callers, *self._asking.outsiders(target)):
                if asked.kind == "role" and self._asking.ask(asked.subject, target) is not None:
                    yield asked.name

    def _targets(self, role: str) -> Iterator[Target]:
        arn = self._access.directory.arn(self._access.directory.role(role))
        for action in (ASSUME_ROLE, *FEDERATED_ASSUMES):
            yield self._access.target(action, arn)


def _word(holder: Holder) -> str:
    return holder.name if holder.kind == "outside" else f"{holder.kind}/{holder.name}"
