"""Comments that a merge of texts would lose."""

from collections import Counter
from collections.abc import Callable, Iterator

from iamctl.store.comments import comments_of
from iamctl.store.pieces import Pieces, Section

Part = tuple[str, str | None]
"""A section and one of its entities, by its name; None is the section's own text, or a top-level
value."""


def lost_comments(
    versions: tuple[Pieces, Pieces, Pieces], merged: Callable[[], Pieces | None]
) -> list[Part]:
    """The parts to which a side added comments that are not in the merged text, of which `merged`
    is the pieces; it is asked only where comments were added. `versions` are the base and both
    sides."""
    base, *sides = versions
    before = dict(_parts(base))
    added = [
        (own, part, text, comments)
        for own in sides
        for part, text in _parts(own)
        if (comments := _added(before.get(part, ""), text))
    ]
    there = dict(_parts((merged() if added else None) or {}))
    if not there:
        return []
    whole = "".join(there.values())
    lost: dict[Part, None] = {}
    for own, part, text, comments in added:
        if text == there.get(part):
            continue
        missing = comments - comments_of(there.get(part, ""))
        if missing:
            side = "".join(map(str, own.values()))
            if any(whole.count(comment) < side.count(comment) for comment in missing):
                lost[part] = None
    return list(lost)


def _added(old: str, text: str) -> Counter[str]:
    if text == old or "#" not in text:
        return Counter()
    return comments_of(text) - comments_of(old)


def _parts(pieces: Pieces) -> Iterator[tuple[Part, str]]:
    for key, piece in pieces.items():
        if isinstance(piece, Section):
            yield (key, None), piece.head + piece.tail
            yield from (((key, name), text) for name, text in piece.entities.items())
        else:
            yield (key, None), piece
