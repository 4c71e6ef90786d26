"""`iamctl split`: a directory over several files."""

from typing import TYPE_CHECKING, Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.candidates import one_of
from iamctl.cli.confirm import confirm
from iamctl.cli.edits import WAIT
from iamctl.cli.options import Directory, DryRun, LockTimeout, Yes
from iamctl.cli.output import answer, say
from iamctl.domain.errors import Usage
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.times import parse_duration
from iamctl.services.split import WAYS

if TYPE_CHECKING:
    from iamctl.ports import Rewritten


def split(
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="WAY",
            help="path or group (users, to people/NAME.yaml), or file (a file each section).",
            autocompletion=one_of(*WAYS),
        ),
    ],
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Split the directory file over several, which it then includes.

    By path, users under /eng/ go to people/eng.yaml; by group, users go to the file of the first
    group of the directory that they are in; by file, each section goes to a file of its own. What
    is neither stays. Comments go with their entities, and nothing is written unless all files
    together read as the one did. Parts that are there already stay as they are.

    \b
    iamctl split --by path --dry-run
    iamctl split --by group
    """
    if by not in WAYS:
        hint = did_you_mean(by, WAYS) or f"use {', '.join(WAYS)}"
        raise Usage(f"there is no way {shown(by)} to split a directory", hint=hint)
    wait = parse_duration(lock_timeout)
    division = Runtime().repository(directory, wait).division()
    planned = division.split(WAYS[by], dry_run=True)
    if dry_run:
        return answer(planned.text_diff or "# nothing would change\n")
    if not planned.text_diff:
        return say(f"nothing to split by {by}")
    show(planned)
    confirm(f"split the directory into {len(planned.made) + 1} files?", yes)
    division.split(WAYS[by], planned)
    return say(f"split by {by}; `iamctl join` takes it back")


app = single(split)


def show(planned: "Rewritten") -> None:
    """The files that are made and removed, on stderr."""
    for words, paths in (("make", planned.made), ("remove", planned.gone)):
        for path in paths[:20]:
            say(f"  {words} {path}")
        if paths[20:]:
            say(f"  … and {len(paths) - 20} more files")
