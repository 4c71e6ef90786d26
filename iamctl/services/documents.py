"""Policy documents as they come in and go out."""

import re

from iamctl.domain.arns import parse_arn, split_iam_resource
from iamctl.domain.directory import Directory
from iamctl.domain.documents import DocumentKind, PolicyDocument, parse_document
from iamctl.domain.errors import InvalidValue, MalformedPolicyDocument
from iamctl.domain.names import ACCOUNT_ID
from iamctl.domain.source import Address, Plain, Problem

MAXIMUM_LENGTH = 131_072
"""Characters of a policy document as a parameter. Source: botocore's IAM model."""

_WHITE_SPACE = re.compile(r"[ \t\r\n]|\\[trn]|(\\.)")
"""White space in JSON text, escaped or not; other escapes are kept as group 1."""

_UNIQUE_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]{12,124}")


def document_json(document: Plain, indent: int | None = 4) -> str:
    """The document as JSON text, exactly as AWS takes it; `indent` None gives one line."""
    from json import dumps

    separators = (",", ":") if indent is None else None
    return dumps(document, indent=indent, separators=separators, ensure_ascii=False)


def document_size(document: Plain) -> int:
    """Characters that AWS counts against its quotas: all but white space, in strings too."""
    text = document_json(document, indent=None)
    return len(_WHITE_SPACE.sub(lambda found: found[1] or "", text))


def check_supplied(
    directory: Directory, document: Plain, kind: DocumentKind = "identity"
) -> PolicyDocument:
    """The parsed document that a person hands in.

    Raises MalformedPolicyDocument with everything that is wrong with it, principals of this
    account that name nobody among it, and InvalidValue when it is longer than AWS takes.
    """
    length = len(document_json(document, indent=None))
    if length > MAXIMUM_LENGTH:
        raise InvalidValue(f"a policy document must have at most {MAXIMUM_LENGTH} characters")
    parsed, problems = parse_document(document, kind)
    errors = [p for p in problems if p.severity == "error"]
    if not errors:
        errors += unknown_principals(directory, document)
    if errors or parsed is None:
        first = errors[0]
        raise MalformedPolicyDocument(first.message, tuple(errors), hint=first.hint)
    return parsed


def unknown_principals(directory: Directory, document: Plain) -> list[Problem]:
    """A problem for every AWS principal of this account that names nobody here."""
    return [
        Problem(
            "error",
            "invalid-principal",
            f'Invalid principal in policy: "AWS":"{value}"',
            at,
            hint="no user or role of this directory bears that name now",
        )
        for at, value in aws_principals(document)
        if not _resolves(directory, value)
    ]


def aws_principals(document: Plain) -> list[tuple[Address, str]]:
    """Every AWS principal of a document, with its address."""
    found: list[tuple[Address, str]] = []
    for here, statement in statements_of(document):
        principal = statement.get("Principal")
        named = principal.get("AWS") if isinstance(principal, dict) else None
        if isinstance(named, str):
            found.append(((*here, "Principal", "AWS"), named))
        for index, value in enumerate(named if isinstance(named, list) else ()):
            found.append(((*here, "Principal", "AWS", index), str(value)))
    return found


def statements_of(document: Plain) -> list[tuple[Address, dict[str, Plain]]]:
    """The statements of a document with their addresses; a single one may stand alone."""
    value = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(value, dict):
        return [(("Statement",), value)]
    listed = value if isinstance(value, list) else []
    return [(("Statement", i), s) for i, s in enumerate(listed) if isinstance(s, dict)]


def _resolves(directory: Directory, principal: str) -> bool:
    if _UNIQUE_ID.fullmatch(principal):
        return directory.by_unique_id(principal) is not None
    arn = parse_arn(principal)
    if arn is None:
        return principal == "*" or ACCOUNT_ID.problem(principal) is None
    if arn.account != directory.account.id:
        return True
    kind = split_iam_resource(arn.resource)[0]
    if arn.service == "sts" and kind == "assumed-role":
        return arn.resource.split("/")[1] in directory.roles
    if arn.service != "iam" or kind not in ("user", "role", "group"):
        return True
    return kind != "group" and directory.by_arn(principal) is not None
