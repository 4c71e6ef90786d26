"""Conditions that a set of requests hangs on, kept as they are written.

A condition is settled when all it looks at is known of the principal; otherwise it stays a
proviso, to be required or refused. `contexts` looks for values of the open keys under which
provisos come out one way or the other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from iamctl.domain import condition_values as values
from iamctl.domain.documents import Condition
from iamctl.domain.documents_conditions import parse_operator
from iamctl.domain.documents_variables import Literal, Piece, Variable, variables_of
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.arns import compile_resource, resource_of
from iamctl.policy.conditions import ConditionMatcher, compile_condition
from iamctl.policy.match import Context, pieces_of, substitute
from iamctl.policy.reach_patterns import Pattern, Patterns, arn_pattern

LIMIT = 20_000
"""How many contexts a search may try."""

_LARGEST = 10**30


class Known(NamedTuple):
    """What is known of every request: `context`, and the keys whose value, or absence, it says.

    `settles` answers for a key in lower case that the context does not hold; `single` whether a
    key has one value at most, so that nothing need be said of several; `kind` gives the type of
    its values where that can be relied on, as the Service Authorization Reference names types.
    """

    context: Context
    settles: Callable[[str], bool] = lambda key: False
    single: Callable[[str], bool] = lambda key: False
    kind: Callable[[str], str] = lambda key: ""

    def knows(self, key: str) -> bool:
        """Whether the key's value, or that there is none, is known."""
        return key in self.context or self.settles(key)


class Proviso(NamedTuple):
    """Something that a request must fulfil, besides its action and resource.

    Either a condition, or that the resource matches a pattern with variables of open keys; not
    `wanted`, that it does not. `variables` as in version 2012-10-17.
    """

    condition: Condition | None = None
    resource: str = ""
    variables: bool = True
    wanted: bool = True

    def holds(self, resource: str, context: Context) -> bool:
        """Whether a request fulfils it."""
        if self.condition is not None:
            return _condition(self.condition, self.variables)(context)
        matched = compile_resource(self.resource, True)(resource_of(resource), context)
        return matched is self.wanted

    @property
    def keys(self) -> frozenset[str]:
        """The context keys it looks at, in lower case."""
        return _keys(self)


@lru_cache(1024)
def _condition(condition: Condition, variables: bool) -> ConditionMatcher:
    return compile_condition(condition, variables)


@lru_cache(4096)
def _keys(proviso: Proviso) -> frozenset[str]:
    condition = proviso.condition
    if condition is None:
        return frozenset(variable.key for variable in variables_of(proviso.resource))
    texts = condition.values if proviso.variables else ()
    return frozenset({condition.key.lower(), *(v.key for t in texts for v in variables_of(t))})


def settle(
    conditions: Iterable[Condition], variables: bool, known: Known
) -> tuple[Proviso, ...] | None:
    """What remains of a block of conditions, or None when one of them is known to be false."""
    left = []
    for condition in conditions:
        proviso = Proviso(condition, variables=variables)
        if not all(map(known.knows, proviso.keys)):
            left.append(proviso)
        elif not proviso.holds("*", known.context):
            return None
    return tuple(dict.fromkeys(left))


class Resolved(NamedTuple):
    """An entry of Resource: the widest pattern it can be, None when it can match nothing, and
    the proviso that it really matches when a variable of it is open."""

    pattern: Pattern | None
    proviso: Proviso | None = None


def resolve(text: str, variables: bool, known: Known) -> Resolved:
    """An entry of Resource or NotResource with what is known in place of its variables."""
    head, last = _cut(text)
    if not variables or "${" not in last:
        return Resolved(arn_pattern([text]))
    pieces = pieces_of(last, True)
    keys = {piece.key for piece in pieces if isinstance(piece, Variable)}
    if all(map(known.knows, keys)):
        settled = substitute(pieces, known.context)
        return Resolved(None if settled is None else arn_pattern([head, *settled]))
    widest = [_widest(piece, known) for piece in pieces]
    if any(piece is None for piece in widest):
        return Resolved(None)
    wide = arn_pattern([head, *(piece for piece in widest if piece is not None)])
    return Resolved(wide, Proviso(resource=text))


def _cut(text: str) -> tuple[str, str]:
    """The first five parts of a pattern, with their colons, and the sixth."""
    parts = text.split(":", 5)
    return (":".join(parts[:5]) + ":", parts[5]) if len(parts) == 6 else (text, "")


