"""Identity pools, which give an application's users credentials of roles.

Source: botocore's Cognito Identity model; Amazon Cognito Developer Guide, "Using role-based access
control".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from iamctl.domain.arns import PARTITION
from iamctl.domain.entities import EntityReader, as_map, as_text, as_texts, tags_of
from iamctl.domain.record import Record, made
from iamctl.domain.source import Address, Plain, Source

AUTHENTICATED_ROLE = "authenticated_role"
ALLOW, DENY = "allow", "deny"


class MappingRule(Record):
    """Whose `claim` matches `value` gets `role`, a name of this file. `match` is Equals, Contains,
    StartsWith or NotEqual."""

    claim: str
    match: str
    value: str
    role: str


class RoleMapping(Record):
    """How one provider's users get a role. `type` is rules, where the first that matches counts,
    or token; `ambiguous` what happens otherwise: authenticated_role or deny."""

    type: str
    ambiguous: str = AUTHENTICATED_ROLE
    rules: tuple[MappingRule, ...] = ()


class IdentityPool(Record):
    """A Cognito identity pool. `id` is REGION:UUID; `providers` and the roles are names of this
    file; `role_mappings` is provider -> mapping; `created` in epoch seconds. Without a
    `guest_role`, guests get nothing; without the `classic_flow`, nobody gets the pool's own token,
    with which one role that trusts the pool is as good as another."""

    section: ClassVar[str] = "identity_pools"
    name: str
    id: str | None = None
    created: int | None = None
    providers: tuple[str, ...] = ()
    authenticated_role: str | None = None
    guest_role: str | None = None
    classic_flow: bool = False
    role_mappings: Mapping[str, RoleMapping] = made(factory=dict)
    tags: Mapping[str, str] = made(factory=dict)
    source: Source | None = None

    @property
    def region(self) -> str:
        """The region in its id; empty while it has none."""
        return (self.id or "").partition(":")[0]

    def arn(self, account: str) -> str:
        """The pool's ARN in that account."""
        resource = f"identitypool/{self.id or ''}"
        return f"arn:{PARTITION}:cognito-identity:{self.region}:{account}:{resource}"


def read_pool(
    reader: EntityReader, at: Address, name: str, plain: dict[str, Plain]
) -> IdentityPool:
    """The pool of a plain value."""
    return IdentityPool(
        name=name,
        id=as_text(plain.get("id")),
        created=reader.instant((*at, "created"), plain.get("created")),
        providers=as_texts(plain.get("providers")),
        authenticated_role=as_text(plain.get("authenticated_role")),
        guest_role=as_text(plain.get("guest_role")),
        classic_flow=plain.get("classic_flow") == ALLOW,
        role_mappings={
            provider: _mapping(as_map(value))
            for provider, value in as_map(plain.get("role_mappings")).items()
        },
        tags=tags_of(plain),
        source=reader.locate(at),
    )


def _mapping(plain: dict[str, Plain]) -> RoleMapping:
    rules = plain.get("rules")
    return RoleMapping(
        type=str(plain.get("type")),
        ambiguous=as_text(plain.get("ambiguous")) or AUTHENTICATED_ROLE,
        rules=tuple(
            MappingRule(*(str(rule.get(key)) for key in ("claim", "match", "value", "role")))
            for rule in map(as_map, rules if isinstance(rules, list) else ())
        ),
    )
