"""`iamctl join`: a directory of several files in one again."""

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.confirm import confirm
from iamctl.cli.edits import WAIT
from iamctl.cli.options import Directory, DryRun, LockTimeout, Yes
from iamctl.cli.output import answer, say
from iamctl.cli.split import show
from iamctl.domain.times import parse_duration


def join(
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Join the files of a directory into one.

    What included files hold goes back into the main file, comments and all, and the files are
    removed. Nothing is written unless the one file reads as all did together. After `split`, a
    file whose sections and entities stand in order, a blank line between sections, is the same
    byte for byte; elsewhere the order and the blank lines may come out otherwise.

    \b
    iamctl join --dry-run
    iamctl join
    """
    division = Runtime().repository(directory, parse_duration(lock_timeout)).division()
    planned = division.join(dry_run=True)
    if dry_run:
        return answer(planned.text_diff or "# nothing would change\n")
    if not planned.text_diff:
        return say("the directory is in one file")
    show(planned)
    confirm(f"join {len(planned.gone) + 1} files into one?", yes)
    division.join(planned)
    return say("joined")


app = single(join)
