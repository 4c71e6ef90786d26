"""A value that must not be shown by accident."""


class Secret:
    """Secret bytes. `repr`, `str`, formatting and pickling never reveal them."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes | str) -> None:
        self._value = value.encode() if isinstance(value, str) else value

    def reveal(self) -> bytes:
        """The bytes themselves."""
        return self._value

    def reveal_text(self) -> str:
        """The bytes as text; raises UnicodeDecodeError when they are not UTF-8."""
        return self._value.decode()

    def __eq__(self, other: object) -> bool:
        from hmac import compare_digest  # here: most commands compare no secret

        return isinstance(other, Secret) and compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        raise TypeError("a secret cannot be a key")

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "Secret(…)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret cannot be pickled")
