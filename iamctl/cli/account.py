"""`iamctl account`."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import group
from iamctl.cli.candidates import one_of
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.options import Directory, DryRun, LockTimeout, Output
from iamctl.cli.output import say, show_facts, show_rows
from iamctl.domain.directory import Directory as Loaded
from iamctl.domain.errors import InvalidValue, NotFound, Usage
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.quotas import QUOTAS
from iamctl.domain.source import Plain
from iamctl.services import account
from iamctl.services.account import QuotaRow

app = group("The account: id, alias, quotas and counts.")


@app.command("show")
def show(output: Output = None, directory: Directory = None) -> None:
    """Show the account and what it holds.

    -o json has GetAccountSummary's SummaryMap.

    \b
    iamctl account show
    """
    show_account(output, Runtime().repository(directory).load())


def show_account(output: str | None, loaded: Loaded) -> None:
    """The account of a directory that is loaded."""
    view = account.summary(loaded)
    counts = [(k.lower(), view.counts[k]) for k in ("Users", "Groups", "Roles", "Policies")]
    show_facts(
        output,
        [
            ("account", view.id),
            ("alias", view.alias or ""),
            ("directory", view.uuid or ""),
            *((name, f"{n} of {loaded.account.quota(name)}") for name, n in counts),
            (
                "MFA devices",
                f"{view.counts['MFADevices']} ({view.counts['MFADevicesInUse']} in use)"
                if view.counts["MFADevices"]
                else "",
            ),
            ("identity providers", str(view.counts["Providers"] or "")),
            ("identity pools", str(len(loaded.identity_pools) or "")),
            ("quotas", "\n".join(f"{q.name} = {q.limit}" for q in view.quotas if q.overridden)),
        ],
        lambda: {
            "Account": view.id,
            "AccountAliases": [view.alias] if view.alias else [],
            "SummaryMap": dict(view.counts),
        },
        lambda: {"account": loaded.value_at(("account",))},
        view.id,
    )


@app.command("alias")
def alias(
    name: Annotated[
        str | None, typer.Argument(metavar="ALIAS", help="The account's new alias.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the alias.")] = False,
    output: Output = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Show, set or remove the account's alias.

    \b
    iamctl account alias
    iamctl account alias acme-dev
    """
    if name is not None and remove:
        raise Usage("an alias is set or removed, not both")
    if name is None and not remove:
        held = Runtime().repository(directory).load().account.alias
        aliases: list[Plain] = [held] if held else []
        return show_rows(
            output,
            ("alias",),
            [(str(one),) for one in aliases],
            lambda: {"AccountAliases": aliases},
            lambda: {"account": {"alias": held} if held else {}},
            "the account has no alias; give it one: iamctl account alias ALIAS",
        )
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: account.plan_alias(found, alias=name)
    )
    return None


@app.command("quota")
def quota(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A quota's name.", autocompletion=one_of(*QUOTAS)),
    ] = None,
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="The limit for this account.")
    ] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Go back to AWS's default.")] = False,
    output: Output = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Show quotas, or set one for this account.

    Overrides stand in the file, where they are reviewed; above AWS's own maximum they warn.

    \b
    iamctl account quota
    iamctl account quota roles 2000
    iamctl account quota roles --unset
    """
    if value is None and not unset:
        return _show_quotas(output, Runtime().repository(directory).load(), name)
    if name is None or (value is not None and unset):
        raise Usage("a quota is set to a value or unset", hint="see: iamctl account quota --help")
    limit = None if value is None else _number(value)
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: account.plan_quota(found, name=name, value=limit)
    )
    warning = None if limit is None else account.quota_warning(name, limit)
    if warning is not None:
        say(f"warning: {warning}")
    return None


def _show_quotas(output: str | None, loaded: Loaded, name: str | None) -> None:
    if name is not None and name not in QUOTAS:
        raise NotFound(f"quota {shown(name)} does not exist", hint=did_you_mean(name, QUOTAS))
    rows = [q for q in account.summary(loaded).quotas if name in (None, q.name)]
    set_here: dict[str, Plain] = {row.name: row.limit for row in rows if row.overridden}
    show_rows(
        output,
        ("quota", "limit", "default", "maximum", "what"),
        [_cells(row) for row in rows],
        lambda: {"Quotas": [_shape(row) for row in rows]},
        lambda: {"account": {"quotas": set_here}},
        "",
    )


def _cells(row: QuotaRow) -> tuple[str, ...]:
    return (row.name, str(row.limit), str(row.default), str(row.maximum), row.title)


def _shape(row: QuotaRow) -> Plain:
    return {
        "QuotaName": row.name,
        "Value": row.limit,
        "Default": row.default,
        "Maximum": row.maximum,
        "Description": row.title,
    }


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidValue(f"{shown(text)} is not a limit", hint="write a whole number from 1 on")
    return int(text)
