"""What became of an entity, in a reviewer's words: a heading, and a line for each change."""

from collections.abc import Iterator

from iamctl.domain.change import AnyChange, Change, Renamed, item_name
from iamctl.domain.source import Address, Plain
from iamctl.domain.wording import describe
from iamctl.services.changes import EntityChanges
from iamctl.services.changes_levels import level_lines

_DOCUMENTS = ("trust", "document")
_SAID = ("id", "created")
"""Fields of a new entity that its heading stands for."""
_VERBS = {"added": "add", "removed": "remove"}


def heading(entity: EntityChanges) -> str:
    """What it is about: `user "alice"`, `add role "deployer"`."""
    if not entity.name:
        return entity.section
    called = f'{entity.noun} "{entity.name}"'
    if entity.state in _VERBS:
        return f"{_VERBS[entity.state]} {called}"
    if entity.state == "replaced":
        return f"{called}: replaced by another of that name, with an id of its own"
    return f'{entity.noun} "{entity.was}": renamed to "{entity.name}"' if entity.was else called


def lines(entity: EntityChanges) -> Iterator[str]:
    """Each change inside it; what a new entity holds, or a removed one of several held."""
    before = f'{entity.noun} "{entity.name}": ' if entity.name else f"{entity.section}: "
    for change in entity.changes:
        if isinstance(change, Renamed):
            continue
        if change.at == ("organization", "levels"):
            yield from level_lines(change.old, change.new, _policy_line)
            continue
        if change.at == ("organization",):
            yield line(change).removeprefix(before)
            yield from level_lines(_levels(change.old), _levels(change.new), _policy_line)
            continue
        if len(change.at) == 2 and entity.name:
            inside = _inside(change, entity.section)
        else:
            inside = _each(change)
        yield from (line(one).removeprefix(before) for one in inside)


def _inside(change: Change, section: str) -> Iterator[Change]:
    """What an entity that comes holds; of one that goes its heading says enough."""
    if section == "resources" and change.new is not None:
        yield change
    elif isinstance(change.new, dict):
        for field, value in change.new.items():
            if field not in _SAID and value not in (None, [], {}):
                yield from _each(Change((*change.at, field), None, value))


def _each(change: Change) -> Iterator[Change]:
    """The inline policies that come at once, each for itself; any other change as it is."""
    if change.at[2:] == ("inline",) and change.old is None and isinstance(change.new, dict):
        yield from (Change((*change.at, name), None, new) for name, new in change.new.items())
    else:
        yield change


def line(change: AnyChange) -> str:
    """A change in words, with what `describe` leaves out: what statements say, and what a value
    was before."""
    words = describe(change)
    if isinstance(change, Renamed):
        return words
    if len(change.at) == 1 and isinstance(change.new, str | int):
        words = f"{change.at[0]}: set to {flat(change.new)}"
    place = _in_document(change.at)
    if place is None:
        is_item = item_name(change.old) == change.at[-1]  # of a list of names
        return words if is_item else words + _was(change.old, change.new)
    held = change.new if change.new is not None else change.old
    said = _statements(held) if _holds_statements(place) else ""
    if said:
        return f"{words}: {said}"
    if isinstance(held, dict):  # a Condition or a Principal: `describe` gives no value
        words += f" = {flat(held)}"
    return words + _was(change.old, change.new)


def _levels(organization: Plain) -> Plain:
    return organization.get("levels") if isinstance(organization, dict) else None


def _policy_line(change: Change) -> str:
    """A change of a document at ("resources", NAME), as `policy: …` alone."""
    return line(change).partition(": ")[2].removeprefix("policy: ").removeprefix("policy, ")


def _in_document(at: Address) -> Address | None:
    """The part of an address that is inside a policy document, or None."""
    if at[0] == "resources":
        return at[2:]
    if len(at) > 2 and at[2] in _DOCUMENTS:
        return at[3:]
    return at[4:] if len(at) > 3 and at[2] == "inline" else None


def _holds_statements(place: Address) -> bool:
    """Whether the value there is a document, its statements, or one of them."""
    return not place or (place[0] == "Statement" and all(isinstance(n, int) for n in place[1:]))


def _statements(held: Plain) -> str:
    if isinstance(held, dict) and "Statement" in held:
        held = held["Statement"]
    listed = held if isinstance(held, list) else [held]
    return "; ".join(statement_words(item) for item in listed if isinstance(item, dict))


def statement_words(statement: dict[str, Plain]) -> str:
    """A statement on one line: `Allow s3:Get* on arn:aws:s3:::x/* if Bool aws:SecureTransport =
    true`."""
    words = [str(statement.get("Effect", "?"))]
    for element, before in _ELEMENTS.items():
        if element in statement:
            words.append(f"{before}{flat(statement[element])}")
    return " ".join(words)


_ELEMENTS = {
    "Action": "",
    "NotAction": "all but ",
    "Resource": "on ",
    "NotResource": "on all but ",
    "Principal": "for ",
    "NotPrincipal": "for all but ",
    "Condition": "if ",
}


def flat(value: Plain) -> str:
    """A value on one line."""
    if isinstance(value, list):
        return ", ".join(map(flat, value))
    if isinstance(value, dict):
        return " and ".join(
            f"{key} {flat(item)}" if isinstance(item, dict) else f"{key} = {flat(item)}"
            for key, item in value.items()
        )
    return str(value).lower() if isinstance(value, bool) else str(value)


def _was(old: Plain, new: Plain) -> str:
    """What a value was that is set to another; of lists, what came and what went."""
    if old is None or new is None or isinstance(new, dict) != isinstance(old, dict):
        return ""
    if not (isinstance(old, list) or isinstance(new, list)):
        return f" (was {flat(old)})"
    before, after = _items(old), _items(new)
    came = [item for item in after if item not in before]
    gone = [item for item in before if item not in after]
    parts = [
        f"{word}: {', '.join(items)}" for word, items in (("new", came), ("gone", gone)) if items
    ]
    return f" ({'; '.join(parts)})" if parts else ""


def _items(value: Plain) -> list[str]:
    return [flat(item) for item in (value if isinstance(value, list) else [value])]
