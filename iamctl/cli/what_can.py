"""`iamctl what-can PRINCIPAL [SERVICE|PATTERN]`: all that a principal may do."""

from collections.abc import Callable
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
from iamctl.services.can import matched_shape
from iamctl.services.reaching import reach_of
from iamctl.services.what_can import Permission, compact, permissions
from iamctl.services.what_can_grants import Grant, Proof, is_limit

_SHOWN = 8
"""How many actions a row has on a terminal."""


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
            [_row(p, grant, unknown, _in_full) for p in shown for grant in p.grants]
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
        short = permission._replace(shown=_shortened(permission))
        for grant in permission.grants:
            row = _row(short, grant, unknown, _brief)
            same = 0
            while same < 3 and row[: same + 1] == before[: same + 1]:
                same += 1
            rows.append(("",) * same + row[same:])
            before = row
    return rows


def _brief(matched: Matched) -> str:
    """A statement in few words: its policy's name, its Sid, whose it is, its line."""
    policy, statement = matched.policy, matched.statement
    managed = policy.id.startswith("arn:aws:iam::aws:")
    name = policy.id.rpartition("/")[2] if managed else policy.id
    words = [f"{statement.sid} of {name}" if statement.sid else name]
    words += [f"({policy.owner})"] if policy.owner else []
    words += [f"{statement.source.file}:{statement.source.line}"] if statement.source else []
    return " ".join(words)


def _in_full(matched: Matched) -> str:
    return describe_statement(matched.policy, matched.statement)


def _shortened(permission: Permission) -> tuple[str, ...]:
    """The actions without their service, which stands beside them, and not too many."""
    names = [action.rpartition(":")[2] for action in permission.shown]
    more = len(names) - _SHOWN
    return (*names[:_SHOWN], f"and {more} more") if more > 1 else tuple(names)


def _row(
    permission: Permission, grant: Grant, unknown: bool, named: Callable[[Matched], str]
) -> tuple[str, ...]:
    excepted = f" except {', '.join(grant.excepted)}" if grant.excepted else ""
    conditions = [f"{proof} ({_place(proof)})" for proof in grant.conditions]
    granting = [matched for matched in grant.statements if not is_limit(matched)]
    more = [f"{len(granting) - 2} more"] if len(granting) > 2 else []
    return (
        permission.service,
        ", ".join(permission.levels),
        ", ".join(permission.shown),
        ", ".join(grant.resources) + excepted,
        "; ".join(["unknown", *conditions] if unknown else conditions),
        ", ".join([*map(named, granting[:2]), *more]) or "no statement is needed",
    )


def _place(proof: Proof) -> str:
    source = proof.matched.statement.source
    return proof.matched.policy.id if source is None else f"{source.file}:{source.line}"


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
