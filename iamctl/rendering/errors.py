"""Failures in words: for people, and as JSON."""

import json

from iamctl.domain.errors import (
    AccessDenied,
    Conflict,
    IamctlError,
    InvalidDirectory,
    Unreadable,
)
from iamctl.domain.source import Problem
from iamctl.rendering.console import painted
from iamctl.rendering.escape import columns, printable

_RED, _YELLOW, _BOLD = "\x1b[31m", "\x1b[33m", "\x1b[1m"


def error_text(error: IamctlError, colour: bool = False) -> str:
    """What happened, where, and how to mend it; ends with a line end."""
    problems = _problems(error)
    if len(problems) > 1 or (problems and isinstance(error, InvalidDirectory)):
        return "".join(problem_text(p, colour) for p in problems)
    lines = [f"{painted('error:', _BOLD + _RED, colour)} {printable(error.message)}"]
    if error.where is not None:
        lines.append(f"  --> {printable(str(error.where))}")
    lines += [f"  {printable(line)}" for line in _details(error)]
    if error.hint:
        lines.append(f"{painted('hint:', _BOLD, colour)} {printable(error.hint)}")
    return "\n".join(lines) + "\n"


def problem_text(problem: Problem, colour: bool = False, excerpt: str = "") -> str:
    """One problem of a file: place, severity, message, the excerpt if any, and the hint."""
    style = _BOLD + (_RED if problem.severity == "error" else _YELLOW)
    place = f"{printable(str(problem.source))}: " if problem.source else ""
    severity = painted(problem.severity + ":", style, colour)
    text = f"{place}{severity} {printable(problem.message)} [{problem.code}]\n{excerpt}"
    if problem.hint:
        text += f"  {painted('hint:', _BOLD, colour)} {printable(problem.hint)}\n"
    return text


def caret_excerpt(line: str, column: int, colour: bool = False) -> str:
    """The line of a file with a caret under its 1-based column."""
    text = line.rstrip("\r\n").replace("\t", " ")
    shown, before = printable(text)[:160], printable(text[: column - 1])
    if column > len(text) + 1 or len(before) > len(shown):
        return ""
    caret = painted("^", _BOLD + _RED, colour)
    return f"    {shown}\n    {' ' * columns(before)}{caret}\n"


def error_json(error: IamctlError) -> str:
    """The failure as one line of JSON, with AWS's own error code."""
    body: dict[str, object] = {"Code": error.code, "Message": error.message}
    if error.where is not None:
        body["Where"] = error.where._asdict()
    if error.hint:
        body["Hint"] = error.hint
    details = _details(error)
    if details:
        body["Details"] = list(details)
    problems = _problems(error)
    if problems:
        body["Problems"] = [problem_json(p) for p in problems]
    return json.dumps({"Error": body}) + "\n"


def problem_json(problem: Problem) -> dict[str, object]:
    """A problem's facts under stable names."""
    return {
        "Severity": problem.severity,
        "Code": problem.code,
        "Message": problem.message,
        "File": problem.source.file if problem.source else None,
        "Line": problem.source.line if problem.source else None,
        "Column": problem.source.column if problem.source else None,
        "Hint": problem.hint,
    }


def _details(error: IamctlError) -> tuple[str, ...]:
    if isinstance(error, AccessDenied):
        return error.details
    if isinstance(error, Conflict):
        return error.dependants
    return ()


def _problems(error: IamctlError) -> tuple[Problem, ...]:
    if isinstance(error, Unreadable):
        return error.problems
    return ()
