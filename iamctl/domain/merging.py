"""Two states of a directory that come from one, as one: entity by entity, field by field."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import cast

from iamctl.domain.change import Change, apply_changes, item_name, value_at
from iamctl.domain.comparing import (
    NAMED,
    REFERENCES,
    Sections,
    are_names,
    is_document,
    is_same_item,
    kept,
    section_of,
)
from iamctl.domain.comparing_documents import alike
from iamctl.domain.mentions import Meant, mentions
from iamctl.domain.source import Address, Plain
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


class _Triple(NamedTuple):
    """What an entity is called in each state, None where there is none."""

    base: str | None
    ours: str | None
    theirs: str | None


def merged(base: Sections, ours: Sections, theirs: Sections) -> Merged:
    """What `ours` and `theirs` made of `base`, together.

    Entities are the same by unique id, or where one is missing by name. A value that one side
    changed is as that side has it: a field, an item of a mapping, a name in a list; a policy
    document is one value. Lists of names follow renames.
    """
    if base in (ours, theirs) or ours == theirs:  # one side's work alone, right or wrong
        return Merged(cast(dict[str, Plain], theirs if ours == base else ours), ())
    sides = _Sides(*(cast(Mapping[str, Plain], side) for side in (base, ours, theirs)))
    plain: dict[str, Plain] = {}
    clashes: list[Clash] = []
    for key in dict.fromkeys((*ours, *theirs)):
        if key in NAMED:
            plain[key] = _section(key, _Sides(*(section_of(side, key) for side in sides)), clashes)
        elif (value := _top(key, sides, clashes)) is not None:
            plain[key] = value
    return Merged(_followed(sides, plain), tuple(clashes))


def _top(key: str, sides: _Sides, clashes: list[Clash]) -> Plain:
    """A top-level value that holds no entities."""
    inside: list[Address] = []
    base, ours, theirs = (side.get(key) for side in sides)
    value = _value((key,), base, ours, theirs, inside)
    clashes += [Clash(at, key, key) for at in inside]
    return ours if inside else value


def _section(section: str, sides: _Sides, clashes: list[Clash]) -> dict[str, Plain]:
    found: list[tuple[str, _Triple, Plain]] = []
    for triple in _triples(sides):
        found += [(name, triple, value) for name, value in _entity(section, triple, sides, clashes)]
    taken = Counter(name for name, _, _ in found)
    twice = [
        Clash((section, name), triple.ours, triple.theirs)
        for name, triple, _ in found
        if taken[name] > 1
    ]
    clashes += twice
    return dict(sides.ours) if twice else {name: value for name, _, value in found}


def _entity(
    section: str, triple: _Triple, sides: _Sides, clashes: list[Clash]
) -> Iterator[tuple[str, Plain]]:
    """What an entity is called in the end, with its value; nothing where it is gone."""
    base, ours, theirs = triple
    if ours is None or theirs is None:
        yield from _lone(section, triple, sides, clashes)
        return
    before = None if base is None else sides.base[base]
    inside: list[Address] = []
    name = theirs if ours == base else ours
    if name != theirs and theirs != base:
        inside.append((section, ours))
    value = _value((section, ours), before, sides.ours[ours], sides.theirs[theirs], inside)
    clashes += [Clash(at, ours, theirs) for at in inside]
    yield (ours, sides.ours[ours]) if inside else (name, value)


def _lone(
    section: str, triple: _Triple, sides: _Sides, clashes: list[Clash]
) -> Iterator[tuple[str, Plain]]:
    """An entity that one side alone has: a new one, or one that the other side removed."""
    base, ours, theirs = triple
    name, side = (theirs, sides.theirs) if ours is None else (ours, sides.ours)
    if name is None:
        return
    if base is not None:
        if name == base and side[name] == sides.base[base]:
            return
        clashes.append(Clash((section, name), ours, theirs))
    if base is None or ours is not None:
        yield name, side[name]


def _triples(sides: _Sides) -> Iterator[_Triple]:
    """Each entity of the three states; of the new ones those of one name are one."""
    base, ours, theirs = sides
    in_ours, in_theirs = kept(base, ours), kept(base, theirs)
    for name in base:
        yield _Triple(name, in_ours.get(name), in_theirs.get(name))
    old_ours, old_theirs = set(in_ours.values()), set(in_theirs.values())
    new = {name: None for name in ours if name not in old_ours}
    new_theirs = {name: None for name in theirs if name not in old_theirs}
    for name in new | new_theirs:
        yield _Triple(None, name if name in new else None, name if name in new_theirs else None)


def _value(at: Address, base: Plain, ours: Plain, theirs: Plain, clashes: list[Address]) -> Plain:
    """One value; where both sides changed it, by its parts, or else it clashes."""
    same = alike if is_document(at) else _same
    if same(ours, theirs) or same(base, theirs):
        return ours
    if same(base, ours):
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


def _same(one: Plain, other: Plain) -> bool:
    return one == other or (one in (None, [], {}) and other in (None, [], {}))


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


def _followed(sides: _Sides, plain: dict[str, Plain]) -> dict[str, Plain]:
    """The plain value in which what still names an entity by its old name follows the rename."""
    renamed: dict[Meant, str] = {}
    for section in NAMED:
        there = section_of(plain, section)
        for side in (sides.ours, sides.theirs):
            became = kept(section_of(sides.base, section), section_of(side, section))
            renamed |= {
                (section, name): now
                for name, now in became.items()
                if name != now and now in there and name not in there
            }
    changes = [
        change
        for section in (NAMED if renamed else ())
        for name, value in section_of(plain, section).items()
        if isinstance(value, dict)
        for change in _references((section, name), value, renamed)
    ]
    return cast(dict[str, Plain], apply_changes(plain, tuple(changes)))


def _references(
    at: Address, entity: dict[str, Plain], renamed: Mapping[Meant, str]
) -> Iterator[Change]:
    """The changes that make an entity name others as they are called now."""
    for place, meant in mentions(str(at[0]), entity):
        if meant in renamed and value_at(entity, place) == meant[1] and place[0] != "providers":
            yield Change((*at, *place), meant[1], renamed[meant])
    boundary = ("policies", str(entity.get("boundary")))
    if boundary in renamed:
        yield Change((*at, "boundary"), boundary[1], renamed[boundary])
    for field, section in REFERENCES.items():
        items = entity.get(field)
        names = [str(item_name(item)) for item in items] if isinstance(items, list) else []
        for name, item in zip(names, cast(list[Plain], items or []), strict=True):
            now = renamed.get((section or "", name))
            if now is not None:
                value: Plain = {**item, "user": now} if isinstance(item, dict) else now
                yield Change((*at, field, name), item, None if now in names else value)
