"""Text for Markdown as GitHub shows it: user data stands in code spans, where nothing is markup."""

import re
from collections.abc import Iterable

from iamctl.rendering.escape import printable

LONGEST_COMMENT = 30_000
"""Characters; GitHub takes 65,536, and two reports share a comment."""
_TICKS = re.compile("`+")


def code(text: str) -> str:
    """A code span that shows the text as it is: no link, mention, HTML or emphasis in it works.

    Rule: GitHub Flavored Markdown Spec, "Code spans": a span ends at a string of as many
    backticks as it began with, and one blank on either side is taken off unless all is blank.
    """
    shown = printable(text) or " "
    longest = max((len(ticks) for ticks in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.strip(" ") and {shown[0], shown[-1]} & {"`", " "} else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fitting(items: Iterable[str], room: int) -> tuple[list[str], int]:
    """The items that go into so many characters, a line end after each, and how many do not."""
    shown, left = [], 0
    for item in items:
        if len(item) < room:
            shown.append(item)
            room -= len(item) + 1
        else:
            left += 1
    return shown, left


def code_in_table(text: str) -> str:
    """The same in a cell of a table, where `|` must be escaped in code as well.

    Rule: GitHub Flavored Markdown Spec, "Tables".
    """
    return code(text).replace("|", "\\|")
