"""Plain values as YAML text, the way a person would write them.

Text is quoted whenever any YAML parser, of version 1.1 or 1.2, could take it for something else.
"""

import re
from typing import NamedTuple

from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Plain

FLOW_WIDTH = 60
"""The longest list or mapping that goes on its key's line."""

_AMBIGUOUS = re.compile(
    r"""~ | null | true | false | yes | no | on | off | y | n | = | <<
    | [-+]?[0-9][0-9_]* | [-+]?0x[0-9a-f_]+ | [-+]?0o?[0-7_]+ | [-+]?0b[01_]+
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
    | [-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)(e[-+]?[0-9]+)?
    | [-+]?\.inf | \.nan
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([t\ ].*)?""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_UNSAFE_START = frozenset("-?:,[]{}#&*!|>'\"%@`=<~ ")
_UNSAFE_INSIDE = re.compile(r": | #|:$|\s$")
_UNSAFE_IN_FLOW = re.compile(r"[,\[\]{}?]")  # old parsers take any ? in there for a key
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}

_ALWAYS_PLAIN = ("instant", "duration", "integer")
_ONE_LINE_MAPS = ("tags", "Principal", "NotPrincipal")
_NEVER_ONE_LINE = ("members",)
_NO_SHAPE = Shape("document", "")


class Style(NamedTuple):
    """How the surrounding text is written.

    `step` is the indentation of a mapping in a mapping, `dash` that of a list under its key,
    `quote` the mark that its keys and texts stand in, or "".
    """

    step: int = 2
    dash: int = 2
    quote: str = ""


def yaml_text(value: Plain, shape: Shape | None = None) -> str:
    """A value as YAML text of its own, in block style, with a final line break."""
    style = Style()
    if not value or not isinstance(value, dict | list):
        return flow(value, shape, style) + "\n"
    if isinstance(value, list):
        shapes = (child(shape, n) for n in range(len(value)))
        lines = [line for item, s in zip(value, shapes, strict=True)
                 for line in item_lines(item, s, style)]  # fmt: skip
    else:
        lines = [line for key, item in value.items()
                 for line in pair_lines(key, item, child(shape, key), style)]  # fmt: skip
    return "\n".join(lines) + "\n"


def needs_quotes(value: str, flow: bool = False) -> bool:
    """Whether the text, written plain, would be read as something else."""
    return (
        not value
        or value[0] in _UNSAFE_START
        or value.startswith("...")
        or not value.isprintable()
        or _UNSAFE_INSIDE.search(value) is not None
        or (flow and _UNSAFE_IN_FLOW.search(value) is not None)
        or _AMBIGUOUS.fullmatch(value) is not None
    )


def quoted(value: str, mark: str = '"') -> str:
    """The text between double marks, or single ones where they can hold it."""
    if mark == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(_escaped(char) for char in value) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def scalar(value: Plain, shape: Shape | None = None, *, flow: bool = False, quote: str = "") -> str:
    """One scalar. `quote` is the mark the text should stand in even where it needs none."""
    if value is None:  # never in a directory, but in answers
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # YAML 1.1 wants a point before an exponent.
        mantissa, e, exponent = repr(value).partition("e")
        return mantissa + (".0" if e and "." not in mantissa else "") + e + exponent
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain_kind = shape is not None and shape.kind in _ALWAYS_PLAIN
    if plain_kind and re.fullmatch(r"[\w:.+-]+", text, re.ASCII):
        return quoted(text, quote) if quote else text
    if quote:
        return quoted(text, quote)
    if not needs_quotes(text, flow):
        return text
    return quoted(text, "'" if '"' in text or "\\" in text else '"')


def child(shape: Shape | None, step: str | int, value: Plain = None) -> Shape:
    """The shape of the value one step into a value of that shape."""
    if shape is None:
        return _NO_SHAPE
    if shape.kind == "either":
        wanted = "record" if not isinstance(step, int) else "list"
        shape = next((option for option in shape.options if option.kind == wanted), _NO_SHAPE)
    if shape.kind == "record":
        return shape.fields.get(str(step), _NO_SHAPE)
    if shape.kind in ("map", "list"):
        return shape.item or _NO_SHAPE
    return shape if shape.kind == "document" else _NO_SHAPE


def flow(value: Plain, shape: Shape | None = None, style: Style = Style()) -> str:  # noqa: B008
    """The value on one line, collections in flow style."""
    if isinstance(value, dict):
        pairs = (flow_pair(key, item, child(shape, key), style) for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        items = (flow(item, child(shape, n), style) for n, item in enumerate(value))
        return "[" + ", ".join(items) + "]"
    return scalar(value, shape, flow=True, quote=style.quote)


def flow_pair(key: str, value: Plain, shape: Shape | None, style: Style) -> str:
    """`key: value` on one line."""
    return f"{scalar(key, flow=True, quote=style.quote)}: {flow(value, shape, style)}"


def flow_lines(value: Plain, shape: Shape | None, style: Style, unit: str) -> list[str]:
    """The value as lines of flow style, as JSON is printed; `unit` indents one level."""
    if not value or not isinstance(value, dict | list):
        return [flow(value, shape, style)]
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            first, *rest = flow_lines(item, child(shape, key), style, unit)
            lines += [f"{scalar(key, flow=True, quote=style.quote)}: {first}", *rest]
            lines[-1] += ","
    else:
        for n, item in enumerate(value):
            lines += flow_lines(item, child(shape, n), style, unit)
            lines[-1] += ","
    lines[-1] = lines[-1][:-1]
    marks = "{}" if isinstance(value, dict) else "[]"
    return [marks[0], *(unit + line for line in lines), marks[1]]


class Element(NamedTuple):
    """A new element of a flow collection: a pair, or an item, whose `key` is None."""

    key: str | None
    value: Plain
    shape: Shape | None
    style: Style

    def lines(self, unit: str | None) -> list[str]:
        """Its text: on one line without a unit of indentation, else on lines as JSON is."""
        key = "" if self.key is None else scalar(self.key, flow=True, quote=self.style.quote) + ": "
        if unit is None:
            return [key + flow(self.value, self.shape, self.style)]
        first, *rest = flow_lines(self.value, self.shape, self.style, unit)
        return [key + first, *rest]


def one_line(key: str, value: Plain, shape: Shape | None, style: Style) -> str | None:
    """The value as it would follow `key: ` on its line, or None when it deserves a block."""
    if not isinstance(value, dict | list):
        return scalar(value, shape, quote=style.quote)
    if not value:
        return "{}" if isinstance(value, dict) else "[]"
    items = value.values() if isinstance(value, dict) else value
    if key in _NEVER_ONE_LINE or any(isinstance(item, dict | list) for item in items):
        return None
    if isinstance(value, dict) and key not in _ONE_LINE_MAPS:
        return None
    text = flow(value, shape, style)
    return text if len(text) <= FLOW_WIDTH else None


def pair_lines(key: str, value: Plain, shape: Shape | None, style: Style) -> list[str]:
    """`key: value` as lines of block style, the key at column 0."""
    name = scalar(key, quote=style.quote)
    block = block_text(value, shape)
    if block is not None:
        return [f"{name}: {block[0]}", *(indented(line, style.step) for line in block[1:])]
    text = one_line(key, value, shape, style)
    if text is not None:
        return [f"{name}: {text}"]
    return [f"{name}:", *body_lines(value, shape, style)]


def block_text(value: Plain, shape: Shape | None) -> list[str] | None:
    """A text of several lines as a block text, its sign and then its lines at column 0; None where
    it must stand between quotes."""
    if shape is None or shape.kind != "lines" or not isinstance(value, str) or "\n" not in value:
        return None
    sign = "|" if value.endswith("\n") else "|-"
    lines = value.removesuffix("\n").split("\n")
    # Space at either end would be taken for indentation, or for none of the text.
    if lines[0][:1] in ("", " ") or not lines[-1].strip():
        return None
    if not all(line.replace("\t", "").isprintable() for line in lines):
        return None
    return [sign, *lines]


def indented(line: str, width: int) -> str:
    """A line further to the right; one without text stays empty."""
    return " " * width + line if line else line


def body_lines(value: Plain, shape: Shape | None, style: Style) -> list[str]:
    """The lines under a key at column 0 of a collection that is not empty."""
    if isinstance(value, dict):
        lines = [
            line
            for key, item in value.items()
            for line in pair_lines(key, item, child(shape, key), style)
        ]
        return [indented(line, style.step) for line in lines]
    if not isinstance(value, list):
        raise TypeError(value)
    lines = [
        line for n, item in enumerate(value) for line in item_lines(item, child(shape, n), style)
    ]
    return [" " * style.dash + line for line in lines]


def item_lines(value: Plain, shape: Shape | None, style: Style) -> list[str]:
    """`- value` as lines of block style, the dash at column 0."""
    if not isinstance(value, dict) or not value:
        return [f"- {flow(value, shape, style)}"]
    lines = [
        line
        for key, item in value.items()
        for line in pair_lines(key, item, child(shape, key), style)
    ]
    return [("- " if n == 0 else "  ") + line for n, line in enumerate(lines)]
