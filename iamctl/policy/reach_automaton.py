"""Do languages of patterns meet, outside of some others?

All patterns of a question run side by side as one automaton whose state is a single whole number,
one bit for each place in each pattern: to take a character is two `and`s and a shift. The states
are walked, breadth first to begin with, over the characters that occur in the patterns and a few
that stand for all the others, so the answer is exact. To keep automata small, the patterns of one
of the languages are gone through one by one, beside those of the others alone that begin alike.
The number of states has no useful bound: after `LIMIT` of them the answer is `Unsure`.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from functools import lru_cache

from iamctl.policy.reach_patterns import CLASS_OF_RUN, RUN, Pattern, Patterns, Places

LIMIT = 3_000
"""How many states a question may visit."""

BROAD = 300
"""How many states are found breadth first; from then on the newest goes first."""


class Unsure(Exception):
    """The question is too large to be decided."""


class _Automaton:
    """All patterns of a question side by side.

    `required` holds, for each language to be in, the bits of its ends and of all its places;
    `refused` the ends of those to be outside of.
    """

    def __init__(self, constraints: Sequence[Patterns]) -> None:
        places = Places()
        self.start = self.refused = 0
        self.required: list[tuple[int, int]] = []
        at = 0
        for constraint in constraints:
            begin, ends = at, 0
            for pattern in constraint.patterns:
                self.start |= 1 << at
                at = places.add(pattern.tokens, at)
                ends |= 1 << at
                at += 1
            if constraint.negated:
                self.refused |= ends
            else:
                self.required.append((ends, (1 << at) - (1 << begin)))
        self.alphabet = [(char, *places.steps(char)) for char in _alphabet(places.characters())]

    def is_end(self, state: int) -> bool:
        return not state & self.refused and all(state & ends for ends, _ in self.required)

    def is_dead(self, state: int) -> bool:
        return not all(state & places for _, places in self.required)


def _alphabet(occurring: set[str]) -> list[str]:
    """The characters that occur, and for all others a colon, one letter and one digit."""
    found = occurring | {":"}
    extra = [next(char for char in _fillers() if char not in found)]
    extra += [char for char in "0123456789" if char not in found][:1]
    return sorted(found.union(extra), key=lambda c: (not c.isalnum(), c.isdigit(), c))


def _fillers() -> Iterable[str]:
    """Characters to stand for all that do not occur: neither digits nor colons."""
    yield from "xyzwvutsrqponmlkjihgfedcbaXYZ_"
    yield from map(chr, range(0x4E00, 0x9FFF))


def example(constraints: tuple[Patterns, ...]) -> str | None:
    """A short text that is in all of the languages, or None when there is none.

    Raises Unsure when that takes too many steps.
    """
    found = _example(constraints)
    if found is Unsure:
        raise Unsure
    return found if isinstance(found, str) else None


@lru_cache(65536)
def _example(constraints: tuple[Patterns, ...]) -> str | type[Unsure] | None:
    lead, others = _led(constraints)
    steps = _Steps(LIMIT)
    unsure = False
    for pattern in lead:
        if pattern.is_exact:
            if all(other.holds(pattern.prefix) for other in others):
                return pattern.prefix
            continue
        beside = _beside(pattern, others)
        if beside is None:
            continue
        try:
            found = _guessed(pattern, others) or _walk(_Automaton(beside), steps)
        except Unsure:
            unsure = True
            continue
        if found is not None:
            return found
    return Unsure if unsure else None


def _guessed(pattern: Pattern, others: Sequence[Patterns]) -> str | None:
    """The pattern with little in place of its wildcards, if that will do."""
    for filler in ("", "x"):
        text = "".join(_filled(token, filler) for token in pattern.tokens)
        if pattern.matches(text) and all(other.holds(text) for other in others):
            return text
    return None


def _filled(token: str, filler: str) -> str:
    if token in CLASS_OF_RUN:
        return filler
    return token if len(token) == 1 else "x"


def _led(constraints: tuple[Patterns, ...]) -> tuple[Sequence[Pattern], list[Patterns]]:
    """The patterns to go through one by one, and the other languages."""
    required = [c for c in constraints if not c.negated]
    if not required:
        return (_ALL,), list(constraints)
    lead = min(required, key=lambda c: (not _is_led(c), len(c.patterns)))
    return lead.patterns, [c for c in constraints if c is not lead]


_ALL = Pattern("*", (RUN,))


def _is_led(patterns: Patterns) -> bool:
    """Whether all its patterns say how their texts begin."""
    return all(pattern.prefix for pattern in patterns.patterns)


def _beside(pattern: Pattern, others: Sequence[Patterns]) -> list[Patterns] | None:
    """One pattern with what of the others may touch it; None when it is easily seen to be out."""
    found = [Patterns((pattern,))]
    for other in others:
        near = tuple(p for p in other.patterns if _begin_alike(p, pattern))
        if other.negated and (pattern in near or any(p.tokens == (RUN,) for p in near)):
            return None
        if not other.negated and not near:
            return None
        if near and not (not other.negated and any(p.tokens == (RUN,) for p in near)):
            found.append(
                other if len(near) == len(other.patterns) else Patterns(near, other.negated)
            )
    return found


def _begin_alike(one: Pattern, other: Pattern) -> bool:
    """Whether nothing that is easily seen keeps two patterns apart."""
    if not (one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)):
        return False
    return all(
        mine == theirs or mine is None or theirs is None
        for mine, theirs in zip(one.heads, other.heads, strict=False)
    )


class _Steps:
    """How many states are left to visit."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise Unsure


def _walk(automaton: _Automaton, steps: _Steps) -> str | None:
    if automaton.is_dead(automaton.start):
        return None
    came: dict[int, tuple[int, str]] = {automaton.start: (-1, "")}
    waiting = deque([automaton.start])
    while waiting:
        steps.take(1)
        # Short texts first; where there are none so short, any text.
        state = waiting.popleft() if len(came) < BROAD else waiting.pop()
        if automaton.is_end(state):
            return _text(came, state)
        for char, take, stay in automaton.alphabet:
            following = (state & take) << 1 | state & stay
            if following not in came and not automaton.is_dead(following):
                came[following] = (state, char)
                waiting.append(following)
    return None


def _text(came: dict[int, tuple[int, str]], state: int) -> str:
    found: list[str] = []
    while True:
        state, char = came[state]
        if state < 0:
            return "".join(reversed(found))
        found.append(char)


def may_meet(constraints: Iterable[Patterns]) -> bool:
    """Whether some text is in all of the languages; True also when that is not decided."""
    try:
        return example(tuple(constraints)) is not None
    except Unsure:
        return True


def covers(wide: Pattern, narrow: Pattern, universe: Patterns) -> bool:
    """Whether all that matches the narrow pattern matches the wide one; False when undecided."""
    if wide == narrow or wide.tokens == (RUN,):
        return True
    narrowed, outside = Patterns((narrow,)), Patterns((wide,), negated=True)
    return not may_meet((universe, narrowed, outside))
