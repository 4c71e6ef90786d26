"""One answer as data and in words: the verdict, the statement that decided, and each layer."""

from collections.abc import Mapping

from iamctl.domain.documents import Statement
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import SourcePolicy
from iamctl.policy.evaluate import Decision, Matched, evaluate
from iamctl.policy.explain import (
    TYPE_WORDS,
    LayerView,
    NearMiss,
    absent_keys,
    describe_statement,
    layer_views,
    near_misses,
)
from iamctl.policy.request import Caller
from iamctl.policy.suppose import Supposed
from iamctl.services.access import Answer
from iamctl.services.subjects import ANY_SESSION

OF_WHO = ("aws:principal", "aws:userid", "aws:username")
"""How the context keys begin that say who a caller is."""
_OWN = ("identity", "boundary", "session")
_GRANTS = ("trust", "resource", "identity")


class Explanation(NamedTuple):
    """Everything there is to say about an answer; `absent` are context keys that statements ask
    for and the request lacks, `taken_absent` those of them on which a yes hangs."""

    verdict: str
    why: str
    nearest: tuple[NearMiss, ...]
    layers: tuple[LayerView, ...]
    absent: tuple[str, ...]
    context: Mapping[str, str | tuple[str, ...]]
    reasons: tuple[str, ...]
    taken_absent: tuple[str, ...]


def explain(answer: Answer) -> Explanation:
    """The argument for an answer, layer by layer."""
    request, layers, decision = answer.request, answer.layers, answer.decision
    nearest: tuple[NearMiss, ...] = ()
    if decision.verdict == "implicitDeny" and decision.lacking:
        nearest = near_misses(request, layers, 1, decision.lacking)
    absent = absent_keys(request, layers)
    return Explanation(
        decision.verdict,
        why(answer),
        nearest,
        _views(answer),
        absent,
        request.context,
        (*_reasons(decision), *answer.assumed),
        tuple(key for key in absent if _hangs_on_absence(answer, key.lower())),
    )


def _hangs_on_absence(answer: Answer, key: str) -> bool:
    """Whether a yes could be a no if the request had the key, which nobody has said it lacks.

    What is absent of a principal is known to be.
    """
    if not answer.decision.allowed or not answer.decision.statements or key.startswith(OF_WHO):
        return False
    worst = Supposed(lambda asked: asked == key, best=False)
    return not evaluate(answer.request, worst.layers(answer.layers)).allowed


def _views(answer: Answer) -> tuple[LayerView, ...]:
    """The layers that took part, as the decision has them, those too that no policy is in."""
    verdicts = answer.decision.layers
    views = [v for v in layer_views(answer.request, answer.layers) if v.name in verdicts]
    told = {view.name for view in views}
    views += [LayerView(n, 0, (), v, (), ()) for n, v in verdicts.items() if n not in told]
    return tuple(
        # Root is allowed without a policy.
        view._replace(verdict=verdicts["identity"])
        if view.name == "identity" and not view.policies
        else view
        for view in views
    )


def why(answer: Answer) -> str:
    """What decided, in one line: the statement, or the layer that did not allow."""
    decision, action = answer.decision, answer.request.action
    matched = deciding(decision)
    if matched is not None:
        return describe_statement(matched.policy, matched.statement)
    if decision.verdict == "allowed" and answer.request.caller.type != "Account":
        return "nobody needs a permission for it, and no policy forbids it"
    if decision.verdict == "allowed":
        return "the root user may do everything that is not denied"
    if decision.verdict == "unknown":
        policy = decision.unreadable[0]
        return f"{policy.id} could not be read: {policy.reason}"
    if decision.refused:
        return decision.refused
    return f"no {TYPE_WORDS[decision.lacking]} allows {action}"


def deciding(decision: Decision) -> Matched | None:
    """The statement to name first: a Deny, or the Allow that grants rather than limits."""
    granting = [m for m in decision.statements if m.policy.type in _GRANTS]
    # Trust in a whole account grants nothing by itself.
    granting.sort(key=lambda matched: matched.form == "account")
    return next(iter(granting or decision.statements), None)


