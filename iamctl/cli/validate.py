"""`iamctl validate`: every problem of directory files, with its place."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from iamctl import files
from iamctl.bootstrap import Runtime
from iamctl.bootstrap.texts import read_problems
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
    from iamctl.cli.options import (
        CheckOutput,
        Directory,
        DryRun,
        Files,
        Mend,
        SkipOthers,
        Strict,
    )

_DIRECTORY = "directory.yaml"
Found = tuple[Problem, str]
"""A problem with the line of text that it points at."""


def validate(
    paths: Files = None,
    mend: Mend = False,
    strict: Strict = False,
    skip_others: SkipOthers = False,
    output: CheckOutput = None,
    dry_run: DryRun = False,
    directory: Directory = None,
) -> int:
    """Check directory files: all problems together, each with file, line and column.

    Exit code 3 on errors; 0 with warnings alone, 1 with --strict. Of several files, one that
    cannot be read is a problem among the others, and its exit code counts. For a file that
    another includes, that one is checked, with all that it includes.

    \b
    iamctl validate
    iamctl validate --fix
    iamctl validate people/eng.yaml
    git show HEAD:directory.yaml | iamctl validate -
    """
    check_form(output, CHECK_FORMS)
    runtime = Runtime()
    if mend and "-" in (paths or ()):
        raise Usage("--fix edits files, and standard input is none", hint="name the file")
    checking = _Checking(runtime, directory, skip_others, mend, dry_run)
    found, code = checking.all_of(paths)
    _show(output, found)
    errors = sum(problem.severity == "error" for problem, _ in found)
    if output is None and not (mend and dry_run):
        _conclude(checking.count, errors, len(found) - errors)
    if errors:
        return max(code, exits.INVALID_DIRECTORY)
    return exits.NEGATIVE if strict and found else exits.OK


class _Checking:
    """One run over files. `count` is how many were checked, those that others include too."""

    def __init__(
        self, runtime: Runtime, directory: str | None, skip_others: bool, mend: bool, dry_run: bool
    ) -> None:
        self.count = 0
        self._runtime = runtime
        self._directory = directory
        self._skip_others = skip_others
        self._mend = mend
        self._dry_run = dry_run
        self._seen: set[str] = set()

    def all_of(self, paths: Sequence[str] | None) -> tuple[list[Found], int]:
        """The problems of all files, and the highest exit code of those that could not be checked.

        What is wrong with the only file is raised.
        """
        if not paths:
            meant = self._runtime.find(self._directory)
            return self._problems(meant.path, meant.searched), exits.OK
        found: list[Found] = []
        code = exits.OK
        for path in paths:
            try:
                found += self._named(path)
            except (NotFound, StorageFailure) as error:
                if len(paths) == 1:
                    raise
                self.count += 1
                where = Source(path, 1, 1)
                problem = Problem("error", "not-checked", error.message, (), where, error.hint)
                found.append((problem, ""))
                code = max(code, exits.code_of(error))
        return found, code

    def _named(self, path: str) -> list[Found]:
        """The problems of what a person named, unless they were told already."""
        name = path if path == "-" else self._main_of(self._file(path))
        if name is None:
            return []
        real = name if path == "-" else os.path.realpath(name)
        if real in self._seen:
            return []
        self._seen.add(real)
        return self._problems(name)

    def _file(self, path: str) -> str:
        """The file to check: a folder means the directory file in it, as --directory has it."""
        if not os.path.isdir(path):
            return path
        try:
            found = os.path.basename(self._runtime.find(path).path)
        except NotFound as error:
            if not any(name.endswith((".yaml", ".yml")) for name in os.listdir(path)):
                raise
            from shlex import quote

            named = f"{quote(path.rstrip('/'))}/*.yaml"
            hint = f"parts of a directory are named by file: iamctl validate {named}"
            raise NotFound(error.message, code=error.code, hint=hint) from None
        return os.path.join(path, found).removeprefix("./")

    def _main_of(self, name: str) -> str | None:
        """The file itself or, of a part, the one that includes it; None for one to pass over."""
        if not os.path.isfile(name) or os.path.basename(name) == _DIRECTORY:
            return name
        if "iamctl" in self._runtime.top_keys(name):
            return name
        main = self._runtime.including(name, self._directory)
        if main is None:
            return None if self._skip_others else name
        main = main if os.path.isabs(name) else os.path.relpath(main)
        if self._mend and os.stat(main).st_uid != os.geteuid():
            raise StorageFailure(
                f"{main}, which includes {name}, belongs to another user",
                hint=f"if it is to be mended, say so: iamctl validate --fix {main}",
            )
        say(f"{name} is a part of {main}")
        return main

    def _problems(self, name: str, searched: bool = False) -> list[Found]:
        """What is wrong with a directory whose main file has that name, once it was mended; a dry
        run of that leaves nothing to say."""
        if self._mend and self._mended(name, searched) and self._dry_run:
            return []
        texts: Mapping[str, bytes]
        if name == "-":
            texts = {"<stdin>": stdin_bytes(files.LIMIT)}
            directory, problems = read_problems(texts["<stdin>"], "<stdin>")
        else:
            directory, problems, texts = self._runtime.read_problems(name, searched)
        self.count += len(texts)
        lines = {
            shown: data.decode("utf-8-sig", "replace").split("\n") for shown, data in texts.items()
        }
        found = findings(directory, problems, self._runtime.catalogue, self._runtime.federation)
        return [(problem, _line_of(problem, lines)) for problem in found]

    def _mended(self, name: str, searched: bool) -> bool:
        """Mend a directory, unless it is broken in what only a person can mend: checking tells
        that."""
        now, tape = self._runtime.now(), replayed(self._runtime.randomness)
        repository = self._runtime.repository(self._directory if searched else name)
        try:
            edit = repository.apply(
                lambda directory: fix(directory, now, tape()), dry_run=self._dry_run
            )
        except InvalidDirectory:
            return False
        report(edit, self._dry_run)
        return True


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
