"""Every row of what STS does in sts_rows.jsonl names the tests that see it, or says why it is none
of iamctl's; every name is one of a test that there is."""

import ast
import json
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LINES = [json.loads(line) for line in (HERE / "sts_rows.jsonl").read_text("utf-8").splitlines()]
ROWS = {row["row"]: row for row in LINES}
CASES = "tests/cases/rows.jsonl"


@cache
def names_in(path):
    """The ids, without parameters, of the tests in a file; of rows.jsonl, its rows, each of which
    has its case."""
    text = (ROOT / path).read_text("utf-8")
    if path == CASES:
        return {json.loads(line)["row"] for line in text.splitlines()}
    names = set()
    for node in ast.parse(text).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        before = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        names |= {before + test.name for test in inside if isinstance(test, ast.FunctionDef)}
    return {name for name in names if name.rpartition("::")[2].startswith("test_")}


def test_rows_are_unique_and_say_where_their_rule_stands():
    assert len(ROWS) == len(LINES) > 200
    assert all(row["table"] and row["rule"] and row["source"] for row in LINES)


@pytest.mark.parametrize("row", ROWS)
def test_the_row_is_seen_by_tests_that_there_are(row):
    said = ROWS[row]
    assert bool(said.get("tests")) is not bool(said.get("not_here"))
    for test in said.get("tests", ()):
        path, _, name = test.partition("::")
        assert name in names_in(path), test
