"""Instants and durations as the file and the command line write them.

An instant is whole seconds since the epoch, UTC; a duration is whole seconds.
"""

import re
from datetime import UTC, date, datetime

from iamctl.domain.errors import InvalidValue

_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_DURATION = re.compile(r"(\d{1,10})(s|m|h|d|w)?", re.ASCII | re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_instant(text: str) -> int:
    """Epoch seconds of an ISO 8601 time; a date alone is its midnight; no zone means UTC.

    Raises InvalidValue.
    """
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


def format_instant(epoch: int) -> str:
    """`2026-12-31T00:00:00Z`."""
    return datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_duration(text: str) -> int:
    """Seconds of `3600`, `90m`, `2h`, `30d` or `1w`. Raises InvalidValue."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise InvalidValue(
            f'"{text[:40]}" is not a duration', hint="write seconds, or 90m, 2h, 30d"
        )
    return int(match[1]) * _UNITS[(match[2] or "s").lower()]


def format_duration(seconds: int) -> str:
    """The shortest exact form: 7200 is `2h`, 5400 is `90m`, 3601 is `3601s`."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


def parse_until(text: str, now: int) -> int:
    """An instant, or a duration from `now`: `2026-12-31` or `30d`. Raises InvalidValue."""
    if not _DURATION.fullmatch(text):
        return parse_instant(text)
    try:
        return _representable(now + parse_duration(text))
    except (ValueError, OverflowError):
        raise InvalidValue(f'"{text}" from now is too far away') from None


def _representable(instant: int) -> int:
    """The instant, if it lies in a year that can be written; else ValueError, OverflowError."""
    datetime.fromtimestamp(instant, UTC)
    return instant


def day(epoch: int) -> date:
    """The UTC calendar day of an instant."""
    return datetime.fromtimestamp(epoch, UTC).date()
