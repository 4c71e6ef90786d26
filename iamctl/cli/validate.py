"""`iamctl validate`: every problem of directory files, with its place."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from iamctl import files
from iamctl.bootstrap import Runtime, read_problems
from iamctl.cli import exits
from iamctl.cli.documents import stdin_bytes
from iamctl.cli.output import answer, colour, report, say
from iamctl.cli.values import CHECK_FORMS, check_form
from iamctl.domain.errors import InvalidDirectory, NotFound, StorageFailure, Usage
from iamctl.domain.source import Problem, Source
from iamctl.rendering.errors import caret_excerpt, problem_json, problem_text
from iamctl.rendering.machine import github_annotation, json_text
from iamctl.services.minting import replayed
from iamctl.services.validate import findings, fix

if TYPE_CHECKING:  # only Typer needs them at run time: `fronts` hands them to it
    from iamctl.cli.options import CheckOutput, Directory, DryRun, Files, Mend, Strict

Found = tuple[Problem, str]
"""A problem with the line of text that it points at."""


def validate(
    paths: Files = None,
    mend: Mend = False,
    strict: Strict = False,
    output: CheckOutput = None,
    dry_run: DryRun = False,
    directory: Directory = None,
) -> int:
    """Check directory files: all problems together, each with file, line and column.

    Exit code 3 on errors; 0 with warnings alone, 1 with --strict. Of several files, one that
    cannot be read is a problem among the others, and its exit code counts.

    \b
    iamctl validate
    iamctl validate --fix
    git show HEAD:directory.yaml | iamctl validate -
    """
    check_form(output, CHECK_FORMS)
    runtime = Runtime()
    paths = paths or [runtime.find(directory).path]
    if mend and "-" in paths:
        raise Usage("--fix edits files, and standard input is none", hint="name the file")
    found, code = _gather(runtime, paths, mend, dry_run)
    _show(output, found)
    errors = sum(problem.severity == "error" for problem, _ in found)
    if output is None and not (mend and dry_run):
        _conclude(len(paths), errors, len(found) - errors)
    if errors:
        return max(code, exits.INVALID_DIRECTORY)
    return exits.NEGATIVE if strict and found else exits.OK


def _gather(
    runtime: Runtime, paths: Sequence[str], mend: bool, dry_run: bool
) -> tuple[list[Found], int]:
    """The problems of all files, and the highest exit code of those that could not be checked.

    What is wrong with the only file is raised.
    """
    found: list[Found] = []
    code = exits.OK
    for path in paths:
        try:
            found += _problems(runtime, _file(runtime, path), mend, dry_run)
        except (NotFound, StorageFailure) as error:
            if len(paths) == 1:
                raise
            where = Source(path, 1, 1)
            problem = Problem("error", "not-checked", error.message, (), where, error.hint)
            found.append((problem, ""))
            code = max(code, exits.code_of(error))
    return found, code


def _file(runtime: Runtime, path: str) -> str:
    """The file to check: a folder means the directory file in it, as --directory has it."""
    if not os.path.isdir(path):
        return path
    return os.path.join(path, os.path.basename(runtime.find(path).path)).removeprefix("./")


def _problems(runtime: Runtime, name: str, mend: bool, dry_run: bool) -> list[Found]:
    """What is wrong with a file that was mended first; a dry run of that leaves nothing to say."""
    if mend and _mended(runtime, name, dry_run) and dry_run:
        return []
    return _check(runtime, name)


def _mended(runtime: Runtime, name: str, dry_run: bool) -> bool:
    """Mend a file, unless it is broken in what only a person can mend: checking tells that."""
    now, tape = runtime.now(), replayed(runtime.randomness)
    try:
        edit = runtime.repository(name).apply(
            lambda directory: fix(directory, now, tape()), dry_run=dry_run
        )
    except InvalidDirectory:
        return False
    report(edit, dry_run)
    return True


def _check(runtime: Runtime, name: str) -> list[Found]:
    """The file's problems."""
    if name == "-":
        texts: Mapping[str, bytes] = {"<stdin>": stdin_bytes(files.LIMIT)}
        directory, problems = read_problems(texts["<stdin>"], "<stdin>")
    else:
        directory, problems, texts = runtime.read_problems(name)
    lines = {
        shown: data.decode("utf-8-sig", "replace").split("\n") for shown, data in texts.items()
    }
    found = findings(directory, problems, runtime.catalogue, runtime.federation)
    return [(problem, _line_of(problem, lines)) for problem in found]


def _line_of(problem: Problem, texts: Mapping[str, list[str]]) -> str:
    place = problem.source
    lines = texts.get(place.file, []) if place is not None else []
    return lines[place.line - 1] if place is not None and 0 < place.line <= len(lines) else ""


def _show(output: str | None, found: list[Found]) -> None:
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
