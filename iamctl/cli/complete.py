"""Answers the completion scripts: candidates for the word under the cursor, one a line.

A script sets _IAMCTL_COMPLETE to `lines`, or to `quoted` where its shell hands words over as they
were typed, COMP_WORDS to the words up to the cursor, one a line, and COMP_CWORD to the number of
the word to complete, counted from 0. Names come from a shared file, so nothing is answered that a
shell could take for more than a word, and never a description; on any trouble, nothing at all.
"""

import contextlib
import io
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TextIO

import typer
from typer._click.core import Command
from typer._click.shell_completion import CompletionItem, ShellComplete

from iamctl.cli.candidates import look_in

_HARMLESS = re.compile(r"[A-Za-z0-9_+=,.@:/-]+", re.ASCII)
_MOST = 500  # more help nobody, and shells ask before showing them


def answer_shell(environ: Mapping[str, str], stdout: TextIO) -> int:
    """Write the candidates for what `environ` asks; the exit code, always 0."""
    words = environ.get("COMP_WORDS", "").split("\n")
    try:
        cword = int(environ.get("COMP_CWORD", ""))
    except ValueError:
        return 0
    if environ.get("_IAMCTL_COMPLETE") == "quoted":
        words = [unquoted(word) for word in words]
    stdout.write("".join(f"{candidate}\n" for candidate in complete(words, cword)))
    return 0


def complete(words: Sequence[str], cword: int, command: Command | None = None) -> list[str]:
    """Candidates for `words[cword]`, whole words; empty where file names are wanted.

    `words[0]` is the program. `command` is the tree to walk, by default iamctl's.
    """
    if not 0 < cword <= len(words):
        return []
    given, incomplete = list(words[1:cword]), words[cword] if cword < len(words) else ""
    look_in(next(reversed(_option_values(given, "--directory")), None))
    try:
        # Eager options such as --version print: not on the way to a prompt.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            items = _items(command, given, incomplete)
    except Exception:
        return []
    option, equals, _ = incomplete.partition("=")
    prefix = option + equals if equals and option.startswith("-") else ""
    found = dict.fromkeys(prefix + item.value for item in items if item.type == "plain")
    return [word for word in found if _HARMLESS.fullmatch(word)][:_MOST]


def unquoted(word: str) -> str:
    """What a shell would make of a word as typed; one still being typed may lack its last quote."""
    import shlex

    if not set(word) & set("'\"\\"):
        return word
    for closed in (word, word.removesuffix("\\"), f"{word}'", f'{word}"'):
        with contextlib.suppress(ValueError):
            parts = shlex.split(closed)
            return parts[0] if len(parts) == 1 else ""
    return ""


class _Completer(ShellComplete):
    """Typer's walk through the command tree, without any of its scripts."""

    name = "lines"
    source_template = ""  # the scripts are in completion_scripts

    def source_vars(self) -> dict[str, str]:
        return {}

    def get_completion_args(self) -> tuple[list[str], str]:
        return [], ""

    def format_completion(self, item: CompletionItem) -> str:
        return str(item.value)


def _items(command: Command | None, given: list[str], incomplete: str) -> list[CompletionItem]:
    from iamctl.cli.startup import without_pydantic

    with without_pydantic():
        if command is None:
            from iamctl.cli.app import app

            command = typer.main.get_command(app)
        completer = _Completer(command, {}, "iamctl", "_IAMCTL_COMPLETE")
        return completer.get_completions(given, incomplete)


def _option_values(words: Sequence[str], option: str) -> list[str]:
    """What the words give for a long option, in either spelling."""
    separate = [value for word, value in pairwise(words) if word == option]
    return separate + [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
