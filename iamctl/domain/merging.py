"""Two states of a directory that come from one, as one: entity by entity, field by field."""

from collections.abc import Mapping
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
from iamctl.domain.merging_names import Names, Triple, as_written, nobody, triples_of
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
    """What both sides come to; an entity or top-level value that clashes is as ours has it.

    `names` says by section what each entity is called in the end, of one that is gone `nobody` of
    the name.
    """

    plain: dict[str, Plain]
    clashes: tuple[Clash, ...]
    names: Mapping[str, Mapping[Triple, str]]


def merged(base: Sections, ours: Sections, theirs: Sections) -> Merged:
    """What `ours` and `theirs` made of `base`, together.

    Entities are the same by unique id, or where one is missing by name. A value that one side
    changed is as that side has it: a field, an item of a mapping, a name in a list; a policy
    document is one value. References follow renames; one to an entity that is gone, whose name
    another bears by now, clashes.
    """
    merging = _Merging(base, ours, theirs)
    # One side's work alone is taken whole, right or wrong.
    if _is_one(base, theirs) or _is_one(ours, theirs):
        return merging.alone(ours)
    return merging.alone(theirs) if _is_one(base, ours) else merging.run()


def _is_one(one: Sections, other: Sections) -> bool:
    return same(cast(Plain, one), cast(Plain, other))


class _Merging:
    def __init__(self, base: Sections, ours: Sections, theirs: Sections) -> None:
        self._states = (base, ours, theirs)
        self._triples = triples_of(base, ours, theirs)
        self._names = Names(self._triples, self._stays)
        translated = self._names.translated((base, ours, theirs))
        self._sides = _Sides(*(cast(Mapping[str, Plain], state) for state in translated))
        account = self._sides.ours.get("account")
        self._account = str(account.get("id")) if isinstance(account, dict) else ""
        self._clashes: list[Clash] = []

    def _stays(self, section: str, triple: Triple) -> bool:
        """Whether ours has an entity that theirs removed, and changed it."""
        if triple.base is None or triple.ours is None:
            return False
        base, ours, _ = (section_of(state, section) for state in self._states)
        return triple.ours != triple.base or not same(base[triple.base], ours[triple.ours])

    def alone(self, side: Sections) -> Merged:
        """What one side says."""
        return Merged(dict(cast(dict[str, Plain], side)), (), self._names.names)

    def run(self) -> Merged:
        """See merged."""
        sides = self._sides
        plain: dict[str, Plain] = {}
        for key in dict.fromkeys((*sides.ours, *sides.theirs)):
            value = self._section(key) if key in NAMED else self._top(key)
            if value is not None:
                plain[key] = value
        return Merged(plain, tuple(self._clashes), self._names.names)

    def _top(self, key: str) -> Plain:
        """A top-level value that holds no entities."""
        inside: list[Address] = []
        base, ours, theirs = (side.get(key) for side in self._sides)
        value = _value((key,), base, ours, theirs, inside)
        self._clashes += [Clash(at, key, key) for at in inside]
        return ours if inside else value

    def _section(self, section: str) -> dict[str, Plain]:
        sides = _Sides(*(section_of(side, section) for side in self._sides))
        found: dict[str, Plain] = {}
        for triple in self._triples[section]:
            value, inside = self._entity(section, triple, sides)
            name = triple.ours if inside else self._names.names[section][triple]
            if name in found:
                inside.append((section, str(name)))
            elif name is not None and value is not None:
                found[name] = as_written(value)
            self._clashes += [Clash(at, triple.ours, triple.theirs) for at in inside]
        return found

    def _entity(self, section: str, triple: Triple, sides: _Sides) -> tuple[Plain, list[Address]]:
        """What an entity is in the end, None where it is gone; and where it clashes: then it is as
        ours has it."""
        base, ours, theirs = (
            None if name is None else side[name] for name, side in zip(triple, sides, strict=True)
        )
        name = triple.theirs if triple.ours is None else triple.ours
        inside: list[Address] = []
        if name is None:
            return None, inside
        if None not in triple[1:]:
            value = _value((section, name), base, ours, theirs, inside)
        else:
            value = theirs if triple.ours is None else ours
            if triple.base is not None:  # which the other side removed
                if name == triple.base and same(value, base):
                    return None, inside
                inside.append((section, name))
        if self._names.clash(section, triple):
            inside.append((section, name))
        odd = self._names.lost(section, value)
        odd += self._names.mistaken(section, value, (ours, theirs), self._account)
        inside += [(section, name, *at) for at in odd]
        return (ours, list(dict.fromkeys(inside))) if inside else (value, inside)


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
            who = {name, nobody(name)}
            if nobody(name) in before and any(who.isdisjoint(side) for side in (one, other)):
                # One side took out somebody whom the other made anew under the name.
                clashes.append((*at, name))
    return found
