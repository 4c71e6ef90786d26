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
    _open_closed_streams()
    try:
        code = _carried_out(list(argv))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as error:
        _drop_stdout()
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

    if _is_shell_command(argv) and _asks_for_help(argv) and not sys.stdout.isatty():
        return _help_for_eval(argv)
    return invoke(argv)


def _help_for_eval(argv: list[str]) -> int:
    """Help that a shell may be about to eval: it fails, and the text is comments, last."""
    import contextlib
    import io

    from iamctl.cli.app import invoke
    from iamctl.rendering.shells import help_as_comments

    with contextlib.redirect_stdout(io.StringIO()) as text:
        invoke(argv)
    _fail_in_shell(argv, exits.USAGE)
    sys.stdout.write(help_as_comments(text.getvalue()))
    return exits.USAGE


def _is_shell_command(argv: Sequence[str]) -> bool:
    return next((word for word in argv if not word.startswith("-")), "") in _SHELL_COMMANDS


def _asks_for_help(argv: Sequence[str]) -> bool:
    words = argv[: argv.index("--")] if "--" in argv else argv
    return "--help" in words or "-h" in words


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
    if not _is_shell_command(argv):
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
    _drop_stdout()
    return exits.CLOSED_PIPE


def _drop_stdout() -> None:
    """Let what is still buffered go nowhere, so that the interpreter's last flush succeeds."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_closed_streams() -> None:
    """Standard streams that we were started without: reading gives nothing, stdout fails.

    Open descriptors also keep a file of ours from becoming number 1 or 2.
    """
    for number, name, flags in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_RDONLY),
        (2, "stderr", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, flags)
            if opened != number:
                os.dup2(opened, number)
            mode = "r" if number == 0 else "w"
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115


def _storage_failure(error: OSError) -> StorageFailure:
    name = f": {error.filename}" if isinstance(error.filename, str) else ""
    hint = "free some space" if error.errno == errno.ENOSPC else None
    return StorageFailure(f"{error.strerror or type(error).__name__}{name}", hint=hint)
