"""What shapes of values are, and those that entities of several sections share."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Optional

from iamctl.domain import names
from iamctl.domain.documents import DocumentKind

_NOTHING: Mapping[str, "Shape"] = MappingProxyType({})


class Shape(NamedTuple):
    """The shape of one value.

    `kind` is text, lines (a text that may have several), texts (one or a list), flag, integer,
    instant, duration, list, map, record, document, either, reserved, private or main (a key that
    only the main file of a directory has).
    `item` is the shape of a list's items or a map's values; `key` the rule of a map's keys;
    `fields` those of a record; `choices` the only texts allowed; `options` of an `either`.
    `filled` is why a map must not be empty, "" when it may be; `examples` show texts or keys.
    """

    kind: str
    title: str
    description: str = ""
    rule: names.Rule | None = None
    choices: tuple[str, ...] = ()
    item: Optional["Shape"] = None
    key: names.Rule | None = None
    fields: Mapping[str, "Shape"] = _NOTHING
    required: tuple[str, ...] = ()
    document: DocumentKind = "identity"
    options: tuple["Shape", ...] = ()
    filled: str = ""
    examples: tuple[str, ...] = ()


_TAG_KEY = names.Rule("a tag key", 1, 128, r"[^\x00-\x1f]+")
_TAG_VALUE = names.Rule("a tag value", 0, 256, r"[^\x00-\x1f]*")

PATH = Shape("text", "Path", "Omitted when /.", rule=names.PATH)
CREATED = Shape("instant", "Creation time", "UTC, ISO 8601.")
TAGS = Shape("map", "Tags", "Up to 50 key-value pairs.", key=_TAG_KEY,
              item=Shape("text", "Tag value", rule=_TAG_VALUE))  # fmt: skip
