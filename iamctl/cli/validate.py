"""`iamctl validate`: every problem of directory files, with its place."""

import sys
from typing import Annotated

import typer

from iamctl import files
from iamctl.bootstrap import Runtime, read_problems
from iamctl.cli import exits
from iamctl.cli.app import single
from iamctl.cli.options import Directory, DryRun, check_form, one_of
from iamctl.cli.output import answer, colour, report, say
from iamctl.domain.errors import Usage
from iamctl.domain.source import Problem
from iamctl.rendering.errors import caret_excerpt, problem_json, problem_text
from iamctl.rendering.machine import github_annotation, json_text
from iamctl.services.minting import replayed
from iamctl.services.validate import findings, fix

_FORMS = ("table", "json", "github")


def validate(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help="Directory files; - is stdin.")
    ] = None,
    mend: Annotated[
        bool, typer.Option("--fix", help="Mint ids and creation times that are missing.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings exit 1.")] = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FORM",
            help="table, json or github (annotations of a pull request).",
            autocompletion=one_of(*_FORMS),
        ),
    ] = None,
    dry_run: DryRun = False,
    directory: Directory = None,
) -> int:
    """Check directory files: all problems together, each with file, line and column.

    Exit code 3 on errors; 0 with warnings alone, 1 with --strict.

    \b
    iamctl validate
    iamctl validate --fix
    git show HEAD:directory.yaml | iamctl validate -
    """
    check_form(output, _FORMS)
    runtime = Runtime()
    names = paths or [runtime.find(directory).path]
    if mend and "-" in names:
        raise Usage("--fix edits files, and standard input is none", hint="name the file")
    if mend:
        for name in names:
            _mend(runtime, name, dry_run)
        if dry_run:
            return exits.OK
    found: list[tuple[Problem, str]] = []
    for name in names:
        found += _check(runtime, name)
    _show(output, found)
    errors = sum(problem.severity == "error" for problem, _ in found)
    if output is None:
        _conclude(len(names), errors, len(found) - errors)
    if errors:
        return exits.INVALID_DIRECTORY
    return exits.NEGATIVE if strict and found else exits.OK


app = single(validate)


def _mend(runtime: Runtime, name: str, dry_run: bool) -> None:
    now, tape = runtime.now(), replayed(runtime.randomness)
    edit = runtime.repository(name).apply(
        lambda directory: fix(directory, now, tape()), dry_run=dry_run
    )
    report(edit, dry_run)


def _check(runtime: Runtime, name: str) -> list[tuple[Problem, str]]:
    """The file's problems, each with the line of text it points at."""
    if name == "-":
        data, shown = sys.stdin.buffer.read(), "<stdin>"
    else:
        data, shown = files.read_bytes(name, allow_any=True), name
    directory, problems = read_problems(data, shown)
    lines = data.decode("utf-8-sig", "replace").split("\n")
    found = findings(directory, problems, runtime.catalogue)
    return [(problem, _line_of(problem, lines)) for problem in found]


def _line_of(problem: Problem, lines: list[str]) -> str:
    place = problem.source
    return lines[place.line - 1] if place is not None and 0 < place.line <= len(lines) else ""


def _show(output: str | None, found: list[tuple[Problem, str]]) -> None:
    if output == "json":
        answer(json_text({"Findings": [problem_json(problem) for problem, _ in found]}))
    elif output == "github":
        answer("".join(_annotation(problem) for problem, _ in found))
    else:
        painted = colour()
        answer("".join(_text(problem, line, painted) for problem, line in found))


def _text(problem: Problem, line: str, painted: bool) -> str:
    excerpt = ""
    if line and problem.source is not None and sys.stdout.isatty():
        excerpt = caret_excerpt(line, problem.source.column, painted)
    return problem_text(problem, painted, excerpt)


def _annotation(problem: Problem) -> str:
    place = problem.source
    file, line, column = (place.file, place.line, place.column) if place else ("", 1, 1)
    hint = f" ({problem.hint})" if problem.hint else ""
    return github_annotation(problem.severity, file, line, column, problem.message + hint)


def _conclude(count: int, errors: int, warnings: int) -> None:
    checked = "1 file" if count == 1 else f"{count} files"
    if not errors and not warnings:
        return say(f"{checked} checked: no problems")
    return say(f"{checked} checked: {_plural(errors, 'error')}, {_plural(warnings, 'warning')}")


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
