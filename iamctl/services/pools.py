"""Creating and changing identity pools.

Source: botocore's Cognito Identity model, CreateIdentityPool, UpdateIdentityPool and
SetIdentityPoolRoles. Where a role is given to users is in `sts.pool_role`.
"""

from collections.abc import Sequence

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists, Conflict, InvalidValue, NotFound
from iamctl.domain.ids import Randomness, mint_uuid
from iamctl.domain.names import CLAIM, CLAIM_VALUE, NAME_RULES, Rule, did_you_mean, shown
from iamctl.domain.pools import ALLOW, AUTHENTICATED_ROLE, DENY, MappingRule
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.services.creation import check_free
from iamctl.services.draft import Draft
from iamctl.services.tags import checked_tags

SECTION = "identity_pools"
MATCHES = ("Equals", "Contains", "StartsWith", "NotEqual")

_REGION = Rule("a region", 9, 32, r"[a-z]{2}(-[a-z]+)+-\d{1,2}", "it is like eu-west-1")


def plan_create(
    directory: Directory,
    *,
    name: str,
    region: str,
    providers: Sequence[str] = (),
    authenticated_role: str | None = None,
    guest_role: str | None = None,
    classic_flow: bool = False,
    tags: Sequence[tuple[str, str]] = (),
    now: int,
    randomness: Randomness,
) -> Changes:
    """Create a pool with an id of that region; roles may be set later.

    Raises AlreadyExists, InvalidValue, NotFound (provider or role).
    """
    NAME_RULES[SECTION].check(name)
    check_free(directory, SECTION, name)
    fields: dict[str, Plain] = {
        "id": f"{_REGION.check(region)}:{mint_uuid(randomness)}",
        "created": format_instant(now),
        "providers": [*(_oidc(directory, p) for p in dict.fromkeys(providers))],
        "authenticated_role": _role(directory, authenticated_role),
        "guest_role": _role(directory, guest_role),
        "classic_flow": ALLOW if classic_flow else None,
        "tags": dict(checked_tags(directory, SECTION, tags)),
    }
    draft = Draft(directory)
    draft.set((SECTION, name), {field: value for field, value in fields.items() if value})
    return draft.changes


def plan_set_roles(
    directory: Directory,
    *,
    name: str,
    authenticated: str | None = None,
    guest: str | None = None,
    no_guests: bool = False,
) -> Changes:
    """Set the role of those who log in, or the guests'; `no_guests` ends guest access.

    Raises NotFound (pool or role).
    """
    directory.identity_pool(name)
    draft = Draft(directory)
    if authenticated is not None:
        draft.set((SECTION, name, "authenticated_role"), _role(directory, authenticated))
    if guest is not None or no_guests:
        draft.set((SECTION, name, "guest_role"), _role(directory, guest))
    return draft.changes


def plan_update(directory: Directory, *, name: str, classic_flow: bool) -> Changes:
    """Say whether the pool's users get its own token (AllowClassicFlow). Raises NotFound."""
    pool = directory.identity_pool(name)
    draft = Draft(directory)
    if pool.classic_flow is not classic_flow:
        draft.set((SECTION, name, "classic_flow"), ALLOW if classic_flow else None)
    return draft.changes


def plan_add_providers(directory: Directory, *, name: str, providers: Sequence[str]) -> Changes:
    """Accept logins of these OIDC providers too. Raises NotFound, InvalidValue."""
    directory.identity_pool(name)
    draft = Draft(directory)
    for provider in providers:
        draft.add_item((SECTION, name, "providers"), _oidc(directory, provider))
    return draft.changes


def plan_remove_providers(directory: Directory, *, name: str, providers: Sequence[str]) -> Changes:
    """Accept logins of these providers no longer; their role mappings go in the same edit.

    Raises NotFound for one that the pool does not have.
    """
    held = directory.identity_pool(name).providers
    draft = Draft(directory)
    for provider in dict.fromkeys(providers):
        _require_listed(name, held, provider)
        draft.remove_item((SECTION, name, "providers"), provider)
        draft.drop((SECTION, name, "role_mappings"), provider)
    return draft.changes


