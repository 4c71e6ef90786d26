"""Where MFA devices and identity pools name users, roles and identity providers of the file."""

from collections.abc import Iterator

from iamctl.domain.source import Address, Plain

Meant = tuple[str, str]
"""The section and the name of what is meant."""

_ROLES = ("authenticated_role", "guest_role")


def mentions(section: str, plain: dict[str, Plain]) -> Iterator[tuple[Address, Meant]]:
    """What the plain value of an entity names, each with its address inside the entity; list items
    by position. Other sections' entities name nothing here."""
    if section == "mfa":
        yield from _named(plain, "user", "users")
    if section != "identity_pools":
        return
    providers = plain.get("providers")
    for index, name in enumerate(providers if isinstance(providers, list) else ()):
        if isinstance(name, str):
            yield ("providers", index), ("identity_providers", name)
    for field in _ROLES:
        yield from _named(plain, field, "roles")
    mappings = plain.get("role_mappings")
    for provider, mapping in mappings.items() if isinstance(mappings, dict) else ():
        yield ("role_mappings", provider), ("identity_providers", provider)
        rules = mapping.get("rules") if isinstance(mapping, dict) else None
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict):
                for _, meant in _named(rule, "role", "roles"):
                    yield ("role_mappings", provider, "rules", index, "role"), meant


def _named(plain: dict[str, Plain], field: str, section: str) -> Iterator[tuple[Address, Meant]]:
    name = plain.get(field)
    if isinstance(name, str):
        yield (field,), (section, name)
