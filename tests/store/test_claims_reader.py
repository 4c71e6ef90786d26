import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from iamctl.domain.claims import Claim
from iamctl.domain.claims_shape import KINDS
from iamctl.domain.errors import InvalidDirectory
from iamctl.store.claims import read_claims
from iamctl.store.claims_text import claims_text
from iamctl.store.schema import claims_schema, schema_text

ROOT = Path(__file__).parents[2]
HEAD = "iamctl-tests: 1\n"


def problems(text):
    with pytest.raises(InvalidDirectory) as raised:
        read_claims(text.encode(), "t.yaml")
    assert raised.value.code == "InvalidAccessTests"
    return raised.value.problems


def told(text):
    """Line behind HEAD, column and code of all problems."""
    return [(p.source.line - 1, p.source.column, p.code) for p in problems(HEAD + text)]


def test_claims_are_read_with_their_places():
    text = (
        "nobody-but:\n  - action: iam:*\n    only: []\n"
        "allow:\n  # why\n  - principal: [alice, 0042]\n    action: s3:GetObject\n"
    )
    first, second = read_claims((HEAD + text).encode(), "t.yaml")
    assert (first.kind, first.principals, str(first.source)) == (
        "allow", ("alice", "0042"), "t.yaml:7:5",
    )  # fmt: skip
    assert (second.kind, str(second.source)) == ("nobody-but", "t.yaml:3:5")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alow: []\n", [(1, 1, "unknown-key")]),
        ("allow: [{principal: a}]\n", [(1, 9, "missing-key")]),
        ("allow: [{principal: a, action: s3}]\n", [(1, 32, "invalid-value")]),
        ("allow: [{principal: a b, action: s3:x}]\n", [(1, 21, "invalid-value")]),
        ("allow: [{principal: dev-*, action: s3:x}]\n", [(1, 21, "invalid-value")]),
        ("allow: [{principal: ':me', action: s3:x}]\n", [(1, 21, "invalid-value")]),
        ("allow: [{principal: {a: b}, action: s3:x}]\n", [(1, 21, "wrong-kind")]),
        ("allow: [{principal: a, action: s3:x, resource: bucket}]\n", [(1, 48, "invalid-value")]),
        ("allow: [{principal: a, action: s3:x, resource: []}]\n", [(1, 38, "empty")]),
        ("allow: [{principal: a, action: s3:x, only: []}]\n", [(1, 38, "unknown-key")]),
        ("allow: [{principal: a, action: s3:x, at: noon}]\n", [(1, 42, "invalid-value")]),
        ("allow: [{principal: a, action: s3:x, context: {'': x}}]\n", [(1, 48, "invalid-name")]),
        ("nobody-but: [{action: iam:*}]\n", [(1, 14, "missing-key")]),
        ("assume: [{role: r, only: yes}]\n", [(1, 26, "invalid-value"), (1, 10, "empty")]),
        ("deny: [{principal: a, action: s3:x, through-roles: 'true'}]\n",
         [(1, 52, "invalid-value")]),
        ("allow:\n- {principal: a, action: s3:x}\n- {principal: a, action: s3:x, at: x}\n"
         "deny: 5\n", [(3, 36, "invalid-value"), (4, 7, "wrong-kind")]),
        ("allow: [{principal: *x, action: s3:x}]\n", [(1, 21, "alias")]),
        ("", [(0, 1, "no-claims")]),
        ("allow: []\n", [(0, 1, "no-claims")]),
    ],
)  # fmt: skip
def test_every_problem_has_its_place(text, found):
    assert sorted(told(text)) == sorted(found)


def test_a_file_that_is_none_is_told_how_it_starts():
    for text in ("", "[a]", "allow: []\n"):
        assert any("iamctl-tests: 1" in (p.hint or "") for p in problems(text)), text
    (newer,) = problems("iamctl-tests: 2\nwhat: ever\n")
    assert newer.code == "format-version"
    assert "2" in newer.message


_NAMES = st.sampled_from(
    ["alice", "user/*", "role/dev-?", "arn:aws:iam::123456789012:root", "0042"]
)
_SOME = st.lists(_NAMES, min_size=1, max_size=6, unique=True).map(tuple)
_ACTIONS = st.lists(
    st.sampled_from(["s3:GetObject", "*", "iam:*", "kms:Decrypt"]), min_size=1, unique=True
).map(tuple)
_CONTEXTS = st.dictionaries(
    st.sampled_from(["aws:multifactorauthpresent", "sts:externalid", "aws:tagkeys"]),
    st.one_of(
        st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=12).filter(
            lambda text: text.isprintable()
        ),
        st.lists(st.sampled_from(["true", "a b", "#", "*"]), max_size=3).map(tuple),
    ),
    max_size=2,
)


@st.composite
def _claim(draw):
    kind = draw(st.sampled_from(list(KINDS)))
    context = draw(_CONTEXTS)
    if kind == "assume":
        return Claim(kind, draw(_SOME), roles=("a", "b*"), alone=draw(st.booleans()),
                     excluded=draw(st.sampled_from([(), ("bob",)])), context=context)  # fmt: skip
    resources = draw(st.sampled_from([("*",), ("arn:aws:s3:::a/*", "role/x")]))
    claim = Claim(kind, actions=draw(_ACTIONS), resources=resources, context=context)
    if kind == "nobody-but":
        return claim._replace(only=draw(st.lists(_NAMES, unique=True).map(tuple)))
    return claim._replace(principals=draw(_SOME))


@given(st.lists(_claim(), min_size=1, max_size=5, unique_by=repr))
def test_what_is_written_is_read_again(claims):
    text = claims_text([(claim, "Why: so") for claim in claims], "directory.yaml", "2026-11-24")
    read = [claim._replace(source=None) for claim in read_claims(text.encode(), "t.yaml")]
    assert read == sorted(claims, key=lambda claim: list(KINDS).index(claim.kind))
    validator = Draft202012Validator(claims_schema())
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


def test_the_committed_schema_is_the_generated_one():
    text = schema_text(claims_schema())
    assert (ROOT / "access-tests.schema.json").read_text() == text
    Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        "iamctl-tests: 2",
        "{}",
        "iamctl-tests: 1\nallow: [{principal: a}]",
        "iamctl-tests: 1\nallow: [{principal: a, action: s3}]",
        "iamctl-tests: 1\nallow: [{principal: [a, b c], action: s3:x}]",
        "iamctl-tests: 1\nnobody-but: [{action: s3:x, only: 5, what: x}]",
        "iamctl-tests: 1\nassume: [{role: r, only: [a]}]",
        "iamctl-tests: 1\nassume: [{role: r, with: {a b: c}}]",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text):
    assert list(Draft202012Validator(claims_schema()).iter_errors(yaml.safe_load(text)))
    assert problems(text)
