"""Arguments that are read: policy documents and secrets from a file or stdin, lists of names."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from iamctl import files
from iamctl.bootstrap.texts import plain_of_text
from iamctl.domain.errors import InvalidValue, MalformedPolicyDocument, Usage
from iamctl.domain.secret import Secret
from iamctl.domain.source import Locate, Plain

LIMIT = 1 << 20
"""Bytes of a document or a list of names; AWS takes documents of 131,072 characters."""


_FILE = "file://"


class Supplied(NamedTuple):
    """A policy document as it was handed in, and where its values stand."""

    document: Plain
    locate: Locate


def read_supplied(path: str) -> Supplied:
    """The document in a file, or on stdin for `-`.

    Raises MalformedPolicyDocument, NotFound, StorageFailure, and InvalidValue when it is too long.
    """
    if path == "-":
        data, name = stdin_bytes(), "<stdin>"
    else:
        data, name = files.read_bytes(path, LIMIT, allow_any=True), path
    return Supplied(*plain_of_text(data, name))


@contextmanager
def placed(supplied: Supplied) -> Iterator[None]:
    """While open, what is wrong with the document is reported with its line and column."""
    try:
        yield
    except MalformedPolicyDocument as error:
        problems = tuple(
            problem if problem.source else problem._replace(source=supplied.locate(problem.at))
            for problem in error.problems
        )
        facts: dict[str, Any] = {"code": error.code, "hint": error.hint}
        facts["where"] = problems[0].source if problems else error.where
        raise MalformedPolicyDocument(error.message, problems, **facts) from None


def read_names(words: Sequence[str]) -> list[str]:
    """The names given as arguments; `-` stands for those on stdin, one a line."""
    names: list[str] = []
    for word in words:
        names += stdin_text().split("\n") if word == "-" else [word]
    if "-" in words:
        names = [name for line in names if (name := line.strip(" \t\r"))]
    if not names:
        raise Usage("there are no names on standard input", hint="one name a line")
    return names


def read_secret(written: str, place: str, limit: int) -> Secret:
    """The text in the file of file://PATH, or on stdin for `-`, without the blanks around it.

    The text itself is no word of a command line: every user of the machine could read it there.
    `written` is what stands before the place, `--login google=` or `--saml-assertion `. Raises
    Usage, InvalidValue, NotFound, StorageFailure.
    """
    if place == "-":
        data = stdin_bytes(limit)
    elif place.startswith(_FILE):
        data = files.read_bytes(place.removeprefix(_FILE), limit, allow_any=True)
    else:
        # What was given may be the secret: it is not repeated.
        raise Usage(
            f"what {written.rstrip(' =')} takes must not stand on the command line",
            hint=f"others could read it there: {written}file://PATH, or {written}- for stdin",
        )
    try:
        return Secret(data.decode("ascii").strip())
    except UnicodeDecodeError:
        raise InvalidValue(
            f"what {written.rstrip(' =')} names is not a token: it is not ASCII"
        ) from None


def stdin_text() -> str:
    """All of stdin; raises InvalidValue when it is not UTF-8 or too long."""
    try:
        return stdin_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidValue("standard input is not UTF-8 text") from None


def stdin_bytes(limit: int = LIMIT) -> bytes:
    """All of stdin; raises InvalidValue when it is longer than `limit` bytes."""
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise InvalidValue(f"standard input holds more than {limit} bytes")
    return data
