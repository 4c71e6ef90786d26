"""A graph as a Mermaid flowchart, which GitHub and GitLab draw in Markdown."""

from collections.abc import Iterator

from iamctl.rendering.escape import printable
from iamctl.rendering.graph_legend import ARROWS, edge_label, legend
from iamctl.services.graph import Graph, Node

_SHAPES = {
    "user": ("([", "])"),
    "group": ("[[", "]]"),
    "role": ("{{", "}}"),
    "policy": ("[/", "/]"),
    "managed": ("[/", "/]"),
    "action": (">", "]"),
}
"""Kind -> what stands around its label; a box for all others."""

MOST_EDGES, MOST_TEXT = 500, 50_000
"""The most edges and characters that Mermaid draws as it comes and GitHub leaves it (its options
maxEdges and maxTextSize)."""

_ARROWS = {"solid": "-->", "dashed": "-.->", "dotted": "-.-o", "bold": "==>"}
_CLASSES = """\
    classDef user fill:#e3f2fd,stroke:#1565c0,color:#0d2b4e
    classDef group fill:#e8f5e9,stroke:#2e7d32,color:#12361a
    classDef role fill:#fff3e0,stroke:#e65100,color:#5a2200
    classDef policy fill:#f3e5f5,stroke:#6a1b9a,color:#2f0b47
    classDef other fill:#eceff1,stroke:#455a64,color:#1c252a
"""


def mermaid(graph: Graph) -> str:
    """The text of the flowchart: a node a line, an edge a line, then what the arrows mean."""
    return "".join(f"{line}\n" for line in _lines(graph))


def is_too_much(graph: Graph, text: str) -> bool:
    """Whether Mermaid would say so, and draw nothing; `text` is that of the graph's flowchart."""
    return len(graph.edges) + len(legend(graph)) > MOST_EDGES or len(text) > MOST_TEXT


def _lines(graph: Graph) -> Iterator[str]:
    yield "flowchart LR"
    ids = {node.id: f"n{number}" for number, node in enumerate(graph.nodes, 1)}
    for node in graph.nodes:
        before, after = _SHAPES.get(node.kind, ("[", "]"))
        yield f'    {ids[node.id]}{before}"{_text(_label(node))}"{after}:::{_class(node)}'
    for edge in graph.edges:
        arrow = _ARROWS[ARROWS[edge.kind]]
        text = edge_label(edge)
        label = f'|"{_text(text)}"|' if text else ""
        yield f"    {ids[edge.source]} {arrow}{label} {ids[edge.target]}"
    yield from _legend(graph)
    yield from _CLASSES.splitlines()


def _legend(graph: Graph) -> Iterator[str]:
    arrows = legend(graph)
    if arrows:
        yield "    subgraph arrows"
        for number, (kind, words) in enumerate(arrows):
            yield f'        from{number}[" "] {_ARROWS[ARROWS[kind]]} to{number}["{words}"]'
        yield "    end"


def _label(node: Node) -> str:
    return node.label if len(node.names) > 1 else f"{node.kind} {node.label}"


def _class(node: Node) -> str:
    kind = {"managed": "policy"}.get(node.kind, node.kind)
    return kind if kind in ("user", "group", "role", "policy") else "other"


def _text(text: str) -> str:
    """A label in quotes: what Mermaid, Markdown or HTML could obey as its code point."""
    return "".join(
        char if char.isalnum() or char in " -_./:,@+=…" else f"#{ord(char)};"
        for char in printable(text)
    )
