"""The permissions in many sets of requests that have much in common.

A set is cut into services. What is said of one service, by the same statements, allows the same:
that is found out once. So where principals differ in a folder of a bucket, each costs one service,
not all of AWS's four hundred.
"""

from collections.abc import Iterable

from iamctl.policy.compile import has_wildcard
from iamctl.policy.reach import Box, Origin, Requests, Term
from iamctl.policy.reach_patterns import Pattern, Patterns
from iamctl.ports import Catalogue
from iamctl.services.what_can import Permission, permissions


class Allowed:
    """Answers as `permissions` does, for one set of requests after another."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._cuts: dict[Patterns, _Cut] = {}
        self._known: dict[object, list[Permission]] = {}
        self._kept: list[Term] = []

    def by(self, requests: Requests) -> list[Permission]:
        """The permissions in a set of requests, by service and level."""
        rows: list[Permission] = []
        for service in sorted(self._services(requests.terms)):
            terms = [cut for term in requests.terms if (cut := self._term(term, service))]
            rows += self._of(service, terms)
        return rows

    def _services(self, terms: Iterable[Term]) -> set[str]:
        """The services that the terms can be about, with those that only they name."""
        found: set[str] = set()
        for term in terms:
            cuts = [self._cut(patterns) for patterns in term.box.actions if not patterns.negated]
            for cut in cuts:
                found.update(cut.of)
            if all(cut.any for cut in cuts):
                found.update(self._catalogue.services())
        return found

    def _of(self, service: str, terms: list[Term]) -> list[Permission]:
        if not terms:
            return []
        key = (service, tuple((_key(t.box), tuple(map(_key, t.without))) for t in terms))
        if key not in self._known:
            self._kept += terms  # so that what the key knows by its identity stays what it is
            self._known[key] = permissions(Requests(tuple(terms)), self._catalogue, service)
        return self._known[key]

    def _term(self, term: Term, service: str) -> Term | None:
        """What a term says of a service, if anything. Actions that it names are looked for in the
        other terms too, whether AWS knows them or not."""
        names = any(service in self._cut(p).of for p in term.box.actions if not p.negated)
        box = self._box(term.box, service, names)
        if box is None:
            return None
        without = (self._box(out, service) for out in term.without)
        return Term(box, tuple(out for out in without if out is not None))

    def _box(self, box: Box, service: str, always: bool = False) -> Box | None:
        actions = tuple(self._cut(patterns).at(service) for patterns in box.actions)
        if always or all(patterns.patterns or patterns.negated for patterns in actions):
            return box._replace(actions=actions)
        return None

    def _cut(self, patterns: Patterns) -> "_Cut":
        found = self._cuts.get(patterns)
        if found is None:
            found = self._cuts[patterns] = _Cut(patterns)
        return found


class _Cut:
    """Patterns of actions by service: `of` are the services named, `any` whether some pattern is
    of any service."""

    def __init__(self, patterns: Patterns) -> None:
        self._whole = patterns
        self._at: dict[str, Patterns] = {}
        self._services = [_service(pattern) for pattern in patterns.patterns]
        self.of = {service for service in self._services if service}
        self.any = "" in self._services

    def at(self, service: str) -> Patterns:
        """The patterns that can match an action of the service."""
        found = self._at.get(service)
        if found is None:
            kept = zip(self._whole.patterns, self._services, strict=True)
            patterns = tuple(pattern for pattern, its in kept if its in ("", service))
            found = self._at[service] = Patterns(patterns, self._whole.negated)
        return found


def _service(pattern: Pattern) -> str:
    """The service that all a pattern matches is of, "" for any."""
    service, colon, _ = pattern.text.lower().partition(":")
    return service if colon and not has_wildcard(service) else ""


def _key(box: Box) -> tuple[object, ...]:
    """What is equal for boxes that say the same for the same statements."""
    return (*box[:3], tuple(map(_origin, box.origins)))


def _origin(origin: Origin) -> tuple[object, ...]:
    policy, statement, form = origin.matched[:3]
    return policy[:2], policy[3:], id(policy.document), id(statement), form
