"""`iamctl git`: what git calls, and what makes git call it."""

import os
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from iamctl import files
from iamctl.bootstrap import Runtime
from iamctl.bootstrap.merging import merged_file, merged_texts, plain_of_file
from iamctl.cli import exits
from iamctl.cli.app import group
from iamctl.cli.candidates import one_of
from iamctl.cli.git_installing import Installation
from iamctl.cli.options import Directory, DryRun
from iamctl.cli.output import answer, colour, say
from iamctl.domain.errors import Conflict, InvalidDirectory, NotFound, Usage
from iamctl.domain.names import shown
from iamctl.rendering.errors import problem_text
from iamctl.rendering.escape import printable
from iamctl.services.git_setup import GRANTS
from iamctl.services.outline import outline
from iamctl.services.validate import findings

if TYPE_CHECKING:
    from iamctl.bootstrap.side import Side
    from iamctl.domain.merging import Clash
    from iamctl.domain.source import Problem
    from iamctl.ports import MergedFile

Grants = Annotated[
    str,
    typer.Option(
        "--combined-grants",
        metavar="WHAT",
        help="Of access that neither side gives alone: stop the merge, or warn.",
        autocompletion=one_of(*GRANTS),
    ),
]
Path = Annotated[str, typer.Argument(metavar="FILE", help="A file that git names.")]

app = group(
    """git diff, log and merge by what a directory means.

    \b
    iamctl git install
    git diff main -- directory.yaml
    iamctl git uninstall
    """
)


@app.command("install")
def install(
    combined_grants: Grants = "stop", dry_run: DryRun = False, directory: Directory = None
) -> None:
    """Let git show, merge and check by meaning, here.

    Adds lines to .gitattributes, settings to the repository's own configuration and three hooks,
    which check what is about to be committed and what a rebase made; says all that it does. Nothing
    outside the repository is touched, and a hook that is there already stays.

    \b
    iamctl git install --dry-run
    iamctl git install --combined-grants warn
    """
    _check_grants(combined_grants)
    Installation(Runtime(), directory, dry_run).install(combined_grants)


@app.command("uninstall")
def uninstall(dry_run: DryRun = False, directory: Directory = None) -> None:
    """Undo all that `iamctl git install` did in this repository.

    \b
    iamctl git uninstall
    """
    Installation(Runtime(), directory, dry_run).uninstall()


@app.command("textconv")
def textconv(path: Path) -> None:
    """Print a directory file as lines for git diff.

    For git to call. Order, comments and layout make no difference in them. A file that is no
    directory is printed line by line, what a terminal would obey escaped.

    \b
    iamctl git textconv directory.yaml
    """
    data = files.read_bytes(path)
    plain = plain_of_file(data)
    if plain is not None:
        return answer("".join(f"{line}\n" for line in outline(plain)))
    text = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n").removesuffix("\n")
    return answer("".join(f"{printable(line)}\n" for line in text.split("\n") if text))


@app.command("merge-driver")
def merge_driver(
    base: Path,
    ours: Path,
    theirs: Path,
    path: Annotated[
        str | None, typer.Option("--path", metavar="PATH", help="The file's path, for messages.")
    ] = None,
    marker_size: Annotated[
        int, typer.Option("--marker-size", metavar="N", help="How long a marker is, 1 to 99.")
    ] = 7,
    combined_grants: Grants = "stop",
) -> int:
    """Merge three versions of a directory file.

    For git to call; the second becomes the merged one. What one side changed is taken as it
    stands; what both changed differently is marked inside its entity, and the exit code is 1. So
    it is when what comes out breaks a rule of directories, or allows what neither side allows (of a
    directory in several files the hooks ask that). Versions that cannot be read are merged as text.

    \b
    iamctl git merge-driver base.yaml ours.yaml theirs.yaml
    """
    _check_grants(combined_grants)
    file, size = path or ours, min(max(marker_size, 1), 99)
    old, mine, other = (files.read_bytes(each) for each in (base, ours, theirs))
    try:
        merged = merged_file(old, mine, other, file, size)
    except (InvalidDirectory, Conflict) as error:
        return _as_texts((ours, base, theirs), file, size, error)
    _write(ours, merged.data, mine)
    for clash in merged.clashes:
        say(f"{file}: both sides changed {_place(clash)}")
    if merged.clashes or not _is_sound(merged, file):
        return exits.NEGATIVE
    if merged.is_whole:
        from iamctl.cli.git_combined import is_nothing_combined  # here: it brings access-diff along

        if not is_nothing_combined(merged, (mine, other), file):
            return exits.OK if combined_grants == "warn" else _stopped(file)
    elif not _is_in_merge():  # no hook asks what is picked
        say(f"note: {file} is one of several files; ask what all of them allow: iamctl access-diff")
    return exits.OK


