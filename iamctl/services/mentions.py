"""Edits where MFA devices and identity pools name users, roles and identity providers."""

from collections.abc import Iterator

from iamctl.domain.directory import Directory
from iamctl.domain.mentions import mentions_of
from iamctl.domain.source import Address, Plain
from iamctl.services.draft import Draft


def pool_uses(directory: Directory, section: str, name: str) -> tuple[str, ...]:
    """The uses of a role or provider by identity pools, in words: `guest role of pool web`."""
    found = (
        f"{_use(at[2:])} of identity pool {at[1]}"
        for at in mentions_of(directory, section, name)
        if at[0] == "identity_pools"
    )
    return tuple(dict.fromkeys(found))


def drop_mentions(directory: Directory, draft: Draft, section: str, name: str) -> None:
    """End every use of a role or provider by identity pools: a rule goes with its role, a mapping
    with its last rule or its provider."""
    for pool in _pools(directory, section, name):
        at = ("identity_pools", pool)
        for field in ("authenticated_role", "guest_role"):
            if section == "roles" and draft.value((*at, field)) == name:
                draft.set((*at, field), None)
        if section == "identity_providers":
            draft.remove_item((*at, "providers"), name)
            draft.drop((*at, "role_mappings"), name)
        else:
            _drop_rules(draft, at, name)


def follow_rename(directory: Directory, draft: Draft, section: str, old: str, new: str) -> None:
    """Name an entity by its new name wherever devices and pools name it by its old one."""
    for device in directory.devices_of(old) if section == "users" else ():
        draft.set(("mfa", device.name, "user"), new)
    if section != "identity_providers":
        return
    for pool in _pools(directory, section, old):
        at = ("identity_pools", pool)
        draft.set((*at, "providers", old), new)
        mappings = draft.value((*at, "role_mappings"))
        if isinstance(mappings, dict) and old in mappings:
            renamed: dict[str, Plain] = {
                new if provider == old else provider: mapping
                for provider, mapping in mappings.items()
            }
            draft.set((*at, "role_mappings"), renamed)


def _pools(directory: Directory, section: str, name: str) -> Iterator[str]:
    """The pools that name an entity."""
    places = mentions_of(directory, section, name)
    yield from dict.fromkeys(at[1] for at in places if at[0] == "identity_pools")


def _drop_rules(draft: Draft, at: Address, role: str) -> None:
    mappings = draft.value((*at, "role_mappings"))
    for provider, mapping in list(mappings.items()) if isinstance(mappings, dict) else ():
        rules = mapping.get("rules") if isinstance(mapping, dict) else None
        if not isinstance(rules, list):
            continue
        where = (*at, "role_mappings", provider, "rules")
        going = [n for n, rule in enumerate(rules) if _role_of(rule) == role]
        if going and len(going) == len(rules):
            draft.drop((*at, "role_mappings"), provider)
            continue
        for n in reversed(going):
            draft.set((*where, n), None)


def _role_of(rule: Plain) -> Plain:
    return rule.get("role") if isinstance(rule, dict) else None


def _use(rest: Address) -> str:
    field = str(rest[0])
    if field == "role_mappings":
        return f"role mapping for {rest[1]}"
    return {"providers": "provider"}.get(field, field.replace("_", " "))
