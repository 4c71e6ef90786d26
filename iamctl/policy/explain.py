"""Why a decision came out as it did, in AWS's words and in a person's. Computed on demand.

The sentence follows the IAM User Guide's page on troubleshooting access denied messages.
"""

from collections.abc import Iterable, Iterator, Mapping

from iamctl.domain.documents import Condition, Statement
from iamctl.domain.documents_variables import Variable, variables_of
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import CompiledStatement, SourcePolicy
from iamctl.policy.conditions import compile_condition
from iamctl.policy.evaluate import (
    Decision,
    Layers,
    Matched,
    Question,
    Verdict,
    applies,
    question_of,
    resource_layer,
)
from iamctl.policy.match import Context, variable_value
from iamctl.policy.request import Caller, Request

TYPE_WORDS: Mapping[str, str] = {
    "identity": "identity-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "resource": "resource-based policy",
    "trust": "role trust policy",
    "scp": "service control policy",
    "rcp": "resource control policy",
}
_DENY_WORDS = {
    **{name: f"a {words}" for name, words in TYPE_WORDS.items()},
    "identity": "an identity-based policy",
    "session": "a sessions policy",
    "trust": "the role trust policy",
}


class Failure(NamedTuple):
    """An element that did not match: what the policy wanted and what the request had."""

    element: str
    wanted: str
    got: str

    def __str__(self) -> str:
        return f"{self.element} wants {self.wanted}, the request has {self.got}"


class NearMiss(NamedTuple):
    """A statement that would have allowed, had the listed elements matched."""

    policy: SourcePolicy
    statement: Statement
    failures: tuple[Failure, ...]

    def __str__(self) -> str:
        why = "; ".join(str(failure) for failure in self.failures)
        return f"{describe_statement(self.policy, self.statement)} almost matched: {why}"


def denial_message(request: Request, decision: Decision) -> str:
    """AWS's AccessDenied sentence. The reason is left out across accounts, as AWS does."""
    caller = request.caller
    who = caller.arn or caller.issuer or next(iter(caller.services), "anonymous")
    sentence = (
        f"User: {who} is not authorized to perform: {request.action}"
        f" on resource: {request.resource}"
    )
    reason = "" if decision.cross_account and not decision.refused else _reason(request, decision)
    return f"{sentence} {reason}".rstrip()


def _reason(request: Request, decision: Decision) -> str:
    if decision.verdict == "explicitDeny" or decision.lacking == "scp":
        # AWS words a missing Allow in a service control policy as an explicit deny, too.
        return f"with an explicit deny in {_DENY_WORDS[decision.lacking]}"
    if decision.refused:
        return f"because {decision.refused[:1].lower()}{decision.refused[1:].rstrip('.')}"
    if decision.verdict == "implicitDeny":
        words = TYPE_WORDS[decision.lacking]
        return f"because no {words} allows the {request.action} action"
    return ""


def describe_statement(policy: SourcePolicy, statement: Statement) -> str:
    """`statement "Sid" of policy ReadArtifacts (group developers) at file:line:column`."""
    name = f'statement "{statement.sid}"' if statement.sid else "a statement"
    owner = f" ({policy.owner})" if policy.owner else ""
    place = f" at {statement.source}" if statement.source else ""
    kind = _KIND_WORDS.get(policy.type, "policy")
    return f"{name} of {kind} {policy.id}{owner}{place}"


_KIND_WORDS = {
    "boundary": "boundary",
    "session": "session policy",
    "trust": "the",
    "resource": "the policy of",
}


def describe_matched(matched: Matched) -> str:
    """A deciding statement in words: its effect, its name and its place."""
    verb = "allowed by" if matched.statement.effect == "Allow" else "denied by"
    return f"{verb} {describe_statement(matched.policy, matched.statement)}"


