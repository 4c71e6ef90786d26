"""Keeps pydantic out of start-up: Typer builds an adapter of it for every parameter.

Texts, flags and lists of texts need none. Where Typer no longer has the name that is replaced,
everything works as before, only slower; a test says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer.core as typer_core
from typer._coercion import RuntimeParam

_NAME = "build_runtime_param"
_PLAIN: tuple[Any, ...] = (str, bool, list[str], str | None, list[str] | None, bool | None)


class AsParsed(RuntimeParam):
    """Takes the parser's text or flag as it is; several values become a list."""

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        return list(value) if isinstance(value, tuple) else value


@contextmanager
def without_pydantic() -> Iterator[None]:
    """While open, parameters of plain types are passed through as they were parsed."""
    original = getattr(typer_core, _NAME, None)
    if original is None:
        yield
        return

    def build(descriptor: Any) -> Any:
        if descriptor.annotation in _PLAIN:
            return AsParsed(descriptor.parameter_info, descriptor.annotation)
        return original(descriptor)

    setattr(typer_core, _NAME, build)
    try:
        yield
    finally:
        setattr(typer_core, _NAME, original)
