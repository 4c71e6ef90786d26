"""What is wrong with a policy document, and reading its texts."""

import json

from iamctl.domain.documents_values import Fault
from iamctl.domain.documents_variables import variable_problem
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.patterns import Pattern
from iamctl.domain.source import Address, Locate, Plain, Problem

OLD_VERSION = "2008-10-17"
NEW_VERSION = "2012-10-17"

_BAD_CHARACTER = Pattern(r"[^\t\n\r\x20-\xff]")


class Report:
    """Collects the problems of one document; `variables` says whether it has policy variables."""

    def __init__(self, locate: Locate) -> None:
        self.problems: list[Problem] = []
        self.variables = False
        self._locate = locate

    def texts(
        self, element: str, value: Plain, at: Address, empty: str
    ) -> list[tuple[str, Address]]:
        """The entries of an element that holds a text or a list of texts, each with its place."""
        if isinstance(value, str):
            self.characters(value, at)
            return [(value, at)]
        if not isinstance(value, list):
            self.wrong_type(element, "text or a list of texts", value, at)
            return []
        if not value:
            self.error(empty, f"{element} is an empty list", at, "name at least one, or remove it")
        found = []
        for index, item in enumerate(value):
            place = (*at, index)
            if isinstance(item, str):
                self.characters(item, place)
                found.append((item, place))
            else:
                self.wrong_type(f"An entry of {element}", "text", item, place)
        return found

    def variable(self, text: str, at: Address) -> None:
        if "${" not in text:
            return
        if not self.variables:
            self.warn(
                "variable-version",
                f"{shown(text)} is plain text in a document of version {OLD_VERSION}",
                at,
                f'for policy variables write Version: "{NEW_VERSION}"',
            )
            return
        problem = variable_problem(text)
        if problem is not None:
            code, message, hint = problem
            self.error(code, message, at, hint)

    def characters(self, text: str, at: Address) -> None:
        if not (text.isascii() and text.isprintable()) and _BAD_CHARACTER.search(text):
            self.error(
                "invalid-character",
                f"{text[:60]!a} has a character that AWS refuses in policies",
                at,
                "policies hold tab, line feed, carriage return and U+0020 to U+00FF only",
            )

    def unknown(self, data: dict[str, Plain], known: tuple[str, ...], at: Address) -> None:
        for key in data:
            if key not in known:
                self.error(
                    "unknown-element",
                    f"{shown(key)} is not an element of a {'statement' if at else 'policy'}",
                    (*at, key),
                    did_you_mean(key, known) or f"elements are {', '.join(known)}",
                )

    def wrong_type(self, what: str, wanted: str, value: Plain, at: Address) -> None:
        if value is None:
            self.error("null-value", f"{what} is null", at, "give it a value or remove it")
        else:
            self.error(
                "invalid-type", f"{what} must be {wanted}, not {spelled(value)}", at,
                "quote it when text is meant" if isinstance(value, bool | int | float) else None,
            )  # fmt: skip

    def fault(self, fault: Fault | None, at: Address) -> None:
        if fault is not None:
            report = self.error if fault.severity == "error" else self.warn
            report(fault.code, fault.message, at, fault.hint)

    def error(self, code: str, message: str, at: Address, hint: str | None = None) -> None:
        self.problems.append(Problem("error", code, message, at, self._locate(at), hint))

    def warn(self, code: str, message: str, at: Address, hint: str | None = None) -> None:
        self.problems.append(Problem("warning", code, message, at, self._locate(at), hint))


def spelled(value: Plain) -> str:
    """How a message shows a value of any type."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return shown(value) if isinstance(value, str) else json.dumps(value)
