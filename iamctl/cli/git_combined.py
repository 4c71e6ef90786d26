"""What a merge allows and neither of its sides did."""

import os
import sys
from collections.abc import Sequence

from iamctl.bootstrap import Runtime
from iamctl.bootstrap.merging import directory_of_file
from iamctl.cli.output import colour, say
from iamctl.domain.directory import Directory
from iamctl.domain.errors import IamctlError
from iamctl.ports import MergedFile
from iamctl.rendering.access_diff import line_text, unread_words
from iamctl.rendering.escape import no_commands
from iamctl.rendering.progress import progress
from iamctl.services.access import Access
from iamctl.services.access_diff_lines import AccessDiff, access_diff


def is_nothing_combined(merged: MergedFile, sides: Sequence[bytes], file: str) -> bool:
    """Whether a merged directory surely allows nothing but what one of its sides allows by itself;
    says what it does, each with a request that proves it, and what could not be found out.

    Asked of a file that is a whole directory and holds together; `sides` are the bytes of ours and
    theirs, `file` is the path of all.
    """
    if merged.directory is None or merged.data in sides:
        return True
    try:
        states = [directory_of_file(side, file) for side in sides]
        found = _found(states, merged.directory, file)
    except IamctlError as error:
        say(f"{file}: what the merge allows could not be found out: {error.message}")
        return False
    gained = [line for line in (*found.lines, *found.outside) if line.gained]
    for line in gained:
        sys.stderr.write(no_commands(line_text(line, colour(sys.stderr))))
    for unread in found.unread:
        say(unread_words(unread))
    if gained:
        say(f"{file}: the merge allows what neither side allows")
    return not gained and not found.unread


def _found(before: Sequence[Directory], after: Directory, file: str) -> AccessDiff:
    runtime = Runtime()
    now, path = runtime.now(), os.path.abspath(file)
    *old, new = (
        Access(each, runtime.catalogue, now, runtime.accounts(each, path))
        for each in (*before, after)
    )
    with progress(sys.stderr, "comparing access") as told:
        return access_diff(old, new, told)
