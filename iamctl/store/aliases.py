"""Aliases: which nodes they share, and that following them stays bounded."""

from typing import cast

from yaml.nodes import MappingNode, Node, ScalarNode

from iamctl.domain.source import Problem, Source

MAX_DEPTH = 100
MAX_ALIASED_NODES = 1_000_000


def shared_nodes(root: Node, file: str) -> tuple[frozenset[int], tuple[Problem, ...]]:
    """The ids of nodes that aliases point to, and what makes them unfit to follow: an alias
    inside its own anchor, too many values, too many levels."""
    walk = _AliasWalk(file)
    walk.visit(root)
    return frozenset(walk.shared), () if walk.problem is None else (walk.problem,)


class _AliasWalk:
    """Counts, without expanding anything, the nodes a reader would meet through aliases."""

    def __init__(self, file: str) -> None:
        self.shared: set[int] = set()
        self.problem: Problem | None = None
        self._file = file
        self._sizes: dict[int, int] = {}  # 0 while the node is being walked
        self._depths: dict[int, int] = {}

    def visit(self, root: Node) -> None:
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack and self.problem is None:
            node, leaving = stack.pop()
            if leaving:
                self._leave(node)
            elif id(node) in self._sizes:
                self.shared.add(id(node))
                if self._sizes[id(node)] == 0:
                    self._fail("an alias stands inside the very value it points to", node)
            elif isinstance(node, ScalarNode):
                self._sizes[id(node)] = self._depths[id(node)] = 1
            else:
                self._sizes[id(node)] = 0
                stack.append((node, True))
                stack.extend((child, False) for child in _children(node))
        if self.problem is None and self._sizes[id(root)] - len(self._sizes) > MAX_ALIASED_NODES:
            self._fail(f"aliases add more than {MAX_ALIASED_NODES:,} values to this file", root)

    def _leave(self, node: Node) -> None:
        children = _children(node)
        self._sizes[id(node)] = 1 + sum(self._sizes[id(child)] for child in children)
        depth = 1 + max((self._depths[id(child)] for child in children), default=0)
        self._depths[id(node)] = depth
        if depth > MAX_DEPTH:
            self._fail(f"nested more than {MAX_DEPTH} levels deep through aliases", node)

    def _fail(self, message: str, node: Node) -> None:
        mark = node.start_mark
        self.problem = Problem(
            "error", "alias", message, source=Source(self._file, mark.line + 1, mark.column + 1),
            hint="write the values out where they are used",
        )  # fmt: skip


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return cast(list[Node], node.value)
