"""inline put, show, list and delete: the same for users, groups and roles."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import group
from iamctl.cli.candidates import names_of, names_within
from iamctl.cli.documents import placed, read_supplied
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.options import Directory, Document, DocumentOutput, DryRun, LockTimeout, Output, Yes
from iamctl.cli.output import show_document, show_rows
from iamctl.domain.change import NOUNS
from iamctl.services import inline as service


def add_inline(app: typer.Typer, section: str) -> None:
    """Give a noun the group `inline`."""
    noun = NOUNS[section]
    verbs = group(f"Policies that stand in one {noun} and nowhere else.")
    target = typer.Argument(
        metavar=noun.upper(), help=f"The {noun}'s name.", autocompletion=names_of(section)
    )

    held = names_within(section, "inline")
    one = typer.Argument(metavar="POLICY", help="The inline policy's name.", autocompletion=held)
    several = typer.Argument(
        metavar="POLICY", help="Names of inline policies.", autocompletion=held
    )

    def put(
        name: Annotated[str, target],
        policy: Annotated[str, one],
        file: Document,
        dry_run: DryRun = False,
        directory: Directory = None,
        lock_timeout: LockTimeout = WAIT,
    ) -> None:
        supplied = read_supplied(file)
        with placed(supplied):
            Editing(directory, lock_timeout, dry_run).apply(
                lambda found: service.plan_put(
                    found, section=section, name=name, policy=policy, document=supplied.document
                )
            )

    def show(
        name: Annotated[str, target],
        policy: Annotated[str, one],
        output: DocumentOutput = None,
        directory: Directory = None,
    ) -> None:
        loaded = Runtime().repository(directory).load()
        show_document(output, service.show(loaded, section, name, policy), policy)

    def list_(
        name: Annotated[str, target], output: Output = None, directory: Directory = None
    ) -> None:
        loaded = Runtime().repository(directory).load()
        names = service.names(loaded, section, name)
        show_rows(
            output,
            ("policy",),
            [(policy,) for policy in names],
            lambda: {"PolicyNames": list(names)},
            lambda: {"inline": loaded.value_at((section, name, "inline")) or {}},
            f'{noun} "{name}" has no inline policies; see: iamctl {noun} inline put --help',
        )

    def delete(
        name: Annotated[str, target],
        policies: Annotated[list[str], several],
        yes: Yes = False,
        dry_run: DryRun = False,
        directory: Directory = None,
        lock_timeout: LockTimeout = WAIT,
    ) -> None:
        Editing(directory, lock_timeout, dry_run).apply_confirmed(
            lambda found: service.plan_delete(found, section=section, name=name, policies=policies),
            "delete?",
            yes,
        )

    verbs.command("put", help=_PUT.format(noun=noun))(put)
    verbs.command("show", help=_SHOW.format(noun=noun))(show)
    verbs.command("list", help=_LIST.format(noun=noun))(list_)
    verbs.command("delete", help=_DELETE.format(noun=noun))(delete)
    app.add_typer(verbs, name="inline")


_PUT = """Write an inline policy of a {noun}.

    One of that name is replaced.

    \b
    iamctl {noun} inline put NAME ReadLogs logs.json
    echo '{{"Statement": …}}' | iamctl {noun} inline put NAME ReadLogs -
"""
_SHOW = """Show an inline policy of a {noun}.

    As JSON, as AWS takes it, or as YAML.

    \b
    iamctl {noun} inline show NAME ReadLogs > logs.json
    iamctl {noun} inline show NAME ReadLogs -o yaml
"""
_LIST = """List the inline policies of a {noun}.

    \b
    iamctl {noun} inline list NAME
"""
_DELETE = """Delete inline policies of a {noun}.

    \b
    iamctl {noun} inline delete NAME ReadLogs
"""
