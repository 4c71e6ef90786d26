"""JSON read as its grammar has it: no key twice in one object, no NaN, and positions are told.

What the standard decoder is used for is values; objects and lists whose members are to be read
one by one are walked here.
"""

import re
from collections.abc import Callable
from json import JSONDecodeError as JSONDecodeError
from json import JSONDecoder
from typing import TypeVar

from iamctl.domain.names import shown
from iamctl.domain.source import Plain

Item = TypeVar("Item")
Read = Callable[[str, int], tuple[Item, int]]
"""Reads a value that begins at a position; the value and where it ends."""

_SPACE = r"[ \t\n\r]*"
_BEGIN = re.compile(_SPACE)
_OPEN = re.compile(rf".{_SPACE}", re.DOTALL)
_KEY = re.compile(rf'"([a-z_]*)"{_SPACE}:{_SPACE}')
_COLON = re.compile(rf"{_SPACE}:{_SPACE}")
_AFTER_ITEM = re.compile(rf"{_SPACE}(?:,{_SPACE}|(\]))")
_AFTER_MEMBER = re.compile(rf"{_SPACE}(?:,{_SPACE}|(\}}))")


class RepeatedKey(ValueError):
    """A key stands twice in one object, which JSON leaves open and AWS's grammar forbids."""


def _unique(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    members = dict(pairs)
    if len(members) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise RepeatedKey(f"key {shown(repeated)} stands twice in one object")
    return members


def _refuse(name: str) -> Plain:
    raise ValueError(f"{name} is no JSON value")


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"a number has {len(text)} digits")
    return int(text)


_DIGITS = 1000
_STRICT = JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_integer)
_AS_TEXT = JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse, parse_int=str, parse_float=str
)
_ANY = JSONDecoder(parse_constant=_refuse, parse_int=str, parse_float=str)

value: Read[Plain] = _STRICT.raw_decode
"""Any JSON value. Raises ValueError (JSONDecodeError, RepeatedKey) and RecursionError."""

value_of_texts: Read[Plain] = _AS_TEXT.raw_decode
"""Any JSON value, its numbers as the text they are written as. Raises as `value` does."""


def skip(text: str, at: int) -> int:
    """Where the value ends that begins there, keys that stand twice or not."""
    return _ANY.raw_decode(text, at)[1]


def begin(text: str) -> int:
    """Where the first value begins."""
    return _BEGIN.match(text).end()  # type: ignore[union-attr]  # it also matches nothing


def finish(text: str, at: int) -> None:
    """Raises JSONDecodeError when anything but space follows the value that ended there."""
    end = _BEGIN.match(text, at).end()  # type: ignore[union-attr]
    if end != len(text):
        raise JSONDecodeError("Extra data", text, end)


def items(text: str, at: int, read: Read[Item]) -> tuple[list[Item], int]:
    """The items of the list whose bracket stands there, each read by `read`."""
    at = _OPEN.match(text, at).end()  # type: ignore[union-attr]
    found: list[Item] = []
    if text.startswith("]", at):
        return found, at + 1
    while True:
        item, at = read(text, at)
        found.append(item)
        after = _AFTER_ITEM.match(text, at)
        if after is None:
            raise JSONDecodeError("Expecting ',' delimiter", text, at)
        at = after.end()
        if after[1]:
            return found, at


def members(text: str, at: int, read: Callable[[str, str, int], int]) -> int:
    """Where the object ends whose brace stands there; `read(key, text, at)` reads each value."""
    at = _OPEN.match(text, at).end()  # type: ignore[union-attr]
    if text.startswith("}", at):
        return at + 1
    while True:
        key, at = _key(text, at)
        at = read(key, text, at)
        after = _AFTER_MEMBER.match(text, at)
        if after is None:
            raise JSONDecodeError("Expecting ',' delimiter", text, at)
        at = after.end()
        if after[1]:
            return at


def _key(text: str, at: int) -> tuple[str, int]:
    plain = _KEY.match(text, at)
    if plain is not None:
        return plain[1], plain.end()
    if not text.startswith('"', at):
        raise JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
    key, at = value(text, at)
    colon = _COLON.match(text, at)
    if colon is None:
        raise JSONDecodeError("Expecting ':' delimiter", text, at)
    return str(key), colon.end()


def kind_of(data: Plain) -> str:
    """What a JSON value is, in words."""
    if data is None:
        return "null"
    if isinstance(data, bool):
        return "true or false"
    kinds: dict[type, str] = {str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(data), "a number")
