"""Values of a context key that stand for all others: what conditions can tell apart.

The conditions on one key cut the texts it may hold into classes, within which all of them come
out the same: a few languages of patterns, the numbers between two bounds, the addresses between
two networks. One text of each class stands for it. Of several values together only the classes
matter, and a qualifier or a plain operator asks whether one of them, or all of them, pass: so
what a larger set comes to follows from a smaller one and one value more, and the sets to look at
are found by adding values until nothing new comes of it. Whatever stands for a class is put to
the very matcher that decides requests. Rule: the IAM User Guide's page on condition operators.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product
from math import prod

from iamctl.domain import condition_values as values
from iamctl.domain.documents_conditions import Operator, parse_operator
from iamctl.domain.documents_variables import Literal, variables_of
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.match import literal_text, pieces_of, split_pieces, substitute
from iamctl.policy.reach_automaton import Unsure, example
from iamctl.policy.reach_patterns import ANY, PART, PART_RUN, RUN, Pattern, Patterns
from iamctl.policy.reach_provisos import Known, Proviso

MOST = 200
"""How many classes of texts, and outcomes of several values, are looked at for a key."""

_SPELLINGS = 512
"""How many spellings of a text that is compared without case are told apart."""
_ALSO = {"k": "\N{KELVIN SIGN}"}
"""What else Unicode has for a letter in lower case."""

Value = str | tuple[str, ...]
_ARNS = Pattern("an ARN", (*"arn:", PART_RUN, ":", PART_RUN, ":", PART_RUN, ":", PART_RUN, ":",
                           RUN))  # fmt: skip


class Standing(NamedTuple):
    """A value of a key, None when it is absent, and which of the provisos are true of it."""

    value: Value | None
    true: frozenset[Proviso]


def open_key(proviso: Proviso, known: Known) -> str | None:
    """The open key that a condition looks at and nothing else does; None where it hangs on
    several, or on the resource."""
    condition = proviso.condition
    if condition is None or known.knows(condition.key.lower()):
        return None
    variables = (
        variable.key
        for text in (condition.values if proviso.variables else ())
        for variable in variables_of(text)
    )
    return condition.key.lower() if all(map(known.knows, variables)) else None


def standings(key: str, provisos: Sequence[Proviso], known: Known) -> tuple[Standing, ...] | None:
    """Whatever can come of the provisos, which look at this open key alone: one standing for each
    outcome, the absent key first. None where that cannot be told."""
    kind = known.kind(key)
    try:
        texts = list(dict.fromkeys(_texts(provisos, known, kind)))
    except Unsure:
        return None

    def at(value: Value | None) -> Standing:
        context = dict(known.context)
        if value is not None:
            context[key] = value
        return Standing(value, frozenset(p for p in provisos if p.holds("*", context)))

    found: dict[frozenset[Proviso], Standing] = {}
    for one in map(at, [None, *texts]):
        found.setdefault(one.true, one)
    if not known.single(key):
        alone = {at(text).true: text for text in reversed(texts) if text}
        seen = set(alone)
        sets: list[tuple[str, ...]] = [(text,) for text in alone.values()]
        for held in sets:  # grows while it is walked
            for text in ("", *alone.values()):
                more = at((*held, text))
                if more.true not in seen:
                    seen.add(more.true)
                    found.setdefault(more.true, more)
                    sets.append((*held, text))
            if len(seen) > MOST:
                return None
    return tuple(found.values())


def _texts(provisos: Sequence[Proviso], known: Known, kind: str) -> Iterable[str]:
    """A text of each class that there is of the type, the empty one among them. Raises Unsure."""
    if kind == "Bool":
        return ("true", "false")
    read = [(parse_operator(p.condition.operator), p) for p in provisos if p.condition]
    asked = [(operator, p) for operator, p in read if operator and operator.family != "Null"]
    families = {operator.family for operator, _ in asked}
    folding = "Bool" in families or any(_folds(operator) for operator, _ in asked)
    if families <= {"String", "Bool"} and not any(_is_like(operator) for operator, _ in asked):
        return [*(_of_equals if folding else _of_patterns)(asked, known), ""]
    if families <= {"String", "Arn", "Bool"}:
        return [*_of_patterns(asked, known), ""]
    if families == {"Numeric"}:
        return [*_of_numbers(_wanted(asked, known)), *_other_than("Numeric", kind)]
    if families == {"Date"}:
        return [*_of_dates(_wanted(asked, known)), *_other_than("Date", kind)]
    if families == {"IpAddress"}:
        return [*_of_addresses(_wanted(asked, known)), *_other_than("IPAddress", kind)]
    raise Unsure


def _other_than(read: str, kind: str) -> tuple[str, ...]:
    """Texts that cannot be read as a type, for keys that may be of another one."""
    return () if kind == read else ("x", "")


def _folds(operator: Operator) -> bool:
    return operator.base.endswith("IgnoreCase")


def _is_like(operator: Operator) -> bool:
    return operator.base.endswith("Like")


_Asked = Sequence[tuple[Operator, Proviso]]


def _pieces(proviso: Proviso, known: Known) -> Iterator[list[str | Literal]]:
    """The values of a condition that can match, their variables replaced."""
    for text in proviso.condition.values if proviso.condition else ():
        found = substitute(pieces_of(text, proviso.variables), known.context)
        if found is not None:
            yield found


def _wanted(asked: _Asked, known: Known) -> list[str]:
    return [literal_text(found) for _, p in asked for found in _pieces(p, known)]


def _of_patterns(asked: _Asked, known: Known) -> Iterator[str]:
    """A text of each class that the patterns and plain texts of values leave; what is compared
    without case stands for all its spellings."""
    exact: dict[str, None] = {"": None}
    wild: dict[Pattern, None] = {}
    for operator, proviso in asked:
        if operator.family == "Bool":
            exact |= dict.fromkeys((*_spellings("true"), *_spellings("false")))
            continue
        for pieces in _pieces(proviso, known):
            if _folds(operator):
                exact |= dict.fromkeys(_spellings(literal_text(pieces)))
                continue
            if operator.family == "Arn":
                wild |= dict.fromkeys(_arns(pieces))
            elif not _is_like(operator):
                exact[literal_text(pieces)] = None
            else:
                pattern = Pattern("", _tokens(pieces, RUN, ANY))
                if pattern.is_exact:
                    exact[pattern.prefix] = None
                else:
                    wild[pattern] = None
    yield from filter(None, exact)
    others = Patterns((Pattern(text, tuple(text)) for text in exact), negated=True)
    classes: list[tuple[Patterns, ...]] = [(others,)]
    for pattern in wild:
        sides = Patterns((pattern,)), Patterns((pattern,), negated=True)
        cut = ((*one, side) for one in classes for side in sides)
        classes = [one for one in cut if example(one) is not None]
        if len(classes) > MOST:
            raise Unsure
    yield from (text for one in classes if (text := example(one)) is not None)


def _spellings(text: str) -> Iterator[str]:
    """All texts that are the same but for case. Raises Unsure when they are too many."""
    letters = [dict.fromkeys((c.lower(), c.upper(), *_ALSO.get(c.lower(), ""))) for c in text]
    if not text.isascii() or prod(map(len, letters)) > _SPELLINGS:
        raise Unsure
    return map("".join, product(*letters))


def _tokens(pieces: Sequence[str | Literal], run: str, single: str) -> tuple[str, ...]:
    wild = {"*": run, "?": single}
    return tuple(
        char if isinstance(piece, Literal) else wild.get(char, char)
        for piece in pieces
        for char in (piece.text if isinstance(piece, Literal) else piece)
    )


def _arns(pieces: Sequence[str | Literal]) -> Iterator[Pattern]:
    """What an ARN operator's value says, and that the text is an ARN at all."""
    yield _ARNS
    parts = split_pieces(pieces)
    if len(parts) == 6:
        tokens: list[str] = []
        for part in parts[:5]:
            tokens += (*_tokens(part, PART_RUN, PART), ":")
        yield Pattern("", (*tokens, *_tokens(parts[5], RUN, ANY)))


