"""A whole directory: entities by name, and the lookups that rules and decisions ask for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, cast

from iamctl.domain.arns import (
    iam_arn,
    is_aws_managed,
    parse_arn,
    policy_holder,
    split_iam_resource,
)
from iamctl.domain.change import NOUNS, value_at
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
from iamctl.domain.facts import Holders, folded, scanned
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.quotas import QUOTAS
from iamctl.domain.sections import AnyEntity, E, EntityMap, any_arn
from iamctl.domain.source import Address, Locate, Plain, Problem, Source, nowhere
from iamctl.domain.tuples import NamedTuple

if TYPE_CHECKING:
    from iamctl.domain.devices import VirtualMFADevice
    from iamctl.domain.organization import Organization
    from iamctl.domain.pools import IdentityPool
    from iamctl.domain.providers import IdentityProvider

_SECTION_OF_ARN = {
    "user": "users",
    "group": "groups",
    "role": "roles",
    "policy": "policies",
    "mfa": "mfa",
}


NamesWith = Callable[[str, str, int], list[str]]
"""Names that begin with a text, in the file's order and at most so many: of a section, or of "keys"
the access key ids of its users."""


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

    `plain` must have the file's shape (`domain.shape.ROOT`), its sections may be mappings that
    look a name up elsewhere; `locate` says where a value stands; `file` is what messages call the
    file; `holders` answers lookups, and `names_with` what `NamesWith` says, by looking through all
    of it unless given. Nothing here changes: edits make a new one.
    """

    def __init__(
        self,
        plain: "Mapping[str, Plain | Mapping[str, Plain]]",
        locate: Locate = nowhere,
        file: str = "",
        holders: Holders | None = None,
        names_with: "NamesWith | None" = None,
    ) -> None:
        self.plain = plain
        self.file = file
        self._locate = locate
        self._reader = EntityReader(locate)
        self.account = _account(plain.get("account"))
        # Neither is bound to this directory: one that nobody holds any more goes at once.
        self.holders: Holders = holders or scanned(partial(_section, plain), self.account.id)
        self.names_with: NamesWith = names_with or partial(names_with_in, plain)
        self.users: EntityMap[User] = self._map("users")
        self.groups: EntityMap[Group] = self._map("groups")
        self.roles: EntityMap[Role] = self._map("roles")
        self.policies: EntityMap[Policy] = self._map("policies")
        self.mfa: EntityMap[VirtualMFADevice] = self._map("mfa")
        self.identity_providers: EntityMap[IdentityProvider] = self._map("identity_providers")
        self.identity_pools: EntityMap[IdentityPool] = self._map("identity_pools")
        self.resources: EntityMap[PolicyDocument] = self._map("resources")
        self.uuid = cast("str | None", plain.get("directory"))
        self._organization: Organization | None = None
        self._members: dict[str, Mapping[str, Member]] = {}

    def _map(self, section: str) -> EntityMap[E]:
        return EntityMap(section, self._plain_section(section), self._reader)

    def _plain_section(self, section: str) -> Mapping[str, Plain]:
        return _section(self.plain, section)

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
        """The plain value at an address of at least one step, or None."""
        if len(at) > 1:
            return value_at(self._plain_section(str(at[0])).get(str(at[1])), at[2:])
        value = self.plain.get(str(at[0]))
        return dict(value) if isinstance(value, Mapping) else value

    def fields_of(self, section: str, name: str) -> dict[str, Plain]:
        """The plain value of an entity or resource policy; empty where there is none."""
        plain = self._plain_section(section).get(name)
        return plain if isinstance(plain, dict) else {}

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
        alike = self.holders("name", folded(section, name))
        return alike[-1][1] if alike else None

    def arn(self, entity: "AnyEntity") -> str:
        """An entity's ARN."""
        return any_arn(entity, self.account.id)

    def by_unique_id(self, unique_id: str) -> Entity | None:
        """The user, group, role or policy that has the unique id."""
        for owner in self.holders("id", unique_id):
            if self.fields_of(*owner).get("id") == unique_id:
                return self.entity(*owner)
        return None

    def key(self, key_id: str) -> tuple[User, AccessKey] | None:
        """The access key and the user who owns it."""
        for section, name in self.holders("id", key_id):
            if section == "users" and key_id in self.users[name].keys:
                return self.users[name], self.users[name].keys[key_id]
        return None

    def groups_of(self, user: str) -> tuple[tuple[Group, Member], ...]:
        """The groups a user stands in, with each membership; expired ones are included."""
        return tuple(
            (self.groups[name], self._members_of(name)[user])
            for _, name in self.holders("member", user)
        )

    def _members_of(self, group: str) -> Mapping[str, Member]:
        """The members of a group by name: everybody may be in one, and be asked for in turn."""
        found = self._members.get(group)
        if found is None:
            members = reversed(self.groups[group].members)  # of two entries the first counts
            found = self._members[group] = {member.user: member for member in members}
        return found

    def devices_of(self, user: str) -> "tuple[VirtualMFADevice, ...]":
        """The MFA devices that are enabled for a user."""
        return tuple(self.mfa[name] for _, name in self.holders("device", user))

    def provider_by_url(self, url: str) -> "IdentityProvider | None":
        """The OIDC provider of that issuer URL, in which case counts."""
        found = self.holders("url", url)
        return self.identity_providers[found[0][1]] if found else None

    def pool_by_id(self, pool_id: str) -> "IdentityPool | None":
        """The identity pool of that id."""
        found = self.holders("pool", pool_id)
        return self.identity_pools[found[0][1]] if found else None

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
        found: list[Address] = []
        for owner in self.holders("policy", name):
            plain = self.fields_of(*owner)
            attached = plain.get("policies")
            for reference in attached if isinstance(attached, list) else ():
                if self._policy_meant(str(reference)) == name:
                    found.append((*owner, "policies", str(reference)))
            if "boundary" in plain and self._policy_meant(str(plain["boundary"])) == name:
                found.append((*owner, "boundary"))
        return tuple(found)

    def _policy_meant(self, reference: str) -> str:
        """The name of the policy of this file that a reference means; no policy is read for it.

        An ARN that means none stays as it is.
        """
        if not reference.startswith("arn:"):
            return reference
        name = reference.rpartition("/")[2]
        path = self.fields_of("policies", name).get("path")
        own = iam_arn(self.account.id, "policy", str(path or "/"), name)
        return name if name in self.policies and own == reference else reference

    def principals_naming(self, principal: str) -> tuple[Address, ...]:
        """The addresses of principals equal to an ARN or unique id, in trust and resource policies.

        A principal written as a bare string has its element's address; in a list, the item's.
        """
        found: list[Address] = []
        for owner in self.holders("principal", principal):
            at: Address = (*owner, "trust") if owner[0] == "roles" else owner
            found += _occurrences(self.value_at(at), principal, at)
        return tuple(found)


def _section(
    plain: "Mapping[str, Plain | Mapping[str, Plain]]", section: str
) -> Mapping[str, Plain]:
    found = plain.get(section)
    return found if isinstance(found, Mapping) else {}


def names_with_in(
    plain: "Mapping[str, Plain | Mapping[str, Plain]]", section: str, prefix: str, most: int
) -> list[str]:
    """The `NamesWith` of plain values."""
    found: Iterable[str] = _section(plain, section)
    if section == "keys":
        found = (key for user in _section(plain, "users").values() for key in keys_of_user(user))
    return list(islice((name for name in found if name.startswith(prefix)), most))


def keys_of_user(plain: Plain) -> Iterable[str]:
    """The access key ids of a user's plain value."""
    keys = plain.get("keys") if isinstance(plain, dict) else None
    return keys if isinstance(keys, dict) else ()


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


def _account(plain: object) -> Account:
    value = plain if isinstance(plain, dict) else {}
    quotas = value.get("quotas")
    return Account(
        id=str(value.get("id", "")),
        alias=cast("str | None", value.get("alias")),
        quotas={k: int(str(v)) for k, v in quotas.items()} if isinstance(quotas, dict) else {},
    )
