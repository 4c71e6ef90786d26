"""`iamctl test`: whether what must and must never be possible is so."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from iamctl import files
from iamctl.bootstrap import Runtime
from iamctl.bootstrap.texts import claims_of_text, claims_text
from iamctl.cli import exits
from iamctl.cli.access_options import AccountFiles, At
from iamctl.cli.app import single
from iamctl.cli.asking import Asking
from iamctl.cli.options import Directory, form_option
from iamctl.cli.output import answer, colour, say
from iamctl.cli.values import check_form
from iamctl.domain.claims import Claim
from iamctl.domain.claims_shape import FILE_NAME
from iamctl.domain.errors import AlreadyExists, NotFound, Usage
from iamctl.domain.names import shown
from iamctl.domain.times import format_instant
from iamctl.rendering.progress import progress
from iamctl.services.claims import Checked, check

_FORMS = ("table", "json", "junit", "github")
_DIRECTORY = "directory.yaml"


def access_tests(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help=f"Files of access tests; a folder, a {_DIRECTORY} or a part has its {FILE_NAME}.",
        ),
    ] = None,
    first: Annotated[
        bool,
        typer.Option("--init", help="Write a first file, of who can do sensitive things today."),
    ] = False,
    skip_others: Annotated[
        bool,
        typer.Option(
            "--skip-others", help="Pass over files that are no access tests and of no directory."
        ),
    ] = False,
    at: At = None,
    account_file: AccountFiles = None,
    output: Annotated[
        str | None,
        form_option(_FORMS, "table, json, junit or github (annotations of a pull request)."),
    ] = None,
    directory: Directory = None,
) -> int:
    """Check that what must be possible is, and that what must not be is not.

    The claims are in access-tests.yaml beside the directory file. One that could fail under some
    condition, or cannot be decided, fails. Exit code 0 when all hold, 1 otherwise.

    \b
    iamctl test --init
    iamctl test
    iamctl test -o junit > report.xml
    iamctl test team-a/access-tests.yaml --at 2027-01-01
    """
    check_form(output, _FORMS)
    if first:
        return _init(paths or [], at, account_file, directory)
    checked: list[Checked] = []
    now = 0
    for name, near in _found(paths or [], directory, skip_others):
        claims = claims_of_text(_read(name, bool(paths)), _short(name))
        asking = Asking(directory, account_file, at, near)
        now = asking.access.now
        checked += _checked(asking, claims)
    _show(output, checked, now)
    failed = sum(not result.holds for result in checked)
    if output in (None, "table"):
        _conclude(len(checked), failed)
    return exits.NEGATIVE if failed else exits.OK


app = single(access_tests)


def _found(
    paths: Sequence[str], directory: str | None, skip_others: bool
) -> list[tuple[str, str | None]]:
    """The files to check, each with the folder where its directory file is looked for first."""
    runtime = Runtime()
    if not paths:
        folder = os.path.dirname(runtime.repository(directory).path)
        return [(_existing(os.path.join(folder, FILE_NAME)), None)]
    found: dict[str, tuple[str, str | None]] = {}
    for path in paths:
        name = _tests_of(runtime, path, directory, skip_others)
        if name is None:
            continue
        folder = os.path.dirname(name)
        found.setdefault(os.path.realpath(_existing(name)), (name, folder or "."))
    return list(found.values())


def _tests_of(runtime: Runtime, path: str, directory: str | None, skip_others: bool) -> str | None:
    """The access tests that a path means: those in a folder, or beside a directory file of which it
    is a part, or itself; None for a file to pass over."""
    name = os.path.basename(path)
    if os.path.isdir(path):
        return os.path.join(path, FILE_NAME)
    if name == _DIRECTORY:
        return os.path.join(os.path.dirname(path), FILE_NAME)
    if name == FILE_NAME or not os.path.isfile(path):
        return path
    keys = runtime.top_keys(path)
    if "iamctl-tests" in keys:
        return path
    main = None if "iamctl" in keys else runtime.including(path, directory)
    # A directory file of another name is found again only where it was named.
    if main is None or not (directory or os.path.basename(main) == _DIRECTORY):
        return None if skip_others else path
    return os.path.join(os.path.dirname(main), FILE_NAME)


def _existing(name: str) -> str:
    if os.path.lexists(name):
        return name
    what = f"no {_short(name)}" if name else "no file without a name"
    hint = "write a first one with: iamctl test --init"
    raise NotFound(f"there is {what}", code="NoSuchFile", hint=hint)


def _read(name: str, named: bool) -> bytes:
    """A file that nobody named must be one of our own, as a directory file must."""
    if named:
        return files.read_bytes(name, allow_any=True)
    return files.read_stamped(name, own=True)[0]


def _short(path: str) -> str:
    """The path as messages name it: short where it is below the working folder."""
    try:
        relative = os.path.relpath(path)
    except OSError:
        return path
    return path if relative.startswith("..") else relative


def _checked(asking: Asking, claims: Sequence[Claim]) -> list[Checked]:
    with progress(sys.stderr, "checking claims", long=50, step=5) as told:
        return check(claims, asking.access_at, told)


def _show(output: str | None, checked: Sequence[Checked], now: int) -> None:
    from iamctl.rendering import claims

    failed = [result for result in checked if not result.holds]
    if output == "json":
        from iamctl.rendering.machine import json_text

        return answer(json_text({"Claims": [claims.claim_json(result) for result in checked]}))
    if output == "junit":
        return answer(claims.junit_text(checked, now))
    if output == "github":
        return answer("".join(map(claims.github_text, failed)))
    painted = colour()
    return answer("".join(claims.failure_text(result, painted) for result in failed))


def _conclude(count: int, failed: int) -> None:
    checked = "1 claim" if count == 1 else f"{count} claims"
    if not failed:
        return say(f"{checked} checked: all hold" if count != 1 else f"{checked} checked: it holds")
    return say(f"{checked} checked: {failed} {'fails' if failed == 1 else 'fail'}")


def _init(
    paths: Sequence[str],
    at: str | None,
    account_files: list[str] | None,
    directory: str | None,
) -> int:
    if len(paths) > 1:
        raise Usage("--init writes one file", hint="name one, or none for the usual place")
    asking = Asking(directory, account_files, at)
    folder = os.path.dirname(asking.path)
    path = os.path.join(folder, FILE_NAME) if not paths else paths[0]
    if os.path.isdir(path):
        path = os.path.join(path, FILE_NAME)
    if os.path.lexists(path):
        raise AlreadyExists(f"{_short(path)} already exists", hint="see: iamctl test --help")
    if not path or not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise NotFound(f"the folder of {shown(path)} does not exist", code="NoSuchFile")
    text, count = _draft(asking)
    path = files.real_target(path)
    with files.folder_lock(os.path.dirname(path)):
        files.create_exclusively(path, text.encode())
    say(f"created {_short(path)} with {count} claims that hold")
    return exits.OK


def _draft(asking: Asking) -> tuple[str, int]:
    from iamctl.services.claims_draft import draft

    drafted = draft(asking.access)
    name = os.path.basename(asking.path)
    day = format_instant(asking.access.now)[:10]
    return claims_text(((item.claim, item.comment) for item in drafted), name, day), len(drafted)
