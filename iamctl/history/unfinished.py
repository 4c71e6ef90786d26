"""What git is in the middle of, as it tells its hooks and leaves in files of its own."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from iamctl import files
from iamctl.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

OBJECT_ID = re.compile("[0-9a-f]{40}([0-9a-f]{24})?", re.ASCII)
_HEAD = "GITHEAD_"
_LIMIT = 1_000_000


class Rebase(NamedTuple):
    """The commits that a rebase brings together: the one it builds on, and the branch's last."""

    onto: str
    branch: str


def merged_heads(git_folder: str, environ: Mapping[str, str]) -> list[str]:
    """The ids of the commits that a merge, about to be committed, brings into HEAD: those of
    MERGE_HEAD, or while it is not written yet, those that `git merge` names to what it calls. None
    where nothing is merged. Raises StorageFailure."""
    words = _words(os.path.join(git_folder, "MERGE_HEAD"))
    if not words:
        words = [name.removeprefix(_HEAD) for name in environ if name.startswith(_HEAD)]
    return [word for word in words if OBJECT_ID.fullmatch(word)]


def rebase(git_folder: str) -> Rebase | None:
    """The rebase that is going on; None where none is, or one made of patches (--apply), which
    keeps no such record. Raises StorageFailure."""
    named = (
        _words(os.path.join(git_folder, "rebase-merge", name))[:1] for name in ("onto", "orig-head")
    )
    ids = [word for words in named for word in words if OBJECT_ID.fullmatch(word)]
    return Rebase(*ids) if len(ids) == len(Rebase._fields) else None


def _words(path: str) -> list[str]:
    try:
        return files.read_regular(path, _LIMIT).decode("ascii", "replace").split()
    except NotFound:
        return []
