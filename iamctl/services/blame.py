"""Which change set what an entity holds now, found going back through ever older changes."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from iamctl.domain.change import NOUNS, AnyChange, Renamed, item_name
from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotFound
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.shape import ROOT
from iamctl.domain.source import Plain
from iamctl.services.changes import EntityChanges
from iamctl.services.followed import Followed
from iamctl.services.show import find_anything

Path = tuple[str, ...]
"""The way to a value from its entity: ("tags", "team"); of a list's item, its name."""

NAME: Path = ("name",)
"""What stands for the name that the entity bears, which an addition or a rename gave it."""
_NAMED = ("tags", "keys", "inline", "quotas", "role_mappings", "jwks")
_LISTS = ("policies", "members", "providers", "client_ids")


class Asked(NamedTuple):
    """Whose values, and which of them; `values` are what they are now, None where there is none."""

    section: str
    name: str
    values: Mapping[Path, Plain]


def asked_for(directory: Directory, word: str) -> Asked:
    """What `ENTITY`, `ENTITY.FIELD`, `account` or an access key id means in a directory.

    A field may hold others: `alice.tags` are all tags. One that is not there is asked for too: who
    removed it. Raises NotFound and InvalidValue as `find_anything` does, and NotFound for a field
    that there cannot be.
    """
    cuts = [len(word), *(at for at in range(len(word) - 1, 0, -1) if word[at] == ".")]
    for cut in cuts:
        try:
            found = find_anything(directory, word[:cut])
        except NotFound:
            continue
        name = "" if found.section == "account" else found.name
        field = word[cut + 1 :] if found.key_id is None else f"keys.{found.key_id}"
        values = _values(directory, found.section, name)
        _check_field(found.section, field, values)
        return Asked(found.section, name, _chosen(values, field))
    section, _, field = word.partition(".")
    if section != "account":
        find_anything(directory, word)  # which says what there is not
    values = _values(directory, "account", "")
    _check_field(section, field, values)
    return Asked(section, "", _chosen(values, field))


def _check_field(section: str, field: str, values: Mapping[Path, Plain]) -> None:
    """Raise NotFound for a field that no entity of a section can have."""
    fields = ("policy",) if section == "resources" else _fields(section)
    known = sorted({*fields, *(path[0] for path in values)})
    first = field.partition(".")[0]
    if field and first not in known:
        hint = did_you_mean(first, known) or f"fields are {', '.join(known)}"
        raise NotFound(f"there is no field {shown(first)} here", hint=hint)


def _fields(section: str) -> Iterable[str]:
    """What the file's grammar knows of an entity of a section, or of the account."""
    shape = ROOT.fields[section]
    return (shape.item or shape).fields


def _chosen(values: Mapping[Path, Plain], field: str) -> Mapping[Path, Plain]:
    if not field:
        return values
    chosen = {path: value for path, value in values.items()
              if f"{'.'.join(path)}.".startswith(f"{field}.")}  # fmt: skip
    return chosen or {tuple(field.split(".")): None}


def _values(directory: Directory, section: str, name: str) -> dict[Path, Plain]:
    """What an entity holds, each value that a change may set alone; documents are one."""
    if section == "resources":
        return {NAME: name, ("policy",): dict(directory.fields_of(section, name))}
    plain = directory.fields_of(section, name) if name else directory.plain.get(section)
    values: dict[Path, Plain] = {NAME: name} if name else {}
    for field, value in plain.items() if isinstance(plain, dict) else ():
        if field in _NAMED and isinstance(value, dict):
            values |= {(field, key): inner for key, inner in value.items()}
        elif field in _LISTS and isinstance(value, list):
            values |= {(field, str(item_name(item))): item for item in value}
        else:
            values[(field,)] = value
    return values


class Blame:
    """The values whose setting is still looked for."""

    def __init__(self, asked: Asked) -> None:
        self._left = list(asked.values)
        self._absent = {path for path, value in asked.values.items() if value is None}
        self._followed = Followed(asked.name, asked.section)

    @property
    def left(self) -> list[Path]:
        """Those that no change yet taken set."""
        return self._left

    def take(self, entities: Iterable[EntityChanges]) -> list[Path]:
        """What these changes set, that no newer ones did. Further ones are taken to be older."""
        found: list[Path] = []
        for entity in self._followed.of(entities):
            ways = [way for change in entity.changes if (way := _way(change)) is not None]
            found += [path for path in self._left if any(self._set(path, way) for way in ways)]
        self._left = [path for path in self._left if path not in found]
        return found

    def _set(self, path: Path, way: Path) -> bool:
        """Whether a change there set a value; one that is not there was not set with the entity."""
        return _meets(path, way) and bool(way or path not in self._absent)

    def take_rest(self) -> list[Path]:
        """What came with the file: all that is left, but for what is not there."""
        return [path for path in self._left if path not in self._absent]


def _way(change: AnyChange) -> Path | None:
    """Where in its entity a change is; () for all of it."""
    if isinstance(change, Renamed):
        return NAME
    section = str(change.at[0])
    way = tuple(map(str, change.at[2 if section in NOUNS or section == "resources" else 1 :]))
    if section == "resources":
        return ("policy",) if way else ()
    if len(way) == 2 and way[0] in _LISTS and change.new is not None:
        return way[0], str(item_name(change.new))
    return way


def _meets(path: Path, way: Path) -> bool:
    """Whether a change of one is a change of the other."""
    shorter = min(len(path), len(way))
    return path[:shorter] == way[:shorter]
