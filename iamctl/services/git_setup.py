"""What git needs to be told so that it shows, merges and checks a directory by its meaning."""

import re
import shlex
from collections.abc import Sequence

SECTIONS = ("diff.iamctl", "merge.iamctl")
"""The sections of a repository's configuration that are ours."""

HOOKS = {
    "pre-commit": "git check-staged",
    "pre-merge-commit": "git check-staged",
    "post-rewrite": "git check-rebased",
}
"""The hooks, and the command of ours that each calls."""

GRANTS = ("stop", "warn")
"""What to do with a grant that neither side of a merge has alone: end the merge as a conflict, or
say it and go on."""

_AS_TEXT = (
    "echo iamctl failed or is not here: merged as text >&2;"
    " git merge-file -q --marker-size=%L -L ours -L base -L theirs %A %O %B"
)
"""What writes both sides into the file where we end otherwise than with a merge (Python ends with 1
too, where we are not installed): git would leave ours there, as if theirs had not been."""

_ATTRIBUTES = " diff=iamctl merge=iamctl"
_OURS = re.compile(r'("([^"\\]|\\.)*"|[^"\s]\S*)' + _ATTRIBUTES)
_MARK = "# installed by `iamctl git install`; `iamctl git uninstall` removes it"


def settings(iamctl: Sequence[str], grants: str) -> dict[str, str]:
    """git's configuration, name -> value. `iamctl` is the command that calls us, `grants` one of
    GRANTS, written into the driver's command line."""
    called = shlex.join(iamctl).replace("%", "%%")
    warn = " --combined-grants warn" if grants == "warn" else ""
    return {
        "diff.iamctl.textconv": f"{shlex.join(iamctl)} git textconv",
        "diff.iamctl.xfuncname": "^[^ ].*$",
        "merge.iamctl.name": "iamctl, entity by entity",
        "merge.iamctl.driver": f"{called} git merge-driver{warn} --marker-size %L --path %P"
        f" %O %A %B; case $? in 0) exit 0;; 1) {called} --version >/dev/null 2>&1 && exit 1;; esac;"
        f" {_AS_TEXT}; exit 1",
    }


def attribute_lines(name: str, patterns: Sequence[str]) -> list[str]:
    """The lines of `.gitattributes` for the directory file, by its path in the repository, and for
    the patterns of its `include`."""
    folder = name.rpartition("/")[0]
    below = _literal(f"/{folder}/" if folder else "/")
    included = [below + pattern for pattern in patterns]
    return [_quoted(pattern) + _ATTRIBUTES for pattern in (_literal(f"/{name}"), *included)]


def with_lines(text: str, lines: Sequence[str]) -> str:
    """A `.gitattributes` with our lines, those of before replaced."""
    kept = without_lines(text)
    if kept and not kept.endswith("\n"):
        kept += "\n"
    return kept + "".join(f"{line}\n" for line in lines)


def without_lines(text: str) -> str:
    """A `.gitattributes` without our lines: those that say nothing else of a pattern."""
    lines = re.split(r"(?<=\n)", text)
    return "".join(line for line in lines if not _OURS.fullmatch(line.rstrip("\r\n")))


def hook(kind: str, iamctl: Sequence[str], name: str, grants: str) -> str:
    """One of HOOKS, which checks the directory. `name` is the directory file's path in the
    repository, in whose top folder git runs hooks; `grants` one of GRANTS."""
    words = [*iamctl, *HOOKS[kind].split(), "--directory", f"./{name}"]
    if grants == "warn":
        words += ["--combined-grants", "warn"]
    # git commit --amend rewrites too
    only = '[ "$1" = rebase ] || exit 0\n' if kind == "post-rewrite" else ""
    return f"#!/bin/sh\n{_MARK}\n{only}exec {shlex.join(words)}\n"


def is_our_hook(text: str) -> bool:
    """Whether `hook` made it."""
    return _MARK in text.splitlines()[:2]


def _literal(path: str) -> str:
    return "".join(f"\\{char}" if char in "*?[]\\" else char for char in path)


def _quoted(pattern: str) -> str:
    """A pattern as git reads it back where blanks end it."""
    if not any(char.isspace() or char == '"' for char in pattern):
        return pattern
    for char, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        pattern = pattern.replace(char, escaped)
    return f'"{pattern}"'
