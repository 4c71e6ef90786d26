"""The commands of the tree, found in the tree itself."""

from collections.abc import Iterator

from typer._click.core import Command
from typer.core import TyperGroup

from iamctl.cli.app import COMMANDS, load


def leaves() -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every command that does something, with the words that call it."""
    for name in COMMANDS:
        yield from _below((name,), load(name))


def _below(words: tuple[str, ...], command: Command) -> Iterator[tuple[tuple[str, ...], Command]]:
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _below((*words, name), child)
    else:
        yield words, command
