"""Entry: hands argv on. Even a failing import ends in exit 70, never in 1 ("denied")."""

import gc
import sys
from typing import NoReturn


def main() -> None:
    """Run the command line of this process and exit with its code."""
    # A run is short: walking through a large directory again and again costs more than it frees.
    gc.disable()
    try:
        from iamctl.cli.boundary import run
    except KeyboardInterrupt:
        _fail(130, "error: interrupted\n")
    except Exception as error:
        _fail(
            70,
            f"error: iamctl cannot start: {type(error).__name__}: {error}\n"
            "hint: reinstall iamctl; this is not your directory's fault\n",
        )
    sys.exit(run(sys.argv[1:]))


def _fail(code: int, message: str) -> NoReturn:
    """Exit, after making an eval of `assume-role` fail and forget the old identity."""
    if sys.argv[1:2] and sys.argv[1] in ("assume-role", "assume") and not sys.stdout.isatty():
        from iamctl.rendering.shells import failure_text

        sys.stdout.write(failure_text("sh", code))
    sys.stderr.write(message)
    sys.exit(code)


if __name__ == "__main__":
    main()
