"""The shapes of the rows of `command_table`: plain tuples, which cost nothing to load."""

Completer = tuple[str, tuple[str, ...]]
"""The function of `candidates` that completes a word, and what it is made with, if anything.

Nothing for a name where the command has a function of its own.
"""

Argument = tuple[str, bool, bool, object, Completer | None]
"""Name, whether it takes all words that are left, whether it is required, default, completer."""

Option = tuple[tuple[str, ...], str, str, object, str | None, bool, Completer | None]
"""Spellings, name, kind, default, environment variable, whether help hides it, completer.

The kind is `value`, `list` (each time one more), `flag` or `help`.
"""

Command = tuple[str, tuple[Argument, ...], tuple[Option, ...]]
"""The command's function as `MODULE FUNCTION`, or nothing where that needs Typer; what it takes."""
