"""The git repository that a directory file is in: its revisions, and the files as they were."""

from __future__ import annotations

import os
import re
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from iamctl.domain.errors import NotFound, StorageFailure, Usage
from iamctl.domain.names import did_you_mean, shown
from iamctl.history.git import Git
from iamctl.history.log import Commit, commits
from iamctl.history.objects import Objects
from iamctl.history.settings import LocalSettings, hooks_folder
from iamctl.history.snapshot import CommitSnapshot, IndexSnapshot
from iamctl.history.unfinished import OBJECT_ID, Rebase, merged_heads, rebase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STEPS = re.compile(r"[~^@:]")
"""What leads from a name to another commit."""
_RENAMES = ("-z", "-M", "--name-status", "--diff-filter=R", "--no-ext-diff", "--no-textconv")


class GitRepository:
    """The repository whose working tree holds a file at a real path; `name` is the file's path in
    it, with `/` between its steps, `root` the folder of the working tree.

    Raises NotFound when the file is in none, ExtraMissing without git, StorageFailure.
    """

    def __init__(self, path: str, environ: Mapping[str, str]) -> None:
        folder, base = os.path.split(path)
        code, output, complaint = Git(folder, environ).asked(
            "rev-parse", "--show-toplevel", "--show-prefix", "--absolute-git-dir",
            "--is-shallow-repository",
        )  # fmt: skip
        lines = os.fsdecode(output).split("\n")[:-1]
        if code != 0:
            _no_repository(folder, complaint)
        if len(lines) != 4:
            raise StorageFailure(f"the path of {shown(folder)} holds a line end")
        self.root, prefix, git_folder, shallow = lines
        self.name = prefix + base
        self.shallow = shallow == "true"
        self._folder = git_folder
        self._environ = environ
        self._git = Git(self.root, environ, _index_of_hook(environ, git_folder))

    @cached_property
    def objects(self) -> Objects:
        """The stored files and folders."""
        return Objects(self._git)

    def commit(self, revision: str) -> str:
        """The id of the commit that a revision means. Raises NotFound, with a near name; Usage."""
        found = self.find_commit(revision)
        if found is None:
            self._unknown(revision)
        return found

    def find_commit(self, revision: str) -> str | None:
        """The id of the commit that a revision means, or None. Raises Usage for the name of a
        branch and of a tag."""
        if not revision or "\0" in revision:
            return None
        code, output, complaint = self._git.asked(
            "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"
        )
        if code == 0 and "is ambiguous" in complaint:
            raise Usage(
                f"{shown(revision)} means several revisions",
                hint=f"write heads/{revision} for the branch, tags/{revision} for the tag",
            )
        object_id = output.decode(errors="replace").strip()
        return object_id if code == 0 and OBJECT_ID.fullmatch(object_id) else None

    def merge_base(self, one: str, other: str) -> str:
        """The commit where the histories of two commits part. Raises NotFound when none is known,
        Usage when there are several."""
        code, output, complaint = self._git.asked("merge-base", "--all", one, other)
        found = output.decode().split()
        if code > 1:
            raise StorageFailure(f"git failed: {complaint}")
        if not found:
            raise NotFound(
                f"{one[:12]} and {other[:12]} have no common ancestor",
                code="NoSuchRevision",
                hint=self._if_shallow("unrelated histories can be compared as A..B"),
            )
        if len(found) > 1:
            raise Usage(
                f"the histories of {one[:12]} and {other[:12]} part in {len(found)} commits",
                hint=f"choose one: {', '.join(commit[:12] for commit in found)}",
            )
        return found[0]

    def snapshot(self, commit: str) -> CommitSnapshot:
        """The files as a commit, by its id, has them."""
        return CommitSnapshot(self.objects, commit)

    @cached_property
    def staged(self) -> IndexSnapshot:
        """The files as the index has them, which the next commit takes."""
        return IndexSnapshot(self.objects, self._git)

    def merged_heads(self) -> list[str]:
        """The ids of the commits that are being merged into HEAD. Raises StorageFailure."""
        return merged_heads(self._folder, self._environ)

    def rebase(self) -> Rebase | None:
        """The rebase that is going on, if git says. Raises StorageFailure."""
        return rebase(self._folder)

    @cached_property
    def settings(self) -> LocalSettings:
        """The repository's own configuration."""
        return LocalSettings(self._git)

    def hooks_folder(self) -> str | None:
        """The folder of the repository's hooks; None where configuration names another."""
        return hooks_folder(self._git, self.root)

    def commits(self, start: str, paths: tuple[str, ...] = ()) -> Iterator[Commit]:
        """A commit and its first parents, newest first, as git finds them; with `paths`, files or
        folders in the repository, only those that touch them."""
        return commits(self._git, start, paths)

    def path_from(self, folder: str, path: str) -> str:
        """The path in the repository that a path from a folder means. Raises Usage for one that
        leads out of it."""
        inside = os.path.relpath(os.path.join(os.path.realpath(folder), path), self.root)
        if inside == os.curdir or inside.split(os.sep)[0] == os.pardir:
            raise Usage(f"{shown(path)} is not in the repository in {self.root}")
        return inside

    def name_in(self, commit: str) -> str:
        """What the file is called in a commit, by its id: its name now if that is there, else the
        last of the names that it had in HEAD and along its first parents and that is there."""
        snapshot = self.snapshot(commit)
        if snapshot.entry(self.name) is not None:
            return self.name
        name, start = self._name_in_head, "HEAD"
        while snapshot.entry(name) is None:
            touching = deque(self.commits(start, (name,)), maxlen=1)
            start = f"{touching[0].id}^" if touching else ""
            former = self.former_name(touching[0].id, name) if self.find_commit(start) else None
            if former is None:
                return self.name
            name = former
        return name

    @cached_property
    def _name_in_head(self) -> str:
        """What the file is called in HEAD, if it has been renamed since and that is staged."""
        head = self.find_commit("HEAD")
        if head is None or self.snapshot(head).entry(self.name) is not None:
            return self.name
        output = self._git.output("diff-index", "--cached", *_RENAMES, "--end-of-options", head)
        return _former(output, self.name) or self.name

    def former_name(self, commit: str, name: str) -> str | None:
        """What a file that a commit brings was called in its first parent, by likeness."""
        output = self._git.output(
            "diff-tree", "-r", "--no-commit-id", *_RENAMES, "--end-of-options", f"{commit}^", commit
        )
        return _former(output, name)

    def _unknown(self, revision: str) -> NoReturn:
        if self.find_commit("HEAD") is None and revision == "HEAD":
            raise NotFound(
                "the repository has no commits yet",
                code="NoSuchRevision",
                hint="commit the directory file first",
            )
        near = None if _STEPS.search(revision) else did_you_mean(revision, self.names())
        raise NotFound(
            f"there is no revision {shown(revision)}",
            code="NoSuchRevision",
            hint=near or self._if_shallow("`git log --oneline` lists commits, `git branch -a` "
                                          "branches"),
        )  # fmt: skip

    def names(self) -> list[str]:
        """HEAD, and what branches and tags are called, the first few thousand of them."""
        code, output, _ = self._git.asked(
            "for-each-ref", "--count=5000", "--format=%(refname:short)"
        )
        return ["HEAD", *filter(None, os.fsdecode(output).split("\n"))] if code == 0 else ["HEAD"]

    def _if_shallow(self, otherwise: str) -> str:
        if not self.shallow:
            return otherwise
        return "this clone is shallow, its older commits are not here: git fetch --unshallow"


