"""Edits where MFA devices and identity pools name users, roles and identity providers."""

from collections.abc import Iterator

from iamctl.domain.directory import Directory
from iamctl.domain.lookups import mentions_of
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


def rules_choosing(directory: Directory, role: str) -> tuple[tuple[str, str, int], ...]:
    """The rules of identity pools that choose a role: pool, provider, number of the rule from 1."""
    return tuple(
        (pool, str(rest[1]), int(rest[3]) + 1)
        for holder, pool, *rest in mentions_of(directory, "roles", role)
        if holder == "identity_pools" and rest[0] == "role_mappings"
    )


def drop_mentions(directory: Directory, draft: Draft, section: str, name: str) -> None:
    """End every use of a provider by identity pools, or of a role but by their rules: those whom a
    rule meant would get another role."""
    for pool in _pools(directory, section, name):
        at = ("identity_pools", pool)
        for field in ("authenticated_role", "guest_role"):
            if section == "roles" and draft.value((*at, field)) == name:
                draft.set((*at, field), None)
        if section == "identity_providers":
            draft.remove_item((*at, "providers"), name)
            draft.drop((*at, "role_mappings"), name)


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


def _use(rest: Address) -> str:
    field = str(rest[0])
    if field == "role_mappings":
        return f"role mapping for {rest[1]}"
    return {"providers": "provider"}.get(field, field.replace("_", " "))