def plan_map(
    directory: Directory,
    *,
    name: str,
    provider: str,
    rule: MappingRule | None = None,
    ambiguous: str | None = None,
) -> Changes:
    """Choose the role of a provider's users by one rule more, or, without a rule, by their token.

    `ambiguous` says what happens when that chooses none: authenticated_role or deny. Raises
    NotFound (pool, provider, role), InvalidValue, AlreadyExists for a rule that is there.
    """
    pool = directory.identity_pool(name)
    _require_listed(name, pool.providers, provider)
    at = (SECTION, name, "role_mappings", provider)
    mapping = pool.role_mappings.get(provider)
    draft = Draft(directory)
    if rule is None:
        if mapping is None or mapping.type != "token":
            _write(draft, at, {"type": "token"}, _kept(directory, at))
    else:
        written = _written(directory, rule)
        if mapping is None or mapping.type != "rules":
            _write(draft, at, {"type": "rules", "rules": [written]}, _kept(directory, at))
        elif rule in mapping.rules:
            raise AlreadyExists(f"that rule stands in the role mapping of {shown(provider)}")
        else:
            draft.set((*at, "rules", len(mapping.rules)), written)
    if ambiguous is not None:
        draft.set((*at, "ambiguous"), None if ambiguous == AUTHENTICATED_ROLE else ambiguous)
    return draft.changes


def plan_unmap(
    directory: Directory, *, name: str, provider: str, number: int | None = None
) -> Changes:
    """Remove a provider's role mapping, or its rule of that number, the first being 1.

    The mapping goes with its last rule. Raises NotFound, and Conflict for the last rule of a
    mapping that denies everybody else, who would all get the pool's role.
    """
    mapping = directory.identity_pool(name).role_mappings.get(provider)
    if mapping is None:
        raise NotFound(f"identity pool {shown(name)} has no role mapping for {shown(provider)}")
    draft = Draft(directory)
    if number is not None and not 1 <= number <= len(mapping.rules):
        raise NotFound(
            f"the role mapping of {shown(provider)} has no rule {number}",
            hint=f"it has {len(mapping.rules)}; see: iamctl pool show {name}",
        )
    if number is not None and len(mapping.rules) == 1 and mapping.ambiguous == DENY:
        raise Conflict(
            f"that is the last rule of the role mapping of {shown(provider)}, which denies "
            "whomever no rule means",
            hint=f"without it all who log in get the pool's role: `iamctl pool unmap {name} "
            f"{provider}` if that is meant",
        )
    if number is None or len(mapping.rules) == 1:
        draft.drop((SECTION, name, "role_mappings"), provider)
    else:
        draft.set((SECTION, name, "role_mappings", provider, "rules", number - 1), None)
    return draft.changes


def plan_delete(directory: Directory, *, names: Sequence[str]) -> Changes:
    """Delete pools. Trust policies that name their ids let nobody in any more. Raises NotFound."""
    draft = Draft(directory)
    for name in dict.fromkeys(names):
        directory.identity_pool(name)
        draft.set((SECTION, name), None)
    return draft.changes


def _role(directory: Directory, name: str | None) -> Plain:
    """The name of a role that there is, which an ARN of this account may stand for."""
    if name is None:
        return None
    from iamctl.services.assume import find_role

    return find_role(directory, name).name


def _oidc(directory: Directory, name: str) -> str:
    provider = directory.identity_provider(name)
    if provider.is_saml:
        raise InvalidValue(
            f"identity provider {shown(name)} speaks SAML", hint="a pool's providers are OIDC's"
        )
    return name


def _require_listed(pool: str, held: Sequence[str], provider: str) -> None:
    if provider not in held:
        near = did_you_mean(provider, held)
        raise NotFound(
            f"identity provider {shown(provider)} is none of identity pool {shown(pool)}",
            hint=near or f"iamctl pool add-provider {pool} {provider}",
        )


def _written(directory: Directory, rule: MappingRule) -> Plain:
    """A rule as the file holds it."""
    if rule.match not in MATCHES:
        raise InvalidValue(f"{shown(rule.match)} is no way to match", hint=", ".join(MATCHES))
    return {
        "claim": CLAIM.check(rule.claim),
        "match": rule.match,
        "value": CLAIM_VALUE.check(rule.value),
        "role": _role(directory, rule.role),
    }


def _kept(directory: Directory, at: tuple[str, ...]) -> dict[str, Plain]:
    """What of a mapping of the other type goes on: what happens when it chooses no role."""
    held = directory.value_at((*at, "ambiguous"))
    return {"ambiguous": DENY} if held == DENY else {}


def _write(
    draft: Draft, at: tuple[str, ...], mapping: dict[str, Plain], kept: dict[str, Plain]
) -> None:
    draft.put(at[:-1], at[-1], {**mapping, **kept})
