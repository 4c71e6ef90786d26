"""Rows as tables for people, and as tab-separated text for pipes."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from iamctl.rendering.console import console
from iamctl.rendering.escape import no_commands, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Row = Sequence[str]


def draw_table(
    stream: TextIO, columns: Row, rows: Iterable[Row], colour: bool, width: int | None = None
) -> None:
    """Draw a table that folds long cells rather than cutting them.

    The first column names its row: it stays whole, for copying, while it leaves room for others.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawing = console(stream, colour, width)
    cells = [[Text(printable(cell)) for cell in row] for row in rows]
    whole = max((row[0].cell_len for row in cells), default=0) <= drawing.width * 2 // 3
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        first = index == 0
        style = "cyan" if first else ""
        table.add_column(column, overflow="fold", no_wrap=first and whole, style=style)
    for row in cells:
        table.add_row(*row)
    _draw(drawing, stream, table)


def draw_facts(
    stream: TextIO, facts: Iterable[tuple[str, str]], colour: bool, width: int | None = None
) -> None:
    """Draw names and values as two columns; a value may have several lines."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(name, Text("\n".join(printable(line) for line in value.split("\n"))))
    _draw(console(stream, colour, width), stream, table)


def _draw(drawing: "Console", stream: TextIO, table: "Table") -> None:
    """Folding begins lines in the middle of user data: each is looked at once more."""
    with drawing.capture() as captured:
        drawing.print(table)
    stream.write(no_commands(captured.get()))


def tsv(columns: Row, rows: Iterable[Row]) -> str:
    """A header line and a line a row, cells parted by tabs and never cut."""
    return "".join("\t".join(printable(cell) for cell in row) + "\n" for row in (columns, *rows))
