import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from iamctl.rendering.escape import printable
from iamctl.rendering.machine import github_annotation


@given(st.text())
def test_nothing_that_moves_the_terminal_gets_through(text):
    shown = printable(text)
    assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def test_ordinary_text_stays():
    assert printable("Équipe 支払い 👍🏽 [bold] :x:") == "Équipe 支払い 👍🏽 [bold] :x:"
    assert printable("a\x1b[31mb\nc\u202e") == "a\\x1b[31mb\\x0ac\\u202e"


def test_an_annotation_cannot_start_another_command():
    line = github_annotation("error", "a,b:c.yaml", 3, 5, "x\n::set-env::y\r100%")
    assert line == "::error file=a%2Cb%3Ac.yaml,line=3,col=5::x%0A::set-env::y%0D100%25\n"
    assert line.count("\n") == 1
