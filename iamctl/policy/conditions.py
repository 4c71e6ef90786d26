"""Condition operators. Rule: the IAM User Guide's page on condition operators.

AWS is silent or contradicts itself in places. What iamctl does there:
- a multivalued key without a qualifier is read as ForAnyValue by positive operators, and as
  "no value matches" by negated ones;
- a number, date or address that cannot be read never matches, with positive and with negated
  operators alike, in the policy as in the request;
- an IPv6 address that maps an IPv4 one (::ffff:10.0.0.1) is inside a range when either is;
- a context value that is no ARN matches no ARN pattern, so negated ARN operators are true;
- policy variables are accepted in the values of Bool;
- an empty multivalued key is an absent one.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any, TypeVar

from iamctl.domain import condition_values as values
from iamctl.domain.documents import Condition
from iamctl.domain.documents_conditions import PARSERS, Operator, parse_operator
from iamctl.domain.documents_variables import Literal, Piece
from iamctl.policy.arns import compile_arn
from iamctl.policy.match import (
    Context,
    Matcher,
    compile_pieces,
    compile_template,
    literal_text,
    nothing,
    pieces_of,
    settled,
    substitute,
)

ConditionMatcher = Callable[[Context], bool]
"""Whether one condition (an operator with one key) is true of a context."""

Test = Callable[[str], bool]
"""Whether one context value satisfies an operator and its values."""

Pieces = list[list[str | Literal]]
"""The values of a condition, their variables replaced."""

Parsed = TypeVar("Parsed")


def _remembering(parser: Callable[[str], Parsed]) -> Callable[[str], Parsed]:
    """The parser with its last answers kept: the same hour and address are asked for often."""
    kept = lru_cache(maxsize=256)(parser)
    return lambda text: kept(text) if len(text) <= 64 else parser(text)


_number = _remembering(values.parse_number)
_date = _remembering(values.parse_date)


@_remembering
def _hosts(text: str) -> tuple[tuple[int, int], ...]:
    """An address as (version, number): none, one, or two when it maps an IPv4 one."""
    address = values.parse_address(text)
    if address is None:
        return ()
    mapped = getattr(address, "ipv4_mapped", None)
    same = (address,) if mapped is None else (address, mapped)
    return tuple((known.version, int(known)) for known in same)


def compile_condition(condition: Condition, variables: bool) -> ConditionMatcher:
    """The matcher of one condition; `variables` as in version 2012-10-17.

    An operator that AWS does not have never matches; documents with one are refused earlier.
    """
    operator = parse_operator(condition.operator)
    if operator is None:
        return lambda context: False
    key = condition.key.lower()
    if operator.family == "Null":
        return _null(operator, key, condition.values)
    if not condition.values:
        return _without_values(operator, key)
    pieces = [pieces_of(text, variables) for text in condition.values]
    test_of = _tests(operator)
    fixed = [known for value in pieces if (known := settled(value)) is not None]
    if len(fixed) == len(pieces):
        test = test_of(fixed)
        return _combined(operator, key, lambda context: test)
    if operator.base.endswith("Like") and operator.family == "String":
        return _combined(operator, key, _like_in_context(operator, pieces))
    return _combined(operator, key, lambda context: test_of(_known(pieces, context)))


def _known(pieces: Sequence[Sequence[Piece]], context: Context) -> Pieces:
    """The values whose variables all have a value; the others match nothing."""
    substituted = [substitute(value, context) for value in pieces]
    return [value for value in substituted if value is not None]


def _like_in_context(
    operator: Operator, pieces: Sequence[Sequence[Piece]]
) -> Callable[[Context], Test]:
    """StringLike and StringNotLike with variables, taken apart once for all contexts."""
    templates = [compile_template(value) for value in pieces]

    def test_for(context: Context) -> Test:
        known = [m for template in templates if (m := template(context)) is not None]
        return _negate_if(operator, _any_of(known))

    return test_for


def _null(operator: Operator, key: str, wanted: tuple[str, ...]) -> ConditionMatcher:
    """Whether the key is absent, an empty value counting as that; with a qualifier, fixed."""
    if operator.qualifier:
        always = operator.qualifier == "ForAllValues"
        return lambda context: always
    asked = {values.parse_boolean(text) for text in wanted}
    return lambda context: (not _present_values(context.get(key))) in asked


def _present_values(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """The values of a key as a set; an empty text, or nothing but empty texts, is no value."""
    if not value:
        return ()
    if isinstance(value, str):
        return (value,)
    return value if any(value) else ()


def _without_values(operator: Operator, key: str) -> ConditionMatcher:
    """A list without values: only ForAllValues and IfExists can match, when the key is absent."""
    if operator.qualifier == "ForAllValues":
        return lambda context: not _present_values(context.get(key))
    if operator.if_exists:
        return lambda context: context.get(key, ()) == ()
    return lambda context: False


def _combined(
    operator: Operator, key: str, test_for: Callable[[Context], Test]
) -> ConditionMatcher:
    """The operator over all values of the key, and what it says when there is none."""
    absent = operator.if_exists or (operator.negated and operator.qualifier != "ForAnyValue")
    if operator.qualifier == "ForAllValues":
        return lambda context: all(map(test_for(context), _present_values(context.get(key))))
    if operator.qualifier == "ForAnyValue":

        def match_any(context: Context) -> bool:
            value = context.get(key)
            if value is None or value == ():
                return absent
            return any(map(test_for(context), _present_values(value)))

        return match_any
    over_all = all if operator.negated else any

    def match(context: Context) -> bool:
        value = context.get(key)
        if isinstance(value, str):
            return test_for(context)(value)
        return over_all(map(test_for(context), value)) if value else absent

    return match


def _tests(operator: Operator) -> Callable[[Pieces], Test]:
    """What makes the test of one context value out of all values of the policy."""
    family = operator.family
    if family == "String":
        make = _string_tests(operator.base)
        return lambda wanted: _negate_if(operator, make(wanted))
    if family == "Arn":
        return lambda wanted: _negate_if(operator, _arns(wanted))
    if family == "IpAddress":
        return lambda wanted: _addresses(operator, _texts(wanted))
    if family in ("Bool", "Binary"):
        return lambda wanted: _equal_values(PARSERS[family], _texts(wanted))
    parser = _number if family == "Numeric" else _date
    return lambda wanted: _ordered(operator, parser, _texts(wanted), family)


def _texts(wanted: Pieces) -> list[str]:
    return [literal_text(value) for value in wanted]


def _negate_if(operator: Operator, test: Test) -> Test:
    return (lambda text: not test(text)) if operator.negated else test


def _any_of(matchers: Sequence[Matcher]) -> Test:
    if not matchers:
        return nothing
    if len(matchers) == 1:
        return matchers[0]
    return lambda text: any(matcher(text) for matcher in matchers)


def _string_tests(base: str) -> Callable[[Pieces], Test]:
    if base.endswith("Like"):
        return lambda wanted: _any_of([compile_pieces(value) for value in wanted])
    return _equal_folded if base.endswith("IgnoreCase") else _equal


def _equal(wanted: Pieces) -> Test:
    texts = _texts(wanted)
    return texts[0].__eq__ if len(texts) == 1 else frozenset(texts).__contains__


def _equal_folded(wanted: Pieces) -> Test:
    folded = frozenset(text.lower() for text in _texts(wanted))
    return lambda text: text.lower() in folded


def _arns(wanted: Pieces) -> Test:
    return _any_of([matcher for value in wanted if (matcher := compile_arn(value)) is not None])


def _equal_values(parser: Callable[[str], object], texts: list[str]) -> Test:
    wanted = {value for text in texts if (value := parser(text)) is not None}
    return lambda text: parser(text) in wanted


def _addresses(operator: Operator, texts: list[str]) -> Test:
    networks = [values.parse_network(text) for text in texts]
    if operator.negated and None in networks:
        return nothing
    known = [
        (network.version, int(network.network_address) >> width, width)
        for network in networks
        if network is not None
        for width in (network.max_prefixlen - network.prefixlen,)
    ]

    def test(text: str) -> bool:
        hosts = _hosts(text)
        for version, number in hosts:
            for its_version, prefix, width in known:
                if version == its_version and number >> width == prefix:
                    return not operator.negated
        return bool(hosts) and operator.negated

    return test


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": eq,
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}
"""By an operator's name without its family."""


def _ordered(
    operator: Operator, parser: Callable[[str], object], texts: list[str], family: str
) -> Test:
    """Numbers and dates. Of several bounds the loosest decides, since values are alternatives."""
    wanted = [parser(text) for text in texts]
    known = [value for value in wanted if value is not None]
    if operator.negated:
        if None in wanted:
            return nothing
        return lambda text: (value := parser(text)) is not None and value not in known
    compare = _COMPARISONS[operator.base.removeprefix(family)]

    def test(text: str) -> bool:
        value = parser(text)
        if value is not None:
            for other in known:
                if compare(value, other):
                    return True
        return False

    return test
