"""What clashes in a merge, between the markers that git uses."""

from collections.abc import Sequence
from typing import NamedTuple

from iamctl.domain.merging import Clash
from iamctl.store.pieces import Pieces, Section, pieces_of, text_of
from iamctl.store.tree import Tree


class Markers(NamedTuple):
    """What each side of a clash is called, and how many characters a marker has."""

    ours: str = "ours"
    theirs: str = "theirs"
    size: int = 7

    def around(self, ours: str, theirs: str) -> str:
        """Two texts of whole lines as a clash; lines at both ends that they share stand outside."""
        one, other = ours.splitlines(keepends=True), theirs.splitlines(keepends=True)
        head = tail = 0
        if one != other:
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


def marked(ours: Tree, theirs: Tree, clashes: Sequence[Clash], markers: Markers) -> str:
    """Our text, in which every entity or top-level value that clashes stands beside theirs."""
    mine, others = pieces_of(ours), pieces_of(theirs)
    if mine is None or others is None:
        return markers.around(_lines(ours), _lines(theirs))
    for clash in dict.fromkeys(clash._replace(at=clash.at[:1]) for clash in clashes):
        _mark(mine, others, clash, markers)
    return text_of(mine)


def _mark(mine: Pieces, others: Pieces, clash: Clash, markers: Markers) -> None:
    key = str(clash.at[0])
    ours, theirs = mine.get(key, ""), others.get(key, "")
    if isinstance(ours, Section) and isinstance(theirs, Section):
        one, other = (
            "" if name is None else side.entities[name]
            for side, name in ((ours, clash.ours), (theirs, clash.theirs))
        )
        place = f"{clash.theirs} (theirs)" if clash.ours is None else clash.ours
        ours.entities[place] = markers.around(one, other)
    else:
        mine[key] = markers.around(str(ours), str(theirs))


def _lines(tree: Tree) -> str:
    return tree.text if tree.text.endswith("\n") else tree.text + "\n"
