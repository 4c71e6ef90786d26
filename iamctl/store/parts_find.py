"""Which files the patterns of `include` mean: regular files below the main file's folder."""

import os
from collections.abc import Iterable, Iterator

from iamctl.domain.errors import StorageFailure

MOST = 1000
"""The most parts that a directory may have."""


def is_pattern(written: str) -> bool:
    """Whether `*` or `?` stands in the path for other characters."""
    return "*" in written or "?" in written


def matching(folder: str, pattern: str) -> list[str]:
    """The paths below a folder that a pattern means, sorted; a plain path means itself.

    `*` and `?` stand for characters of one name, and not for the dot that hides one. Folders are
    no matches. A symbolic link is one, so that whoever reads it refuses it: a part that nobody
    misses might hold a Deny. One that leads to a folder is a match itself, for links in a ring
    would have no end. Raises StorageFailure for a folder that cannot be listed.
    """
    if not is_pattern(pattern):
        return [pattern]
    steps = pattern.split("/")
    return sorted("/".join(found) for found in _matches(folder, steps))


def means(pattern: str, path: str) -> bool:
    """Whether a pattern means a path, of a file that is there or not."""
    steps, names = pattern.split("/"), path.split("/")
    return len(steps) == len(names) and all(
        _is_named(name, step) for name, step in zip(names, steps, strict=True)
    )


def _matches(folder: str, steps: list[str]) -> Iterator[tuple[str, ...]]:
    step, rest = steps[0], steps[1:]
    for name in _named(folder, step):
        path = os.path.join(folder, name)
        if rest and _is_folder(path):
            for below in _matches(path, rest):
                yield name, *below
        elif os.path.isdir(path) if rest else os.path.lexists(path) and not _is_folder(path):
            yield (name,)


def _named(folder: str, step: str) -> list[str]:
    """The names in a folder that one step of a pattern means."""
    if not is_pattern(step):
        return [step]
    try:
        names = os.listdir(folder)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise StorageFailure(f"cannot list the folder {folder}: {why}") from None
    return named_by(step, names)


def named_by(step: str, names: Iterable[str]) -> list[str]:
    """The names among those in a folder that one step of a pattern means."""
    return [name for name in names if _is_named(name, step)]


def _is_named(name: str, step: str) -> bool:
    if not is_pattern(step):
        return name == step
    return step.startswith(".") == name.startswith(".") and _fits(name, step)


def _fits(name: str, pattern: str) -> bool:
    """Whether a pattern matches all of a name, in time that no pattern makes long."""
    at = step = start = 0
    star = -1
    while at < len(name):
        wanted = pattern[step : step + 1]
        if wanted == "*":
            star, start = step, at
            step += 1
        elif wanted and wanted in ("?", name[at]):
            at, step = at + 1, step + 1
        elif star >= 0:
            start += 1
            at, step = start, star + 1
        else:
            return False
    return not pattern[step:].strip("*")


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)
