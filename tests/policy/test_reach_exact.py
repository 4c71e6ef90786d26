"""Conditions told apart: what stands for a key's values does so for all, and what comes of it."""

import os
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.documents import Condition
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_classes import open_key, standings
from iamctl.policy.reach_exact import is_empty, points
from iamctl.policy.reach_provisos import Known, Proviso

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
NOTHING = Known({})
FAMILIES = {
    "patterns": (
        ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "ArnLike",
         "ArnNotEquals", "Null"),
        ("a", "ab", "a*", "*b", "?", "*", "arn:a:*:::b*", "arn:a:s:::?", "*:s:*", "true"),
        ("", "a", "b", "ab", "aab", "ba", "xyz", "*", "arn:a:s:::b", "arn:a:s:::bc", "arn:b:s:::b",
         "arn:a:t::::", "a:s:b", "arn:", "true"),
    ),
    "mixed": (
        ("StringEquals", "StringNotLike", "StringLike", "StringEqualsIgnoreCase", "ArnLike", "Bool",
         "StringNotEqualsIgnoreCase", "Null"),
        ("true", "t*", "*E", "k", "K*", "ab", "Arn:a:*:::b", "arn:a:*:::B"),
        ("", "true", "True", "tRUE", "false", "FALSE", "k", "K", "\N{KELVIN SIGN}", "kk", "AB",
         "aB", "arn:a:s:::b", "ARN:A:*:::B", "arn:a:*:::B", "arn:a:*:::b", "te", "E"),
    ),
    "equals": (
        ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
         "Bool", "Null"),
        ("true", "false", "TRUE", "True", "x", "X", "xy", "1"),
        ("", "true", "false", "TRUE", "tRUE", "fAlse", "x", "X", "xx", "xY", "1", "no"),
    ),
    "numbers": (
        ("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals",
         "NumericLessThanEquals", "Null"),
        ("1", "2", "1.5", "1e3", "-4", "none", "true"),
        ("", "0", "1", "1.0", "1.2", "1.5", "2", "3", "1000", "1001", "-4", "-5", "x"),
    ),
    "dates": (
        ("DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThanEquals", "Null"),
        ("2026-01-01", "2026-01-01T00:00:01Z", "1767225600.000000001", "2027", "false"),
        ("", "2025", "2026-01-01T00:00:00Z", "1767225600.0000000005", "2026-01-01T00:00:01Z",
         "1767225600.000000001", "1767225600.5", "2026-01-01T00:00:02Z", "2027-01-01", "2028", "x"),
    ),
    "addresses": (
        ("IpAddress", "NotIpAddress", "Null"),
        ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "::/1", "2001:db8::/32", "::ffff:10.1.0.0/112",
         "none", "true"),
        ("", "10.0.0.1", "10.1.0.0", "10.1.2.3", "10.1.255.255", "10.2.0.0", "11.0.0.0", "0.0.0.0",
         "::ffff:10.1.2.3", "::ffff:10.9.0.1", "::ffff:9.0.0.1", "2001:db8::1", "8000::", "::1",
         "x"),
    ),
}  # fmt: skip


def conditions(family):
    operators, wanted, _ = FAMILIES[family]
    qualified = [
        f"{start}{name}{end}"
        for name in operators
        for start in ("", "ForAnyValue:", "ForAllValues:")
        for end in ("", *(("IfExists",) if name != "Null" else ()))
    ]
    values = st.lists(st.sampled_from(wanted), max_size=3).map(tuple)
    return st.builds(
        lambda operator, values: Proviso(Condition(operator, "x:Key", values)),
        st.sampled_from(qualified),
        values,
    )


CASES = st.sampled_from(sorted(FAMILIES)).flatmap(
    lambda family: st.tuples(
        st.just(family), st.lists(conditions(family), min_size=1, max_size=4, unique=True)
    )
)


