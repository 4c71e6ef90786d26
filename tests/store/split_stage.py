"""A directory in three files and changes to it, for tests of edits that touch several."""

from collections.abc import Callable
from pathlib import Path

from iamctl.domain.change import AnyChange, Change, Changes, Renamed
from iamctl.domain.directory import Directory
from iamctl.store.repository import YamlRepository

MAIN = """\
# Acme. Changes by pull request.
iamctl: 1
account: {id: "123456789012"}
include: [people/*.yaml, teams.yaml]

users:
  # runs the place
  root.admin:
    id: AIDAAAAAAAAAAAAAAAAA1
    created: 2026-11-24T09:00:00Z
"""
PEOPLE = """\
# engineering, owned by @acme/eng
users:
  # the first
  alice:
    id: AIDAAAAAAAAAAAAAAAAA2
    created: 2026-11-24T09:00:00Z   # a Tuesday
    tags: {team: payments}
  bob:
    id: AIDAAAAAAAAAAAAAAAAA3
    created: 2026-11-24T09:00:00Z
"""
TEAMS = """\
groups:
  # who pays
  payments:
    id: AGPAAAAAAAAAAAAAAAAA1
    created: 2026-11-24T09:00:00Z
    members:
      - alice   # lead
      - root.admin
"""
FILES = {"directory.yaml": MAIN, "people/eng.yaml": PEOPLE, "teams.yaml": TEAMS}

RENAMED: Changes = (
    Renamed("users", "AIDAAAAAAAAAAAAAAAAA2", "alice", "alicia"),
    Change(("groups", "payments", "members", "alice"), "alice", "alicia"),
)
"""What touches two files."""

RENAMED_FILES = {
    **FILES,
    "people/eng.yaml": PEOPLE.replace("alice", "alicia"),
    "teams.yaml": TEAMS.replace("alice", "alicia"),
}

TAGGED: Changes = (Change(("users", "bob", "tags"), None, {"cost": "0042"}),)
"""What touches one."""


def put(folder: Path, texts: dict[str, str]) -> None:
    """Write files below a folder by their paths."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def found(folder: Path) -> dict[str, str]:
    """Every file below a folder, by its path."""
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def repository(folder: Path, **options: object) -> YamlRepository:
    """The directory of a folder; its journals are in `state` beside that."""
    place = str(folder.parent / "state")
    return YamlRepository(str(folder / "directory.yaml"), journals=lambda: place, **options)  # type: ignore[arg-type]


def planned(*changes: AnyChange) -> Callable[[Directory], Changes]:
    """A plan that comes out so."""
    return lambda _directory: changes
