"""tag and untag: the same for whatever can have tags."""

from typing import Annotated

import typer

from iamctl.cli.candidates import names_of, names_within
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.options import Directory, DryRun, LockTimeout, TagWords
from iamctl.cli.values import parse_tags
from iamctl.domain.change import KINDS, NOUNS
from iamctl.services import tags as service


def add_tag_and_untag(app: typer.Typer, section: str) -> None:
    """Give a noun the verbs tag and untag."""
    command, noun = KINDS[section], NOUNS[section]
    target = typer.Argument(
        metavar=noun.rpartition(" ")[2].upper(),
        help=f"The {noun}'s name.",
        autocompletion=names_of(section),
    )

    held = typer.Argument(
        metavar="KEY",
        help="Keys of tags to remove.",
        autocompletion=names_within(section, "tags"),
    )

    def tag(
        name: Annotated[str, target],
        tags: TagWords,
        dry_run: DryRun = False,
        directory: Directory = None,
        lock_timeout: LockTimeout = WAIT,
    ) -> None:
        pairs = parse_tags(tags)
        Editing(directory, lock_timeout, dry_run).apply(
            lambda found: service.plan_tag(found, section=section, name=name, tags=pairs)
        )

    def untag(
        name: Annotated[str, target],
        keys: Annotated[list[str], held],
        dry_run: DryRun = False,
        directory: Directory = None,
        lock_timeout: LockTimeout = WAIT,
    ) -> None:
        Editing(directory, lock_timeout, dry_run).apply(
            lambda found: service.plan_untag(found, section=section, name=name, keys=keys)
        )

    app.command("tag", help=_TAG.format(command=command))(tag)
    app.command("untag", help=_UNTAG.format(command=command))(untag)


_TAG = """Set tags.

    A key that stands gets the new value.

    \b
    iamctl {command} tag NAME team=payments cost-center=42
"""
_UNTAG = """Remove tags by their keys.

    \b
    iamctl {command} untag NAME team
"""
