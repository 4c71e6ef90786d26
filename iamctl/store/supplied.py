"""Policy documents that are handed in, as JSON or YAML text."""

import json
import math

from iamctl.domain.errors import InvalidDirectory, MalformedPolicyDocument
from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Locate, Plain, Problem, Source
from iamctl.store.reader import read_value
from iamctl.store.tree import parse_tree

_DOCUMENT = Shape("document", "Policy document")
_LONGEST_INTEGER = 300  # digits: beyond, the reader takes a number for one with a fraction
_HINTS = {
    "empty": "give a policy document, as JSON or YAML",
    "wrong-kind": "give a policy document, as JSON or YAML",
    "second-document": "give one document: remove this line and what follows",
}


def read_supplied(data: bytes, name: str) -> tuple[Plain, Locate]:
    """The document's plain value, and where its values stand in the text called `name`.

    Raises MalformedPolicyDocument, with every problem, when it is neither JSON nor YAML.
    """
    try:
        tree = parse_tree(data, name)
    except InvalidDirectory as error:
        plain = _json_only(data)
        if plain is not None:
            return plain, lambda _at: Source(name, 1, 1)
        raise _malformed(error.problems) from None
    plain, problems = read_value(_DOCUMENT, tree.root, (), name)
    if problems:
        raise _malformed(problems)
    return plain, tree.locate


def _malformed(problems: tuple[Problem, ...]) -> MalformedPolicyDocument:
    """The error that carries problems, in words for a document instead of a directory."""
    return MalformedPolicyDocument.of(
        problem._replace(
            message=problem.message.replace("a directory", "a document").replace(
                "the directory", "the document"
            ),
            hint=_HINTS.get(problem.code, problem.hint),
        )
        for problem in problems
    )


def _json_only(data: bytes) -> Plain:
    """JSON that YAML does not take, such as one indented by tabs; None when it is none."""
    try:
        value: Plain = json.loads(
            data, object_pairs_hook=_once, parse_int=_integer, parse_float=_finite,
            parse_constant=_finite,
        )  # fmt: skip
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _once(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    """A JSON object whose keys stand once each, as AWS's grammar wants."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _integer(digits: str) -> int:
    """A whole number, unless it is longer than what a directory file may hold."""
    if len(digits.lstrip("-")) > _LONGEST_INTEGER:
        raise ValueError("a number is too long")
    return int(digits)


def _finite(number: str) -> float:
    """A number, unless it is too large for one, or one of Python's words that JSON has not."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("no finite number")
    return value
