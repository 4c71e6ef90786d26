"""Every row of the operator tables, as data: one condition, one context, true or false."""

import json
from pathlib import Path

import pytest

from iamctl.domain.documents import parse_document
from iamctl.policy.compile import compile_document

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("conditions.jsonl").read_text("utf-8").splitlines()
]


def test_case_ids_are_unique():
    ids = [case["id"] for case in CASES]
    assert len(ids) == len(set(ids)) > 500


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_condition(case):
    statement = {
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": case["condition"],
    }  # fmt: skip
    data = {"Version": case.get("version", "2012-10-17"), "Statement": statement}
    if data["Version"] is None:
        del data["Version"]
    document, problems = parse_document(data, "identity")
    assert document is not None, problems
    context = {
        key.lower(): tuple(value) if isinstance(value, list) else value
        for key, value in case["context"].items()
    }
    (compiled,) = compile_document(document).statements
    assert compiled.matches_conditions(context) is case["expect"], case
