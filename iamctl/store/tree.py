"""A YAML file as nodes that know their place: bytes in, PyYAML's composed nodes out.

Scalars are left untyped (`reader` types them by the file's shape), so a node's `tag` is empty
unless the file wrote one. Marks count from 0, in characters, without a byte order mark.
"""

import gc
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple, cast

from yaml.composer import Composer
from yaml.error import MarkedYAMLError, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.source import Address, Problem, Source
from iamctl.store.aliases import MAX_DEPTH, shared_nodes
from iamctl.store.syntax import conflict_problems, decode, illegal_character, syntax_problem

MAX_BYTES = 256 * 1024 * 1024
MERGE_KEY = "<<"


class PausedCollector:
    """Pauses Python's garbage collector, which costs more than parsing does."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self._was_on:
            gc.enable()


class _TooDeep(Exception):
    """Collections stand in one another deeper than any directory needs."""

    def __init__(self, parent: Node) -> None:
        self.parent = parent


class _Untyped:
    """The resolver's part of a loader: no tag is guessed, depth is bounded."""

    depth = 0

    resolve = "".format
    """Gives "" whatever it is given: nobody is asked more often."""

    def descend_resolver(self, parent: Node, _index: object) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooDeep(parent)

    def ascend_resolver(self) -> None:
        self.depth -= 1


class PythonLoader(_Untyped, Reader, Scanner, Parser, Composer):
    """Composes without libyaml; slow, for Pythons whose PyYAML was built without it."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)


try:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class Loader(_Untyped, CParser):
        """Composes with libyaml."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)

except ImportError:  # pragma: no cover - every wheel of PyYAML has libyaml
    Loader = PythonLoader  # type: ignore[assignment, misc]


class Step(NamedTuple):
    """One step on the way to a value.

    `key` is the key's node in a mapping, None in a list. `indirect` says that the value is
    reached through an alias or a merge key, so that its text also serves other places.
    """

    key: ScalarNode | None
    node: Node
    indirect: bool


