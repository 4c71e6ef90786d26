"""The one way a directory changes."""

from collections.abc import Sequence
from typing import NamedTuple

from iamctl.domain.source import Address, Plain


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

NOUNS = {"users": "user", "groups": "group", "roles": "role", "policies": "policy"}
"""Section of the file -> what one of its entities is called."""


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


def describe(change: AnyChange) -> str:
    """A person's words for a change: `user "alice": add tag team = payments`."""
    if isinstance(change, Renamed):
        return f'{NOUNS[change.kind]} "{change.old}": rename to "{change.new}"'
    head, *tail = change.at
    if head not in NOUNS:
        return f"{head}: {_act(change)} {'.'.join(map(str, tail)) or 'section'}{_value(change)}"
    noun = f'{NOUNS[str(head)]} "{tail[0]}"'
    if len(tail) == 1:
        return f"{_act(change)} {noun}"
    return f"{noun}: {_what(change, tail[1:])}"


_SINGULAR = {"tags": "tag", "keys": "key", "inline": "inline policy", "members": "member"}
_DOCUMENTS = {"trust": "trust policy", "document": "document"}


def _act(change: Change) -> str:
    if change.old is None:
        return "add"
    return "remove" if change.new is None else "set"


def _what(change: Change, path: Sequence[str | int]) -> str:
    field, *rest = path
    if not rest:
        if field in _DOCUMENTS:
            return f"{_act(change)} {_DOCUMENTS[str(field)]}"
        return f"{_act(change)} {field}{_value(change)}"
    if field == "policies":
        verb = "attach" if change.new is not None else "detach"
        return f'{verb} policy "{rest[0]}"'
    if field in _DOCUMENTS:
        return _in_document(change, _DOCUMENTS[str(field)], rest)
    noun = _SINGULAR.get(str(field), str(field))
    if field == "inline" and len(rest) > 1:
        return _in_document(change, f"{noun} {rest[0]}", rest[1:])
    if field in ("keys", "members") and len(rest) > 1:
        return f"{_act(change)} {rest[1]} of {noun} {rest[0]}{_value(change)}"
    return f"{_act(change)} {noun} {'.'.join(map(str, rest))}{_value(change)}"


def _in_document(change: Change, document: str, steps: Sequence[str | int]) -> str:
    """A change inside a policy document; statements are counted from 1, as people do."""
    place = document
    if steps[0] == "Statement" and len(steps) > 1 and isinstance(steps[1], int):
        if len(steps) == 2:
            return f"{document}: {_act(change)} statement {steps[1] + 1}"
        place, steps = f"{document}, statement {steps[1] + 1}", steps[2:]
    names = ".".join(step for step in steps if isinstance(step, str))
    gone = f" {change.old}" if change.new is None and isinstance(change.old, str) else ""
    return f"{place}: {_act(change)} {names}{gone}{_value(change)}"


def _value(change: Change) -> str:
    new = change.new
    if isinstance(new, str | int | float | bool):
        return f" = {new}" if new != change.at[-1] else ""
    if isinstance(new, dict) and "until" in new:
        return f" until {new['until']}"
    items = new if isinstance(new, list) else []
    if isinstance(new, dict):
        items = [f"{key}={value}" for key, value in new.items() if isinstance(value, str)]
    words = [str(item_name(item)) for item in items if not isinstance(item, list)]
    return f" {', '.join(words)}" if words and len(words) == len(new or ()) else ""
