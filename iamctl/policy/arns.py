"""Matching ARNs part by part.

A pattern and a value are cut at colons into six parts, the sixth keeps further colons; `*` may
cross `/` but none of the first five colons. Rules: the IAM User Guide's pages on the Resource
element and on ARN condition operators.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from iamctl.domain.documents_variables import Literal
from iamctl.policy.match import (
    Context,
    Matcher,
    anything,
    compile_glob,
    compile_pieces,
    pieces_of,
    settled,
    split_pieces,
    substitute,
)


class Resource(NamedTuple):
    """The resource of a request: its text, and its six parts, none when it is no ARN."""

    text: str
    parts: tuple[str, ...]


def resource_of(text: str) -> Resource:
    """A resource taken apart once for all patterns."""
    parts = tuple(text.split(":", 5))
    return Resource(text, parts if len(parts) == 6 and parts[0] == "arn" else ())


ResourceMatcher = Callable[[Resource, Context], bool]


def compile_resource(pattern: str, variables: bool) -> ResourceMatcher:
    """The matcher of an entry of Resource or NotResource.

    `*` alone matches anything; a pattern of fewer than six parts is completed with `*`; a
    pattern whose variable has no value matches nothing.
    """
    if pattern == "*":
        return lambda resource, context: True
    parts = pattern.split(":", 5)
    last = parts[5] if len(parts) == 6 else "*"
    heads = (parts[:5] + ["*"] * 5)[:5]
    plain = all("*" not in head and "?" not in head for head in heads)
    if variables and "${" in last:
        return _dynamic(heads, last)
    tail = compile_glob(last)
    if plain:
        return _prefixed(":".join(heads) + ":", last, tail)
    matchers = tuple(compile_glob(head) for head in heads)
    return lambda resource, context: (
        len(resource.parts) == 6 and tail(resource.parts[5]) and _heads(matchers, resource.parts)
    )


def _prefixed(prefix: str, last: str, tail: Matcher) -> ResourceMatcher:
    """The five first parts hold no wildcard: they are a prefix of the text."""
    if tail is anything:
        return lambda resource, context: resource.text.startswith(prefix)
    if "*" not in last and "?" not in last:
        whole = prefix + last
        return lambda resource, context: resource.text == whole
    return lambda resource, context: resource.text.startswith(prefix) and tail(resource.parts[5])


def _heads(matchers: Sequence[Matcher], parts: Sequence[str]) -> bool:
    return all(matcher(part) for matcher, part in zip(matchers, parts, strict=False))


def _dynamic(heads: list[str], last: str) -> ResourceMatcher:
    matchers = tuple(compile_glob(head) for head in heads)
    pieces = pieces_of(last, True)
    fixed = settled(pieces)
    if fixed is not None:
        tail = compile_pieces(fixed)
        return lambda resource, context: (
            len(resource.parts) == 6
            and _heads(matchers, resource.parts)
            and tail(resource.parts[5])
        )

    def match(resource: Resource, context: Context) -> bool:
        if len(resource.parts) != 6 or not _heads(matchers, resource.parts):
            return False
        known = substitute(pieces, context)
        return known is not None and compile_pieces(known)(resource.parts[5])

    return match


def compile_arn(pieces: Sequence[str | Literal]) -> Matcher | None:
    """The matcher of an ARN condition's value, or None when it can match nothing.

    `*` alone matches any ARN. Unlike a resource, a value of fewer than six parts is not
    completed, since AWS documents that for resources only.
    """
    parts = split_pieces(pieces)
    if len(parts) != 6:
        if list(pieces) != ["*"]:
            return None
        parts = [["*"]] * 6
    matchers = tuple(compile_pieces(part) for part in parts)

    def match(text: str) -> bool:
        cut = text.split(":", 5)
        return len(cut) == 6 and cut[0] == "arn" and _heads(matchers, cut)

    return match
