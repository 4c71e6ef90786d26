"""`iamctl blame ENTITY[.FIELD]`: who set each value, when, and in which commit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.candidates import any_name, revisions
from iamctl.cli.options import Directory, Output
from iamctl.cli.output import for_pipe, say, show_rows
from iamctl.cli.values import check_form
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.services.blame import Asked, Blame, Path, asked_for
from iamctl.services.changes import entity_changes, nothing_of
from iamctl.services.changes_words import flat

if TYPE_CHECKING:
    from iamctl.bootstrap.past import Commit, Past
    from iamctl.domain.directory import Directory as DirectoryFile


def blame(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ENTITY[.FIELD]",
            help="A name, user/NAME, role/NAME and so on, an ARN, a key id, or account; "
            "with a field, that alone.",
            autocompletion=any_name,
        ),
    ],
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="REV",
            help="As it was then, and not as the file is now.",
            autocompletion=revisions,
        ),
    ] = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """Who set what an entity holds now, when, and in which commit.

    Of a merge, the one who merged: commits are those along first parents. Documents are one value
    each. An entity is followed through renames by its unique id. What is not committed yet has no
    commit. `iamctl log NAME` tells of what is there no more.

    \b
    iamctl blame alice
    iamctl blame role/deployer.trust
    iamctl blame alice.tags.team --from v1.2
    iamctl blame developers.members -o json
    """
    check_form(output)
    sides = Runtime().sides(directory)
    side = sides.working() if start is None else sides.revision(start)
    current = side.load(checked=False)
    asked = asked_for(current, what)
    rows = [_Row(path, asked.values[path], commit) for path, commit in
            _blamed(sides.past(start or "HEAD"), current, asked).items()]  # fmt: skip
    whole = for_pipe(output)
    show_rows(
        output,
        ("field", "value", "commit", *(("time", "author", "subject") if whole else ("day", "by"))),
        [_cells(row) if whole else _short_cells(row) for row in rows],
        lambda: [_shape(row) for row in rows],
        lambda: [_shape(row) for row in rows],
        "no commit that is here set it",
    )


app = single(blame)


class _Row(NamedTuple):
    path: Path
    value: Plain
    commit: "Commit | None"


def _blamed(past: "Past", current: "DirectoryFile", asked: Asked) -> "Mapping[Path, Commit | None]":
    """Which commit set each value, in their order; None for what is not committed."""
    search = Blame(asked)
    found: dict[Path, Commit | None] = {}
    newest = True
    for step in past.steps():
        if step.fault:
            say(f"{step.commit.id[:12]} is skipped: {step.fault}")
            continue
        after = step.after or nothing_of(current)
        if newest:
            found |= dict.fromkeys(search.take(entity_changes(after, current)))
        newest = False
        if step.unknown and search.left:
            say(f"what was set before {step.commit.id[:12]} is not here: this clone is shallow, "
                "and `git fetch --unshallow` brings it")  # fmt: skip
            break
        before = step.before or nothing_of(current)
        found |= dict.fromkeys(search.take(entity_changes(before, after)), step.commit)
        if step.before is None:
            found |= dict.fromkeys(search.take_rest(), step.commit)
        if not search.left:
            break
    if newest:
        found |= dict.fromkeys(search.take(entity_changes(nothing_of(current), current)))
    return {path: found[path] for path in asked.values if path in found}


def _cells(row: _Row) -> tuple[str, ...]:
    value = "" if row.value is None else flat(row.value)
    if row.commit is None:
        return ".".join(row.path), value, "not committed", "", "", ""
    commit = row.commit
    when = format_instant(commit.time)
    return ".".join(row.path), value, commit.id[:12], when, commit.author, commit.subject


def _short_cells(row: _Row) -> tuple[str, ...]:
    """What fits beside each other on a terminal; a commit's id is as long as git's short ones."""
    field, value, commit, when, author, _ = _cells(row)
    return field, value, commit[:9] if row.commit else commit, when[:10], author


def _shape(row: _Row) -> dict[str, Plain]:
    commit = row.commit
    return {
        "Field": list(row.path),
        "Value": row.value,
        "Commit": commit and commit.id,
        "Time": commit and format_instant(commit.time),
        "Author": commit and commit.author,
        "Email": commit and commit.email,
        "Subject": commit and commit.subject,
    }
