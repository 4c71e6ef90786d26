"""A directory file's bytes read by the declared shape: a Directory, or everything wrong."""

from typing import NamedTuple, cast

from yaml.nodes import Node, ScalarNode

from iamctl.domain import shape as shapes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Address, Plain, Problem
from iamctl.store.reading import INTEGER, Reading
from iamctl.store.tree import PausedCollector, Tree, parse_tree


class ReadResult(NamedTuple):
    """What a file holds and all that is wrong with its shape, in the file's order.

    `directory` is None when any problem is an error, `tree` when the file is no YAML. `partial`
    is the directory as far as it could be read, for telling what else is wrong: never for
    decisions or edits.
    """

    directory: Directory | None
    tree: Tree | None
    problems: tuple[Problem, ...]
    partial: Directory | None = None

    def required(self) -> Directory:
        """The directory; raises InvalidDirectory with all problems where there is none."""
        if self.directory is None:
            raise InvalidDirectory.of(self.problems)
        return self.directory


def read_directory(data: bytes, file: str) -> ReadResult:
    """Reads a directory file's bytes; bad content is told in `problems`, never raised.

    What is wrong inside documents, times and references is not looked at here: the Directory
    reads entities when they are asked for, and `domain.invariants` checks them all. Bytes alone
    lead to no other files: a directory that includes some is no directory without them.
    """
    result = read_file(data, file)
    if not included(result):
        return result
    tree = cast(Tree, result.tree)
    apart = Problem(
        "error",
        "include",
        "the files that this one includes cannot be found from here",
        ("include",),
        tree.locate(("include",)),
        "name the file, in its folder",
    )
    return result._replace(directory=None, problems=(*result.problems, apart))


def included(result: ReadResult) -> list[str]:
    """What `include` names in a file, as it stands there; without what breaks the rule of such
    names, which is told already and may lead anywhere."""
    listed = result.partial.plain.get("include") if result.partial else None
    if not isinstance(listed, list):
        return []
    wrong = {p.at for p in result.problems if p.severity == "error" and p.at[:1] == ("include",)}
    return [str(item) for item in listed if item and ("include", item) not in wrong]


def read_file(data: bytes, file: str, shape: Shape = shapes.ROOT) -> ReadResult:
    """Reads the bytes of one file of a directory, whatever others there are.

    `shape` is `ROOT` for the main file, `PART` for one that it includes.
    """
    with PausedCollector():
        try:
            tree = parse_tree(data, file)
        except InvalidDirectory as error:
            return ReadResult(None, None, error.problems)
        newer = _newer_version(tree) if shape is shapes.ROOT else None
        if newer is not None:
            return ReadResult(None, tree, (newer,))
        reading = Reading(file)
        plain = reading.read(shape, tree.root, ())
    problems = reading.in_order()
    if shape is shapes.ROOT and _is_part(tree):
        problems = _told_as_part(problems, tree)
    directory = Directory(cast(dict[str, Plain], plain), tree.locate, file)
    broken = any(problem.severity == "error" for problem in problems)
    return ReadResult(None if broken else directory, tree, problems, directory)


def load_directory(data: bytes, file: str) -> Directory:
    """The directory of a file's bytes; raises InvalidDirectory with all its problems."""
    return read_directory(data, file).required()


def load_checked(data: bytes, file: str) -> Directory:
    """The directory of a file's bytes that breaks none of its own rules, for decisions.

    Raises InvalidDirectory with all its problems.
    """
    return checked(load_directory(data, file))


def checked(directory: Directory) -> Directory:
    """A directory, unless it breaks its own rules: a wrong yes may hang on one.

    Raises InvalidDirectory with all its problems.
    """
    # Imported here, since edits check what they touch alone.
    from iamctl.domain.invariants import check_all

    errors = tuple(p for p in check_all(directory) if p.severity == "error")
    if errors:
        raise InvalidDirectory.of(errors)
    return directory


def read_value(
    shape: Shape, node: Node, at: Address = (), file: str = ""
) -> tuple[Plain, tuple[Problem, ...]]:
    """The plain value of a node that should have the shape, and what is wrong with it."""
    reading = Reading(file)
    plain = reading.read(shape, node, at)
    return plain, reading.in_order()


def _is_part(tree: Tree) -> bool:
    """Whether a file holds sections alone, as one that another includes does."""
    keys = {key.value for key, _ in tree.root.value}
    return not keys.isdisjoint(shapes.PART.fields) and keys.isdisjoint(shapes.MAIN_ONLY)


def _told_as_part(problems: tuple[Problem, ...], tree: Tree) -> tuple[Problem, ...]:
    """The problems of a part that was taken for a directory: what it cannot have is not lacking."""
    apart = Problem(
        "error",
        "part",
        'this is a part of a directory at most: it lacks "iamctl" and "account"',
        ("iamctl",),
        tree.source(tree.root),
        "name the file that includes it; one that stands alone starts with `iamctl: 1`",
    )
    needed = [(name,) for name in shapes.ROOT.required]
    others = (p for p in problems if not (p.code == "missing-key" and p.at in needed))
    return (apart, *others)


def _newer_version(tree: Tree) -> Problem | None:
    """A file of a later format is refused with that alone: its keys may mean anything."""
    node = tree.node_at(("iamctl",))
    if not isinstance(node, ScalarNode) or INTEGER.fullmatch(node.value) is None:
        return None
    if int(node.value) == shapes.FORMAT_VERSION:
        return None
    return Problem(
        "error",
        "format-version",
        f"this file has format version {node.value}; this iamctl reads {shapes.FORMAT_VERSION}",
        ("iamctl",),
        tree.source(node),
        "a newer iamctl may read it" if int(node.value) > shapes.FORMAT_VERSION else None,
    )
