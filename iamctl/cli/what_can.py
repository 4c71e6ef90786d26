"""`iamctl what-can PRINCIPAL [SERVICE|PATTERN]`: all that a principal may do."""

from typing import Annotated

import typer

from iamctl.cli import exits
from iamctl.cli.access_options import (
    AccountFiles,
    AsOf,
    At,
    Context,
    Principal,
    Rev,
    SessionPolicies,
)
from iamctl.cli.app import single
from iamctl.cli.asking import Asking, parse_context
from iamctl.cli.candidates import actions
from iamctl.cli.options import Directory, Output
from iamctl.cli.output import answer, for_pipe, say, show_rows
from iamctl.cli.values import check_form
from iamctl.domain.source import Plain
from iamctl.policy.evaluate import Matched
from iamctl.policy.explain import describe_statement
from iamctl.rendering.permissions import brief, permission_row, shortened
from iamctl.services.can import matched_shape
from iamctl.services.reaching import reach_of
from iamctl.services.what_can import Permission, compact, permissions
from iamctl.services.what_can_grants import Grant


def what_can(
    principal: Principal,
    only: Annotated[
        str | None,
        typer.Argument(
            metavar="SERVICE",
            help="A service such as s3, or a pattern of actions such as s3:Get* or *:Tag*.",
            autocompletion=actions,
        ),
    ] = None,
    context: Context = None,
    at: At = None,
    rev: Rev = None,
    as_of: AsOf = None,
    session_policy: SessionPolicies = None,
    account_file: AccountFiles = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """All that a principal may do, by service, access level and resource.

    Boundaries, session and organization policies and every Deny are taken off; what policies of
    resources grant is added. What only a request settles, such as its address or MFA, is shown as
    a condition unless --context settles it. Resources are those of the principal's own account,
    and those of others that a file speaks of. Exit 1: policies that count could not be read.

    \b
    iamctl what-can alice
    iamctl what-can alice s3
    iamctl what-can alice --rev v1.2
    iamctl what-can role/deployer '*:Delete*' -o json
    iamctl what-can bob s3:PutObject --context aws:MultiFactorAuthPresent=true
    """
    check_form(output)
    asking = Asking(directory, account_file, at, rev=rev, as_of=as_of)
    subject = asking.subject(principal, session_policy)
    reached = reach_of(asking.access, subject, parse_context(context or ()))
    catalogue = asking.access.catalogue
    found = permissions(reached.requests, catalogue, only)
    unknown = bool(reached.unread)
    for policy in dict.fromkeys((p.id, p.reason) for p in reached.unread):
        say(f"unknown: {policy[0]} could not be read: {policy[1]}; it may grant more, or deny")
    if output == "name":
        answer("".join(f"{action}\n" for p in found for action in p.actions))
    else:
        shown = found if output in ("json", "yaml") else compact(found, catalogue)
        about = f" with {only}" if only else ""
        show_rows(
            output,
            ("service", "level", "actions", "resources", "if", "by"),
            [permission_row(p, grant, unknown, _in_full) for p in shown for grant in p.grants]
            if for_pipe(output)
            else _compact_rows(shown, unknown),
            lambda: [_shape(p, grant, unknown) for p in shown for grant in p.grants],
            lambda: [_shape(p, grant, unknown) for p in shown for grant in p.grants],
            f"{principal} can do nothing{about}",
        )
    if unknown:
        raise typer.Exit(exits.NEGATIVE)


def _compact_rows(permissions: list[Permission], unknown: bool) -> list[tuple[str, ...]]:
    """Rows for people: without what is as in the row above, and with long lists cut short."""
    rows: list[tuple[str, ...]] = []
    before: tuple[str, ...] = ()
    for permission in permissions:
        short = permission._replace(shown=shortened(permission))
        for grant in permission.grants:
            row = permission_row(short, grant, unknown, brief)
            same = 0
            while same < 3 and row[: same + 1] == before[: same + 1]:
                same += 1
            rows.append(("",) * same + row[same:])
            before = row
    return rows


def _in_full(matched: Matched) -> str:
    return describe_statement(matched.policy, matched.statement)


def _shape(permission: Permission, grant: Grant, unknown: bool) -> dict[str, Plain]:
    decision = "conditional" if grant.conditions else "allowed"
    return {
        "Service": permission.service,
        "AccessLevel": permission.levels[0],
        "Actions": list(permission.actions),
        "Resources": list(grant.resources),
        "Except": list(grant.excepted),
        "Decision": "unknown" if unknown else decision,
        "Conditions": [
            {
                "Words": str(proof),
                "Resources": list(proof.resources),
                "Statement": matched_shape(proof.matched),
            }
            for proof in grant.conditions
        ],
        "MatchedStatements": [matched_shape(matched) for matched in grant.statements],
    }


app = single(what_can)
