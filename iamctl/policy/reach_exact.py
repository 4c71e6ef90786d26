"""Whether a set of requests is empty, and requests in it, with what its conditions have to do with
one another: `Requests.is_empty` counts them as independent.

Conditions on one open key are told apart by standings of the key (reach_classes), so that what no
value of it brings together is left out of the search. Where all that a request hangs on is known
in that way the search also gives its context. Conditions that hang on several open keys, or on
what the resource is called, stay independent: with them a set may look larger than it is.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from iamctl.domain.documents_variables import Literal, Variable
from iamctl.policy.match import Context, pieces_of
from iamctl.policy.reach import Box, Point, Requests, Term, outside
from iamctl.policy.reach_automaton import Unsure
from iamctl.policy.reach_classes import Standing, Value, open_key, standings
from iamctl.policy.reach_provisos import Known, Proviso

LIMIT = 3_000
"""How many candidates the search through one term may try."""

_LONG, _STARS = 200, 6
"""Beyond so many characters and wildcards nothing is read out of a resource."""

TRIED = 40
"""How many requests of one term are offered."""


def is_empty(requests: Requests, known: Known) -> bool | None:
    """Whether no request is in the set, given what is known of each; None when there may be one."""
    if requests.is_empty() is True:
        return True
    unsure = False
    for term in requests.terms:
        conditions = _Conditions(term, known)
        try:
            for _, _, refused in outside(term.box, term.without, conditions.possible, LIMIT):
                if conditions.context(term.box, refused) is not None:
                    return False
                unsure = True
                break
        except Unsure:
            unsure = True
    return None if unsure else True


def points(requests: Requests, known: Known, guessing: bool = True) -> Iterator[Point]:
    """Requests in the set, of the simplest terms first. That there are none proves nothing.

    With `guessing`, likely contexts are tried where conditions hang on one another, which
    may take a tenth of a second for each term.
    """
    for term in sorted(requests.terms, key=lambda term: len(term.box.provisos)):
        conditions = _Conditions(term, known)
        found = outside(term.box, term.without, conditions.possible, LIMIT)
        try:
            for action, resource, refused in islice(found, TRIED):
                context = conditions.guess(term.box, refused, resource)
                if context is not None and term.holds(action, resource, context):
                    yield Point(action, resource, context)
        except Unsure:
            pass
        guessed = Requests((term,)).witness(known) if guessing else None
        if guessed is not None:
            yield guessed


class _Conditions:
    """The conditions of a term: which may be required and refused together, and where."""

    def __init__(self, term: Term, known: Known) -> None:
        self._known = known
        self._of_key: dict[str, dict[Proviso, None]] = {}
        self._standings: dict[str, tuple[Standing, ...] | None] = {}
        for proviso in (p for box in (term.box, *term.without) for p in box.provisos):
            key = open_key(proviso, known)
            if key is not None:
                self._of_key.setdefault(key, {})[proviso] = None

    def possible(self, box: Box, refused: frozenset[Proviso]) -> bool:
        """Whether the box's provisos may hold while the others are refused; only what cannot be
        counts as impossible."""
        required = frozenset(box.provisos)
        return all(
            next(_fitting(standings, required, refused, provisos), None) is not None
            for key, provisos in self._of_key.items()
            if not (required | refused).isdisjoint(provisos)
            and (standings := self._at(key)) is not None
        )

    def context(self, box: Box, refused: frozenset[Proviso]) -> Context | None:
        """A context in which it is so; None where that is not known of all of them."""
        found = self._context(box, refused)
        return None if found is None or found[1] else found[0]

    def guess(self, box: Box, refused: frozenset[Proviso], resource: str) -> Context | None:
        """A context in which it might be so: variables stand for what they meet in the resource.

        None where nothing comes to mind.
        """
        found = self._context(box, refused)
        if found is None:
            return None
        context, left = found
        for text in (p.resource for p in box.provisos if p in left and p.wanted and p.resource):
            context |= {
                key: value
                for key, value in _bound(text, resource).items()
                if key not in context and not self._known.knows(key)
            }
        return context

    def _context(
        self, box: Box, refused: frozenset[Proviso]
    ) -> tuple[dict[str, Value], frozenset[Proviso]] | None:
        """A context in which those hold that one key decides, and the other ones; None where no
        such context is known."""
        required = frozenset(box.provisos)
        context = dict(self._known.context)
        left = set(required | refused)
        for key, provisos in self._of_key.items():
            if left.isdisjoint(provisos):
                continue
            standings = self._at(key)
            if standings is None:
                return None
            found = next(_fitting(standings, required, refused, provisos), None)
            if found is None:
                return None
            if found.value is not None:
                context[key] = found.value
            left.difference_update(provisos)
        return context, frozenset(left)

    def _at(self, key: str) -> tuple[Standing, ...] | None:
        if key not in self._standings:
            self._standings[key] = standings(key, tuple(self._of_key[key]), self._known)
        return self._standings[key]


def _fitting(
    found: Iterable[Standing],
    required: frozenset[Proviso],
    refused: frozenset[Proviso],
    provisos: Iterable[Proviso],
) -> Iterator[Standing]:
    wanted = required.intersection(provisos)
    return (one for one in found if wanted <= one.true and refused.isdisjoint(one.true))


def _bound(text: str, resource: str) -> dict[str, str]:
    """What the variables of a resource's pattern may be where it matches a resource."""
    import re

    pieces = pieces_of(text, True)
    if len(resource) > _LONG or text.count("*") > _STARS:
        return {}
    wild, names, pattern = {"*": ".*", "?": "."}, dict[str, str](), ""
    for piece in pieces:
        if isinstance(piece, Variable):
            known = names.get(piece.key)
            name = names.setdefault(piece.key, f"v{len(names)}")
            pattern += f"(?P<{name}>.+?)" if known is None else f"(?P={name})"
        elif isinstance(piece, Literal):
            pattern += re.escape(piece.text)
        else:
            pattern += "".join(wild.get(char) or re.escape(char) for char in piece)
    match = re.fullmatch(pattern, resource)
    return {} if match is None else {key: match[name] for key, name in names.items()}
