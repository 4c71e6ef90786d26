"""Finding whatever a text names, and one entity with everything around it."""

from collections.abc import Callable

from iamctl.domain.arns import parse_arn
from iamctl.domain.change import KINDS, NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Entity, Group, Policy, Role, User
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.references import session_role
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.services.attachments import Attached, attached, attachment
from iamctl.services.deletion import dependants
from iamctl.services.trust_edits import resources_naming, roles_naming

_SECTIONS = {kind: section for section, kind in KINDS.items()}


class Found(NamedTuple):
    """What a text names: an entity, a user's key (`key_id`), the account ("account", id) or a
    resource's policy ("resources", ARN)."""

    section: str
    name: str
    key_id: str | None = None


class Membership(NamedTuple):
    """A group and when the membership ends (epoch seconds), None for never."""

    group: str
    until: int | None


class UserView(NamedTuple):
    """A user, what it is allowed by, and the roles and resources whose policy names it."""

    user: User
    arn: str
    groups: tuple[Membership, ...]
    attached: tuple[Attached, ...]
    boundary: Attached | None
    trusted_by: tuple[str, ...]
    named_by: tuple[str, ...]


class GroupView(NamedTuple):
    """A group and its managed policies."""

    group: Group
    arn: str
    attached: tuple[Attached, ...]


class RoleView(NamedTuple):
    """A role, its trust policy as the file holds it, and the roles and resources whose policy
    names it."""

    role: Role
    arn: str
    trust: Plain
    attached: tuple[Attached, ...]
    boundary: Attached | None
    trusted_by: tuple[str, ...]
    named_by: tuple[str, ...]


class PolicyView(NamedTuple):
    """A managed policy, its document as the file holds it, and what uses it, in words."""

    policy: Policy
    arn: str
    document: Plain
    used_by: tuple[str, ...]


def find_anything(directory: Directory, text: str) -> Found:
    """What a unique id, ARN, access key id, account id or alias, or name means.

    A name that several kinds of entity bear is told apart as `user/NAME`. Raises InvalidValue
    for an ambiguous name, NotFound.
    """
    found = _by_id(directory, text) or _by_arn(directory, text) or _by_kind(directory, text)
    if found is not None:
        return found
    hits = [Found(section, text) for section in NOUNS if text in directory.section(section)]
    if text in (directory.account.id, directory.account.alias):
        hits.append(Found("account", directory.account.id))
    if len(hits) == 1:
        return hits[0]
    if not hits and text.startswith("ASIA"):
        raise NotFound(
            f"{shown(text)} is a session's key, and sessions stand in no file",
            hint="`iamctl whoami` says whose this shell's is",
        )
    if not hits:
        names = (name for section in NOUNS for name in directory.section(section))
        raise NotFound(f"nothing here is called {shown(text)}", hint=did_you_mean(text, names))
    choices = [f"{KINDS.get(hit.section, hit.section)}/{hit.name}" for hit in hits]
    raise InvalidValue(
        f"{shown(text)} names {len(hits)} things", hint=f"say which: {', '.join(choices)}"
    )


def user_view(directory: Directory, name: str) -> UserView:
    """Raises NotFound."""
    user = directory.user(name)
    return UserView(
        user=user,
        arn=directory.arn(user),
        groups=tuple(Membership(g.name, m.until) for g, m in directory.groups_of(name)),
        attached=attached(directory, "users", name),
        boundary=_boundary(directory, user.boundary),
        trusted_by=_naming(directory, user, roles_naming),
        named_by=_naming(directory, user, resources_naming),
    )


def group_view(directory: Directory, name: str) -> GroupView:
    """Raises NotFound."""
    group = directory.group(name)
    return GroupView(group, directory.arn(group), attached(directory, "groups", name))


def role_view(directory: Directory, name: str) -> RoleView:
    """Raises NotFound."""
    role = directory.role(name)
    return RoleView(
        role=role,
        arn=directory.arn(role),
        trust=directory.value_at(("roles", name, "trust")),
        attached=attached(directory, "roles", name),
        boundary=_boundary(directory, role.boundary),
        trusted_by=_naming(directory, role, roles_naming),
        named_by=_naming(directory, role, resources_naming),
    )


def policy_view(directory: Directory, name: str) -> PolicyView:
    """Raises NotFound."""
    policy = directory.policy(name)
    return PolicyView(
        policy=policy,
        arn=directory.arn(policy),
        document=directory.value_at(("policies", name, "document")),
        used_by=dependants(directory, "policies", name),
    )


def _by_id(directory: Directory, text: str) -> Found | None:
    entity = directory.by_unique_id(text)
    if entity is not None:
        return Found(entity.section, entity.name)
    pool = directory.pool_by_id(text)
    if pool is not None:
        return Found(pool.section, pool.name)
    key = directory.key(text)
    return None if key is None else Found("users", key[0].name, text)


def _by_arn(directory: Directory, text: str) -> Found | None:
    arn = parse_arn(text)
    if arn is None:
        return None
    entity = directory.by_arn(text)
    if entity is not None:
        return Found(entity.section, entity.name)
    if arn.account == directory.account.id:
        role = session_role(arn)
        if role in directory.roles:
            return Found("roles", role)
        if arn.resource == "root":
            return Found("account", arn.account)
    policy = directory.resource_policy(text)
    if policy is not None:
        return Found("resources", policy[0])
    raise NotFound(f"nothing here bears the ARN {shown(text)}")


def _by_kind(directory: Directory, text: str) -> Found | None:
    kind, slash, name = text.partition("/")
    if not slash:
        return None
    if kind == "account" and name == directory.account.id:
        return Found("account", name)
    section = _SECTIONS.get(kind)
    return None if section is None else Found(section, directory.named(section, name).name)


def _naming(
    directory: Directory, entity: Entity, find: Callable[[Directory, str], tuple[str, ...]]
) -> tuple[str, ...]:
    names = find(directory, directory.arn(entity))
    if entity.id is not None:
        names += find(directory, entity.id)
    return tuple(sorted(set(names)))


def _boundary(directory: Directory, reference: str | None) -> Attached | None:
    return None if reference is None else attachment(directory, reference)
