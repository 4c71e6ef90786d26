"""Every rule in rows.jsonl has its case; every case with rules names ones that there are."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLES = ("decisions", "conditions", "elements", "contexts")


def lines(name):
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()]


ROWS = {row["row"]: row for row in lines("rows")}
CASES = [case for table in TABLES for case in lines(table)]
NAMED = {row for case in CASES for row in case.get("rows", ())}


def test_rows_are_unique_and_say_where_their_rule_stands():
    assert len(ROWS) == len(lines("rows")) > 350
    assert all(row["rule"] and row["source"] for row in ROWS.values())


@pytest.mark.parametrize("row", ROWS)
def test_the_rule_has_a_case(row):
    assert row in NAMED


def test_no_case_names_a_rule_that_is_not_there():
    assert not NAMED - ROWS.keys()
