"""Comments that a merge of texts would lose."""

from collections.abc import Iterator

from iamctl.store.comments import comments_of
from iamctl.store.pieces import Pieces, Section

Part = tuple[str, str | None]
"""A section and one of its entities, by its name; None is the section's own text, or a top-level
value."""


def lost_comments(versions: tuple[Pieces, Pieces, Pieces], merged: Pieces) -> list[Part]:
    """The parts to which a side added comments that are not in the merged text. `versions` are the
    base and both sides."""
    base, *sides = versions
    there = dict(_parts(merged))
    before = dict(_parts(base))
    whole: list[str] = []
    lost: dict[Part, None] = {}
    for side in sides:
        for part, text in _parts(side):
            old = before.get(part, "")
            if text == old or "#" not in text or text == there.get(part):
                continue
            missing = comments_of(text) - comments_of(old) - comments_of(there.get(part, ""))
            if not missing:
                continue
            whole = whole or ["".join(there.values())]
            own = "".join(map(str, side.values()))
            if any(whole[0].count(comment) < own.count(comment) for comment in missing):
                lost[part] = None
    return list(lost)


def _parts(pieces: Pieces) -> Iterator[tuple[Part, str]]:
    for key, piece in pieces.items():
        if isinstance(piece, Section):
            yield (key, None), piece.head + piece.tail
            yield from (((key, name), text) for name, text in piece.entities.items())
        else:
            yield (key, None), piece
