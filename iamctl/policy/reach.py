"""Sets of requests of one principal: union, intersection, subtraction, emptiness, witness.

Why this form. The policies of a principal cut the space of all requests (an action, a resource,
a context) into boxes: what a statement is about is a product of a set of actions, a set of
resources and its conditions. Intersecting products gives a product, so all that is granted
through several layers is a union of boxes, one for each row of statements that grant together.
Taking away a Deny would shatter boxes into ever smaller ones; here a term keeps its box whole
and carries the boxes to be left out beside it, unexpanded. So the size of a set grows with the
statements, each term still says in the words of the policies what it means ("this, except that,
unless ..."), and origins can be cited. The price is paid where it is asked for: whether a term is
empty is a search, led by a candidate request: only a box that holds the candidate is branched on,
by leaving its actions, its resources or one of its conditions.

Actions and resources are languages of patterns, and whether they meet is decided exactly
(reach_automaton). Conditions that hang on nothing but what is known of the principal are settled
when a statement is taken in; the others stay symbolic (reach_provisos), required or refused, and
count as independent of one another: a set may look larger than it is, and never claims without
its conditions what is denied under them. Both searches are bounded; past the bounds the answer
is "may be", never a guess.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.evaluate import Matched
from iamctl.policy.match import Context
from iamctl.policy.reach_automaton import Unsure, example, may_meet
from iamctl.policy.reach_patterns import ACTIONS, RESOURCES, Patterns
from iamctl.policy.reach_provisos import Known, Proviso, contexts, exact

_Item = TypeVar("_Item")

LIMIT = 500
"""How many candidates the search through one term may try."""

CONTEXTS = 500
"""In how many contexts a witness of one term is looked for."""


class Origin:
    """The statement that a box comes from; equal to itself alone."""

    __slots__ = ("matched",)

    def __init__(self, matched: Matched) -> None:
        self.matched = matched


class Box(NamedTuple):
    """Requests whose action is in all of `actions`, whose resource is in all of `resources`, and
    that fulfil all provisos. `origins` are the statements it comes from."""

    actions: tuple[Patterns, ...] = ()
    resources: tuple[Patterns, ...] = ()
    provisos: tuple[Proviso, ...] = ()
    origins: "tuple[Origin, ...]" = ()

    def holds(self, action: str, resource: str, context: Context) -> bool:
        """Whether a request is in the box; the action in lower case."""
        return (
            all(patterns.holds(action) for patterns in self.actions)
            and all(patterns.holds(resource) for patterns in self.resources)
            and all(proviso.holds(resource, context) for proviso in self.provisos)
        )

    def meet(self, other: "Box") -> "Box":
        """What is in both boxes."""
        return Box(
            _joined(self.actions, other.actions),
            _joined(self.resources, other.resources),
            _joined(self.provisos, other.provisos),
            _joined(self.origins, other.origins),
        )

    @property
    def is_everything(self) -> bool:
        """Whether every request is in it."""
        return not (self.actions or self.resources or self.provisos)

    @property
    def may_exist(self) -> bool:
        """Whether some request may be in it."""
        return may_meet((ACTIONS, *self.actions)) and may_meet((RESOURCES, *self.resources))


def _joined(first: tuple[_Item, ...], second: tuple[_Item, ...]) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(first + second)) if first and second else first or second


def box(
    actions: Patterns,
    resources: Patterns,
    provisos: tuple[Proviso, ...] = (),
    origins: tuple[Origin, ...] = (),
) -> Box:
    """A box of one set of actions and one of resources."""
    return Box(_telling(actions), _telling(resources), provisos, origins)


def _telling(patterns: Patterns) -> tuple[Patterns, ...]:
    return () if patterns.is_everything else (patterns,)


class Term(NamedTuple):
    """What is in a box and in none of the boxes `without`."""

    box: Box
    without: tuple[Box, ...] = ()

    def holds(self, action: str, resource: str, context: Context) -> bool:
        """Whether a request is in the term; the action in lower case."""
        return self.box.holds(action, resource, context) and not any(
            out.holds(action, resource, context) for out in self.without
        )

    def less(self, out: Box) -> "tuple[Term, ...]":
        """The term without a box; nothing remains when the box is known to hold all of it."""
        meeting = self.box.meet(out)
        if not meeting.may_exist or out in self.without:
            return (self,)
        if set(out.provisos) <= set(self.box.provisos) and _covers(out, self.box):
            return ()
        return (Term(self.box, (*self.without, out)),)


def _covers(wide: Box, narrow: Box) -> bool:
    """Whether a box holds all of another, as far as actions and resources go."""
    return not any(may_meet((ACTIONS, *narrow.actions, ~p)) for p in wide.actions) and not any(
        may_meet((RESOURCES, *narrow.resources, ~p)) for p in wide.resources
    )


class Point(NamedTuple):
    """One request: the action in lower case, the resource, the whole context."""

    action: str
    resource: str
    context: Context


class Requests(NamedTuple):
    """A set of requests: a union of terms."""

    terms: tuple[Term, ...] = ()

    def holds(self, action: str, resource: str, context: Context) -> bool:
        """Whether a request is in the set, whatever the case of its action."""
        action = action.lower()
        return any(term.holds(action, resource, context) for term in self.terms)

    def __or__(self, other: "Requests") -> "Requests":
        return Requests(tuple(dict.fromkeys(self.terms + other.terms)))

    def __and__(self, other: "Requests") -> "Requests":
        found: dict[Term, None] = {}
        for mine in self.terms:
            for theirs in other.terms:
                meeting = mine.box.meet(theirs.box)
                if meeting.may_exist:
                    found[Term(meeting, _joined(mine.without, theirs.without))] = None
        return Requests(tuple(found))

    def __sub__(self, other: "Requests") -> "Requests":
        left = self
        for term in other.terms:
            outside = tuple(t for mine in left.terms for t in mine.less(term.box))
            inside = left & Requests(tuple(Term(out) for out in term.without))
            left = Requests(outside) | inside
        return left

    def less(self, boxes: Iterable[Box]) -> "Requests":
        """The set without boxes."""
        left = list(self.terms)
        for out in boxes:
            left = [t for term in left for t in term.less(out)]
        return Requests(tuple(left))

    def is_empty(self) -> bool | None:
        """Whether no request is in the set; None means that there may be one.

        A set whose conditions cannot all be fulfilled at once may count as not empty.
        """
        unsure = False
        for term in self.terms:
            try:
                if _search(term.box, term.without) is not None:
                    return False
            except Unsure:
                unsure = True
        return None if unsure else True

    def witness(self, known: Known) -> Point | None:
        """A request in the set, or None when none was found.

        Unconditional ones come first, then short ones. A None is no proof that the set is
        empty when its conditions have open keys.
        """
        for term in sorted(self.terms, key=lambda term: len(term.box.provisos)):
            found = _witness(term, known)
            if found is not None:
                return found
        return None


NOTHING = Requests()
ALL = Requests((Term(Box()),))


Possible = Callable[[Box, frozenset[Proviso]], bool]
"""Whether the provisos of a box, and others being refused, may come together in one request."""


def _always(here: Box, refused: frozenset[Proviso]) -> bool:
    return True


def outside(
    box: Box, without: tuple[Box, ...], possible: Possible = _always, limit: int = LIMIT
) -> Iterator[tuple[str, str, frozenset[Proviso]]]:
    """Actions and resources in the box and outside of the others, each with the provisos that are
    refused for it, which are not required; none when there are none. Raises Unsure."""
    waiting = [(box, frozenset[Proviso]())]
    seen = 0
    while waiting:
        here, refused = waiting.pop()
        if not possible(here, refused):
            continue
        seen += 1
        if seen > limit:
            raise Unsure
        action = example((ACTIONS, *here.actions))
        resource = None if action is None else example((RESOURCES, *here.resources))
        if action is None or resource is None:
            continue
        inside = next(
            (
                out
                for out in without
                if refused.isdisjoint(out.provisos)
                and all(p.holds(action) for p in out.actions)
                and all(p.holds(resource) for p in out.resources)
            ),
            None,
        )
        if inside is None:
            yield action, resource, refused
            continue
        waiting += [
            (here, refused | {p}) for p in reversed(inside.provisos) if p not in here.provisos
        ]
        waiting += [
            (here._replace(resources=(*here.resources, ~p)), refused) for p in inside.resources
        ]
        waiting += [(here._replace(actions=(*here.actions, ~p)), refused) for p in inside.actions]


def _search(box: Box, without: tuple[Box, ...]) -> tuple[str, str] | None:
    """An action and a resource in the box and outside of the others, whose provisos may be
    refused as long as they are not required. Raises Unsure."""
    found = next(outside(box, without), None)
    return None if found is None else found[:2]


def _witness(term: Term, known: Known) -> Point | None:
    others = tuple(p for out in term.without for p in out.provisos)
    for context in islice(contexts(term.box.provisos, others, known), CONTEXTS):
        here = _under(term.box, context)
        boxes = (_under(out, context) for out in term.without)
        try:
            if here is not None:
                found = _search(here, tuple(out for out in boxes if out is not None))
                if found is not None:
                    return Point(*found, context)
        except Unsure:
            continue
    return None


def _under(box: Box, context: Context) -> Box | None:
    """A box in one context, without provisos; None when its conditions do not hold there."""
    resources = list(box.resources)
    for proviso in box.provisos:
        if proviso.condition is None:
            resources.append(exact(proviso, context))
        elif not proviso.holds("*", context):
            return None
    return Box(box.actions, tuple(resources), (), box.origins)
