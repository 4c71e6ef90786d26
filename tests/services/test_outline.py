"""A directory as lines for a line diff."""

import os

from hypothesis import given, settings

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


@settings(max_examples=100 * SCALE, deadline=None)
@given(directories, directories)
def test_lines_differ_where_meanings_do(old, new):
    if list(outline(old)) == list(outline(new)):
        assert changes_between(old, new) == ()
    if meaning(old) == meaning(new):
        assert list(outline(old)) == list(outline(new))
