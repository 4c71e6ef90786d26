"""A directory as a graph: users, groups, roles, policies and whoever roles trust; edges of
membership, attachment, trust, and of what somebody can do.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from iamctl.domain.arns import is_aws_managed
from iamctl.domain.change import KINDS
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Group, Role, User
from iamctl.domain.errors import InvalidValue
from iamctl.domain.names import shown
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.services.attachments import attached, attachment
from iamctl.services.show import find_anything
from iamctl.services.trusted import Trusted, trust_in
from iamctl.services.who_can import Hinge, Holder

FOLDED_FROM = 4
"""From how many on users of the same edges are drawn as one."""

_NAMED = 3


class Node(NamedTuple):
    """Something to draw. `id` is a word such as `user/alice`; `kind` what it is: user, group, role,
    policy, managed (AWS's policy), account, provider, service, outside or action; `names` those
    that it stands for."""

    id: str
    kind: str
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name, or how many it stands for and who comes first."""
        if len(self.names) == 1:
            return self.names[0]
        return f"{len(self.names)} {self.kind}s: {', '.join(self.names[:_NAMED])}, …"


class Edge(NamedTuple):
    """From whom, to what, by ids; `kind` is member, attached, boundary, trusts (the target trusts
    the source), assumes or can; `label` says under what condition, until when or through whom;
    `change` is gained or lost where two states are compared and one of them lacks it."""

    source: str
    target: str
    kind: str
    label: str = ""
    change: str = ""


class Graph(NamedTuple):
    """Nodes in an order of their own, each edge between two of them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def everything(directory: Directory, now: int) -> Graph:
    """All users, groups, roles, policies in use and whoever is trusted, with every edge.

    `now`, in epoch seconds, says which memberships are over: those are no edges.
    """
    drawing = _Drawing(directory, now)
    return drawing.graph((*drawing.memberships(), *drawing.attachments(), *drawing.trusts()), True)


def people(directory: Directory, now: int) -> Graph:
    """Users, groups and roles, with memberships and trust."""
    drawing = _Drawing(directory, now)
    return drawing.graph((*drawing.memberships(), *drawing.trusts()), True)


def access(directory: Directory, now: int, action: str, holders: Iterable[Holder]) -> Graph:
    """Who can do something, as `WhoCan` says: through which roles, under which conditions."""
    drawing = _Drawing(directory, now)
    edges: dict[Edge, None] = {}
    goal = f"action/{action}"
    drawing.add(goal, "action", action)
    for holder in holders:
        label = "; ".join(map(str, (*holder.finding.hinges, *holder.finding.unread)))
        source = drawing.whoever(holder.kind, holder.name)
        for role in holder.path:
            target = drawing.whoever("role", role)
            edges[Edge(source, target, "assumes")] = None
            source = target
        if not holder.path:
            edges[Edge(source, goal, "can", label)] = None
    return drawing.graph(edges, False)


def assuming(directory: Directory, now: int, holders: Callable[[str], Iterable[Holder]]) -> Graph:
    """Who can become which role; `holders` answers for a role, by its name, who can assume it by
    itself."""
    drawing = _Drawing(directory, now)
    edges = [
        Edge(
            drawing.whoever(holder.kind, holder.name),
            drawing.whoever("role", role),
            "assumes",
            "; ".join(map(str, (*holder.finding.hinges, *holder.finding.unread))),
        )
        for role in directory.roles
        for holder in holders(role)
    ]
    return drawing.graph(edges, False)


def compared(before: Graph, after: Graph, recreated: Collection[str] = ()) -> Graph:
    """Two states in one picture: what only one of them has is gained or lost. Who is `recreated`,
    by id, has lost all it had."""
    old, new = set(before.edges), set(after.edges)

    def stays(edge: Edge) -> bool:
        return not (edge.source in recreated or edge.target in recreated)

    edges = [e if e in old and stays(e) else e._replace(change="gained") for e in after.edges]
    edges += [e._replace(change="lost") for e in before.edges if not (e in new and stays(e))]
    nodes = {node.id: node for node in (*after.nodes, *before.nodes)}
    return Graph(tuple(nodes.values()), tuple(edges))


def recreated_in(before: Directory, after: Directory) -> frozenset[str]:
    """The ids of those that bear the name of another: whose unique id is not what it was."""
    return frozenset(
        f"{KINDS[section]}/{name}"
        for section in ("users", "groups", "roles", "policies")
        for name in after.section(section)
        if name in before.section(section)
        and None
        not in (old := before.entity(section, name).id, new := after.entity(section, name).id)
        and old != new
    )


def node_of(directory: Directory, name: str) -> str:
    """The id that the node of something has. Raises NotFound, InvalidValue."""
    found = find_anything(directory, name)
    return f"{KINDS.get(found.section, found.section)}/{found.name}"


def focused(graph: Graph, directory: Directory, name: str) -> Graph:
    """What leads to something and what it leads to, by any number of steps.

    Raises NotFound for nothing of the directory, InvalidValue for what is not in the graph.
    """
    center = node_of(directory, name)
    if center not in {node.id for node in graph.nodes}:
        raise InvalidValue(
            f"{shown(name)} is not in this picture", hint="--all draws policies and providers too"
        )
    after: dict[str, list[str]] = defaultdict(list)
    before: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        after[edge.source].append(edge.target)
        before[edge.target].append(edge.source)
    kept = _reached(center, after) | _reached(center, before)
    return Graph(
        tuple(node for node in graph.nodes if node.id in kept),
        tuple(edge for edge in graph.edges if edge.source in kept and edge.target in kept),
    )


def folded(graph: Graph, but: str | None = None) -> Graph:
    """Users of the same edges as one node, where there are many; `but` the user of that name."""
    edges_of: dict[str, list[tuple[bool, str, Edge]]] = defaultdict(list)
    for edge in graph.edges:
        edges_of[edge.source].append((True, edge.target, edge._replace(source="", target="")))
        edges_of[edge.target].append((False, edge.source, edge._replace(source="", target="")))
    alike: dict[frozenset[tuple[bool, str, Edge]], list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.kind == "user" and node.names != (but,):
            alike[frozenset(edges_of[node.id])].append(node)
    instead: dict[str, Node] = {}
    for same in alike.values():
        if len(same) >= FOLDED_FROM:
            one = Node(same[0].id, "user", tuple(node.names[0] for node in same))
            instead |= {node.id: one for node in same}
    nodes = dict.fromkeys(instead.get(node.id, node) for node in graph.nodes)
    edges = dict.fromkeys(
        edge._replace(
            source=instead[edge.source].id if edge.source in instead else edge.source,
            target=instead[edge.target].id if edge.target in instead else edge.target,
        )
        for edge in graph.edges
    )
    return Graph(tuple(nodes), tuple(edges))


def gathered(graph: Graph, most: int, but: str | None = None) -> Graph:
    """The graph, or if it has more than `most` edges, one with fewer: users that are drawn alone
    become one node, if that is not enough all users, but the one of that name. Its edges say of
    how many of them they are true."""
    found = graph
    for alone in (True, False):
        if len(found.edges) <= most:
            break
        found = _gathered(
            graph,
            [
                node
                for node in graph.nodes
                if node.kind == "user"
                and node.names != (but,)
                and not (alone and len(node.names) > 1)
            ],
        )
    return found


def _gathered(graph: Graph, nodes: Collection[Node]) -> Graph:
    if len(nodes) < 2:
        return graph
    size = {node.id: len(node.names) for node in nodes}
    one = Node(next(iter(size)), "user", tuple(name for node in nodes for name in node.names))
    edges: dict[Edge, set[str] | None] = {}
    for edge in graph.edges:
        ends = [end for end in (edge.source, edge.target) if end in size]
        if not ends:
            edges[edge] = None
            continue
        source, target = (one.id if end in size else end for end in (edge.source, edge.target))
        whose = edges.setdefault(Edge(source, target, edge.kind, "", edge.change), set())
        assert whose is not None  # an edge of the one node is no other's
        whose.update(ends)
    return Graph(
        tuple(dict.fromkeys(one if node.id in size else node for node in graph.nodes)),
        tuple(
            edge if whose is None else edge._replace(label=_share(whose, size, one))
            for edge, whose in edges.items()
        ),
    )


def _share(whose: Collection[str], size: Mapping[str, int], one: Node) -> str:
    return f"{sum(size[node] for node in whose)} of {len(one.names)}"


class _Drawing:
    """Collects nodes as edges name them."""

    def __init__(self, directory: Directory, now: int) -> None:
        self._directory = directory
        self._now = now
        self._nodes: dict[str, Node] = {}

    def graph(self, edges: Iterable[Edge], whole: bool) -> Graph:
        """The graph of edges; if it is `whole`, with entities that have none."""
        drawn = tuple(dict.fromkeys(edges))
        for section in ("users", "groups", "roles") if whole else ():
            for name in self._directory.section(section):
                self._entity(KINDS[section], name)
        return Graph(tuple(self._nodes.values()), drawn)

    def add(self, word: str, kind: str, name: str) -> str:
        """A node, if it is not there; its id."""
        self._nodes.setdefault(word, Node(word, kind, (name,)))
        return word

    def whoever(self, kind: str, name: str) -> str:
        """The node of a holder."""
        return self.add(name, "outside", name) if kind == "outside" else self._entity(kind, name)

    def _entity(self, kind: str, name: str) -> str:
        return self.add(f"{kind}/{name}", kind, name)

    def memberships(self) -> Iterator[Edge]:
        for group in self._directory.groups.values():
            target = self._entity("group", group.name)
            for member in group.members:
                if member.is_current(self._now):
                    until = "" if member.until is None else f"until {format_instant(member.until)}"
                    yield Edge(self._entity("user", member.user), target, "member", until)

    def attachments(self) -> Iterator[Edge]:
        directory = self._directory
        for section in ("users", "groups", "roles"):
            for entity in directory.section(section).values():
                assert isinstance(entity, User | Group | Role)  # by the section
                source = self._entity(KINDS[section], entity.name)
                for name, arn in attached(directory, section, entity.name):
                    yield Edge(source, self._policy(name, arn), "attached")
                boundary = getattr(entity, "boundary", None)
                if boundary is not None:
                    yield Edge(source, self._policy(*attachment(directory, boundary)), "boundary")

    def _policy(self, name: str, arn: str) -> str:
        if is_aws_managed(arn):
            return self.add(f"managed/{name}", "managed", name)
        return self._entity("policy", name)

    def trusts(self) -> Iterator[Edge]:
        for role in self._directory.roles.values():
            target = self._entity("role", role.name)
            for one in trust_in(self._directory, role).trusted:
                label = str(Hinge(one.conditions)) if one.conditions else ""
                yield Edge(self._trusted(one), target, "trusts", label)

    def _trusted(self, one: Trusted) -> str:
        if one.kind in ("user", "role", "provider"):
            return self._entity(one.kind, one.name.partition("/")[2])
        kind = one.kind if one.kind in ("account", "service") else "outside"
        return self.add(one.name, kind, one.name.removeprefix(f"{kind}/"))


def _reached(center: str, following: dict[str, list[str]]) -> set[str]:
    seen = {center}
    waiting = [center]
    while waiting:
        for name in following[waiting.pop()]:
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return seen
