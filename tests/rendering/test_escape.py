import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from iamctl.rendering.escape import no_commands, printable
from iamctl.rendering.machine import github_annotation


@given(st.text())
def test_nothing_that_moves_the_terminal_gets_through(text):
    shown = printable(text)
    assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def test_ordinary_text_stays():
    assert printable("Équipe 支払い 👍🏽 [bold] :x:") == "Équipe 支払い 👍🏽 [bold] :x:"
    assert printable("a\x1b[31mb\nc\u202e") == "a\\x1b[31mb\\x0ac\\u202e"


def test_what_xml_cannot_hold_is_spelled():
    assert printable("a\ufffe\uffff\ufffd") == "a\\ufffe\\uffff\ufffd"


def test_an_annotation_cannot_start_another_command():
    line = github_annotation("error", "a,b:c.yaml", 3, 5, "x\n::set-env::y\r100%")
    assert line == "::error file=a%2Cb%3Ac.yaml,line=3,col=5::x%0A::set-env::y%0D100%25\n"
    assert line.count("\n") == 1
    line = github_annotation("error", "\x1b[2J.yaml", 3, 5, "\x1b]0;x\x07\u202e\x9b")
    assert line.rstrip("\n").isprintable()


def test_the_older_spelling_of_commands_is_broken_wherever_it_stands():
    assert printable("x ##[set-output name=a]b") == "x #\\x23[set-output name=a]b"
    assert printable("é ##[x]\n") == "é #\\x23[x]\\x0a"


@given(st.text("a: \t\n"))
def test_no_line_begins_with_a_command(text):
    shown = no_commands(text)
    assert not any(line.strip().startswith("::") for line in shown.split("\n"))
    assert shown.replace(":\\x3a", "::") == text
