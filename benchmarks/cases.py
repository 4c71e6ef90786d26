"""Cases for `iamctl simulate`, as a company has them: `python -m benchmarks.cases 50000 > FILE`.

They are the cases of `benchmarks.decisions` as JSON Lines: users with twenty policies each, a
boundary and three levels of service control policies, whose documents repeat from case to case.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.decisions import company
from iamctl.domain.documents import Statement
from iamctl.policy.compile import SourcePolicy


def cases(count: int, seed: int = 1) -> Iterator[str]:
    """That many lines, the same for the same seed."""
    known: dict[int, dict[str, Any]] = {}
    asked = company(seed)
    for number in range(count):
        request, layers = asked[number % len(asked)]
        case = {
            "id": number,
            "principal": request.caller.arn,
            "action": request.action,
            "resource": request.resource,
            "context": {
                key: list(value) if isinstance(value, tuple) else value
                for key, value in request.context.items()
            },
            "identity_policies": [_document(policy, known) for policy in layers.identity],
            "scps": [[_document(policy, known) for policy in level] for level in layers.scps],
        }
        if layers.boundary:
            case["boundary"] = _document(layers.boundary[0], known)
        if layers.resource:
            case["resource_policy"] = _document(layers.resource[0], known)
        yield json.dumps(case) + "\n"


def _document(policy: SourcePolicy, known: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """The document that a policy was compiled from."""
    found = known.get(id(policy.document))
    if found is None:
        if policy.document is None:
            raise ValueError(f"{policy.id} could not be read")
        statements = [_statement(compiled.statement) for compiled in policy.document.statements]
        found = known[id(policy.document)] = {"Version": "2012-10-17", "Statement": statements}
    return found


def _statement(statement: Statement) -> dict[str, Any]:
    elements: Mapping[str, Any] = {
        "Sid": statement.sid,
        "Effect": statement.effect,
        "Principal": statement.principals,
        "NotPrincipal": statement.not_principals,
        "Action": statement.actions,
        "NotAction": statement.not_actions,
        "Resource": statement.resources,
        "NotResource": statement.not_resources,
    }
    written = {name: value for name, value in elements.items() if value is not None}
    block: dict[str, dict[str, Any]] = {}
    for condition in statement.conditions:
        block.setdefault(condition.operator, {})[condition.key] = condition.values
    return {**written, "Condition": block} if block else written


if __name__ == "__main__":
    sys.stdout.writelines(cases(*(int(word) for word in sys.argv[1:])))
