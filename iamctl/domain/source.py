"""Where in a person's file a value stands."""

from collections.abc import Callable

from iamctl.domain.quotas import Excess
from iamctl.domain.tuples import NamedTuple

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
"""A value as the file holds it: text, number, boolean, list or mapping. `None` means absent."""

Address = tuple[str | int, ...]
"""The way to a value: ("users", "alice", "tags", "team"). In a list of names (members,
attached policies) the step is the name; inside policy documents it is the position."""


def same(a: Plain, b: Plain) -> bool:
    """Equality that tells true from 1 and 1 from 1.0."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


class Source(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


Locate = Callable[[Address], Source | None]
"""Answers where the value at an address stands; for a missing one, its nearest parent."""


def nowhere(_at: Address) -> Source | None:
    """The `Locate` of values that stand in no file."""
    return None


class Fault(NamedTuple):
    """A problem without its place; `at` is the whole address."""

    severity: str
    code: str
    message: str
    at: Address
    hint: str | None = None


class Problem(NamedTuple):
    """Something wrong with a directory file or document.

    `severity` is "error" or "warning"; `code` a stable slug such as "unknown-key"; `at` the
    address of the value; `hint` says how to mend it; `excess` is set where a quota is exceeded
    that an edit must not exceed further.
    """

    severity: str
    code: str
    message: str
    at: Address = ()
    source: Source | None = None
    hint: str | None = None
    excess: Excess | None = None
