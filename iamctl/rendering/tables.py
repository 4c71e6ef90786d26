"""Rows as tables for people, and as tab-separated text for pipes."""

from collections.abc import Iterable, Sequence
from typing import TextIO

from iamctl.rendering.console import console
from iamctl.rendering.escape import printable

Row = Sequence[str]


def draw_table(
    stream: TextIO, columns: Row, rows: Iterable[Row], colour: bool, width: int | None = None
) -> None:
    """Draw a table that folds long cells rather than cutting them."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=False, style="cyan" if not index else "")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console(stream, colour, width).print(table)


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
    console(stream, colour, width).print(table)


def tsv(columns: Row, rows: Iterable[Row]) -> str:
    """A header line and a line a row, cells parted by tabs and never cut."""
    return "".join("\t".join(printable(cell) for cell in row) + "\n" for row in (columns, *rows))
