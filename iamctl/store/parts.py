"""A directory in several files: the main file, and the parts that its `include` names."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.names import shown
from iamctl.domain.shape import PART
from iamctl.domain.source import Address, Plain, Problem, Source
from iamctl.store.parts_gather import Text, gather
from iamctl.store.parts_places import Place
from iamctl.store.reader import ReadResult, included, read_file
from iamctl.store.tree import PausedCollector, Tree

NAMED = (*NOUNS, "resources")
"""Sections that several files may share: a name is in one of them."""


class Whole(NamedTuple):
    """A directory read from all its files, the main one first.

    `results` says what each text is alone, in the order of `texts`; `directory`, `problems` and
    `partial` are of all together, as in a ReadResult. `names` are the parts that `include` meant,
    those that could not be read among them; `tree_of` says which file holds an address.
    """

    texts: tuple[Text, ...]
    names: tuple[str, ...]
    results: tuple[ReadResult, ...]
    directory: Directory | None
    problems: tuple[Problem, ...]
    partial: Directory | None
    tree_of: Callable[[Address], Tree | None]

    def required(self) -> Directory:
        """The directory; raises InvalidDirectory with all problems where there is none."""
        if self.directory is None:
            raise InvalidDirectory.of(self.problems)
        return self.directory


def read_whole(main: Text, result: ReadResult, place: Place) -> Whole:
    """The directory whose main file was read as `result`, with the parts that it includes.

    Bad content is told in `problems`, main file first. Raises as `gather`.
    """
    gathered = gather(main, included(result), place)
    with PausedCollector():
        results = (result, *(_part(text) for text in gathered.texts[1:]))
    tree = cast(Tree, result.tree)
    unread = (p._replace(source=tree.locate(p.at)) for p in gathered.problems)
    merging = _Merging(result)
    for part in results[1:]:
        merging.add(part)
    problems = (*result.problems, *unread, *(p for r in results[1:] for p in r.problems),
                *merging.problems)  # fmt: skip
    partial = Directory(merging.plain, merging.locate, main.shown)
    broken = any(problem.severity == "error" for problem in problems)
    return Whole(gathered.texts, gathered.names, results, None if broken else partial, problems,
                 partial, merging.tree_of)  # fmt: skip


def _part(text: Text) -> ReadResult:
    result = read_file(text.data, text.shown, PART)
    if result.tree is not None:
        return result
    hint = "write a section into it, such as `users: {}`, or remove it"
    problems = (p._replace(hint=hint) if p.code in ("empty", "wrong-kind") else p
                for p in result.problems)  # fmt: skip
    return result._replace(problems=tuple(problems))


def read_main(main: Text, place: Place) -> Whole:
    """The directory of a main file, with the parts that it includes, if any. Raises as `gather`."""
    result = read_file(main.data, main.shown)
    return read_whole(main, result, place) if included(result) else alone(main, result)


def alone(main: Text, result: ReadResult) -> Whole:
    """The directory of a main file that includes nothing."""
    return Whole((main,), (), (result,), result.directory, result.problems, result.partial,
                 lambda _at: result.tree)  # fmt: skip


class _Merging:
    """Several files' plain values as one, and where each stands."""

    def __init__(self, main: ReadResult) -> None:
        self.plain: dict[str, Plain] = {}
        self.problems: list[Problem] = []
        self._main = cast(Tree, main.tree)
        self._trees: dict[Address, Tree] = {}
        self.add(main)

    def add(self, result: ReadResult) -> None:
        """Take a file's values in; names that another file has are problems."""
        if result.partial is None or result.tree is None:
            return
        tree = result.tree
        for key, value in cast("Mapping[str, Plain]", result.partial.plain).items():
            if key not in NAMED:
                self._put(self.plain, (key,), value, tree)
                continue
            section = self.plain.setdefault(key, {})
            self._trees.setdefault((key,), tree)
            if isinstance(section, dict) and isinstance(value, dict):
                for name, entity in value.items():
                    self._put(section, (key, name), entity, tree)

    def _put(self, into: dict[str, Plain], at: tuple[str, ...], value: Plain, tree: Tree) -> None:
        first = self._trees.get(at)
        if first is None:
            into[at[-1]] = value
            self._trees[at] = tree
            return
        what = f"{NOUNS.get(at[0], at[0])} {shown(at[1])}" if len(at) > 1 else at[0]
        self.problems.append(
            Problem("error", "duplicate-key", f"{what} stands in {first.locate(at)} already", at,
                    tree.locate(at), "keep one of the two")
        )  # fmt: skip

    def locate(self, at: Address) -> Source:
        """Where the value at an address stands, as each file's tree has it."""
        return self.tree_of(at).locate(at)

    def tree_of(self, at: Address) -> Tree:
        """The file that holds an address, or would be the first to."""
        return self._trees.get(at[:2]) or self._trees.get(at[:1]) or self._main