@settings(max_examples=150 * SCALE, deadline=None)
@given(CASES, st.booleans(), st.randoms(use_true_random=False))
def test_every_value_comes_out_like_one_that_stands_for_it(case, single, random):
    family, provisos = case
    known = Known({}, single=lambda key: single)
    found = standings("x:key", provisos, known)
    if found is None:
        # A mere spelling that no other one can be told from is all that may be too much, and more
        # of them than can be told apart.
        assert family in ("equals", "mixed")
        return
    outcomes = {one.true for one in found}
    texts = FAMILIES[family][2]
    sets = [(), *((a,) for a in texts), *(tuple(random.choices(texts, k=n)) for n in (2, 2, 3, 4))]
    for value in [None, *texts, *([] if single else sets)]:
        context = {} if value is None else {"x:key": value}
        assert {p for p in provisos if p.holds("*", context)} in outcomes, value
    for value, true in found:
        assert not (single and isinstance(value, tuple))
        context = {} if value is None else {"x:key": value}
        assert {p for p in provisos if p.holds("*", context)} == true


def needs(operator, *values, key="x:key"):
    return Proviso(Condition(operator, key, values))


def left(required, *refused):
    """What fulfils a condition and none of the others."""
    return Requests((Term(Box(provisos=(required,)), tuple(Box(provisos=(p,)) for p in refused)),))


ANY, TRUE = "x:key", "true"


@pytest.mark.parametrize(
    ("required", "refused"),
    [
        (needs("StringEquals", "a"), [needs("StringEquals", "b", "a")]),
        (needs("StringEquals", "ab"), [needs("StringLike", "a*")]),
        (needs("StringLike", "ab*", "ac*"), [needs("StringLike", "a?*")]),
        (needs("StringEquals", "A"), [needs("StringEqualsIgnoreCase", "a")]),
        (needs("StringEqualsIgnoreCase", "b"), [needs("StringLike", "b", "B*")]),
        (needs("StringEqualsIgnoreCase", "k"), [needs("StringLike", "?")]),
        (needs("Bool", TRUE), [needs("StringLike", "t*", "T*")]),
        (needs("Bool", TRUE), [needs("Null", "false")]),
        (needs("Null", "false"), [needs("StringLike", "*")]),
        (needs("NumericLessThan", "3"), [needs("NumericLessThanEquals", "3.0")]),
        (needs("NumericLessThan", "3"), [needs("NumericLessThan", "2"), needs("NumericEquals", "2"),
                                         needs("NumericGreaterThan", "2")]),
        (needs("DateGreaterThan", "2027-01-01"), [needs("DateGreaterThan", "2026")]),
        (needs("IpAddress", "10.1.0.0/16"), [needs("IpAddress", "10.0.0.0/8")]),
        (needs("IpAddress", "10.0.0.0/8"), [needs("IpAddress", "10.0.0.0/9"),
                                            needs("IpAddress", "10.128.0.0/9")]),
        (needs("ArnLike", "arn:aws:s3:::a"), [needs("ArnLike", "arn:*:s3:*:*:a*")]),
    ],
)  # fmt: skip
def test_what_one_key_cannot_bring_together_is_empty(required, refused):
    requests = left(required, *refused)
    assert requests.is_empty() is False, "they count as independent there"
    assert is_empty(requests, NOTHING) is True
    assert list(points(requests, NOTHING)) == []
    assert list(points(requests, NOTHING, guessing=False)) == []


