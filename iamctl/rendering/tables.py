"""Rows as tables for people, and as tab-separated text for pipes.

Rich folds what is too wide and measures what is not ASCII. A table that needs neither is drawn
here, to the same picture: loading Rich takes longer than all else that most commands do.
"""

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from iamctl.rendering.console import console, painted
from iamctl.rendering.escape import no_commands, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Row = Sequence[str]

_BOLD, _CYAN = "\x1b[1m", "\x1b[36m"
_APART, _FACT_APART = "   ", "  "


def draw_table(
    stream: TextIO, columns: Row, rows: Iterable[Row], colour: bool, width: int | None = None
) -> None:
    """Draw a table that folds long cells rather than cutting them.

    The first column names its row: it stays whole, for copying, while it leaves room for others.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    padded = _padded(stream, [columns, *cells], _APART, width)
    if padded is None:
        return _draw_foldable(stream, columns, cells, colour, width)
    head = _APART.join(padded[0])
    lines = [painted(head, _BOLD, colour), "─" * len(head)]
    for name, *others in padded[1:]:
        lines.append(_APART.join((painted(name, _CYAN, colour), *others)))
    stream.write(no_commands("".join(f"{line}\n" for line in lines)))
    return None


def draw_facts(
    stream: TextIO, facts: Iterable[tuple[str, str]], colour: bool, width: int | None = None
) -> None:
    """Draw names and values as two columns; a value may have several lines."""
    shown = [(name, [printable(line) for line in value.split("\n")]) for name, value in facts]
    cells = [(name if not n else "", line) for name, lines in shown for n, line in enumerate(lines)]
    padded = _padded(stream, cells, _FACT_APART, width)
    if padded is None:
        return _draw_foldable_facts(stream, shown, colour, width)
    texts = (f"{painted(name, _BOLD, colour)}{_FACT_APART}{value}\n" for name, value in padded)
    stream.write(no_commands("".join(texts)))
    return None


def _padded(
    stream: TextIO, rows: Sequence[Row], apart: str, width: int | None
) -> list[list[str]] | None:
    """The cells as wide as their columns; None where there is more to drawing them than that."""
    if not rows or not all(cell.isascii() for row in rows for cell in row):
        return None
    if not (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf"):
        return None
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if 0 in widths or sum(widths) + len(apart) * (len(widths) - 1) > _room(width):
        return None
    return [[cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)] for row in rows]


def _room(width: int | None) -> int:
    """How many columns there are for sure; 0 where Rich has to find out."""
    if width is not None:
        return width
    if "COLUMNS" in os.environ or os.environ.get("TERM", "dumb").lower() in ("dumb", "unknown"):
        return 0
    for descriptor in (0, 1, 2):
        try:
            return os.get_terminal_size(descriptor).columns
        except OSError:
            continue
    return 0


def _draw_foldable(
    stream: TextIO, columns: Row, rows: Sequence[Row], colour: bool, width: int | None
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawing = console(stream, colour, width)
    cells = [[Text(cell) for cell in row] for row in rows]
    whole = max((row[0].cell_len for row in cells), default=0) <= drawing.width * 2 // 3
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        first = index == 0
        style = "cyan" if first else ""
        table.add_column(column, overflow="fold", no_wrap=first and whole, style=style)
    for row in cells:
        table.add_row(*row)
    _draw(drawing, stream, table)


def _draw_foldable_facts(
    stream: TextIO, facts: Sequence[tuple[str, Sequence[str]]], colour: bool, width: int | None
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, lines in facts:
        table.add_row(name, Text("\n".join(lines)))
    _draw(console(stream, colour, width), stream, table)


def _draw(drawing: "Console", stream: TextIO, table: "Table") -> None:
    """Folding begins lines in the middle of user data: each is looked at once more."""
    with drawing.capture() as captured:
        drawing.print(table)
    stream.write(no_commands(captured.get()))


def tsv(columns: Row, rows: Iterable[Row]) -> str:
    """A header line and a line a row, cells parted by tabs and never cut."""
    return "".join("\t".join(printable(cell) for cell in row) + "\n" for row in (columns, *rows))
