"""`iamctl who-can ACTION [RESOURCE]`: everybody who can, and through which roles."""

import sys
from typing import Annotated

import typer

from iamctl.cli import exits
from iamctl.cli.access_options import (
    AccountFiles,
    Action,
    AsOf,
    At,
    Context,
    Resource,
    ResourceAccount,
    ResourcePolicy,
    Rev,
)
from iamctl.cli.app import single
from iamctl.cli.asking import Asking, circumstances
from iamctl.cli.options import Directory, Output
from iamctl.cli.output import say, show_rows
from iamctl.cli.values import check_form
from iamctl.domain.source import Plain
from iamctl.policy.explain import describe_statement
from iamctl.rendering.progress import progress
from iamctl.services.can import matched_shape
from iamctl.services.who_can import Holder, WhoCan


def who_can(
    action: Action,
    resource: Resource = "*",
    direct: Annotated[
        bool, typer.Option("--direct", help="Without those who must assume a role first.")
    ] = False,
    context: Context = None,
    at: At = None,
    rev: Rev = None,
    as_of: AsOf = None,
    resource_policy: ResourcePolicy = None,
    resource_account: ResourceAccount = None,
    account_file: AccountFiles = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """Everybody who can do something: users, roles, and whoever policies let in from outside.

    By itself or through roles it may assume; the path is shown. What only a request settles, such
    as its address or MFA, is shown as a condition unless --context settles it. Exit 1: nobody.

    \b
    iamctl who-can s3:PutObject 'arn:aws:s3:::acme-audit/*'
    iamctl who-can iam:CreateUser --direct
    iamctl who-can sts:AssumeRole role/deployer --context aws:MultiFactorAuthPresent=true
    iamctl who-can secretsmanager:GetSecretValue -o json
    iamctl who-can s3:PutObject 'arn:aws:s3:::acme-audit/*' --as-of 2026-11-17
    """
    check_form(output)
    asking = Asking(directory, account_file, at, rev=rev, as_of=as_of)
    around = circumstances(context, False, resource_policy, resource_account)
    target = asking.access.target(action, resource, around)
    for note in target.notes:
        say(f"note: {note}")
    with progress(sys.stderr, "asking everybody") as told:
        holders = WhoCan(asking.access, around, told).holders(target, direct)
    holders.sort(key=lambda holder: (len(holder.path) > 0, holder.path))
    show_rows(
        output,
        ("who", "through", "if", "by"),
        [_row(holder) for holder in holders],
        lambda: [_shape(holder, asking) for holder in holders],
        lambda: [_shape(holder, asking) for holder in holders],
        f"nobody can {target.action} on {target.resource}",
    )
    if not holders:
        raise typer.Exit(exits.NEGATIVE)


def _row(holder: Holder) -> tuple[str, str, str, str]:
    finding = holder.finding
    who = holder.name if holder.kind == "outside" else f"{holder.kind}/{holder.name}"
    through = " → ".join(f"role/{name}" for name in holder.path)
    unknown = [f"unknown: {reason}" for reason in finding.unread]
    hangs_on = "; ".join((*map(str, finding.hinges), *unknown))
    matched = finding.matched
    by = "" if matched is None else describe_statement(matched.policy, matched.statement)
    return who, through, hangs_on, by


def _shape(holder: Holder, asking: Asking) -> dict[str, Plain]:
    finding = holder.finding
    own = asking.directory
    return {
        "PrincipalArn": holder.arn,
        "PrincipalType": holder.kind,
        "Decision": finding.verdict,
        "Path": [own.arn(own.role(name)) for name in holder.path],
        "Conditions": [str(hinge) for hinge in finding.hinges],
        "MatchedStatement": None if finding.matched is None else matched_shape(finding.matched),
        "Unreadable": list(finding.unread),
    }


app = single(who_can)
