"""The one way a directory changes."""

from collections.abc import Sequence

from iamctl.domain.source import Address, Plain
from iamctl.domain.tuples import NamedTuple


class Change(NamedTuple):
    """Sets, adds or removes the value at an address.

    No `old` adds, no `new` removes. In lists of names the last step is the item's name and the
    value is the item as the file holds it.
    """

    at: Address
    old: Plain = None
    new: Plain = None


class Renamed(NamedTuple):
    """An entity keeps its unique id under another name. `kind` is its section: "users"."""

    kind: str
    id: str | None
    old: str
    new: str


AnyChange = Change | Renamed
Changes = tuple[AnyChange, ...]

NOUNS = {
    "users": "user",
    "groups": "group",
    "roles": "role",
    "policies": "policy",
    "mfa": "MFA device",
    "identity_providers": "identity provider",
    "identity_pools": "identity pool",
}
"""Section of the file -> what one of its entities is called."""

KINDS = {
    **{section: NOUNS[section] for section in ("users", "groups", "roles", "policies")},
    "mfa": "mfa",
    "identity_providers": "provider",
    "identity_pools": "pool",
}
"""Section of the file -> the command that is about it, which also stands before a name where
names of several sections may be meant: `user/alice`, `pool/web`."""


def item_name(item: Plain) -> Plain:
    """What an item of a list of names is called: itself, or its `user`."""
    return item.get("user") if isinstance(item, dict) else item


def position(items: Sequence[Plain], step: str | int) -> int | None:
    """Where the item a step names stands in a list, or None."""
    if isinstance(step, int):
        return step if 0 <= step < len(items) else None
    for index, item in enumerate(items):
        if item_name(item) == step:
            return index
    return None


def value_at(root: Plain, at: Address) -> Plain:
    """The value at an address, or None where there is none."""
    value = root
    for step in at:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list):
            index = position(value, step)
            value = None if index is None else value[index]
        else:
            return None
    return value


def apply_changes(root: Plain, changes: Changes) -> Plain:
    """A new plain value with the changes made in their order; `root` stays as it is.

    Missing parents on the way to an added value are made (mappings; lists for members and
    attached policies are added whole by the plan). Raises KeyError when a change has no place.
    """
    for change in changes:
        if isinstance(change, Renamed):
            root = _renamed(root, change)
        else:
            root = _set(root, change.at, change.new)
    return root


def _renamed(root: Plain, change: Renamed) -> Plain:
    if not isinstance(root, dict):
        raise KeyError(change.kind)
    section = root.get(change.kind)
    if not isinstance(section, dict) or change.old not in section:
        raise KeyError(change.old)
    renamed = {change.new if name == change.old else name: v for name, v in section.items()}
    return {**root, change.kind: renamed}


def _set(parent: Plain, at: Address, new: Plain) -> Plain:
    step, rest = at[0], at[1:]
    if isinstance(parent, list):
        return _set_item(parent, step, rest, new)
    if parent is None:
        parent = {}
    if not isinstance(parent, dict):
        raise KeyError(step)
    key = str(step)
    value = _set(parent.get(key), rest, new) if rest else new
    if value is None:
        return {k: v for k, v in parent.items() if k != key}
    return {**parent, key: value}


def _set_item(items: list[Plain], step: str | int, rest: Address, new: Plain) -> Plain:
    index = position(items, step)
    if index is None:
        if rest or new is None or (isinstance(step, int) and step != len(items)):
            raise KeyError(step)
        return [*items, new]
    value = _set(items[index], rest, new) if rest else new
    return [*items[:index], *([] if value is None else [value]), *items[index + 1 :]]


def touched(changes: Changes) -> tuple[tuple[str, ...], ...]:
    """The entities, as ("users", "alice") or ("account",), that the changes write to."""
    seen: dict[tuple[str, ...], None] = {}
    for change in changes:
        if isinstance(change, Renamed):
            seen[change.kind, change.old] = None
            seen[change.kind, change.new] = None
        else:
            width = 2 if change.at[0] in NOUNS else 1
            seen[tuple(str(step) for step in change.at[:width])] = None
    return tuple(seen)
