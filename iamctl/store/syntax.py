"""What is wrong with a file that is no YAML, in a person's words."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from yaml.error import Mark, MarkedYAMLError

from iamctl.domain.source import Problem, Source

_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BOM = b"\xef\xbb\xbf"
_QUOTE_IT = "put the value between quotes"


def decode(data: bytes, file: str) -> tuple[str, bool, Problem | None]:
    """The text of UTF-8 bytes, whether a byte order mark stood before it, and what is wrong."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", False, _problem("encoding", "the file is UTF-16, not UTF-8", file,
                                   hint="save it as UTF-8")  # fmt: skip
    bom = data.startswith(_BOM)
    body = data[len(_BOM) :] if bom else data
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        before = body[: error.start].decode()
        return "", bom, _problem("encoding", f"byte 0x{body[error.start]:02x} is not UTF-8", file,
                                 before, "save the file as UTF-8")  # fmt: skip
    if text.startswith("\ufeff"):
        return "", bom, _problem("encoding", "a second byte order mark starts the file", file)
    return text, bom, None


def illegal_character(text: str, file: str) -> Problem:
    """The first character YAML does not allow in a file."""
    found = _ILLEGAL.search(text)
    if found is None:
        return _problem("syntax", "not valid YAML", file)
    name = f"U+{ord(found[0]):04X}"
    message = f"a file must not hold the control character {name}"
    hint = "the file looks like UTF-16: save it as UTF-8" if found[0] == "\0" else None
    return _problem("encoding", message, file, text[: found.start()], hint)


def conflict_problems(text: str, file: str) -> Iterator[Problem]:
    """One problem for every merge conflict that git left in the text."""
    if not text.startswith("<<<<<<< ") and "\n<<<<<<< " not in text:
        return
    ours: tuple[int, str] | None = None
    middle = 0
    for number, line in enumerate(text.split("\n"), 1):
        mark, _, label = line.rstrip("\r").partition(" ")
        if mark == "<<<<<<<":
            ours, middle = (number, label), 0
        elif mark == "=======" and ours:
            middle = number
        elif mark == ">>>>>>>" and ours and middle:
            yield Problem(
                "error",
                "merge-conflict",
                f'unresolved merge conflict: "{ours[1]}" in lines {ours[0]} to {middle}, '
                f'"{label}" in lines {middle} to {number}',
                source=Source(file, ours[0], 1),
                hint="keep what is right of both and remove the three marker lines",
            )
            ours = None


class _Fault(NamedTuple):
    """A syntax error as the parser reports it, with the text around it."""

    context: str
    problem: str
    text: str
    mark: Mark
    start: Mark  # where the construct began that was being read

    @property
    def char(self) -> str:
        return self.text[self.mark.index : self.mark.index + 1]

    @property
    def line(self) -> str:
        """The line of the fault."""
        return _line_around(self.text, self.mark.index)


def _line_around(text: str, index: int) -> str:
    start = text.rfind("\n", 0, index) + 1
    end = text.find("\n", index)
    return text[start : len(text) if end < 0 else end].rstrip("\r")


Words = tuple[str, str, Mark, str | None] | None
"""Code, message, place and hint of a syntax error; None when the rule does not speak of it."""


