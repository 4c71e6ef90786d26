"""Answers the completion scripts: candidates for the word under the cursor, one a line.

A script sets _IAMCTL_COMPLETE to `lines`, or to `quoted` where its shell hands words over as they
were typed, COMP_WORDS to the words up to the cursor, one a line, and COMP_CWORD to the number of
the word to complete, counted from 0. Names come from a shared file, so nothing is answered that a
shell could take for more than a word, and never a description; on any trouble, nothing at all.
"""

from itertools import islice, pairwise

from iamctl.cli.candidates import MOST, look_in
from iamctl.cli.completing import completed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TextIO

    from typer._click.core import Command

_HARMLESS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@:/-")


def answer_shell(environ: "Mapping[str, str]", stdout: "TextIO") -> int:
    """Write the candidates for what `environ` asks; the exit code, always 0."""
    words = environ.get("COMP_WORDS", "").split("\n")
    try:
        cword = int(environ.get("COMP_CWORD", ""))
    except ValueError:
        return 0
    if environ.get("_IAMCTL_COMPLETE") == "quoted":
        words = [unquoted(word) for word in words]
    stdout.write("".join(f"{candidate}\n" for candidate in complete(words, cword)))
    return 0


def complete(words: "Sequence[str]", cword: int, command: "Command | None" = None) -> list[str]:
    """Candidates for `words[cword]`, whole words; empty where file names are wanted.

    `words[0]` is the program. `command` is the tree to walk, by default iamctl's.
    """
    if not 0 < cword <= len(words):
        return []
    given, incomplete = list(words[1:cword]), words[cword] if cword < len(words) else ""
    look_in(next(reversed(_option_values(given, "--directory")), None))
    try:
        return list(islice(_harmless(given, incomplete, command), MOST))
    except Exception:
        return []


def _harmless(given: "list[str]", incomplete: str, command: "Command | None") -> "Iterator[str]":
    found = completed(given, incomplete) if command is None else None
    if found is None:
        from iamctl.cli.walking import walked

        found = walked(given, incomplete, command)
    option, equals, _ = incomplete.partition("=")
    prefix = option + equals if equals and option.startswith("-") else ""
    words = dict.fromkeys(prefix + word for word in found)
    return (word for word in words if word and _HARMLESS.issuperset(word))


def unquoted(word: str) -> str:
    """What a shell would make of a word as typed; one still being typed may lack its last quote."""
    if not set(word) & set("'\"\\"):
        return word
    import shlex

    for closed in (word, word.removesuffix("\\"), f"{word}'", f'{word}"'):
        try:
            parts = shlex.split(closed)
        except ValueError:
            continue
        return parts[0] if len(parts) == 1 else ""
    return ""


def _option_values(words: "Sequence[str]", option: str) -> list[str]:
    """What the words give for a long option, in either spelling."""
    separate = [value for word, value in pairwise(words) if word == option]
    return separate + [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
