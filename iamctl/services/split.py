"""Which file of a directory each entity goes to when it is split."""

import re
from collections.abc import Callable, Mapping

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.ports import Division

_SECTIONS = (*NOUNS, "resources", "organization")
_ODD = re.compile(r"[^a-z0-9+=,@_-]", re.ASCII)


def by_path(directory: Directory) -> Division:
    """Users by their IAM path: those under /eng/web/ to people/eng-web.yaml. Those without a path
    stay."""
    paths = {name: directory.fields_of("users", name).get("path") for name in directory.users}
    return _people({name: str(path).strip("/") for name, path in paths.items() if path})


def by_group(directory: Directory) -> Division:
    """Users by the first group of the directory that they are in: those of developers to
    people/developers.yaml. Those in none stay."""
    found: dict[str, str] = {}
    for user in directory.users:
        groups = directory.groups_of(user)
        if groups:
            found[user] = groups[0][0].name
    return _people(found)


def by_file(directory: Directory) -> Division:
    """Each section to a file of its own: users to users.yaml."""
    held = [key for key in _SECTIONS if directory.plain.get(key)]
    files: dict[tuple[str, ...], str] = {(key,): f"{key}.yaml" for key in held}
    return Division(files, tuple(files.values()))


WAYS: Mapping[str, Callable[[Directory], Division]] = {
    "path": by_path,
    "group": by_group,
    "file": by_file,
}


def _people(groups: Mapping[str, str]) -> Division:
    """Users to a file in `people` each group; names of files tell no upper case from lower, as
    some file systems do not."""
    places: dict[tuple[str, ...], str] = {
        ("users", user): f"people/{_file_name(group)}.yaml"
        for user, group in groups.items()
        if group
    }
    return Division(places, ("people/*.yaml",) if places else ())


def _file_name(group: str) -> str:
    return _ODD.sub("-", group.lower())
