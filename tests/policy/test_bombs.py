"""Patterns and values that make other matchers run for ever are answered here, too.

Each is so large that a matcher which back-tracks would not end within a life; an alarm ends the
test instead.
"""

import signal

import pytest

from iamctl.domain.documents import Condition
from iamctl.policy.arns import compile_resource, resource_of
from iamctl.policy.conditions import compile_condition
from iamctl.policy.evaluate import Layers
from iamctl.policy.match import compile_glob
from tests.policy.policies import ACCOUNT, QUEUE, allow, ask, policy

LONG = 50_000


@pytest.fixture(autouse=True)
def _alarm():
    """Sixty seconds of this process's own time; what is fine needs less than one."""

    def too_long(_signal, _frame):
        raise TimeoutError("a bomb went off")

    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


BOMBS = {
    "a star before each letter": ("*a" * 5_000, "a" * LONG + "b"),
    "a star after each letter": ("a*" * 5_000 + "b", "a" * LONG),
    "stars and question marks": ("*?" * 5_000 + "b", "a" * LONG),
    "nothing but stars": ("*" * LONG + "b", "a" * LONG),
    "a star, then letter and question mark": ("*" + "a?" * 200 + "b*", "a" * LONG),
    "nested halves": ("*ab" * 5_000 + "*c", "ab" * (LONG // 2)),
    "one letter short": ("*" + "a" * 1_000 + "b*", "a" * LONG),
    "a tail that begins too early": ("*" + "a" * 5_000 + "*" + "a" * (LONG - 4_999), "a" * LONG),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_glob(bomb):
    pattern, text = BOMBS[bomb]
    matcher = compile_glob(pattern)
    assert not matcher(text)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_glob_that_matches_in_the_end(bomb):
    pattern, text = BOMBS[bomb]
    assert compile_glob(pattern + "*")(text + "b" + text + "bc" + "a" * LONG + pattern)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_resource(bomb):
    pattern, text = BOMBS[bomb]
    bucket = resource_of(f"arn:aws:s3:::{text}")
    assert not compile_resource(f"arn:aws:s3:::{pattern}", True)(bucket, {})
    assert not compile_resource(f"arn:*a:*s3*:::{pattern}", True)(bucket, {})
    variable = compile_resource(f"arn:aws:s3:::{pattern}${{k:x}}", True)
    assert not variable(bucket, {"k:x": "*" * LONG})


def test_heads_of_stars():
    head = "*a" * 2_000
    pattern = compile_resource(":".join(["arn", *[head] * 4, "*"]), True)
    assert not pattern(resource_of(":".join(["arn", *["a" * 20_000 + "b"] * 5])), {})


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("operator", ["StringLike", "ForAllValues:StringLike"])
def test_a_condition(bomb, operator):
    pattern, text = BOMBS[bomb]
    condition = compile_condition(Condition(operator, "k:x", (pattern, pattern + "c")), True)
    assert not condition({"k:x": (text, text)})


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_arn_condition(bomb):
    pattern, text = BOMBS[bomb]
    wanted = f"arn:aws:iam::{ACCOUNT}:{pattern}${{k:y, ':'}}"
    condition = compile_condition(Condition("ArnLike", "k:x", (wanted,)), True)
    assert not condition({"k:x": f"arn:aws:iam::{ACCOUNT}:{text}"})
    assert not condition({"k:x": f"arn:aws:iam::{ACCOUNT}:{text}", "k:y": ":*" * LONG})


def test_a_variable_with_a_value_of_wildcards():
    condition = compile_condition(Condition("StringLike", "k:x", ("*${k:y}*${k:y}b",)), True)
    assert not condition({"k:x": "a" * LONG, "k:y": "a*" * 1_000})
    assert not condition({"k:x": "*" * LONG, "k:y": "*" * (LONG // 3)})


VALUES = [
    ("NumericEquals", "9" * LONG, "9", False), ("NumericEquals", "-" * LONG, "5", False),
    ("NumericLessThan", "1e9999", "5", True), ("NumericNotEquals", "1e-9999", "0", True),
    ("NumericGreaterThan", "0." + "0" * LONG, "1", False), ("DateEquals", "9" * LONG, "9", False),
    ("DateLessThan", "1e9999", "2026", True), ("DateEquals", "2026-" * LONG, "2026", False),
    ("DateEquals", "2026-01-01T00:00:00." + "0" * LONG, "2026-01-01", True),
    ("IpAddress", "1." * LONG, "1.1.1.1", False), ("NotIpAddress", "::" * LONG, "::1", False),
    ("IpAddress", "10.0.0.0/" + "9" * LONG, "10.0.0.1", False),
    ("Bool", "true" * LONG, "true", False),
    ("BinaryEquals", "A" * LONG + "=", "A", False), ("Null", "true" * LONG, "x", False),
    ("StringEqualsIgnoreCase", "İ" * LONG, "i̇" * LONG, True), ("ArnLike", ":" * LONG, "arn", False),
    ("StringEquals", "${" * LONG, "$", False), ("StringEquals", "${a" * LONG, "$", False),
    ("StringEquals", "${a, '" * LONG, "$", False), ("StringEquals", "${" + "a" * LONG, "$", False),
    ("StringEquals", "${a, '" + "b" * LONG, "b", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "long", "short", "expected"), VALUES, ids=[f"{v[0]} {v[1][:8]}" for v in VALUES]
)
def test_a_value(operator, long, short, expected):
    """In the policy, then in the request, then in both."""
    condition = compile_condition(Condition(operator, "k:x", (long,)), True)
    assert condition({"k:x": short}) is expected
    turned = compile_condition(Condition(operator, "k:x", (short,)), True)
    assert turned({"k:x": long}) in (True, False)
    assert not condition({"k:x": long + "x"})


def test_many_values_of_many_patterns():
    wanted = tuple(f"*{n}*x" for n in range(100))
    condition = compile_condition(Condition("ForAnyValue:StringLike", "k:x", wanted), True)
    assert not condition({"k:x": tuple(f"{n}" * 10 for n in range(10_000))})


def test_ten_thousand_statements_and_hostile_patterns():
    bombs = tuple(allow("sqs:" + "*a" * 60, "arn:aws:sqs:*:*:" + "*a" * 200) for _ in range(50))
    many = tuple(allow(f"s3:Get{n}") for n in range(10_000))
    action = "sqs:" + "a" * 2000
    resource = QUEUE + "a" * 2000 + "b"
    decision = ask(Layers(identity=(policy(*bombs, *many),)), action=action, resource=resource)
    assert decision == ask(Layers(), action=action, resource=resource)
