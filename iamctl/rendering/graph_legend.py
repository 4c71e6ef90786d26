"""What the arrows of a graph mean."""

from iamctl.services.graph import Edge, Graph

ARROWS = {
    "member": "solid",
    "attached": "solid",
    "boundary": "dotted",
    "trusts": "dashed",
    "assumes": "bold",
    "can": "bold",
}
"""Kind of an edge -> how it is drawn."""

_WORDS = {
    "member": "is a member of",
    "attached": "has the policy",
    "boundary": "is bounded by",
    "trusts": "is trusted by",
    "assumes": "can assume",
    "can": "can",
}


def edge_label(edge: Edge) -> str:
    """What stands at an edge: whether it is gained or lost, and its label."""
    return ": ".join(filter(None, (edge.change, edge.label)))


def legend(graph: Graph) -> list[tuple[str, str]]:
    """The kinds of edges in the graph, each with its meaning in words."""
    kinds = {edge.kind for edge in graph.edges}
    return [(kind, words) for kind, words in _WORDS.items() if kind in kinds]