def _reasons(decision: Decision) -> list[str]:
    """Which rule of AWS's joins the layers, where it is not plain from their verdicts."""
    if decision.cross_account:
        return ["across accounts both sides must allow: the caller's policies and the resource's"]
    resource = next((n for n in ("trust", "resource") if n in decision.layers), "")
    if decision.layers.get(resource) == "allowed":
        if decision.lacking in _OWN:
            article = "an" if decision.lacking == "identity" else "a"
            return [
                f"the {TYPE_WORDS[resource]} alone is not enough for this caller:"
                f" {article} {TYPE_WORDS[decision.lacking]} must allow too"
            ]
        lacking = [n for n in _OWN if decision.layers.get(n) == "implicitDeny"]
        if decision.allowed and lacking:
            return [f"within one account a {TYPE_WORDS[resource]} that names the caller is enough"]
    return []


def evaluation_result(answer: Answer, explanation: Explanation) -> dict[str, Plain]:
    """AWS's EvaluationResult (IAM API Reference, SimulatePrincipalPolicy), with what only a file
    can say beside it: PrincipalArn, Reason, NearMisses, UnreadableDocuments, Notes."""
    decision = answer.decision
    result: dict[str, Plain] = {
        "EvalActionName": answer.request.action,
        "EvalResourceName": answer.request.resource,
        "EvalDecision": decision.verdict,
        "MatchedStatements": [matched_shape(m) for m in decision.statements],
        "MissingContextValues": list(explanation.absent),
    }
    if "scp" in decision.layers:
        result["OrganizationsDecisionDetail"] = {
            "AllowedByOrganizations": decision.layers["scp"] == "allowed"
        }
    if "boundary" in decision.layers:
        result["PermissionsBoundaryDecisionDetail"] = {
            "AllowedByPermissionsBoundary": decision.layers["boundary"] == "allowed"
        }
    return result | {
        "EvalDecisionDetails": {TYPE_WORDS[k]: v for k, v in decision.layers.items()},
        "PrincipalArn": _bearer(answer.request.caller),
        "Reason": explanation.why,
        "NearMisses": [_miss_shape(miss) for miss in explanation.nearest],
        "UnreadableDocuments": [
            {"SourcePolicyId": policy.id, "Reason": policy.reason} for policy in decision.unreadable
        ],
        "Notes": [*answer.notes, *answer.assumed],
    }


def _bearer(caller: Caller) -> str:
    """The ARN of a caller; of a role's session that nobody has named, the role's."""
    unnamed = caller.arn.endswith(f"/{ANY_SESSION}")
    return caller.principal_arn if unnamed else caller.arn


def matched_shape(matched: Matched) -> dict[str, Plain]:
    """AWS's Statement of a simulation, with the Sid, the effect and the file."""
    return _statement_shape(matched.policy, matched.statement)


def _statement_shape(policy: SourcePolicy, statement: Statement) -> dict[str, Plain]:
    shape: dict[str, Plain] = {
        "SourcePolicyId": policy.id,
        "SourcePolicyType": _source_type(policy),
        "Layer": policy.type,
        "AttachedTo": policy.owner or None,
        "Effect": statement.effect,
        "Sid": statement.sid,
    }
    if statement.source is not None:
        shape["SourceFile"] = statement.source.file
        shape["StartPosition"] = {
            "Line": statement.source.line,
            "Column": statement.source.column,
        }
    return shape


def _source_type(policy: SourcePolicy) -> str:
    """AWS's PolicySourceType, as near as the file tells."""
    if policy.type in ("resource", "trust"):
        return "resource"
    if policy.id.startswith("arn:aws:iam::aws:"):
        return "aws-managed"
    if policy.type == "identity" and policy.inline:
        return policy.owner.partition(" ")[0] or "none"
    return "user-managed" if policy.type in ("identity", "boundary") else "none"


def _miss_shape(miss: NearMiss) -> dict[str, Plain]:
    shape = _statement_shape(miss.policy, miss.statement)
    shape["Failures"] = [
        {"Element": f.element, "Wanted": f.wanted, "Got": f.got} for f in miss.failures
    ]
    return shape
