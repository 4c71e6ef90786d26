"""`iamctl diff [A] [B]`: what two states of the directory differ in, in a reviewer's words."""

from typing import TYPE_CHECKING, Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli import exits
from iamctl.cli.app import single
from iamctl.cli.candidates import revisions
from iamctl.cli.options import Directory, form_option
from iamctl.cli.output import answer, answer_json, answer_yaml, colour, say
from iamctl.cli.values import check_form
from iamctl.domain.source import Address, Plain, Source
from iamctl.services.changes import EntityChanges, entity_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iamctl.bootstrap.side import Side

FORMS = ("table", "json", "yaml", "markdown", "github")

SideWords = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SIDE",
        help="Revisions, files, or - for standard input; two at most.",
        autocompletion=revisions,
    ),
]
Staged = Annotated[bool, typer.Option("--staged", help="Compare with what is staged in git.")]


def diff(
    sides: SideWords = None,
    staged: Staged = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 1 when there are changes in meaning.")
    ] = False,
    output: Annotated[
        str | None,
        form_option(FORMS, "table, json, yaml, markdown (a comment) or github (annotations)."),
    ] = None,
    directory: Directory = None,
) -> int:
    """What two states of the directory differ in, entity by entity, in words.

    Without SIDE, git's HEAD and the file as it is; with one, that and the file. A..B are two
    revisions, A...B is B and where its history left A's, as a pull request shows it. REV:PATH is
    another file of a revision. A word that is a file and a revision is refused: write ./FILE.

    Order, comments and layout are silent, an entity that keeps its id is renamed, and one whose
    name came to bear another id is told with the trusts and policies that name it.

    \b
    iamctl diff
    iamctl diff main... -o markdown
    iamctl diff --staged --exit-code
    iamctl diff v1.2:iam/directory.yaml other/directory.yaml -o json

    JSON has From and To (Side, Commit) and Entities: Section, Name, Was, State (added, removed,
    replaced, renamed, changed), Changes (Path, Old, New, Words) and Notes.
    """
    check_form(output, FORMS)
    old, new = Runtime().sides(directory).pair(sides or (), staged)
    entities = entity_changes(old.load(checked=False), new.load(checked=False))
    _show(output, entities, old, new)
    if output in (None, "table") and not entities:
        same = [(t.name, t.data) for t in old.read().texts] == [
            (t.name, t.data) for t in new.read().texts
        ]
        say("no changes" if same else "no change in meaning: only the form differs")
    return exits.NEGATIVE if entities and exit_code else exits.OK


app = single(diff)


def _show(form: str | None, entities: "Sequence[EntityChanges]", old: "Side", new: "Side") -> None:
    from iamctl.rendering import changes

    if form in ("json", "yaml"):
        shape: dict[str, Plain] = {
            "From": side_shape(old),
            "To": side_shape(new),
            "Entities": [changes.entity_shape(entity) for entity in entities],
        }
        return answer_json(shape) if form == "json" else answer_yaml(shape)
    if form == "markdown":
        return answer(changes.changes_markdown(entities, old.shown, new.shown))
    if form == "github":
        locate = new.load(checked=False).source_of

        def in_repository(at: Address) -> Source | None:
            place = locate(at)
            return place and place._replace(file=place.file.removeprefix(new.before))

        file = new.read().texts[0].shown.removeprefix(new.before)
        return answer(changes.changes_github(entities, in_repository, file))
    painted = colour()
    return answer("".join(changes.entity_text(entity, painted) for entity in entities))


def side_shape(side: "Side") -> dict[str, Plain]:
    """A side for programs."""
    return {"Side": side.shown, "Commit": side.commit}
