"""A graph in Graphviz's language, and the style of the picture that is laid out from it."""

from collections.abc import Iterator

from iamctl.rendering.escape import printable
from iamctl.rendering.graph_legend import ARROWS, edge_label, legend
from iamctl.services.graph import Graph, Node

_SHAPES = {"user": "box", "group": "box3d", "role": "hexagon", "policy": "note", "managed": "note",
           "action": "cds"}  # fmt: skip
_COLOURS = {
    "user": ("#e3f2fd", "#1565c0"),
    "group": ("#e8f5e9", "#2e7d32"),
    "role": ("#fff3e0", "#e65100"),
    "policy": ("#f3e5f5", "#6a1b9a"),
    "managed": ("#f3e5f5", "#6a1b9a"),
}
"""Kind -> what it is filled with and its border; grey for all others."""

_DRAWN = {"solid": "---->", "dashed": "- - ->", "dotted": ". . .>", "bold": "====>"}
_CHANGED = {"gained": "#2e7d32", "lost": "#c62828"}
_OTHER = ("#eceff1", "#455a64")
_STYLE = """\
<style>
  text { fill: #1c252a; font-family: Arial, Helvetica, sans-serif }
  .edge path, .edge polygon { stroke: #546e7a }
  .edge polygon { fill: #546e7a }
  @media (prefers-color-scheme: dark) {
    svg { background: #14191c }
    text { fill: #eceff1 }
    .edge path, .edge polygon { stroke: #90a4ae }
    .edge polygon { fill: #90a4ae }
    .node polygon, .node path, .node ellipse { fill: #263238; stroke: #90a4ae }
    .user polygon { fill: #12304d; stroke: #64b5f6 }
    .group polygon { fill: #17381a; stroke: #81c784 }
    .role polygon { fill: #4a2a0c; stroke: #ffb74d }
    .policy polygon, .managed polygon { fill: #3a1a4a; stroke: #ce93d8 }
    .group polyline { stroke: #81c784 }
    .policy polyline, .managed polyline { stroke: #ce93d8 }
  }
  .gained path, .gained polygon { stroke: #43a047 }
  .gained polygon { fill: #43a047 }
  .lost path, .lost polygon { stroke: #e53935 }
  .lost polygon { fill: #e53935 }
</style>
"""


def dot(graph: Graph, background: str = "transparent") -> str:
    """The text for Graphviz, a legend among it."""
    return "".join(f"{line}\n" for line in _lines(graph, background))


def styled(svg: str) -> str:
    """A picture that Graphviz made, in light or dark as its reader has it."""
    head, tag, rest = svg.partition('<g id="graph0"')
    return head + _STYLE + tag + rest


def _lines(graph: Graph, background: str) -> Iterator[str]:
    yield "digraph iamctl {"
    yield f'  graph [rankdir=LR, bgcolor="{background}", ranksep=1.0, nodesep=0.15]'
    yield '  node [fontname="Arial", fontsize=12, style=filled, margin="0.15,0.06"]'
    yield '  edge [fontname="Arial", fontsize=10, color="#546e7a"]'
    ids = {node.id: f"n{number}" for number, node in enumerate(graph.nodes, 1)}
    for node in graph.nodes:
        yield f"  {ids[node.id]} [{_attributes(node)}]"
    for edge in graph.edges:
        text = edge_label(edge)
        label = f", label={_quoted(text)}" if text else ""
        arrow = f"style={ARROWS[edge.kind]}, tooltip={_quoted(edge.kind)}"
        if edge.change:
            colour = _CHANGED[edge.change]
            arrow += f', class="{edge.change}", color="{colour}", fontcolor="{colour}"'
        yield f"  {ids[edge.source]} -> {ids[edge.target]} [{arrow}{label}]"
    yield from _legend(graph)
    yield "}"


def _attributes(node: Node) -> str:
    fill, border = _COLOURS.get(node.kind, _OTHER)
    tooltip = f"{node.kind}: {', '.join(node.names)}"
    return (
        f"label={_label(node)}, shape={_SHAPES.get(node.kind, 'box')},"
        f' fillcolor="{fill}", color="{border}", class="{node.kind}", tooltip={_quoted(tooltip)}'
    )


def _label(node: Node) -> str:
    """The label; of many the number stands above the names."""
    count, colon, names = node.label.partition(": ")
    if len(node.names) == 1 or not colon:
        return _quoted(node.label)
    return f'"{_escaped(count)}\\n{_escaped(names)}"'


def _legend(graph: Graph) -> Iterator[str]:
    lines = [f"{_DRAWN[ARROWS[kind]]} {words}" for kind, words in legend(graph)]
    if lines:
        text = "".join(f"{_escaped(line)}\\l" for line in lines)
        yield f'  legend [shape=box, style=rounded, fontsize=10, fontname="Arial", label="{text}"]'


def _quoted(text: str) -> str:
    """A string in which Graphviz sees no escape of its own, no line end and no HTML."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
