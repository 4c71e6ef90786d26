"""A directory in several files: the main file, and the parts that its `include` names.

What is included came by git clone like the rest, so it opens nothing but regular files inside the
main file's own folder, reached through no symbolic link: a Place keeps that.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from iamctl import files
from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.names import shown
from iamctl.domain.shape import PART
from iamctl.domain.source import Address, Plain, Problem, Source
from iamctl.files import Stamp
from iamctl.store.parts_find import MOST, matching
from iamctl.store.parts_places import Place
from iamctl.store.reader import ReadResult, included, read_file
from iamctl.store.tree import MAX_BYTES, PausedCollector, Tree

NAMED = (*NOUNS, "resources")
"""Sections that several files may share: a name is in one of them."""


class Text(NamedTuple):
    """One file as it was read: its path below the main file's folder, and as messages have it."""

    name: str
    shown: str
    data: bytes
    stamp: Stamp


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


class Gathered(NamedTuple):
    """The files of a directory, read and not parsed, and which of the included ones cannot be."""

    texts: tuple[Text, ...]
    names: tuple[str, ...]
    problems: tuple[Problem, ...]


def gather(main: Text, patterns: Sequence[str], place: Place) -> Gathered:
    """Read the files that the patterns of `include` mean in the main file's place.

    Problems bear addresses and no places: the main file's tree has those. Raises StorageFailure
    where the system fails; ConcurrentChange.
    """
    gathering = _Gathering(main, place)
    for pattern in patterns[:MOST]:
        names = place.matching(pattern)
        if not names:
            gathering.tell(pattern, f"no file matches {shown(pattern)}", severity="warning")
        for name in names:
            gathering.add(pattern, name)
    if patterns[MOST:]:
        gathering.tell(patterns[MOST], f"`include` names more than {MOST} files")
    return Gathered(
        tuple(gathering.texts), tuple(gathering.names[:MOST]), tuple(gathering.problems)
    )


class _Gathering:
    """The files met so far."""

    def __init__(self, main: Text, place: Place) -> None:
        self.texts = [main]
        self.names: list[str] = []
        self.problems: list[Problem] = []
        self._place = place
        self._seen = {main.stamp[3:]: main.shown}
        self._left = MAX_BYTES - len(main.data)

    def add(self, pattern: str, name: str) -> None:
        """Read a file that a pattern means, unless it was read before."""
        self.names.append(name)
        if len(self.names) > MOST:
            if len(self.names) == MOST + 1:
                self.tell(pattern, f"more than {MOST} files are included")
            return None
        main = self.texts[0].shown
        path = self._place.called(name)
        read, fault = self._place.read(name, self._left)
        if read is None:
            return self.tell(pattern, f"{path} {fault}")
        data, stamp = read
        known = self._seen.get(stamp[3:])
        if known == main:
            return self.tell(pattern, f"{path} is this file itself", _APART)
        if known is not None:
            same = path if path == known else f"{path}, the same file as {known},"
            return self.tell(pattern, f"{same} is included already", "let one pattern mean it")
        self._seen[stamp[3:]] = path
        self._left -= len(data)
        self.texts.append(Text(name, path, data, stamp))
        return None

    def tell(
        self, pattern: str, message: str, hint: str | None = None, severity: str = "error"
    ) -> None:
        """Note what is wrong with what a pattern means."""
        at = ("include", pattern)
        self.problems.append(Problem(severity, "include", message, at, None, hint))


_APART = "put parts into a folder of their own"


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


def alone(main: Text, result: ReadResult) -> Whole:
    """The directory of a main file that includes nothing."""
    return Whole((main,), (), (result,), result.directory, result.problems, result.partial,
                 lambda _at: result.tree)  # fmt: skip


def unchanged(texts: Sequence[Text], names: Sequence[str], patterns: Sequence[str],
              folder: str) -> bool:  # fmt: skip
    """Whether the files that were read, and which ones the patterns mean, are still the same."""
    found = [name for pattern in patterns[:MOST] for name in matching(folder, pattern)]
    return found[:MOST] == list(names) and all(
        files.stamp_of(os.path.join(folder, text.name)) == text.stamp for text in texts
    )


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
