"""Policy documents as they come in and go out."""

from iamctl.domain.directory import Directory
from iamctl.domain.documents import DocumentKind, PolicyDocument, parse_document
from iamctl.domain.errors import InvalidValue, MalformedPolicyDocument
from iamctl.domain.references import (
    aws_principals,
    federated_principals,
    principal_reference,
    provider_arn,
)
from iamctl.domain.source import Plain, Problem

MAXIMUM_LENGTH = 131_072
"""Characters of a policy document as a parameter. Source: botocore's IAM model."""


def document_json(document: Plain, indent: int | None = 4) -> str:
    """The document as JSON text, exactly as AWS takes it; `indent` None gives one line."""
    from json import dumps

    separators = (",", ":") if indent is None else None
    return dumps(document, indent=indent, separators=separators, ensure_ascii=False)


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
        errors += unknown_providers(directory, document)
    if errors or parsed is None:
        raise MalformedPolicyDocument.of(errors)
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


def unknown_providers(directory: Directory, document: Plain) -> list[Problem]:
    """A problem for every identity provider of this account that is not here."""
    return [
        Problem(
            "error",
            "invalid-principal",
            f'Invalid principal in policy: "Federated":"{value}"',
            at,
            hint="no identity provider of this directory bears that ARN",
        )
        for at, value in federated_principals(document)
        if provider_arn(value, directory.account.id) and directory.by_arn(value) is None
    ]


def _resolves(directory: Directory, principal: str) -> bool:
    if principal.startswith(f"arn:aws:iam::{directory.account.id}:group/"):
        return False
    meant = principal_reference(principal, directory.account.id)
    if meant is None:
        return True
    if meant.unique_id is not None:
        return directory.by_unique_id(meant.unique_id) is not None
    if meant.path is None:
        return meant.name in directory.section(meant.section)
    return directory.by_arn(principal) is not None
