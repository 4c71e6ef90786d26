"""A whole directory: entities by name, and the lookups that rules and decisions ask for."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from iamctl.domain.arns import (
    iam_arn,
    is_aws_managed,
    parse_arn,
    policy_holder,
    split_iam_resource,
)
from iamctl.domain.change import NOUNS, item_name, value_at
from iamctl.domain.documents import PolicyDocument
from iamctl.domain.entities import (
    AccessKey,
    Entity,
    EntityReader,
    Group,
    Member,
    Policy,
    Role,
    User,
)
from iamctl.domain.errors import NotFound
from iamctl.domain.ids import PREFIXES
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.quotas import QUOTAS
from iamctl.domain.sections import AnyEntity, EntityMap, any_arn
from iamctl.domain.source import Address, Locate, Plain, Problem, Source, nowhere

if TYPE_CHECKING:
    from iamctl.domain.devices import VirtualMFADevice
    from iamctl.domain.organization import Organization
    from iamctl.domain.pools import IdentityPool
    from iamctl.domain.providers import IdentityProvider

E = TypeVar("E", bound="AnyEntity | PolicyDocument")

_SECTION_OF_ARN = {
    "user": "users",
    "group": "groups",
    "role": "roles",
    "policy": "policies",
    "mfa": "mfa",
}


class Account(NamedTuple):
    """The account a directory describes; `quotas` holds what it overrides."""

    id: str
    alias: str | None
    quotas: Mapping[str, int]

    def quota(self, name: str) -> int:
        """The limit in force, by its name in the file."""
        return self.quotas.get(name, QUOTAS[name].default)


class Directory:
    """The directory that plain values hold.

    `plain` must have the file's shape (`domain.shape.ROOT`); `locate` says where a value stands;
    `file` is what messages call the file. Nothing here changes: edits make a new one.
    """

    def __init__(self, plain: dict[str, Plain], locate: Locate = nowhere, file: str = "") -> None:
        self.plain = plain
        self.file = file
        self._locate = locate
        self._reader = EntityReader(locate)
        self.users: EntityMap[User] = self._map("users")
        self.groups: EntityMap[Group] = self._map("groups")
        self.roles: EntityMap[Role] = self._map("roles")
        self.policies: EntityMap[Policy] = self._map("policies")
        self.mfa: EntityMap[VirtualMFADevice] = self._map("mfa")
        self.identity_providers: EntityMap[IdentityProvider] = self._map("identity_providers")
        self.identity_pools: EntityMap[IdentityPool] = self._map("identity_pools")
        self.resources: EntityMap[PolicyDocument] = self._map("resources")
        self.uuid = cast("str | None", plain.get("directory"))
        self.account = _account(plain.get("account"))
        self._organization: Organization | None = None
        self._ids: dict[str, tuple[str, str]] | None = None
        self._key_owners: dict[str, str] | None = None
        self._memberships: dict[str, list[str]] | None = None
        self._members: dict[str, Mapping[str, Member]] = {}
        self._policy_uses: dict[str, list[Address]] | None = None
        self._folded: dict[str, dict[str, str]] = {}

    def _map(self, section: str) -> EntityMap[E]:
        return EntityMap(section, self.plain.get(section), self._reader)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What reading the entities asked for so far found wrong, warnings included."""
        return tuple(self._reader.problems)

    @property
    def organization(self) -> "Organization | None":
        """The organization that the account is in; None when the file names none.

        Raises InvalidDirectory when one of its documents has an error.
        """
        plain = self.plain.get("organization")
        if self._organization is None and isinstance(plain, dict):
            # Imported here, since most directories have no such section.
            from iamctl.domain.organization import read_organization

            self._organization = read_organization(self._reader, plain)
        return self._organization

    @property
    def accounts(self) -> Mapping[str, str]:
        """Other accounts: account id -> path of the directory file in this file's folder."""
        plain = self.plain.get("accounts")
        listed = plain.items() if isinstance(plain, dict) else ()
        return {account: str(path) for account, path in listed if path is not None}

    def resource_policy(self, arn: str) -> tuple[str, PolicyDocument] | None:
        """The resource-based policy that decides about a resource, with the ARN it stands under.

        An S3 object has its bucket's, a DynamoDB index its table's. Raises InvalidDirectory when
        the policy has an error. Rules: Amazon S3 User Guide, "Bucket policies"; Amazon DynamoDB
        Developer Guide, "Using resource-based policies for DynamoDB".
        """
        for holder in (arn, policy_holder(arn)):
            if holder in self.resources:
                return holder, self.resources[holder]
        return None

    def section(self, name: str) -> "EntityMap[AnyEntity]":
        """The entities of a section that has names, such as "users" or "identity_pools"."""
        return cast("EntityMap[AnyEntity]", getattr(self, name))

    def value_at(self, at: Address) -> Plain:
        """The plain value at an address, or None."""
        return value_at(self.plain, at)

    def source_of(self, at: Address) -> Source | None:
        """Where the value at an address stands in the file."""
        return self._locate(at)

    def user(self, name: str) -> User:
        """The user of that name; raises NotFound."""
        return cast(User, self.entity("users", name))

    def group(self, name: str) -> Group:
        """The group of that name; raises NotFound."""
        return cast(Group, self.entity("groups", name))

    def role(self, name: str) -> Role:
        """The role of that name; raises NotFound."""
        return cast(Role, self.entity("roles", name))

    def policy(self, name: str) -> Policy:
        """The customer managed policy of that name; raises NotFound."""
        return cast(Policy, self.entity("policies", name))

    def device(self, name: str) -> "VirtualMFADevice":
        """The virtual MFA device of that name; raises NotFound."""
        return cast("VirtualMFADevice", self.named("mfa", name))

    def identity_provider(self, name: str) -> "IdentityProvider":
        """The identity provider of that name; raises NotFound."""
        return cast("IdentityProvider", self.named("identity_providers", name))

    def identity_pool(self, name: str) -> "IdentityPool":
        """The identity pool of that name; raises NotFound."""
        return cast("IdentityPool", self.named("identity_pools", name))

    def entity(self, section: str, name: str) -> Entity:
        """A user, group, role or policy by its section and exact name; raises NotFound with a near
        name."""
        return cast(Entity, self.named(section, name))

    def named(self, section: str, name: str) -> "AnyEntity":
        """The entity of any section by its exact name; raises NotFound with a near name."""
        entities = self.section(section)
        if name not in entities:
            hint = did_you_mean(name, entities)
            if section == "policies" and is_aws_managed(name):
                hint = "it is AWS's, and only AWS changes it"
            raise NotFound(f"{NOUNS[section]} {shown(name)} does not exist", hint=hint)
        return entities[name]

    def taken(self, section: str, name: str) -> str | None:
        """The name in the section that equals this one ignoring case, as AWS compares names."""
        folded = self._folded.get(section)
        if folded is None:
            folded = {known.lower(): known for known in self.section(section)}
            self._folded[section] = folded
        return folded.get(name.lower())

    def arn(self, entity: "AnyEntity") -> str:
        """An entity's ARN."""
        return any_arn(entity, self.account.id)

    def by_unique_id(self, unique_id: str) -> Entity | None:
        """The user, group, role or policy that has the unique id."""
        if self._ids is None:
            self._ids = {
                str(value["id"]): (section, name)
                for section in PREFIXES
                for name, value in self.section(section)._plain.items()
                if isinstance(value, dict) and "id" in value
            }
        found = self._ids.get(unique_id)
        return self.entity(*found) if found else None

    def key(self, key_id: str) -> tuple[User, AccessKey] | None:
        """The access key and the user who owns it."""
        if self._key_owners is None:
            self._key_owners = {
                key: name
                for name, value in self.users._plain.items()
                if isinstance(value, dict) and isinstance(keys := value.get("keys"), dict)
                for key in keys
            }
        owner = self._key_owners.get(key_id)
        return (self.users[owner], self.users[owner].keys[key_id]) if owner is not None else None

    def groups_of(self, user: str) -> tuple[tuple[Group, Member], ...]:
        """The groups a user stands in, with each membership; expired ones are included."""
        if self._memberships is None:
            self._memberships = self._scan_memberships()
        return tuple(
            (self.groups[name], self._members_of(name)[user])
            for name in self._memberships.get(user, ())
        )

    def _members_of(self, group: str) -> Mapping[str, Member]:
        """The members of a group by name: everybody may be in one, and be asked for in turn."""
        found = self._members.get(group)
        if found is None:
            members = reversed(self.groups[group].members)  # of two entries the first counts
            found = self._members[group] = {member.user: member for member in members}
        return found

    def _scan_memberships(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for group, value in self.groups._plain.items():
            members = value.get("members") if isinstance(value, dict) else None
            for member in members if isinstance(members, list) else ():
                groups = found.setdefault(str(item_name(member)), [])
                if group not in groups:
                    groups.append(group)
        return found

    def devices_of(self, user: str) -> "tuple[VirtualMFADevice, ...]":
        """The MFA devices that are enabled for a user."""
        return tuple(self.mfa[name] for name in self._holding("mfa", "user", user))

    def provider_by_url(self, url: str) -> "IdentityProvider | None":
        """The OIDC provider of that issuer URL, in which case counts."""
        found = self._holding("identity_providers", "url", url)
        return self.identity_providers[found[0]] if found else None

    def pool_by_id(self, pool_id: str) -> "IdentityPool | None":
        """The identity pool of that id."""
        found = self._holding("identity_pools", "id", pool_id)
        return self.identity_pools[found[0]] if found else None

    def _holding(self, section: str, field: str, text: str) -> list[str]:
        """The names of a section's entities one of whose fields is a text."""
        return [
            name
            for name, value in self.section(section)._plain.items()
            if isinstance(value, dict) and value.get(field) == text
        ]

    def by_arn(self, arn: str) -> "AnyEntity | None":
        """The entity of this account that bears the ARN now; the path must match too."""
        parsed = parse_arn(arn)
        if parsed is None or parsed.account != self.account.id:
            return None
        entity: AnyEntity | None = None
        kind, _, rest = parsed.resource.partition("/")
        if parsed.service == "cognito-identity" and kind == "identitypool":
            entity = self.pool_by_id(rest)
        elif parsed.service == "iam" and kind == "oidc-provider":
            entity = self.provider_by_url(f"https://{rest}")
        elif parsed.service == "iam" and kind == "saml-provider":
            entity = self.identity_providers.get(rest)
        elif parsed.service == "iam" and kind in _SECTION_OF_ARN:
            _, _, name = split_iam_resource(parsed.resource)
            entity = self.section(_SECTION_OF_ARN[kind]).get(name)
        return entity if entity is not None and arn == self.arn(entity) else None

    def local_policy(self, reference: str) -> Policy | None:
        """The managed policy of this file that a name or ARN means."""
        if not reference.startswith("arn:"):
            return self.policies.get(reference)
        found = self.by_arn(reference)
        return found if isinstance(found, Policy) else None

    def references_to_policy(self, name: str) -> tuple[Address, ...]:
        """The addresses of every attachment and boundary that means the managed policy."""
        if self._policy_uses is None:
            self._policy_uses = self._scan_policy_uses()
        return tuple(self._policy_uses.get(name, ()))

    def _scan_policy_uses(self) -> dict[str, list[Address]]:
        found: dict[str, list[Address]] = {}
        for section in ("users", "groups", "roles"):
            for entity, value in self.section(section)._plain.items():
                if not isinstance(value, dict):
                    continue
                attached = value.get("policies")
                for reference in attached if isinstance(attached, list) else ():
                    at = (section, entity, "policies", str(reference))
                    found.setdefault(self._policy_meant(str(reference)), []).append(at)
                if "boundary" in value:
                    meant = self._policy_meant(str(value["boundary"]))
                    found.setdefault(meant, []).append((section, entity, "boundary"))
        return found

    def _policy_meant(self, reference: str) -> str:
        """The name of the policy of this file that a reference means; no policy is read for it.

        An ARN that means none stays as it is.
        """
        if not reference.startswith("arn:"):
            return reference
        name = reference.rpartition("/")[2]
        plain = self.policies._plain.get(name)
        path = plain.get("path") if isinstance(plain, dict) else None
        own = iam_arn(self.account.id, "policy", str(path or "/"), name)
        return name if name in self.policies and own == reference else reference

    def principals_naming(self, principal: str) -> tuple[Address, ...]:
        """The addresses of principals equal to an ARN or unique id, in trust and resource policies.

        A principal written as a bare string has its element's address; in a list, the item's.
        """
        found: list[Address] = []
        for role, value in self.roles._plain.items():
            if isinstance(value, dict):
                found += _occurrences(value.get("trust"), principal, ("roles", role, "trust"))
        for arn, value in self.resources._plain.items():
            found += _occurrences(value, principal, ("resources", arn))
        return tuple(found)


def _occurrences(value: Plain, text: str, at: Address) -> Iterator[Address]:
    """Where a text stands under Principal or NotPrincipal in a document."""
    statements = value_at(value, ("Statement",))
    listed = isinstance(statements, list)
    for index, statement in enumerate(statements if isinstance(statements, list) else [statements]):
        here: Address = (*at, "Statement", index) if listed else (*at, "Statement")
        for element in ("Principal", "NotPrincipal"):
            principal = statement.get(element) if isinstance(statement, dict) else None
            for key, named in principal.items() if isinstance(principal, dict) else ():
                if named == text:
                    yield (*here, element, key)
                elif isinstance(named, list):
                    for position, item in enumerate(named):
                        if item == text:
                            yield (*here, element, key, position)


def _account(plain: Plain) -> Account:
    value = plain if isinstance(plain, dict) else {}
    quotas = value.get("quotas")
    return Account(
        id=str(value.get("id", "")),
        alias=cast("str | None", value.get("alias")),
        quotas={k: int(str(v)) for k, v in quotas.items()} if isinstance(quotas, dict) else {},
    )
