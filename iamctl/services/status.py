"""The state of a directory at one time: counts, ages of keys, what ends soon, what is missing."""

from collections.abc import Iterable, Mapping

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.source import Problem
from iamctl.domain.tuples import NamedTuple
from iamctl.services.keys import KeyRow, list_keys
from iamctl.services.memberships import Ending, endings

DAY = 86400
SOON = 30 * DAY
KEY_AGE = 90
"""Days after which an access key is to be rotated: AWS Security Hub, control IAM.3."""

_AGES = (30, 60, KEY_AGE, 180, 365)


class Ages(NamedTuple):
    """How many active `keys` are no older than `last` days, and older than those of the span
    before; without `last` there is no upper end, and without `first` their age is unknown."""

    first: int | None
    last: int | None
    keys: int


class Status(NamedTuple):
    """What there is to say of a directory at a time.

    `counts` are by section of the file. `ages` are of active keys, of which `due` ones are older
    than KEY_AGE, or of unknown age. `ending` are memberships that end within SOON, `ended` those
    that have. `without_mfa` are users without an enabled device.
    """

    counts: Mapping[str, int]
    active: int
    inactive: tuple[KeyRow, ...]
    ages: tuple[Ages, ...]
    due: int
    ending: tuple[Ending, ...]
    ended: tuple[Ending, ...]
    without_mfa: tuple[str, ...]
    warnings: int


def status(directory: Directory, problems: Iterable[Problem], now: int) -> Status:
    """The state at `now`, epoch seconds; `problems` are what `validate` finds."""
    keys = list_keys(directory, now=now)
    active = [key for key in keys if key.status == "active"]
    ends = endings(directory)
    counts = {section: len(directory.section(section)) for section in NOUNS}
    equipped = {device.user for device in directory.mfa.values()}
    return Status(
        counts | {"resources": len(directory.resources)},
        len(active),
        tuple(key for key in keys if key.status != "active"),
        _ages(active, now),
        len(list_keys(directory, older_than=KEY_AGE * DAY, status="active", now=now)),
        tuple(one for one in ends if now < one.until <= now + SOON),
        tuple(one for one in ends if one.until <= now),
        tuple(name for name in directory.users if name not in equipped),
        sum(problem.severity == "warning" for problem in problems),
    )


def _ages(keys: Iterable[KeyRow], now: int) -> tuple[Ages, ...]:
    """Every span with its keys; one of unknown ages only where there are such keys."""
    starts = (0, *(last + 1 for last in _AGES))
    counts = [0] * len(starts)
    unknown = 0
    for key in keys:
        if key.created is None:
            unknown += 1
        else:
            counts[sum(now - key.created > last * DAY for last in _AGES)] += 1
    spans = tuple(map(Ages, starts, (*_AGES, None), counts))
    return (*spans, Ages(None, None, unknown)) if unknown else spans
