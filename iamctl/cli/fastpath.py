"""Reads plain command lines of the hottest commands without Typer, and calls the same functions.

What it knows of them is `command_table`, which is generated from Typer's tree. It takes known
options once each, with values that are neither empty nor begin with a dash, and positional words;
whatever else a command line holds is declined: then Typer reads it. It ends at parsing.
"""

import sys

from iamctl.cli.command_table import COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from iamctl.cli.command_rows import Argument, Command, Option

    Call = tuple[Callable[..., Any], dict[str, Any]]

_DEPTH = 3  # as in `user inline put`


def read(argv: "Sequence[str]", environ: "Mapping[str, str]") -> "Call | None":
    """The function that the command line means, and what Typer would call it with; else None."""
    found = command_of(argv)
    if found is None:
        return None
    command, words = found
    arguments = _arguments(command, words, environ) if command[0] else None
    return None if arguments is None else (_function(command[0]), arguments)


def command_of(words: "Sequence[str]") -> "tuple[Command, Sequence[str]] | None":
    """The command that the first words name, and the words behind them."""
    name = ""
    for number, word in enumerate(words[:_DEPTH], 1):
        if not word or " " in word:
            return None
        name = f"{name} {word}" if name else word
        command = COMMANDS.get(name)
        if command is not None:
            return command, words[number:]
    return None


def _function(place: str) -> "Callable[..., Any]":
    module, _, name = place.partition(" ")
    __import__(module)
    found: Callable[..., Any] = getattr(sys.modules[module], name)
    return found


def _arguments(
    command: "Command", words: "Sequence[str]", environ: "Mapping[str, str]"
) -> "dict[str, Any] | None":
    """What the function is called with, by name."""
    _, arguments, options = command
    taken = sorted_out(options, words)
    if taken is None or taken[2] is not None:
        return None
    given, positional, _ = taken
    values = placed(arguments, positional)
    if values is None:
        return None
    for name, _, required, default, _ in arguments:
        if name not in values:
            if required:
                return None
            values[name] = default
    for _, name, kind, default, variable, _, _ in options:
        if kind != "help":
            values[name] = given.get(name) or (variable and environ.get(variable)) or default
    return values


def sorted_out(
    options: "Sequence[Option]", words: "Sequence[str]"
) -> "tuple[dict[str, Any], list[str], str | None] | None":
    """Values of options by name, positional words, and an option at the end without its value.

    None unless all that is there is plain.
    """
    known = {spelling: option for option in options for spelling in option[0]}
    given: dict[str, Any] = {}
    positional: list[str] = []
    waiting = None
    for word in words:
        if not word:
            return None
        if word[0] != "-":
            if waiting is None:
                positional.append(word)
            else:
                _keep(given, known[waiting], word)
                waiting = None
            continue
        spelling, equals, value = word.partition("=")
        option = known.get(spelling)
        if waiting is not None or option is None or option[2] == "help":
            return None
        if option[1] in given and option[2] != "list":
            return None  # which of them counts is for Typer to say
        if option[2] == "flag":
            if equals:
                return None
            given[option[1]] = True
        elif not equals:
            waiting = spelling
        elif not value or value[0] == "-" or spelling[:2] != "--":
            return None
        else:
            _keep(given, option, value)
    return given, positional, waiting


def _keep(given: "dict[str, Any]", option: "Option", value: str) -> None:
    if option[2] == "list":
        given.setdefault(option[1], []).append(value)
    else:
        given[option[1]] = value


def placed(arguments: "Sequence[Argument]", positional: "Sequence[str]") -> "dict[str, Any] | None":
    """Positional words by the names of their arguments; None when there are too many."""
    values: dict[str, Any] = {}
    left = list(positional)
    for name, many, *_ in arguments:
        if left:
            values[name], left = (left, []) if many else (left[0], left[1:])
    return None if left else values
