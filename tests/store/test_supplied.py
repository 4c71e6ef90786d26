import json
import re

import pytest

from iamctl.domain.errors import MalformedPolicyDocument
from iamctl.store.supplied import read_supplied

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*",
                   "Condition": {"Bool": {"aws:SecureTransport": True},
                                 "NumericLessThan": {"s3:max-keys": 10}}}],
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [json.dumps(DOCUMENT), json.dumps(DOCUMENT, indent=2), json.dumps(DOCUMENT, indent="\t"),
     "\ufeff" + json.dumps(DOCUMENT)],
)  # fmt: skip
def test_json(text):
    assert read_supplied(text.encode(), "p.json")[0] == DOCUMENT


def test_yaml_with_places():
    text = 'Version: "2012-10-17"\nStatement:\n  - Effect: Allow\n    Action: s3:GetObject\n'
    plain, locate = read_supplied(text.encode(), "p.yaml")
    assert plain == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}],
    }
    assert str(locate(("Statement", 0, "Action"))) == "p.yaml:4:13"


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b'"x"', b"\xff\xfe", b'{"a": 1, "a": 2}', b'{"\ta": 1,\n\t"\ta": 2}',
     b"a: *x", b"a: !!python/none x", b"[" * 100_000, b"Version: null\n"],
)  # fmt: skip
def test_what_is_neither(data):
    with pytest.raises(MalformedPolicyDocument):
        read_supplied(data, "p")


@pytest.mark.parametrize("data", [b"", b"- a\n", b"a: 1\n--- # b\nc: 2\n", b"a: 1\na: 2\n"])
def test_messages_speak_of_a_document(data):
    with pytest.raises(MalformedPolicyDocument) as raised:
        read_supplied(data, "p")
    for problem in raised.value.problems:
        assert "directory" not in problem.message
        assert problem.hint is not None
        assert not {"init", "iamctl:", "directory"} & set(re.findall(r"[\w:]+", problem.hint))


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400, '"\\ud800"']
)
def test_json_that_yaml_does_not_take_holds_nothing_that_it_cannot_say(value):
    text = f'\t{{"Statement": {{"Condition": {{"NumericEquals": {{"k": {value}}}}}}}}}'
    with pytest.raises(MalformedPolicyDocument):
        read_supplied(text.encode(), "doc")
    number, _ = read_supplied(text.replace(value, "1.5e300").encode(), "doc")
    assert number["Statement"]["Condition"] == {"NumericEquals": {"k": 1.5e300}}
