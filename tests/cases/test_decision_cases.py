"""Rows of the evaluation tables, as data: who, what, which policies, and the verdict."""

import json
from pathlib import Path

import pytest

from iamctl.domain.documents import parse_document
from iamctl.policy.compile import source_policy
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.request import ANONYMOUS, Request, caller_of_arn

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("decisions.jsonl").read_text("utf-8").splitlines()
]


def policies(documents, kind):
    if documents is None:
        return None
    found = []
    for number, data in enumerate(documents):
        document, problems = parse_document(data, kind)
        assert document is not None, problems
        found.append(source_policy(document, f"{kind}{number}", kind))
    return tuple(found)


def layers_of(case):
    boundary, resource = case.get("boundary"), case.get("resource_policy")
    trust = policies([case["trust"]], "trust") if "trust" in case else None
    return Layers(
        identity=policies(case.get("identity_policies", []), "identity"),
        boundary=policies([boundary] if boundary else None, "boundary"),
        session=policies(case.get("session_policies"), "session"),
        resource=trust or policies([resource] if resource else None, "resource"),
        scps=tuple(policies(level, "scp") for level in case.get("scps", ())),
        rcps=tuple(policies(level, "rcp") for level in case.get("rcps", ())),
    )


def request_of(case):
    arn = case["principal"]
    caller = caller_of_arn(arn) if arn else ANONYMOUS
    facts = dict(case.get("caller", {}))
    if "services" in facts:
        facts["services"] = tuple(facts["services"])
    context = {
        key.lower(): tuple(value) if isinstance(value, list) else value
        for key, value in case.get("context", {}).items()
    }
    caller = caller._replace(**facts)
    return Request(caller, case["action"], case["resource"], context, case.get("resource_account"))


def test_case_ids_are_unique():
    ids = [case["id"] for case in CASES]
    assert len(ids) == len(set(ids)) > 200


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_decision(case):
    decision = evaluate(request_of(case), layers_of(case))
    assert decision.verdict == case["expect"], (case["source"], decision)
    if "lacking" in case:
        assert decision.lacking == case["lacking"]
    if decision.verdict == "explicitDeny":
        assert all(m.statement.effect == "Deny" for m in decision.statements)
        assert decision.statements
    if decision.verdict == "implicitDeny":
        assert not decision.statements


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_order_of_statements_and_policies_is_irrelevant(case):
    def reversed_statements(document):
        statements = document["Statement"]
        return {**document, "Statement": statements[::-1]}

    turned = dict(case)
    for name in ("identity_policies", "session_policies"):
        if name in case:
            turned[name] = [reversed_statements(d) for d in reversed(case[name])]
    for name in ("boundary", "resource_policy", "trust"):
        if name in case:
            turned[name] = reversed_statements(case[name])
    for name in ("scps", "rcps"):
        if name in case:
            turned[name] = [[reversed_statements(d) for d in level[::-1]] for level in case[name]]
    assert evaluate(request_of(turned), layers_of(turned)).verdict == case["expect"]
