"""A directory over the commits of its repository, holder first."""

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from iamctl.domain.errors import InvalidDirectory, NotFound, StorageFailure

if TYPE_CHECKING:
    from collections.abc import Callable

    from iamctl.bootstrap.side import Side
    from iamctl.domain.directory import Directory
    from iamctl.history import Commit as Commit
    from iamctl.history import GitRepository


class Step(NamedTuple):
    """A commit along first parents that changed the directory's files, and what they held.

    `before` is None where there was no directory file, `after` where there is none any more. With
    `fault`, why a commit's files could not be read, both are: what it changed is part of the next
    newer step. `unknown` is set where what was before is not here. `side` is what `after` was
    read from.
    """

    commit: "Commit"
    before: "Directory | None"
    after: "Directory | None"
    fault: str = ""
    unknown: bool = False
    side: "Side | None" = None


class _State(NamedTuple):
    """What a commit holds; `marks` are the same while its files are, which includes `patterns`
    found."""

    marks: tuple[object, ...]
    patterns: list[str]
    directory: "Directory | None"
    fault: str
    side: "Side"

    @property
    def is_absent(self) -> bool:
        """Whether there is no such file."""
        return self.directory is None and not self.fault


class _Held(NamedTuple):
    commit: "Commit"
    state: _State


def _step(held: _Held, before: "Directory | None") -> Step:
    return Step(held.commit, before, held.state.directory, side=held.state.side)


class Past:
    """Steps back from a revision. A file that was renamed is followed. `side` gives the file of a
    commit by its id, under a path in the repository."""

    def __init__(
        self, history: "GitRepository", side: "Callable[[str, str], Side]", revision: str
    ) -> None:
        self._history = history
        self._side = side
        self._start = history.commit(revision)
        self._name = history.name_in(self._start)

    @property
    def is_cut_off(self) -> bool:
        """Whether older commits are not here: the repository is a shallow clone."""
        return self._history.shallow

    def steps(self) -> Iterator[Step]:
        """The commits that changed the directory's files, each as soon as it is known.

        Raises StorageFailure, ExtraMissing.
        """
        newer: _Held | None = None  # the next newer commit
        good: _Held | None = None  # the next newer one that could be read, to be told
        faults: list[Step] = []  # newer ones that could not be, to be told after that
        for held in self._states():
            if newer is not None and newer.state.fault and newer.state.marks != held.state.marks:
                faults.append(Step(newer.commit, None, None, newer.state.fault))
            if not held.state.fault:
                if good is not None and good.state.marks != held.state.marks:
                    yield _step(good, held.state.directory)
                yield from faults
                faults, good = [], held
            newer = held
        if good is not None and good.state.directory is not None:
            yield _step(good, None)._replace(unknown=self.is_cut_off)
        yield from faults
        if newer is not None and newer.state.fault:
            yield Step(newer.commit, None, None, newer.state.fault)

    def _states(self) -> "Iterator[_Held]":
        """Each commit that may have touched the files, with what it holds."""
        start, last = self._start, None
        while True:
            folder = posixpath.dirname(self._name)
            holder: _Held | None = None  # the next newer commit, if it has the file
            for commit in self._history.commits(start, (folder,) if folder else ()):
                last = self._state(commit, last)
                if holder is not None and last.is_absent and self._followed(holder.commit):
                    break
                holder = None if last.is_absent else _Held(commit, last)
                yield _Held(commit, last)
            else:
                if holder is None or not self._followed(holder.commit):
                    return
            assert holder is not None  # whose file had another name before
            start = f"{holder.commit.id}^"

    def _followed(self, commit: "Commit") -> bool:
        """Whether the file had another name before a commit; from then on it is that one."""
        if self._history.find_commit(f"{commit.id}^") is None:
            return False
        former = self._history.former_name(commit.id, self._name)
        self._name = former or self._name
        return former is not None

    def _state(self, commit: "Commit", last: _State | None) -> _State:
        from iamctl.store.parts_kept import marks
        from iamctl.store.reader import included

        snapshot = self._history.snapshot(commit.id)
        patterns = last.patterns if last is not None else []
        if last is not None and marks(snapshot, self._name, patterns) == last.marks:
            return last
        directory, fault, beside = None, "", []
        side = self._side(commit.id, self._name)
        try:
            whole = side.read()
            patterns = included(whole.results[0])
            directory = whole.required()
            beside = list(directory.accounts.values())
        except NotFound:
            patterns = []
        except (InvalidDirectory, StorageFailure) as error:
            place = f"{error.where}: " if error.where else ""
            # Which may stand there since an older commit: that one is told.
            fault = f"{place}{error.message}".replace(side.before, "")
        patterns += beside  # other accounts' files: decisions hang on them
        return _State(marks(snapshot, self._name, patterns), patterns, directory, fault, side)
