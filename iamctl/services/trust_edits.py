"""Changing the principals that stand in trust policies."""

from collections.abc import Callable

from iamctl.domain.arns import assumed_role_arn
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Entity
from iamctl.domain.references import aws_principals
from iamctl.domain.source import Plain
from iamctl.services.draft import Draft

Rewrite = Callable[[Plain], Plain]
"""A principal's value -> what stands there afterwards; None removes it."""


def replace_principal(directory: Directory, draft: Draft, old: str, new: str) -> None:
    """Every principal equal to `old`, in every trust policy, becomes `new`."""
    for role in roles_naming(directory, old):
        at = ("roles", role, "trust")
        trust = rewritten(draft.value(at), lambda named: new if named == old else named)
        draft.set_document(at, trust)


def remove_principal(directory: Directory, draft: Draft, arn: str, unique_id: str) -> None:
    """Take a principal out of every trust policy, with the statements left empty.

    Where nothing would be left of the policy it becomes its unique id.
    """
    for role in roles_naming(directory, arn):
        at = ("roles", role, "trust")
        trust = draft.value(at)
        kept = without_empty(rewritten(trust, lambda named: None if named == arn else named))
        if kept is None:
            kept = rewritten(trust, lambda named: unique_id if named == arn else named)
        draft.set_document(at, kept)


def roles_naming(directory: Directory, principal: str) -> tuple[str, ...]:
    """The roles whose trust policy names a principal by exactly that ARN or unique id."""
    return tuple(dict.fromkeys(str(at[1]) for at in directory.principals_naming(principal)))


def principals_of(directory: Directory, entity: Entity) -> list[str]:
    """The ARNs by which trust policies name an entity: its own, and those of a role's sessions."""
    found = [directory.arn(entity)]
    if entity.section == "roles":
        sessions = assumed_role_arn(directory.account.id, entity.name, "")
        for role in directory.roles:
            trust = directory.value_at(("roles", role, "trust"))
            found += (text for _, text in aws_principals(trust) if text.startswith(sessions))
    return list(dict.fromkeys(found))


def rewritten(
    trust: Plain, rewrite: Rewrite, where: Callable[[dict[str, Plain]], bool] = lambda _: True
) -> Plain:
    """The trust policy with each principal of the statements `where` holds rewritten."""
    if not isinstance(trust, dict):
        return trust
    value = trust.get("Statement")
    if isinstance(value, list):
        statements: Plain = [
            _rewritten_statement(s, rewrite) if isinstance(s, dict) and where(s) else s
            for s in value
        ]
    elif isinstance(value, dict) and where(value):
        statements = _rewritten_statement(value, rewrite)
    else:
        statements = value
    return {**trust, "Statement": statements}


def without_empty(trust: Plain) -> Plain:
    """The trust policy without statements that name no principal; None when none is left."""
    value = trust.get("Statement") if isinstance(trust, dict) else None
    if isinstance(value, dict):
        return None if _is_empty(value) else trust
    kept = [s for s in value if not _is_empty(s)] if isinstance(value, list) else []
    return {**trust, "Statement": kept} if kept and isinstance(trust, dict) else None


def _is_empty(statement: Plain) -> bool:
    return isinstance(statement, dict) and statement.get("Principal") == {}


def _rewritten_statement(statement: dict[str, Plain], rewrite: Rewrite) -> dict[str, Plain]:
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return statement
    named = {kind: _rewritten_values(value, rewrite) for kind, value in principal.items()}
    return {**statement, "Principal": {k: v for k, v in named.items() if v is not None}}


def _rewritten_values(named: Plain, rewrite: Rewrite) -> Plain:
    if not isinstance(named, list):
        return rewrite(named)
    kept: list[Plain] = [new for item in named if (new := rewrite(item)) is not None]
    return kept or None
