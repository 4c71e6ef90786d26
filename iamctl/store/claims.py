"""A file of access tests read by its declared shape: claims, or everything that is wrong."""

from typing import cast

from yaml.nodes import ScalarNode

from iamctl.domain import claims_shape
from iamctl.domain.claims import Claim, claims_of
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.source import Plain, Problem, Source
from iamctl.store.reading import INTEGER, Reading
from iamctl.store.tree import PausedCollector, Tree, parse_tree

_START = f"start the file with `{claims_shape.VERSION_KEY}: {claims_shape.FORMAT_VERSION}`"


def read_claims(data: bytes, file: str) -> list[Claim]:
    """The claims in a file's bytes, by kind and in the order of the file.

    `file` is the name that places carry. Raises InvalidDirectory with all its problems.
    """
    try:
        tree = parse_tree(data, file)
    except InvalidDirectory as error:
        raise _invalid([_of_tests(problem) for problem in error.problems]) from None
    newer = _newer_version(tree)
    if newer is not None:
        raise _invalid([newer])
    with PausedCollector():
        reading = Reading(file, "the access tests")
        plain = reading.read(claims_shape.ROOT, tree.root, ())
    claims, found = claims_of(cast(dict[str, Plain], plain), tree.locate)
    problems = [*reading.in_order(), *found]
    if not claims and not problems:
        hint = "add one under allow, deny, nobody-but or assume"
        problems.append(
            Problem("error", "no-claims", "there is no claim in the file", (),
                    tree.source(tree.root), hint)
        )  # fmt: skip
    if problems:
        raise _invalid(sorted(problems, key=lambda p: (p.source or Source(file, 0, 0))[1:]))
    return claims


def _invalid(problems: list[Problem]) -> InvalidDirectory:
    return InvalidDirectory.of(problems, code="InvalidAccessTests")


def _of_tests(problem: Problem) -> Problem:
    """A problem of the file as a whole, in the words of access tests."""
    if problem.code == "empty":
        return problem._replace(hint=f"{_START}, or run: iamctl test --init")
    if problem.code == "wrong-kind":
        message = problem.message.replace("a directory is", "access tests are")
        return problem._replace(message=message, hint=_START)
    return problem


def _newer_version(tree: Tree) -> Problem | None:
    """A file of a later format is refused with that alone: its keys may mean anything."""
    at = (claims_shape.VERSION_KEY,)
    node = tree.node_at(at)
    known = claims_shape.FORMAT_VERSION
    if not isinstance(node, ScalarNode) or INTEGER.fullmatch(node.value) is None:
        return None
    if int(node.value) == known:
        return None
    message = f"these access tests have format version {node.value}; this iamctl reads {known}"
    hint = "a newer iamctl may read it" if int(node.value) > known else None
    return Problem("error", "format-version", message, at, tree.source(node), hint)
