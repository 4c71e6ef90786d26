"""What a principal can do: its effective permissions by service, access level and resource.

Actions, their access levels and the resources they take: AWS's Service Authorization Reference.
"""

from collections.abc import Iterable, Iterator, Mapping

from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import has_wildcard
from iamctl.policy.match import compile_glob
from iamctl.policy.reach import Requests, Term
from iamctl.policy.reach_patterns import Patterns
from iamctl.ports import ActionFacts, Catalogue
from iamctl.services.what_can_grants import Grant, grants_of, joined_statements, reading

UNKNOWN_LEVEL = "unknown"
ALL_LEVELS = "all"
ALL_OTHERS = "all others"
_FEW = 12
"""How many services may be named as not among all others."""

LEVELS = ("List", "Read", "Write", "Tagging", "Permissions management", UNKNOWN_LEVEL)


class Permission(NamedTuple):
    """Actions of one service and access level that are allowed in the same way.

    `actions` are spelled as AWS does; `shown` is the same with wildcards, where all that a
    wildcard matches at these levels are among them; `whole` when all of the service are.
    """

    service: str
    levels: tuple[str, ...]
    actions: tuple[str, ...]
    shown: tuple[str, ...]
    grants: tuple[Grant, ...]
    whole: bool = False


def permissions(
    requests: Requests, catalogue: Catalogue, only: str | None = None
) -> list[Permission]:
    """The permissions in a set of requests, by service and level.

    `only` is a service's prefix or a pattern of actions. Raises NotFound, InvalidValue for one
    that nothing is known of.
    """
    facts = _facts(requests, catalogue, only)
    cuts = _Cuts(requests)
    found: dict[tuple[str, str, object], tuple[list[tuple[Grant, ...]], list[str]]] = {}
    for fact in facts:
        grants = cuts.at(fact)
        if grants:
            service = fact.name.partition(":")[0].lower()
            key = (service, fact.access_level or UNKNOWN_LEVEL, reading(grants))
            alike, names = found.setdefault(key, ([], []))
            names.append(fact.name)
            if grants not in alike:
                alike.append(grants)
    wildcards = _Wildcards(catalogue, requests)
    rows = [
        wildcards.permission(service, level, names, _with_all_statements(alike))
        for (service, level, _), (alike, names) in found.items()
    ]
    return sorted(rows, key=lambda p: (p.service, LEVELS.index(p.levels[0]), p.actions))


def _with_all_statements(alike: list[tuple[Grant, ...]]) -> tuple[Grant, ...]:
    """Grants that read alike as one row of them, with the statements of all."""
    if len(alike) == 1:
        return alike[0]
    return tuple(
        same[0]._replace(statements=joined_statements(same)) for same in zip(*alike, strict=True)
    )


def _facts(requests: Requests, catalogue: Catalogue, only: str | None) -> list[ActionFacts]:
    """The actions to look at, by name: AWS's, and those that only the policies know."""
    services = catalogue.services()
    named = dict.fromkeys(_named(requests))
    service, wanted = _wanted(only, services, named)
    facts = {
        fact.name.lower(): fact
        for prefix in ([service] if service else services)
        for fact in catalogue.actions(prefix)
    }
    for name in named:
        prefix, _, rest = name.lower().partition(":")
        if not (has_wildcard(rest) and prefix in services):
            facts.setdefault(name.lower(), ActionFacts(name, UNKNOWN_LEVEL, (), (), (), True))
    matches = compile_glob(wanted)
    return [facts[name] for name in sorted(facts) if matches(name)]


def _wanted(only: str | None, services: Mapping[str, str], named: Iterable[str]) -> tuple[str, str]:
    """The service, "" for any, and the pattern of actions in lower case."""
    if only is None or only == "*":
        return "", "*"
    service, colon, name = only.lower().partition(":")
    if has_wildcard(service):
        if not colon:
            raise InvalidValue(
                f"{shown(only)} is neither a service nor a pattern of actions",
                hint="write a service such as s3, or a pattern such as s3:Get* or *:Tag*",
            )
        return "", only.lower()
    pattern = f"{service}:{name or '*'}"
    if service in services:
        return service, pattern
    if any(action.lower().startswith(f"{service}:") for action in named):
        return "", pattern
    raise NotFound(f"AWS has no service {shown(service)}", hint=did_you_mean(service, services))


def _named(requests: Requests) -> Iterator[str]:
    """What the Allow statements name, unless a wildcard stands for the service."""
    for term in requests.terms:
        for patterns in term.box.actions:
            for pattern in patterns.patterns if not patterns.negated else ():
                service, colon, _ = pattern.text.partition(":")
                if colon and not has_wildcard(service):
                    yield pattern.text