def reasons(
    request: Request, layers: Layers, decision: Decision, limit: int = 3
) -> tuple[str, ...]:
    """Lines that say why: the deciding statements, what could not be read, or what almost
    allowed and what differed."""
    lines = [describe_matched(matched) for matched in decision.statements]
    if decision.verdict == "unknown":
        lines += [f"{policy.id} could not be read: {policy.reason}" for policy in
                  decision.unreadable]  # fmt: skip
    if decision.verdict == "implicitDeny" and not decision.refused:
        if decision.cross_account:  # within one account, AWS's sentence says it
            lines.append(f"no {TYPE_WORDS[decision.lacking]} allows {request.action}")
        lines += _why_needed(decision)
        lines += [str(miss) for miss in near_misses(request, layers, limit, decision.lacking)]
    return tuple(lines)


def _why_needed(decision: Decision) -> list[str]:
    """Why the caller's own policies are asked although the resource's policy allows."""
    for name in ("trust", "resource"):
        if decision.layers.get(name) == "allowed" and decision.lacking == "identity":
            where = "from another account" if decision.cross_account else "as part of its account"
            return [
                f"the {TYPE_WORDS[name]} allows the caller {where} only, so the caller's own"
                " policies must allow it too"
            ]
    return []


class LayerView(NamedTuple):
    """What one layer, or one level of it, says, and by what.

    `name` is a key of Decision.layers; `level` tells the levels of an organization apart, root
    first, from 0. `statements` are those that apply, `misses` those that almost allowed.
    """

    name: str
    level: int
    policies: tuple[SourcePolicy, ...]
    verdict: Verdict
    statements: tuple[Matched, ...]
    misses: tuple[NearMiss, ...]


def layer_views(request: Request, layers: Layers, limit: int = 2) -> tuple[LayerView, ...]:
    """Every layer that there is, in the order in which AWS asks them, with all that applies."""
    question = question_of(request, layers)
    found = []
    for name, levels in _by_layer(question, layers).items():
        for number, policies in enumerate(levels):
            matched = tuple(_matched(policies, question))
            verdict = _view_verdict(policies, matched)
            misses = (
                _misses(policies, question, request.action, limit)
                if verdict == "implicitDeny"
                else ()
            )
            found.append(LayerView(name, number, policies, verdict, matched, misses))
    return tuple(found)


def _matched(policies: Iterable[SourcePolicy], question: Question) -> Iterator[Matched]:
    for policy in policies:
        for statement in policy.document.statements if policy.document else ():
            form = applies(statement, question)
            if form is not None:
                yield Matched(policy, statement.statement, form)


def _view_verdict(policies: tuple[SourcePolicy, ...], matched: tuple[Matched, ...]) -> Verdict:
    effects = {found.statement.effect for found in matched}
    if "Deny" in effects:
        return "explicitDeny"
    if "Allow" in effects:
        return "allowed"
    unread = any(policy.document is None for policy in policies)
    return "unknown" if unread else "implicitDeny"


def absent_keys(request: Request, layers: Layers) -> tuple[str, ...]:
    """The context keys that statements about this action and principal ask for and the request
    lacks, as they are written: AWS's MissingContextValues."""
    question = question_of(request, layers)
    found: dict[str, str] = {}
    for levels in _by_layer(question, layers).values():
        for policies in levels:
            for policy in policies:
                for statement in policy.document.statements if policy.document else ():
                    if statement.matches_action(question.action) and (
                        statement.form(question.caller, question.bounded) is not None
                    ):
                        for key in _keys(statement):
                            found.setdefault(key.lower(), key)
    return tuple(key for low, key in found.items() if low not in request.context)


def _keys(compiled: CompiledStatement) -> Iterator[str]:
    """The context keys that a statement's conditions and variables look at."""
    statement = compiled.statement
    texts = [*(statement.resources or ()), *(statement.not_resources or ())]
    for condition in statement.conditions:
        yield condition.key
        texts += condition.values
    if compiled.variables:
        for text in texts:
            yield from (variable.key for variable in variables_of(text))


def near_misses(
    request: Request, layers: Layers, limit: int = 3, layer: str | None = None
) -> tuple[NearMiss, ...]:
    """The Allow statements that came nearest, fewest failing elements first.

    Only statements are near that match the action or all the rest; `layer` keeps to one layer.
    """
    question = question_of(request, layers)
    policies = [
        policy
        for name, levels in _by_layer(question, layers).items()
        if layer is None or name == layer
        for level in levels
        for policy in level
    ]
    return _misses(policies, question, request.action, limit)


