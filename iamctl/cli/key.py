"""`iamctl key`."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli import key_making
from iamctl.cli.app import group
from iamctl.cli.candidates import names_of, one_of
from iamctl.cli.confirm import confirm
from iamctl.cli.deleting import vault_or_note
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.key_rows import show_keys
from iamctl.cli.options import Directory, DryRun, KeyIds, LockTimeout, Output, Yes
from iamctl.cli.output import report
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.domain.times import parse_duration
from iamctl.services import key_secrets, keys

STATUSES = ("active", "inactive")

app = group("Access keys: create, rotate, deactivate, delete.")
app.command("create")(key_making.create)


@app.command("list")
def list_(
    user: Annotated[
        str | None,
        typer.Argument(metavar="USER", help="Only this user's.", autocompletion=names_of("users")),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="DURATION", help="Only keys older than this: 90d."),
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="Only active, or only inactive ones.",
            autocompletion=one_of(*STATUSES),
        ),
    ] = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """List access keys by user, the oldest first.

    \b
    iamctl key list
    iamctl key list --older-than 90d --status active
    """
    if status not in (None, *STATUSES):
        raise Usage(f"there is no status {shown(status or '')}", hint="use active or inactive")
    seconds = None if older_than is None else parse_duration(older_than)
    runtime = Runtime()
    loaded = runtime.repository(directory).load()
    now = runtime.now()
    rows = keys.list_keys(loaded, user=user, older_than=seconds, status=status, now=now)
    narrowed = user or older_than or status
    empty = "no access key matches" if narrowed else "no keys yet; make one: iamctl key create USER"
    show_keys(output, loaded, rows, now, empty)


@app.command("activate")
def activate(
    key_ids: KeyIds,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Let inactive access keys be used again.

    \b
    iamctl key activate AKIAIOSFODNN7EXAMPLE
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: keys.plan_status(found, key_ids=key_ids, active=True)
    )


@app.command("deactivate")
def deactivate(
    key_ids: KeyIds,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Stop access keys from being used, for now.

    \b
    iamctl key deactivate AKIAIOSFODNN7EXAMPLE
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: keys.plan_status(found, key_ids=key_ids, active=False)
    )


@app.command("delete")
def delete(
    key_ids: KeyIds,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Delete access keys and their secrets.

    They go from the file first, then from this machine's vault.

    \b
    iamctl key delete AKIAIOSFODNN7EXAMPLE
    """
    editing = Editing(directory, lock_timeout, dry_run)
    repository, wanted = editing.repository, tuple(dict.fromkeys(key_ids))
    loaded = repository.load(checked=False)
    planned = keys.plan_delete(loaded, key_ids=wanted)
    if dry_run:
        return report(key_secrets.delete_keys(repository, None, key_ids=wanted, dry_run=True), True)
    owners = ", ".join(f"{key_id} of {keys.find_key(loaded, key_id)[0].name}" for key_id in wanted)
    confirm(f"delete access key {owners}, and the secret?", yes)
    vault = vault_or_note(editing.runtime, loaded, repository.path, wanted)
    edit = key_secrets.delete_keys(repository, vault, key_ids=wanted, confirmed=planned)
    return report(edit, False)


app.command("import")(key_making.import_)
app.command("rotate")(key_making.rotate)
