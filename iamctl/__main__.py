"""Entry: hands argv on. Even a failing import ends in exit 70, never in 1 ("denied")."""

import gc
import sys

TYPE_CHECKING = False  # nothing that takes time is imported before Ctrl-C is caught
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """Run the command line of this process and exit with its code."""
    # A run is short: walking through a large directory again and again costs more than it frees.
    gc.disable()
    try:
        from iamctl.cli.boundary import run

        code = run(sys.argv[1:])
        _end_at_once(code)
    except BaseException as error:
        _fail(error)
    sys.exit(code)


def _end_at_once(code: int) -> None:
    """Exit without taking the interpreter apart, which takes as long as starting a bare one.

    Where somebody has anything left to do then, a callback, a thread, or a profiler or tracer with
    what it saw, this does nothing.
    """
    import atexit
    import os

    threads = sys.modules.get("threading")
    if getattr(atexit, "_ncallbacks", lambda: 1)() or (threads and threads.active_count() > 1):
        return
    if sys.getprofile() or sys.gettrace():
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # as the interpreter has it
        return
    os._exit(code)


def _fail(error: BaseException) -> "NoReturn":
    """Exit, after making an eval of `assume-role` fail and forget the old identity."""
    code = 70
    why = f": {error}" if isinstance(error, ImportError | SyntaxError) else ""
    message = (
        f"error: iamctl cannot start: {type(error).__name__}{why}\n"
        "hint: reinstall iamctl; this is not your directory's fault\n"
    )
    try:
        from iamctl.cli.shell import failure, is_for_a_command, was_interrupted

        if was_interrupted(error):
            code, message = 130, "error: interrupted\n"
        elif is_for_a_command(sys.argv[1:]):
            code = 125
        sys.stdout.write(failure(sys.argv[1:], code, sys.stdout))
        sys.stdout.flush()
    except Exception as another:
        message += f"hint: nothing was printed for a shell: {type(another).__name__}\n"
    if sys.stderr is not None:
        sys.stderr.write(message)
    sys.exit(code)


if __name__ == "__main__":
    main()
