"""What clashes in a merge, between the markers that git uses."""

from collections.abc import Sequence
from typing import NamedTuple

from iamctl.domain.merging import Clash
from iamctl.store.pieces import Pieces, Section


class Markers(NamedTuple):
    """What each side of a clash is called, and how many characters a marker has. Lines that both
    share at either end stand outside, unless the markers are `wide`."""

    ours: str = "ours"
    theirs: str = "theirs"
    size: int = 7
    wide: bool = False

    def around(self, ours: str, theirs: str) -> str:
        """Two texts of whole lines as a clash."""
        one, other = ours.splitlines(keepends=True), theirs.splitlines(keepends=True)
        head = tail = 0
        if one != other and not self.wide:
            shorter = min(len(one), len(other))
            while head < shorter and one[head] == other[head]:
                head += 1
            while tail < shorter - head and one[-1 - tail] == other[-1 - tail]:
                tail += 1
        newline = "\r\n" if "\r\n" in ours + theirs else "\n"
        return "".join(
            (
                *one[:head],
                f"{'<' * self.size} {self.ours}{newline}",
                *one[head : len(one) - tail],
                f"{'=' * self.size}{newline}",
                *other[head : len(other) - tail],
                f"{'>' * self.size} {self.theirs}{newline}",
                *one[len(one) - tail :],
            )
        )


USUAL = Markers()


class Sides(NamedTuple):
    """The pieces of both sides."""

    ours: Pieces
    theirs: Pieces


class Place(NamedTuple):
    """A clash, and the name under which its entity stands in the merged text, if it does."""

    clash: Clash
    name: str | None


def marked(merged: Pieces, sides: Sides, places: Sequence[Place], markers: Markers) -> Pieces:
    """The merged pieces, in which what both sides have stands at each place: an entity, a
    top-level value, or of a section what stands above its entities."""
    found: Pieces = {
        key: piece._replace(entities=dict(piece.entities)) if isinstance(piece, Section) else piece
        for key, piece in merged.items()
    }
    for key in {str(place.clash.at[0]) for place in places}:
        one, other = sides.ours.get(key), sides.theirs.get(key)
        if isinstance(one, Section) and isinstance(other, Section):
            found[key] = _with_lines(found.get(key, ""), one, other, markers)
    for place in {_entity_of(place.clash): place for place in places}.values():
        _mark(found, sides, place, markers)
    return found


def _with_lines(
    merged: str | Section, ours: Section, theirs: Section, markers: Markers
) -> str | Section:
    """A merged section in which an entity can stand: the head alone where `{}` is all that is left.
    Else all of both sides, since something else may be inside."""
    if isinstance(merged, Section):
        return merged
    if merged.replace("{}", "").split() == ours.head.split():
        return Section(ours.head, {}, ours.tail)
    return markers.around(str(ours), str(theirs))


def _entity_of(clash: Clash) -> tuple[str | int | None, ...]:
    return clash.at[0], clash.ours, clash.theirs


def _mark(found: Pieces, sides: Sides, place: Place, markers: Markers) -> None:
    clash, name = place
    key = str(clash.at[0])
    merged, ours, theirs = (side.get(key, "") for side in (found, *sides))
    if not (isinstance(ours, Section) and isinstance(theirs, Section)):
        found[key] = markers.around(str(ours), str(theirs))
    elif not isinstance(merged, Section):
        return  # all of it is marked
    elif len(clash.at) == 1:
        found[key] = merged._replace(head=markers.around(ours.head, theirs.head))
    else:
        one = "" if clash.ours is None else ours.entities[clash.ours]
        other = "" if clash.theirs is None else theirs.entities[clash.theirs]
        gone = f"{clash.ours or clash.theirs} (gone)"
        merged.entities[gone if name is None else name] = markers.around(one, other)
