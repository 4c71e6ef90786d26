"""What creating any entity has in common: its name is right and free, its quota has room."""

from collections.abc import Sequence

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists
from iamctl.domain.names import NAME_RULES, PATH, POLICY_PATH, shown
from iamctl.services.limits import require_room


def check_new(directory: Directory, section: str, names: Sequence[str], path: str) -> None:
    """Raise InvalidValue, AlreadyExists or LimitExceeded unless all can be created."""
    seen: set[str] = set()
    for name in names:
        NAME_RULES[section].check(name)
        check_free(directory, section, name)
        if name.lower() in seen:
            raise AlreadyExists(f"{NOUNS[section]} {shown(name)} is given twice")
        seen.add(name.lower())
    check_path(section, path)
    count = len(directory.section(section)) + len(names)
    require_room(directory, section, count)


def check_path(section: str, path: str) -> str:
    """The path; raises InvalidValue when AWS would refuse it."""
    return (POLICY_PATH if section == "policies" else PATH).check(path)


def check_free(directory: Directory, section: str, name: str) -> None:
    """Raise AlreadyExists when the name is taken; names are compared ignoring case."""
    taken = directory.taken(section, name)
    if taken is None:
        return
    noun = NOUNS[section]
    text = (
        f"A policy called {name} already exists; duplicate names are not allowed"
        if section == "policies"
        else f"{noun.capitalize()} with name {name} already exists"
    )
    hint = f'it is written "{taken}"; names are compared ignoring case' if taken != name else None
    raise AlreadyExists(text, where=directory.source_of((section, taken)), hint=hint)
