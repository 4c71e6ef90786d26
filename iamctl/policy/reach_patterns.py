"""Wildcard patterns as rows of tokens, and the languages of texts that they give.

A token is one character or one class of characters, some classes repeatable. How ARNs are cut
into parts: the IAM User Guide's page on the Resource element.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from iamctl.domain.documents_variables import Literal
from iamctl.policy.match import Matcher, anything, compile_pieces

ANY, PART, WORD = "any", "part", "word"
"""Classes of characters: every one; all but a colon; neither a colon nor a digit."""

RUN, PART_RUN = "any*", "part*"
"""A class repeated, none at all included."""

CLASS_OF_RUN = {RUN: ANY, PART_RUN: PART}


def accepts(kind: str, char: str) -> bool:
    """Whether a token that is no run stands for a character."""
    if kind == PART:
        return char != ":"
    if kind == WORD:
        return char != ":" and not char.isdigit()
    return kind in (ANY, char)


class Pattern:
    """A pattern as a person writes it, its tokens, and the text that all it matches begins with.

    `heads` are the parts before the colons that it cannot move, None for one with a wildcard.
    """

    __slots__ = ("_hash", "_matcher", "heads", "prefix", "text", "tokens")

    def __init__(self, text: str, tokens: Iterable[str]) -> None:
        self.text = text
        self.tokens = tuple(tokens)
        end = next((at for at, t in enumerate(self.tokens) if len(t) > 1), len(self.tokens))
        self.prefix = "".join(self.tokens[:end])
        self.heads = tuple(_heads(self.tokens))
        self._hash = hash((text, self.tokens))
        self._matcher: Matcher | None = None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Pattern)
            and self._hash == other._hash
            and self.text == other.text
            and self.tokens == other.tokens
        )

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    @property
    def is_exact(self) -> bool:
        """Whether it matches one text only, which is its prefix."""
        return len(self.prefix) == len(self.tokens)

    @property
    def matches(self) -> Matcher:
        """Whether a text matches."""
        if self._matcher is None:
            self._matcher = _compiled(self)
        return self._matcher


def _heads(tokens: Sequence[str]) -> Iterator[str | None]:
    head: str | None = ""
    for token in tokens:
        if token in (ANY, RUN):  # may be a colon, and then the parts are others
            return
        if token == ":":
            yield head
            head = ""
        elif head is not None:
            head = head + token if len(token) == 1 else None


class Patterns:
    """The texts that match one of the patterns; with `negated` those that match none."""

    __slots__ = ("_hash", "_index", "negated", "patterns")

    def __init__(self, patterns: Iterable[Pattern], negated: bool = False) -> None:
        self.patterns = tuple(patterns)
        self.negated = negated
        self._hash = hash((self.patterns, negated))
        self._index: _Index | None = None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Patterns)
            and self._hash == other._hash
            and self.negated == other.negated
            and self.patterns == other.patterns
        )

    def __repr__(self) -> str:
        return f"{'~' * self.negated}{list(self.patterns)}"

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
        if self._index is None:
            self._index = _Index(self.patterns)
        return self._index.has(text) is not self.negated


class _Index:
    """Patterns by how their texts begin, up to the first colon."""

    __slots__ = ("_by_head", "_exact", "_rest")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._exact: set[str] = set()
        self._by_head: dict[str, list[Callable[[str], bool]]] = {}
        self._rest: list[Callable[[str], bool]] = []
        for pattern in patterns:
            head, colon, _ = pattern.prefix.partition(":")
            if pattern.is_exact:
                self._exact.add(pattern.prefix)
            elif colon:
                self._by_head.setdefault(head, []).append(pattern.matches)
            else:
                self._rest.append(pattern.matches)

    def has(self, text: str) -> bool:
        return (
            text in self._exact
            or any(matches(text) for matches in self._by_head.get(text.partition(":")[0], ()))
            or any(matches(text) for matches in self._rest)
        )


EVERYTHING = Patterns((), negated=True)


@lru_cache(4096)
def action_pattern(text: str) -> Pattern:
    """A pattern of action names, written in any case, matched in lower case."""
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


_BEFORE_ACCOUNT = (*"arn:", PART_RUN, ":", PART_RUN, ":", PART_RUN, ":")
_OF_NO_NUMBER = Pattern("not a number", (*_BEFORE_ACCOUNT, PART_RUN, WORD, PART_RUN, ":", RUN))


def is_home(patterns: Patterns) -> bool:
    """Whether they are what `within_account` gives: nothing that a policy says."""
    return _OF_NO_NUMBER in patterns.patterns


def within_account(account: str) -> Patterns:
    """The resources that belong to an account: those of no other account's number."""
    parts, rest = _BEFORE_ACCOUNT, (":", RUN)
    return Patterns(
        (
            Pattern("*", ("*",)),
            Pattern("no account", (*parts, *rest)),
            _OF_NO_NUMBER,
            Pattern(account, (*parts, *account, *rest)),
        )
    )


def _compiled(pattern: Pattern) -> Matcher:
    if pattern.tokens == (RUN,):
        return anything
    if WORD in pattern.tokens or PART in pattern.tokens or PART_RUN in pattern.tokens:
        return _stepping(pattern)
    if pattern.is_exact:
        return pattern.prefix.__eq__
    wild = {RUN: "*", ANY: "?"}
    return compile_pieces([wild.get(t) or Literal(t) for t in pattern.tokens])


class Places:
    """The places between tokens, one bit each, and which characters lead from one to the next."""

    __slots__ = ("_stays", "_takes")

    def __init__(self) -> None:
        self._takes: dict[str, int] = {}
        self._stays: dict[str, int] = {}

    def add(self, tokens: Iterable[str], at: int) -> int:
        """Put tokens from a place on; gives the place where they end."""
        for token in tokens:
            kind = CLASS_OF_RUN.get(token)
            if kind is not None:
                self._stays[kind] = self._stays.get(kind, 0) | 1 << at
            else:
                self._takes[token] = self._takes.get(token, 0) | 1 << at
                at += 1
        return at

    def characters(self) -> set[str]:
        """The characters that occur."""
        return {token for token in self._takes if len(token) == 1}

    def steps(self, char: str) -> tuple[int, int]:
        """The places where the character leads to the next, and those where it leads back."""
        take = self._takes.get(char, 0)
        stay = 0
        for kind in (ANY, PART, WORD):
            if accepts(kind, char):
                take |= self._takes.get(kind, 0)
                stay |= self._stays.get(kind, 0)
        return take, stay


def _stepping(pattern: Pattern) -> Matcher:
    places = Places()
    end = 1 << places.add(pattern.tokens, 0)
    steps = lru_cache(256)(places.steps)

    def match(text: str) -> bool:
        state = 1
        for char in text:
            take, stay = steps(char)
            state = (state & take) << 1 | state & stay
            if not state:
                return False
        return bool(state & end)

    return match
