"""Answers to stdout in the form that was asked for; everything else to stderr."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence

from iamctl.cli.values import DOCUMENT_FORMS, check_form
from iamctl.domain.change import Changes
from iamctl.domain.source import Plain
from iamctl.ports import Edit
from iamctl.rendering.console import wants_colour
from iamctl.rendering.escape import printable


def say(text: str) -> None:
    """A line for the person, on stderr."""
    sys.stderr.write(printable(text) + "\n")


def answer(text: str) -> None:
    """The answer, on stdout, in one write."""
    sys.stdout.write(text)


def answer_json(value: object) -> None:
    """The answer as JSON."""
    from iamctl.rendering.machine import json_text

    answer(json_text(value))


def answer_yaml(value: Plain) -> None:
    """The answer as YAML; sections of a directory are written as its file has them."""
    from iamctl.bootstrap.texts import yaml_text

    answer(yaml_text(value))


def colour(stream: object = None) -> bool:
    """Whether stdout, or the stream, is to be coloured."""
    target = stream or sys.stdout
    return wants_colour(os.environ, bool(getattr(target, "isatty", lambda: False)()))


def show_rows(
    form: str | None,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    as_json: Callable[[], object],
    as_yaml: Callable[[], Plain],
    empty: str,
) -> None:
    """A list: a table on a terminal, tab-separated in a pipe; the first column names a row.

    `empty` is said on stderr when there are no rows; then tables print nothing. A table leaves
    out columns in which no row has anything.
    """
    check_form(form)
    if form == "json":
        return answer_json(as_json())
    if form == "yaml":
        return answer_yaml(as_yaml())
    if not rows:
        return say(empty)
    if form == "name":
        return answer("".join(f"{printable(row[0])}\n" for row in rows))
    if for_pipe(form):
        from iamctl.rendering.tables import tsv

        return answer(tsv(columns, rows))
    from iamctl.rendering.tables import draw_table

    filled = [n for n in range(len(columns)) if n == 0 or any(row[n] for row in rows)]
    shown = [[row[n] for n in filled] for row in rows]
    return draw_table(sys.stdout, [columns[n] for n in filled], shown, colour(), _width())


def show_facts(
    form: str | None,
    facts: Iterable[tuple[str, str]],
    as_json: Callable[[], object],
    as_yaml: Callable[[], Plain],
    name: str,
) -> None:
    """One thing: names and values on a terminal, `name TAB value` lines in a pipe.

    A value of several lines is several such lines.
    """
    check_form(form)
    if form == "json":
        return answer_json(as_json())
    if form == "yaml":
        return answer_yaml(as_yaml())
    if form == "name":
        return answer(f"{printable(name)}\n")
    shown = [(label, value) for label, value in facts if value]
    if for_pipe(form):
        rows = ((label, line) for label, value in shown for line in value.split("\n"))
        return answer("".join(f"{label}\t{printable(line)}\n" for label, line in rows))
    from iamctl.rendering.tables import draw_facts

    return draw_facts(sys.stdout, shown, colour(), _width())


def show_document(form: str | None, document: Plain, name: str) -> None:
    """A policy document: as JSON, exactly as AWS takes it, unless another form is asked for."""
    check_form(form, DOCUMENT_FORMS)
    if form == "yaml":
        return answer_yaml(document)
    if form == "name":
        return answer(f"{printable(name)}\n")
    return answer_json(document)


def for_pipe(form: str | None) -> bool:
    """Whether the answer goes out as tab-separated text, a line a value."""
    return form == "tsv" or (form is None and not sys.stdout.isatty())


def _width() -> int | None:
    if sys.stdout.isatty():
        return None
    import shutil  # here: it brings every compression there is

    return max(shutil.get_terminal_size().columns, 80)


def report(edit: Edit, dry_run: bool, done: str = "") -> None:
    """What an edit did, on stderr; of a dry run the changes in words and the diff, on stdout."""
    if dry_run:
        from iamctl.domain.wording import describe

        words = "".join(f"# {printable(describe(change))}\n" for change in edit.changes)
        return answer((words or "# nothing would change\n") + edit.text_diff)
    if not edit.changes:
        return say("nothing to change")
    for line in summary(edit.changes, done=True) if not done else [done]:
        say(line)
    for path in edit.paths or (edit.path,):
        if path == edit.made:
            say(f"made {path}")
        elif os.path.dirname(os.path.realpath(path)) != os.path.realpath(os.getcwd()):
            say(f"changed {path}")
    return None


def summary(changes: Changes, done: bool = False) -> list[str]:
    """The changes in words, at most twenty of them: what they do, or did."""
    from iamctl.domain.wording import describe

    lines = [describe(change, done) for change in changes]
    return lines if len(lines) <= 20 else [*lines[:20], f"… and {len(lines) - 20} more changes"]
