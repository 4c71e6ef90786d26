"""Completes any command line by Typer's walk through the command tree."""

import contextlib
import io

import typer
from typer._click.core import Command
from typer._click.shell_completion import CompletionItem, ShellComplete

from iamctl.cli.startup import without_pydantic


def walked(given: list[str], incomplete: str, command: Command | None = None) -> list[str]:
    """Candidates for the word `incomplete` behind the words `given`; none for file names.

    `command` is the tree to walk, by default iamctl's. Raises whatever keeps it from completing.
    """
    # Eager options such as --version print: not on the way to a prompt.
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        without_pydantic(),
    ):
        if command is None:
            from iamctl.cli.app import app

            command = typer.main.get_command(app)
        completer = _Completer(command, {}, "iamctl", "_IAMCTL_COMPLETE")
        items = completer.get_completions(list(given), incomplete)
    return [item.value for item in items if item.type == "plain"]


class _Completer(ShellComplete):
    """Typer's walk, without any of its scripts."""

    name = "lines"
    source_template = ""  # the scripts are in completion_scripts

    def source_vars(self) -> dict[str, str]:
        return {}

    def get_completion_args(self) -> tuple[list[str], str]:
        return [], ""

    def format_completion(self, item: CompletionItem) -> str:
        return str(item.value)
