"""Texts read and written by the rooms that know their forms, and the names of what there is."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from iamctl.domain.source import Locate, Plain, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iamctl.domain.claims import Claim
    from iamctl.domain.directory import Directory


def vault_kinds() -> tuple[str, ...]:
    """Every kind of vault there is."""
    from iamctl.vault import KINDS

    return KINDS


def setting_names() -> Mapping[str, str]:
    """Every setting with what it does."""
    from iamctl.settings import KEYS

    return KEYS


def yaml_text(plain: Plain) -> str:
    """A plain value as YAML; sections of a directory are written as its file has them."""
    from iamctl.domain.shape import ROOT
    from iamctl.store.emit import yaml_text as emit

    return emit(plain, ROOT)


def text_diff(old: str, new: str, path: str) -> str:
    """What `diff -u` would print of a file's two states; empty when they are one."""
    from iamctl.store.edits import Span
    from iamctl.store.splice import Spliced
    from iamctl.store.textdiff import text_diff as diff

    return diff(old, Spliced(new, (Span(0, len(old), new),)), path)


def plain_of_text(data: bytes, name: str) -> tuple[Plain, Locate]:
    """A policy document out of JSON or YAML text, with the places of its values.

    Raises MalformedPolicyDocument when it is neither.
    """
    from iamctl.store.supplied import read_supplied

    return read_supplied(data, name)


def claims_of_text(data: bytes, name: str) -> "list[Claim]":
    """The claims of a file of access tests. Raises InvalidDirectory with all its problems."""
    from iamctl.store.claims import read_claims

    return read_claims(data, name)


def claims_text(drafted: "Iterable[tuple[Claim, str]]", directory: str, day: str) -> str:
    """The text of a new file of access tests: claims, each with a comment or ""."""
    from iamctl.store.claims_text import claims_text as text

    return text(drafted, directory, day)


def read_problems(data: bytes, name: str) -> tuple["Directory | None", tuple[Problem, ...]]:
    """A directory file's content, as far as it can be read, with all that is wrong in its form."""
    from iamctl.store.reader import read_directory

    result = read_directory(data, name)
    return result.partial, result.problems
