"""What two states of a directory differ in: for people, programs and pull requests."""

from collections.abc import Iterable, Sequence

from iamctl.domain.change import NOUNS, AnyChange, Renamed
from iamctl.domain.directory import Directory
from iamctl.domain.source import Locate, Plain, Source
from iamctl.domain.times import format_instant
from iamctl.rendering.console import painted
from iamctl.rendering.escape import no_commands, printable
from iamctl.rendering.machine import github_annotation
from iamctl.rendering.markdown import LONGEST_COMMENT, code, fitting
from iamctl.services.changes import EntityChanges
from iamctl.services.changes_words import heading, line, lines

_SIGNS = {"added": "+", "removed": "-", "renamed": "~", "changed": "~", "replaced": "!"}
_COMMIT = "\x1b[33m"
_STYLES = {"+": "\x1b[32m", "-": "\x1b[31m", "~": "\x1b[1m", "!": "\x1b[1;33m"}


def entity_text(entity: EntityChanges, colour: bool = False, margin: str = "") -> str:
    """A heading, the changes below it, and what a reviewer must know about principals."""
    sign = _SIGNS[entity.state]
    text = [f"{margin}{painted(f'{sign} {printable(heading(entity))}', _STYLES[sign], colour)}"]
    text += (f"{margin}    {printable(words)}" for words in lines(entity))
    text += (
        f"{margin}  {painted('! ' + printable(note), _STYLES['!'], colour)}"
        for note in entity.notes
    )
    return no_commands("\n".join(text)) + "\n"


def commit_heading(commit: str, time: int, author: str, subject: str, colour: bool = False) -> str:
    """The line above what a commit changed; `time` in epoch seconds."""
    when = format_instant(time)
    text = f"{painted(commit[:12], _COMMIT, colour)} {when} {printable(author)}: "
    return no_commands(f"{text}{printable(subject)}\n")


def file_text(directory: Directory | None) -> str:
    """What is said of a commit that brings the directory file, or removes it."""
    if directory is None:
        return "  - the directory file is removed\n"
    counts = ((len(directory.section(name)), name) for name in ("users", "groups", "roles"))
    held = ", ".join(f"{count} {name if count != 1 else NOUNS[name]}" for count, name in counts)
    return f"  + the directory file comes, with {held}\n"


def changes_markdown(entities: Sequence[EntityChanges], old: str, new: str) -> str:
    """A comment for a pull request. All that comes from files stands in code spans."""
    title = f"### Changes to the directory, {code(old)} → {code(new)}\n\n"
    if not entities:
        return f"{title}No change in meaning.\n"
    text, left = fitting(map(_entity_markdown, entities), LONGEST_COMMENT - len(title) - 80)
    if left:
        text.append(f"- … and {left} more, which `iamctl diff` shows\n")
    return title + "\n".join(text)


def _entity_markdown(entity: EntityChanges) -> str:
    text = [f"- **{code(heading(entity))}**"]
    text += (f"  - {code(words)}" for words in lines(entity))
    text += (f"  - ⚠️ {code(note)}" for note in entity.notes)
    return "\n".join(text) + "\n"


def changes_github(entities: Iterable[EntityChanges], locate: Locate, file: str) -> str:
    """Annotations at the places of changes; `file` is where none has any place left. What it takes
    to read them right is a warning, all else a notice."""
    text = []
    for entity in entities:
        place = locate((entity.section, entity.name) if entity.name else (entity.section,))
        place = place or Source(file, 1, 1)
        warns = bool(entity.notes) or entity.state == "replaced"
        message = "\n".join((heading(entity), *lines(entity), *entity.notes))
        text.append(
            github_annotation(
                "warning" if warns else "notice", place.file, place.line, place.column, message
            )
        )
    return "".join(text)


def entity_shape(entity: EntityChanges) -> dict[str, Plain]:
    """An entity's changes under stable names."""
    return {
        "Section": entity.section,
        "Name": entity.name or None,
        "Was": entity.was,
        "State": entity.state,
        "Changes": [_change_shape(change) for change in entity.changes],
        "Notes": list(entity.notes),
    }


def _change_shape(change: AnyChange) -> dict[str, Plain]:
    if isinstance(change, Renamed):
        at: tuple[str | int, ...] = (change.kind, change.old)
        return {"Path": list(at), "Old": change.old, "New": change.new, "Words": line(change)}
    return {"Path": list(change.at), "Old": change.old, "New": change.new, "Words": line(change)}
