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


@pytest.mark.parametrize("cell", ["::set-output name=a::b", "x" * 73 + "::stop-commands::x"])
def test_no_line_is_a_command_to_githubs_runner(cell):
    for text in (
        drawn(draw_table, ("NAME", "TEXT"), [("", cell)]),
        drawn(draw_facts, [("", "x\n" + cell)]),
    ):
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "x3a" in drawn(draw_table, ("NAME", "TEXT"), [("", cell)])


def test_a_name_stays_whole_while_there_is_room():
    rows = [("AWSBillingConductorReadOnlyAccess", "aws", "/aws-service-role/", "about it " * 9)]
    assert f"{rows[0][0]} " in drawn(draw_table, ("policy", "scope", "path", "about"), rows)
    long = drawn(draw_table, ("policy", "about"), [("x" * 64, "z" * 64)], width=40)
    assert (long.count("x"), long.count("z")) == (64, 64)
    assert max(map(len, long.splitlines())) <= 40


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
    assert wants_colour({**environ, "IAMCTL_COLOR": flag}, terminal) is answer
    if flag == "auto":
        assert wants_colour(environ, terminal) is answer
