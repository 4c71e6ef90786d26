"""Entry: hands argv on. Even a failing import ends in exit 70, never in 1 ("denied")."""

import sys


def main() -> None:
    """Run the command line of this process and exit with its code."""
    try:
        from iamctl.cli.boundary import run
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.stderr.write(f"error: iamctl cannot start: {type(error).__name__}: {error}\n")
        sys.stderr.write("hint: reinstall iamctl; this is not your directory's fault\n")
        sys.exit(70)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
