"""What rules look up beside names, and the plain values they walk through."""

from collections.abc import Iterator, Mapping

from iamctl.domain.directory import Directory
from iamctl.domain.facts import folded
from iamctl.domain.mentions import mentions
from iamctl.domain.source import Address, Plain


def namesakes(directory: Directory, section: str, name: str) -> list[str]:
    """The first two names of the section that equal this one ignoring case, in the file's order."""
    return [known for _, known in directory.holders("name", folded(section, name))[:2]] or [name]


def owners_of(directory: Directory, unique_id: str) -> Iterator[Address]:
    """The addresses of the ids and keys that are this text, in the file's order."""
    for owner in directory.holders("id", unique_id):
        plain = directory.fields_of(*owner)
        if plain.get("id") == unique_id:
            yield (*owner, "id")
        keys = plain.get("keys")
        if isinstance(keys, dict) and unique_id in keys:
            yield (*owner, "keys", unique_id)


def mentions_of(
    directory: Directory, section: str, name: str
) -> Iterator[tuple[str, str, *Address]]:
    """The addresses at which devices and pools name an entity; list items by position."""
    for owner in directory.holders("mention", f"{section}/{name}"):
        for at, meant in mentions(owner[0], directory.fields_of(*owner)):
            if meant == (section, name):
                yield (owner[0], owner[1], *at)


def items(directory: Directory, section: str) -> Iterator[tuple[str, dict[str, Plain]]]:
    """The plain values of a section's entities that are mappings."""
    plain = directory.plain.get(section)
    for name, value in plain.items() if isinstance(plain, Mapping) else ():
        if isinstance(value, dict):
            yield name, value


def texts(value: Plain) -> list[str]:
    """The texts of a list; none when it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