@app.command("check-staged")
def check_staged(combined_grants: Grants = "stop", directory: Directory = None) -> int:
    """Check the directory as it is staged.

    For git's hooks to call, before a commit is made of it. Where that ends a merge of a directory
    in several files, exit 1 if the merge allows what no side of it allows.

    \b
    iamctl git check-staged
    """
    _check_grants(combined_grants)
    runtime = Runtime()
    sides = runtime.sides(directory)
    try:
        staged = sides.index()
        whole = staged.read()
    except NotFound:
        return exits.OK  # there is no directory file, here or in what is to be committed
    code = _told(findings(whole.partial, whole.problems))
    merged = sides.history.merged_heads()
    if code != exits.OK or not merged:
        return code
    before = [sides.commit(each) for each in (sides.history.commit("HEAD"), *merged)]
    code = _combined(runtime, before, staged, combined_grants)
    if code != exits.OK:
        say("to commit it all the same: git commit --no-verify; or undo it: git merge --abort")
    return code


@app.command("check-rebased")
def check_rebased(combined_grants: Grants = "stop", directory: Directory = None) -> int:
    """Check the directory after a rebase.

    For git's hooks to call, which cannot stop a rebase any more. Exit 3 if the directory holds
    errors; exit 1 if it is in several files and allows what neither the branch allowed nor the
    commit that it was put on.

    \b
    iamctl git check-rebased
    """
    _check_grants(combined_grants)
    runtime = Runtime()
    sides = runtime.sides(directory)
    try:
        result = sides.revision("HEAD")
        whole = result.read()
    except NotFound:
        return exits.OK
    code = _told(findings(whole.partial, whole.problems))
    if code == exits.OK and whole.partial is not None:
        found = sides.history.rebase()
        if found is None:
            if "include" in whole.partial.plain:
                words = "git keeps no record of this rebase; see: iamctl access-diff ORIG_HEAD HEAD"
                say(f"note: {words}")
            return exits.OK
        before = [sides.commit(each) for each in found]
        code = _combined(runtime, before, result, combined_grants)
    if code != exits.OK:
        say("to have the branch as it was: git reset --keep ORIG_HEAD")
    return code


def _combined(runtime: Runtime, before: "Sequence[Side]", after: "Side", grants: str) -> int:
    """Say what nobody allowed before; the exit code for it."""
    from iamctl.cli.git_combined import is_nothing_new_in_parts  # here: it brings access-diff along

    if is_nothing_new_in_parts(runtime, before, after, after.shown) or grants == "warn":
        return exits.OK
    return exits.NEGATIVE


def _stopped(file: str) -> int:
    """Say how to go on with what stands in the file."""
    add = f"git add {printable(shlex.quote(file))}"
    if _is_in_merge():
        say(f"to have it all the same: {add} && git commit; or undo it: git merge --abort")
    else:
        say(f"to have it all the same: {add}, and go on as git status says")
    return exits.NEGATIVE


def _is_in_merge() -> bool:
    """Whether `git merge` calls, which names the commits that it merges."""
    return any(name.startswith("GITHEAD_") for name in os.environ)


def _check_grants(word: str) -> None:
    if word not in GRANTS:
        raise Usage(f"there is no {shown(word)} for combined grants", hint="use stop or warn")


def _as_texts(
    paths: tuple[str, str, str], file: str, size: int, error: InvalidDirectory | Conflict
) -> int:
    """Merge lines where meanings cannot be; never a success, since nothing is known of it."""
    data, clashes = merged_texts(paths, size, os.environ)
    _write(paths[0], data)
    if isinstance(error, InvalidDirectory):
        _told(error.problems)
    else:
        say(f"{file}: {error.message}")
    marked = f"{clashes} of its places clash" if clashes else "read it before you commit it"
    say(f"{file} was merged as text: {marked}")
    return exits.NEGATIVE


def _write(path: str, data: bytes, old: bytes | None = None) -> None:
    if data == old:
        return
    with files.folder_lock(os.path.dirname(os.path.realpath(path))):
        files.replace_durably(path, data)


def _place(clash: "Clash") -> str:
    """What clashes, in words."""
    from iamctl.domain.change import NOUNS

    head, *rest = clash.at
    if head not in NOUNS and head != "resources":
        return ".".join(map(str, clash.at))
    name, *steps = rest
    entity = f'{NOUNS.get(str(head), "resource")} "{name}"'
    gone = clash.ours is None or clash.theirs is None
    inside = f", {'.'.join(map(str, steps))}" if steps else ""
    return f"{entity}{inside}{', which one of them removed' if gone else ''}"


def _is_sound(merged: "MergedFile", file: str) -> bool:
    """Whether the directory that comes out breaks no rule; of a part only the whole can tell."""
    if not merged.is_whole:
        return True
    errors = [p for p in findings(merged.directory, ()) if p.severity == "error"]
    if errors:
        _told(errors)
        say(f"{file} was merged without a clash, and is no directory that holds together")
    return not errors


def _told(problems: "Sequence[Problem]") -> int:
    """Say the errors; the exit code for them."""
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in errors:
        sys.stderr.write(problem_text(problem, colour(sys.stderr)))
    return exits.INVALID_DIRECTORY if errors else exits.OK
