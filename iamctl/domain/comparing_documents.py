"""What two policy documents differ in, but for what means the same."""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterator

from iamctl.domain.change import Change
from iamctl.domain.source import Address, Plain, same


def document_changes(at: Address, old: dict[str, Plain], new: dict[str, Plain]) -> Iterator[Change]:
    """The changes at `at`, down to the element of a statement, that give `old` the meaning of
    `new`.

    Statements are the same by what they say, else by Sid, else by place; those that go come last
    to first, those that come are appended.
    """
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        if alike(before, after, key):
            continue
        if key == "Statement" and isinstance(before, list) and isinstance(after, list):
            yield from _statements((*at, key), before, after)
        elif key == "Statement" and isinstance(before, dict) and isinstance(after, dict):
            yield from _elements((*at, key), before, after)
        else:
            yield Change((*at, key), before, after)


def alike(old: Plain, new: Plain, key: str = "") -> bool:
    """Whether two parts of documents mean the same; `key` is what both stand under.

    The order of what is listed says nothing, one value is a list of one, and in conditions `true`
    is "true" and `1` is "1", as the IAM User Guide's policy grammar reads them. Values of other
    types are others everywhere else: a document with one in the wrong place cannot be read.
    """
    return same(old, new) or _meaning(old, key) == _meaning(new, key)


SINGLE = ("Version", "Id", "Sid", "Effect", "Principal", "NotPrincipal")
"""Elements whose value may not stand in a list. Keys of conditions bear other names."""


def _meaning(value: Plain, key: str, in_condition: bool = False) -> Hashable:
    if value is None:
        return None
    if key in SINGLE and not isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, list):
        items = [_item(item, in_condition) for item in value]
        # A statement that stands twice is an error if it has a Sid.
        return frozenset(Counter(items).items() if key == "Statement" else items)
    item = _item(value, in_condition or key == "Condition")
    if key == "Statement":
        return frozenset([(item, 1)])
    return item if isinstance(value, dict) else frozenset([item])


def _item(value: Plain, in_condition: bool) -> Hashable:
    """What stands alone, or in a list; texts are told from all else by their type."""
    if isinstance(value, dict):
        pairs = ((key, _meaning(inner, key, in_condition)) for key, inner in value.items())
        return ("mapping", frozenset(pairs))
    if in_condition and isinstance(value, bool | int | float):
        return json.dumps(value)
    return value if isinstance(value, str) else ("no text", json.dumps(value))


def _statements(at: Address, old: list[Plain], new: list[Plain]) -> Iterator[Change]:
    became = _paired(old, new)
    for index, other in became.items():
        yield from _elements((*at, index), old[index], new[other])
    for index in reversed(range(len(old))):
        if index not in became:
            yield Change((*at, index), old[index], None)
    taken = set(became.values())
    added = [statement for other, statement in enumerate(new) if other not in taken]
    for place, statement in enumerate(added, len(became)):
        yield Change((*at, place), None, statement)


def _paired(old: list[Plain], new: list[Plain]) -> dict[int, int]:
    """Index of an old statement -> index of what it became."""
    became: dict[int, int] = {}
    free = dict(enumerate(new))
    for is_one in _SAME:
        for index, statement in enumerate(old):
            if index in became:
                continue
            for other, candidate in free.items():
                if is_one(statement, candidate, index == other):
                    became[index] = other
                    del free[other]
                    break
    return became


def _sid(statement: Plain) -> Plain:
    return statement.get("Sid") if isinstance(statement, dict) else None


_SAME: tuple[Callable[[Plain, Plain, bool], bool], ...] = (
    lambda old, new, placed: placed and alike(old, new),
    lambda old, new, placed: alike(old, new),
    lambda old, new, placed: _sid(old) is not None and _sid(old) == _sid(new),
    lambda old, new, placed: placed and (_sid(old) is None or _sid(new) is None),
)
"""When two statements are one, the surest first; the third value is whether their places are
the same."""


def _elements(at: Address, old: Plain, new: Plain) -> Iterator[Change]:
    if alike(old, new):
        return
    if not (isinstance(old, dict) and isinstance(new, dict)):
        yield Change(at, old, new)
        return
    for key in dict.fromkeys((*old, *new)):
        if not alike(old.get(key), new.get(key), key):
            yield Change((*at, key), old.get(key), new.get(key))
