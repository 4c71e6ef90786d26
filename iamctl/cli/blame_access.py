"""`iamctl blame-access PRINCIPAL ACTION [RESOURCE]`: what last turned an answer, and who did."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.access_options import (
    AccountFiles,
    Action,
    Context,
    NoDefaults,
    Principal,
    Resource,
    ResourceAccount,
)
from iamctl.cli.app import single
from iamctl.cli.asking import circumstances
from iamctl.cli.candidates import revisions
from iamctl.cli.options import Directory, form_option
from iamctl.cli.output import answer, answer_json, colour, say
from iamctl.cli.values import check_form
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.services.access import Access, Circumstances
from iamctl.services.changes import EntityChanges, entity_changes, nothing_of
from iamctl.services.turning import (
    NOBODY,
    Lasting,
    Stand,
    Turn,
    last_turn,
    lasting,
    verdict_of,
)

if TYPE_CHECKING:
    from iamctl.bootstrap.past import Past, Step
    from iamctl.bootstrap.side import Side

FORMS = ("table", "json")


def blame_access(
    principal: Principal,
    action: Action,
    resource: Resource = "*",
    context: Context = None,
    no_defaults: NoDefaults = False,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="REV",
            help="Begin with this revision, and not with the file as it is.",
            autocompletion=revisions,
        ),
    ] = None,
    resource_account: ResourceAccount = None,
    account_file: AccountFiles = None,
    output: Annotated[str | None, form_option(FORMS, "table or json.")] = None,
    directory: Directory = None,
) -> None:
    """Since when a principal can do something, or cannot any more, and which commit made it so.

    Every state of the file is asked as of the time that it stood, back to where a yes, a no or an
    unknown was another answer: at a commit, which is shown with its changes, or at an instant
    between two, when a membership ended or a condition on the time turned. A user or role is
    followed through renames by its unique id. Commits whose file cannot be used are named and left
    out. AWS's own policies are taken as they are now.

    \b
    iamctl blame-access alice s3:DeleteObject 'arn:aws:s3:::acme-prod/*'
    iamctl blame-access role/deployer iam:CreateUser -o json

    JSON: Decision, Before, By (commit, time, uncommitted or nothing), At, Commit, Time, Author,
    Email, Subject and Entities as in `iamctl diff -o json`.
    """
    check_form(output, FORMS)
    runtime = Runtime()
    sides = runtime.sides(directory)
    newest = sides.working() if start is None else sides.revision(start)
    around = circumstances(context, no_defaults, None, resource_account)
    files = tuple(account_file or ())
    now = runtime.now()
    access = Access(newest.load(), runtime.catalogue, now, newest.accounts(files))
    who = lasting(access, principal)
    access.target(action, resource, around)  # whose mistakes are told at once
    asked = _Asked(access, who, action, resource, around, files)
    history = _History(sides.past(start or "HEAD"), asked, None if start else newest, now)
    turn = last_turn(history.stands(), now)
    if turn is not None:
        _show(output, turn, history)


app = single(blame_access)


class _Asked:
    """The question, put to a side as of a time."""

    def __init__(
        self,
        newest: Access,
        principal: Lasting,
        action: str,
        resource: str,
        around: Circumstances,
        files: tuple[str, ...],
    ) -> None:
        self._newest = newest
        self._words = principal, action, resource, around
        self._files = files

    def verdict(self, side: "Side", now: int) -> str:
        access = self._newest.again(side.load(), now, side.accounts(self._files))
        return verdict_of(access, *self._words)


class _History:
    """The stands of a directory, and by their numbers the steps that the last of them began with:
    None what is not committed."""

    def __init__(self, past: "Past", asked: _Asked, newest: "Side | None", now: int) -> None:
        self._past = past
        self._asked = asked
        self._newest = newest
        self._now = now
        self._begun = 0
        self.steps: dict[int, Step | None] = {}
        self.is_cut_off = False

    def stands(self) -> Iterator[Stand]:
        """Each state that can be asked, newest first."""
        if self._newest is not None:
            self._keep(None)
            yield Stand(self._now, partial(self._asked.verdict, self._newest))
        for step in self._past.steps():
            self.is_cut_off = step.unknown
            if step.fault or step.side is None:
                say(f"{step.commit.id[:12]} is left out: {step.fault}")
                continue
            try:
                if step.after is not None:
                    step.side.load()
            except InvalidDirectory as error:
                say(f"{step.commit.id[:12]} is left out: {error.message}")
                continue
            self._keep(step)
            since = step.commit.time
            if step.after is None:
                yield Stand(since, _nobody)
            else:
                yield Stand(since, partial(self._asked.verdict, step.side))
            if step.before is None and not step.unknown:
                self._keep(None)
                yield Stand(0, _nobody)  # before there was a file

    def _keep(self, step: "Step | None") -> None:
        """Keep the last few alone: each holds two states of the directory."""
        self.steps[self._begun] = step
        self.steps.pop(self._begun - 3, None)
        self._begun += 1

    def changes(self, number: int) -> tuple[EntityChanges, ...]:
        """What a stand's beginning changed."""
        step = self.steps[number]
        if step is not None:
            before, after = step.before, step.after
        else:
            assert self._newest is not None  # the first stand, and no commit
            older = self.steps[number + 1]
            before, after = older and older.after, self._newest.load()
        there = after or before
        if there is None:
            return ()
        return entity_changes(before or nothing_of(there), after or nothing_of(there))


def _nobody(_now: int) -> str:
    return NOBODY


def _show(form: str | None, turn: Turn, history: _History) -> None:
    from iamctl.rendering.changes import commit_heading, entity_shape, entity_text, file_text

    step = history.steps[turn.number]
    by = _by(turn, step)
    entities = history.changes(turn.number) if by in ("commit", "uncommitted") else ()
    commit = None if step is None or by == "nothing" else step.commit
    if form == "json":
        shape: dict[str, Plain] = {
            "Decision": turn.verdict,
            "Before": turn.before,
            "By": by,
            "At": None if turn.at is None else format_instant(turn.at),
            "Commit": commit and commit.id,
            "Time": commit and format_instant(commit.time),
            "Author": commit and commit.author,
            "Email": commit and commit.email,
            "Subject": commit and commit.subject,
            "Entities": [entity_shape(entity) for entity in entities],
        }
        return answer_json(shape)
    text = _WORDS[by].format(now=turn.verdict, before=turn.before,
                             at="" if turn.at is None else format_instant(turn.at))  # fmt: skip
    if commit is not None:
        text += commit_heading(commit.id, commit.time, commit.author, commit.subject, colour())
    if by == "commit" and step is not None and (step.before is None or step.after is None):
        text += file_text(step.after)
    else:
        text += "".join(entity_text(entity, colour(), "  ") for entity in entities)
    if by == "nothing" and history.is_cut_off:
        say(
            "older commits are not here: this clone is shallow, `git fetch --unshallow` brings them"
        )
    return answer(text)


_WORDS = {
    "commit": "{now} since this commit, {before} before:\n",
    "time": "{now} since {at}, {before} before; the time turned it, while this commit stood:\n",
    "uncommitted": "{now} by what is not committed yet, {before} before:\n",
    "nothing": "{now}, and never anything else in the commits that are here\n",
}


def _by(turn: Turn, step: "Step | None") -> str:
    """What turned the answer."""
    if turn.before is None:
        return "nothing"
    if turn.at is not None:
        return "time"
    return "uncommitted" if step is None else "commit"
