"""Whether to colour, and how, and the Rich console that draws tables without touching user data."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


COLOUR_VARIABLE = "IAMCTL_COLOR"
"""Where `--color` keeps its word for the whole run: always, never or auto."""


def wants_colour(environ: Mapping[str, str], is_terminal: bool) -> bool:
    """--color > NO_COLOR > FORCE_COLOR > is a terminal."""
    flag = environ.get(COLOUR_VARIABLE, "auto")
    if flag in ("always", "never"):
        return flag == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal and environ.get("TERM") != "dumb"


def painted(text: str, style: str, colour: bool) -> str:
    """The text in a style where colour is wanted."""
    return f"{style}{text}\x1b[0m" if colour else text


def console(stream: TextIO, colour: bool, width: int | None = None) -> "Console":
    """A console that takes user data as it is: no markup, no emoji, no highlighting."""
    from rich.console import Console

    return Console(
        file=stream,
        markup=False,
        emoji=False,
        highlight=False,
        force_terminal=colour or None,
        no_color=not colour,
        color_system="standard" if colour else None,
        width=width,
        legacy_windows=False,
    )
