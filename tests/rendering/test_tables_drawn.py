"""Tables that are drawn without Rich look as Rich draws them."""

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.rendering import tables

WORDS = st.text("abz019 -/:.,", max_size=12)
NAMES = st.text("abz019-", min_size=1, max_size=9)
CELLS = st.lists(WORDS, min_size=3, max_size=3)


def pixels(text):
    """Every character with its style; what style a blank has does not show."""
    style, shown = "", []
    for part in re.split(r"(\x1b\[[0-9;]*m)", text):
        if part.startswith("\x1b"):
            style = "" if part == "\x1b[0m" else part
        else:
            shown += [(char, style if char.strip() else "") for char in part]
    return shown


def both(draw, arguments, colour, width):
    """What is drawn, and what is when nothing can be drawn without Rich."""
    drawn, rich = io.StringIO(), io.StringIO()
    draw(drawn, *arguments, colour, width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_padded", lambda *given: None)
        draw(rich, *arguments, colour, width)
    return pixels(drawn.getvalue()), pixels(rich.getvalue())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(NAMES, min_size=3, max_size=3),
    st.lists(CELLS, min_size=1, max_size=4),
    st.booleans(),
    st.integers(8, 50),
)
def test_rows_look_as_rich_draws_them(columns, rows, colour, width):
    drawn, rich = both(tables.draw_table, (columns, rows), colour, width)
    assert drawn == rich


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(NAMES, st.lists(WORDS, min_size=1, max_size=3).map("\n".join)),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
    st.integers(8, 30),
)
def test_facts_look_as_rich_draws_them(facts, colour, width):
    drawn, rich = both(tables.draw_facts, (facts,), colour, width)
    assert drawn == rich


def test_what_is_plain_and_fits_is_drawn_without_rich(monkeypatch):
    left = []
    for name in ("_draw_foldable", "_draw_foldable_facts"):
        monkeypatch.setattr(tables, name, lambda *given: left.append(given))
    stream = io.StringIO()
    tables.draw_table(stream, ("user", "path"), [("alice", "/eng/"), ("bob", "")], False, 13)
    assert stream.getvalue() == "user    path \n─────────────\nalice   /eng/\nbob          \n"
    tables.draw_facts(stream, [("user", "alice"), ("groups", "a\nb")], True, 13)
    assert stream.getvalue().endswith("\x1b[1mgroups\x1b[0m  a    \n\x1b[1m      \x1b[0m  b    \n")
    assert left == []
    tables.draw_table(stream, ("user",), [("ü",)], False, 9)
    tables.draw_table(stream, ("user",), [("x" * 9,)], False, 8)
    tables.draw_facts(stream, [("user", "日本")], False, 80)
    assert len(left) == 3
