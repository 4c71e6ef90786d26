"""Matching ARNs part by part.

A pattern and a value are cut at colons into six parts, the sixth keeps further colons; `*` may
cross `/` but none of the first five colons. Rules: the IAM User Guide's pages on the Resource
element and on ARN condition operators.
"""

from collections.abc import Callable, Sequence

from iamctl.domain.documents_variables import Literal
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.match import (
    Context,
    Matcher,
    anything,
    compile_glob,
    compile_pieces,
    compile_template,
    pieces_of,
    settled,
    split_pieces,
)


class Resource(NamedTuple):
    """The resource of a request: its text, and its six parts, none when it is no ARN."""

    text: str
    parts: tuple[str, ...]


NO_RESOURCE = Resource("*", ())
"""What an action is asked for that takes none."""


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
    pieces = pieces_of(last, variables)
    fixed = settled(pieces)
    if fixed is None:
        return _dynamic(_compile_heads(heads), compile_template(pieces))
    tail = anything if last == "*" else compile_pieces(fixed)
    if any("*" in head or "?" in head for head in heads):
        matches_heads = _compile_heads(heads)
        return lambda resource, context: matches_heads(resource.parts) and tail(resource.parts[5])
    if heads[0] != "arn":
        return lambda resource, context: False
    return _prefixed(":".join(heads) + ":", tail)


def _prefixed(prefix: str, tail: Matcher) -> ResourceMatcher:
    """The five first parts hold no wildcard: they are a prefix of the text."""
    if tail is anything:
        return lambda resource, context: resource.text.startswith(prefix)
    return lambda resource, context: resource.text.startswith(prefix) and tail(resource.parts[5])


def _compile_heads(heads: Sequence[str]) -> Callable[[Sequence[str]], bool]:
    """Whether parts are six of which the first five match; of other than six, none does."""
    checks = [(at, compile_glob(head)) for at, head in enumerate(heads) if head != "*"]

    def match(parts: Sequence[str]) -> bool:
        if len(parts) != 6:
            return False
        for at, check in checks:  # noqa: SIM110 - twice as fast as all()
            if not check(parts[at]):
                return False
        return True

    return match


def _dynamic(
    matches_heads: Callable[[Sequence[str]], bool],
    tail_in: Callable[[Context], Matcher | None],
) -> ResourceMatcher:
    """A pattern whose last part has variables."""

    def match(resource: Resource, context: Context) -> bool:
        if not matches_heads(resource.parts):
            return False
        tail = tail_in(context)
        return tail is not None and tail(resource.parts[5])

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
        if len(cut) != 6 or cut[0] != "arn":
            return False
        for matcher, part in zip(matchers, cut, strict=True):  # noqa: SIM110 - as above
            if not matcher(part):
                return False
        return True

    return match
