"""Changing the principals that stand in trust policies and resource-based policies."""

from collections.abc import Callable

from iamctl.domain.arns import assumed_role_arn
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Entity
from iamctl.domain.references import aws_principals
from iamctl.domain.source import Address, Plain
from iamctl.services.draft import Draft

Rewrite = Callable[[Plain], Plain]
"""A principal's value -> what stands there afterwards; None removes it."""


def replace_principal(directory: Directory, draft: Draft, old: str, new: str) -> None:
    """Every principal equal to `old`, in every trust and resource policy, becomes `new`."""
    for at in documents_naming(directory, old):
        document = rewritten(draft.value(at), lambda named: new if named == old else named)
        draft.set_document(at, document)


def remove_principal(directory: Directory, draft: Draft, arn: str, unique_id: str) -> None:
    """Take a principal out of every trust and resource policy, with the statements left empty.

    A resource policy goes when nothing is left of it. A trust policy must stay, so there the
    unique id is left; so it is in a NotPrincipal, which excepts those it names.
    """
    for at in documents_naming(directory, arn):
        document = draft.value(at)
        kept = without_empty(_removed(document, arn, unique_id))
        if kept is not None:
            draft.set_document(at, kept)
        elif at[0] == "resources":
            draft.drop(at[:1], str(at[1]))
        else:
            kept = rewritten(document, lambda named: unique_id if named == arn else named)
            draft.set_document(at, kept)


def documents_naming(directory: Directory, principal: str) -> tuple[Address, ...]:
    """The addresses of the trust and resource policies that name exactly that principal."""
    places = directory.principals_naming(principal)
    return tuple(dict.fromkeys(at[: 3 if at[0] == "roles" else 2] for at in places))


def roles_naming(directory: Directory, principal: str) -> tuple[str, ...]:
    """The roles whose trust policy names a principal by exactly that ARN or unique id."""
    return tuple(str(at[1]) for at in documents_naming(directory, principal) if at[0] == "roles")


def resources_naming(directory: Directory, principal: str) -> tuple[str, ...]:
    """The ARNs of the resources whose policy names exactly that principal."""
    found = documents_naming(directory, principal)
    return tuple(str(at[1]) for at in found if at[0] == "resources")


def principals_of(directory: Directory, entity: Entity) -> list[str]:
    """The ARNs by which policies name an entity: its own, and those of a role's sessions."""
    found = [directory.arn(entity)]
    if entity.section == "roles":
        sessions = assumed_role_arn(directory.account.id, entity.name, "")
        places: list[Address] = [("roles", role, "trust") for role in directory.roles]
        places += [("resources", arn) for arn in directory.resources]
        for at in places:
            named = aws_principals(directory.value_at(at))
            found += (text for _, text in named if text.startswith(sessions))
    return list(dict.fromkeys(found))


def rewritten(
    trust: Plain, rewrite: Rewrite, where: Callable[[dict[str, Plain]], bool] = lambda _: True
) -> Plain:
    """The policy with each principal of the statements `where` holds rewritten."""
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
    """The policy without statements that name no principal; None when none is left."""
    value = trust.get("Statement") if isinstance(trust, dict) else None
    if isinstance(value, dict):
        return None if _is_empty(value) else trust
    kept = [s for s in value if not _is_empty(s)] if isinstance(value, list) else []
    return {**trust, "Statement": kept} if kept and isinstance(trust, dict) else None


def _is_empty(statement: Plain) -> bool:
    return isinstance(statement, dict) and statement.get("Principal") == {}


def _removed(document: Plain, principal: str, unique_id: str) -> Plain:
    """The policy without a principal. A NotPrincipal keeps the unique id instead: it excepts its
    principals from the statement, which must not grow."""

    def kept(named: Plain) -> Plain:
        return None if named == principal else named

    def decayed(named: Plain) -> Plain:
        return unique_id if named == principal else named

    document = rewritten(document, decayed, lambda statement: "NotPrincipal" in statement)
    return rewritten(document, kept)


def _rewritten_statement(statement: dict[str, Plain], rewrite: Rewrite) -> dict[str, Plain]:
    changed: dict[str, Plain] = {}
    for element in ("Principal", "NotPrincipal"):
        principal = statement.get(element)
        if isinstance(principal, dict):
            named = {kind: _rewritten_values(value, rewrite) for kind, value in principal.items()}
            changed[element] = {k: v for k, v in named.items() if v is not None}
    return {**statement, **changed}


def _rewritten_values(named: Plain, rewrite: Rewrite) -> Plain:
    if not isinstance(named, list):
        return rewrite(named)
    kept: list[Plain] = [new for item in named if (new := rewrite(item)) is not None]
    return kept or None
