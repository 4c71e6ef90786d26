"""The Condition element: names of operators, and what reads the values they compare.

Rule: the IAM User Guide's page on condition operators.
"""

from collections.abc import Callable, Mapping

from iamctl.domain import condition_values as values
from iamctl.domain.tuples import NamedTuple

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "String": (
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ),
    "Numeric": tuple(
        "Numeric" + name
        for name in (
            "Equals",
            "NotEquals",
            "LessThan",
            "LessThanEquals",
            "GreaterThan",
            "GreaterThanEquals",
        )
    ),
    "Date": tuple(
        "Date" + name
        for name in (
            "Equals",
            "NotEquals",
            "LessThan",
            "LessThanEquals",
            "GreaterThan",
            "GreaterThanEquals",
        )
    ),
    "Bool": ("Bool",),
    "Binary": ("BinaryEquals",),
    "IpAddress": ("IpAddress", "NotIpAddress"),
    "Arn": ("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"),
    "Null": ("Null",),
}
"""Type of value -> the base operators that compare it."""

FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names}

QUALIFIERS = ("ForAnyValue", "ForAllValues")

WITH_VARIABLES = frozenset({"String", "Arn", "Bool"})
"""Families whose values may hold policy variables; AWS's pages disagree about Bool."""

PARSERS: Mapping[str, Callable[[str], object]] = {
    "Numeric": values.parse_number,
    "Date": values.parse_date,
    "Bool": values.parse_boolean,
    "Null": values.parse_boolean,
    "Binary": values.parse_binary,
    "IpAddress": values.parse_network,
}
"""Type of value -> what reads it; the others are text."""


class Operator(NamedTuple):
    """A condition operator taken apart: `ForAllValues:StringNotLikeIfExists`.

    `base` is the operator's own name, `family` its type of value, `negated` whether it is the
    negation of another, `qualifier` "", "ForAnyValue" or "ForAllValues".
    """

    base: str
    family: str
    negated: bool
    if_exists: bool
    qualifier: str


def parse_operator(text: str) -> Operator | None:
    """The parts of an operator's name, or None when AWS has no such operator."""
    qualifier, colon, name = text.rpartition(":")
    if colon and qualifier not in QUALIFIERS:
        return None
    base = name.removesuffix("IfExists")
    family = FAMILY_OF.get(base)
    if family is None or (family == "Null" and base != name):
        return None
    return Operator(base, family, "Not" in base, base != name, qualifier)


def operator_names() -> tuple[str, ...]:
    """Every operator's name, with suffix and qualifiers."""
    plain = [*FAMILY_OF, *(f"{name}IfExists" for name in FAMILY_OF if name != "Null")]
    return tuple(plain) + tuple(f"{q}:{name}" for q in QUALIFIERS for name in plain)