def _former(renames: bytes, name: str) -> str | None:
    """Which of the renamed files now bears a name."""
    fields = os.fsdecode(renames).split("\0")
    triples = zip(fields[0::3], fields[1::3], fields[2::3], strict=False)
    return next((old for _, old, new in triples if new == name), None)


def _no_repository(folder: str, complaint: str) -> NoReturn:
    if "dubious ownership" in complaint or "safe.directory" in complaint:
        raise StorageFailure(
            f"the git repository around {folder} belongs to another user",
            hint=f"if you trust it: git config --global --add safe.directory {folder}",
        )
    known = "not a git repository" in complaint or "work tree" in complaint
    raise NotFound(
        f"{folder} is in no git repository with a working tree"
        if known
        else f"git cannot read the repository around {folder}: {complaint}",
        code="NoSuchRepository",
        hint="two files can be compared without one" if known else None,
    )


def _index_of_hook(environ: Mapping[str, str], git_folder: str) -> str | None:
    """The index that git, about to commit, tells its hooks; another repository's counts nothing."""
    named = environ.get("GIT_INDEX_FILE")
    if not named:
        return None
    path = os.path.abspath(named)
    inside = os.path.realpath(os.path.dirname(path)) == os.path.realpath(git_folder)
    return path if inside else None
