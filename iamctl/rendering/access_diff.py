"""What a change gives and takes: for people and pull requests."""

from collections.abc import Iterator, Sequence

from iamctl.domain.source import Source
from iamctl.rendering.access_diff_words import (
    Commands,
    abroad_lines,
    abroad_words,
    broken,
    edges_words,
    grant_words,
    heading,
    own_lines,
    partly_words,
    summary,
    unasked_words,
    unread_words,
    witness_words,
)
from iamctl.rendering.console import painted
from iamctl.rendering.escape import no_commands, printable
from iamctl.rendering.machine import github_annotation
from iamctl.rendering.markdown import LONGEST_COMMENT, code, fitting
from iamctl.services.access_diff_gates import Review
from iamctl.services.access_diff_lines import Line

_GREEN, _RED, _BOLD, _YELLOW = "\x1b[32m", "\x1b[31m", "\x1b[1m", "\x1b[1;33m"
_UNFOLDED = 12
"""How many lines a comment shows unfolded."""
_FRAME = 2_000
"""More characters than all titles and folds of a comment have, and what is said of the rest."""


def diff_text(review: Review, colour: bool = False, commands: Commands = ()) -> str:
    """Everything, what is gained first: each line with its witness; then what breaks gates."""
    found = review.diff
    said = summary(review)
    text = [f"{painted(said, _BOLD, colour)}\n"] if said else []
    text += (line_text(line, colour, commands) for line in own_lines(found.gained, found.lost))
    text += (_abroad_text(lines, colour) for lines in abroad_lines(found.lines))
    text += (line_text(line, colour, commands) for line in found.outside)
    text += (f"{painted('→', _BOLD, colour)} {printable(words)}\n" for words in _ways(review))
    text += (f"{painted('!', _YELLOW, colour)} {printable(w)}\n" for w in review.credentials)
    unsure = [unread_words(unread) for unread in found.unread]
    unsure += [unasked_words(found.unasked)] if found.unasked is not None else []
    text += (f"{painted('?', _YELLOW, colour)} {printable(words)}\n" for words in unsure)
    for words, line in broken(review.breaches):
        text.append(f"{painted('fails:', _RED, colour)} {printable(words)}\n")
        if line is not None:
            text += (f"  {printable(words)}\n" for words in witness_words(line, commands))
    return no_commands("".join(text))


def line_text(line: Line, colour: bool = False, commands: Commands = ()) -> str:
    """A heading, where and under which conditions, by which statement, and the witness."""
    text = [_painted(line, heading(line), colour)]
    for grant in line.permission.grants:
        text += (f"    {printable(words)}" for words in grant_words(grant))
    if line.partly:
        text.append(f"    {partly_words(line)}")
    text += (f"  {printable(words)}" for words in witness_words(line, commands))
    return "\n".join(text) + "\n"


def _painted(line: Line, words: str, colour: bool) -> str:
    sign, style = ("+", _GREEN) if line.gained else ("-", _RED)
    return painted(f"{sign} {printable(words)}", style, colour)


def _abroad_text(lines: Sequence[Line], colour: bool) -> str:
    first, *rest = abroad_words(lines)
    text = [_painted(lines[0], first, colour), *(f"    {printable(words)}" for words in rest)]
    return "\n".join(text) + "\n"


def _ways(review: Review) -> list[str]:
    return edges_words(review.edges) + edges_words(review.lost, lost=True)


def diff_markdown(review: Review, old: str, new: str, commands: Commands = ()) -> str:
    """A comment for a pull request. All that comes from files stands in code spans."""
    text = [f"### Access, {code(old)} → {code(new)}\n"]
    said = summary(review)
    text += [f"{said}\n"] if said else []
    room = LONGEST_COMMENT - _FRAME - sum(map(len, text))
    for title, items in _sections(review, commands):
        shown, left = fitting(items, room)
        room -= sum(len(item) + 1 for item in shown)
        text += _section(title, shown, left)
    if len(text) == 1:
        text.append("No access changed.")
    return "\n".join(text).rstrip("\n") + "\n"


