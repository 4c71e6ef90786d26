"""Marks made of YAML's nodes: see `marks`, which reads them without a parser of YAML."""

from typing import cast

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from iamctl.store.index.marks import Marks


def marks_of(node: Node, key: Node | None, line: int) -> Marks:
    """The marks of a node and of all below it, without merge keys; `line` is what they count from.

    `key` is its key's node in a mapping, None for a root or an item of a list.
    """
    writer = _Writer(line)
    writer.put(node, key)
    return writer.marks


class _Writer:
    def __init__(self, line: int) -> None:
        self.marks: Marks = []
        self._line = line

    def put(self, node: Node, key: Node | None) -> None:
        self._one(node, key, ())
        self._below(node)

    def _below(self, node: Node) -> None:
        if isinstance(node, MappingNode):
            for key, value in node.value:
                self._one(value, key, ())
                if value.__class__ is not ScalarNode:
                    self._below(value)
        elif isinstance(node, SequenceNode):
            for item in node.value:
                name = _item_name(item)
                self._one(item, None, () if _tells(item, name) else (name,))
                self._below(item)

    def _one(self, node: Node, key: Node | None, name: tuple[str | None, ...]) -> None:
        mark = (key or node).start_mark
        line, column = mark.line, mark.column
        lines, down, across = line - self._line, 0, 0
        if key is not None and node.__class__ is ScalarNode and node.value != "":
            own = node.start_mark
            down, across = own.line - line, own.column - column
        self._line = line
        if not down and not name and lines >= 0 and column < 256 and 0 <= across < 256:
            self.marks.append(lines << 16 | column << 8 | across)
        else:
            self.marks.append([lines, column, down, across, *name])


def _item_name(item: Node) -> str | None:
    """What `Tree` calls an item of a list: the text itself, or the first `user` in it."""
    if isinstance(item, MappingNode):
        item = next((value for key, value in item.value if key.value == "user"), item)
    return cast(str, item.value) if isinstance(item, ScalarNode) else None


def _tells(item: Node, name: str | None) -> bool:
    """Whether the plain value of an item has its name for certain: numbers are written in many
    ways, and only a quoted text or one that starts with a letter is none."""
    if name is None:
        return True
    if isinstance(item, MappingNode):
        item = next(value for key, value in item.value if key.value == "user")
    return bool(cast(ScalarNode, item).style) or (
        name[:1].isalpha() and name not in ("true", "false")
    )
