"""A directory split over files, and joined again: locked, proved, written all or none."""

import os
from collections.abc import Callable, Sequence

from iamctl import files
from iamctl.domain.directory import Directory
from iamctl.domain.errors import ConcurrentChange
from iamctl.ports import Division, Rewritten
from iamctl.store.edits import Span
from iamctl.store.journal import Step
from iamctl.store.parts import Whole
from iamctl.store.parts_files import Files
from iamctl.store.parts_moving import join_steps, split_steps
from iamctl.store.splice import Spliced
from iamctl.store.textdiff import text_diff


class Divided:
    """The files of a directory, to be divided. `timeout` is how long to wait for other writers, in
    seconds."""

    def __init__(self, texts: Files, folder: str, timeout: float) -> None:
        self._texts = texts
        self._folder = folder
        self._timeout = timeout

    def split(
        self, plan: Callable[[Directory], Division], confirmed: Rewritten | None = None,
        dry_run: bool = False,
    ) -> Rewritten:  # fmt: skip
        """Move what stands in the main file to the files that the plan says.

        Raises what the plan raises; AlreadyExists and Conflict for files in the way; Conflict for
        text that cannot be moved safely; ConcurrentChange when it comes out other than
        `confirmed`; InvalidDirectory, Busy, StorageFailure. Then nothing was written.
        """

        def steps(whole: Whole) -> Sequence[Step]:
            division = plan(whole.required())
            found = split_steps(whole, division)
            self._texts.require_room(whole, found, division.include if found else ())
            return found

        return self._rewritten(steps, confirmed, dry_run)

    def join(self, confirmed: Rewritten | None = None, dry_run: bool = False) -> Rewritten:
        """Move what stands in other files back into the main one, and remove them. Raises as
        `split`."""
        return self._rewritten(join_steps, confirmed, dry_run)

    def _rewritten(
        self, plan: Callable[[Whole], Sequence[Step]], confirmed: Rewritten | None, dry_run: bool
    ) -> Rewritten:
        if dry_run:
            return self._planned(plan)[2]
        with files.folder_lock(self._folder, self._timeout):
            whole, steps, done = self._planned(plan, locked=True)
            if confirmed is not None and done != confirmed:
                raise ConcurrentChange(
                    "a file changed, and what was confirmed no longer is what would be done",
                    hint="run the command again to see what it would do now",
                )
            if steps:
                self._texts.rewrite(whole, steps)
        return done

    def _planned(
        self, plan: Callable[[Whole], Sequence[Step]], locked: bool = False
    ) -> tuple[Whole, Sequence[Step], Rewritten]:
        self._texts.settle(locked)
        whole = self._texts.read(locked)
        steps = plan(whole)
        shown = os.path.dirname(whole.texts[0].shown)
        made = tuple(os.path.join(shown, s.name) for s in steps if s.old is None)
        gone = tuple(os.path.join(shown, s.name) for s in steps if s.new is None)
        diff = "".join(_diff(step, os.path.join(shown, step.name)) for step in steps)
        return whole, steps, Rewritten(made, gone, diff)


def _diff(step: Step, path: str) -> str:
    old, new = ((data or b"").decode("utf-8-sig") for data in (step.old, step.new))
    absent = "old" if step.old is None else "new" if step.new is None else ""
    return text_diff(old, Spliced(new, (Span(0, len(old), new),)), path, absent)
