"""Languages of texts given by wildcard patterns: do some of them meet, outside some others?

A pattern is a row of tokens, each one character or one class of characters, some of them
repeatable. All patterns of a question run side by side as one automaton whose state is a single
whole number, one bit for each place in each pattern: to take a character is two `and`s and a
shift. The states are walked breadth first over the characters that occur in the patterns and a
few that stand for all the others, so the answer is exact and the first text found a shortest
one. The number of states has no useful bound: after `LIMIT` of them the answer is `Unsure`.

How ARNs are cut into parts: the IAM User Guide's page on the Resource element.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from iamctl.domain.documents_variables import Literal
from iamctl.policy.match import Matcher, anything, compile_pieces

LIMIT = 20_000
"""How many states a question may visit."""

ANY, PART, WORD = "any", "part", "word"
"""Classes of characters: every one; all but a colon; neither a colon nor a digit."""

RUN, PART_RUN = "any*", "part*"
"""A class repeated, none at all included."""

_CLASS_OF_RUN = {RUN: ANY, PART_RUN: PART}


class Unsure(Exception):
    """The question is too large to be decided."""


class Pattern(NamedTuple):
    """A pattern as a person writes it, and its tokens."""

    text: str
    tokens: tuple[str, ...]


class Patterns(NamedTuple):
    """The texts that match one of the patterns; with `negated` those that match none."""

    patterns: tuple[Pattern, ...]
    negated: bool = False

    def __invert__(self) -> "Patterns":
        return Patterns(self.patterns, not self.negated)

    @property
    def is_everything(self) -> bool:
        """Whether every text is among them, as far as one look tells."""
        if self.negated:
            return not self.patterns
        return any(pattern.tokens == (RUN,) for pattern in self.patterns)

    def holds(self, text: str) -> bool:
        """Whether a text is among them."""
        return any(_matcher(p)(text) for p in self.patterns) is not self.negated


EVERYTHING = Patterns((), negated=True)


@lru_cache(4096)
def action_pattern(text: str) -> Pattern:
    """A pattern of action names, in lower case."""
    lowered = text.lower()
    return Pattern(text, tuple(_tokens([lowered], RUN, ANY)))


def arn_pattern(pieces: Sequence[str | Literal], text: str = "") -> Pattern:
    """A pattern of ARNs: parts that are missing are `*`; `*` alone matches whatever there is.

    `pieces` are texts, in which wildcards count, and literals, in which they do not.
    """
    shown = text or "".join(_shown(piece) for piece in pieces)
    if list(pieces) == ["*"]:
        return Pattern(shown, (RUN,))
    tokens: list[str] = []
    colons = 0
    for piece in pieces:
        if isinstance(piece, Literal):
            tokens += piece.text
            colons += piece.text.count(":")
            continue
        for char in piece:
            inside = colons < 5
            kinds = (PART_RUN, PART) if inside else (RUN, ANY)
            tokens += _tokens([char], *kinds)
            colons += char == ":"
    for missing in range(colons, 5):
        tokens += (":", RUN if missing == 4 else PART_RUN)
    return Pattern(shown, tuple(tokens))


def _shown(piece: str | Literal) -> str:
    if isinstance(piece, str):
        return piece
    return "".join(f"${{{char}}}" if char in "*?" else char for char in piece.text)


def _tokens(texts: Iterable[str], run: str, single: str) -> Iterable[str]:
    return ({"*": run, "?": single}.get(char, char) for text in texts for char in text)


ACTIONS = Patterns((Pattern("*:*", (PART, PART_RUN, ":", PART, PART_RUN)),))
"""Every action: a service and a name."""

RESOURCES = Patterns(
    (
        Pattern("*", ("*",)),
        Pattern("arn:*", (*"arn:", PART, PART_RUN, ":", PART, PART_RUN, ":",
                          PART_RUN, ":", PART_RUN, ":", ANY, RUN)),
    )
)  # fmt: skip
"""Every resource: `*`, of an action that takes none, and the ARNs that are well-formed."""


def within_account(account: str) -> Patterns:
    """The resources that belong to an account: those of no other account's number."""
    parts = (*"arn:", PART_RUN, ":", PART_RUN, ":", PART_RUN, ":")
    rest = (":", RUN)
    return Patterns(
        (
            Pattern("*", ("*",)),
            Pattern("no account", (*parts, *rest)),
            Pattern("not a number", (*parts, PART_RUN, WORD, PART_RUN, *rest)),
            Pattern(account, (*parts, *account, *rest)),
        )
    )


def _accepts(kind: str, char: str) -> bool:
    if kind == PART:
        return char != ":"
    if kind == WORD:
        return char != ":" and not char.isdigit()
    return kind in (ANY, char)


