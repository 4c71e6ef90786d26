"""Answers for programs."""

import json

from iamctl.rendering.escape import printable


def json_text(value: object) -> str:
    """Indented JSON with a line end; text stays readable beyond ASCII, order is the value's."""
    return json.dumps(value, indent=4, ensure_ascii=False) + "\n"


def github_annotation(severity: str, file: str, line: int, column: int, message: str) -> str:
    """One workflow command that marks a line of a file in a pull request; what is no error and no
    notice is a warning."""
    level = severity if severity in ("error", "notice") else "warning"
    place = f"file={_property(file)},line={line},col={column}"
    return f"::{level} {place}::{_data(message)}\n"


_ENCODED = {"%": "%25", "\r": "%0D", "\n": "%0A"}


def _data(text: str) -> str:
    text = text.replace("##[", "#\\x23[")  # which `printable` cannot see in one character
    return "".join(_ENCODED.get(char) or printable(char) for char in text)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
