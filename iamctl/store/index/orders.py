"""Whether the names of a section stand in alphabetical order, which is where new ones go then."""

from collections.abc import Callable, Collection, Sequence

from iamctl.store.index.contents import Row

FOLDS: tuple[Callable[[str], str], ...] = (str, str.lower)
"""The orders that `places.Places` knows, the first that holds being the one that counts."""

Orders = dict[str, tuple[int, ...]]
"""Section -> for each of `FOLDS` the page of a chunk that breaks the order, in itself or against
the one before it in its section; 0 where the order holds."""

Names = Callable[[int], Sequence[str]]
"""The names of the chunk of a page."""


def orders_of(rows: Sequence[Row], names: Names) -> Orders:
    """The orders of the chunks of a file."""
    sections = dict.fromkeys(row.section for row in rows if row.section)
    return {section: _order(_pages(rows, section), names, None) for section in sections}


def orders_after(
    old: Orders, rows: Sequence[Row], changed: Collection[int], names: Names
) -> Orders:
    """The orders when only the chunks of some pages differ, few of which are looked at."""
    found: Orders = {}
    for section, breaks in old.items():
        pages = _pages(rows, section)
        near = {
            page
            for n, page in enumerate(pages)
            if page in changed or (n and pages[n - 1] in changed)
        }
        if any(page and (page in near or page not in pages) for page in breaks):
            found[section] = _order(pages, names, None)
        else:
            now = _order(pages, names, near) if near else breaks
            found[section] = tuple(was or new for was, new in zip(breaks, now, strict=True))
    return found


def _pages(rows: Sequence[Row], section: str) -> list[int]:
    return [row.page for row in rows if row.section == section]


def _order(pages: Sequence[int], names: Names, near: Collection[int] | None) -> tuple[int, ...]:
    """The first chunks that break each order, of those that are near or of all."""
    breaks = [0] * len(FOLDS)
    for n, page in enumerate(pages):
        if near is not None and page not in near:
            continue
        known = [*names(pages[n - 1])[-1:], *names(page)] if n else list(names(page))
        for which, fold in enumerate(FOLDS):
            folded = [fold(name) for name in known]
            if not breaks[which] and folded != sorted(folded):
                breaks[which] = page
        if all(breaks):
            break
    return tuple(breaks)
