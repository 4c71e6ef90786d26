"""`iamctl can PRINCIPAL ACTION [RESOURCE]`: yes or no, and the statement that decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iamctl.cli import exits
from iamctl.cli.asking import Asking, circumstances
from iamctl.cli.output import answer as put
from iamctl.cli.output import answer_json, answer_yaml, colour, for_pipe, say
from iamctl.cli.values import check_form
from iamctl.rendering.decision import argument, headline
from iamctl.services.access import Answer
from iamctl.services.can import Explanation, evaluation_result, explain

if TYPE_CHECKING:  # only Typer needs them at run time: `fronts` hands them to it
    from iamctl.cli.access_options import (
        AccountFiles,
        Action,
        AsOf,
        At,
        Context,
        Explain,
        NoDefaults,
        Principal,
        Resource,
        ResourceAccount,
        ResourcePolicy,
        Rev,
        SessionPolicies,
    )
    from iamctl.cli.options import Directory, Output


def can(
    principal: Principal,
    action: Action,
    resource: Resource = "*",
    context: Context = None,
    no_defaults: NoDefaults = False,
    at: At = None,
    rev: Rev = None,
    as_of: AsOf = None,
    session_policy: SessionPolicies = None,
    resource_policy: ResourcePolicy = None,
    resource_account: ResourceAccount = None,
    account_file: AccountFiles = None,
    explained: Explain = False,
    output: Output = None,
    directory: Directory = None,
) -> int:
    """May a principal do something? Exit 0 for yes, 1 for no or unknown.

    Decided as AWS decides: identity policies, boundary, session policies, the resource's policy,
    service and resource control policies. What the answer needs and nobody knows makes it unknown.

    \b
    iamctl can alice s3:GetObject arn:aws:s3:::acme-artifacts/app.zip
    iamctl can alice sts:AssumeRole role/deployer --explain
    iamctl can role/auditor iam:ListUsers -o json
    iamctl can bob s3:PutObject 'arn:aws:s3:::acme-scratch/bob/*' --at 2028-01-01
    iamctl can alice s3:DeleteBucket --rev main~3
    iamctl can alice s3:DeleteBucket --as-of 7d
    iamctl can :me ec2:StartInstances --context aws:RequestedRegion=eu-west-1
    """
    check_form(output)
    asking = Asking(directory, account_file, at, rev=rev, as_of=as_of)
    subject = asking.subject(principal, session_policy)
    target = asking.access.target(
        action, resource, circumstances(context, no_defaults, resource_policy, resource_account)
    )
    answer = asking.access.answer(subject, target)
    explanation = explain(answer)
    for note in answer.notes:
        say(f"note: {note}")
    if explanation.taken_absent:
        keys = ", ".join(explanation.taken_absent)
        say(f"note: only as long as the request has no {keys}; settle it with --context")
    _show(output, answer, explanation, explained)
    return exits.OK if answer.decision.allowed else exits.NEGATIVE


def _show(form: str | None, answer: Answer, explanation: Explanation, explained: bool) -> None:
    if form == "json":
        return answer_json(evaluation_result(answer, explanation))
    if form == "yaml":
        return answer_yaml(evaluation_result(answer, explanation))
    if form == "name":
        return put(f"{explanation.verdict}\n")
    if explained:
        return put(argument(explanation, _asked(answer), colour()))
    if form == "tsv":
        return put(f"{explanation.verdict}\t{explanation.why}\n")
    put(headline(explanation.verdict, explanation.why, colour()))
    if not for_pipe(None):
        for miss in explanation.nearest:
            say(f"nearest: {miss}")
    return None


def _asked(answer: Answer) -> str:
    caller, request = answer.request.caller, answer.request
    who = caller.arn or ", ".join(caller.services) or "anybody, without credentials,"
    return f"{who} asks {request.action} on {request.resource}"
