import json

import pytest

from iamctl.domain.errors import AccessDenied, InvalidDirectory, NotFound
from iamctl.domain.source import Problem, Source
from iamctl.rendering.errors import caret_excerpt, error_json, error_text, problem_text


def test_an_error_says_what_where_and_how_to_mend_it():
    error = NotFound(
        'user "alcie" does not exist', where=Source("d.yaml", 3, 5), hint='did you mean "alice"?'
    )
    assert error_text(error) == (
        'error: user "alcie" does not exist\n  --> d.yaml:3:5\nhint: did you mean "alice"?\n'
    )
    assert json.loads(error_json(error))["Error"] == {
        "Code": "NoSuchEntity",
        "Message": 'user "alcie" does not exist',
        "Where": {"file": "d.yaml", "line": 3, "column": 5},
        "Hint": 'did you mean "alice"?',
    }


def test_all_problems_of_a_file_are_shown():
    problems = tuple(
        Problem("error", "x", f"m{n}", ("users",), Source("d", n, 1), "h") for n in (1, 2)
    )
    text = error_text(InvalidDirectory("2 errors", problems))
    assert text == "d:1:1: error: m1 [x]\n  hint: h\nd:2:1: error: m2 [x]\n  hint: h\n"


def test_details_and_controls():
    text = error_text(AccessDenied("no", ("line \x1b[2J",)))
    assert text == "error: no\n  line \\x1b[2J\n"


def test_colour_is_asked_for():
    assert "\x1b[" in error_text(NotFound("x"), colour=True)
    assert "\x1b[" in problem_text(Problem("warning", "c", "m"), colour=True)


def test_the_caret_stands_under_the_column():
    assert caret_excerpt("  alice: *", 10) == "      alice: *\n             ^\n"
    assert caret_excerpt("  alice: *", 12) == ""


@pytest.mark.parametrize(
    ("before", "width"), [("\u4eba\u540d: ", 6), ("e\u0301: ", 3), ("\x1b: ", 6), ("\t", 1)]
)
def test_the_caret_counts_columns_of_the_terminal(before, width):
    excerpt = caret_excerpt(f"{before}*", len(before) + 1)
    assert excerpt.splitlines()[1] == " " * (4 + width) + "^"
