"""Trees as they are drawn."""

import io
import re

import pytest

from iamctl.rendering.tree import draw_tree
from iamctl.services.tree import Node


class Terminal(io.StringIO):
    """A stream that says it is a terminal, of 40 columns."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def drawn(node, stream=None, colour=False):
    stream = stream or io.StringIO()
    draw_tree(stream, node, colour)
    return stream.getvalue()


def test_a_line_a_node():
    inner = Node("user", "bob", until=1, notes=("until then", "more"))
    root = Node("account", "1", children=(Node("group", "a", children=(inner,)), Node("", "end")))
    assert drawn(root) == (
        "account 1\n├── group a\n│   └── user bob (until then; more)\n└── end\n"
    )  # fmt: skip


@pytest.mark.parametrize("name", ["[bold]x[/bold]", ":smile:", "http://x.example", "x  y"])
def test_names_are_no_markup(name):
    assert drawn(Node("user", name)) == f"user {name}\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", "a\\x0ab"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("##[x]", "#\\x23[x]"),
    ],
)
def test_names_do_nothing_to_terminals_or_logs(name, shown):
    assert drawn(Node("user", name, notes=(name,))) == f"user {shown} ({shown})\n"


def test_no_line_begins_with_a_command():
    assert not drawn(Node("", "::stop-commands::x")).startswith("::")


def test_long_lines_are_cut_nowhere_and_folded_on_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    root = Node("account", "1", children=(Node("user", "x" * 200),))
    assert drawn(root).splitlines()[1] == "└── user " + "x" * 200
    folded = drawn(root, Terminal())
    assert folded.count("x") == 200
    assert max(map(len, folded.splitlines())) <= 40


@pytest.mark.parametrize("columns", ["1", "8", "40"])
def test_what_is_too_deep_for_a_terminal_is_drawn_all_the_same(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    root = Node("user", "u30")
    for depth in range(29, -1, -1):
        root = Node("path", f"u{depth}", children=(root,))
    assert re.findall("u[0-9]+", drawn(root, Terminal())) == [f"u{n}" for n in range(31)]


def test_colour_only_when_asked_for():
    root = Node("account", "1", children=(Node("user", "x"),))
    assert "\x1b[" in drawn(root, Terminal(), colour=True)
    assert "\x1b[" not in drawn(root, Terminal())
