"""What a merge allows and neither of its sides did."""

import os
import sys
from collections.abc import Callable, Sequence

from iamctl.bootstrap import Runtime
from iamctl.bootstrap.side import Side
from iamctl.cli.output import colour, say
from iamctl.domain.directory import Directory
from iamctl.domain.errors import IamctlError, NotFound
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import Accounts, MergedFile
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
    result = merged.directory
    if result is None or merged.data in sides:
        return True
    runtime, path = Runtime(), os.path.abspath(file)

    def states() -> list[_State]:
        each = (*merged.sides, result)
        return [_State(directory, runtime.accounts(directory, path)) for directory in each]

    return _is_nothing_new(runtime, states, file)


def is_nothing_new_in_parts(
    runtime: Runtime, sides: Sequence[Side], result: Side, file: str
) -> bool:
    """As is_nothing_combined, of directories that decide by several files: git merges each by
    itself, and those that one side alone changed not at all. Nothing is asked of one that is a
    single file on every side, of which the merge driver was asked."""
    states: list[_State] = []
    lacking = ""
    try:
        for side in (*sides, result):
            try:
                states.append(_State(side.load(checked=False), side.accounts()))
            except NotFound:
                lacking = side.shown  # it does not have a directory yet, or elsewhere
    except IamctlError as error:
        say(f"{file}: what the merge allows could not be found out: {error.message}")
        return False
    *before, after = [state.directory.plain for state in states]
    if not any(plain.keys() & {"include", "accounts"} for plain in (*before, after)):
        return True
    if "accounts" not in after and after in before:
        return True
    if lacking:
        say(f"{file}: what the merge allows is unknown, since {lacking} has no such file")
        return False
    return _is_nothing_new(runtime, lambda: states, file)


def _is_nothing_new(runtime: Runtime, states: "Callable[[], Sequence[_State]]", file: str) -> bool:
    """Whether the last state allows nothing that none of the others does; says what it does."""
    try:
        found, edges = _found(runtime, states())
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


def _found(runtime: Runtime, states: "Sequence[_State]") -> tuple[AccessDiff, list[Edge]]:
    """What the last state has and no other: access, and ways to roles over any number of others."""
    now = runtime.now()

    def at_times(state: _State) -> AccessAt:
        return lambda at: Access(state.directory, runtime.catalogue, at, state.accounts)

    *sides, both = map(at_times, states)
    with progress(sys.stderr, "comparing access") as told:
        diff = over_time(sides, both, now, told).diff
        roles = states[-1].directory.roles
        ways = [over_time([side], both, now, told).edges for side in sides if roles]
    others = [{(edge.principal, edge.role) for edge in edges} for edges in ways[1:]]
    first = ways[0] if ways else ()
    return diff, [e for e in first if all((e.principal, e.role) in other for other in others)]


class _State(NamedTuple):
    """A directory, and those of the other accounts as its side has them."""

    directory: Directory
    accounts: Accounts