def _misses(
    policies: Iterable[SourcePolicy], question: Question, action: str, limit: int
) -> tuple[NearMiss, ...]:
    """Statements about another service are no near ones, nor those that miss more than that."""
    misses = [
        NearMiss(policy, statement.statement, failures)
        for policy in policies
        for statement in (policy.document.statements if policy.document else ())
        if statement.allows and (failures := _failures(statement, question, action))
        if failures[0].element not in ("Action", "NotAction")
        or (len(failures) == 1 and failures[0].wanted)
    ]
    misses.sort(key=lambda miss: len(miss.failures))
    return tuple(misses[:limit])


def _by_layer(
    question: Question, layers: Layers
) -> Mapping[str, tuple[tuple[SourcePolicy, ...], ...]]:
    """The levels of every layer that there is, by its name; most layers have one."""
    one_level = {
        resource_layer(question, layers): layers.resource,
        "identity": layers.identity,
        "boundary": layers.boundary,
        "session": layers.session,
    }
    found = {"scp": layers.scps, "rcp": layers.rcps}
    found |= {name: (policies,) for name, policies in one_level.items() if policies is not None}
    return {name: levels for name, levels in found.items() if levels}


def _failures(compiled: CompiledStatement, question: Question, action: str) -> tuple[Failure, ...]:
    """The elements of a statement that do not match, in AWS's order; `action` as it was spelled."""
    statement = compiled.statement
    found = []
    if not compiled.matches_action(question.action):
        found.append(_action_failure(statement, action))
    if compiled.form(question.caller, question.bounded) is None:
        found.append(_principal_failure(statement, question.caller))
    if not compiled.matches_resource(question.resource, question.context):
        element = "Resource" if statement.resources is not None else "NotResource"
        patterns = statement.resources or statement.not_resources or ()
        found.append(Failure(element, _listed(patterns), question.resource.text))
    variables = compiled.variables
    for condition in statement.conditions:
        if not compile_condition(condition, variables)(question.context):
            found.append(_condition_failure(condition, question.context, variables))
    return tuple(found)


def _action_failure(statement: Statement, action: str) -> Failure:
    """`wanted` lists the actions of the request's service, if there are any."""
    if statement.actions is None:
        return Failure("NotAction", _listed(statement.not_actions or ()), action)
    service = action.partition(":")[0].lower()
    same = tuple(a for a in statement.actions if a.partition(":")[0].lower() == service)
    return Failure("Action", _listed(same) if same else "", action)


def _principal_failure(statement: Statement, caller: Caller) -> Failure:
    excepted = statement.principals is None
    principals = statement.not_principals if excepted else statement.principals
    named = [f"{key} {value}" for key, values in (principals or {}).items() for value in values]
    got = caller.arn or caller.issuer or ", ".join(caller.services) or "an anonymous caller"
    return Failure("NotPrincipal" if excepted else "Principal", _listed(named), got)


def _condition_failure(condition: Condition, context: Context, variables: bool) -> Failure:
    value = context.get(condition.key.lower())
    if value is None:
        got = f"no {condition.key}"
    else:
        got = f'"{value}"' if isinstance(value, str) else _listed(value)
    shown = [_with_value(text, context) if variables else f'"{text}"' for text in condition.values]
    return Failure("Condition", f"{condition.operator} {condition.key} {_listed(shown)}", got)


def _with_value(text: str, context: Context) -> str:
    """A condition's value, with what its variables stand for."""
    known = [f"{variable.key} = {_value(variable, context)}" for variable in variables_of(text)]
    return f'"{text}"' + (f" ({', '.join(known)})" if known else "")


def _value(variable: Variable, context: Context) -> str:
    value = variable_value(variable, context)
    return "absent" if value is None else f'"{value}"'


def _listed(items: "tuple[str, ...] | list[str]", limit: int = 4) -> str:
    shown = " or ".join(items[:limit]) or "nothing"
    return shown if len(items) <= limit else f"{shown} or {len(items) - limit} more"
