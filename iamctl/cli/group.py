"""`iamctl group`."""

from typing import Annotated

import typer

from iamctl.cli import options
from iamctl.cli.app import described, group
from iamctl.cli.attaching import add_attach_and_detach
from iamctl.cli.candidates import names_of
from iamctl.cli.deleting import delete_entities
from iamctl.cli.documents import read_names
from iamctl.cli.edits import WAIT, Editing, note_unknown
from iamctl.cli.inline import add_inline
from iamctl.cli.looking import list_groups, show_group
from iamctl.cli.options import (
    Attach,
    Cascade,
    Directory,
    DryRun,
    GroupName,
    GroupNames,
    Into,
    LockTimeout,
    NewName,
    NewNames,
    NewPath,
    Output,
    Yes,
)
from iamctl.cli.showing import show_created
from iamctl.cli.values import check_form
from iamctl.domain.errors import InvalidValue
from iamctl.domain.times import format_instant, parse_until
from iamctl.services import deletion, groups, renaming

Members = Annotated[
    list[str],
    typer.Argument(
        metavar="USER",
        help="Users' names; - reads them from stdin, one a line.",
        autocompletion=names_of("users"),
    ),
]

app = group("Groups: create, add and remove members, attach policies.")


@app.command("create")
def create(
    names: NewNames,
    path: NewPath = "/",
    policies: Attach = None,
    output: Output = None,
    into: Into = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Create groups, all or none.

    \b
    iamctl group create developers --policy ReadArtifacts
    """
    check_form(output)
    wanted = read_names(names)
    editing = Editing(directory, lock_timeout, dry_run, into)
    edit = editing.apply(
        lambda found: groups.plan_create(
            found,
            names=wanted,
            path=path,
            policies=policies or (),
            now=editing.now,
            randomness=editing.randomness,
            managed=editing.managed,
        )
    )
    note_unknown(editing.runtime, edit.changes)
    if output is not None and not dry_run:
        show_created(output, editing.repository.load(checked=False), "groups", wanted)


app.command("list")(described(list_groups, options))
app.command("show")(described(show_group, options))


@app.command("rename")
def rename(
    name: GroupName,
    new: NewName,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Rename a group; its unique id stays.

    \b
    iamctl group rename developers engineers
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: renaming.plan_rename(found, section="groups", name=name, new=new)
    )


@app.command("update")
def update(
    name: GroupName,
    path: Annotated[str, typer.Option("--path", metavar="PATH", help="The new path.")],
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Move a group to another path.

    \b
    iamctl group update developers --path /eng/
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: groups.plan_update(found, name=name, path=path)
    )


@app.command("delete")
def delete(
    names: GroupNames,
    cascade: Cascade = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Delete groups.

    Refused while they have members or policies, as in AWS. With --cascade these go in the same
    edit.

    \b
    iamctl group delete developers --cascade
    """
    editing = Editing(directory, lock_timeout, dry_run)
    delete_entities(editing, "groups", names, deletion.plan_delete_groups, cascade, yes)


@app.command("add")
def add(
    name: GroupName,
    members: Members,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="TIME", help="When it ends: 2026-12-31, a full time, or 30d."
        ),
    ] = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Add users to a group, for good or until a time.

    Decisions made after that time no longer see them in it.
    For users in the group already, only the end is set: without --until it is removed.

    \b
    iamctl group add developers alice bob
    iamctl group add oncall carol --until 30d
    iamctl user list --tag team=payments -o name | iamctl group add payments -
    """
    editing = Editing(directory, lock_timeout, dry_run)
    users = read_names(members)
    end = None if until is None else _future(until, editing.now)
    editing.apply(lambda found: groups.plan_add(found, group=name, users=users, until=end))


def _future(text: str, now: int) -> int:
    end = parse_until(text, now)
    if end <= now:
        raise InvalidValue(
            f"a membership until {format_instant(end)} would be over already",
            hint="to end it now: iamctl group remove",
        )
    return end


@app.command("remove")
def remove(
    name: GroupName,
    members: Members,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Remove users from a group.

    \b
    iamctl group remove developers bob
    """
    users = read_names(members)
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: groups.plan_remove(found, group=name, users=users)
    )


add_attach_and_detach(app, "groups")
add_inline(app, "groups")
