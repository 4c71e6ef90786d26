"""The picture of a page: the shapes that a layout program drew, and nothing else that it wrote.

Of its SVG only known elements and attributes are taken, as data; the page makes them anew.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iamctl.domain.errors import StorageFailure
from iamctl.rendering.escape import printable
from iamctl.services.graph import Edge, Graph, Node

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SVG = "{http://www.w3.org/2000/svg}"
_ATTRIBUTES = {
    "polygon": ("points", "stroke-dasharray", "stroke-width"),
    "polyline": ("points",),
    "path": ("d", "stroke-dasharray", "stroke-width"),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "text": ("x", "y", "text-anchor", "font-size"),
}
_VALUE = re.compile(r"[-+A-Za-z0-9., \n]*", re.ASCII)

Drawn = dict[str, Any]
Places = Mapping[str, int]
"""The id of an identity -> its place in the page's list."""


def picture(svg: str, graph: Graph, places: Places) -> Drawn:
    """The picture of a graph, out of the SVG that a layout program made of `dot`'s text.

    `box` holds left, top, width and height. Nodes, the legend last, and edges come in the
    graph's order; `who` are the places of those that a node stands for. Raises StorageFailure for
    what is no such picture.
    """
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(svg.encode())
        groups = {str(group.get("class")).split(" ")[0] + _title(group): group
                  for group in root.iter(f"{_SVG}g")}  # fmt: skip
        lines = {group.get("id"): group for group in root.iter(f"{_SVG}g")}
        ids = {node.id: f"n{number}" for number, node in enumerate(graph.nodes, 1)}
        nodes = [_node(node, groups[f"node{ids[node.id]}"], places) for node in graph.nodes]
        if "nodelegend" in groups:
            nodes.append({"kind": "legend", "who": [], "shapes": _shapes(groups["nodelegend"])})
        at = {node.id: number for number, node in enumerate(graph.nodes)}
        edges = [
            _edge(edge, lines[f"edge{number}"], ids, at)
            for number, edge in enumerate(graph.edges, 1)
        ]
        return {"box": _box(root), "nodes": nodes, "edges": edges}
    except (ElementTree.ParseError, LookupError, ValueError):
        raise StorageFailure("the layout program wrote a picture that cannot be read") from None


def _node(node: Node, group: "Element", places: Places) -> Drawn:
    whom = [node.id] if len(node.names) == 1 else [f"{node.kind}/{name}" for name in node.names]
    return {
        "kind": node.kind,
        "who": [places[name] for name in whom if name in places],
        "shapes": _shapes(group),
    }


def _edge(edge: Edge, group: "Element", ids: Mapping[str, str], at: Places) -> Drawn:
    if _title(group) != f"{ids[edge.source]}->{ids[edge.target]}":
        raise ValueError("edges are not in the order that they were given in")
    return {
        "kind": f"{edge.kind} {edge.change}".rstrip(),
        "ends": [at[edge.source], at[edge.target]],
        "shapes": _shapes(group),
    }


def _title(group: "Element") -> str:
    return group.findtext(f"{_SVG}title") or ""


def _shapes(group: "Element") -> list[list[Any]]:
    """Each shape's element, attributes and text."""
    found = []
    for element in group.iter():
        name = str(element.tag).removeprefix(_SVG)
        taken = {key: element.get(key, "") for key in _ATTRIBUTES.get(name, ()) if element.get(key)}
        if taken and all(map(_VALUE.fullmatch, taken.values())):
            found.append([name, taken, printable(element.text or "") if name == "text" else ""])
    return found


def _box(root: "Element") -> list[float]:
    """What there is to see: the picture's frame, moved as its one group is not moved any more."""
    left, top, width, height = map(float, (root.get("viewBox") or "").split())
    moved = re.search(r"translate\((\S+) (\S+)\)", next(root.iter(f"{_SVG}g")).get("transform", ""))
    if moved is None:
        return [left, top, width, height]
    return [left - float(moved[1]), top - float(moved[2]), width, height]
