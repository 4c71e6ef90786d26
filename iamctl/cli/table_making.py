"""Writes `command_table.py` out of Typer's tree: `python -m iamctl.cli.table_making`."""

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from typer._click.core import Command, Context, Parameter
from typer.core import TyperArgument, TyperGroup, TyperOption

from iamctl.cli import candidates
from iamctl.cli.app import AT_ONCE, COMMANDS, HELP, load
from iamctl.cli.startup import without_pydantic

_HEAD = '''"""Every command with its arguments and options, for those who do without Typer.

Written by `make generated`, out of Typer's tree. `command_rows` says what a row is.
"""

# ruff: noqa: E501
# fmt: off

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iamctl.cli.command_rows import Command

COMMANDS: "dict[str, Command]" = {
'''


def table() -> str:
    """The module `command_table`."""
    with without_pydantic():
        commands = [(" ".join(words), command) for words, command in leaves()]
        rows = "".join(_lines(name, *_row(command)) for name, command in commands)
    hidden = tuple(name for name, command in commands if command.hidden)
    return f"{_HEAD}{rows}}}\n\nHIDDEN = {hidden!r}\n"


def _lines(name: str, place: str, arguments: Sequence[Any], options: Sequence[Any]) -> str:
    return f"    {name!r}: ({place!r}, {_block(arguments)}, {_block(options)}),\n"


def _block(rows: Sequence[Any]) -> str:
    return "(\n" + "".join(f"        {row!r},\n" for row in rows) + "    )" if rows else "()"


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


def _row(command: Command) -> tuple[str, list[Any], list[Any]]:
    function = inspect.unwrap(command.callback or _row)
    signature = inspect.signature(function).parameters
    arguments, options = [], []
    for param in command.get_params(Context(command, help_option_names=HELP)):
        if isinstance(param, TyperArgument):
            arguments.append(_argument(param, signature))
        elif isinstance(param, TyperOption):
            options.append(_option(param, signature))
    place = f"{function.__module__} {function.__name__}" if function in AT_ONCE else ""
    return place, arguments, options


def _argument(param: TyperArgument, signature: Any) -> Any:
    default = None if param.required else _default(param, signature)
    completer = _completer(param, signature)
    return param.name, param.nargs == -1, param.required, default, completer


def _option(param: TyperOption, signature: Any) -> Any:
    spellings = (*param.opts, *param.secondary_opts)
    if param.name == "help":
        return tuple(HELP), "help", "help", None, None, param.hidden, None  # Typer has a set
    kind = "flag" if param.is_flag else "list" if param.multiple else "value"
    default, completer = _default(param, signature), _completer(param, signature)
    return spellings, param.name, kind, default, param.envvar, param.hidden, completer


def _default(param: Parameter, signature: Any) -> object:
    default = signature[param.name].default
    return None if default is inspect.Parameter.empty else default


def _completer(param: Parameter, signature: Any) -> tuple[str, tuple[str, ...]] | None:
    """The function of `candidates` that completes it, and what that one was made with."""
    described = signature[param.name].annotation.__metadata__[0].autocompletion
    return None if described is None else _made(described)


def _made(function: Callable[..., Any]) -> tuple[str, tuple[str, ...]]:
    if function.__module__ != candidates.__name__:
        return "", ()
    name, inner, _ = function.__qualname__.partition(".")
    if not inner:
        return name, ()
    made_with = inspect.getclosurevars(function).nonlocals
    words: list[str] = []
    for parameter in inspect.signature(getattr(candidates, name)).parameters.values():
        value = made_with[parameter.name]
        words += value if parameter.kind is parameter.VAR_POSITIONAL else [value]
    return name, tuple(words)


if __name__ == "__main__":
    sys.stdout.write(table())
