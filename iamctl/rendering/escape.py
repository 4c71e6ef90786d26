"""User data made safe to print: one encoder for text that people read."""

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOT_IN_XML = frozenset("\ufffe\uffff")


def printable(text: str) -> str:
    """The text with controls, line ends, bidi controls, lone surrogates and the two characters
    that XML cannot hold as `\\x1b`.

    GitHub's runner obeys `##[command]` anywhere in a line of its log, so that is broken too.
    """
    if "##[" in text:
        text = text.replace("##[", "#\\x23[")
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _harmless(c) else _escaped(c) for c in text)


def no_commands(text: str) -> str:
    """Lines of text where none begins, after blanks, with `::`: a command to GitHub's runner."""
    if "::" not in text:
        return text
    lines = text.split("\n")
    return "\n".join(
        line.replace("::", ":\\x3a", 1) if line.lstrip().startswith("::") else line
        for line in lines
    )


def columns(text: str) -> int:
    """How many columns of a terminal the text takes: wide characters take two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else unicodedata.combining(char) == 0
        for char in text
    )


def _harmless(char: str) -> bool:
    if char in _BIDI or char in _NOT_IN_XML:
        return False
    return unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
