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

from iamctl.domain import condition_values as values
from iamctl.domain.documents import Condition
from iamctl.domain.documents_conditions import PARSERS, Operator, parse_operator
from iamctl.domain.documents_variables import Literal, Piece
from iamctl.policy.arns import compile_arn
from iamctl.policy.match import (
    Context,
    Matcher,
    compile_pieces,
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
    fixed = [known for value in pieces if (known := settled(value)) is not None]
    if len(fixed) == len(pieces):
        test = _test(operator, fixed)
        return _combined(operator, key, lambda context: test)
    return _combined(operator, key, lambda context: _test(operator, _known(pieces, context)))


def _known(pieces: Sequence[Sequence[Piece]], context: Context) -> list[list[str | Literal]]:
    """The values whose variables all have a value; the others match nothing."""
    substituted = [substitute(value, context) for value in pieces]
    return [value for value in substituted if value is not None]


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
    if operator.if_exists:
        return lambda context: context.get(key, ()) == ()
    if operator.qualifier == "ForAllValues":
        return lambda context: not _present_values(context.get(key))
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
    every = operator.negated

    def match(context: Context) -> bool:
        value = context.get(key)
        if value is None or value == ():
            return absent
        test = test_for(context)
        if isinstance(value, str):
            return test(value)
        return all(map(test, value)) if every else any(map(test, value))

    return match


def _test(operator: Operator, wanted: list[list[str | Literal]]) -> Test:
    """The test of one context value against all values of the policy."""
    family = operator.family
    if family == "String":
        return _negate_if(operator, _strings(operator.base, wanted))
    if family == "Arn":
        found = [matcher for value in wanted if (matcher := compile_arn(value)) is not None]
        return _negate_if(operator, _any_of(found))
    texts = [literal_text(value) for value in wanted]
    if family == "IpAddress":
        return _addresses(operator, texts)
    if family in ("Bool", "Binary"):
        return _equal_values(PARSERS[family], texts)
    parser = values.parse_number if family == "Numeric" else values.parse_date
    return _ordered(operator, parser, texts, family)


def _negate_if(operator: Operator, test: Test) -> Test:
    return (lambda text: not test(text)) if operator.negated else test


def _any_of(matchers: Sequence[Matcher]) -> Test:
    if not matchers:
        return nothing
    if len(matchers) == 1:
        return matchers[0]
    return lambda text: any(matcher(text) for matcher in matchers)


def _strings(base: str, wanted: list[list[str | Literal]]) -> Test:
    if base.endswith("Like"):
        return _any_of([compile_pieces(value) for value in wanted])
    texts = [literal_text(value) for value in wanted]
    if base.endswith("IgnoreCase"):
        folded = frozenset(text.lower() for text in texts)
        return lambda text: text.lower() in folded
    if len(texts) == 1:
        return texts[0].__eq__
    return frozenset(texts).__contains__


def _equal_values(parser: Callable[[str], object], texts: list[str]) -> Test:
    wanted = {value for text in texts if (value := parser(text)) is not None}
    return lambda text: parser(text) in wanted


def _addresses(operator: Operator, texts: list[str]) -> Test:
    networks = [values.parse_network(text) for text in texts]
    if operator.negated and None in networks:
        return nothing
    known = [network for network in networks if network is not None]

    def test(text: str) -> bool:
        address = values.parse_address(text)
        if address is None:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        same = (address,) if mapped is None else (address, mapped)
        inside = any(known_as in network for network in known for known_as in same)
        return inside is not operator.negated

    return test


_LESS = frozenset({"LessThan", "LessThanEquals"})
_GREATER = frozenset({"GreaterThan", "GreaterThanEquals"})


def _ordered(
    operator: Operator, parser: Callable[[str], object], texts: list[str], family: str
) -> Test:
    """Numbers and dates. Of several bounds the loosest decides, since values are alternatives."""
    wanted = [parser(text) for text in texts]
    if operator.negated and None in wanted:
        return nothing
    known = [value for value in wanted if value is not None]
    name = operator.base.removeprefix(family)

    def test(text: str) -> bool:
        value = parser(text)
        return value is not None and any(_compare(name, value, other) for other in known)

    def differs(text: str) -> bool:
        value = parser(text)
        return value is not None and value not in known

    return differs if operator.negated else test


def _compare(name: str, value: object, other: object) -> bool:
    """Two numbers, or two instants, by the operator's name without its family."""
    if name == "Equals":
        return value == other
    less, greater = value < other, value > other  # type: ignore[operator]
    if name in _LESS:
        return less or (name == "LessThanEquals" and value == other)
    return greater or (name == "GreaterThanEquals" and value == other)
