"""`iamctl user`: create, tag and untag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iamctl.cli.documents import read_names
from iamctl.cli.edits import WAIT, Editing, note_unknown
from iamctl.cli.values import check_form, parse_tags
from iamctl.services import tags as service
from iamctl.services import users

if TYPE_CHECKING:  # only Typer needs them at run time: `user` hands them to it
    from iamctl.cli.options import (
        Attach,
        Boundary,
        Directory,
        DryRun,
        InGroups,
        Into,
        LockTimeout,
        NewNames,
        NewPath,
        Output,
        Tags,
        TagWords,
        UserName,
        UserTagKeys,
    )


def create_users(
    names: NewNames,
    path: NewPath = "/",
    tags: Tags = None,
    groups: InGroups = None,
    policies: Attach = None,
    boundary: Boundary = None,
    output: Output = None,
    into: Into = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Create users, all or none.

    \b
    iamctl user create alice --path /eng/ --tag team=payments --group developers
    iamctl user create - --group developers < new-people.txt
    """
    check_form(output)
    wanted, pairs = read_names(names), parse_tags(tags)
    editing = Editing(directory, lock_timeout, dry_run, into)
    edit = editing.apply(
        lambda found: users.plan_create(
            found,
            names=wanted,
            path=path,
            tags=pairs,
            groups=groups or (),
            policies=policies or (),
            boundary=boundary,
            now=editing.now,
            randomness=editing.randomness,
            managed=editing.managed,
        )
    )
    note_unknown(editing.runtime, edit.changes)
    if output is not None and not dry_run:
        from iamctl.cli.showing import show_created

        show_created(output, editing.repository.load(checked=False), "users", wanted)


def tag_user(
    name: UserName,
    tags: TagWords,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Set tags.

    A key that stands gets the new value.

    \b
    iamctl user tag NAME team=payments cost-center=42
    """
    pairs = parse_tags(tags)
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: service.plan_tag(found, section="users", name=name, tags=pairs)
    )


def untag_user(
    name: UserName,
    keys: UserTagKeys,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Remove tags by their keys.

    \b
    iamctl user untag NAME team
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: service.plan_untag(found, section="users", name=name, keys=keys)
    )
