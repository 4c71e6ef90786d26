"""What two policy documents differ in, but for what means the same."""

from collections.abc import Callable, Hashable, Iterator

from iamctl.domain.change import Change
from iamctl.domain.source import Address, Plain


def document_changes(at: Address, old: dict[str, Plain], new: dict[str, Plain]) -> Iterator[Change]:
    """The changes at `at`, down to the element of a statement, that give `old` the meaning of
    `new`.

    Statements are the same by what they say, else by Sid, else by place; those that go come last
    to first, those that come are appended.
    """
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        if alike(before, after):
            continue
        if key == "Statement" and isinstance(before, list) and isinstance(after, list):
            yield from _statements((*at, key), before, after)
        elif key == "Statement" and isinstance(before, dict) and isinstance(after, dict):
            yield from _elements((*at, key), before, after)
        else:
            yield Change((*at, key), before, after)


def alike(old: Plain, new: Plain) -> bool:
    """Whether two parts of documents mean the same: the order of what is listed says nothing, one
    value is a list of one, `true` is "true"."""
    return old == new or _meaning(old) == _meaning(new)


def _meaning(value: Plain) -> Hashable:
    if value is None:
        return None
    if isinstance(value, dict):
        return frozenset((key, _meaning(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return frozenset().union(*map(_listed, value))
    return _listed(value)


def _listed(value: Plain) -> frozenset[Hashable]:
    """A value that may stand alone or in a list."""
    if isinstance(value, bool):
        value = str(value).lower()
    return frozenset([_meaning(value) if isinstance(value, dict | list) else str(value)])


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
    for same in _SAME:
        for index, statement in enumerate(old):
            if index in became:
                continue
            for other, candidate in free.items():
                if same(statement, candidate, index == other):
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
        if not alike(old.get(key), new.get(key)):
            yield Change((*at, key), old.get(key), new.get(key))
