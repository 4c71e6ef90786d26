"""The typed values that condition operators compare.

Rule: the IAM User Guide's page on condition operators. Each parser gives None for a text that
is no such value.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import TYPE_CHECKING

from iamctl.domain.patterns import Pattern
from iamctl.domain.times import days_to

if TYPE_CHECKING:
    from decimal import Decimal
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_NUMBER = Pattern(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_DATE = Pattern(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?"
    r"(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
_LONGEST = 1024


def parse_number(text: str) -> "int | Decimal | None":
    """An integer or decimal number, exactly."""
    if len(text) <= 18 and text.isascii() and text.isdigit():
        return int(text)
    if len(text) > _LONGEST or _NUMBER.fullmatch(text) is None:
        return None
    from decimal import Decimal

    return Decimal(text)


def parse_date(text: str) -> int | None:
    """Nanoseconds since the epoch of an ISO 8601 date (W3C profile) or of epoch seconds.

    Four digits alone are a year; a date without time is its midnight; no zone means UTC.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        number = parse_number(text)
        return None if number is None else int(number * 10**9)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    days = days_to(int(year), int(month or 1), int(day or 1))
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    offset = _offset(zone)
    if days is None or offset is None or clock[0] > 23 or clock[1] > 59 or clock[2] > 59:
        return None
    seconds = days * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2] - offset
    return seconds * 10**9 + int((fraction or "0")[:9].ljust(9, "0"))


def _offset(zone: str | None) -> int | None:
    if zone is None or zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        return None
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


def parse_boolean(text: str) -> bool | None:
    """`true` or `false` in any case."""
    return {"true": True, "false": False}.get(text.lower())


def parse_binary(text: str) -> bytes | None:
    """The bytes of base64 text."""
    try:
        return a2b_base64(text.encode("ascii"), strict_mode=True) if text else b""
    except (Base64Error, UnicodeEncodeError):
        return None


def parse_address(text: str) -> "IPv4Address | IPv6Address | None":
    """An IP address."""
    from ipaddress import ip_address

    try:
        return ip_address(text) if "%" not in text else None
    except ValueError:
        return None


def parse_network(text: str) -> "IPv4Network | IPv6Network | None":
    """A CIDR range; without a prefix the one address, bits below the mask are ignored."""
    from ipaddress import ip_network

    address, slash, prefix = text.partition("/")
    if "%" in address or (slash and not (prefix.isascii() and prefix.isdigit())):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
