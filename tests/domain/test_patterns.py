"""What is told by characters alone is what the expressions in AWS's rules say."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iamctl.domain import documents_values
from iamctl.domain.names import is_principal_id
from iamctl.domain.patterns import DIGITS, LETTERS, Pattern, consists_of

NAMED = r"(?:[\x21-\x7e]+/)?[A-Za-z0-9_+=,.@-]+"
PRINCIPAL_ARN = re.compile(
    r"arn:aws(?:-[a-z]+)*:(?:iam::\d{12}:(?:root|user/NAME|role/NAME)"
    r"|sts::\d{12}:(?:assumed-role/PLAIN/PLAIN|federated-user/PLAIN))".replace(
        "NAME", NAMED
    ).replace("PLAIN", "[A-Za-z0-9_+=,.@-]+"),
    re.ASCII,
)
ACTION = re.compile(r"[A-Za-z0-9*?_-]+:[A-Za-z0-9*?_.-]+")
UNIQUE_ID = re.compile(r"A(?:IDA|ROA)[A-Z0-9]{12,124}")

PIECES = ["", "a", "Z9", "/", "//", ":", "*", "?", ".", "-", "_", "é", "٣", " ", "\n", "root"]
WORDS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
ARNS = st.builds(
    "{}:{}:{}:{}:{}:{}{}".format,
    st.sampled_from(["arn", "arn", "arn", "urn"]),
    st.sampled_from(["aws", "aws", "aws-cn", "aws-us-gov", "aws-", "AWS", ""]),
    st.sampled_from(["iam", "iam", "sts", "sts", "s3", ""]),
    st.sampled_from(["", "", "", "eu-west-1", ":"]),
    st.sampled_from(["123456789012", "123456789012", "12345678901", "12345678901٣", ""]),
    st.sampled_from(["user/", "role/", "root", "assumed-role/", "federated-user/", "group/", ""]),
    WORDS,
)


@given(ARNS | WORDS)
@example("arn:aws:iam::123456789012:user/a/b")
@example("arn:aws:sts::123456789012:assumed-role/a/b")
def test_the_arn_of_a_principal_by_its_parts(text: str) -> None:
    assert documents_values._is_principal_arn(text) == bool(PRINCIPAL_ARN.fullmatch(text))


@given(st.builds("{}:{}".format, WORDS, WORDS) | WORDS)
def test_an_action_by_its_parts(text: str) -> None:
    fault = documents_values.action_fault(text, trust=False)
    assert (fault is None) == (text == "*" or ACTION.fullmatch(text) is not None)


@given(
    st.builds(
        "{}{}".format,
        st.sampled_from(["AIDA", "AROA", "AGPA", "A"]),
        st.text(st.sampled_from("AZ09"), min_size=10, max_size=126) | st.text(max_size=14),
    )
)
def test_a_unique_id_by_its_characters(text: str) -> None:
    assert is_principal_id(text) == bool(UNIQUE_ID.fullmatch(text))


@given(st.text(max_size=6), st.integers(0, 3))
def test_characters_are_all_that_count(text: str, minimum: int) -> None:
    expression = re.compile(rf"[A-Za-z0-9]{{{minimum},}}")
    assert consists_of(LETTERS | DIGITS, text, minimum) == bool(expression.fullmatch(text))


@given(st.text(st.sampled_from("aAbB1 "), max_size=8))
def test_a_pattern_answers_as_the_compiled_expression(text: str) -> None:
    lazy, compiled = Pattern("(a)|b", re.IGNORECASE), re.compile("(a)|b", re.IGNORECASE)
    assert bool(lazy.fullmatch(text)) == bool(compiled.fullmatch(text))
    assert bool(lazy.search(text)) == bool(compiled.search(text))
    assert [m.span() for m in lazy.finditer(text)] == [m.span() for m in compiled.finditer(text)]
    assert lazy.split(text, 1) == compiled.split(text, 1)
    assert lazy.sub("x", text) == compiled.sub("x", text)


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    wrong = Pattern("(")
    with pytest.raises(re.error):
        wrong.search("")


SOUND = [f"s3:Get{number}*" for number in range(40)]
WRONG = [
    "", "s3", ":", "s3:", ":Get", "s3:Get\n", "s3:A\ns3:B", "*", "é:Get", "s3:Get Object", 7,
    "s3:A\ns3", "s3:A:B", "s.3:Get", "\n", "s3:\nGet",
]  # fmt: skip


@given(st.lists(st.sampled_from(WRONG), max_size=2), st.integers(0, 40))
def test_many_actions_are_told_at_once_as_one_by_one(wrong: list[str | int], at: int) -> None:
    actions = [*SOUND[:at], *wrong, *SOUND[at:]]
    told = documents_values.many_actions([*actions])
    assert (told is None) == bool(wrong)
    assert told is None or told == tuple(actions)


def test_a_short_list_is_looked_at_one_by_one() -> None:
    assert documents_values.many_actions(["s3:Get"]) is None
