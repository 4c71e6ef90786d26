"""A directory for a page that a person clicks through: every identity with what is around it,
what it can do and why, and who may begin a session of it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator

from iamctl.domain.change import KINDS
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Entity, Group, Policy, Role, User
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import SourcePolicy
from iamctl.services.access import PLAIN, Access
from iamctl.services.graph import Graph, compared, everything, recreated_in
from iamctl.services.page_abilities import Abilities, Ability
from iamctl.services.subjects import role_subject, user_subject
from iamctl.services.who_can import ASSUME_ROLE, FEDERATED_ASSUMES, Holder, Progress, WhoCan

_SECTIONS = ("users", "roles", "groups", "policies")


class State(NamedTuple):
    """What an entity is and can do at one time. `ability` is a place in the page's abilities, None
    for what acts as nobody; `holders` may begin a session of a role by themselves; `policies` are
    what a group hands to its members, or the one that a policy is."""

    entity: Entity
    arn: str
    ability: int | None = None
    holders: tuple[Holder, ...] = ()
    policies: tuple[SourcePolicy, ...] = ()


class Identity(NamedTuple):
    """Something to look up. `id` and `kind` are those of its Node. `now` is None for what is gone,
    `was` for what is new and where no two states are compared, both for what is no entity of the
    directory but named in it; `change` is new, gone or recreated where two states are compared."""

    id: str
    kind: str
    name: str
    now: State | None = None
    was: State | None = None
    change: str = ""


class Page(NamedTuple):
    """All identities, users and roles first; each ability once; all that connects identities.
    `now`, in epoch seconds, is when all this is so."""

    account: str
    alias: str | None
    now: int
    identities: tuple[Identity, ...]
    abilities: tuple[Ability, ...]
    around: Graph


def page_of(
    access: Access,
    told: Progress = lambda done, total: None,
    before: Access | None = None,
) -> Page:
    """The page of a directory; `told` how many of how many principals have been asked.

    Compared with an earlier state, `before`, it has what is gone too, and what everybody could do.
    May raise what loading other accounts' files does.
    """
    directory = access.directory
    old = None if before is None else before.directory
    first = 0 if old is None else _principals(old)
    total = first + _principals(directory)
    abilities: list[Ability] = []
    was: dict[str, State] = {}
    if before is not None:
        was = _states(before, abilities, lambda done: told(done, total))
    now = _states(access, abilities, lambda done: told(first + done, total))
    around = everything(directory, access.now)
    recreated: Collection[str] = ()
    if old is not None:
        recreated = recreated_in(old, directory)
        around = compared(everything(old, access.now), around, recreated)
    identities = []
    for id in dict.fromkeys((*now, *was)):
        kind, name = id.split("/", 1)
        change = "" if old is None else _change(id in was, id in now, id in recreated)
        identities.append(Identity(id, kind, name, now.get(id), was.get(id), change))
    identities += _others(around, {identity.id for identity in identities})
    account = directory.account
    return Page(account.id, account.alias, access.now, tuple(identities), tuple(abilities), around)


def _change(was: bool, now: bool, recreated: bool) -> str:
    if not was:
        return "new"
    return "recreated" if recreated else "" if now else "gone"


def _principals(directory: Directory) -> int:
    return len(directory.users) + len(directory.roles)


def _states(
    access: Access, found: list[Ability], told: Callable[[int], object]
) -> dict[str, State]:
    """All entities by their ids, users and roles first; their abilities are added to `found`."""
    first = len(found)
    abilities, who = Abilities(access), WhoCan(access, PLAIN)
    states: dict[str, State] = {}
    for id, state in _entities(access.directory):
        entity = state.entity
        if isinstance(entity, User | Role):
            told(len(states))
            subject = (
                user_subject(access.own, entity)
                if isinstance(entity, User)
                else role_subject(access.own, entity)
            )
            ability = first + abilities.number(subject, id.replace("/", " ", 1))
            holders = tuple(_holders(access, who, entity)) if isinstance(entity, Role) else ()
            state = state._replace(ability=ability, holders=holders)
        elif isinstance(entity, Group):
            state = state._replace(policies=access.own.group(entity.name))
        elif isinstance(entity, Policy):
            state = state._replace(policies=(access.own.policy(entity.name),))
        states[id] = state
    found += abilities.found
    return states


def _entities(directory: Directory) -> Iterator[tuple[str, State]]:
    for section in _SECTIONS:
        for name in directory.section(section):
            entity = directory.entity(section, name)
            yield f"{KINDS[section]}/{name}", State(entity, directory.arn(entity))


def _others(around: Graph, known: set[str]) -> Iterator[Identity]:
    """Whoever is trusted from outside, providers and AWS's own policies; where two states are
    compared, new is what no edge of the earlier one has, gone what none has any more."""
    changes: dict[str, set[str]] = defaultdict(set)
    for edge in around.edges:
        changes[edge.source].add(edge.change)
        changes[edge.target].add(edge.change)
    for node in around.nodes:
        if node.id not in known:
            only = changes[node.id]
            change = "new" if only == {"gained"} else "gone" if only == {"lost"} else ""
            yield Identity(node.id, node.kind, node.names[0], change=change)


def _holders(access: Access, who: WhoCan, role: Role) -> Iterator[Holder]:
    """Who can begin a session of a role, by any of the calls that do."""
    found: dict[tuple[str, str], Holder] = {}
    for action in (ASSUME_ROLE, *FEDERATED_ASSUMES):
        target = access.target(action, f"role/{role.name}", PLAIN)
        for holder in who.holders(target, direct=True):
            found.setdefault((holder.kind, holder.name), holder)
    yield from found.values()
