"""What two states of a directory differ in, as Changes."""

from collections.abc import Iterator, Mapping, Sequence

from iamctl.domain.change import NOUNS, AnyChange, Change, Changes, Renamed, item_name
from iamctl.domain.comparing_documents import document_changes
from iamctl.domain.source import Address, Plain, same

Sections = Mapping[str, Plain | Mapping[str, Plain]]
"""The plain value of a directory file: `Directory.plain`."""

NAMED = (*NOUNS, "resources")
"""Sections whose keys name things."""

REFERENCES = {
    "members": "users",
    "policies": "policies",
    "providers": "identity_providers",
    "client_ids": None,
}
"""Fields that list names, each once, whose order says nothing -> the section of what they name."""

_DOCUMENTS = ("trust", "document")
_NOTHING: tuple[Plain, ...] = (None, [], {})


def changes_between(old: Sections, new: Sections) -> Changes:
    """The changes that make `old` what `new` is, but for what has no meaning: the order of names,
    of statements and of list items, and empty collections.

    An entity that keeps its unique id under another name is Renamed, and what named it follows.
    One whose unique id is another than before is removed and added, whatever its name. Made one
    after the other, as `apply_changes` does, each finds its place.
    """
    return tuple(_Comparing(old, new).changes())


class _Comparing:
    def __init__(self, old: Sections, new: Sections) -> None:
        self._old, self._new = old, new
        self._kept = {name: kept(section_of(old, name), section_of(new, name)) for name in NAMED}

    def changes(self) -> Iterator[AnyChange]:
        for key in dict.fromkeys((*self._old, *self._new)):
            if key not in NAMED:
                old, new = _plain(self._old.get(key)), _plain(self._new.get(key))
                yield from self._value((key,), old, new)
        for section in NAMED:
            yield from self._entities(section)

    def _entities(self, section: str) -> Iterator[AnyChange]:
        """Removals first, so that names are free, then renames, then what else there is."""
        old, new = section_of(self._old, section), section_of(self._new, section)
        became = self._kept[section]
        yield from (
            Change((section, name), plain) for name, plain in old.items() if name not in became
        )
        yield from _renames(section, old, became)
        was = {now: name for name, now in became.items()}
        for name, plain in new.items():
            if name not in was:
                yield Change((section, name), None, plain)
            else:
                yield from self._value((section, name), old[was[name]], plain)

    def _fields(
        self, at: Address, old: dict[str, Plain], new: dict[str, Plain]
    ) -> Iterator[Change]:
        for field in dict.fromkeys((*old, *new)):
            yield from self._value((*at, field), old.get(field), new.get(field))

    def _value(self, at: Address, old: Plain, new: Plain) -> Iterator[Change]:
        if is_same(old, new):
            return
        if isinstance(old, dict) and isinstance(new, dict):
            inside = document_changes if is_document(at) else self._fields
            yield from inside(at, old, new)
        elif isinstance(old, list) and isinstance(new, list) and are_names(at, old, new):
            yield from self._names(at, old, new)
        else:
            yield Change(at, old, new)

    def _names(self, at: Address, old: list[Plain], new: list[Plain]) -> Iterator[Change]:
        """Names that come, go, or follow the rename of whom they mean."""
        before = {str(item_name(item)): item for item in old}
        after = {str(item_name(item)): item for item in new}
        became = self._kept.get(REFERENCES[str(at[-1])] or "", {})
        for name, item in before.items():
            now = became.get(name, name)
            if now in before and now != name:  # which is an item of its own until it is gone
                now = name
            if not is_same_item(item, value := after.pop(now, None)):
                yield Change((*at, name), item, value)
        yield from (Change((*at, name), None, item) for name, item in after.items())


def kept(old: Mapping[str, Plain], new: Mapping[str, Plain], rings: bool = False) -> dict[str, str]:
    """Old name -> new name of each entity that there still is: the one with its unique id, or
    where a unique id is missing, with its name. Those that swap their names in a ring are among
    them only with `rings`: none of them can be renamed first."""
    became = {name: name for name in old if name in new and _id(old[name]) == _id(new[name])}
    bearers = {_id(plain): name for name, plain in new.items() if name not in became}
    left = {name: plain for name, plain in old.items() if name not in became}
    moved: dict[str, str] = {}
    for name, plain in left.items():
        unique_id = _id(plain)
        if unique_id is not None and unique_id in bearers:
            moved[name] = bearers.pop(unique_id)
    became |= {n: now for n, now in moved.items() if rings or not _is_in_ring(n, moved)}
    taken = set(became.values())
    for name, plain in left.items():
        free = name in new and name not in moved and name not in taken
        if free and (_id(plain) is None or _id(new[name]) is None):
            became[name] = name
    return became


def _is_in_ring(name: str, moved: Mapping[str, str]) -> bool:
    now = moved[name]
    for _ in moved:
        if now == name:
            return True
        if now not in moved:
            return False
        now = moved[now]
    return False


def _renames(
    section: str, old: Mapping[str, Plain], became: Mapping[str, str]
) -> Iterator[Renamed]:
    """The renames of a section, each when whoever bore the new name has left it."""
    waiting = {name: now for name, now in became.items() if name != now}
    while waiting:
        for name, now in list(waiting.items()):
            if now not in waiting:
                yield Renamed(section, _id(old[name]), name, now)
                del waiting[name]


def _id(plain: Plain) -> str | None:
    unique_id = plain.get("id") if isinstance(plain, dict) else None
    return unique_id if isinstance(unique_id, str) else None


def is_document(at: Address) -> bool:
    """Whether a policy document stands at an address."""
    if at[0] == "resources":
        return len(at) == 2
    return (len(at) == 3 and at[2] in _DOCUMENTS) or (len(at) == 4 and at[2] == "inline")


def are_names(at: Address, *lists: Sequence[Plain]) -> bool:
    """Whether a field lists names, each once."""
    if at[-1] not in REFERENCES:
        return False
    each = [[item_name(item) for item in items] for items in lists]
    return all(
        all(isinstance(name, str) for name in names) and len(set(map(str, names))) == len(names)
        for names in each
    )


def is_same(old: Plain, new: Plain) -> bool:
    """Whether two values outside documents say the same: an empty collection is none."""
    return same(old, new) or (old in _NOTHING and new in _NOTHING)


def is_same_item(old: Plain, new: Plain) -> bool:
    """Whether two items of a list of names say the same: `alice` is `{user: alice}`."""
    return _whole_item(old) == _whole_item(new)


def _whole_item(item: Plain) -> Plain:
    return {"user": item} if isinstance(item, str) else item


def section_of(sections: Sections, name: str) -> Mapping[str, Plain]:
    """What a section holds by name; nothing where there is none."""
    found = sections.get(name)
    return found if isinstance(found, Mapping) else {}


def _plain(value: Plain | Mapping[str, Plain]) -> Plain:
    return dict(value) if isinstance(value, Mapping) else value