def _widest(piece: Piece, known: Known) -> str | Literal | None:
    if not isinstance(piece, Variable):
        return piece
    if not known.knows(piece.key):
        return "*"
    settled = substitute([piece], known.context)
    return None if settled is None else settled[0]


def exact(proviso: Proviso, context: Context) -> Patterns:
    """The resources that a proviso about the resource means in a context."""
    pattern = resolve(proviso.resource, True, Known(context, lambda key: True)).pattern
    return Patterns(() if pattern is None else (pattern,), negated=not proviso.wanted)


def contexts(
    required: Sequence[Proviso], others: Sequence[Proviso], known: Known
) -> Iterator[Context]:
    """Contexts in which all required conditions hold, with the other ones both ways.

    The known keys keep their values; the open ones go through a few telling values each, absent
    first. At most LIMIT steps are taken.
    """
    provisos = [*required, *others]
    keys = sorted({key for p in provisos for key in p.keys if not known.knows(key)})
    choices = [_candidates(key, provisos, known) for key in keys]
    steps = 0
    chosen: list[int] = [-1]
    while chosen and steps < LIMIT:
        steps += 1
        level = len(chosen) - 1
        chosen[-1] += 1
        if level < len(keys) and chosen[-1] >= len(choices[level]):
            chosen.pop()
            continue
        if level == len(keys):
            if chosen[-1] == 0:
                yield _context(keys, chosen, choices, known)
            chosen.pop()
            continue
        context = _context(keys[: level + 1], chosen, choices, known)
        decided = {*keys[: level + 1]}
        if all(
            p.holds("*", context)
            for p in required
            if p.condition is not None and all(k in decided or known.knows(k) for k in p.keys)
        ):
            chosen.append(-1)


def _context(
    keys: Sequence[str],
    chosen: Sequence[int],
    choices: Sequence[Sequence[str | None]],
    known: Known,
) -> dict[str, str | tuple[str, ...]]:
    context = dict(known.context)
    for key, index, values_of_key in zip(keys, chosen, choices, strict=False):
        value = values_of_key[index]
        if value is not None:
            context[key] = value
    return context


def _candidates(key: str, provisos: Iterable[Proviso], known: Known) -> tuple[str | None, ...]:
    """Absent, a value that no policy names, what the conditions on a key speak of, and what is
    known of keys that are compared with it."""
    found: dict[str | None, None] = {None: None}
    for proviso in provisos:
        condition = proviso.condition
        if condition is not None and key in proviso.keys:
            value = known.context.get(condition.key.lower())
            found |= {value: None} if isinstance(value, str) else {}
        if condition is not None and condition.key.lower() == key:
            for text in condition.values:
                found |= dict.fromkeys(_telling(condition.operator, text, proviso, known))
    found["x"] = None
    return tuple(found)


def _telling(operator: str, text: str, proviso: Proviso, known: Known) -> Iterator[str]:
    """Values that an operator's value matches, or nearly."""
    parsed = parse_operator(operator)
    family = "" if parsed is None else parsed.family
    if family in ("String", "Arn"):
        pieces = [_filled(piece, known) for piece in pieces_of(text, proviso.variables)]
        yield "".join(piece.replace("*", "").replace("?", "x") for piece in pieces)
        yield "".join(piece.replace("*", "x").replace("?", "x") for piece in pieces)
        yield "".join(pieces)
        if family == "Arn" and text == "*":
            yield "arn:aws:x:::x"
    elif family in ("Numeric", "Date"):
        yield from _around(text, family)
    elif family in ("Bool", "Null"):
        yield from ("true", "false")
    elif family == "IpAddress":
        network = values.parse_network(text)
        yield from (str(network[0]),) if network is not None else ()
        yield from ("0.0.0.0", "255.255.255.254", "2001:db8::1")
    else:
        yield from (text, "AA==")


def _filled(piece: Piece, known: Known) -> str:
    """A piece as text: what is known for a variable, or the text that no policy names."""
    if isinstance(piece, str):
        return piece
    if not isinstance(piece, Variable):
        return piece.text
    value = known.context.get(piece.key)
    return value if isinstance(value, str) else piece.default or "x"


def _around(text: str, family: str) -> Iterator[str]:
    """A number or date, the whole numbers or seconds next to it."""
    if family == "Numeric":
        number = values.parse_number(text)
        known = number is not None and -_LARGEST < number < _LARGEST
        middle = int(number) if number is not None and known else None
    else:
        nanoseconds = values.parse_date(text)
        middle = None if nanoseconds is None else nanoseconds // 10**9
    if middle is not None:
        yield from (text, str(middle - 1), str(middle + 1))
