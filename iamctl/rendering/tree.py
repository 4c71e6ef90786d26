"""Trees for people and pipes."""

from typing import TYPE_CHECKING, TextIO

from iamctl.rendering.console import console
from iamctl.rendering.escape import no_commands, printable
from iamctl.services.tree import Node

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

_WIDE = 1_000_000
"""Wider than any line: nothing is folded in a pipe."""
_GUIDE, _LEAST = 4, 16
"""Columns that each level takes on the left, and that must be left of a line to fold it: of what is
deeper than its console is wide Rich draws nothing."""


def draw_tree(stream: TextIO, root: Node, colour: bool) -> None:
    """Draw a tree, a line a node: on a terminal long lines are folded where the deepest node leaves
    room for that, else left as they are."""
    drawing = console(stream, colour)
    folded = stream.isatty() and _depth(root) * _GUIDE + _LEAST <= drawing.width
    if not folded:
        drawing = console(stream, colour, _WIDE)
    with drawing.capture() as captured:
        drawing.print(_planted(root), soft_wrap=not folded)
    stream.write(no_commands(captured.get()))


def _depth(root: Node) -> int:
    """How many levels stand below a node."""
    level, depth = root.children, 0
    while level:
        level, depth = tuple(below for node in level for below in node.children), depth + 1
    return depth


def _planted(root: Node) -> "Tree":
    from rich.tree import Tree

    tree = Tree(_line(root), guide_style="dim")
    waiting = [(tree, root)]
    for grown, node in waiting:  # grows while it is walked
        for child in node.children:
            waiting.append((grown.add(_line(child)), child))
    return tree


def _line(node: Node) -> "Text":
    from rich.text import Text

    line = Text(overflow="fold")
    if node.kind:
        line.append(f"{node.kind} ", "dim")
    line.append(printable(node.name), "cyan" if node.children else "")
    if node.notes:
        line.append(f" ({printable('; '.join(node.notes))})")
    return line
