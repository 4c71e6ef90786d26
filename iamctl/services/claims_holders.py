"""Everybody who can do something on some resource of a pattern: by itself and through roles."""

from collections.abc import Iterator

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import SourcePolicy
from iamctl.services.access import PLAIN, Target
from iamctl.services.claims_ways import Context, Way, Ways, frozen, way_of
from iamctl.services.everybody import Asked, Kind
from iamctl.services.subjects import role_subject
from iamctl.services.who_can import ASSUME_ROLE, FEDERATED_ASSUMES, Holder

_SURE = "allowed"


class Held(NamedTuple):
    """Somebody who can, and how; `path` holds the roles to be assumed, in their order."""

    kind: Kind
    name: str
    way: Way
    path: tuple[str, ...] = ()


class Holders:
    """Answers for one directory at one time; what was once found out is kept."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        self._found: dict[object, list[Held]] = {}
        self._assuming: dict[object, list[Holder]] = {}
        self._roles: dict[object, list[tuple[Asked, tuple[str, ...]]]] = {}

    def of(self, action: str, resource: str, context: Context) -> list[Held]:
        """Users, roles and outsiders who can, each with its surest way."""
        key = (action, resource, frozen(context))
        if key not in self._found:
            self._found[key] = list(self._everybody(action, resource, context))
        return self._found[key]

    def _everybody(self, action: str, resource: str, context: Context) -> Iterator[Held]:
        found: dict[tuple[Kind, str], Held] = {}
        for asked in (
            *self.ways.who_can(context).everybody(),
            *self._outsiders(action, resource, context),
        ):
            way = self.ways.possible(asked, action, resource, context)
            if way is not None:
                _keep(found, Held(asked.kind, asked.name, way))
        for role in [held for held in found.values() if held.kind == "role"]:
            for holder in self.assuming(role.name, context):
                _keep(found, _through(holder, role))
        yield from found.values()

    def _outsiders(self, action: str, resource: str, context: Context) -> Iterator[Asked]:
        who_can, ways = self.ways.who_can(context), self.ways
        if ways.places.is_exact(action, resource):
            yield from who_can.outsiders(ways.target(action, resource, context))
            return
        policies = tuple(self._policies(action))
        target = Target(action, resource, None, policies, (), {}, PLAIN, ())
        yield from who_can.outsiders(target)

    def _policies(self, action: str) -> Iterator[SourcePolicy]:
        """The policies of all resources, and for sts those of roles: they let outsiders in."""
        own = self.ways.access.own
        for arn in own.directory.resources:
            yield from own.resource(arn) or ()
        if action.lower().startswith("sts:"):
            for name in own.directory.roles:
                yield from own.trust(name)

    def assuming(self, role: str, context: Context, direct: bool = False) -> list[Holder]:
        """Who may assume a role; unless `direct`, through other roles, too."""
        key = (role, frozen(context), direct)
        if key not in self._assuming:
            arn = self.ways.access.directory.arn(self.ways.access.directory.role(role))
            who_can = self.ways.who_can(context)
            found = who_can.holders(self.ways.target(ASSUME_ROLE, arn, context), direct)
            for action in FEDERATED_ASSUMES:
                found += who_can.holders(self.ways.target(action, arn, context), direct=True)
            self._assuming[key] = found
        return self._assuming[key]

    def roles_of(self, asked: Asked, context: Context) -> list[tuple[Asked, tuple[str, ...]]]:
        """The roles that a principal may come to hold, each with the path to it."""
        key = (asked.kind, asked.name, frozen(context))
        if key not in self._roles:
            self._roles[key] = list(self._reached(asked, context))
        return self._roles[key]

    def _reached(self, asked: Asked, context: Context) -> Iterator[tuple[Asked, tuple[str, ...]]]:
        own = self.ways.access.own
        left = dict(own.directory.roles)
        left.pop(asked.name if asked.kind == "role" else "", None)
        waiting: list[tuple[Asked, tuple[str, ...]]] = [(asked, ())]
        for who, path in waiting:  # grows while it is walked: the shortest path comes first
            for name, role in list(left.items()):
                for action in (ASSUME_ROLE, *FEDERATED_ASSUMES):
                    way = self.ways.possible(who, action, own.directory.arn(role), context)
                    if way is not None:
                        del left[name]
                        step = Asked("role", name, role_subject(own, role)), (*path, name)
                        waiting.append(step)
                        yield step
                        break


def _keep(found: dict[tuple[Kind, str], Held], held: Held) -> None:
    """Take a way in, unless one is known that is as sure."""
    known = found.get((held.kind, held.name))
    if known is None or (known.way.verdict != _SURE and held.way.verdict == _SURE):
        found[held.kind, held.name] = held


def _through(holder: Holder, role: Held) -> Held:
    """Somebody who may assume a role that can: the statement is the one that grants the role."""
    step = way_of("", holder.finding)
    verdicts = {step.verdict, role.way.verdict}
    verdict = next((v for v in ("unknown", "conditional") if v in verdicts), _SURE)
    way = role.way._replace(
        verdict=verdict,
        conditions=tuple(dict.fromkeys((*step.conditions, *role.way.conditions))),
        unread=tuple(dict.fromkeys((*step.unread, *role.way.unread))),
    )
    return Held(holder.kind, holder.name, way, (*holder.path, role.name))
