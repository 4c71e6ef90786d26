"""The comments of a text of YAML."""

from collections import Counter
from collections.abc import Iterator

from yaml.error import YAMLError
from yaml.tokens import ScalarToken

from iamctl.store.tree import Loader


def comments_of(text: str) -> Counter[str]:
    """How often each comment stands in a text, without the space around it.

    In a text that is no YAML all that follows a `#` is one.
    """
    if "#" not in text:
        return Counter()
    try:
        return Counter(_found(text))
    except YAMLError:
        return Counter(line[line.index("#") :].strip() for line in text.splitlines() if "#" in line)


def _found(text: str) -> Iterator[str]:
    """What stands between tokens, and behind the indicator of a block text."""
    loader, at = Loader(text), 0
    while (token := loader.get_token()) is not None:
        start, end = token.start_mark.index, token.end_mark.index
        yield from _in(text[at:start])
        if isinstance(token, ScalarToken) and token.style in ("|", ">"):
            yield from _in(text[start:end].partition("\n")[0])
        at = max(at, end)
    yield from _in(text[at:])


def _in(gap: str) -> Iterator[str]:
    for line in gap.splitlines():
        _, mark, comment = line.partition("#")
        if mark:
            yield f"#{comment}".strip()
