"""Which file of a directory `--in FILE` means, of those that are there or may be."""

import os
import posixpath

from iamctl.domain.errors import Conflict, NotFound
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.shape import INCLUDE
from iamctl.files import Stamp
from iamctl.store.parts import Whole
from iamctl.store.parts_find import MOST, is_pattern, means
from iamctl.store.parts_gather import Text
from iamctl.store.parts_places import Folder
from iamctl.store.reader import included


def file_meant(whole: Whole, place: Folder, path: str) -> int | Text:
    """The number of the file that a path means, from the working folder or from the main file's;
    or a part that is to be made, for which `include` has a pattern already.

    Raises NotFound when it can be neither, Conflict for a part too many.
    """
    candidates = (os.path.abspath(path), os.path.join(place.folder, path))
    real = [os.path.realpath(os.path.join(place.folder, text.name)) for text in whole.texts]
    for meant in candidates:
        if os.path.realpath(meant) in real:
            return real.index(os.path.realpath(meant))
    names = [name for name in (_below(place.folder, meant) for meant in candidates) if name]
    for name in names:
        if _may_be_made(whole, place, name):
            return Text(name, place.called(name), b"", Stamp((0, 0, 0, 0, 0)))
    raise NotFound(
        f"{path} is no file of this directory",
        code="NoSuchFile",
        hint=_hint(whole, place, path, names),
    )


def _below(folder: str, path: str) -> str | None:
    """The path below a folder; None for one that is not below it, or that no part can have."""
    name = os.path.relpath(os.path.realpath(path), folder)
    rule = INCLUDE.item.rule if INCLUDE.item else None
    if is_pattern(name) or rule is None or rule.problem(name) is not None:
        return None
    return None if os.path.islink(path) or os.path.isdir(path) else name


def _may_be_made(whole: Whole, place: Folder, name: str) -> bool:
    if os.path.lexists(os.path.join(place.folder, name)):
        return False
    patterns = [p for p in included(whole.results[0]) if is_pattern(p) and means(p, name)]
    if len(patterns) > 1:
        raise Conflict(
            f"{name} would be included twice",
            code="FileExists",
            hint=f"both {patterns[0]} and {patterns[1]} mean it: name a file that one of them does",
        )
    if patterns and len(whole.names) >= MOST:
        raise Conflict(f"the directory has {MOST} parts, which is the most", code="LimitExceeded",
                       hint="put it into one of them")  # fmt: skip
    return bool(patterns)


def _hint(whole: Whole, place: Folder, path: str, names: list[str]) -> str:
    """How it may become a file of the directory, or which one was meant."""
    known = [name for text in whole.texts for name in (text.shown, text.name)]
    near = did_you_mean(path, known)
    main = whole.texts[0].shown
    if not names:
        return near or f"parts stand below the folder of {main}"
    there = [name for name in names if os.path.lexists(os.path.join(place.folder, name))]
    name = (there or names)[0]
    folder, base = posixpath.split(name)
    ending = posixpath.splitext(base)[1] or ".yaml"
    if there:
        way = f"add {shown(name)} to `include` in {main}"
    elif folder:
        way = f'add "{folder}/*{ending}" to `include` in {main}'
    else:
        way = f'name it parts/{base}, and add "parts/*{ending}" to `include` in {main}'
    return f"{near} If not, {way}" if near else way
