"""Frozen values with slots: what entities, statements and answers are made of.

A record says its fields as a dataclass does, and costs a thirtieth of one to define: nothing is
compiled, one constructor serves all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self, TypeVar, cast, dataclass_transform

T = TypeVar("T")

_put = object.__setattr__


class _Made:
    """A default that is made anew for each record."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def made(*, factory: Callable[[], T]) -> T:
    """The default of a field that `factory` makes anew for each record."""
    return cast(T, _Made(factory))


@dataclass_transform(frozen_default=True, field_specifiers=(made,))
class RecordType(type):
    """Makes slots of the annotated names of a class body, and defaults of their values.

    The body's module imports annotations from __future__, so that there is nothing to evaluate.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> RecordType:
        fields = tuple(f for f, kind in body["__annotations__"].items() if "ClassVar" not in kind)
        body["_defaults"] = {f: body.pop(f) for f in fields if f in body}
        body["_fields"] = body["__slots__"] = body["__match_args__"] = fields
        return super().__new__(cls, name, bases, body)


class Record(metaclass=RecordType):
    """A frozen value. A field called `source` says where it was written, and is left out when
    records are compared."""

    _fields: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[dict[str, object]]

    def __init__(self, *values: object, **named: object) -> None:
        fields = self._fields
        if values or len(named) != len(fields):
            named = self._complete(values, named)
        try:
            for field in fields:
                _put(self, field, named[field])
        except KeyError as missing:
            raise TypeError(f"{type(self).__name__} needs {missing}") from None

    @classmethod
    def _complete(cls, values: tuple[object, ...], named: dict[str, object]) -> dict[str, object]:
        """All fields with what was given for them, and their defaults for the others."""
        given = dict(zip(cls._fields, values, strict=False))
        strange = named.keys() - set(cls._fields[len(given) :])
        if strange or len(values) > len(given):
            raise TypeError(f"{cls.__name__} does not take {sorted(strange) or values}")
        given |= named
        for field, default in cls._defaults.items():
            if field not in given:
                given[field] = default.make() if type(default) is _Made else default
        return given

    def _replace(self, **named: object) -> Self:
        """The record with other values for these fields."""
        return type(self)(**{**self._asdict(), **named})

    def _asdict(self) -> dict[str, object]:
        """The values by field."""
        return {field: getattr(self, field) for field in self._fields}

    def _compared(self) -> tuple[object, ...]:
        return tuple([getattr(self, field) for field in self._fields if field != "source"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def __repr__(self) -> str:
        values = ", ".join(f"{field}={getattr(self, field)!r}" for field in self._fields)
        return f"{type(self).__name__}({values})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), *self._asdict().values())


def _restored(cls: type[T], *values: object) -> T:
    return cls(*values)
