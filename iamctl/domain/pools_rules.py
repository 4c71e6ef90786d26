"""What must hold for an identity pool beyond its shape and its references.

Source: botocore's Cognito Identity model.
"""

from collections.abc import Iterator

from iamctl.domain.directory import Directory
from iamctl.domain.lookups import items, texts
from iamctl.domain.names import shown
from iamctl.domain.providers_rules import repeated
from iamctl.domain.source import Address, Fault, Plain

MOST_MAPPINGS = 10
MOST_RULES = 400


def pool_faults(directory: Directory, name: str) -> Iterator[Fault]:
    """What is wrong with one pool."""
    plain = directory.value_at(("identity_pools", name))
    fields = plain if isinstance(plain, dict) else {}
    at = ("identity_pools", name)
    yield from _id(directory, name, fields.get("id"), at)
    providers = texts(fields.get("providers"))
    yield from repeated(providers, "provider", (*at, "providers"))
    for index, provider in enumerate(providers):
        if directory.value_at(("identity_providers", provider, "saml_metadata")) is not None:
            yield Fault("error", "provider-kind", f"provider {shown(provider)} speaks SAML",
                        (*at, "providers", index), "a pool's providers are OIDC's")  # fmt: skip
    mappings = fields.get("role_mappings")
    listed = mappings if isinstance(mappings, dict) else {}
    if len(listed) > MOST_MAPPINGS:
        yield Fault("error", "too-many", f"{len(listed)} role mappings of a pool",
                    (*at, "role_mappings"), f"Cognito takes {MOST_MAPPINGS}")  # fmt: skip
    for provider, mapping in listed.items():
        here = (*at, "role_mappings", provider)
        if provider not in providers:
            yield Fault("error", "unknown-provider",
                        f"provider {shown(provider)} is none of identity pool {shown(name)}",
                        here, "add it to the pool's providers, or remove its mapping")  # fmt: skip
        if isinstance(mapping, dict):
            yield from _mapping(provider, mapping, here)


def _id(directory: Directory, name: str, pool_id: Plain, at: Address) -> Iterator[Fault]:
    if pool_id is None:
        yield Fault("warning", "no-id", f"identity pool {shown(name)} has no id", at,
                    "`iamctl validate --fix` adds what is missing")  # fmt: skip
        return
    for other, held in items(directory, "identity_pools"):
        if other == name:
            return
        if held.get("id") == pool_id:
            yield Fault("error", "duplicate-id",
                        f"{shown(str(pool_id))} is also identity pool {shown(other)}'s",
                        (*at, "id"), "the id of a pool stands once in a file")  # fmt: skip
            return


def _mapping(provider: str, mapping: dict[str, Plain], at: Address) -> Iterator[Fault]:
    rules = mapping.get("rules")
    count = len(rules) if isinstance(rules, list) else 0
    if mapping.get("type") == "rules" and not count:
        yield Fault("error", "role-mapping",
                    f"the role mapping of {shown(provider)} has no rules", at,
                    "add some, or write `type: token`")  # fmt: skip
    elif mapping.get("type") == "token" and "rules" in mapping:
        yield Fault("error", "role-mapping",
                    f"the role mapping of {shown(provider)} is by token and has rules",
                    (*at, "rules"), "write `type: rules`, or remove them")  # fmt: skip
    if count > MOST_RULES:
        yield Fault("error", "too-many", f"{count} rules of a role mapping", (*at, "rules"),
                    f"Cognito takes {MOST_RULES}")  # fmt: skip
