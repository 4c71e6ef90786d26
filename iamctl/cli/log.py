"""`iamctl log [ENTITY]`: what each commit changed in the directory, in words."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.candidates import any_name, revisions
from iamctl.cli.options import Directory, form_option
from iamctl.cli.output import answer, colour, say
from iamctl.cli.values import check_form
from iamctl.domain.errors import NotFound, Usage
from iamctl.domain.names import shown
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.services.changes import EntityChanges, entity_changes, nothing_of
from iamctl.services.followed import Followed

if TYPE_CHECKING:
    from iamctl.bootstrap.past import Step

FORMS = ("table", "json")

From = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="REV",
        help="The newest commit to look at.",
        autocompletion=revisions,
    ),
]


def log(
    entity: Annotated[
        str | None,
        typer.Argument(
            metavar="ENTITY",
            help="Only this one: a name, user/NAME, role/NAME and so on, an ARN, or account.",
            autocompletion=any_name,
        ),
    ] = None,
    number: Annotated[
        int | None, typer.Option("--number", "-n", metavar="N", help="Stop after N commits.")
    ] = None,
    start: From = "HEAD",
    every: Annotated[
        bool, typer.Option("--all", "-a", help="Commits that change the form alone, too.")
    ] = False,
    output: Annotated[
        str | None, form_option(FORMS, "table, or json: an object a line, as they are found.")
    ] = None,
    directory: Directory = None,
) -> None:
    """What each commit changed in the directory, in words; newest first.

    Commits are those along first parents: of a merge, what it brought. An entity is followed
    through renames by its unique id, the file by its likeness. A commit whose file cannot be read
    is named and skipped: what it changed is told with the next newer one.

    \b
    iamctl log
    iamctl log alice -n 3
    iamctl log role/deployer --from v1.2 -o json

    JSON: Commit, Time, Author, Email, Subject, and Entities as in `iamctl diff -o json`.
    """
    check_form(output, FORMS)
    if number is not None and number < 1:
        raise Usage("-n takes a number of commits, 1 at least")
    past = Runtime().sides(directory).past(start)
    followed = None if entity is None else Followed(entity)
    told = 0
    for step in past.steps():
        if step.fault:
            say(f"{step.commit.id[:12]} is skipped: {step.fault}")
            continue
        if step.unknown:
            say(f"older commits than {step.commit.id[:12]} are not here: this clone is shallow, "
                "and `git fetch --unshallow` brings them")  # fmt: skip
            break
        changed = _changes(step)
        mine = changed if followed is None else followed.of(changed)
        alone = followed is None and (every or not (step.before and step.after))
        if not mine and not alone:
            continue
        _tell(output, step, mine, whole=followed is None)
        told += 1
        if told == number:
            break
    if not told:
        _conclude(entity, past_is_cut=past.is_cut_off)


app = single(log)


def _changes(step: "Step") -> tuple[EntityChanges, ...]:
    before, after = step.before, step.after
    if before is None or after is None:
        there = before or after
        nothing = nothing_of(there) if there is not None else None
        before, after = before or nothing, after or nothing
    return entity_changes(before, after) if before and after else ()


def _tell(form: str | None, step: "Step", entities: tuple[EntityChanges, ...], whole: bool) -> None:
    from iamctl.rendering.changes import commit_heading, entity_shape, entity_text, file_text

    commit = step.commit
    if form == "json":
        shape: dict[str, Plain] = {
            "Commit": commit.id,
            "Time": format_instant(commit.time),
            "Author": commit.author,
            "Email": commit.email,
            "Subject": commit.subject,
            "Entities": [entity_shape(entity) for entity in entities],
        }
        answer(json.dumps(shape, ensure_ascii=False) + "\n")
    else:
        painted = colour()
        answer(commit_heading(commit.id, commit.time, commit.author, commit.subject, painted))
        if whole and not (step.before and step.after):
            answer(file_text(step.after))
        elif not entities:
            answer("    only the form differs\n")
        else:
            answer("".join(entity_text(entity, painted, "  ") for entity in entities))
    sys.stdout.flush()


def _conclude(entity: str | None, past_is_cut: bool) -> None:
    """Nothing was told: say so."""
    if entity is None:
        return say("no commit changes the directory")
    if past_is_cut:
        return say(f"no commit that is here changes {shown(entity)}")
    raise NotFound(f"no commit changes anything called {shown(entity)}",
                   hint="user/NAME, role/NAME and so on say what is meant")  # fmt: skip
