"""A directory as a tree: groups with members and policies, roles with whom they trust, users who
are in no group; or everything by its path.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, cast

from iamctl.domain.arns import is_aws_managed
from iamctl.domain.change import KINDS
from iamctl.domain.directory import Directory
from iamctl.domain.documents import Condition
from iamctl.domain.entities import Entity, Group, Role, User
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import PATH_PREFIX, shown
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.services.attachments import attached, attachment
from iamctl.services.show import find_anything
from iamctl.services.trusted import Trust, trust_in
from iamctl.services.who_can import Hinge

E = TypeVar("E", bound=Entity)

_BY_PATH = ("users", "groups", "roles", "policies")


class Node(NamedTuple):
    """A line of a tree: what it is, its name and ARN ("" for none), when it ends (epoch seconds,
    None for never), what else there is to say, and what stands below it."""

    kind: str
    name: str
    arn: str = ""
    until: int | None = None
    notes: tuple[str, ...] = ()
    children: "tuple[Node, ...]" = ()


def tree(directory: Directory, now: int, name: str | None = None, by_path: bool = False) -> Node:
    """The tree of all, of what stands under a path, or of one user, group or role.

    All of it is by groups or, `by_path`, by its paths, as what stands under a path always is.
    `now`, in epoch seconds, says which memberships are over. Raises NotFound, InvalidValue.
    """
    planter = _Planter(directory, now)
    if name is None:
        return planter.by_path("/") if by_path else planter.by_group()
    if name.startswith("/"):
        PATH_PREFIX.check(name)
        node = planter.by_path(name)
        if not node.children:
            raise NotFound(f"nothing here stands under the path {shown(name)}")
        return node
    if by_path:
        raise InvalidValue(
            "a tree by path is of all, or of what stands under a path",
            hint="write a path such as /eng/, or leave --by out",
        )
    section, found = _one_of(directory, name)
    if section == "groups":
        return planter.group(directory.group(found))
    if section == "roles":
        role = directory.role(found)
        return planter.role(role, planter.trusting("role", found))
    return planter.user(directory.user(found), planter.trusting("user", found))


def _one_of(directory: Directory, name: str) -> tuple[str, str]:
    """The section and name of the user, group or role that a text means."""
    bearers = [s for s in ("groups", "users", "roles") if name in directory.section(s)]
    if len(bearers) == 1:
        return bearers[0], name
    found = find_anything(directory, name)
    if found.section not in ("users", "groups", "roles"):
        raise InvalidValue(
            f"{shown(name)} is no user, group or role", hint=f"see it with: iamctl show {name}"
        )
    return found.section, found.name


class _Planter:
    """Makes the nodes of one directory at one time."""

    def __init__(self, directory: Directory, now: int) -> None:
        self._directory = directory
        self._now = now

    def by_group(self) -> Node:
        """Groups, then users that are in none, then roles."""
        directory = self._directory
        grouped = {
            member.user
            for group in directory.groups.values()
            for member in group.members
            if member.is_current(self._now)
        }
        groups = _under("/", directory.groups.values())
        alone = [u for u in _under("/", directory.users.values()) if u.name not in grouped]
        roles = _under("/", directory.roles.values())
        lone = Node("", "users in no group", children=tuple(self.user(user) for user in alone))
        return self._root(
            [*map(self.group, groups), *([lone] if alone else ()), *map(self.role, roles)]
        )

    def by_path(self, prefix: str) -> Node:
        """Users, groups, roles and policies under a path, as its folders."""
        held: dict[str, list[Node]] = {}
        for section in _BY_PATH:
            entities = cast("Mapping[str, Entity]", self._directory.section(section))
            for entity in _under(prefix, entities.values()):
                node = Node(KINDS[section], entity.name, self._directory.arn(entity))
                held.setdefault(entity.path, []).append(node)
        return self._root(_folders(held))

    def _root(self, children: Iterable[Node]) -> Node:
        account = self._directory.account
        alias = (account.alias,) if account.alias else ()
        return Node("account", account.id, notes=alias, children=tuple(children))

    def group(self, group: Group) -> Node:
        """A group: its members, then its policies."""
        members = tuple(self._member(m.user, m.until) for m in group.members)
        notes = () if members else ("no members",)
        arn = self._directory.arn(group)
        children = (*members, *self._policies(group))
        return Node("group", group.name, arn, notes=notes, children=children)

    def _member(self, name: str, until: int | None) -> Node:
        user = self._directory.users.get(name)
        notes = () if user is None else self._notes(user)
        own = 0 if user is None else len(user.policies) + len(user.inline)
        notes += (f"{_counted(own, 'policy', 'policies')} of its own",) if own else ()
        arn = "" if user is None else self._directory.arn(user)
        return Node("user", name, arn, until, (*self._end(until), *notes))

    def _end(self, until: int | None) -> tuple[str, ...]:
        if until is None:
            return ()
        return (f"{'until' if self._now < until else 'ended'} {format_instant(until)}",)

    def _notes(self, user: User) -> tuple[str, ...]:
        keys = user.keys.values()
        return ("every key inactive",) if keys and not any(key.active for key in keys) else ()

    def user(self, user: User, trusting: tuple[Node, ...] = ()) -> Node:
        """A user: its groups with their policies, its own policies, its keys and devices, then the
        roles that trust it, if these are given."""
        directory = self._directory
        groups = (
            Node("group", group.name, directory.arn(group), member.until, self._end(member.until),
                 tuple(self._policies(group)))
            for group, member in directory.groups_of(user.name)
        )  # fmt: skip
        keys = (
            Node("key", key.id, notes=() if key.active else ("inactive",))
            for key in user.keys.values()
        )
        devices = (
            Node("mfa", device.name, directory.arn(device))
            for device in directory.devices_of(user.name)
        )
        children = (*groups, *self._policies(user), *keys, *devices, *trusting)
        return Node("user", user.name, directory.arn(user), None, self._notes(user), children)

    def role(self, role: Role, trusting: tuple[Node, ...] = ()) -> Node:
        """A role: its policies, whom it trusts, then the roles that trust it, if given."""
        trust = trust_in(self._directory, role)
        children = (*self._policies(role), *self._trusted(trust), *trusting)
        arn = self._directory.arn(role)
        return Node("role", role.name, arn, None, _denying(trust), children)

    def _trusted(self, trust: Trust) -> Iterator[Node]:
        for one in trust.trusted:
            notes = _conditions(one.conditions)
            if one.name == f"account/{self._directory.account.id}":
                notes = ("this one: whom its own policies let", *notes)
            arn = one.principal if one.principal.startswith("arn:") else ""
            yield Node("trusts", one.name, arn, notes=notes)

    def trusting(self, kind: str, name: str) -> tuple[Node, ...]:
        """The roles whose trust policy names a user or role."""
        found = []
        for role in _under("/", self._directory.roles.values()):
            trust = trust_in(self._directory, role)
            for one in trust.trusted:
                if (one.kind, one.name) == (kind, f"{kind}/{name}"):
                    notes = (*_conditions(one.conditions), *_denying(trust))
                    arn = self._directory.arn(role)
                    found.append(Node("trusted by", f"role/{role.name}", arn, notes=notes))
        return tuple(found)

    def _policies(self, entity: User | Group | Role) -> Iterator[Node]:
        for name, arn in attached(self._directory, entity.section, entity.name):
            yield Node("policy", name, arn, notes=("AWS's",) if is_aws_managed(arn) else ())
        for name in entity.inline:
            yield Node("inline policy", name)
        boundary = getattr(entity, "boundary", None)
        if boundary is not None:
            name, arn = attachment(self._directory, boundary)
            notes = ("AWS's",) if is_aws_managed(arn) else ()
            yield Node("boundary", name, arn, notes=notes)


def _under(prefix: str, entities: Iterable[E]) -> list[E]:
    """The entities under a path, by name."""
    found = [entity for entity in entities if entity.path.startswith(prefix)]
    return sorted(found, key=lambda entity: (entity.name.lower(), entity.name))


def _folders(held: Mapping[str, list[Node]]) -> tuple[Node, ...]:
    """What stands under `/`: each path below the longest other one that something stands under."""
    inner: dict[str, list[Node]] = {}
    for path in sorted(held, key=lambda path: (-len(path), path)):
        if path != "/":
            node = Node("path", path, children=(*inner.pop(path, ()), *held[path]))
            above = path[:-1].rpartition("/")[0] + "/"
            while above != "/" and above not in held:
                above = above[:-1].rpartition("/")[0] + "/"
            inner.setdefault(above, []).append(node)
            inner[above].sort(key=lambda node: node.name)
    return (*inner.get("/", ()), *held.get("/", ()))


def _conditions(conditions: tuple[Condition, ...]) -> tuple[str, ...]:
    return (str(Hinge(conditions)),) if conditions else ()


def _denying(trust: Trust) -> tuple[str, ...]:
    if not trust.denies:
        return ()
    one, many = "statement of its trust policy denies", "statements of its trust policy deny"
    return (f"{_counted(trust.denies, one, many)} again",)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
