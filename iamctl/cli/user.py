"""`iamctl user`."""

from typing import Annotated

import typer

from iamctl.cli import options
from iamctl.cli.app import described, group
from iamctl.cli.attaching import add_attach_and_detach, add_boundary
from iamctl.cli.deleting import delete_entities
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.inline import add_inline
from iamctl.cli.looking import list_users, show_user
from iamctl.cli.options import (
    Cascade,
    Directory,
    DryRun,
    LockTimeout,
    NewName,
    UserName,
    UserNames,
    Yes,
)
from iamctl.cli.revoking import revoke
from iamctl.cli.user_edits import create_users, tag_user, untag_user
from iamctl.services import deletion, renaming, users

app = group("Users: create, list, show, rename, tag, attach policies, delete.")


app.command("create")(described(create_users, options))
app.command("list")(described(list_users, options))
app.command("show")(described(show_user, options))


@app.command("rename")
def rename(
    name: UserName,
    new: NewName,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Rename a user and every reference to it.

    Memberships and principals of this file follow in the same edit; the unique id stays.

    \b
    iamctl user rename alice alice.smith
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: renaming.plan_rename(found, section="users", name=name, new=new)
    )


@app.command("update")
def update(
    name: UserName,
    path: Annotated[str, typer.Option("--path", metavar="PATH", help="The new path.")],
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Move a user to another path.

    Principals of this file that name its ARN follow in the same edit.

    \b
    iamctl user update alice --path /eng/payments/
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: users.plan_update(found, name=name, path=path)
    )


@app.command("delete")
def delete(
    names: UserNames,
    cascade: Cascade = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Delete users.

    Refused while keys, policies or memberships hang on them, as in AWS. With --cascade these go
    in the same edit, trusts in them as well, and the keys' secrets from this machine's vault.
    A trust or resource policy that still names a deleted user holds its unique id, so that a new
    user of that name inherits nothing.

    \b
    iamctl user delete alice --cascade --dry-run
    iamctl user delete alice --cascade
    """
    editing = Editing(directory, lock_timeout, dry_run)
    delete_entities(editing, "users", names, deletion.plan_delete_users, cascade, yes)


@app.command("revoke-sessions")
def revoke_sessions(
    name: UserName,
    roles: Annotated[
        bool,
        typer.Option("--roles", help="Also those of every role within the user's reach."),
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """End the sessions a user was given up to now.

    As AWS does it: the inline policy AWSRevokeOlderSessions denies them everything. With
    --roles, the sessions of roles that trust the user, the account or everyone end too,
    whoever has them; callers assume those roles again, if they still may.

    \b
    iamctl user revoke-sessions alice
    iamctl user revoke-sessions alice --roles --yes
    """
    revoke(Editing(directory, lock_timeout, dry_run), "users", [name], yes, with_roles=roles)


app.command("tag")(described(tag_user, options))
app.command("untag")(described(untag_user, options))
add_attach_and_detach(app, "users")
add_boundary(app, "users")
add_inline(app, "users")
