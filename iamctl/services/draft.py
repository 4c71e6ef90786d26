"""Collects the changes of one edit, while the plan goes on reading what it has changed so far."""

from collections.abc import Sequence

from iamctl.domain.change import (
    NOUNS,
    Change,
    Changes,
    Renamed,
    apply_changes,
    item_name,
    position,
    value_at,
)
from iamctl.domain.directory import Directory
from iamctl.domain.source import Address, Plain


class Draft:
    """The changes of one plan, in a normal form that does not depend on how it got there.

    No two changes overlap: what is written inside a value that this edit adds becomes part of
    that value, and what is written above earlier changes replaces them. `old` is always what the
    file holds. Only the entities that are touched are copied.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._drafts: dict[Address, dict[str, Plain]] = {}
        self._changes: dict[Address, Change] = {}
        self._renamed: list[Renamed] = []

    @property
    def changes(self) -> Changes:
        """What was collected, renames first."""
        return (*self._renamed, *self._changes.values())

    def value(self, at: Address) -> Plain:
        """The value at an address as this edit leaves it, or None."""
        draft = self._drafts.get(_owner(at))
        return self._directory.value_at(at) if draft is None else value_at(draft, at)

    def set(self, at: Address, new: Plain) -> None:
        """Write a value; None removes it. Writing what already stands there changes nothing."""
        if _same(self.value(at), new):
            return
        before = self._draft(at)
        self._drafts[_owner(at)] = _applied(before, at, new)
        for width in range(1, len(at)):
            whole = self._changes.get(at[:width])
            if whole is not None and whole.new is not None:
                kept = value_at(self._drafts[_owner(at)], at[:width])
                self._changes[at[:width]] = whole._replace(new=kept)
                return
        for inner in [a for a in self._changes if a[: len(at)] == at]:
            del self._changes[inner]
        old = self._directory.value_at(at)
        if not _same(old, new):
            self._changes[at] = Change(at, old, new)

    def add_item(self, at: Address, item: Plain) -> None:
        """Add to a list of names, or replace the item of that name."""
        name = item_name(item)
        items = self.value(at)
        if isinstance(items, list) and items:
            self.set((*at, str(name)), item)
        else:
            self.set(at, [item])

    def remove_item(self, at: Address, name: str) -> None:
        """Remove from a list of names; the list goes with its last item."""
        items = self.value(at)
        if isinstance(items, list) and position(items, name) is not None:
            self.set(at if len(items) == 1 else (*at, name), None)

    def put(self, at: Address, key: str, value: Plain) -> None:
        """Write one entry of a mapping such as tags, making the mapping where there is none."""
        entries = self.value(at)
        if isinstance(entries, dict) and entries:
            self.set((*at, key), value)
        else:
            self.set(at, {key: value})

    def drop(self, at: Address, key: str) -> None:
        """Remove one entry of a mapping; the mapping goes with its last entry."""
        entries = self.value(at)
        if isinstance(entries, dict) and key in entries:
            self.set(at if len(entries) == 1 else (*at, key), None)

    def rename(self, section: str, old: str, new: str) -> None:
        """Give an entity another name; its own values cannot be changed in the same edit."""
        unique_id = self._directory.value_at((section, old, "id"))
        self._renamed.append(Renamed(section, None if unique_id is None else str(unique_id),
                                     old, new))  # fmt: skip

    def set_document(self, at: Address, new: Plain) -> None:
        """Write a policy document, touching only the elements that differ from the file's."""
        if any(at[:width] in self._changes for width in range(1, len(at) + 1)):
            self.set(at, new)
            return
        written = self._directory.value_at(at)
        self.set(at, written)
        for where, value in _differences(at, written, new):
            self.set(where, value)

    def _draft(self, at: Address) -> dict[str, Plain]:
        owner = _owner(at)
        draft = self._drafts.get(owner)
        if draft is not None:
            return draft
        value = self._directory.value_at(owner)
        return {} if value is None else _applied({}, owner, value)


def _owner(at: Address) -> Address:
    """The part of the file that is copied when something in it changes."""
    return at[:2] if at[0] in NOUNS else at[:1]


def _applied(root: dict[str, Plain], at: Address, new: Plain) -> dict[str, Plain]:
    applied = apply_changes(root, (Change(at, None, new),))
    return applied if isinstance(applied, dict) else {}


def _same(one: Plain, other: Plain) -> bool:
    """Equality that tells true from 1, as a document does."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(v, other[k]) for k, v in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _differences(at: Address, old: Plain, new: Plain) -> Sequence[tuple[Address, Plain]]:
    """The smallest writes that turn one document into another, list items last to first."""
    if _same(old, new):
        return ()
    if isinstance(old, dict) and isinstance(new, dict) and old and new:
        return [
            write
            for key in (*old, *(k for k in new if k not in old))
            for write in _differences((*at, key), old.get(key), new.get(key))
        ]
    if isinstance(old, list) and isinstance(new, list) and old and new:
        return _list_differences(at, old, new)
    return ((at, new),)


def _list_differences(
    at: Address, old: list[Plain], new: list[Plain]
) -> Sequence[tuple[Address, Plain]]:
    """Items changed in place, appended or taken out; a list mixed otherwise is written whole."""
    if len(new) < len(old):
        removed = _removed(old, new)
        if removed is None:
            return ((at, new),)
        return [((*at, index), None) for index in reversed(removed)]
    if len(new) > len(old) and _same(old[-1], new[-1]):
        return ((at, new),)
    writes: list[tuple[Address, Plain]] = []
    for index, item in enumerate(old):
        writes += _differences((*at, index), item, new[index])
    return [*writes, *(((*at, index), new[index]) for index in range(len(old), len(new)))]


def _removed(old: list[Plain], new: list[Plain]) -> list[int] | None:
    """The positions to take out of `old` to get `new`, or None when that is not all."""
    removed: list[int] = []
    kept = 0
    for index, item in enumerate(old):
        if kept < len(new) and _same(item, new[kept]):
            kept += 1
        else:
            removed.append(index)
    return removed if kept == len(new) else None
