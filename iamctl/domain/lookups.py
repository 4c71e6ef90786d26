"""Lookups over a directory's plain values that rules ask for, each made once."""

from collections.abc import Iterator

from iamctl.domain.change import item_name
from iamctl.domain.directory import Directory
from iamctl.domain.ids import PREFIXES
from iamctl.domain.source import Address, Plain


class Lookups:
    """Answers out of scans of the whole directory, made when first needed."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._owners: dict[str, list[Address]] | None = None
        self._folded: dict[str, dict[str, list[str]]] = {}
        self._group_counts: dict[str, int] | None = None
        self._device_counts: dict[str, int] | None = None

    def namesakes(self, section: str, name: str) -> list[str]:
        """The names of the section that equal this one ignoring case, in the file's order."""
        folded = self._folded.get(section)
        if folded is None:
            folded = self._folded[section] = {}
            for known in self._directory.section(section):
                folded.setdefault(known.lower(), []).append(known)
        return folded.get(name.lower(), [name])

    def owners_of(self, unique_id: str) -> list[Address]:
        """The addresses of the ids and keys that are this text, in the file's order."""
        if self._owners is None:
            self._owners = {}
            for section in PREFIXES:
                for name, plain in items(self._directory, section):
                    held = plain.get("id")
                    if isinstance(held, str):
                        self._owners.setdefault(held, []).append((section, name, "id"))
                    keys = plain.get("keys")
                    for key in keys if isinstance(keys, dict) else ():
                        self._owners.setdefault(key, []).append((section, name, "keys", key))
        return self._owners.get(unique_id, [])

    def group_count(self, user: str) -> int:
        """In how many groups the user stands."""
        if self._group_counts is None:
            self._group_counts = {}
            for _, plain in items(self._directory, "groups"):
                members = plain.get("members")
                listed = members if isinstance(members, list) else ()
                for name in {str(item_name(member)) for member in listed}:
                    self._group_counts[name] = self._group_counts.get(name, 0) + 1
        return self._group_counts.get(user, 0)

    def device_count(self, user: str) -> int:
        """How many MFA devices are enabled for the user."""
        if self._device_counts is None:
            self._device_counts = {}
            for _, plain in items(self._directory, "mfa"):
                holder = str(plain.get("user"))
                self._device_counts[holder] = self._device_counts.get(holder, 0) + 1
        return self._device_counts.get(user, 0)


def items(directory: Directory, section: str) -> Iterator[tuple[str, dict[str, Plain]]]:
    """The plain values of a section's entities that are mappings."""
    plain = directory.plain.get(section)
    for name, value in plain.items() if isinstance(plain, dict) else ():
        if isinstance(value, dict):
            yield name, value


def texts(value: Plain) -> list[str]:
    """The texts of a list; none when it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
