"""Values written as YAML read back the same, whoever reads them."""

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iamctl.domain import shape as shapes
from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Plain
from iamctl.store import emit
from iamctl.store.emit import Style
from iamctl.store.reader import read_value
from iamctl.store.tree import compose_text

DOCUMENT = Shape("document", "")
ODD = (
    "no 0042 1e3 0x1F 1:30 2026-01-01 ~ null * &a x: # ' \" [a] {a} a,b % @x ` !x | > --- ...|"
    "=|<<|.5|+1|y|True|?|:|-|a\"b|a'b|a\\b|- x|a: b|a #b| x|x |\t|\x85|\u2028|\ufeff|\u202e|a\nb|"
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    [*ODD.split(), *ODD.split("|")]
)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e6, 1e6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
CORE = re.compile(  # what YAML 1.2's core schema takes for something other than text
    r"null|Null|NULL|~|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|"
)


def ours(text: str, shape: Shape = DOCUMENT) -> Plain:
    node = compose_text(text, "t")
    assert node is not None
    value, problems = read_value(shape, node)
    assert problems == ()
    return value


def strict(value: Any) -> str:
    """Tells true from 1 and 1 from 1.0, which == does not."""
    return json.dumps(value, sort_keys=True)


@settings(max_examples=400, deadline=None)
@given(VALUES)
@example([1e-7, 1e22, 1.5e300, -0.0, "s3:Get?"])
def test_any_value_reads_back_in_ours_and_in_a_plain_parser(value: Plain) -> None:
    for text in (emit.yaml_text(value), emit.flow(value) + "\n"):
        assert strict(ours(text)) == strict(value)
        assert strict(yaml.safe_load(text)) == strict(value)


def test_what_is_absent_is_null_to_a_plain_parser() -> None:
    value: Plain = {"a": None, "b": [None, "None", "null"], "c": [{"d": None}]}
    lines = emit.flow_lines(value, None, Style(), "  ")
    for text in (emit.yaml_text(value), emit.flow(value), "\n".join(lines)):
        assert yaml.safe_load(text) == value
    assert emit.yaml_text(None) == "null\n"


@settings(max_examples=400, deadline=None)
@given(VALUES, st.integers(1, 8), st.integers(0, 6), st.sampled_from(["", '"', "'"]))
def test_any_style_reads_back(value: Plain, step: int, dash: int, quote: str) -> None:
    lines = emit.pair_lines("key", value, DOCUMENT, Style(step, dash, quote))
    assert strict(ours("\n".join(lines))) == strict({"key": value})


@given(TEXTS)
def test_plain_text_is_text_to_every_version_of_yaml(value: str) -> None:
    for flow in (False, True):
        written = emit.scalar(value, flow=flow)
        if written[0] not in "\"'":
            assert CORE.fullmatch(written) is None
            assert written == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("payments", "payments"),
        ("/eng/", "/eng/"),
        ("s3:GetObject", "s3:GetObject"),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("Ships it, then rests", "Ships it, then rests"),
        ("5b1d2e3f-0000-4000-8000-000000000000", "5b1d2e3f-0000-4000-8000-000000000000"),
        ("no", '"no"'),
        ("0042", '"0042"'),
        ("123456789012", '"123456789012"'),
        ("2012-10-17", '"2012-10-17"'),
        ("*", '"*"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("a\nb", '"a\\nb"'),
        ("\u202ex", '"\\u202Ex"'),
        ('say "x" # y', "'say \"x\" # y'"),
        ("ключ é", "ключ é"),
    ],
)
def test_text_is_quoted_only_where_it_must_be(value: str, written: str) -> None:
    assert emit.scalar(value) == written


def test_the_shape_decides_about_times_and_numbers() -> None:
    user = shapes.USER
    instant = "2026-11-24T09:00:00Z"
    assert emit.scalar(instant, user.fields["created"]) == instant
    assert emit.scalar(instant, user.fields["path"]) == f'"{instant}"'
    assert emit.scalar("7200", shapes.ROLE.fields["max_session_duration"]) == "7200"
    assert emit.scalar(6000, emit.child(shapes.ACCOUNT.fields["quotas"], "users")) == "6000"
    member = emit.child(shapes.GROUP.fields["members"], 0)
    assert emit.scalar(instant, emit.child(member, "until")) == instant


def test_an_entity_looks_as_a_person_would_write_it() -> None:
    role: Plain = {
        "id": "AROAAAAAAAAAAAAAAAAAA",
        "created": "2026-11-24T09:00:00Z",
        "trust": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Ec2",
                    "Effect": "Allow",
                    "Principal": {"Service": "ec2.amazonaws.com"},
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": True}},
                }
            ],
        },
        "tags": {"team": "payments"},
        "policies": ["DeployStack", "arn:aws:iam::aws:policy/" + "A" * 60],
        "inline": {},
    }
    lines = emit.pair_lines("deployer", role, shapes.ROLE, Style())
    assert (
        lines
        == """\
deployer:
  id: AROAAAAAAAAAAAAAAAAAA
  created: 2026-11-24T09:00:00Z
  trust:
    Version: "2012-10-17"
    Statement:
      - Sid: Ec2
        Effect: Allow
        Principal: {Service: ec2.amazonaws.com}
        Action: [sts:AssumeRole, sts:TagSession]
        Condition:
          Bool:
            aws:MultiFactorAuthPresent: true
  tags: {team: payments}
  policies:
    - DeployStack
    - arn:aws:iam::aws:policy/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  inline: {}""".splitlines()
    )


def test_members_stand_one_a_line() -> None:
    members: Plain = ["alice", {"user": "bob", "until": "2026-12-31T00:00:00Z"}]
    lines = emit.pair_lines("members", members, shapes.GROUP.fields["members"], Style(4, 0))
    assert lines == [
        "members:",
        "- alice",
        "- user: bob",
        "  until: 2026-12-31T00:00:00Z",
    ]
