"""attach, detach and boundary: the same for users, groups and roles."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.candidates import names_of
from iamctl.cli.edits import WAIT, Editing, note_unknown
from iamctl.cli.options import Directory, DryRun, LockTimeout, Output, PolicyNames
from iamctl.cli.output import answer, say, show_facts
from iamctl.cli.values import check_form
from iamctl.domain.change import NOUNS
from iamctl.domain.errors import Usage
from iamctl.services import attachments
from iamctl.services.show import role_view, user_view


def add_attach_and_detach(app: typer.Typer, section: str) -> None:
    """Give a noun the verbs attach and detach."""
    noun = NOUNS[section]
    target = typer.Argument(
        metavar=noun.upper(), help=f"The {noun}'s name.", autocompletion=names_of(section)
    )

    def attach(
        name: Annotated[str, target],
        policies: PolicyNames,
        dry_run: DryRun = False,
        directory: Directory = None,
        lock_timeout: LockTimeout = WAIT,
    ) -> None:
        editing = Editing(directory, lock_timeout, dry_run)
        edit = editing.apply(
            lambda found: attachments.plan_attach(
                found, section=section, name=name, policies=policies, managed=editing.managed
            )
        )
        note_unknown(editing.runtime, edit.changes)

    def detach(
        name: Annotated[str, target],
        policies: PolicyNames,
        dry_run: DryRun = False,
        directory: Directory = None,
        lock_timeout: LockTimeout = WAIT,
    ) -> None:
        editing = Editing(directory, lock_timeout, dry_run)
        editing.apply(
            lambda found: attachments.plan_detach(
                found, section=section, name=name, policies=policies, managed=editing.managed
            )
        )

    app.command("attach", help=_ATTACH.format(noun=noun))(attach)
    app.command("detach", help=_DETACH.format(noun=noun))(detach)


def add_boundary(app: typer.Typer, section: str) -> None:
    """Give a noun the verb boundary."""
    noun = NOUNS[section]
    target = typer.Argument(
        metavar=noun.upper(), help=f"The {noun}'s name.", autocompletion=names_of(section)
    )
    wanted = typer.Argument(
        metavar="POLICY",
        help="The managed policy that is to be the boundary.",
        autocompletion=names_of("policies"),
    )

    def boundary(
        name: Annotated[str, target],
        policy: Annotated[str | None, wanted] = None,
        remove: Annotated[bool, typer.Option("--remove", help="Remove the boundary.")] = False,
        output: Output = None,
        dry_run: DryRun = False,
        directory: Directory = None,
        lock_timeout: LockTimeout = WAIT,
    ) -> None:
        if policy is not None and remove:
            raise Usage("a boundary is set or removed, not both")
        if policy is None and not remove:
            return _show_boundary(section, name, output, directory)
        editing = Editing(directory, lock_timeout, dry_run)
        edit = editing.apply(
            lambda found: attachments.plan_boundary(
                found, section=section, name=name, policy=policy, managed=editing.managed
            )
        )
        return note_unknown(editing.runtime, edit.changes)

    app.command("boundary", help=_BOUNDARY.format(noun=noun))(boundary)


def _show_boundary(section: str, name: str, output: str | None, directory: str | None) -> None:
    check_form(output)
    loaded = Runtime().repository(directory).load()
    view = user_view(loaded, name) if section == "users" else role_view(loaded, name)
    found = view.boundary
    if found is None:
        if output in ("json", "yaml"):
            return answer("{}\n")
        return say(f'{NOUNS[section]} "{name}" has no permissions boundary')
    shape = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": found.arn}
    return show_facts(
        output,
        [("policy", found.name), ("arn", found.arn)],
        lambda: {"PermissionsBoundary": shape},
        lambda: {"boundary": loaded.value_at((section, name, "boundary"))},
        found.name,
    )


_ATTACH = """Attach managed policies to a {noun}.

    Policies of this file by name; AWS's by ARN or name, a name of this file first.

    \b
    iamctl {noun} attach NAME ReadArtifacts
    iamctl {noun} attach NAME arn:aws:iam::aws:policy/ReadOnlyAccess
"""
_DETACH = """Detach managed policies from a {noun}.

    \b
    iamctl {noun} detach NAME ReadArtifacts
"""
_BOUNDARY = """Show, set or remove the permissions boundary of a {noun}.

    \b
    iamctl {noun} boundary NAME
    iamctl {noun} boundary NAME DeveloperBoundary
    iamctl {noun} boundary NAME --remove
"""
