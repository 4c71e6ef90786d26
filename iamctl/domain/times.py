"""Instants and durations as the file and the command line write them.

An instant is whole seconds since the epoch, UTC; a duration is whole seconds.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from iamctl.domain.errors import InvalidValue
from iamctl.domain.patterns import Pattern

if TYPE_CHECKING:
    from datetime import date

_INSTANT = Pattern(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_FIRST, _LAST = -62135596800, 253402300799
"""The first second of year 1 and the last one of year 9999."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_instant(text: str) -> int:
    """Epoch seconds of an ISO 8601 time; a date alone is its midnight; no zone means UTC.

    Raises InvalidValue.
    """
    usual = _usual_instant(text)
    return _any_instant(text) if usual is None else usual


def _usual_instant(text: str) -> int | None:
    """Epoch seconds of `2026-12-31T00:00:00Z`, which is how we write it; None for other texts."""
    if len(text) != 20 or text[4::3] != "--T::Z":
        return None
    days, parts = _day(text[:10]), (text[11:13], text[14:16], text[17:19])
    digits = "".join(parts)
    if days is None or not (digits.isascii() and digits.isdigit()):
        return None
    hour, minute, second = map(int, parts)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return days * 86400 + hour * 3600 + minute * 60 + second


@lru_cache(maxsize=4096)
def _day(date: str) -> int | None:
    """Days from the epoch to a date such as `2026-12-31`, whose dashes are there; None where it is
    none. A file has few dates, often."""
    parts = date[:4], date[5:7], date[8:]
    digits = "".join(parts)
    if not (digits.isascii() and digits.isdigit()):
        return None
    return days_to(*map(int, parts))


def _any_instant(text: str) -> int:
    from datetime import datetime  # here: files that we wrote hold the usual form

    match = _INSTANT.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        day, minute, second, zone = match.groups()
        offset = "+00:00" if zone in (None, "Z") else zone
        parsed = datetime.fromisoformat(f"{day}T{minute or '00:00'}{second or ':00'}{offset}")
        return _representable(int(parsed.timestamp()))
    except (ValueError, OverflowError):
        raise InvalidValue(
            f'"{text[:40]}" is not a time', hint="write it as 2026-12-31T00:00:00Z"
        ) from None


def days_to(year: int, month: int, day: int) -> int | None:
    """Days from the epoch to a date of the Gregorian calendar; None when there is no such date."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= lengths[month - 1]:
        return None
    before = year - 1
    leap_days = before // 4 - before // 100 + before // 400
    return before * 365 + leap_days + sum(lengths[: month - 1]) + day - 1 - 719162


def format_instant(epoch: int) -> str:
    """`2026-12-31T00:00:00Z`. Raises ValueError, OverflowError out of the years 1 to 9999."""
    if not _FIRST <= epoch <= _LAST:
        raise ValueError(f"{epoch} is in no year that can be written")
    days, second = divmod(epoch, 86400)
    year, month, day = date_of(days)
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return f"{year:04}-{month:02}-{day:02}T{clock}Z"


def date_of(days: int) -> tuple[int, int, int]:
    """Year, month and day of so many days after the epoch: the other way round of `days_to`.

    Rule: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years, and
    years that begin in March, so that a leap day is their last.
    """
    era, day_of_era = divmod(days + 719468, 146097)
    leap_days = day_of_era // 1460 - day_of_era // 36524 + day_of_era // 146096
    year = (day_of_era - leap_days) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    january = month >= 10
    return era * 400 + year + january, month - 9 if january else month + 3, day


def parse_duration(text: str) -> int:
    """Seconds of `3600`, `90m`, `2h`, `30d` or `1w`. Raises InvalidValue."""
    seconds = _seconds_of(text)
    if seconds is None:
        raise InvalidValue(
            f'"{text[:40]}" is not a duration', hint="write seconds, or 90m, 2h, 30d"
        )
    return seconds


def _seconds_of(text: str) -> int | None:
    unit = _UNITS.get(text[-1:].lower())
    digits = text if unit is None else text[:-1]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        return None
    return int(digits) * (unit or 1)


def format_duration(seconds: int) -> str:
    """The shortest exact form: 7200 is `2h`, 5400 is `90m`, 3601 is `3601s`."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


def parse_until(text: str, now: int) -> int:
    """An instant, or a duration from `now`: `2026-12-31` or `30d`. Raises InvalidValue."""
    seconds = _seconds_of(text)
    if seconds is None:
        return parse_instant(text)
    try:
        return _representable(now + seconds)
    except (ValueError, OverflowError):
        raise InvalidValue(f'"{text}" from now is too far away') from None


def parse_since(text: str, now: int) -> int:
    """An instant, or a duration before `now`: `2026-11-17` or `7d`. Raises InvalidValue."""
    seconds = _seconds_of(text)
    if seconds is None:
        return parse_instant(text)
    try:
        return _representable(now - seconds)
    except (ValueError, OverflowError):
        raise InvalidValue(f'"{text}" before now is too far away') from None


def _representable(instant: int) -> int:
    """The instant, if it lies in a year that can be written; else ValueError."""
    if not _FIRST <= instant <= _LAST:
        raise ValueError(instant)
    return instant


def day(epoch: int) -> "date":
    """The UTC calendar day of an instant."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(epoch, UTC).date()
