"""Two states of a directory that come from one, as one: entity by entity, field by field."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import cast

from iamctl.domain.change import item_name
from iamctl.domain.comparing import (
    NAMED,
    Sections,
    are_names,
    is_document,
    is_same,
    is_same_item,
    section_of,
)
from iamctl.domain.comparing_documents import alike
from iamctl.domain.merging_names import Names, Triple, as_written, triples_of
from iamctl.domain.source import Address, Plain, same
from iamctl.domain.tuples import NamedTuple


class _Sides(NamedTuple):
    """The three states, or one section of each."""

    base: Mapping[str, Plain]
    ours: Mapping[str, Plain]
    theirs: Mapping[str, Plain]


class Clash(NamedTuple):
    """Both sides changed the value at `at`, each to another. Its entity is called `ours` on one
    side and `theirs` on the other, None where there is none; of a top-level value both are its
    key."""

    at: Address
    ours: str | None
    theirs: str | None


class Merged(NamedTuple):
    """What both sides come to; an entity or top-level value that clashes is as ours has it."""

    plain: dict[str, Plain]
    clashes: tuple[Clash, ...]


def merged(base: Sections, ours: Sections, theirs: Sections) -> Merged:
    """What `ours` and `theirs` made of `base`, together.

    Entities are the same by unique id, or where one is missing by name. A value that one side
    changed is as that side has it: a field, an item of a mapping, a name in a list; a policy
    document is one value. References follow renames; one to an entity that is gone, whose name
    another bears by now, clashes.
    """
    if _is_one(base, theirs) or _is_one(ours, theirs):  # one side's work alone, right or wrong
        return Merged(dict(cast(dict[str, Plain], ours)), ())
    if _is_one(base, ours):
        return Merged(dict(cast(dict[str, Plain], theirs)), ())
    return _Merging(base, ours, theirs).run()


def _is_one(one: Sections, other: Sections) -> bool:
    return same(cast(Plain, one), cast(Plain, other))


class _Merging:
    def __init__(self, base: Sections, ours: Sections, theirs: Sections) -> None:
        self._triples = triples_of(base, ours, theirs)
        self._names = Names(self._triples)
        states = self._names.translated((base, ours, theirs))
        self._sides = _Sides(*(cast(Mapping[str, Plain], state) for state in states))
        account = self._sides.ours.get("account")
        self._account = str(account.get("id")) if isinstance(account, dict) else ""
        self._clashes: list[Clash] = []

    def run(self) -> Merged:
        """See merged."""
        sides = self._sides
        plain: dict[str, Plain] = {}
        for key in dict.fromkeys((*sides.ours, *sides.theirs)):
            value = self._section(key) if key in NAMED else self._top(key)
            if value is not None:
                plain[key] = value
        return Merged(plain, tuple(self._clashes))

    def _top(self, key: str) -> Plain:
        """A top-level value that holds no entities."""
        inside: list[Address] = []
        base, ours, theirs = (side.get(key) for side in self._sides)
        value = _value((key,), base, ours, theirs, inside)
        self._clashes += [Clash(at, key, key) for at in inside]
        return ours if inside else value

    def _section(self, section: str) -> dict[str, Plain]:
        sides = _Sides(*(section_of(side, section) for side in self._sides))
        found: list[tuple[str, Triple, Plain]] = []
        for triple in self._triples[section]:
            for name, value in self._entity(section, triple, sides):
                found.append((name, triple, as_written(value)))
        taken = Counter(name for name, _, _ in found)
        twice = [
            Clash((section, name), triple.ours, triple.theirs)
            for name, triple, _ in found
            if taken[name] > 1
        ]
        self._clashes += twice
        if twice:
            return cast(dict[str, Plain], as_written(dict(sides.ours)))
        return {name: value for name, _, value in found}

    def _entity(self, section: str, triple: Triple, sides: _Sides) -> Iterator[tuple[str, Plain]]:
        """What an entity is called in the end, with its value; nothing where it is gone."""
        if triple.ours is None or triple.theirs is None:
            found, inside = _lone(section, triple, sides)
        else:
            found, inside = _common(section, triple, sides)
        for name, value in found:
            wrote = tuple(
                None if own is None else side[own]
                for own, side in ((triple.ours, sides.ours), (triple.theirs, sides.theirs))
            )
            odd = self._names.lost(section, value)
            odd += self._names.mistaken(section, value, (wrote[0], wrote[1]), self._account)
            inside += [(section, name, *at) for at in odd]
        self._clashes += [Clash(at, triple.ours, triple.theirs) for at in inside]
        if not inside:
            yield from found
        elif triple.ours is not None:
            yield triple.ours, sides.ours[triple.ours]


_Found = tuple[list[tuple[str, Plain]], list[Address]]
"""An entity's name and value, if it is left, and where it clashes."""


def _common(section: str, triple: Triple, sides: _Sides) -> _Found:
    """An entity that both sides have."""
    base, ours, theirs = triple
    assert ours is not None
    assert theirs is not None
    before = None if base is None else sides.base[base]
    inside: list[Address] = []
    if triple.name != theirs and theirs != base:
        inside.append((section, ours))
    value = _value((section, ours), before, sides.ours[ours], sides.theirs[theirs], inside)
    return [(triple.name, value)], inside


def _lone(section: str, triple: Triple, sides: _Sides) -> _Found:
    """An entity that one side alone has: a new one, or one that the other side removed."""
    base, ours, theirs = triple
    name, side = (theirs, sides.theirs) if ours is None else (ours, sides.ours)
    if name is None:
        return [], []
    if base is None:
        return [(name, side[name])], []
    is_untouched = name == base and same(side[name], sides.base[base])
    return [], [] if is_untouched else [(section, name)]


def _value(at: Address, base: Plain, ours: Plain, theirs: Plain, clashes: list[Address]) -> Plain:
    """One value; where both sides changed it, by its parts, or else it clashes."""
    is_one = alike if is_document(at) else is_same
    if is_one(ours, theirs) or is_one(base, theirs):
        return ours
    if is_one(base, ours):
        return theirs
    if not is_document(at) and (base is not None or len(at) > 2):
        parts = (base, ours, theirs)
        if all(part is None or isinstance(part, dict) for part in parts):
            return _mapping(at, [cast(dict[str, Plain], part or {}) for part in parts], clashes)
        lists = [cast(list[Plain], part or []) for part in parts]
        if all(isinstance(part, list) for part in lists) and are_names(at, *lists):
            return _names(at, lists, clashes)
    clashes.append(at)
    return ours


def _mapping(
    at: Address, sides: list[dict[str, Plain]], clashes: list[Address]
) -> dict[str, Plain]:
    base, ours, theirs = sides
    found: dict[str, Plain] = {}
    for key in dict.fromkeys((*ours, *theirs)):
        value = _value((*at, key), base.get(key), ours.get(key), theirs.get(key), clashes)
        if value is not None:
            found[key] = value
    return found


def _names(at: Address, sides: list[list[Plain]], clashes: list[Address]) -> list[Plain]:
    before, one, other = ({str(item_name(item)): item for item in items} for items in sides)
    found: list[Plain] = []
    for name in dict.fromkeys((*one, *other)):
        was, here, there = before.get(name), one.get(name), other.get(name)
        if is_same_item(here, there) or is_same_item(was, there):
            item = here
        else:
            item = there
            if not is_same_item(was, here):
                clashes.append((*at, name))
        if item is not None:
            found.append(item)
    return found
