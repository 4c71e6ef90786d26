"""Where a new pair goes among the pairs of a mapping."""

from bisect import bisect_left
from collections.abc import Callable

from iamctl.domain.change import NOUNS
from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Address


class Places:
    """Finds places among the names that a mapping keeps, in their order."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._sorted: list[str] | None = None
        self._fold: Callable[[str], str] = str
        self._ranks: list[int] | None = None

    def after(self, name: str, at: Address, shape: Shape) -> int:
        """The position of the name after which a new one goes, -1 for the very beginning.

        Entities stay in order where they are, fields of a record in their usual order; anything
        else goes to the end.
        """
        if len(at) == 1 and at[0] in NOUNS:
            return self._alphabetical(name)
        return self._canonical(name, tuple(shape.fields))

    def _alphabetical(self, name: str) -> int:
        if self._sorted is None:
            self._sorted = []
            for fold in (str, str.lower):
                keys = [fold(known) for known in self._names]
                if len(keys) > 1 and keys == sorted(keys):
                    self._sorted, self._fold = keys, fold
                    break
        if not self._sorted:
            return len(self._names) - 1
        return bisect_left(self._sorted, self._fold(name)) - 1

    def _canonical(self, name: str, order: tuple[str, ...]) -> int:
        if self._ranks is None:
            self._ranks = [order.index(known) if known in order else -1 for known in self._names]
        if name not in order or self._ranks != sorted(self._ranks):
            return len(self._names) - 1
        return bisect_left(self._ranks, order.index(name)) - 1