class Tree:
    """A composed file. `text` is what was read, without the byte order mark that `bom` records;
    marks of nodes index it."""

    __slots__ = ("_indexes", "bom", "file", "root", "shared", "text")

    def __init__(
        self, text: str, root: MappingNode, file: str, bom: bool = False,
        shared: frozenset[int] = frozenset(),
    ) -> None:  # fmt: skip
        self.text = text
        self.root = root
        self.file = file
        self.bom = bom
        self.shared = shared  # id() of every node that an alias points to
        self._indexes: dict[int, dict[str, Step]] = {}

    def source(self, node: Node) -> Source:
        """Where a node starts."""
        return Source(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def steps(self, at: Address) -> list[Step]:
        """The steps to an address, as far as they exist: fewer than its length when it is
        missing. In a list of names a text step is an item's name, a number its position."""
        found: list[Step] = []
        node: Node = self.root
        for name in at:
            step = self._step(node, name)
            if step is None:
                break
            found.append(step)
            node = step.node
        return found

    def node_at(self, at: Address) -> Node | None:
        """The node at an address, or None."""
        found = self.steps(at)
        if len(found) < len(at):
            return None
        return found[-1].node if found else self.root

    def locate(self, at: Address) -> Source:
        """Where the value at an address stands: a scalar itself, a collection's key if it has
        one, as with nothing written behind a key; for a missing address its nearest parent."""
        found = self.steps(at)
        if not found:
            return self.source(self.root)
        key, node, _ = found[-1]
        itself = isinstance(node, ScalarNode) and node.value != "" and len(found) == len(at)
        return self.source(node if key is None or itself else key)

    def _step(self, node: Node, name: str | int) -> Step | None:
        if isinstance(node, SequenceNode) and isinstance(name, int):
            items = node.value
            return self._item(items[name]) if 0 <= name < len(items) else None
        if isinstance(node, ScalarNode):
            return None
        index = self._indexes.get(id(node))
        if index is None:
            index = self._indexes[id(node)] = self._index(node)
        return index.get(str(name))

    def _index(self, node: Node) -> dict[str, Step]:
        """The steps out of a collection by name; the first of a repeated name counts."""
        index: dict[str, Step] = {}
        if isinstance(node, MappingNode):
            for key, value, merged in entries(node):
                if isinstance(key, ScalarNode):
                    step = Step(key, value, merged or id(value) in self.shared)
                    index.setdefault(key.value, step)
        else:
            for item in cast(list[Node], node.value):
                name = self._item_name(item)
                if name is not None:
                    index.setdefault(name, self._item(item))
        return index

    def _item(self, item: Node) -> Step:
        return Step(None, item, id(item) in self.shared)

    def _item_name(self, item: Node) -> str | None:
        """The node form of `domain.change.item_name`: the text itself, or its `user`."""
        if isinstance(item, MappingNode):
            step = self._step(item, "user")
            item = step.node if step else item
        return cast(str, item.value) if isinstance(item, ScalarNode) else None


def entries(mapping: MappingNode) -> Iterator[tuple[Node, Node, bool]]:
    """Key, value and whether a merge key brought them, with merge keys carried out.

    Own entries come first; of merged ones the earliest of a name counts, as YAML has it. Merge
    values of a wrong kind are passed over: the reader reports them.
    """
    merges: list[Node] = []
    for key, value in mapping.value:
        if is_merge(key):
            merges.append(value)
        else:
            yield key, value, False
    if not merges:
        return
    seen = {key.value for key, _ in mapping.value if isinstance(key, ScalarNode)}
    for merge in merges:
        for source in merge.value if isinstance(merge, SequenceNode) else (merge,):
            if isinstance(source, MappingNode):
                for key, value, _ in entries(source):
                    if not isinstance(key, ScalarNode) or key.value not in seen:
                        seen.add(key.value if isinstance(key, ScalarNode) else "")
                        yield key, value, True


def is_merge(key: Node) -> bool:
    """Whether a key is a plain `<<`."""
    return key.value == MERGE_KEY and not cast(ScalarNode, key).style


def parse_tree(data: bytes, file: str) -> Tree:
    """The tree of a directory file's bytes; raises InvalidDirectory with what is wrong.

    `file` is the name that places in messages carry. UTF-8 only, with or without a byte order
    mark; one document, a mapping, at most 256 MiB.
    """
    if len(data) > MAX_BYTES:
        _refuse(Problem("error", "too-large", "the file is larger than 256 MiB",
                        source=Source(file, 1, 1)))  # fmt: skip
    text, bom, problem = decode(data, file)
    if problem is not None:
        _refuse(problem)
    _refuse(*conflict_problems(text, file))
    root = _compose(text, file)
    if not isinstance(root, MappingNode):
        _refuse(_not_a_mapping(root, file))
    return Tree(text, cast(MappingNode, root), file, bom, _shared(root, text, file))


def compose_text(text: str, file: str) -> Node | None:
    """The root node of a piece of YAML text, None when it holds none; raises InvalidDirectory."""
    root = _compose(text, file)
    _shared(root, text, file)
    return root


def _shared(root: Node | None, text: str, file: str) -> frozenset[int]:
    if root is None or "&" not in text:
        return frozenset()
    shared, problem = shared_nodes(root, file)
    _refuse(*problem)
    return shared


def _compose(text: str, file: str) -> Node | None:
    with PausedCollector():
        try:
            return Loader(text).get_single_node()
        except _TooDeep as error:
            mark = error.parent.start_mark
            problem = Problem("error", "too-deep", f"nested more than {MAX_DEPTH} levels deep",
                              source=Source(file, mark.line + 1, mark.column + 1))  # fmt: skip
        except MarkedYAMLError as error:
            problem = syntax_problem(error, text, file)
        except YAMLError:
            problem = illegal_character(text, file)
    raise InvalidDirectory.of((problem,))


def _not_a_mapping(root: Node | None, file: str) -> Problem:
    if root is None:
        return Problem("error", "empty", "the file is empty", source=Source(file, 1, 1),
                       hint="`iamctl init` writes a first directory")  # fmt: skip
    kind = "a list" if isinstance(root, SequenceNode) else "a text"
    mark = root.start_mark
    return Problem("error", "wrong-kind", f"a directory is a mapping, not {kind}",
                   source=Source(file, mark.line + 1, mark.column + 1),
                   hint="start the file with `iamctl: 1`")  # fmt: skip


def _refuse(*problems: Problem) -> None:
    if problems:
        raise InvalidDirectory.of(problems)
