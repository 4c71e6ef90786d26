"""Files merged by what they say, or else as git merges texts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iamctl.domain.comparing import Sections
    from iamctl.ports import MergedFile


def merged_file(base: bytes, ours: bytes, theirs: bytes, file: str, size: int) -> "MergedFile":
    """See iamctl.store.merging.merge_files, which it raises as."""
    from iamctl.store.clashes import Markers
    from iamctl.store.merging import Versions, merge_files

    return merge_files(Versions(base, ours, theirs), file, Markers(size=size))


def merged_texts(
    paths: tuple[str, str, str], size: int, environ: Mapping[str, str]
) -> tuple[bytes, int]:
    """The lines of three files, ours, base and theirs, as git merges them, and how many clashes
    are marked. Raises StorageFailure, ExtraMissing."""
    from iamctl.history.git import Git
    from iamctl.history.textual import merge_texts

    return merge_texts(Git(".", environ), paths, ("ours", "theirs"), size)


def plain_of_file(data: bytes) -> "Sections | None":
    """What one file of a directory says, the main one or a part; None where it is neither."""
    from iamctl.domain.shape import PART, ROOT
    from iamctl.store.reader import read_file

    for shape in (ROOT, PART):
        directory = read_file(data, "", shape).directory
        if directory is not None:
            return directory.plain
    return None
