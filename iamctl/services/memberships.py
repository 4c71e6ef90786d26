"""Group memberships that end."""

from iamctl.domain.directory import Directory
from iamctl.domain.tuples import NamedTuple


class Ending(NamedTuple):
    """A user's membership of a group that ends at `until`, epoch seconds: from then on it does
    not count any more."""

    until: int
    user: str
    group: str


def endings(directory: Directory) -> tuple[Ending, ...]:
    """Every membership that has an end, past ones included, the earliest end first.

    Of two entries for the same user in one group the first counts.
    """
    found: dict[tuple[str, str], int | None] = {}
    for group in directory.groups.values():
        for member in group.members:
            found.setdefault((member.user, group.name), member.until)
    return tuple(
        sorted(
            Ending(until, user, group)
            for (user, group), until in found.items()
            if until is not None
        )
    )
