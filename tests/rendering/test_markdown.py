"""User data in Markdown: it is shown, and does nothing."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from iamctl.rendering.escape import printable
from iamctl.rendering.markdown import code, code_in_table


def read_span(text: str) -> str:
    """What the GitHub Flavored Markdown Spec says a code span shows."""
    fence = re.match("`+", text)
    assert fence is not None
    ticks = fence.group()
    closing = re.search(f"(?<!`){ticks}(?!`)", text[len(ticks) :])
    assert closing is not None
    assert closing.end() + len(ticks) == len(text), "the span ends before the text does"
    inner = text[len(ticks) : -len(ticks)]
    if inner.startswith(" ") and inner.endswith(" ") and inner.strip(" "):
        inner = inner[1:-1]
    return inner


@given(st.text(alphabet=st.sampled_from("` ab|\\*_[]<>@#"), max_size=12))
@example("``` `")
@example("   ")
@example("##[error]")
@example("")
@example("@team <img src=x onerror=alert(1)> [x](javascript:alert(1))")
def test_a_code_span_shows_what_it_is_given(text: str):
    assert read_span(code(text)) == (printable(text) or " ")


def test_lines_and_controls_do_not_leave_the_span():
    assert code("a\n\n# b\x1b[31m") == r"`a\x0a\x0a# b\x1b[31m`"
    assert code("##[error]") == r"`#\x23[error]`"


def test_a_bar_does_not_end_a_cell():
    assert code_in_table("a|b\\|") == r"`a\|b\\|`"
