"""What to call the actions of a term: patterns as policies have them, those that say something."""

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod

from iamctl.policy.compile import has_wildcard
from iamctl.policy.reach import Term
from iamctl.policy.reach_automaton import covers, may_meet
from iamctl.policy.reach_patterns import ACTIONS, Pattern, Patterns

_MANY = 300
"""How many ways to match several lists of patterns are looked at."""


def is_broad(term: Term) -> bool:
    """Whether a term is about actions of any service."""
    return not any(map(_of_patterns, term.box.actions))


def services_of(term: Term) -> set[str]:
    """The services, in lower case, of whose actions alone a term is."""
    return next(found for patterns in term.box.actions if (found := _of_patterns(patterns)))


def _of_patterns(patterns: Patterns) -> set[str]:
    found = {pattern.text.lower().partition(":")[0] for pattern in patterns.patterns}
    return set() if patterns.negated or any(map(has_wildcard, found)) else found


def as_written(actions: Iterable[Patterns]) -> tuple[str, ...]:
    """Patterns of actions as policies have them."""
    found = [p.text for one in actions if not one.negated for p in one.patterns]
    return tuple(dict.fromkeys(found))


def names_of(actions: Sequence[Patterns]) -> tuple[str, ...]:
    """Actions as policies have them; where several patterns must match they are joined, but for
    those that hold all of another. Where these are too many, one list that all are on."""
    listed = _meeting(actions)
    rows = [(p,) for p in min(listed, key=len)] if _are_many(listed) else rows_of(actions)
    refused = (p for one in actions if one.negated for p in one.patterns)
    but = [p.text for p in refused if any(_may_be((*row, p), ()) for row in rows[:_MANY])]
    suffix = f" but {', '.join(but)}" if but else ""
    return tuple(f"{text or '*'}{suffix}" for text in dict.fromkeys(map(joined, rows)))


def rows_of(actions: Sequence[Patterns]) -> list[tuple[Pattern, ...]]:
    """Patterns that an action must match together, for each way in which some action does; each
    pattern by itself where these are too many."""
    listed = _meeting(actions)
    if _are_many(listed):
        return [(pattern,) for one in listed for pattern in one]
    refused = [one for one in actions if one.negated]
    every = list(product(*listed))
    rows = [row for row in every if _may_be(row, refused)]
    return [tuple(_narrow(row)) for row in rows or every]


def _meeting(actions: Sequence[Patterns]) -> list[tuple[Pattern, ...]]:
    """The lists of patterns that must match, each without those that no action matches that is on
    the others."""
    listed = [one for one in actions if not one.negated]
    if len(listed) < 2:
        return [one.patterns for one in listed]
    found = []
    for one in listed:
        others = [other for other in actions if other is not one]
        kept = tuple(pattern for pattern in one.patterns if _may_be((pattern,), others))
        found.append(kept or one.patterns)
    return found


def _are_many(listed: Sequence[tuple[Pattern, ...]]) -> bool:
    return len(listed) > 1 and prod(map(len, listed)) > _MANY


def joined(row: Iterable[Pattern]) -> str:
    """Patterns that must match together, as one text."""
    return " & ".join(pattern.text for pattern in row)


def _may_be(row: Iterable[Pattern], refused: Iterable[Patterns]) -> bool:
    return may_meet((ACTIONS, *(Patterns((p,)) for p in row), *refused))


def _narrow(row: Sequence[Pattern]) -> Sequence[Pattern]:
    """The patterns of a row that all must match, without those that another one is within."""
    kept = list(dict.fromkeys(row))
    for pattern in list(kept):
        others = [other for other in kept if other is not pattern]
        if any(covers(pattern, other, ACTIONS) for other in others):
            kept = others
    return kept
