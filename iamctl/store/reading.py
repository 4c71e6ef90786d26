"""Nodes read by a declared shape: plain values, and everything that is wrong with them.

Scalars are typed by the shape, never by YAML's guess: a text keeps what was written (`0042`,
`no`, `2026-11-24`). Inside policy documents a quoted scalar is a string, a plain one that is
exactly a JSON number, true or false is that, and every other plain one but null is a string.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import cast

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from iamctl.domain.change import NOUNS, item_name
from iamctl.domain.names import Rule, did_you_mean, shown
from iamctl.domain.shape_parts import Shape
from iamctl.domain.source import Address, Plain, Problem, Source
from iamctl.store.tree import entries, is_merge

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
INTEGER = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)
_JSON_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,299})", re.ASCII)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_MAX_SUGGESTIONS = 1000
_MAYBE_NUMBER = frozenset("-0123456789")


class Reading:
    """One reading: nodes in, plain values out, problems collected on the way.

    `whole` is what messages call the file's content."""

    def __init__(self, file: str, whole: str = "the directory") -> None:
        self._file = file
        self._whole = whole
        self._problems: list[Problem] = []
        self._firsts: dict[int, dict[str, Node]] = {}  # by id() of a mapping with repeated keys
        self._suggestions = 0

    def in_order(self) -> tuple[Problem, ...]:
        """The problems by place; one that several aliases lead to is told once."""
        seen: dict[tuple[str, Source | None, Address], Problem] = {}
        for problem in self._problems:
            seen.setdefault((problem.code, problem.source, problem.at[-1:]), problem)
        return tuple(sorted(seen.values(), key=lambda p: (p.source or Source("", 0, 0))[1:]))

    def read(self, shape: Shape, node: Node, at: Address, key: Node | None = None) -> Plain:
        """The plain value of a node; `key` is the node of its key, for what is missing in it."""
        if node.tag:
            self._tagged(node, at)
        return _READERS[shape.kind](self, shape, node, at, key or node)

    def text(self, shape: Shape, node: Node, at: Address, _key: Node) -> Plain:
        if node.__class__ is not ScalarNode:
            return self._wrong_kind("a text", node, at)
        value = cast(str, node.value)
        if not node.style and value in _NULLS:
            self._error("empty", f"{self._what(at)} has no value", at, node,
                        'leave the line out, or write "" for an empty text' if not value
                        else f'put it between quotes if the text "{value}" is meant')  # fmt: skip
            return None
        if shape.rule is not None and not _admits(shape.rule, value):
            problem = str(shape.rule.problem(value))
            self._error("invalid-value", problem, at, node, shape.rule.hint)
        elif shape.choices and value not in shape.choices:
            self._error("invalid-value", f"{self._what(at)} must be {' or '.join(shape.choices)}",
                        at, node, self._suggest(value, shape.choices))  # fmt: skip
        return value

    def integer(self, _shape: Shape, node: Node, at: Address, _key: Node) -> Plain:
        if node.__class__ is not ScalarNode:
            self._wrong_kind("a whole number", node, at)
            return 0
        if node.style or INTEGER.fullmatch(node.value) is None:
            self._error("invalid-value", f"{self._what(at)} must be a whole number", at, node,
                        "write digits alone, without quotes")  # fmt: skip
            return 0
        return int(node.value)

    def sequence(self, shape: Shape, node: Node, at: Address, _key: Node) -> Plain:
        if _is_null(node):
            return []
        if node.__class__ is not SequenceNode:
            return self._wrong_kind("a list", node, at)
        items: list[Plain] = []
        item_shape = cast(Shape, shape.item)
        for position, item in enumerate(cast(list[Node], node.value)):
            step = item.value if item.__class__ is ScalarNode else position
            items.append(self.read(item_shape, item, (*at, cast("str | int", step))))
        return items

    def texts(self, shape: Shape, node: Node, at: Address, key: Node) -> Plain:
        """A text, or a list of texts."""
        if node.__class__ is SequenceNode:
            return self.sequence(shape, node, at, key)
        return self.text(cast(Shape, shape.item), node, at, key)

    def flag(self, _shape: Shape, node: Node, at: Address, _key: Node) -> Plain:
        if node.__class__ is not ScalarNode:
            return self._wrong_kind("true or false", node, at)
        if node.style or node.value not in ("true", "false"):
            self._error("invalid-value", f"{self._what(at)} must be true or false", at, node)
        return bool(node.value == "true")

    def mapping(self, shape: Shape, node: Node, at: Address, _key: Node) -> Plain:
        if shape.filled and (_is_null(node) or (node.__class__ is MappingNode and not node.value)):
            self._error("empty", f"{self._what(at)} must not be empty", at, node, shape.filled)
        if _is_null(node):
            return {}
        if node.__class__ is not MappingNode:
            return self._wrong_kind("a mapping of names", node, at)
        plain: dict[str, Plain] = {}
        item_shape = cast(Shape, shape.item)
        rule = cast(Rule, shape.key)
        read = _READERS[item_shape.kind]
        for key, value in self._pairs(node, at):
            name = key.value
            if name in plain:
                self._repeated(key, node, at)
                continue
            if not _admits(rule, name):
                problem = str(rule.problem(name))
                self._error("invalid-name", problem, (*at, name), key, rule.hint)
            here = (*at, name)
            if value.tag:
                self._tagged(value, here)
            plain[name] = read(self, item_shape, value, here, key)
        return plain

    def record(self, shape: Shape, node: Node, at: Address, key: Node) -> Plain:
        plain: dict[str, Plain] = {}
        if node.__class__ is MappingNode:
            self._fields(shape.fields, node, at, plain)
        elif not _is_null(node):
            return self._wrong_kind("a mapping", node, at)
        for name in shape.required:
            if name not in plain:
                version = not at and shape.fields[name].kind == "integer"
                hint = f"start the file with `{name}: 1`" if version else None
                self._error(
                    "missing-key", f'{self._what(at)} lacks "{name}"', (*at, name), key, hint
                )
        return plain

    def _fields(
        self, fields: Mapping[str, Shape], node: MappingNode, at: Address, plain: dict[str, Plain]
    ) -> None:
        for key, value in self._pairs(node, at):
            name = key.value
            if name in plain:
                self._repeated(key, node, at)
                continue
            field, here = fields.get(name), (*at, name)
            read = None if field is None else _READERS.get(field.kind)
            if field is None:
                self._error("unknown-key", f"unknown key {shown(name)} in {self._what(at)}",
                            here, key, self._suggest(name, fields))  # fmt: skip
            elif read is None:
                code, message, hint = _REFUSED[field.kind]
                self._error(code, f'"{name}" {message}', here, key, hint)
            else:
                if value.tag:
                    self._tagged(value, here)
                plain[name] = read(self, field, value, here, key)

    def either(self, shape: Shape, node: Node, at: Address, key: Node) -> Plain:
        """A text or a record: the node's own kind decides."""
        text, record = shape.options
        if node.__class__ is not MappingNode:
            return self.text(text, node, at, key)
        plain = self.record(record, node, at, key)
        name = item_name(plain)
        return plain if isinstance(name, str) else {}

    def document(self, _shape: Shape, node: Node, at: Address, _key: Node) -> Plain:
        """A policy document's value; its grammar is the domain's to judge."""
        if node.tag:
            self._tagged(node, at)
        if node.__class__ is ScalarNode:
            return self._document_scalar(node, at)
        if node.__class__ is SequenceNode:
            items = cast(list[Node], node.value)
            return [self.document(_DOCUMENT, v, (*at, i), v) for i, v in enumerate(items)]
        plain: dict[str, Plain] = {}
        for key, value in self._pairs(cast(MappingNode, node), at):
            if key.value in plain:
                self._repeated(key, node, at)
                continue
            plain[key.value] = self.document(_DOCUMENT, value, (*at, key.value), key)
        return plain

    def _document_scalar(self, node: ScalarNode, at: Address) -> Plain:
        value = cast(str, node.value)
        if node.style:
            return value
        if value in _NULLS:
            what = f"is {value}, which no policy may hold" if value else "has no value"
            hint = "put it between quotes" if value else 'write "" for an empty text'
            self._error("null", f"{self._what(at)} {what}", at, node, hint)
            return ""
        if value[0] in _MAYBE_NUMBER:
            return self._document_number(value, node, at)
        if value == "true" or value == "false":
            return value == "true"
        return value

    def _document_number(self, value: str, node: ScalarNode, at: Address) -> Plain:
        if _JSON_INTEGER.fullmatch(value):
            return int(value)
        if _JSON_NUMBER.fullmatch(value) is None:
            return value
        number = float(value)
        if number in (float("inf"), float("-inf")):
            self._error("invalid-value", f"{self._what(at)} is too large a number", at, node)
        return number

    def _pairs(self, node: MappingNode, at: Address) -> Iterable[tuple[Node, Node]]:
        """The entries of a mapping whose keys are texts, merge keys carried out."""
        odd = False
        for key, _ in node.value:
            if key.__class__ is not ScalarNode or key.tag or key.value == "<<":
                odd = True
        return self._odd_pairs(node, at) if odd else node.value

    def _odd_pairs(self, node: MappingNode, at: Address) -> Iterable[tuple[Node, Node]]:
        merges = [(key, value) for key, value in node.value if is_merge(key)]
        for position, (key, value) in enumerate(merges):
            merged = value.value if value.__class__ is SequenceNode else [value]
            if position or not all(source.__class__ is MappingNode for source in merged):
                message = '"<<" must stand once and merge mappings'
                self._error("merge-key", message, at, key, "write `<<: *anchor`")
        for key, value, _ in entries(node):
            if key.__class__ is not ScalarNode:
                self._error("wrong-kind", f"a key of {self._what(at)} must be a text", at, key)
            elif key.tag:
                self._error("tag", f"a key has the YAML tag {shown(key.tag)}", at, key)
            else:
                yield key, value

    def _repeated(self, key: Node, mapping: Node, at: Address) -> None:
        firsts = self._firsts.get(id(mapping))
        if firsts is None:
            firsts = self._firsts[id(mapping)] = {}
            for known, _, _ in entries(cast(MappingNode, mapping)):
                if isinstance(known, ScalarNode):
                    firsts.setdefault(known.value, known)
        first = firsts[key.value]
        self._error("duplicate-key",
                    f"key {shown(key.value)} is repeated in {self._what(at)}: "
                    f"it stands in line {first.start_mark.line + 1} already",
                    (*at, key.value), key, "keep one of the two")  # fmt: skip

    def _suggest(self, name: str, known: Iterable[str]) -> str | None:
        self._suggestions += 1
        return did_you_mean(name, known) if self._suggestions <= _MAX_SUGGESTIONS else None

    def _tagged(self, node: Node, at: Address) -> None:
        self._error("tag", f"{self._what(at)} has the YAML tag {shown(node.tag)}", at, node,
                    "remove the tag: iamctl knows the type")  # fmt: skip

    def _wrong_kind(self, wanted: str, node: Node, at: Address) -> Plain:
        got = {ScalarNode: "a text", SequenceNode: "a list", MappingNode: "a mapping"}[type(node)]
        hint = None
        if wanted == "a list" and isinstance(node, ScalarNode):
            hint = f"write it as `[{node.value[:60]}]`, or behind `- ` on a line of its own"
        elif wanted == "a mapping of names" and isinstance(node, SequenceNode):
            hint = "write `name:` instead of `- `"
        elif wanted == "a text" and isinstance(node, MappingNode) and node.flow_style:
            hint = "put it between quotes if it is a text"
        self._error("wrong-kind", f"{self._what(at)} must be {wanted}, not {got}", at, node, hint)
        return None

    def _what(self, at: Address) -> str:
        """What the value at an address is called in a message."""
        return _named(at) if at else self._whole

    def _error(
        self, code: str, message: str, at: Address, node: Node, hint: str | None = None
    ) -> None:
        mark = node.start_mark
        source = Source(self._file, mark.line + 1, mark.column + 1)
        self._problems.append(Problem("error", code, message, at, source, hint))


