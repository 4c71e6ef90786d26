"""The text of an AWS config file: its pieces, the blocks that are iamctl's, and edits of them.

A block is a marker comment that carries a digest of the lines under it, the profile's header,
`credential_process` and perhaps `region`. Only a block whose lines still have that digest is
iamctl's to change. Source of the file's rules: AWS SDKs and Tools Reference Guide, and botocore,
which reads it with configparser; ConfigUpdater has the same grammar and loses nothing.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from iamctl.domain.errors import InvalidValue

_MARKER = re.compile(
    r"# iamctl ([0-9a-f]{16}): `iamctl aws-config remove \S+` takes this profile out\s*"
)
_OURS = ("credential_process", "region")


class Piece(NamedTuple):
    """A stretch of the file: Header, Option (with the lines that continue it) or a line Between.

    `profile` is the name of the profile that a header opens or an option is in.
    """

    kind: str
    text: str
    profile: str | None = None
    key: str = ""


class Block(NamedTuple):
    """Where iamctl's lines are: pieces `start` to `end`; nothing is known to be ours past the
    marker and header unless `intact`."""

    start: int
    end: int
    intact: bool


def unreadable(path: str, reason: str) -> InvalidValue:
    """The error of a file that is not as it must be for an edit."""
    return InvalidValue(f"{path} cannot be edited: {reason}", hint="mend the file first")


def parsed(text: str, path: str, bare: bool = False) -> list[Piece]:
    """The file as pieces whose texts make it up. `bare`: headers are names, without `profile`.

    Raises InvalidValue, with the line, for what configparser does not read.
    """
    # Imported here: only an edit of this file needs it.
    from configparser import Error, RawConfigParser

    from configupdater import ConfigUpdater

    updater = ConfigUpdater()
    try:
        RawConfigParser(default_section="").read_string(text)
        updater.read_string(text)
    except Error as error:
        errors = getattr(error, "errors", None) or [(getattr(error, "lineno", None),)]
        line = f" in line {errors[0][0]}" if errors[0][0] else ""
        raise unreadable(
            path, f"AWS's SDKs would fail on it{line} ({type(error).__name__})"
        ) from None
    pieces = list(_pieces(updater.structure, bare))
    if "".join(piece.text for piece in pieces) != text:
        raise unreadable(path, "it is written in a way that would not be kept")
    return pieces


def _pieces(structure: Sequence[object], bare: bool) -> Iterator[Piece]:
    from configupdater import Option, Section

    for part in structure:
        if not isinstance(part, Section):
            yield from _between(part)
            continue
        inner = part.structure
        whole, within = str(part), "".join(str(block) for block in inner)
        profile = part.name if bare else _profile_of(part.name)
        yield Piece("Header", whole[: len(whole) - len(within)], profile, part.name)
        for block in inner:
            if isinstance(block, Option):
                yield Piece("Option", str(block), profile, block.key)
            else:
                yield from _between(block)


def _between(block: object) -> Iterator[Piece]:
    """Blank lines and comments, a piece each."""
    return (Piece("Between", line) for line in re.findall(r"[^\n]*\n|[^\n]+", str(block)))


def _profile_of(header: str) -> str | None:
    """The profile that a section of the config file is, as botocore reads its header."""
    words = split(header)
    if words == ("default",):
        return "default"
    return words[1] if len(words) == 2 and header.startswith("profile") else None


def split(text: str) -> tuple[str, ...]:
    """The words of a command or header; none when a quote is left open."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return ()


def values(pieces: Sequence[Piece]) -> dict[str, dict[str, str]]:
    """Section or profile -> option -> its value."""
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for piece in pieces:
        if piece.kind == "Header":
            section = found.setdefault(piece.profile or f"[{piece.key}]", {})
        elif piece.kind == "Option":
            section[piece.key] = re.split("[=:]", piece.text, maxsplit=1)[-1].strip()
    return found


def blocks(pieces: Sequence[Piece]) -> dict[str, Block]:
    """Profile -> its block, for the profiles that stand right under a marker of ours."""
    found: dict[str, Block] = {}
    for at, (above, header) in enumerate(pairwise(pieces)):
        marker = _MARKER.fullmatch(above.text)
        if marker is not None and header.kind == "Header" and header.profile is not None:
            found[header.profile] = _block(pieces, at, marker[1])
    return found


def _block(pieces: Sequence[Piece], start: int, digest: str) -> Block:
    """The block under the marker at `start`: the header and options that have the digest."""
    end = start + 2
    for key in _OURS:
        if end < len(pieces) and pieces[end].key == key:
            end += 1
    for last in range(end, start + 2, -1):
        if _digest("".join(piece.text for piece in pieces[start + 1 : last])) == digest:
            return Block(start, last, True)
    return Block(start, start + 2, False)


def others(pieces: Sequence[Piece], block: Block, name: str) -> list[str]:
    """What else belongs to the profile: options that somebody else wrote, another header."""
    outside = [*pieces[: block.start], *pieces[block.end :]]
    return [piece.key for piece in outside if piece.profile == name]


def _digest(text: str) -> str:
    """What tells whether lines are as they were written, whatever their line ends."""
    return hashlib.sha256(text.replace("\r\n", "\n").rstrip("\n").encode()).hexdigest()[:16]


def command(process: Sequence[str]) -> str:
    """The words as one line that a shell, and shlex, split into them again."""
    line = shlex.join(process)
    if not line.isprintable():
        raise InvalidValue(
            "a profile's command must be one line of printable text",
            hint="rename the folder or file whose name has other characters",
        )
    if " #" in line or " ;" in line:
        raise InvalidValue(
            "the AWS config file has no way to write a # or ; behind a space",
            hint="rename the folder or file that has them in its name",
        )
    return line


def lines(name: str, command: str, region: str | None) -> list[str]:
    """The lines of a block."""
    header = "[default]" if name == "default" else f"[profile {name}]"
    block = [header, f"credential_process = {command}"]
    if region is not None:
        block.append(f"region = {region}")
    digest = _digest("\n".join(block))
    return [f"# iamctl {digest}: `iamctl aws-config remove {name}` takes this profile out", *block]


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def appended(text: str, lines: Sequence[str]) -> str:
    """The block behind a blank line; a file without a final line end stays one without."""
    end = _line_end(text)
    block = end.join(lines)
    if not text:
        return block + end
    return f"{text}{end}{block}{end}" if text.endswith("\n") else f"{text}{end}{end}{block}"


def replaced(pieces: Sequence[Piece], block: Block, lines: Sequence[str]) -> str:
    """The text with other lines in place of the block."""
    texts = [piece.text for piece in pieces]
    old = "".join(texts[block.start : block.end])
    end = _line_end(old)
    new = end.join(lines) + (end if old.endswith("\n") else "")
    return "".join([*texts[: block.start], new, *texts[block.end :]])


def without(pieces: Sequence[Piece], block: Block) -> str:
    """What was there before `appended`."""
    before = [piece.text for piece in pieces[: block.start]]
    if before and before[-1] in ("\n", "\r\n"):
        before.pop()
    if before and not pieces[block.end - 1].text.endswith("\n"):
        before[-1] = before[-1].removesuffix("\n").removesuffix("\r")
    return "".join([*before, *(piece.text for piece in pieces[block.end :])])
