"""Who can newly become whom: ways from principals to roles, over any number of other roles, that
a change opens.
"""

from collections.abc import Iterator, Mapping, Sequence

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_exact import is_empty
from iamctl.policy.reach_patterns import Patterns, action_pattern, arn_pattern
from iamctl.services.access import Access
from iamctl.services.access_diff import Compared, Difference
from iamctl.services.access_diff_pairs import Pair
from iamctl.services.everybody import Kind
from iamctl.services.who_can import ASSUME_ROLE, FEDERATED_ASSUMES, Holder, WhoCan

_ASSUME = Patterns((action_pattern(ASSUME_ROLE),))


class Edge(NamedTuple):
    """A way to a role that was not there: from whom, through which roles, to which.

    All are words such as user/NAME; whoever is not of the file has its own. `conditions` are what
    the way hangs on; `verdict` as who-can's; `at` the instant from which on it is there, None for
    now.
    """

    principal: str
    path: tuple[str, ...]
    role: str
    verdict: str
    conditions: tuple[str, ...]
    at: int | None = None


def new_edges(
    found: Compared, pairs: Sequence[Pair], before: Access, after: Access
) -> tuple[Edge, ...]:
    """The ways that a change opens. `pairs` are all principals of both states."""
    opened = {*_opened(found.differences, after), *_trusted_anew(found, before, after)}
    if not opened:
        return ()
    old, new = _Ways(before), _Ways(after)
    was = {pair.after: pair.before[0] for pair in pairs if pair.after is not None}
    edges = []
    for role in _reached(opened, new):
        former = (was.get(f"role/{role}") or "").removeprefix("role/")
        known = {_word(holder) for holder in old.to(former)} if former else set()
        for holder in new.to(role):
            word = _word(holder)
            if (was.get(word, word) or "") not in known:
                conditions = tuple(map(str, holder.finding.hinges))
                path = tuple(f"role/{name}" for name in holder.path)
                edges.append(Edge(word, path, f"role/{role}", holder.finding.verdict, conditions))
    return tuple(edges)


def _opened(differences: Sequence[Difference], after: Access) -> Iterator[str]:
    """The roles that somebody gains a way to, by name."""
    gained = [one for one in differences if one.gained and _assumes(one.left.requests)]
    for role in after.directory.roles.values() if gained else ():
        here = Box((_ASSUME,), (Patterns((arn_pattern([after.directory.arn(role)]),)),))
        for one in gained:
            cut = one.left.requests & Requests((Term(here),))
            if cut.terms and is_empty(cut, one.known) is not True:
                yield role.name
                break


def _assumes(requests: Requests) -> bool:
    name = ASSUME_ROLE.lower()
    return any(all(p.holds(name) for p in term.box.actions) for term in requests.terms)


def _trusted_anew(found: Compared, before: Access, after: Access) -> Iterator[str]:
    """The roles whose trust policy is another, or new: it may let in who is not of the file."""
    old, new = before.directory, after.directory
    for name in new.roles:
        if old.fields_of("roles", name).get("trust") != new.fields_of("roles", name).get("trust"):
            yield name


def _reached(opened: set[str], ways: "_Ways") -> list[str]:
    """The roles, and those that may be assumed from there."""
    onward: dict[str, list[str]] = {}
    for role in ways.roles():
        for holder in ways.directly(role):
            if holder.kind == "role":
                onward.setdefault(holder.name, []).append(role)
    reached = dict.fromkeys(sorted(opened))
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

    def roles(self) -> Mapping[str, object]:
        """All roles by name."""
        return self._access.directory.roles

    def to(self, role: str) -> list[Holder]:
        """Everybody who can, by itself or through other roles."""
        return self._holders(role, direct=False)

    def directly(self, role: str) -> list[Holder]:
        """Everybody who can by itself."""
        return self._holders(role, direct=True)

    def _holders(self, role: str, direct: bool) -> list[Holder]:
        arn = self._access.directory.arn(self._access.directory.role(role))
        found: dict[tuple[Kind, str], Holder] = {}
        for action in (ASSUME_ROLE, *FEDERATED_ASSUMES):
            for holder in self._asking.holders(self._access.target(action, arn), direct):
                found.setdefault((holder.kind, holder.name), holder)
        return list(found.values())


def _word(holder: Holder) -> str:
    return holder.name if holder.kind == "outside" else f"{holder.kind}/{holder.name}"