Involved = tuple[tuple[int, tuple[int, ...]], ...]
"""The terms that are about an action, each with its boxes to be left out that are."""


class _Cuts:
    """Cuts a set of requests at actions. Actions that the same boxes are about, and that take
    the same resources, are allowed in the same way: that is found out once."""

    def __init__(self, requests: Requests) -> None:
        self._terms = requests.terms
        languages: dict[tuple[Patterns, ...], int] = {}
        self._boxes = [
            (
                languages.setdefault(term.box.actions, len(languages)),
                [languages.setdefault(out.actions, len(languages)) for out in term.without],
            )
            for term in self._terms
        ]
        self._languages = list(languages)
        self._known: dict[tuple[Involved, tuple[str, ...], bool], tuple[Grant, ...]] = {}

    def at(self, fact: ActionFacts) -> tuple[Grant, ...]:
        """How an action is allowed."""
        involved = self._involved(fact.name.lower())
        if not involved:
            return ()
        key = (involved, fact.resource_arns, fact.takes_resource)
        grants = self._known.get(key)
        if grants is None:
            terms = (
                Term(self._terms[at].box, tuple(self._terms[at].without[n] for n in left_out))
                for at, left_out in involved
            )
            grants = self._known[key] = grants_of(terms, fact)
        return grants

    def _involved(self, action: str) -> Involved:
        about = [all(p.holds(action) for p in language) for language in self._languages]
        return tuple(
            (at, tuple(n for n, out in enumerate(without) if about[out]))
            for at, (box, without) in enumerate(self._boxes)
            if about[box]
        )


class _Wildcards:
    """Shorter names for many actions: the wildcards that policies are written with."""

    def __init__(self, catalogue: Catalogue, requests: Requests) -> None:
        self._catalogue = catalogue
        self._written: dict[str, list[str]] = {}
        for text in {name.lower(): name for name in _named(requests)}.values():
            service, _, name = text.partition(":")
            if has_wildcard(name):
                self._written.setdefault(service.lower(), []).append(text)

    def permission(
        self, service: str, level: str, names: list[str], grants: tuple[Grant, ...]
    ) -> Permission:
        """The row of some actions, as many as possible behind wildcards that mean no others."""
        every = [f.name for f in self._catalogue.actions(service) if f.access_level == level]
        left = dict.fromkeys(names)
        found = []
        for text in (f"{service}:*", *self._written.get(service, ())):
            matches = compile_glob(text.lower())
            matched = [name for name in every if matches(name.lower())]
            if len(matched) > 1 and all(name in left for name in matched):
                found.append(text)
                left = {name: None for name in left if name not in matched}
        shown = (*found, *left)
        return Permission(service, (level,), tuple(names), shown, grants, len(names) == len(every))


def compact(rows: list[Permission], catalogue: Catalogue) -> list[Permission]:
    """The same in fewer rows: levels that are allowed alike and whole are put together, and so
    are all services that are, when nearly every service without a row of its own is among them."""
    found: dict[object, list[Permission]] = {}
    for row in rows:
        key = (row.service, reading(row.grants), row.whole or row.levels)
        found.setdefault(key, []).append(row)
    joined = [_joined(alike, catalogue) for alike in found.values()]
    whole_services: dict[object, list[Permission]] = {}
    for row in joined:
        if row.levels == (ALL_LEVELS,):
            whole_services.setdefault(reading(row.grants), []).append(row)
    most = max(whole_services.values(), key=len, default=[])
    others = {row.service for row in joined if row not in most}
    missing = set(catalogue.services()) - others - {row.service for row in most}
    if len(most) < 2 or len(missing) > _FEW:
        return joined
    actions = tuple(action for row in most for action in row.actions)
    grants = _with_all_statements([row.grants for row in most])
    name = f"{ALL_OTHERS} but {', '.join(sorted(missing))}" if missing else ALL_OTHERS
    rest = Permission(name, (ALL_LEVELS,), actions, ("*",), grants, True)
    return [*(row for row in joined if row.service in others), rest]


def _joined(alike: list[Permission], catalogue: Catalogue) -> Permission:
    if len(alike) == 1 and not alike[0].whole:
        return alike[0]
    service = alike[0].service
    actions = tuple(sorted(action for row in alike for action in row.actions))
    every = len(actions) == len(catalogue.actions(service))
    levels = (ALL_LEVELS,) if every else tuple(level for row in alike for level in row.levels)
    shown = (f"{service}:*",) if len(actions) > 1 else actions
    grants = _with_all_statements([row.grants for row in alike])
    return Permission(service, levels, actions, shown, grants, True)
