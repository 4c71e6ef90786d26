"""Regular expressions that are compiled when they are first used: most commands use few of them,
and each takes a tenth of a millisecond to compile. The plainest need none."""

import re
from collections.abc import Callable, Iterator
from typing import Any

UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
DIGITS = frozenset("0123456789")
LETTERS = UPPER | LOWER
HEXADECIMAL = DIGITS | frozenset("abcdef")


def consists_of(characters: frozenset[str], text: str, minimum: int = 1) -> bool:
    """Whether a text has that many characters at least, and none but these."""
    return len(text) >= minimum and characters.issuperset(text)


class Pattern:
    """A regular expression; its methods are those of a compiled one."""

    __slots__ = ("_compiled", "_flags", "_text")

    def __init__(self, text: str, flags: "int | re.RegexFlag" = 0) -> None:
        self._text = text
        self._flags = flags
        self._compiled: re.Pattern[str] | None = None

    def compiled(self) -> "re.Pattern[str]":
        """The compiled expression."""
        if self._compiled is None:
            self._compiled = re.compile(self._text, self._flags)
        return self._compiled

    def fullmatch(self, text: str) -> "re.Match[str] | None":
        """The match of the whole text, or None."""
        return self.compiled().fullmatch(text)

    def search(self, text: str) -> "re.Match[str] | None":
        """The first match anywhere in the text, or None."""
        return self.compiled().search(text)

    def finditer(self, text: str) -> "Iterator[re.Match[str]]":
        """Every match in the text, from left to right."""
        return self.compiled().finditer(text)

    def split(self, text: str, maxsplit: int = 0) -> list[str | Any]:
        """The text cut at the matches, at so many of them at most."""
        return self.compiled().split(text, maxsplit)

    def sub(self, replacement: "str | Callable[[re.Match[str]], str]", text: str) -> str:
        """The text with each match replaced."""
        return self.compiled().sub(replacement, text)
