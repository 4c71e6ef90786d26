"""What two states of a directory differ in, an entity at a time, as a reviewer reads it."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Literal, NamedTuple

from iamctl.domain.change import NOUNS, AnyChange, Change, Renamed
from iamctl.domain.comparing import changes_between
from iamctl.domain.directory import Directory
from iamctl.domain.errors import IamctlError
from iamctl.domain.source import Address

State = Literal["added", "removed", "replaced", "renamed", "changed"]

_LAYOUT = ("include", "iamctl")
"""Top-level keys that say how a directory is written, and nothing about it."""
_PRINCIPALS = ("users", "roles", "identity_providers")
"""Sections whose entities policies may name as principals."""


class EntityChanges(NamedTuple):
    """What became of one entity, or of a section that names none (`name` is "").

    Replaced is one of a name whose unique id is another than before: removed and added. `was` is
    the name before a rename. `notes` say in words which principals mean another identity than they
    did, or nobody.
    """

    section: str
    name: str
    state: State
    changes: tuple[AnyChange, ...]
    was: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        """What an entity of the section is called."""
        return "resource" if self.section == "resources" else NOUNS.get(self.section, self.section)


def entity_changes(old: Directory, new: Directory) -> tuple[EntityChanges, ...]:
    """All that differs in meaning, in the order of the sections; nothing where nothing does."""
    groups: dict[tuple[str, str], list[AnyChange]] = {}
    for change in changes_between(old.plain, new.plain):
        if isinstance(change, Renamed):
            groups.setdefault((change.kind, change.new), []).append(change)
        elif change.at[0] not in _LAYOUT:
            groups.setdefault(_owner(change.at), []).append(change)
    return tuple(_entity(old, new, *owner, tuple(changes)) for owner, changes in groups.items())


def nothing_of(directory: Directory) -> Directory:
    """A directory of the same account with nobody in it: what there is where there is no file."""
    return Directory({"account": directory.value_at(("account",))})


def _owner(at: Address) -> tuple[str, str]:
    section = str(at[0])
    named = section in NOUNS or section == "resources"
    return section, str(at[1]) if named and len(at) > 1 else ""


def _entity(
    old: Directory, new: Directory, section: str, name: str, changes: tuple[AnyChange, ...]
) -> EntityChanges:
    renamed = next((change.old for change in changes if isinstance(change, Renamed)), None)
    whole = [c for c in changes if isinstance(c, Change) and len(c.at) == 2 and name]
    removed = any(change.new is None for change in whole)
    added = any(change.old is None for change in whole)
    state: State = "changed"
    if removed or added:
        state = "replaced" if removed and added else "removed" if removed else "added"
    elif renamed is not None:
        state = "renamed"
    before = None if state == "added" else renamed or name
    after = None if state == "removed" else name
    notes: tuple[str, ...] = ()
    if section in _PRINCIPALS:
        notes = tuple(dict.fromkeys(_notes(old, new, section, before, after)))
    if after is not None and section in NOUNS:
        notes += tuple(dict.fromkeys(_uses(old, new, section, after)))
    return EntityChanges(section, name, state, changes, renamed, notes)


def _notes(
    old: Directory, new: Directory, section: str, before: str | None, after: str | None
) -> Iterator[str]:
    """Which principals mean nobody any more, somebody at last, or somebody else."""
    came, noun = _called(new, section, after), NOUNS[section]
    for principal in dict.fromkeys((*came, *_called(old, section, before))):
        was, now = _bearer(old, principal), _bearer(new, principal)
        if _is_same(was, now) or (now is not None and principal not in came):
            continue
        known = set(map(_place, old.principals_naming(principal)))
        for place in map(_place, new.principals_naming(principal)):
            if now is None:
                yield f"{place} still names {principal}, which is no {noun} any more"
            elif was is not None:
                yield f"{place} names {principal}, which is another {noun} than before"
            elif place in known:
                yield f"{place} named {principal} before there was such a {noun}"


def _uses(old: Directory, new: Directory, section: str, name: str) -> Iterator[str]:
    """What meant another entity by that name before, and goes on to mean whoever bears it."""
    was, now = (side.fields_of(section, name).get("id") for side in (old, new))
    if not (was and now) or was == now:
        return
    facts = [("mention", f"{section}/{name}"), *([("member", name)] if section == "users" else [])]
    for kind, key in facts:
        known = old.holders(kind, key)
        for holder, its_name in new.holders(kind, key):
            if (holder, its_name) in known:
                yield (f'{NOUNS[holder]} "{its_name}" still has {name}, which is another '
                       f"{NOUNS[section]} than before")  # fmt: skip


def _called(directory: Directory, section: str, name: str | None) -> list[str]:
    """What principals may call an entity: its ARN and its unique id."""
    if name is None:
        return []
    found = [str(directory.fields_of(section, name).get("id") or "")]
    with suppress(IamctlError):  # it is broken in some other way
        found.insert(0, directory.arn(directory.named(section, name)))
    return list(filter(None, found))


def _bearer(directory: Directory, principal: str) -> tuple[str | None, str] | None:
    """The unique id and the name of whom a principal means; None when it means nobody here."""
    with suppress(IamctlError):
        is_arn = principal.startswith("arn:")
        entity = directory.by_arn(principal) if is_arn else directory.by_unique_id(principal)
        if entity is not None:
            return getattr(entity, "id", None), entity.name
    return None


def _is_same(was: tuple[str | None, str] | None, now: tuple[str | None, str] | None) -> bool:
    if was is None or now is None:
        return was is now
    return was[0] == now[0] if was[0] and now[0] else was[1] == now[1]


def _place(at: Address) -> str:
    """Where a principal stands, in words."""
    if at[0] == "roles":
        return f'the trust policy of role "{at[1]}"'
    return f'the policy of resource "{at[1]}"'
