"""git's own merge of texts, for what cannot be read as a directory."""

from iamctl.domain.errors import StorageFailure
from iamctl.history.git import Git

_MOST_CLASHES = 127


def merge_texts(
    git: Git, paths: tuple[str, str, str], names: tuple[str, str], size: int
) -> tuple[bytes, int]:
    """The lines of three files merged, and how many clashes are marked in them.

    `paths` are ours, base and theirs, `names` what ours and theirs are called in markers of `size`
    characters. Raises StorageFailure.
    """
    ours, theirs = names
    code, output, complaint = git.asked(
        "merge-file", "-p", "-q", f"--marker-size={size}",
        "-L", ours, "-L", "base", "-L", theirs, "--", *paths,
    )  # fmt: skip
    if code > _MOST_CLASHES:
        raise StorageFailure(f"git could not merge the texts: {complaint}")
    return output, code
