"""Which role an identity pool gives to a user who has logged in.

Source: the Amazon Cognito Developer Guide, "Using role-based access control", and the shapes
RoleMapping and MappingRule of botocore's cognito-identity model. Where they say nothing, the
comment says what was chosen.
"""

import json
from collections.abc import Callable, Mapping

from iamctl.domain.errors import AccessDenied
from iamctl.domain.names import shown
from iamctl.domain.pools import DENY, IdentityPool, MappingRule, RoleMapping

PREFERRED = "cognito:preferred_role"
ROLES = "cognito:roles"

Claims = Mapping[str, object]
Same = Callable[[str, str], bool]
"""Whether two references, each a role's name or ARN, mean one role."""


def choose_role(
    pool: IdentityPool, provider: str, claims: Claims, custom: str | None, same: Same
) -> str:
    """The name or ARN of the role for a login by that provider, whose token has these claims.

    `custom` is the role that the application asks for (CustomRoleArn). Raises AccessDenied:
    NotAuthorizedException when no role is left to give, or not the one asked for,
    InvalidIdentityPoolConfigurationException when the pool has none.
    """
    mapping = pool.role_mappings.get(provider)
    offered = () if mapping is None else _offered(mapping, claims)
    if custom is not None:
        # Chosen: where the claims offer nothing, the role of all who log in may be asked for.
        return _asked_for(offered or _fallback(pool, mapping), custom, same)
    preferred = _arns(claims.get(PREFERRED)) if _is_by_token(mapping) else ()
    if len(preferred) == 1:
        return preferred[0]
    if mapping is not None and offered and (len(offered) == 1 or not _is_by_token(mapping)):
        return offered[0]
    if mapping is not None and mapping.ambiguous == DENY:
        raise AccessDenied(
            "No role can be chosen for this login",
            (_why_none(mapping, provider, offered),),
            code="NotAuthorizedException",
        )
    if pool.authenticated_role is None:
        raise no_role(f"pool {shown(pool.name)} has no role for those who log in")
    return pool.authenticated_role


def no_role(reason: str, *more: str) -> AccessDenied:
    """The error of a pool whose role is missing, or does not let the pool's users in."""
    return AccessDenied(
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        (reason, *more),
        code="InvalidIdentityPoolConfigurationException",
    )


def _asked_for(offered: tuple[str, ...], custom: str, same: Same) -> str:
    """The role of those offered that the custom one is."""
    for role in offered:
        if same(role, custom):
            return role
    raise AccessDenied(
        f"Role {shown(custom, 200)} is not among the roles of this login",
        (f"it may have {', '.join(map(shown, offered)) or 'none'}",),
        code="NotAuthorizedException",
    )


def _fallback(pool: IdentityPool, mapping: RoleMapping | None) -> tuple[str, ...]:
    """What there is when the claims settle nothing (AmbiguousRoleResolution)."""
    denied = mapping is not None and mapping.ambiguous == DENY
    return () if denied or pool.authenticated_role is None else (pool.authenticated_role,)


def _offered(mapping: RoleMapping, claims: Claims) -> tuple[str, ...]:
    """The roles that a login may have: those the provider names, or of all rules that match."""
    return _by_token(claims) if _is_by_token(mapping) else _by_rules(mapping, claims)


def _is_by_token(mapping: RoleMapping | None) -> bool:
    return mapping is not None and mapping.type == "token"


def _by_token(claims: Claims) -> tuple[str, ...]:
    """The roles that the identity provider itself names, without repetitions."""
    return tuple(dict.fromkeys((*_arns(claims.get(ROLES)), *_arns(claims.get(PREFERRED)))))


def _arns(value: object) -> tuple[str, ...]:
    """The ARNs in a claim; what is none names no role."""
    return tuple(text for text in _texts(value) if text.startswith("arn:"))


def _by_rules(mapping: RoleMapping, claims: Claims) -> tuple[str, ...]:
    """The roles of all rules that match, in order: the first one counts."""
    return tuple(dict.fromkeys(rule.role for rule in mapping.rules if matches(rule, claims)))


def matches(rule: MappingRule, claims: Claims) -> bool:
    """Whether a token has a claim as the rule wants it; case counts.

    A claim that is absent matches no rule, NotEqual included ("the claim name that must be
    present"). Chosen: of a list one item is enough, and for NotEqual none may be equal; true,
    false and numbers compare as JSON writes them; what has members matches nothing.
    """
    held = _texts(claims.get(rule.claim))
    if not held:
        return False
    if rule.match == "NotEqual":
        return rule.value not in held
    if rule.match == "Contains":
        return any(rule.value in text for text in held)
    if rule.match == "StartsWith":
        return any(text.startswith(rule.value) for text in held)
    return rule.value in held


def _texts(value: object) -> tuple[str, ...]:
    """A claim's value, or each item of a list, as text."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, bool | int | float):
        return (json.dumps(value),)
    if isinstance(value, list | tuple):
        return tuple(text for item in value if not isinstance(item, list) for text in _texts(item))
    return ()


def _why_none(mapping: RoleMapping, provider: str, offered: tuple[str, ...]) -> str:
    if mapping.type == "rules":
        return f"no rule for {shown(provider)} matches the claims of its token"
    if offered:
        return f"{ROLES} names {len(offered)} roles, and {PREFERRED} none of them"
    return f"the token has neither {PREFERRED} nor {ROLES}"
