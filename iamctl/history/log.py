"""Commits along first parents, as git finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from iamctl.history.git import Git, failure

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMAT = "%H%x00%ct%x00%an%x00%ae%x00%s"


class Commit(NamedTuple):
    """A commit: its id, when it was committed (seconds since the epoch), who wrote it, and the
    first line of its message."""

    id: str
    time: int
    author: str
    email: str
    subject: str


def commits(git: Git, start: str, paths: tuple[str, ...]) -> Iterator[Commit]:
    """See GitRepository.commits. Raises StorageFailure."""
    # rev-list, since log may be configured to run a program for each signature.
    records = git.records(
        "rev-list", "--first-parent", "--encoding=UTF-8", f"--format={_FORMAT}",
        "--end-of-options", start, "--", *paths,
    )  # fmt: skip
    for record in records:
        if record.startswith(b"commit ") and b"\0" not in record:
            continue  # the line that rev-list puts above each
        fields = record.decode(errors="replace").split("\0")
        if len(fields) != 5:
            raise failure("a commit could not be read")
        yield Commit(fields[0], int(fields[1]), *fields[2:])
