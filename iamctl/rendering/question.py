"""One request as the words that `iamctl can` is asked with."""

from collections.abc import Mapping

from iamctl.domain.times import format_instant


def can_words(
    principal: str,
    action: str,
    resource: str,
    context: Mapping[str, str | tuple[str, ...]],
    at: int | None = None,
) -> list[str]:
    """`PRINCIPAL ACTION RESOURCE --context KEY=VALUE --at TIME`, `at` in epoch seconds."""
    words = [principal, action, resource]
    for text in context_words(context):
        words += ["--context", text]
    return words if at is None else [*words, "--at", format_instant(at)]


def context_words(context: Mapping[str, str | tuple[str, ...]]) -> list[str]:
    """KEY=VALUE for each value of each key, in the order of keys."""
    return [
        f"{key}={value}"
        for key, found in sorted(context.items())
        for value in ((found,) if isinstance(found, str) else found)
    ]
