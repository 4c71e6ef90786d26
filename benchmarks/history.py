"""Figures of a directory's past: two revisions compared, and a thousand commits told."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks import directories, places
from benchmarks.measuring import Figure, Place, measure

USERS = 10_000
COMMITS = 1_000
SAMPLE = Path(__file__).resolve().parent.parent / "sample-directory.yaml"
_WHO = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")


def figures(python: str, work: Path) -> Iterator[tuple[str, Figure]]:
    """A diff of two revisions of a large file; the commits of a small one, all and the first."""
    at = places.place(python, work, "revisions")
    file = at.folder / "directory.yaml"
    _git(at, "init", "--quiet")
    for team in ("data", "search"):  # a seventh of all moves from one to the other
        with file.open("w") as written:
            lines = directories.directory_of(USERS)
            written.writelines(line.replace("team: data", f"team: {team}") for line in lines)
        _git(at, "add", "--all")
        _git(at, *_WHO, "commit", "--quiet", "--message", team)
    yield (
        f"diff HEAD~1 HEAD at {USERS:,}",
        measure(at, at.iamctl("diff", "HEAD~1", "HEAD"), rounds=5),
    )
    at = places.place(python, work, "commits")
    _git(at, "init", "--quiet")
    _git(at, "fast-import", "--quiet", input=b"".join(_commits(SAMPLE.read_bytes())))
    _git(at, "checkout", "--quiet", "main")
    for name, words in (("log", ()), ("log -n 1", ("-n", "1"))):
        yield f"{name}, {COMMITS:,} commits", measure(at, at.iamctl("log", *words), rounds=3)


def _commits(text: bytes) -> Iterator[bytes]:
    """Commits that each add a user, as `git fast-import` reads them."""
    for number in range(COMMITS):
        text = text.replace(b"\nusers:\n", b"\nusers:\n  bench%d: {}\n" % number, 1)
        yield b"commit refs/heads/main\ncommitter bench <b> %d +0000\n" % (1_600_000_000 + number)
        yield b"data 1\n.\nM 100644 inline directory.yaml\ndata %d\n%b\n" % (len(text), text)


def _git(at: Place, *words: str, input: bytes | None = None) -> None:
    subprocess.run(["git", *words], cwd=at.folder, env=at.environ, input=input, check=True)
