"""Differences in words, each with a witness: one request that is decided one way before and the
other after, as `iamctl can` says when it is asked in either state.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import has_wildcard
from iamctl.policy.match import Matcher, compile_glob
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_exact import is_empty, points
from iamctl.policy.reach_patterns import Pattern, Patterns, action_pattern
from iamctl.ports import ActionFacts
from iamctl.services.access import Access
from iamctl.services.access_diff import Compared, Progress, Unread, compared
from iamctl.services.access_diff_case import Difference
from iamctl.services.access_diff_names import (
    as_written,
    is_broad,
    joined,
    names_of,
    rows_of,
    services_of,
)
from iamctl.services.access_diff_pairs import Pair
from iamctl.services.access_diff_sets import supposing
from iamctl.services.access_diff_witness import Witness, Witnesses
from iamctl.services.prove_points import region_of
from iamctl.services.what_can import ALL_LEVELS, UNKNOWN_LEVEL, Permission, compact, permissions
from iamctl.services.what_can_grants import grants_of, reading

_ACTIONS, _PROVED = 6, 60
"""How many actions of a row a witness is looked for, and of how many at most it is proved that
there is none."""


class Line(NamedTuple):
    """What principals gain or lose; without a witness, what they may.

    `partly`: of all that the permission says, what is possible on the other side is left out, and
    what is denied. `at` is the instant, in epoch seconds, from which on it is so; None for now.
    `abroad`: the resources are of accounts that no file speaks of.
    """

    principals: tuple[str, ...]
    gained: bool
    permission: Permission
    witness: Witness | None
    partly: bool = False
    at: int | None = None
    abroad: bool = False


class AccessDiff(NamedTuple):
    """What a change gives and takes; `outside` is of who is not of the file. `unread` names who
    nothing is certain of; `principals` is how many were compared; of `unasked` and later, if it is
    an instant in epoch seconds, nothing is told.
    """

    lines: tuple[Line, ...]
    outside: tuple[Line, ...]
    unread: tuple[Unread, ...]
    principals: int
    unasked: int | None = None

    @property
    def gained(self) -> tuple[Line, ...]:
        """What is possible after and was not before."""
        return tuple(line for line in self.lines if line.gained)

    @property
    def lost(self) -> tuple[Line, ...]:
        """What was possible before and is not after."""
        return tuple(line for line in self.lines if not line.gained)

    @property
    def is_complete(self) -> bool:
        """Whether all could be read, each line has its witness, and nothing later is left out."""
        if self.unasked is not None:
            return False
        return not self.unread and all(line.witness for line in (*self.lines, *self.outside))


def access_diff(
    before: Sequence[Access], after: Access, progress: Progress = lambda done, total: None
) -> AccessDiff:
    """What is possible in `after` and in none of the states `before`, and what was in all of these
    and is not in `after`; raises what `compared` does."""
    return in_words(compared(before, after, progress), before, after)


def in_words(found: Compared, before: Sequence[Access], after: Access) -> AccessDiff:
    """Differences of these states in words."""
    wording = _Wording(before, after)
    lines, outside = (_lines(wording, some) for some in (found.differences, found.outside))
    return AccessDiff(lines, outside, found.unread, len(found.pairs))


def _lines(wording: "_Wording", differences: Iterable[Difference]) -> tuple[Line, ...]:
    """Lines that say the same of several principals as one; what is gained first."""
    lines: dict[object, Line] = {}
    for line in (line for difference in differences for line in _told(wording, difference)):
        row = line.permission
        words = row.service, row.shown, reading(row.grants)
        key = line.gained, line.partly, line.abroad, line.witness is None, words
        same = lines.get(key)
        if same is not None:
            together = dict.fromkeys((*same.principals, *line.principals))
            line = same._replace(principals=tuple(together))
        lines[key] = line
    return tuple(sorted(lines.values(), key=lambda line: not line.gained))


def _told(wording: "_Wording", difference: Difference) -> Iterator[Line]:
    lines = wording.lines(difference)
    return (line._replace(abroad=difference.abroad) for line in lines)


class _Wording:
    def __init__(self, before: Sequence[Access], after: Access) -> None:
        self._catalogue = after.catalogue
        self._witnesses = Witnesses(before, after)
        self._known_rows: dict[object, list[Permission]] = {}

    def lines(self, difference: Difference) -> Iterator[Line]:
        """A difference by service and conditions."""
        terms = difference.left.requests.terms
        broad = [term for term in terms if is_broad(term)]
        names = tuple(_word(pair, difference.gained) for pair in difference.pairs)
        for term in broad:
            row, some = self._other(term, names_of(term.box.actions)), Requests((term,))
            row = row._replace(levels=(ALL_LEVELS,))
            witness = self._witnesses.of(difference, some)
            yield Line(names, difference.gained, row, witness, partly=bool(term.without))
        requests = Requests(tuple(term for term in terms if not is_broad(term)))
        if not requests.terms:
            return
        rows = self._rows(requests)
        told: list[Permission] = []
        for row in rows:
            witness, impossible = self._witness(difference, row)
            if not impossible:
                told.append(row)
                yield Line(names, difference.gained, row, witness)
        for row, cut in self._others(requests, told):
            supposed = supposing(cut, difference.facts)
            witness = self._witnesses.among(difference, points(supposed, difference.known))
            yield Line(names, difference.gained, row, witness)

    def _rows(self, requests: Requests) -> list[Permission]:
        """What sets say in rows, found out once for all that are the same by the same
        statements."""
        said = tuple((_said(t.box), *map(_said, t.without)) for t in requests.terms)
        if said not in self._known_rows:
            rows = self._together(self._permissions(requests), requests)
            self._known_rows[said] = rows
        return self._known_rows[said]

    def _permissions(self, requests: Requests) -> list[Permission]:
        """The permissions in a set, in which each term is about the actions of some services."""
        services = {service for term in requests.terms for service in services_of(term)}
        return [
            row
            for service in sorted(services)
            for row in permissions(requests, self._catalogue, f"{service}:*")
        ]

    def _together(self, rows: list[Permission], requests: Requests) -> list[Permission]:
        """One row for all that is allowed alike, with as few words for its actions as there are in
        the policies."""
        alike: dict[object, list[Permission]] = {}
        for row in rows:
            alike.setdefault(reading(row.grants), []).append(row)
        names = as_written(p for term in requests.terms for p in term.box.actions)
        wildcards = {name: compile_glob(name.lower()) for name in names if has_wildcard(name)}
        return [self._joined(compact(same, self._catalogue), wildcards) for same in alike.values()]

    def _joined(self, rows: list[Permission], wildcards: Mapping[str, Matcher]) -> Permission:
        if len(rows) == 1:
            return rows[0]
        actions = tuple(action for row in rows for action in row.actions)
        left, shown = dict.fromkeys(actions), []
        services = {action.partition(":")[0] for action in actions}
        for text, matches in wildcards.items():
            of = text.lower().partition(":")[0]
            among = self._catalogue.services() if has_wildcard(of) else {of} & services
            every = (f.name for service in among for f in self._catalogue.actions(service))
            matched = [name for name in every if matches(name.lower())]
            if matched and all(name in left for name in matched):
                shown.append(text)
                left = {name: None for name in left if not matches(name.lower())}
        for row in rows:
            if any(action in left for action in row.actions):
                shown += row.shown
        first = rows[0]
        service = first.service if len(services) == 1 else ""
        levels = tuple(dict.fromkeys(level for row in rows for level in row.levels))
        return first._replace(service=service, levels=levels, actions=actions, shown=tuple(shown))

    def _witness(self, difference: Difference, row: Permission) -> tuple[Witness | None, bool]:
        """A request of the row, or that there is none."""
        requests, known = difference.left.requests, difference.known
        for action in row.actions[:_ACTIONS]:
            cut = requests & Requests((Term(self._region(action)),))
            if not cut.terms:
                continue
            witness = self._witnesses.of(difference, cut)
            if witness is not None:
                return witness, False
        if len(row.actions) > _PROVED:
            return None, False
        supposed = supposing(requests, difference.facts)
        cuts = (supposed & Requests((Term(self._region(action)),)) for action in row.actions)
        return None, all(is_empty(cut, known) is True for cut in cuts)

    def _region(self, action: str) -> Box:
        fact = self._catalogue.action(action)
        return Box((Patterns((action_pattern(action),)),)) if fact is None else region_of(fact)

    def _others(
        self, requests: Requests, told: Sequence[Permission]
    ) -> Iterator[tuple[Permission, Requests]]:
        """What no row is about: requests that AWS's lists of actions and resources do not know."""
        listed = [action.lower() for row in told for action in row.actions]
        for term in requests.terms:
            actions = term.box.actions
            if not any(all(p.holds(action) for p in actions) for action in listed):
                yield self._other(term, names_of(actions)), Requests((term,))
                continue
            named = Box((Patterns(map(action_pattern, listed)),))
            for row in rows_of(actions):
                if any(map(self._is_unlisted, row)):
                    here = Term(Box(tuple(Patterns((pattern,)) for pattern in row)))
                    cut = (Requests((term,)) & Requests((here,))).less([named])
                    if cut.is_empty() is not True:
                        yield self._other(term, (joined(row),)), cut

    def _is_unlisted(self, pattern: Pattern) -> bool:
        """Whether it is a pattern of a service's actions that none of AWS's list matches."""
        service, colon, name = pattern.text.lower().partition(":")
        if not colon or not has_wildcard(name) or has_wildcard(service):
            return False
        matches = compile_glob(pattern.text.lower())
        return not any(matches(f.name.lower()) for f in self._catalogue.actions(service))

    def _other(self, term: Term, names: tuple[str, ...]) -> Permission:
        bare = Term(
            term.box._replace(actions=()),
            tuple(out._replace(actions=()) for out in term.without if not out.actions),
        )
        fact = ActionFacts(names[0], UNKNOWN_LEVEL, (), (), (), True)
        grants = grants_of((bare,), fact)
        return Permission("", (UNKNOWN_LEVEL,), names, names, grants)


def _said(box: Box) -> tuple[object, ...]:
    """What a box says and where that stands; statements live as long as their directory."""
    return *box[:3], *(id(origin.matched.statement) for origin in box.origins)


def _word(pair: Pair, gained: bool) -> str:
    """What a principal is called where it may."""
    before = next((word for word in pair.before if word is not None), "")
    return (pair.after or before) if gained else (before or pair.word)
