"""Which element AWS takes in which kind of policy, as data."""

import json
from pathlib import Path

import pytest

from iamctl.domain.documents import parse_document

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("elements.jsonl").read_text("utf-8").splitlines()
]


def test_case_ids_are_unique():
    ids = [case["id"] for case in CASES]
    assert len(ids) == len(set(ids)) > 150


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_element(case):
    document, problems = parse_document(case["document"], case["kind"])
    errors = [problem for problem in problems if problem.severity == "error"]
    assert (document is None) is bool(errors) is (case["expect"] == "refused"), problems