def syntax_problem(error: MarkedYAMLError, text: str, file: str) -> Problem:
    """A parser's error in a person's words, at the place a person would look at."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return _problem("syntax", f"not valid YAML: {error.problem or error.context}", file)
    fault = _Fault(error.context or "", error.problem or "", text, mark,
                   error.context_mark or mark)  # fmt: skip
    for rule in _RULES:
        words = rule(fault)
        if words is not None:
            code, message, place, hint = words
            source = Source(file, place.line + 1, place.column + 1)
            return Problem("error", code, message, source=source, hint=hint)
    said = ", ".join(part for part in (fault.context, fault.problem) if part)
    source = Source(file, mark.line + 1, mark.column + 1)
    return Problem("error", "syntax", f"not valid YAML: {said}", source=source)


def _depth(fault: _Fault) -> Words:
    if "maximum nesting depth" not in fault.problem:
        return None
    return "too-deep", "nested too deep", fault.mark, None


def _second_document(fault: _Fault) -> Words:
    if "single document" in fault.context or "document start>" in fault.problem:
        return ("second-document", "a second YAML document starts here", fault.mark,
                "a directory is one document: remove this line and what follows")  # fmt: skip
    return None


def _alias(fault: _Fault) -> Words:
    if "undefined alias" not in fault.problem and "scanning an alias" not in fault.context:
        return None
    found = re.match(r"\*[^\s,\]}#]*", fault.text[fault.start.index :])
    token = found[0] if found else "*"
    if token == "*" or ":" in token or "/" in token:
        message = 'an unquoted "*" at the start of a value is an alias in YAML'
    else:
        message = f'alias "{token[:60]}" names no anchor above it'
    return "alias", message, fault.start, f'put it between quotes: "{token[:60]}"'


def _anchor(fault: _Fault) -> Words:
    if "duplicate anchor" in fault.context:
        return ("alias", f"this anchor stands in line {fault.start.line + 1} already", fault.mark,
                "give it another name")  # fmt: skip
    if "scanning an anchor" in fault.context:
        return "syntax", 'a value cannot start with an unquoted "&"', fault.start, _QUOTE_IT
    return None


def _tab(fault: _Fault) -> Words:
    indent = fault.line[: len(fault.line) - len(fault.line.lstrip(" \t"))]
    if fault.char != "\t" and ("\t" not in indent or "quoted" in fault.context):
        return None
    return "tab", "a tab indents this line", fault.mark, "YAML takes only spaces there"


def _first_character(fault: _Fault) -> Words:
    if "cannot start any token" in fault.problem:
        return "syntax", f'a value cannot start with "{fault.char}"', fault.mark, _QUOTE_IT
    if "scanning a tag" in fault.context or "tag handle" in fault.problem:
        return "tag", 'a value cannot start with an unquoted "!"', fault.start, _QUOTE_IT
    if "directive" in fault.context or "incompatible YAML" in fault.problem:
        return "syntax", 'a line that starts with "%" is no part of a directory', fault.start, None
    return None


def _quote(fault: _Fault) -> Words:
    if "quoted scalar" not in fault.context:
        return None
    if "escape" in fault.problem or "hexdecimal" in fault.problem:
        return ("syntax", "a backslash in double quotes must start an escape that YAML knows",
                fault.mark, "use single quotes, or double the backslash")  # fmt: skip
    return ("syntax", "this quote is never closed", fault.start,
            "close it with the same character")  # fmt: skip


def _bracket(fault: _Fault) -> Words:
    flow = "sequence" in fault.context or "mapping" in fault.context
    if "flow" not in fault.context or not flow:
        return None
    opening, closing = ("[", "]") if "sequence" in fault.context else ("{", "}")
    if fault.mark.line == fault.start.line and fault.char not in ("", "\n", "\r"):
        return "syntax", f'a "," or the closing "{closing}" is missing here', fault.mark, None
    return ("syntax", f'this "{opening}" is not closed with "{closing}"', fault.start,
            f"line {fault.mark.line + 1} is where that shows")  # fmt: skip


def _colon(fault: _Fault) -> Words:
    if "mapping values are not allowed" in fault.problem:
        before = fault.line[: fault.mark.column]
        if re.search(r":\s", before):
            return "syntax", 'a second ": " stands in this line', fault.mark, _QUOTE_IT
        return ("syntax", 'this ":" does not fit here', fault.mark,
                "look at the indentation of this line and at the line above")  # fmt: skip
    if "expected ':'" in fault.problem:
        return "syntax", 'a ":" is missing after this key', fault.start, None
    return None


def _indentation(fault: _Fault) -> Words:
    if "block sequence entries are not allowed" in fault.problem:
        return ("syntax", "a list cannot start behind its key", fault.mark,
                "start it on the next line")  # fmt: skip
    if "block" not in fault.context or "node" in fault.context:
        return None
    before = fault.line[: fault.mark.column].strip()
    if before.endswith(("'", '"', "]", "}")):
        return "syntax", f'nothing may follow "{before[-1]}" here', fault.mark, None
    if "block mapping" in fault.context or "block collection" in fault.context:
        what = "list that starts" if "'-'" in fault.problem else "mapping that starts"
        return ("syntax", f"this line does not fit the {what} in line {fault.start.line + 1}",
                fault.mark, "look at its indentation")  # fmt: skip
    return None


def _content(fault: _Fault) -> Words:
    if "node content" not in fault.problem:
        return None
    if not fault.char:
        return "syntax", "the file ends where a value is expected", fault.mark, None
    return "syntax", f'a value cannot start with "{fault.char}"', fault.mark, _QUOTE_IT


_RULES = (
    _depth,
    _second_document,
    _alias,
    _anchor,
    _tab,
    _first_character,
    _quote,
    _bracket,
    _colon,
    _indentation,
    _content,
)


def _problem(
    code: str, message: str, file: str, before: str = "", hint: str | None = None
) -> Problem:
    """An error behind the text `before`."""
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Problem("error", code, message, source=Source(file, before.count("\n") + 1, column),
                   hint=hint)  # fmt: skip
