"""What somebody can do as rows of text."""

from collections.abc import Callable

from iamctl.policy.evaluate import Matched
from iamctl.services.what_can import Permission
from iamctl.services.what_can_grants import Grant, Proof, is_limit

_SHOWN = 8
"""How many actions a row has for people."""


def brief(matched: Matched) -> str:
    """A statement in few words: its policy's name, its Sid, whose it is, its line."""
    policy, statement = matched.policy, matched.statement
    managed = policy.id.startswith("arn:aws:iam::aws:")
    name = policy.id.rpartition("/")[2] if managed else policy.id
    words = [f"{statement.sid} of {name}" if statement.sid else name]
    words += [f"({policy.owner})"] if policy.owner else []
    words += [f"{statement.source.file}:{statement.source.line}"] if statement.source else []
    return " ".join(words)


def shortened(permission: Permission) -> tuple[str, ...]:
    """The actions without their service, which stands beside them, and not too many."""
    names = [action.rpartition(":")[2] for action in permission.shown]
    more = len(names) - _SHOWN
    return (*names[:_SHOWN], f"and {more} more") if more > 1 else tuple(names)


def permission_row(
    permission: Permission, grant: Grant, unknown: bool, named: Callable[[Matched], str]
) -> tuple[str, ...]:
    """Service, levels, actions, resources, conditions, and by which statements, `named` so."""
    excepted = f" except {', '.join(grant.excepted)}" if grant.excepted else ""
    conditions = [f"{proof} ({_place(proof)})" for proof in grant.conditions]
    granting = [matched for matched in grant.statements if not is_limit(matched)]
    more = [f"{len(granting) - 2} more"] if len(granting) > 2 else []
    return (
        permission.service,
        ", ".join(permission.levels),
        ", ".join(permission.shown),
        ", ".join(grant.resources) + excepted,
        "; ".join(["unknown", *conditions] if unknown else conditions),
        ", ".join([*map(named, granting[:2]), *more]) or "no statement is needed",
    )


def _place(proof: Proof) -> str:
    source = proof.matched.statement.source
    return proof.matched.policy.id if source is None else f"{source.file}:{source.line}"
