"""The context keys that follow from who asks and what for, as data; null is an absent key."""

import json
from pathlib import Path

import pytest

from iamctl.policy import request

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("contexts.jsonl").read_text("utf-8").splitlines()
]
NOW = 1_790_000_000
CALLERS = {
    "user": request.user_caller,
    "session": request.session_caller,
    "root": request.root_caller,
    "federated-user": request.federated_user_caller,
    "service": request.service_caller,
    "federated": request.federated_caller,
    "anonymous": lambda: request.ANONYMOUS,
}


def plain(value):
    return list(value) if isinstance(value, tuple) else value


def test_case_ids_are_unique():
    ids = [case["id"] for case in CASES]
    assert len(ids) == len(set(ids)) > 50


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_context(case):
    kind, *arguments = case["caller"]
    context = request.context_of(CALLERS[kind](*arguments), NOW, **case["facts"])
    assert {key: plain(context.get(key)) for key in case["expect"]} == case["expect"]
