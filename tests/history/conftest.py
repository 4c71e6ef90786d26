"""Real git repositories, as small as may be."""

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from iamctl.history import GitRepository

WHO = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
}  # fmt: skip


class Repo:
    """A repository in a folder, and git as a person runs it there."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
        self._time = 1_600_000_000

    def git(self, *words: str, input: bytes | None = None, **more: str) -> str:
        """What git prints."""
        self._time += 60
        date = f"{self._time} +0000"
        when = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        options = ("-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always")
        done = subprocess.run(
            ["git", *options, *words],
            cwd=self.folder,
            env={**self.environ, **WHO, **when, **more},
            input=input,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode(errors="surrogateescape").strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Make files, by their paths."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, files: Mapping[str, str | bytes], message: str = "edit") -> str:
        """Make files and commit all there is; the commit's id."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def history(self, name: str = "directory.yaml", **environ: str) -> GitRepository:
        """The repository as iamctl opens it, for a file in it."""
        return GitRepository(os.path.realpath(self.folder / name), {**self.environ, **environ})


MakeRepo = Callable[[str], Repo]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A new repository, with no commits."""
    (tmp_path / "repo").mkdir()
    made = Repo(tmp_path / "repo", tmp_path)
    made.git("init", "--quiet")
    return made
