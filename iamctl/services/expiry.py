"""Memberships that end, with the access that ends with them, and access keys that are due.

A membership is compared at the very second when it ends: with it, and without it.
"""

from collections.abc import Callable

from iamctl.domain.directory import Directory
from iamctl.domain.tuples import NamedTuple
from iamctl.services.access import Access
from iamctl.services.expiry_access import Compared, Memory, compared
from iamctl.services.keys import KeyRow, list_keys
from iamctl.services.memberships import endings
from iamctl.services.subjects import user_subject


class Expiring(NamedTuple):
    """Memberships of one user that end at the same time, epoch seconds, and what that changes."""

    user: str
    until: int
    groups: tuple[str, ...]
    changes: Compared


def expiring(
    directory: Directory,
    access_at: Callable[[int], Access],
    after: int,
    until: int,
    told: Callable[[int, int], object] = lambda done, total: None,
) -> tuple[Expiring, ...]:
    """The memberships that end later than `after` and no later than `until`, in that order.

    `access_at` is the directory at a time; `told` hears how many of how many are done. May raise
    what loading other accounts' files does.
    """
    together: dict[tuple[int, str], list[str]] = {}
    for end, user, group in endings(directory):
        if after < end <= until:
            together.setdefault((end, user), []).append(group)
    found: list[Expiring] = []
    access, memory = None, Memory()
    for (end, user), groups in together.items():
        if access is None or access.now != end:
            access = access_at(end)
        found.append(Expiring(user, end, tuple(groups), _changes(access, user, groups, memory)))
        told(len(found), len(together))
    return tuple(found)


def _changes(access: Access, user: str, groups: list[str], memory: Memory) -> Compared:
    own = access.own
    without = user_subject(own, own.directory.user(user))
    given = tuple(policy for group in groups for policy in own.group(group))
    layers = without.layers._replace(identity=(*without.layers.identity, *given))
    return compared(access, without._replace(layers=layers), without, memory)


def due_keys(directory: Directory, now: int, age: int) -> tuple[KeyRow, ...]:
    """The active access keys that are older than `age` seconds, or of unknown age."""
    return list_keys(directory, older_than=age, status="active", now=now)
