"""A directory as lines for a line diff."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.comparing import changes_between
from iamctl.services.outline import outline
from tests.domain.states import directories, meaning

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))


def test_a_fact_is_a_line():
    plain = {
        "iamctl": 1,
        "account": {"id": "123456789012"},
        "groups": {"g": {"members": [{"user": "b", "until": "2027-01-01T00:00:00Z"}, "a"],
                         "policies": ["p"]}},
        "policies": {"p": {"document": {"Statement": {
            "Resource": ["*"], "Effect": "Allow", "Action": ["s3:B", "s3:A"],
            "Condition": {"Bool": {"k": True}}}}}},
        "users": {"a": {"tags": {"x": "1\x1b", "y": ""}}},
    }  # fmt: skip
    assert list(outline(plain)) == [
        "account:",
        "  id: 123456789012",
        "iamctl: 1",
        "user a",
        "  tags:",
        '    x: "1\\u001b"',
        '    y: ""',
        "group g",
        "  members:",
        "    - a",
        "    - b until 2027-01-01T00:00:00Z",
        "  policies:",
        "    - p",
        "policy p",
        "  document:",
        "    Statement:",
        "      - Effect: Allow",
        "        Action:",
        "          - s3:A",
        "          - s3:B",
        "        Condition:",
        "          Bool:",
        "            k: true",
        "        Resource: *",
    ]


def tagged(**tags):
    return {"users": {"a": {"tags": tags}}}


def policy(**elements):
    return {"policies": {"p": {"document": {"Statement": [elements]}}}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (tagged(x="1\x1b"), tagged(x='"1\\u001b"')),
        (tagged(**{"a: b": "c"}), tagged(a="b: c")),
        (tagged(**{"a:": "c"}), tagged(a="c")),
        (tagged(x="a\nb"), tagged(x="a\nb\n")),
        (tagged(x="a\rb\n"), tagged(x="a\nb\n")),
        (tagged(x="|"), tagged(x="|\n")),
        ({"groups": {"g": {"members": ["a until 2027-01-01T00:00:00Z"]}}},
         {"groups": {"g": {"members": [{"user": "a", "until": "2027-01-01T00:00:00Z"}]}}}),
        (policy(Condition={"Bool": {"a:b": []}}), policy(Condition={"Bool": {}})),
        (policy(Condition={}), policy()),
        (policy(Condition={"Bool": {"a:b": True}}), policy(Condition={"Bool": {"a:b": 1}})),
        (policy(Effect="Deny"), policy(Effect=["Deny"])),
        (policy(Resource="1"), policy(Resource=1)),
        (policy(Principal={"AWS": "123456789012"}), policy(Principal={"AWS": 123456789012})),
        ({"organization": {"levels": [{"scps": {}}]}}, {"organization": {"levels": [{}]}}),
    ],
)  # fmt: skip
def test_what_says_something_else_has_other_lines(old, new):
    assert list(outline(old)) != list(outline(new))
    assert changes_between(old, new)


texts = st.text(st.sampled_from('a:" \n\r\\|-[]'), max_size=4)


@settings(max_examples=100 * SCALE, deadline=None)
@given(*[st.dictionaries(texts, texts, max_size=2).map(lambda tags: tagged(**tags))] * 2)
def test_whatever_keys_and_values_hold_their_lines_differ(old, new):
    assert (list(outline(old)) == list(outline(new))) is (changes_between(old, new) == ())


@settings(max_examples=100 * SCALE, deadline=None)
@given(directories, directories)
def test_lines_differ_where_meanings_do(old, new):
    if list(outline(old)) == list(outline(new)):
        assert changes_between(old, new) == ()
    if meaning(old) == meaning(new):
        assert list(outline(old)) == list(outline(new))
