"""A directory for a page that a person clicks through: every identity with what is around it,
what it can do and why, and who may begin a session of it.
"""

from collections.abc import Iterator

from iamctl.domain.change import KINDS
from iamctl.domain.entities import Entity, Role, User
from iamctl.domain.tuples import NamedTuple
from iamctl.services.access import PLAIN, Access
from iamctl.services.graph import Graph, everything
from iamctl.services.page_abilities import Abilities, Ability
from iamctl.services.subjects import role_subject, user_subject
from iamctl.services.who_can import ASSUME_ROLE, FEDERATED_ASSUMES, Holder, Progress, WhoCan

_SECTIONS = ("users", "roles", "groups", "policies")


class Identity(NamedTuple):
    """Something to look up. `id` and `kind` are those of its Node; `entity` is None for what is
    no entity of the directory with policies. `ability` is a place in the page's abilities, None
    for what acts as nobody; `holders` may begin a session of a role by themselves."""

    id: str
    kind: str
    name: str
    entity: Entity | None = None
    arn: str = ""
    ability: int | None = None
    holders: tuple[Holder, ...] = ()


class Page(NamedTuple):
    """All identities, users and roles first; each ability once; all that connects identities.
    `now`, in epoch seconds, is when all this is so."""

    account: str
    alias: str | None
    now: int
    identities: tuple[Identity, ...]
    abilities: tuple[Ability, ...]
    around: Graph


def page_of(access: Access, told: Progress = lambda done, total: None) -> Page:
    """The page of a directory; `told` how many of how many principals have been asked.

    May raise what loading other accounts' files does.
    """
    directory = access.directory
    abilities, who = Abilities(access), WhoCan(access, PLAIN)
    total = len(directory.users) + len(directory.roles)
    identities: list[Identity] = []
    for identity in _entities(access):
        entity = identity.entity
        if isinstance(entity, User | Role):
            told(len(identities), total)
            owner = f"{identity.kind} {identity.name}"
            subject = (
                user_subject(access.own, entity)
                if isinstance(entity, User)
                else role_subject(access.own, entity)
            )
            holders = tuple(_holders(access, who, entity)) if isinstance(entity, Role) else ()
            identity = identity._replace(ability=abilities.number(subject, owner), holders=holders)
        identities.append(identity)
    around = everything(directory, access.now)
    identities += _others(around, {identity.id for identity in identities})
    account = directory.account
    return Page(
        account.id, account.alias, access.now, tuple(identities), tuple(abilities.found), around
    )


def _entities(access: Access) -> Iterator[Identity]:
    directory = access.directory
    for section in _SECTIONS:
        kind = KINDS[section]
        for name in directory.section(section):
            entity = directory.entity(section, name)
            yield Identity(f"{kind}/{name}", kind, name, entity, directory.arn(entity))


def _others(around: Graph, known: set[str]) -> Iterator[Identity]:
    """Whoever is trusted from outside, providers and AWS's own policies."""
    for node in around.nodes:
        if node.id not in known:
            yield Identity(node.id, node.kind, node.names[0])


def _holders(access: Access, who: WhoCan, role: Role) -> Iterator[Holder]:
    """Who can begin a session of a role, by any of the calls that do."""
    found: dict[tuple[str, str], Holder] = {}
    for action in (ASSUME_ROLE, *FEDERATED_ASSUMES):
        target = access.target(action, f"role/{role.name}", PLAIN)
        for holder in who.holders(target, direct=True):
            found.setdefault((holder.kind, holder.name), holder)
    yield from found.values()
