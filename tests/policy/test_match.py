import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.documents_variables import Literal, Variable, split_variables, variable_problem
from iamctl.policy.arns import compile_arn, compile_resource, resource_of
from iamctl.policy.match import (
    compile_glob,
    compile_pieces,
    literal_text,
    settled,
    split_pieces,
    substitute,
)

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
PATTERNS = st.text(alphabet="ab*?:", max_size=10)
TEXTS = st.text(alphabet="ab:*?\n", max_size=12)


def oracle(pattern: str, text: str) -> bool:
    """Wildcards by the definition, one table row a pattern character."""
    reached = {0}
    for char in pattern:
        if char == "*":
            reached = {end for start in reached for end in range(start, len(text) + 1)}
        else:
            reached = {at + 1 for at in reached if at < len(text) and char in ("?", text[at])}
    return len(text) in reached


@settings(max_examples=1000 * SCALE, deadline=None)
@given(PATTERNS, TEXTS)
def test_a_glob_matches_what_its_definition_matches(pattern, text):
    assert compile_glob(pattern)(text) is oracle(pattern, text)


@settings(max_examples=500 * SCALE, deadline=None)
@given(st.lists(st.tuples(st.booleans(), TEXTS), max_size=4), TEXTS)
def test_literal_pieces_are_only_themselves(parts, text):
    pieces = [Literal(t) if literal else t for literal, t in parts]
    # The oracle knows no literals: write their wildcards as characters no text here has.
    hide = {ord("*"): "\x01", ord("?"): "\x02"}
    pattern = "".join(t.translate(hide) if literal else t for literal, t in parts)
    # A wildcard must still match a hidden character, a hidden character only itself.
    assert compile_pieces(pieces)(text) is oracle(pattern, text.translate(hide))


@settings(max_examples=500 * SCALE, deadline=None)
@given(TEXTS)
def test_substituted_text_matches_exactly_itself(value):
    pieces = substitute(split_variables("a${k}"), {"k": value})
    matcher = compile_pieces(pieces)
    assert matcher("a" + value)
    assert not matcher("a" + value + "b")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a" * 400 + "b", "a" * 20_000),
        ("a*" * 400 + "b", "a" * 20_000),
        ("*?" * 400 + "b", "a" * 20_000),
        ("?*a" * 300, "a" * 20_000 + "b"),
        ("*" * 5000 + "b", "a" * 20_000),
        ("*ab" * 400, "ba" * 10_000 + "c"),
        ("(a+)+$", "a" * 10_000),
    ],
)
def test_bombs_are_answered(pattern, text):
    assert compile_glob(pattern)(text) is False


def test_many_wildcards_that_do_match():
    assert compile_glob("*a" * 400)("a" * 20_000)
    assert compile_glob("*?" * 400)("a" * 400)
    assert not compile_glob("*?" * 400)("a" * 399)


@settings(max_examples=1000 * SCALE, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=7), st.lists(TEXTS, min_size=6, max_size=7))
def test_an_arn_pattern_matches_part_by_part(parts, values):
    pattern, text = "arn:" + ":".join(parts), "arn:" + ":".join(values)
    wanted = (pattern.split(":", 5) + ["*"] * 5)[:6]
    cut = text.split(":", 5)
    expected = all(oracle(p, v) for p, v in zip(wanted, cut, strict=True))
    matcher = compile_resource(pattern, variables=True)
    assert matcher(resource_of(text), {}) is expected


@settings(max_examples=1000 * SCALE, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=8), st.lists(TEXTS, min_size=1, max_size=8))
def test_an_arn_condition_is_not_completed(parts, values):
    pattern, text = "arn:" + ":".join(parts), "arn:" + ":".join(values)
    wanted, cut = pattern.split(":", 5), text.split(":", 5)
    expected = len(wanted) == len(cut) == 6 and all(
        oracle(p, v) for p, v in zip(wanted, cut, strict=True)
    )
    matcher = compile_arn([pattern])
    assert (matcher is not None and matcher(text)) is expected


@given(st.text(alphabet="a:$", max_size=12), st.booleans())
def test_splitting_pieces_cuts_where_splitting_text_cuts(text, literal):
    parts = split_pieces([Literal(text) if literal else text])
    assert [literal_text(part) for part in parts] == text.split(":", 5)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain", ["plain"]),
        ("a${aws:UserName}b", ["a", Variable("aws:username"), "b"]),
        ("${k, 'x y'}", [Variable("k", "x y")]),
        ("${k, ''}", [Variable("k", "")]),
        ("${*}${?}${$}", [Literal("*"), Literal("?"), Literal("$")]),
        ("$a", ["$a"]),
        ("${a", ["${a"]),
        ("${aws:PrincipalTag/a@b}", [Variable("aws:principaltag/a@b")]),
        ("${k, 'a}b'}", [Variable("k", "a}b")]),
    ],
)
def test_variables_are_taken_apart(text, pieces):
    assert split_variables(text) == pieces


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${aws:username", "variable-brace"),
        ("a${", "variable-brace"),
        ("${}", "variable-empty"),
        ("${ }", "variable-empty"),
        ("${aws: username}", "variable-space"),
        ("${aws:username }", "variable-space"),
        ("${k,'x'}", "variable-quote"),
        ("${k, 'x}", "variable-quote"),
        ("${k, x}", "variable-quote"),
        ("${k,  'x'}", "variable-quote"),
        ("${a${b}", "variable-brace"),
        ("${a$b}", "variable-syntax"),
        ("${aws:username} and ${", "variable-brace"),
    ],
)
def test_malformed_variables_are_named(text, code):
    problem = variable_problem(text)
    assert problem is not None
    assert problem[0] == code


@pytest.mark.parametrize("text", ["", "$", "a$b", "${k}", "${k, 'a b'}", "${*}", "}{"])
def test_well_formed_variables_are_no_problem(text):
    assert variable_problem(text) is None


@given(st.text(alphabet="${}'*?, k", max_size=20))
def test_taking_apart_never_loses_text(text):
    pieces = split_variables(text)
    assert all(piece != "" for piece in pieces) or text == ""
    if settled(pieces) is None:
        assert "${k" in text
    elif variable_problem(text) is None and "${" not in text:
        assert pieces == [text]


@pytest.mark.parametrize(
    "pattern", ["arn?:aws:s3:::b", "*:aws:s3:::b*", "arnx:aws:s3:::b*", "arnx"]
)
def test_only_an_arn_is_matched_by_more_than_a_star(pattern):
    assert not compile_resource(pattern, True)(resource_of("arnx:aws:s3:::b"), {})
    assert compile_resource("*", True)(resource_of("arnx:aws:s3:::b"), {})