@pytest.mark.parametrize(
    ("required", "refused", "value"),
    [
        (needs("StringLike", "a*"), [needs("StringEquals", "a")], "ax"),
        (needs("NumericLessThan", "3"), [needs("NumericLessThan", "2")], "2"),
        (needs("Bool", TRUE), [needs("StringEquals", TRUE)], "TRUE"),
        (needs("StringEqualsIgnoreCase", "k"), [needs("StringLike", "k*", "K*")],
         "\N{KELVIN SIGN}"),
        (needs("StringEqualsIgnoreCase", "ab"), [needs("StringLike", "*b", "A*")], "aB"),
        (needs("IpAddress", "10.0.0.0/8"), [needs("IpAddress", "10.0.0.0/9")], "10.128.0.0"),
        (needs("DateLessThan", "2026-01-01"), [needs("DateLessThan", "2025-01-01")],
         "2025-01-01T00:00:00Z"),
        (needs("ForAllValues:StringEquals", "a", "b"), [needs("ForAllValues:StringEquals", "a"),
         needs("ForAllValues:StringEquals", "b")], ("b", "a")),
    ],
)  # fmt: skip
def test_what_it_can_is_shown(required, refused, value):
    requests = left(required, *refused)
    assert is_empty(requests, NOTHING) is False
    found = next(points(requests, NOTHING)).context["x:key"]
    assert found == value or (isinstance(value, tuple) and sorted(found) == sorted(value))


def test_several_values_pass_where_one_cannot_unless_there_is_only_one():
    requests = left(needs("StringEquals", "a"), needs("StringNotEquals", "b"))
    assert is_empty(requests, NOTHING) is False
    assert set(next(points(requests, NOTHING)).context["x:key"]) == {"a", "b"}
    assert is_empty(requests, Known({}, single=lambda key: True)) is True


PRESENT = needs("Null", "false")


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("Bool", [needs("Bool", "true"), needs("BoolIfExists", "false")]),
        ("Numeric", [needs("NumericEquals", "1"), needs("NumericNotEquals", "1")]),
        ("Date", [needs("DateLessThan", "2026"), needs("DateGreaterThanEquals", "2026")]),
        ("IPAddress", [needs("IpAddress", "::/0"), needs("NotIpAddress", "::/0")]),
    ],
)
def test_a_key_of_a_known_type_has_no_values_of_another(kind, refused):
    typed = Known({}, single=lambda key: True, kind=lambda key: kind)
    untyped = Known({}, single=lambda key: True)
    assert is_empty(left(PRESENT, *refused), typed) is True
    assert is_empty(left(PRESENT, *refused), untyped) is False
    assert is_empty(left(PRESENT, refused[0]), typed) is False


def test_conditions_that_hang_on_several_keys_are_left_open():
    required = needs("StringEquals", "${x:other}")
    assert open_key(required, NOTHING) is None
    assert open_key(required, Known({"x:other": "b"})) == "x:key"
    assert open_key(needs("StringEquals", "${x:key}"), NOTHING) is None
    assert is_empty(left(required, needs("StringLike", "*")), NOTHING) is None
    settled = Known({"x:other": "b"})
    assert is_empty(left(required, needs("StringEquals", "b")), settled) is True


KEYS = ("x:a", "x:b")
MIXED = st.builds(
    lambda operator, key, values: Proviso(Condition(operator, key, tuple(values))),
    st.sampled_from(("StringEquals", "StringNotEquals", "StringLike", "Null",
                     "ForAllValues:StringEquals", "StringEqualsIfExists")),
    st.sampled_from(KEYS),
    st.lists(st.sampled_from(("a", "b", "a*", "true")), min_size=1, max_size=2),
)  # fmt: skip
BOXES = st.lists(MIXED, max_size=2, unique=True).map(lambda found: Box(provisos=tuple(found)))
WORTH = (None, "", "a", "b", "ab", "true", "A", ("a", "b"), ("a", "x"), ("b", "true"))


@settings(max_examples=150 * SCALE, deadline=None)
@given(BOXES, st.lists(BOXES, max_size=4))
def test_a_set_is_empty_exactly_when_no_context_is_in_it(box, without):
    requests = Requests((Term(box, tuple(without)),))
    verdict = is_empty(requests, NOTHING)
    contexts = (
        {key: v for key, v in zip(KEYS, pair, strict=True) if v is not None}
        for pair in product(WORTH, repeat=2)
    )
    if any(requests.holds("s3:get", "*", context) for context in contexts):
        assert verdict is False
    found = next(points(requests, NOTHING), None)
    assert (found is None) is (verdict is True)
    assert verdict is True or requests.holds(*found)
