"""Named tuples that are cheap to define.

typing.NamedTuple compiles a constructor for each class, a tenth of a millisecond: what a command
loads of ours has eighty, and they would take longer than a whole interpreter's start. These share
one constructor; all else is as there.
"""

from typing import TYPE_CHECKING


class _Annotated:
    field: int


if TYPE_CHECKING or "__annotations__" not in vars(_Annotated):
    from typing import NamedTuple as NamedTuple  # since Python 3.14 a class body has none
else:
    from collections import _tuplegetter

    _new = tuple.__new__

    class _Kind(type):
        """Makes fields of the annotated names of a class body, and defaults of their values."""

        def __new__(cls, name, bases, body):
            fields = tuple(body.get("__annotations__", ()))
            if not fields:  # NamedTuple itself, or a class that only adds methods to another
                return super().__new__(cls, name, bases, body)
            body["_field_defaults"] = {field: body[field] for field in fields if field in body}
            body["_fields"] = body["__match_args__"] = fields
            body["__slots__"] = ()
            for index, field in enumerate(fields):
                body[field] = _tuplegetter(index, None)
            return super().__new__(cls, name, bases, body)

    class NamedTuple(tuple, metaclass=_Kind):
        """A tuple whose items have names: those that the class body annotates, in that order."""

        __slots__ = ()

        def __new__(cls, *values, **named):
            if named or len(values) != len(cls._fields):
                values = cls._complete(values, named)
            return _new(cls, values)

        @classmethod
        def _complete(cls, values, named):
            """All items: the values, what is named, and defaults for the others."""
            fields = cls._fields
            if values or len(named) != len(fields):
                given = dict(zip(fields, values, strict=False))
                strange = named.keys() - set(fields[len(given) :])
                if strange or len(values) > len(given):
                    raise TypeError(f"{cls.__name__} does not take {sorted(strange) or values}")
                named = {**cls._field_defaults, **given, **named}
            try:
                return [named[field] for field in fields]
            except KeyError as missing:
                raise TypeError(f"{cls.__name__} needs {missing}") from None

        @classmethod
        def _make(cls, values):
            """The tuple of an iterable of all its items."""
            return cls(*values)

        def _replace(self, **named):
            """The tuple with other values for these fields."""
            return type(self)(**{**self._asdict(), **named})

        def _asdict(self):
            """The values by field."""
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            values = ", ".join(f"{field}={value!r}" for field, value in self._asdict().items())
            return f"{type(self).__name__}({values})"

        def __getnewargs__(self):
            return tuple(self)
