"""Policy variables: `${key}`, `${key, 'default'}` and the escapes `${*}`, `${?}`, `${$}`.

Rule: the IAM User Guide's page on variables and tags; in version 2012-10-17 only.
"""

from iamctl.domain.patterns import Pattern
from iamctl.domain.tuples import NamedTuple

_VARIABLE = Pattern(r"\$\{(?:([*?$])|([^\s'{}$*?,]+)(?:, '([^']*)')?)\}")


class Variable(NamedTuple):
    """A variable in a value; `key` is lower-cased, `default` stands in for an absent key."""

    key: str
    default: str | None = None


class Literal(NamedTuple):
    """Text of an escape: never a wildcard."""

    text: str


Piece = str | Variable | Literal
"""A run of a value as written (wildcards count), a variable, or text that is only itself."""


def split_variables(text: str) -> list[Piece]:
    """The pieces of a value; a malformed variable stays text, as `variable_problem` says."""
    if "${" not in text:
        return [text]
    pieces: list[Piece] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        if match.start() > end:
            pieces.append(text[end : match.start()])
        escaped, key, default = match.groups()
        pieces.append(Literal(escaped) if escaped else Variable(key.lower(), default))
        end = match.end()
    if end < len(text):
        pieces.append(text[end:])
    return pieces


def variables_of(text: str) -> list[Variable]:
    """The variables in a value, escapes left out."""
    return [piece for piece in split_variables(text) if isinstance(piece, Variable)]


def variable_problem(text: str) -> tuple[str, str, str] | None:
    """(code, message, hint) of the first malformed variable in a value, or None."""
    for piece in split_variables(text):
        if isinstance(piece, str) and "${" in piece:
            return _explain(piece[piece.index("${") :])
    return None


def _explain(rest: str) -> tuple[str, str, str]:
    body, brace, _ = rest[2:].partition("}")
    if not brace:
        return "variable-brace", "A policy variable has no closing brace", "write ${key}"
    shown = "${" + body[:60] + "}"
    if not body.strip():
        return (
            "variable-empty",
            "A policy variable is empty",
            "write ${key}, or ${$}{} for the text",
        )
    if "'" in body or "," in body:
        return (
            "variable-quote",
            f"The default value of the policy variable {shown} is not quoted as it must be",
            "write ${key, 'text'}: a comma, one space, the text between single quotes",
        )
    if any(char.isspace() for char in body):
        return (
            "variable-space",
            f"The policy variable {shown} has a space in it",
            "write it without spaces",
        )
    return "variable-syntax", f"{shown} is not a policy variable", "write ${key}"
