"""Which items of an old list answer which of a new one, so that edits touch the fewest."""

from difflib import SequenceMatcher
from typing import NamedTuple

from iamctl.domain.change import Changes, Renamed, item_name
from iamctl.domain.source import Address, Plain


class Aligned(NamedTuple):
    """How an old list becomes a new one: positions that answer each other, old ones that go, and
    new ones by the old position they go before."""

    pairs: list[tuple[int, int]]
    removed: set[int]
    inserted: dict[int, list[int]]


def align(old: list[Plain], new: list[Plain], named: bool, renamed: dict[Plain, Plain]) -> Aligned:
    """Items of a list of names answer each other by name, those of documents as best they can."""
    if named:
        before = [repr(renamed.get(item_name(item), item_name(item))) for item in old]
        after = [repr(item_name(item)) for item in new]
    else:
        before, after = _handles(old), _handles(new)
    found = Aligned([], set(), {})
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    found.pairs.extend((n, n) for n in range(same))
    matcher = SequenceMatcher(None, before[same:], after[same:], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        olds, news = range(same + i1, same + i2), range(same + j1, same + j2)
        paired = len(olds) if tag == "equal" else 0
        if tag == "replace" and not named:
            paired = min(len(olds), len(news))
        found.pairs.extend(zip(olds[:paired], news[:paired], strict=True))
        found.removed.update(olds[paired:])
        if news[paired:]:
            found.inserted[same + i2] = list(news[paired:])
    return found


def followed(changes: Changes, at: Address, before: int, after: int) -> Aligned | None:
    """The answer for a document's list that changes edit item by item, None when they replace
    all of it or something it stands in."""
    items: list[int | None] = list(range(before))
    for change in changes:
        if isinstance(change, Renamed):
            continue
        common = min(len(change.at), len(at))
        if change.at[:common] != at[:common]:
            continue
        if len(change.at) <= len(at):
            return None
        step = change.at[len(at)]
        if len(change.at) == len(at) + 1 and isinstance(step, int):
            if step == len(items):
                items.append(None)
            elif change.new is None and step < len(items):
                del items[step]
    if len(items) != after:
        return None
    found = Aligned([], set(range(before)) - set(items), {})
    position = before
    for j in range(after - 1, -1, -1):
        i = items[j]
        if i is None:
            found.inserted.setdefault(position, []).insert(0, j)
        else:
            found.pairs.append((i, j))
            position = i
    found.pairs.sort()
    return found


def _handles(items: list[Plain]) -> list[str]:
    """What items of a document's list are told apart by: a statement's Sid, or all of it."""
    sids = [item.get("Sid") if isinstance(item, dict) else None for item in items]
    unique = len(set(map(repr, sids))) == len(sids)
    return [
        repr(("Sid", sid)) if unique and sid is not None else repr(item)
        for sid, item in zip(sids, items, strict=True)
    ]


def renamed_items(changes: Changes) -> dict[Address, dict[Plain, Plain]]:
    """By the address of a list of names, the names that changes give other names in place."""
    found: dict[Address, dict[Plain, Plain]] = {}
    for change in changes:
        if isinstance(change, Renamed) or change.old is None or change.new is None:
            continue
        at = change.at[:-1] if change.at[-1] == "user" else change.at
        if len(at) == 4 and item_name(change.new) != at[-1]:
            names = found.setdefault(at[:-1], {})
            first = next((old for old, new in names.items() if new == at[-1]), at[-1])
            names[first] = item_name(change.new)
    return found
