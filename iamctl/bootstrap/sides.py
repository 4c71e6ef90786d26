"""Which two directories a comparison is of: revisions, the index, files, standard input."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from iamctl.bootstrap.side import FileSide, KeptSide, Side, StdinSide
from iamctl.domain.errors import ExtraMissing, NotFound, Usage
from iamctl.domain.names import shown
from iamctl.domain.times import format_instant

if TYPE_CHECKING:
    from iamctl.bootstrap.past import Past
    from iamctl.history import GitRepository
    from iamctl.store.repository import YamlRepository

STDIN = "-"
_PLAINLY_A_FILE = re.compile(r"/|\.\.?(/|$)")
_MEANS_A_FILE = re.compile(rf"^(?:{_PLAINLY_A_FILE.pattern})|^[^:]*\.ya?ml$")
_RANGE = re.compile(r"(?P<a>.*?)(?P<dots>(?<![:/.])\.{2,3})(?P<b>.*)", re.DOTALL)
"""Not the dots of `REV:../PATH`."""


class Sides:
    """Turns words into sides. Words name files, and revisions of the git repository that holds the
    directory file. `repository` opens that file, looked for when a word asks for it, or a file by
    its path."""

    def __init__(
        self, repository: "Callable[[str | None], YamlRepository]", environ: Mapping[str, str]
    ) -> None:
        self._repository = repository
        self._environ = environ

    def pair(self, words: Sequence[str], staged: bool = False) -> tuple[Side, Side]:
        """What to compare, older first, as `git diff` has it.

        Nothing: HEAD and the file. A: A and the file. A B; A..B; A...B, where A's and B's
        histories part, and B. `staged`: HEAD, or A, and the index. Raises Usage for words that
        mean nothing together or may mean two things, NotFound, ExtraMissing, StorageFailure.
        """
        if len(words) > 2:
            raise Usage("two sides can be compared, no more")
        if list(words) == [STDIN, STDIN]:
            raise Usage("standard input can be one side only")
        if "" in words:
            raise Usage("an empty word names no side", hint="HEAD is what is committed")
        ranged = self._range(words[0]) if len(words) == 1 else None
        if staged and (ranged or len(words) > 1):
            raise Usage("--staged compares one revision with the index", hint="leave the other out")
        if ranged is not None:
            return ranged
        old = self.one(words[0]) if words else self.revision("HEAD")
        if staged:
            return old, self.index()
        return old, self.one(words[1]) if len(words) > 1 else self.working()

    def one(self, word: str) -> Side:
        """What a word means: `-` standard input, a file that there is, or a revision.

        A file stands for itself with what it includes beside it; `REV:PATH` is a file of a
        revision by its path in the repository.
        """
        if word == STDIN:
            return StdinSide(self._repository)
        path = _file(word)
        if path is None:
            if _MEANS_A_FILE.search(word) and not self._is_revision(word):
                lacks = "holds no directory file" if os.path.isdir(word) else "does not exist"
                raise NotFound(f"{word} {lacks}", code="NoSuchFile")
            return self.revision(word)
        if not _PLAINLY_A_FILE.match(word) and self._is_revision(word):
            raise Usage(
                f"{shown(word)} is a file and a revision",
                hint=f"write ./{word} for the file, {word}^0 for the revision",
            )
        return FileSide(self._repository(path), self._repository)

    def working(self) -> Side:
        """The directory file as it is now."""
        return FileSide(self._repository(None), self._repository)

    def index(self) -> Side:
        """The file as it is staged for the next commit."""
        history = self.history
        return KeptSide("the index", lambda: history.staged, history.name, "the index",
                        self._repository, before=":")  # fmt: skip

    def revision(self, word: str) -> Side:
        """The file as it was in a revision, under the name that it had; `REV:PATH` names another
        of its files by its path in the repository, `REV:./PATH` by that from the working folder."""
        revision, colon, path = word.partition(":")
        if colon and not (revision and path):
            raise Usage(f"{shown(word)} names no file of a revision", hint="write REVISION:PATH")
        history = self.history
        if path.startswith(("./", "../")):
            path = history.path_from(os.getcwd(), path)
        commit = history.commit(revision)
        return self._at(commit, word, revision, path or history.name_in(commit))

    def commit(self, commit: str, name: str | None = None) -> Side:
        """The file as a commit has it, by its id; `name` is its path there, if it is known."""
        name = name or self.history.name_in(commit)
        return self._at(commit, commit[:12], commit[:12], name)

    def as_of(self, instant: int) -> Side:
        """The file as it was at a time, in epoch seconds: as the last of HEAD and its first parents
        has it that was committed by then. Raises NotFound when none was."""
        history = self.history
        for commit in history.commits(history.commit("HEAD")):
            if commit.time <= instant:
                return self.commit(commit.id)
        raise NotFound(
            f"no commit is as old as {format_instant(instant)}",
            code="NoSuchRevision",
            hint="this clone is shallow: git fetch --unshallow" if history.shallow else None,
        )

    def past(self, revision: str) -> "Past":
        """The commits that changed the file, back from a revision. Raises as `revision`."""
        from iamctl.bootstrap.past import Past

        return Past(self.history, self.commit, revision)

    def _at(self, commit: str, word: str, revision: str, name: str) -> Side:
        history = self.history
        return KeptSide(word, lambda: history.snapshot(commit), name, revision, self._repository,
                        commit, before=f"{revision}:")  # fmt: skip

    @cached_property
    def history(self) -> "GitRepository":
        """The repository that holds the directory file. Raises NotFound, ExtraMissing."""
        from iamctl.history import GitRepository

        return GitRepository(self._repository(None).path, self._environ)

    def _range(self, word: str) -> tuple[Side, Side] | None:
        """The sides of `A..B` and `A...B`; an end that is left out is HEAD."""
        found = _RANGE.fullmatch(word)
        if found is None or _PLAINLY_A_FILE.match(word) or _file(word) is not None:
            return None
        old = self.revision(found["a"] or "HEAD")
        new = self.revision(found["b"] or "HEAD")
        if found["dots"] == "...":
            if ":" in word:
                raise Usage("A...B takes revisions, and no paths in them")
            assert old.commit is not None  # which revisions have
            assert new.commit is not None
            old = self.commit(self.history.merge_base(old.commit, new.commit))
        return old, new

    def _is_revision(self, word: str) -> bool:
        try:
            return self.history.find_commit(word) is not None
        except (NotFound, ExtraMissing):
            return False


def _file(word: str) -> str | None:
    """The file that a word names, or the directory file of the folder, if it is there."""
    from iamctl.store.find import FILE_NAME

    inside = os.path.join(word, FILE_NAME)
    return next((path for path in (inside, word) if os.path.lexists(path) and
                 not os.path.isdir(path)), None)  # fmt: skip