_Read = Callable[[Reading, Shape, Node, Address, Node], Plain]

_READERS: Mapping[str, _Read] = {
    "text": Reading.text,
    "lines": Reading.text,
    "instant": Reading.text,
    "duration": Reading.text,
    "texts": Reading.texts,
    "flag": Reading.flag,
    "integer": Reading.integer,
    "list": Reading.sequence,
    "map": Reading.mapping,
    "record": Reading.record,
    "either": Reading.either,
    "document": Reading.document,
}

_REFUSED = {
    "private": (
        "private-key",
        "is a private key's, and a private key does not belong in this file",
        "list the public key alone, and replace the key if it was shared",
    ),
    "main": (
        "main-key",
        "belongs in the file that includes this one",
        "move it there: a part holds sections alone",
    ),
    "reserved": (
        "reserved-key",
        "is reserved for a later version of iamctl",
        "decisions do not honour it yet: remove it",
    ),
}
"""Kinds of fields that nothing is read of: what is said of one, with its code and a hint."""

_DOCUMENT = Shape("document", "Policy document")
_matchers: dict[str, Callable[[str], object]] = {}


def _admits(rule: Rule, value: str) -> bool:
    """`rule.problem(value) is None`, with the compiled pattern kept."""
    match = _matchers.get(rule.pattern)
    if match is None:
        match = _matchers[rule.pattern] = re.compile(rule.pattern, re.ASCII).fullmatch
    return rule.minimum <= len(value) <= rule.maximum and match(value) is not None


def _is_null(node: Node) -> bool:
    return node.__class__ is ScalarNode and not node.style and node.value in _NULLS


def _named(at: Address) -> str:
    """What a value below the top is called in a message."""
    if len(at) == 2 and at[0] in NOUNS:
        return f"{NOUNS[str(at[0])]} {shown(str(at[1]))}"
    names = [step for step in at if isinstance(step, str)]
    if isinstance(at[-1], int) and names and at[-2] == names[-1]:
        return f"item {at[-1] + 1} of {shown(names[-1])}"
    return shown(names[-1]) if names else "the value"
