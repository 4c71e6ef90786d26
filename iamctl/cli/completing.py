"""Completes plain command lines without Typer, from the table that `fastpath` reads them with.

It answers as Typer's own walk through the tree does, or declines; then Typer walks.
"""

from iamctl.cli.command_table import COMMANDS, HIDDEN
from iamctl.cli.fastpath import command_of, placed, sorted_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from iamctl.cli.command_rows import Command, Completer, Option


class Named:
    """What completers ask of a context: the words that stand for parameters so far."""

    def __init__(self, params: "Mapping[str, object]") -> None:
        self.params = params


def completed(given: "Sequence[str]", incomplete: str) -> "Iterable[str] | None":
    """Candidates for the word `incomplete` behind the words `given`; None where Typer must say.

    Raises what reading the directory file raises.
    """
    if incomplete[:1] == "=":
        return None
    found = command_of(given)
    if found is None:
        return _commands(given, incomplete)
    command, words = found
    return _in_command(command, words, incomplete)


def _commands(given: "Sequence[str]", incomplete: str) -> "list[str] | None":
    """Names of commands behind a group's name, or behind none."""
    if incomplete[:1] == "-" or not all(given):
        return None
    group = "".join(f"{word} " for word in given)
    behind = [name[len(group) :] for name in COMMANDS if name.startswith(group)]
    if not behind or group.count(" ") != len(given):
        return None
    names = dict.fromkeys(name.partition(" ")[0] for name in behind)
    return [name for name in names if name.startswith(incomplete) and group + name not in HIDDEN]


def _in_command(
    command: "Command", words: "Sequence[str]", incomplete: str
) -> "Iterable[str] | None":
    _, arguments, options = command
    taken = sorted_out(options, words)
    if taken is None:
        return None
    given, positional, waiting = taken
    spelling, equals, value = incomplete.partition("=")
    if incomplete[:1] != "-":
        spelling, value = waiting or "", incomplete
    elif waiting is not None or value[:1] == "-":
        return None
    elif not equals:
        return _spellings(options, given, incomplete)
    if spelling:
        option = next((option for option in options if spelling in option[0]), None)
        if option is None or option[2] not in ("value", "list"):
            return None
        return _candidates(option[6], {}, value)
    values = placed(arguments, positional)
    if values is None:
        return []
    for name, many, _, _, completer in arguments:
        if many or name not in values:
            return _candidates(completer, values, incomplete)
    return []


def _spellings(
    options: "Sequence[Option]", given: "Mapping[str, object]", incomplete: str
) -> "list[str]":
    """Options that may still be given."""
    return [
        spelling
        for spellings, name, kind, _, _, hidden, _ in options
        if not hidden and (kind == "list" or name not in given)
        for spelling in spellings
        if spelling.startswith(incomplete)
    ]


def _candidates(
    completer: "Completer | None", values: "Mapping[str, object]", incomplete: str
) -> "Iterable[str] | None":
    if completer is None:
        return []
    name, words = completer
    if not name:
        return None
    from iamctl.cli import candidates

    function = getattr(candidates, name)
    if words:
        function = function(*words)
    found = function(Named(values), incomplete) if name == "names_within" else function(incomplete)
    return (word for word in found if word.startswith(incomplete))
