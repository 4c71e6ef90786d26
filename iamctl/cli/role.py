"""`iamctl role`: roles themselves; who may assume them is in `trust_verbs`."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import group
from iamctl.cli.attaching import add_attach_and_detach, add_boundary
from iamctl.cli.candidates import principal_words
from iamctl.cli.deleting import delete_entities
from iamctl.cli.documents import Supplied, placed, read_supplied
from iamctl.cli.edits import WAIT, Editing, note_unknown
from iamctl.cli.inline import add_inline
from iamctl.cli.options import (
    AnyRef,
    Attach,
    Boundary,
    Cascade,
    Description,
    Directory,
    DryRun,
    Into,
    LockTimeout,
    NewPath,
    Output,
    Path,
    PathPrefix,
    RoleName,
    RoleNames,
    TagFilter,
    Tags,
    Yes,
)
from iamctl.cli.output import say
from iamctl.cli.revoking import revoke
from iamctl.cli.showing import show_created, show_entity, show_list
from iamctl.cli.tagging import add_tag_and_untag
from iamctl.cli.trust_verbs import add_trust_verbs
from iamctl.cli.values import check_form, parse_tag_filter, parse_tags
from iamctl.domain.errors import Usage
from iamctl.domain.source import nowhere
from iamctl.domain.times import parse_duration
from iamctl.services import deletion, listing, roles, trusts
from iamctl.services.principals import FORMS

MaxSession = Annotated[
    str | None,
    typer.Option(
        "--max-session-duration", metavar="DURATION", help="The longest session: 1h to 12h."
    ),
]

app = group("Roles: create, say who may assume them, attach policies.")


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new role's name.")],
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow",
            metavar="PRINCIPAL",
            help=f"Who may assume it: {FORMS}; may be repeated.",
            autocompletion=principal_words,
        ),
    ] = None,
    any_ref: AnyRef = False,
    trust: Annotated[
        str | None,
        typer.Option("--trust", metavar="FILE", help="A trust policy, JSON or YAML."),
    ] = None,
    description: Description = None,
    max_session_duration: MaxSession = None,
    path: NewPath = "/",
    tags: Tags = None,
    policies: Attach = None,
    boundary: Boundary = None,
    output: Output = None,
    into: Into = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Create a role.

    --allow, --trust or both say who may assume it. A group is no principal in AWS: for
    group/NAME the account is trusted, and the group gets an inline policy that lets its
    members assume the role.

    \b
    iamctl role create deployer --allow user/alice --max-session-duration 2h
    iamctl role create lambda --allow service/lambda.amazonaws.com --policy WriteLogs
    iamctl role create ship --allow github/acme/shop@main --policy DeployStack
    iamctl role create partner --trust trust.json --description "Read by Initech"
    """
    check_form(output)
    pairs = parse_tags(tags)
    seconds = None if max_session_duration is None else parse_duration(max_session_duration)
    supplied = Supplied(None, nowhere) if trust is None else read_supplied(trust)
    editing = Editing(directory, lock_timeout, dry_run, into)
    with placed(supplied):
        edit = editing.apply(
            lambda found: roles.plan_create(
                found,
                name=name,
                trust=supplied.document,
                allow=allow or (),
                any_ref=any_ref,
                path=path,
                description=description,
                max_session_duration=seconds,
                tags=pairs,
                policies=policies or (),
                boundary=boundary,
                now=editing.now,
                randomness=editing.randomness,
                managed=editing.managed,
            )
        )
    note_unknown(editing.runtime, edit.changes)
    if dry_run or not (allow or output):
        return
    loaded = editing.repository.load(checked=False)
    for note in trusts.notes(loaded, role=name, principals=allow or ()):
        say(f"note: {note}")
    show_created(output, loaded, "roles", [name])


@app.command("list")
def list_(
    path_prefix: PathPrefix = "/",
    tags: TagFilter = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """List roles by name.

    \b
    iamctl role list
    iamctl role list --path-prefix /service/ -o json
    """
    loaded = Runtime().repository(directory).load()
    rows = listing.roles(loaded, path_prefix=path_prefix, tags=parse_tag_filter(tags))
    narrowed = path_prefix != "/" or tags
    empty = (
        "no role matches"
        if narrowed
        else "no roles yet; make one: iamctl role create NAME --allow user/NAME"
    )
    show_list(output, loaded, "roles", rows, empty)


@app.command("show")
def show(name: RoleName, output: Output = None, directory: Directory = None) -> None:
    """Show a role and everything around it.

    Its trust policy, its policies, how long sessions may last.

    \b
    iamctl role show deployer
    iamctl role show deployer -o json
    """
    show_entity(output, Runtime().repository(directory).load(), "roles", name)


@app.command("update")
def update(
    name: RoleName,
    description: Annotated[
        str | None,
        typer.Option(
            "--description", metavar="TEXT", help='What it is for; "" removes the description.'
        ),
    ] = None,
    max_session_duration: MaxSession = None,
    path: Path = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Change a role's description, session or path.

    Principals of this file that name its ARN follow a new path in the same edit.

    \b
    iamctl role update deployer --max-session-duration 4h
    iamctl role update deployer --description "Ships the payments stack"
    """
    if description is None and max_session_duration is None and path is None:
        raise Usage(
            "there is nothing to update",
            hint="give --description, --max-session-duration or --path",
        )
    seconds = None if max_session_duration is None else parse_duration(max_session_duration)
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: roles.plan_update(
            found, name=name, description=description, max_session_duration=seconds, path=path
        )
    )


@app.command("delete")
def delete(
    names: RoleNames,
    cascade: Cascade = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Delete roles.

    Refused while policies hang on them, as in AWS. With --cascade these go in the same edit, and
    trusts in them. A trust or resource policy that still names a deleted role holds its unique id,
    so that a new role of that name inherits nothing. Sessions of a deleted role are dead. Rules of
    identity pools that choose a role keep it: whom they mean would get another one.

    \b
    iamctl role delete deployer --cascade
    """
    editing = Editing(directory, lock_timeout, dry_run)
    delete_entities(editing, "roles", names, deletion.plan_delete_roles, cascade, yes)


@app.command("revoke-sessions")
def revoke_sessions(
    names: RoleNames,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """End the sessions of roles issued up to now.

    As AWS does it: the inline policy AWSRevokeOlderSessions denies them everything. Who may
    assume a role can do so again.

    \b
    iamctl role revoke-sessions deployer
    """
    revoke(Editing(directory, lock_timeout, dry_run), "roles", names, yes)


add_trust_verbs(app)
add_tag_and_untag(app, "roles")
add_attach_and_detach(app, "roles")
add_boundary(app, "roles")
add_inline(app, "roles")
