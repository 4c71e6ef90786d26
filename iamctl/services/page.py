"""A directory for a page that a person clicks through: every identity with what is around it,
what it can do and why, and who may begin a session of it.
"""

from collections.abc import Collection, Iterator

from iamctl.domain.change import KINDS
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Entity, Role, User
from iamctl.domain.tuples import NamedTuple
from iamctl.services.access import PLAIN, Access
from iamctl.services.graph import Graph, compared, everything, recreated_in
from iamctl.services.page_abilities import Abilities, Ability
from iamctl.services.subjects import role_subject, user_subject
from iamctl.services.who_can import ASSUME_ROLE, FEDERATED_ASSUMES, Holder, Progress, WhoCan

_SECTIONS = ("users", "roles", "groups", "policies")


class Identity(NamedTuple):
    """Something to look up. `id` and `kind` are those of its Node; `entity` is None for what is
    no entity of the directory with policies. `ability` is a place in the page's abilities, None
    for what acts as nobody; `holders` may begin a session of a role by themselves. `change` is
    new, gone or recreated where two states are compared."""

    id: str
    kind: str
    name: str
    entity: Entity | None = None
    arn: str = ""
    ability: int | None = None
    holders: tuple[Holder, ...] = ()
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
    before: Directory | None = None,
) -> Page:
    """The page of a directory; `told` how many of how many principals have been asked.

    Compared with an earlier state, `before`, it has what is gone too, of which nothing is asked.
    May raise what loading other accounts' files does.
    """
    directory = access.directory
    abilities, who = Abilities(access), WhoCan(access, PLAIN)
    total = len(directory.users) + len(directory.roles)
    identities: list[Identity] = []
    for identity in _entities(access.directory):
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
    if before is not None:
        recreated = recreated_in(before, directory)
        identities = list(_marked(identities, before, recreated))
        around = compared(everything(before, access.now), around, recreated)
    identities += _others(around, {identity.id for identity in identities})
    account = directory.account
    return Page(
        account.id, account.alias, access.now, tuple(identities), tuple(abilities.found), around
    )


def _marked(
    identities: list[Identity], before: Directory, recreated: Collection[str]
) -> Iterator[Identity]:
    """Those that are, with what became of them, then those that are gone."""
    was = {identity.id: identity for identity in _entities(before)}
    for identity in identities:
        change = "recreated" if identity.id in recreated else ""
        yield identity._replace(change=change if identity.id in was else "new")
    now = {identity.id for identity in identities}
    for identity in was.values():
        if identity.id not in now:
            yield identity._replace(change="gone")


def _entities(directory: Directory) -> Iterator[Identity]:
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