def _of_equals(asked: _Asked, known: Known) -> Iterator[str]:
    """The texts that are named, one that differs in case alone from each that is compared
    without it, and one that is none of them."""
    exact: dict[str, None] = {}
    folded: dict[str, None] = {}
    for operator, proviso in asked:
        texts = map(literal_text, _pieces(proviso, known))
        if operator.family == "Bool":
            folded |= {"true": None, "false": None}
        elif _folds(operator):
            folded |= dict.fromkeys(text.lower() for text in texts)
        else:
            exact |= dict.fromkeys(texts)
    for text in folded:
        if not text.isascii():
            raise Unsure
        spelled = (text, text.upper(), text.title(), text.title().swapcase())
        other = next((s for s in spelled if s not in exact), None)
        if other is not None:
            yield other
        elif text.lower() != text.upper():
            raise Unsure
    yield from exact
    yield next(s for n in range(1, 10_000) if (s := "x" * n) not in exact and s not in folded)


def _of_numbers(wanted: Iterable[str]) -> Iterator[str]:
    """The bounds, a number between each two, and one on either side of all."""
    from decimal import Decimal

    read = (values.parse_number(text) for text in wanted)
    bounds = sorted({Decimal(number) for number in read if number is not None}) or [Decimal(0)]
    between = [(one + other) / 2 for one, other in pairwise(bounds)]
    row = [bounds[0] - 1, bounds[0]]
    for middle, bound in zip(between, bounds[1:], strict=True):
        row += (middle, bound)
    row.append(bounds[-1] + 1)
    # Decimal rounds what is too long or too large.
    if any(one >= other for one, other in pairwise(row)):
        raise Unsure
    for number in row:
        text = f"{number:f}" if abs(number) < 10**18 else str(number)
        if values.parse_number(text) != number:
            raise Unsure
        yield text


