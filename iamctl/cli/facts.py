"""What facts about one thing are, and values in their cells."""

from collections.abc import Iterable

from iamctl.domain.times import format_instant

Facts = list[tuple[str, str]]
"""Names of facts with their values, in order; those without a value are not shown."""


def lines(items: Iterable[str]) -> str:
    """Items below each other in one cell."""
    return "\n".join(items)


def instant(epoch: int | None) -> str:
    """An instant as the file writes it; nothing when there is none."""
    return "" if epoch is None else format_instant(epoch)