class _Automaton:
    """All patterns of a question side by side.

    `required` holds, for each language to be in, the bits of its ends and of all its places;
    `refused` the ends of those to be outside of.
    """

    def __init__(self, constraints: Sequence[Patterns]) -> None:
        self._takes: dict[str, int] = {}
        self._stays: dict[str, int] = {}
        self.start = self.refused = 0
        self.required: list[tuple[int, int]] = []
        at = 0
        for constraint in constraints:
            begin, ends = at, 0
            for pattern in constraint.patterns:
                self.start |= 1 << at
                at = self._add(pattern.tokens, at)
                ends |= 1 << at
                at += 1
            if constraint.negated:
                self.refused |= ends
            else:
                self.required.append((ends, (1 << at) - (1 << begin)))
        self.alphabet = [(char, *self._steps(char)) for char in self._characters()]

    def _add(self, tokens: Sequence[str], at: int) -> int:
        for token in tokens:
            kind = _CLASS_OF_RUN.get(token)
            if kind is not None:
                self._stays[kind] = self._stays.get(kind, 0) | 1 << at
            else:
                self._takes[token] = self._takes.get(token, 0) | 1 << at
                at += 1
        return at

    def _characters(self) -> list[str]:
        """Those that occur, and for all others one letter and one digit."""
        found = {token for token in self._takes if len(token) == 1} | {":"}
        extra = [next(char for char in _fillers() if char not in found)]
        extra += [char for char in "0123456789" if char not in found][:1]
        return sorted(found.union(extra), key=lambda c: (not c.isalnum(), c.isdigit(), c))

    def _steps(self, char: str) -> tuple[int, int]:
        """The places where the character leads to the next, and those where it leads back."""
        take = self._takes.get(char, 0)
        stay = 0
        for kind in (ANY, PART, WORD):
            if _accepts(kind, char):
                take |= self._takes.get(kind, 0)
                stay |= self._stays.get(kind, 0)
        return take, stay

    def is_end(self, state: int) -> bool:
        return not state & self.refused and all(state & ends for ends, _ in self.required)

    def is_dead(self, state: int) -> bool:
        return not all(state & places for _, places in self.required)


def _fillers() -> Iterable[str]:
    """Characters to stand for all that do not occur: neither digits nor colons."""
    yield from "xyzwvutsrqponmlkjihgfedcbaXYZ_"
    yield from map(chr, range(0x4E00, 0x9FFF))


@lru_cache(1024)
def _matcher(pattern: Pattern) -> Matcher:
    """Whether a text matches a pattern."""
    if pattern.tokens == (RUN,):
        return anything
    if WORD in pattern.tokens or PART in pattern.tokens or PART_RUN in pattern.tokens:
        return lambda text: _runs_through(pattern, text)
    if RUN not in pattern.tokens and ANY not in pattern.tokens:
        return "".join(pattern.tokens).__eq__
    wild = {RUN: "*", ANY: "?"}
    return compile_pieces([wild.get(t) or Literal(t) for t in pattern.tokens])


def _runs_through(pattern: Pattern, text: str) -> bool:
    places = [token for token in pattern.tokens if token not in _CLASS_OF_RUN]
    loops: dict[int, str] = {}
    at = 0
    for token in pattern.tokens:
        if token not in _CLASS_OF_RUN:
            at += 1
        elif loops.get(at) != ANY:
            loops[at] = _CLASS_OF_RUN[token]
    state = {0}
    for char in text:
        state = {
            *(at + 1 for at in state if at < len(places) and _accepts(places[at], char)),
            *(at for at in state if at in loops and _accepts(loops[at], char)),
        }
        if not state:
            return False
    return len(places) in state


@lru_cache(65536)
def shortest(constraints: tuple[Patterns, ...]) -> str | None:
    """A shortest text that is in all of the languages, or None when there is none.

    Raises Unsure when that takes too many steps.
    """
    exact = next((c for c in constraints if not c.negated and _is_exact(c)), None)
    if exact is not None:
        texts = sorted(("".join(p.tokens) for p in exact.patterns), key=len)
        return next((t for t in texts if all(c.holds(t) for c in constraints)), None)
    return _walk(_Automaton(constraints))


def _is_exact(patterns: Patterns) -> bool:
    return all(len(token) == 1 for p in patterns.patterns for token in p.tokens)


def _walk(automaton: _Automaton) -> str | None:
    if automaton.is_dead(automaton.start):
        return None
    came: dict[int, tuple[int, str]] = {automaton.start: (-1, "")}
    waiting = [automaton.start]
    for state in waiting:
        if automaton.is_end(state):
            return _text(came, state)
        for char, take, stay in automaton.alphabet:
            following = (state & take) << 1 | state & stay
            if following not in came and not automaton.is_dead(following):
                came[following] = (state, char)
                waiting.append(following)
        if len(came) > LIMIT:
            raise Unsure
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
        return shortest(tuple(constraints)) is not None
    except Unsure:
        return True


def covers(wide: Pattern, narrow: Pattern, universe: Patterns) -> bool:
    """Whether all that matches the narrow pattern matches the wide one; False when undecided."""
    if wide == narrow or wide.tokens == (RUN,):
        return True
    narrowed, outside = Patterns((narrow,)), Patterns((wide,), negated=True)
    return not may_meet((universe, narrowed, outside))
