"""Checked claims: for people, for programs, and for what reads test reports."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from iamctl.domain.source import Plain, Source
from iamctl.domain.times import format_instant
from iamctl.rendering.console import painted
from iamctl.rendering.escape import printable
from iamctl.rendering.machine import github_annotation
from iamctl.services.can import matched_shape
from iamctl.services.claims import Checked
from iamctl.services.claims_failures import Failure

_FAILED = "\x1b[1;31m"
_BOLD = "\x1b[1m"
_SHOWN = 20


def failure_text(checked: Checked, colour: bool = False) -> str:
    """A claim that does not hold: its place and words, then each thing that breaks it."""
    claim = checked.claim
    lines = [
        f"{printable(str(_place(checked)))}: {painted('fails:', _FAILED, colour)}"
        f" {printable(str(claim))}"
    ]
    if claim.why:
        lines.append(f"  {painted('why:', _BOLD, colour)} {printable(claim.why)}")
    for failure in checked.failures[:_SHOWN]:
        lines.append(f"  {painted(printable(failure.message), _BOLD, colour)}")
        lines += (f"    {printable(detail)}" for detail in failure.details)
    left = len(checked.failures) - _SHOWN
    if left > 0:
        lines.append(f"  and {left} more")
    return "\n".join(lines) + "\n"


def github_text(checked: Checked) -> str:
    """An annotation for each thing that breaks a claim, at the claim's place."""
    place = _place(checked)
    return "".join(
        github_annotation("error", place.file, place.line, place.column, message)
        for message in _messages(checked)
    )


def claim_json(checked: Checked) -> dict[str, Plain]:
    """A checked claim under stable names; statements as AWS's simulation shows them."""
    claim, place = checked.claim, _place(checked)
    return {
        "Claim": str(claim),
        "Kind": claim.kind,
        "File": place.file,
        "Line": place.line,
        "Column": place.column,
        "Why": claim.why or None,
        "Holds": checked.holds,
        "Failures": [_failure_json(failure) for failure in checked.failures],
    }


def _failure_json(failure: Failure) -> dict[str, Plain]:
    matched = failure.matched
    return {
        "Message": failure.message,
        "Principal": failure.principal or None,
        "Actions": list(failure.actions),
        "Resource": failure.resource or None,
        "Decision": failure.decision or None,
        "Path": list(failure.path),
        "Conditions": list(failure.conditions),
        "Unreadable": list(failure.unread),
        "MatchedStatement": None if matched is None else matched_shape(matched),
    }


def junit_text(checked: Sequence[Checked], now: int) -> str:
    """A JUnit report: a suite a file, a test case a claim. `now` in epoch seconds."""
    from xml.etree import ElementTree as xml

    suites: dict[str, list[Checked]] = {}
    for result in checked:
        suites.setdefault(_place(result).file, []).append(result)
    failed = sum(not result.holds for result in checked)
    root = xml.Element("testsuites", _counts("iamctl test", len(checked), failed))
    for number, (file, results) in enumerate(suites.items()):
        _suite(xml.SubElement(root, "testsuite"), number, file, results, now)
    xml.indent(root)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + xml.tostring(root, "unicode") + "\n"


def _suite(element: Any, number: int, file: str, results: Sequence[Checked], now: int) -> None:
    from xml.etree import ElementTree as xml

    failed = sum(not result.holds for result in results)
    element.attrib.update(_counts(printable(file), len(results), failed))
    element.attrib |= {
        "id": str(number),
        "package": printable(file),
        "hostname": "localhost",
        "timestamp": format_instant(now).removesuffix("Z"),
    }
    xml.SubElement(element, "properties")
    for result in results:
        place = _place(result)
        name = f"{place.line}:{place.column} {result.claim}"
        case = xml.SubElement(
            element,
            "testcase",
            {"name": printable(name), "classname": printable(file), "time": "0"},
        )
        if not result.holds:
            kind = result.claim.kind
            words = {"type": kind, "message": printable("; ".join(_short(result)))}
            xml.SubElement(case, "failure", words).text = failure_text(result)
    xml.SubElement(element, "system-out")
    xml.SubElement(element, "system-err")


def _counts(name: str, tests: int, failed: int) -> dict[str, str]:
    return {
        "name": name,
        "tests": str(tests),
        "failures": str(failed),
        "errors": "0",
        "time": "0",
    }


def _short(checked: Checked) -> Iterable[str]:
    return (failure.message for failure in checked.failures[:_SHOWN])


def _messages(checked: Checked) -> Iterator[str]:
    why = f" ({checked.claim.why})" if checked.claim.why else ""
    for failure in checked.failures:
        yield "\n".join([f"{checked.claim} fails: {failure.message}{why}", *failure.details])


def _place(checked: Checked) -> Source:
    return checked.claim.source or Source("", 1, 1)
