"""Changes in a person's words."""

from collections.abc import Sequence

from iamctl.domain.change import NOUNS, AnyChange, Change, Renamed, item_name
from iamctl.domain.source import Plain

_NAMED = {
    "tags": ("tag", "tags"),
    "keys": ("key", "keys"),
    "inline": ("inline policy", "inline policies"),
    "members": ("member", "members"),
    "policies": ("policy", "policies"),
    "quotas": ("quota", "quotas"),
    "client_ids": ("client id", "client ids"),
    "jwks": ("signing key", "signing keys"),
    "providers": ("provider", "providers"),
    "role_mappings": ("role mapping", "role mappings"),
}
"""Fields of named items -> what one and several are called."""

_VALUED = ("tags", "quotas")
_LISTS_OF_NAMES = ("members", "providers")
_DOCUMENTS = {"trust": "trust policy", "document": "document", "saml_metadata": "SAML metadata"}
_PAST = {
    "add": "added",
    "remove": "removed",
    "set": "set",
    "attach": "attached",
    "detach": "detached",
    "rename": "renamed",
    "activate": "activated",
    "deactivate": "deactivated",
}


def describe(change: AnyChange, done: bool = False) -> str:
    """What a change does: `user "alice": add tag team = payments`.

    Of a change that is `done`, what it did: `user "alice": added tag team = payments`.
    """
    if isinstance(change, Renamed):
        verb = _tense("rename", done)
        return f'{NOUNS[change.kind]} "{change.old}": {verb} to "{change.new}"'
    head, *tail = change.at
    if head == "resources" and tail:
        return _resource_policy(change, str(tail[0]), tail[1:], done)
    if head not in NOUNS:
        return f"{head}: {_what(change, tail, done)}"
    noun = f'{NOUNS[str(head)]} "{tail[0]}"'
    if len(tail) == 1:
        return f"{_act(change, done)} {noun}"
    return f"{noun}: {_what(change, tail[1:], done)}"


def _tense(verb: str, done: bool) -> str:
    return _PAST[verb] if done else verb


def _act(change: Change, done: bool, attaching: bool = False) -> str:
    if change.old is None:
        return _tense("attach" if attaching else "add", done)
    if change.new is None:
        return _tense("detach" if attaching else "remove", done)
    return _tense("set", done)


def _what(change: Change, path: Sequence[str | int], done: bool) -> str:
    if not path:
        return f"{_act(change, done)} section"
    field, *rest = path
    if field in _DOCUMENTS:
        name = _DOCUMENTS[str(field)]
        return _in_document(change, name, rest, done) if rest else f"{_act(change, done)} {name}"
    if field not in _NAMED:
        return f"{_act(change, done)} {'.'.join(map(str, path))}{_value(change.new)}"
    if not rest:
        return _items(change, str(field), done)
    if len(rest) == 1:
        return _item(change, str(field), rest[0], done)
    if field == "inline":
        return _in_document(change, f"inline policy {rest[0]}", rest[1:], done)
    return _inside_item(change, str(field), rest, done)


def _items(change: Change, field: str, done: bool) -> str:
    """All items of a field come, go or change at once."""
    held = change.old if change.new is None else change.new
    names: list[str] = []
    if isinstance(held, dict):
        names = [f"{k} = {v}" if field in _VALUED else k for k, v in held.items()]
    elif isinstance(held, list):
        names = [f"{item_name(item)}{_until(item)}" for item in held]
    verb = _act(change, done, attaching=field == "policies")
    return f"{verb} {_NAMED[field][len(names) != 1]} {', '.join(names)}".rstrip()


def _item(change: Change, field: str, name: str | int, done: bool) -> str:
    """One item of a field comes, goes or changes."""
    noun, new = _NAMED[field][0], change.new
    if field == "policies":
        return f"{_act(change, done, attaching=True)} {noun} {name}"
    if field in _VALUED:
        return f"{_act(change, done)} {noun} {name}{_value(new)}"
    if field not in _LISTS_OF_NAMES or change.old is None or new is None:
        return f"{_act(change, done)} {noun} {name}{_until(new)}"
    if item_name(new) != name:
        return f"{_tense('rename', done)} {noun} {name} to {item_name(new)}"
    return f"{_act(change, done)} {noun} {name}{_until(new) or ' for good'}"


def _inside_item(change: Change, field: str, steps: Sequence[str | int], done: bool) -> str:
    noun, name = _NAMED[field][0], steps[0]
    if field == "keys" and steps[1] == "status":
        verb = "deactivate" if change.new == "inactive" else "activate"
        return f"{_tense(verb, done)} {noun} {name}"
    if field == "members" and steps[1] == "user":
        return f"{_tense('rename', done)} {noun} {name} to {change.new}"
    inner = str(steps[1])
    if len(steps) > 2 and isinstance(steps[2], int):  # counted from 1, as people do
        inner = ".".join((f"{inner.removesuffix('s')} {steps[2] + 1}", *map(str, steps[3:])))
    return f"{_act(change, done)} {inner} of {noun} {name}{_value(change.new)}"


def _resource_policy(change: Change, arn: str, steps: Sequence[str | int], done: bool) -> str:
    what = _in_document(change, "policy", steps, done) if steps else f"{_act(change, done)} policy"
    return f'resource "{arn}": {what}'


def _in_document(change: Change, document: str, steps: Sequence[str | int], done: bool) -> str:
    """A change inside a policy document; statements are counted from 1, as people do."""
    place = document
    if steps[0] == "Statement" and len(steps) > 1 and isinstance(steps[1], int):
        if len(steps) == 2:
            return f"{document}: {_act(change, done)} statement {steps[1] + 1}"
        place, steps = f"{document}, statement {steps[1] + 1}", steps[2:]
    names = ".".join(step for step in steps if isinstance(step, str))
    value = change.old if change.new is None else change.new
    return f"{place}: {_act(change, done)} {names}{_value(value)}"


def _value(value: Plain) -> str:
    """` = VALUE` of a value that fits on the line."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(map(str, value))
    return f" = {value}" if isinstance(value, str | int | float | bool) else ""


def _until(item: Plain) -> str:
    return f" until {item['until']}" if isinstance(item, dict) and "until" in item else ""
