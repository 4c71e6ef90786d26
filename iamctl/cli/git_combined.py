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
from iamctl.rendering.access_diff import line_text
from iamctl.rendering.access_diff_words import edge_words, unasked_words, unread_words
from iamctl.rendering.escape import no_commands, printable
from iamctl.rendering.progress import progress
from iamctl.services.access import Access
from iamctl.services.access_diff_assume import Edge
from iamctl.services.access_diff_lines import AccessDiff
from iamctl.services.access_diff_times import AccessAt, over_time


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
        found, edges = _found(states, merged.directory, file)
    except IamctlError as error:
        say(f"{file}: what the merge allows could not be found out: {error.message}")
        return False
    gained = [line for line in (*found.lines, *found.outside) if line.gained]
    for line in gained:
        sys.stderr.write(no_commands(line_text(line, colour(sys.stderr))))
    unsure = [unread_words(unread) for unread in found.unread]
    unsure += [] if found.unasked is None else [unasked_words(found.unasked)]
    for words in (*map(edge_words, edges), *unsure):
        say(printable(words))
    if gained or edges:
        say(f"{file}: the merge allows what neither side allows")
    return not (gained or edges or unsure)


def _found(
    before: Sequence[Directory], after: Directory, file: str
) -> tuple[AccessDiff, list[Edge]]:
    """What is new to both sides: access, and ways to roles over any number of others."""
    runtime = Runtime()
    now, path = runtime.now(), os.path.abspath(file)

    def state(directory: Directory) -> AccessAt:
        accounts = runtime.accounts(directory, path)
        return lambda at: Access(directory, runtime.catalogue, at, accounts)

    *sides, both = map(state, (*before, after))
    with progress(sys.stderr, "comparing access") as told:
        diff = over_time(sides, both, now, told).diff
        ways = [over_time([side], both, now, told).edges for side in sides if after.roles]
    others = [{(edge.principal, edge.role) for edge in edges} for edges in ways[1:]]
    first = ways[0] if ways else ()
    return diff, [e for e in first if all((e.principal, e.role) in other for other in others)]
