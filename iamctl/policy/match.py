"""Wildcards: `*` is any run of characters, `?` exactly one, everything else is itself.

A pattern becomes one function over a text, made of string searches that never back-track: the
leftmost place of each run between two `*` is the right one, so bombs cost length times length
at worst. Rules of the parts of an ARN: the IAM User Guide's page on the Resource element.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from iamctl.domain.documents_variables import Literal, Piece, Variable, split_variables
from iamctl.domain.patterns import Pattern

Matcher = Callable[[str], bool]
Context = Mapping[str, str | tuple[str, ...]]
"""Context keys in lower case; a text is single-valued, a tuple multi-valued."""

Run = list[str | Variable | None]
"""A pattern between two `*`: texts, None for each `?`, and variables until they have a value."""

_WILDCARD = Pattern(r"[*?]")


def anything(_text: str) -> bool:
    """The matcher of `*`."""
    return True


def nothing(_text: str) -> bool:
    """The matcher of what can never match."""
    return False


def compile_glob(pattern: str) -> Matcher:
    """The matcher of a pattern without variables."""
    if pattern == "*":
        return anything
    if "*" not in pattern and "?" not in pattern:
        return pattern.__eq__
    return compile_pieces([pattern])


def compile_pieces(pieces: Sequence[str | Literal]) -> Matcher:
    """The matcher of texts, in which wildcards count, and literals, in which they do not."""
    return _matcher(_runs(pieces))


def compile_template(pieces: Sequence[Piece]) -> Callable[[Context], Matcher | None]:
    """What gives the matcher of pieces in a context, or None where a variable has no value."""
    runs = _runs(pieces)

    def settle(context: Context) -> Matcher | None:
        known: list[Run] = []
        for run in runs:
            texts: Run = []
            for part in run:
                if isinstance(part, Variable):
                    value = variable_value(part, context)
                    if value is None:
                        return None
                    texts.append(value)
                else:
                    texts.append(part)
            known.append(texts)
        return _matcher(known)

    return settle


def _matcher(runs: list[Run]) -> Matcher:
    """The matcher of runs whose variables all have a value."""
    if len(runs) == 1:
        return _whole(runs[0])
    for run in runs:
        if None in run:
            return _search([_regex(run) for run in runs[:-1]], _regex(runs[-1]), runs)
    return _plain_search([_text(run) for run in runs])


def _runs(pieces: Sequence[Piece]) -> list[Run]:
    runs: list[Run] = [[]]
    for piece in pieces:
        if isinstance(piece, Literal):
            runs[-1].append(piece.text)
            continue
        if isinstance(piece, Variable):
            runs[-1].append(piece)
            continue
        end = 0
        for wildcard in _WILDCARD.finditer(piece):
            runs[-1].append(piece[end : wildcard.start()])
            end = wildcard.end()
            if wildcard[0] == "*":
                runs.append([])
            else:
                runs[-1].append(None)
        runs[-1].append(piece[end:])
    return runs


def _text(run: Run) -> str:
    """A run without `?` and variables."""
    return "".join(part for part in run if isinstance(part, str))


def _whole(run: Run) -> Matcher:
    if None not in run:
        return _text(run).__eq__
    match = _regex(run).fullmatch
    return lambda text: match(text) is not None


def _plain_search(texts: list[str]) -> Matcher:
    """Runs without `?`: the first begins the text, the last ends it, the rest in their order."""
    first, *middle, last = texts
    middle = [text for text in middle if text]
    if not middle:
        if not last:
            return lambda text: text.startswith(first)
        shortest = len(first) + len(last)
        return lambda text: len(text) >= shortest and text.startswith(first) and text.endswith(last)

    def match(text: str) -> bool:
        end = len(text) - len(last)
        at = len(first)
        if not text.startswith(first) or not text.endswith(last):
            return False
        for part in middle:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return match


def _regex(run: Run) -> "re.Pattern[str]":
    """A run as an expression of fixed length, which therefore cannot back-track."""
    parts = ("." if part is None else re.escape(str(part)) for part in run)
    return re.compile("".join(parts), re.DOTALL)


def _length(run: Run) -> int:
    return sum(1 if part is None else len(str(part)) for part in run)


def _search(leading: "list[re.Pattern[str]]", last: "re.Pattern[str]", runs: list[Run]) -> Matcher:
    first, *middle = leading
    tail = _length(runs[-1])

    def match(text: str) -> bool:
        end = len(text) - tail
        found = first.match(text)
        if found is None or found.end() > end or last.match(text, end) is None:
            return False
        at = found.end()
        for part in middle:
            found = part.search(text, at, end)
            if found is None:
                return False
            at = found.end()
        return True

    return match


def variable_value(variable: Variable, context: Context) -> str | None:
    """What a variable stands for; only single-valued keys have a value."""
    value = context.get(variable.key)
    if value is None:
        return variable.default
    return value if isinstance(value, str) else None


def substitute(pieces: Sequence[Piece], context: Context) -> list[str | Literal] | None:
    """The pieces with literal text for each variable, or None when one has no value."""
    found: list[str | Literal] = []
    for piece in pieces:
        if isinstance(piece, Variable):
            value = variable_value(piece, context)
            if value is None:
                return None
            found.append(Literal(value))
        else:
            found.append(piece)
    return found


def literal_text(pieces: Sequence[str | Literal]) -> str:
    """Pieces as plain text, for operators that know no wildcards."""
    return "".join(piece.text if isinstance(piece, Literal) else piece for piece in pieces)


def pieces_of(text: str, variables: bool) -> list[Piece]:
    """A value taken apart; without `variables` (version 2008-10-17) all of it is text."""
    return split_variables(text) if variables else [text]


def settled(pieces: Sequence[Piece]) -> list[str | Literal] | None:
    """The pieces when none is a variable, else None."""
    if any(isinstance(piece, Variable) for piece in pieces):
        return None
    return [piece for piece in pieces if not isinstance(piece, Variable)]


def split_pieces(pieces: Sequence[str | Literal]) -> list[list[str | Literal]]:
    """Pieces cut at colons into at most six parts, as an ARN is; the sixth keeps its colons."""
    parts: list[list[str | Literal]] = [[]]
    for piece in pieces:
        literal = isinstance(piece, Literal)
        text = piece.text if isinstance(piece, Literal) else piece
        cuts = text.split(":", 6 - len(parts)) if len(parts) < 6 else [text]
        for index, cut in enumerate(cuts):
            if index:
                parts.append([])
            parts[-1].append(Literal(cut) if literal else cut)
    return parts
