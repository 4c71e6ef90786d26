"""The only place where exceptions become messages and exit codes."""

import contextlib
import errno
import os
import sys
from collections.abc import Sequence

from iamctl.cli import exits
from iamctl.domain.errors import IamctlError, Interrupted, StorageFailure

_SHELL_COMMANDS = ("assume-role", "assume")


def run(argv: Sequence[str]) -> int:
    """Carry out one command line; the exit code. Never raises."""
    try:
        code = _carried_out(list(argv))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as error:
        return _failed(argv, _storage_failure(error))
    except KeyboardInterrupt:
        return _failed(argv, Interrupted("interrupted"))
    except IamctlError as error:
        return _failed(argv, error)
    except Exception as error:
        return _bug(argv, error)


def _carried_out(argv: list[str]) -> int:
    if os.environ.get("_IAMCTL_COMPLETE"):
        from iamctl.cli.complete import answer_shell

        return answer_shell(os.environ, sys.stdout)
    from iamctl.cli.app import invoke

    return invoke(argv)


def _failed(argv: Sequence[str], error: IamctlError) -> int:
    """Report an expected failure: first what a shell must do, then the message."""
    code = exits.code_of(error)
    try:
        _fail_in_shell(argv, code)
        if asked_form(argv) == "json":
            from iamctl.rendering.errors import error_json

            sys.stderr.write(error_json(error))
        else:
            from iamctl.rendering.console import wants_colour
            from iamctl.rendering.errors import error_text

            sys.stderr.write(error_text(error, wants_colour(os.environ, sys.stderr.isatty())))
        sys.stderr.flush()
    except BrokenPipeError:
        return _closed_pipe()
    except OSError:
        return code
    return code


def _bug(argv: Sequence[str], error: Exception) -> int:
    """Say where it broke, without values: they may be secret."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" at {place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
    try:
        _fail_in_shell(argv, exits.BUG)
        sys.stderr.write(f"error: this is a bug in iamctl: {type(error).__name__}{where}\n")
        sys.stderr.write("hint: please report it with the command that you ran\n")
    except OSError:
        pass
    return exits.BUG


def _fail_in_shell(argv: Sequence[str], code: int) -> None:
    """In a shell form of assume-role, clear the old identity and fail the eval."""
    if not any(word in _SHELL_COMMANDS for word in argv[:3]):
        return
    from iamctl.cli.shell import failure_form
    from iamctl.rendering.shells import failure_text

    form = failure_form(asked_form(argv), sys.stdout)
    if form is not None:
        sys.stdout.write(failure_text(form, code))
        sys.stdout.flush()


def asked_form(argv: Sequence[str]) -> str | None:
    """The form that -o asks for, as far as an unparsed command line tells."""
    form = None
    for word, following in zip(argv, (*argv[1:], ""), strict=True):
        if word == "--":
            break
        if word in ("-o", "--output"):
            form = following
        elif word.startswith("--output="):
            form = word.partition("=")[2]
        elif word.startswith("-o") and not word.startswith("--"):
            form = word[2:]
    return form


def _closed_pipe() -> int:
    """The reader went away: nothing more can be said to it."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exits.CLOSED_PIPE


def _storage_failure(error: OSError) -> StorageFailure:
    name = f": {error.filename}" if isinstance(error.filename, str) else ""
    hint = "free some space" if error.errno == errno.ENOSPC else None
    return StorageFailure(f"{error.strerror or type(error).__name__}{name}", hint=hint)