def _sections(review: Review, commands: Commands) -> Iterator[tuple[str, list[str]]]:
    """Titles and the items below them, what matters most first."""
    found = review.diff
    yield "Gates that fail", [f"- ❌ {code(words)}" for words, _ in broken(review.breaches)]
    for title, lines in (("Gained", found.gained), ("Lost", found.lost), ("Others", found.outside)):
        items = [_line_markdown(line, commands) for line in own_lines(lines)]
        yield title, items + list(map(_abroad_markdown, abroad_lines(lines)))
    edges, lost = edges_words(review.edges), edges_words(review.lost, lost=True)
    yield "Who can newly become whom", [f"- {code(words)}" for words in edges]
    yield "Who can no longer become whom", [f"- {code(words)}" for words in lost]
    yield "New credentials", [f"- {code(words)}" for words in review.credentials]
    unsure = [f"- ⚠️ {code(unread_words(unread))}" for unread in found.unread]
    unsure += [f"- ⚠️ {unasked_words(found.unasked)}"] if found.unasked is not None else []
    yield "", unsure


def _section(title: str, items: Sequence[str], left: int) -> Iterator[str]:
    """A title and its items, the last ones of many folded; then how many there are besides."""
    if not items and not left:
        return
    if title:
        yield f"**{title}**\n"
    shown = len(items) if len(items) <= _UNFOLDED + 2 else _UNFOLDED
    yield from items[:shown]
    if items[shown:]:
        yield f"\n<details><summary>{len(items) - shown} more</summary>\n"
        yield from items[shown:]
        yield "\n</details>\n"
    if left:
        yield f"- … and {left} more, which `iamctl access-diff` shows"
    yield ""


def _line_markdown(line: Line, commands: Commands) -> str:
    text = [f"- **{code(heading(line))}**"]
    for grant in line.permission.grants:
        text += (f"  - {code(words)}" for words in grant_words(grant))
    if line.partly:
        text.append(f"  - {partly_words(line)}")
    for words in witness_words(line, commands):
        text.append(f"{'    ' if words.startswith('  ') else '  '}- {code(words.strip())}")
    return "\n".join(text)


def _abroad_markdown(lines: Sequence[Line]) -> str:
    first, *rest = abroad_words(lines)
    return "\n".join([f"- **{code(first)}**", *(f"  - {code(words)}" for words in rest)])


def diff_github(review: Review, file: str, before: str, commands: Commands = ()) -> str:
    """Annotations at the statements that grant: an error for what breaks a gate, a warning for what
    is gained, a notice for what is lost. `file` is where there is no statement; `before` is what
    the names of files begin with and are not called in the repository."""
    found = review.diff
    text = [
        _annotation("error", words, line, file, before) for words, line in broken(review.breaches)
    ]
    for line in own_lines(found.gained, found.lost, found.outside):
        words = "\n".join((heading(line), *witness_words(line, commands)))
        text.append(_annotation("warning" if line.gained else "notice", words, line, file, before))
    for lines in abroad_lines((*found.lines, *found.outside)):
        severity = "warning" if lines[0].gained else "notice"
        words = "\n".join(abroad_words(lines))
        text.append(_annotation(severity, words, lines[0], file, before))
    others = edges_words(review.edges)
    others += [*review.credentials, *map(unread_words, found.unread)]
    others += [unasked_words(found.unasked)] if found.unasked is not None else []
    text += (_annotation("warning", words, None, file, before) for words in others)
    lost = edges_words(review.lost, lost=True)
    text += (_annotation("notice", words, None, file, before) for words in lost)
    return "".join(text)


def _annotation(severity: str, words: str, line: Line | None, file: str, before: str) -> str:
    grants = line.permission.grants if line is not None and line.gained else ()
    sources = (m.statement.source for grant in grants for m in grant.statements)
    place = next((source for source in sources if source is not None), Source(file, 1, 1))
    name = place.file.removeprefix(before)
    return github_annotation(severity, name, place.line, place.column, words)
