"""Names in a merge: an entity that one side renamed is meant by its old name on the other, and who
bears a name in the end may be another than whom a side meant by it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from iamctl.domain.change import Change, apply_changes, item_name
from iamctl.domain.comparing import NAMED, REFERENCES, Sections, kept, section_of
from iamctl.domain.comparing_documents import alike
from iamctl.domain.mentions import Meant, mentions
from iamctl.domain.references import aws_principals, principal_reference
from iamctl.domain.source import Address, Plain
from iamctl.domain.tuples import NamedTuple

_NOBODY = "\0"
"""Behind the name of whom there is no longer, while another may bear it. No file can hold it."""


class Triple(NamedTuple):
    """What an entity is called in the base, in ours and in theirs, None where there is none."""

    base: str | None
    ours: str | None
    theirs: str | None

    @property
    def is_left(self) -> bool:
        """Whether no side removed it."""
        return self.base is None or None not in (self.ours, self.theirs)

    @property
    def wanted(self) -> str:
        """What it is to be called, or was when a side removed it."""
        name = self.theirs if self.ours in (self.base, None) else self.ours
        return str(self.base if name is None else name)

    @property
    def has_two_names(self) -> bool:
        """Whether each side gave it a name of its own."""
        return (
            self.is_left
            and self.ours != self.theirs
            and None not in self
            and self.base not in self[1:]
        )


def nobody(name: str) -> str:
    """What an entity is called that is gone."""
    return name + _NOBODY


Triples = Mapping[str, list[Triple]]
Spoken = tuple[Sections, Sections, Sections]
"""Three states, base, ours and theirs."""


def triples_of(base: Sections, ours: Sections, theirs: Sections) -> Triples:
    """Section -> its entities; of the new ones those of one name are one."""
    return {
        section: list(_triples(*(section_of(side, section) for side in (base, ours, theirs))))
        for section in NAMED
    }


def _triples(
    base: Mapping[str, Plain], ours: Mapping[str, Plain], theirs: Mapping[str, Plain]
) -> Iterator[Triple]:
    in_ours, in_theirs = kept(base, ours, rings=True), kept(base, theirs, rings=True)
    for name in base:
        yield Triple(name, in_ours.get(name), in_theirs.get(name))
    old_ours, old_theirs = set(in_ours.values()), set(in_theirs.values())
    new = {name: None for name in ours if name not in old_ours}
    new_theirs = {name: None for name in theirs if name not in old_theirs}
    for name in new | new_theirs:
        yield Triple(None, name if name in new else None, name if name in new_theirs else None)


def _called(entities: Iterable[Triple]) -> tuple[dict[Triple, str], set[Triple]]:
    """What each is called in the end, and who clashes: those that cannot all have the name that
    they are given are called as in ours, or are not there."""
    called = {triple: triple.wanted for triple in entities}
    clashing = {triple for triple in called if triple.has_two_names}
    reverted: set[Triple] = set()
    while True:
        count = Counter(called.values())
        twice = [t for t, name in called.items() if count[name] > 1 and t not in reverted]
        if not twice:
            return called, clashing | reverted
        reverted.update(twice)
        for triple in twice:
            if triple.ours is None:
                del called[triple]
            else:
                called[triple] = triple.ours


class Names:
    """What each state's names are in the end. `stays` says of an entity that a side removed
    whether it is there for all that, since the other side changed it."""

    def __init__(self, triples: Triples, stays: Callable[[str, Triple], bool]) -> None:
        self._became: tuple[dict[Meant, str], ...] = ({}, {}, {})
        self.names: dict[str, dict[Triple, str]] = {}
        self._clashing: dict[str, set[Triple]] = {}
        for section, entities in triples.items():
            there = (t for t in entities if t.is_left or stays(section, t))
            called, self._clashing[section] = _called(there)
            self.names[section] = {t: called.get(t) or nobody(t.wanted) for t in entities}
            borne = set(called.values())
            for triple, now in self.names[section].items():
                if triple not in called and triple.wanted not in borne:
                    now = triple.wanted  # a rule of directories tells of references to it
                for became, name in zip(self._became, triple, strict=True):
                    if name is not None and name != now:
                        became[section, name] = now

    def clash(self, section: str, triple: Triple) -> bool:
        """Whether an entity cannot be called what both sides want."""
        return triple in self._clashing[section]

    def translated(self, states: Spoken) -> Spoken:
        """The states with all they name called as it is in the end."""
        base, ours, theirs = map(_translated, states, self._became)
        return base, ours, theirs

    def lost(self, section: str, entity: Plain) -> list[Address]:
        """Where an entity of the merged state names whom there is no longer."""
        if not any(self._became) or not isinstance(entity, dict):
            return []
        return [at for at, (_, name) in _references(section, entity) if name.endswith(_NOBODY)]

    def mistaken(self, section: str, entity: Plain, sides: tuple[Plain, Plain], account: str) -> (
        list[Address]
    ):  # fmt: skip
        """Where a trust or resource policy of the merged state names another than was meant by
        whoever wrote it: `sides` are the entity in ours and in theirs."""
        if not any(self._became):
            return []
        document = entity if section == "resources" else _field(entity, "trust")
        wrote = [
            became
            for became, side in zip(self._became[1:], sides, strict=True)
            if alike(document, side if section == "resources" else _field(side, "trust"))
        ]
        named = (principal_reference(text, account) for _, text in aws_principals(document))
        found = any(
            one is not None and all((one.section, one.name) in became for became in wrote)
            for one in named
        )
        place = () if section == "resources" else ("trust",)
        return [place] if found and wrote else []


def as_written(plain: Plain) -> Plain:
    """A value in which whom there is no longer is called by the name again."""
    if isinstance(plain, str):
        return plain.removesuffix(_NOBODY)
    if isinstance(plain, list):
        return [as_written(item) for item in plain]
    if isinstance(plain, dict):
        return {key: as_written(value) for key, value in plain.items()}
    return plain


def _translated(state: Sections, became: Mapping[Meant, str]) -> Sections:
    if not became:
        return state
    found = dict(state)
    for section in NAMED:
        entities = section_of(state, section)
        if entities:
            found[section] = {
                name: _renaming(section, entity, became) for name, entity in entities.items()
            }
    return found


def _renaming(section: str, entity: Plain, became: Mapping[Meant, str]) -> Plain:
    if not isinstance(entity, dict):
        return entity
    changes = [
        Change(at, meant[1], became[meant])
        for at, meant in _references(section, entity)
        if meant in became
    ]
    return apply_changes(entity, tuple(changes))


def _references(section: str, entity: dict[str, Plain]) -> Iterator[tuple[Address, Meant]]:
    """What an entity names but in documents, each with its address; items by position."""
    for field, target in REFERENCES.items():
        items = entity.get(field)
        for index, item in enumerate(items if target and isinstance(items, list) else ()):
            inside = ("user",) if isinstance(item, dict) else ()
            yield (field, index, *inside), (str(target), str(item_name(item)))
    boundary = entity.get("boundary")
    if isinstance(boundary, str):
        yield ("boundary",), ("policies", boundary)
    for at, meant in mentions(section, entity):
        if at[0] not in REFERENCES and len(at) != 2:  # keys of mappings are no references to follow
            yield at, meant


def _field(entity: Plain, field: str) -> Plain:
    return entity.get(field) if isinstance(entity, dict) else None