def _of_dates(wanted: Iterable[str]) -> Iterator[str]:
    """The bounds, an instant after each, and one before all; the next second where it does."""
    read = (values.parse_date(text) for text in wanted)
    bounds = sorted({instant for instant in read if instant is not None}) or [0]
    second = 10**9
    row = [bounds[0] - second]
    for bound, following in zip(bounds, [*bounds[1:], bounds[-1] + 2 * second], strict=True):
        row.append(bound)
        if bound + 1 < following:
            row.append(bound + second if bound + second < following else bound + 1)
    for instant in row:
        seconds, rest = divmod(instant, second)
        try:
            text = format_instant(seconds)
        except (ValueError, OverflowError):
            raise Unsure from None
        text = f"{text[:-1]}.{rest:09d}Z" if rest else text
        if values.parse_date(text) != instant:
            raise Unsure
        yield text


def _of_addresses(wanted: Iterable[str]) -> Iterator[str]:
    """Where a range begins, where one has ended, and the first address, of both versions; an IPv4
    address counts also where an IPv6 one maps it."""
    from ipaddress import IPv4Address, IPv6Address

    starts: dict[int, set[int]] = {4: {0}, 6: {0}}
    for network in map(values.parse_network, wanted):
        if network is not None:
            first, last = int(network.network_address), int(network.broadcast_address)
            starts[network.version] |= {first, last + 1}
    mapped = 0xFFFF << 32
    starts[6] |= {mapped, mapped + 2**32, *(mapped + start for start in starts[4])}
    yield from (str(IPv4Address(n)) for n in sorted(starts[4], reverse=True) if n < 2**32)
    yield from (str(IPv6Address(n)) for n in sorted(starts[6], reverse=True) if n < 2**128)
