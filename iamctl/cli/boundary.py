"""The only place where exceptions become messages and exit codes."""

import contextlib
import errno
import os
import sys
from collections.abc import Sequence

from iamctl.cli import exits
from iamctl.cli.fastpath import read
from iamctl.cli.shell import (
    asked_form,
    failure,
    is_for_a_command,
    is_shell_command,
    was_interrupted,
)
from iamctl.domain.errors import IamctlError, Interrupted, StorageFailure


def run(argv: Sequence[str]) -> int:
    """Carry out one command line; the exit code. Never raises."""
    try:
        _open_closed_streams()
        _write_any_name()
        code = _carried_out(list(argv))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as error:
        _drop_full_stdout()
        return _failed(argv, _storage_failure(error))
    except KeyboardInterrupt:
        return _failed(argv, Interrupted("interrupted"))
    except IamctlError as error:
        return _failed(argv, error)
    except Exception as error:
        if was_interrupted(error):
            return _failed(argv, Interrupted("interrupted"))
        return _bug(argv, error)


def _carried_out(argv: list[str]) -> int:
    if "_IAMCTL_COMPLETE" in os.environ:
        if not argv:
            from iamctl.cli.complete import answer_shell

            return answer_shell(os.environ, sys.stdout)
        # The scripts ask without a word: left over in the environment, it means nothing.
        del os.environ["_IAMCTL_COMPLETE"]
    call = read(argv, os.environ)
    if call is not None:
        function, arguments = call
        return function(**arguments) or exits.OK
    from iamctl.cli.app import invoke

    if is_shell_command(argv) and _asks_for_help(argv) and not sys.stdout.isatty():
        return _help_for_eval(argv)
    return invoke(argv)


def _help_for_eval(argv: list[str]) -> int:
    """Help that a shell may be about to eval: it fails, and the text is comments, last."""
    import io

    from iamctl.cli.app import invoke
    from iamctl.rendering.shells import help_as_comments

    with contextlib.redirect_stdout(io.StringIO()) as written:
        code = invoke(argv)
    text = written.getvalue()
    if not text.startswith("Usage:"):  # it was the value of another option
        sys.stdout.write(text)
        return code
    _fail_in_shell(argv, exits.USAGE)
    sys.stdout.write(help_as_comments(text))
    return exits.USAGE


def _asks_for_help(argv: Sequence[str]) -> bool:
    words = argv[: argv.index("--")] if "--" in argv else argv
    return "--help" in words or "-h" in words


def _failed(argv: Sequence[str], error: IamctlError) -> int:
    """Report an expected failure: first what a shell must do, then the message."""
    code = _code_for(argv, exits.code_of(error))
    _finish_undisturbed()
    try:
        _fail_in_shell(argv, code)
        _complain(argv, error)
    except BrokenPipeError:
        return _closed_pipe()
    except OSError:
        return code
    return code


def _complain(argv: Sequence[str], error: IamctlError) -> None:
    if asked_form(argv) == "json":
        from iamctl.rendering.errors import error_json

        text = error_json(error)
    else:
        from iamctl.rendering.console import wants_colour
        from iamctl.rendering.errors import error_text

        text = error_text(error, wants_colour(os.environ, sys.stderr.isatty()))
    sys.stderr.write(text)
    sys.stderr.flush()


def _bug(argv: Sequence[str], error: Exception) -> int:
    """Say where it broke, without values: they may be secret."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" at {place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
    _finish_undisturbed()
    try:
        _fail_in_shell(argv, exits.BUG)
        sys.stderr.write(f"error: this is a bug in iamctl: {type(error).__name__}{where}\n")
        sys.stderr.write("hint: please report it with the command that you ran\n")
    except OSError:
        pass
    return _code_for(argv, exits.BUG)


def _code_for(argv: Sequence[str], code: int) -> int:
    return exits.before_a_command(code) if is_for_a_command(argv) else code


def _fail_in_shell(argv: Sequence[str], code: int) -> None:
    """In a shell form of assume-role, clear the old identity and fail the eval."""
    text = failure(argv, code, sys.stdout)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:  # it is full or closed: the message is still to be said
        _drop_stdout()


def _finish_undisturbed() -> None:
    """A second Ctrl-C must not cut what a failure says, least of all to a shell."""
    import signal

    with contextlib.suppress(ValueError):  # another thread than the main one: in tests
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _closed_pipe() -> int:
    """The reader went away: nothing more can be said to it."""
    _drop_stdout()
    return exits.CLOSED_PIPE


def _drop_full_stdout() -> None:
    """Drop what stdout does not take; any other trouble leaves it in use."""
    try:
        sys.stdout.flush()
    except OSError:
        _drop_stdout()


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


def _write_any_name() -> None:
    """Files and pipes get UTF-8 whatever the locale; a terminal, escapes for what it lacks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            piped = stream.encoding.lower() != "utf-8" and not stream.isatty()
            reconfigure(encoding="utf-8" if piped else None, errors="backslashreplace")


def _storage_failure(error: OSError) -> StorageFailure:
    if error.errno == errno.EBADF and error.filename is None:  # of stderr nobody would read it
        return StorageFailure("standard output is closed", hint="give the answer a place: > FILE")
    name = f": {error.filename}" if isinstance(error.filename, str) else ""
    hint = "free some space" if error.errno == errno.ENOSPC else None
    return StorageFailure(f"{error.strerror or type(error).__name__}{name}", hint=hint)
