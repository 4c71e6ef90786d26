"""A directory as lines that a line diff can compare: one fact a line, in an order of its own."""

import json
from collections.abc import Callable, Iterator, Mapping

from iamctl.domain.change import NOUNS, item_name
from iamctl.domain.comparing import NAMED, REFERENCES, Sections, is_document, section_of
from iamctl.domain.comparing_documents import SINGLE
from iamctl.domain.source import Address, Plain

_FIRST = ("Sid", "Effect")


def outline(directory: Sections) -> Iterator[str]:
    """The lines, without line ends; an entity's begin with a line at the margin, `user alice`.

    Two files that differ in order, comments, quoting or layout alone give the same lines; two that
    say different things give different ones.
    """
    for key in sorted(key for key in directory if key not in NAMED):
        value = directory[key]
        yield from _fact((key,), 0, key, dict(value) if isinstance(value, Mapping) else value)
    for section in NAMED:
        entities = section_of(directory, section)
        for name in sorted(entities):
            yield f"{NOUNS.get(section, 'resource')} {_scalar(name)}"
            yield from _inside((section, name), 1, entities[name])


def _inside(at: Address, depth: int, value: Plain) -> Iterator[str]:
    if isinstance(value, dict):
        for key in sorted(value, key=_place):
            yield from _fact((*at, key), depth, _word(key), value[key])
    elif isinstance(value, list):
        yield from _items(at, depth, value)


def _fact(at: Address, depth: int, label: str, value: Plain) -> Iterator[str]:
    """A label with its value, or above what stands in it."""
    margin = "  " * depth
    if _is_in_document(at):  # where a list of one means what its item means
        if at[-1] == "Statement" and isinstance(value, dict):
            value = [value]
        elif isinstance(value, list) and len(value) == 1 and at[-1] not in SINGLE:
            value = value[0] if not isinstance(value[0], dict | list) else value
    if value in ([], {}):
        if at[0] not in NAMED or _is_in_document(at):  # elsewhere an empty collection is none
            yield f"{margin}{label}: {json.dumps(value)}"
    elif isinstance(value, dict | list):
        yield f"{margin}{label}:"
        yield from _inside(at, depth + 1, value)
    elif value is not None:
        yield from _lines(margin, f"{margin}{label}: ", _typed(at, value))


def _typed(at: Address, value: Plain) -> Plain:
    """A value; what a document should have as text and has not is said to be none."""
    is_odd = _is_in_document(at) and "Condition" not in at and not isinstance(value, str)
    return f"{json.dumps(value)} (no text)" if is_odd else value


def _items(at: Address, depth: int, items: list[Plain]) -> Iterator[str]:
    margin = "  " * depth
    blocks = [list(_item(at, margin, depth, item)) for item in items]
    for block in sorted(blocks) if _has_no_order(at) else blocks:
        yield from block


def _item(at: Address, margin: str, depth: int, item: Plain) -> Iterator[str]:
    if isinstance(item, dict) and at[-1] == "members":
        until = f" until {_scalar(item['until'])}" if "until" in item else ""
        yield f"{margin}- {_word(str(item_name(item)))}{until}"
    elif item in ([], {}):
        yield f"{margin}- {json.dumps(item)}"
    elif isinstance(item, dict | list):
        first, *rest = [*_inside((*at, 0), depth + 1, item)] or [""]
        yield f"{margin}- {first.lstrip()}"
        yield from rest
    else:
        item = _typed(at, item)
        yield from _lines(margin, f"{margin}- ", item, _word)


def _place(key: str) -> tuple[int, str]:
    """Where a key stands among its like: a statement begins with its name and effect."""
    return (_FIRST.index(key) if key in _FIRST else len(_FIRST), key)


def _has_no_order(at: Address) -> bool:
    """Whether the order of a list at an address says nothing."""
    return _is_in_document(at) or (at[0] in NAMED and at[-1] in REFERENCES)


def _is_in_document(at: Address) -> bool:
    return any(is_document(at[:n]) for n in range(2, len(at)))


def _lines(
    margin: str, head: str, value: Plain, worded: Callable[[str], str] | None = None
) -> Iterator[str]:
    """A scalar behind its label; each line of a long text on its own."""
    if isinstance(value, str) and "\n" in value:
        yield head.rstrip() + " |"
        yield from (f"{margin}  {_scalar(line)}" for line in value.split("\n"))
    elif isinstance(value, str) and worded is not None:
        yield head + worded(value)
    else:
        yield head + _scalar(value)


def _word(text: str) -> str:
    """A key or an item on one line, quoted where something of another kind could follow."""
    is_plain = ": " not in text and " until " not in text and not text.endswith(":")
    return _scalar(text) if is_plain else json.dumps(text)


def _scalar(value: Plain) -> str:
    """A value on one line; texts that could be taken for something else are quoted."""
    if isinstance(value, str) and value and value == value.strip() and value.isprintable():
        return value if not value.startswith('"') else json.dumps(value)
    return json.dumps(value)
