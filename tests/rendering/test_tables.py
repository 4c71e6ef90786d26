import io

import pytest

from iamctl.rendering.console import wants_colour
from iamctl.rendering.tables import draw_facts, draw_table, tsv


def drawn(draw, *arguments, width=80):
    stream = io.StringIO()
    draw(stream, *arguments, False, width)
    return stream.getvalue()


def test_user_data_is_no_markup_and_no_emoji():
    text = drawn(draw_table, ("NAME",), [("[bold]x[/bold] :x: \x1b[31m",)])
    assert "[bold]x[/bold] :x: \\x1b[31m" in text
    assert "\x1b" not in text


def test_a_long_arn_is_folded_and_not_cut():
    arn = "arn:aws:iam::123456789012:role/" + "x" * 120
    text = drawn(draw_table, ("NAME", "ARN"), [("r", arn)])
    assert "…" not in text
    assert "".join(text.split()).count("x") == 120
    assert max(map(len, text.splitlines())) <= 80


def test_facts():
    assert drawn(draw_facts, [("arn", "a"), ("keys", "b\nc")]).split() == [
        "arn", "a", "keys", "b", "c",
    ]  # fmt: skip


def test_tsv_has_a_line_a_row_whatever_the_cells_hold():
    assert tsv(("A", "B"), [("x\ty", "z\n")]) == "A\tB\nx\\x09y\tz\\x0a\n"


@pytest.mark.parametrize(
    ("flag", "environ", "terminal", "answer"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_whether_to_colour(flag, environ, terminal, answer):
    assert wants_colour(environ, terminal, flag) is answer
