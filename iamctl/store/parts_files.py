"""The files of a directory, read as they stood together at one moment."""

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from iamctl import files
from iamctl.domain.directory import Directory
from iamctl.domain.errors import (
    AlreadyExists,
    ConcurrentChange,
    Conflict,
    StorageFailure,
)
from iamctl.store.journal import Journal, Step
from iamctl.store.parts import Whole, alone, read_whole
from iamctl.store.parts_find import MOST, matching, means
from iamctl.store.parts_gather import Text, gather, unchanged
from iamctl.store.parts_places import Folder, folder_of
from iamctl.store.reader import included, read_file

_READS = 10


class Files:
    """The main file at a path, with its parts. `shown` is what messages call it; `own` asks that
    each be a regular file of this user's own. `journals` gives the folder where edits of several
    files are written down first, and `timeout` is how long to wait for other writers, in seconds.
    """

    def __init__(
        self,
        given: str,
        shown: str,
        own: bool = False,
        journals: Callable[[], str] | None = None,
        timeout: float = 30.0,
    ) -> None:
        self._given = given
        self._shown = shown
        self._own = own
        self._timeout = timeout
        self._path = files.real_target(given)
        self._folder = os.path.dirname(self._path)
        self._journal = None if journals is None else Journal(journals, self._path)

    def read(self, locked: bool = False) -> Whole:
        """All of them, with everything that is wrong in their form.

        An edit of several files that was cut off is finished first; one that is under way is
        waited for, unless the caller has `locked` the folder. Raises NotFound, StorageFailure,
        Busy; ConcurrentChange when they never held still, or cannot be what an edit was to write.
        """
        for _ in range(_READS):
            main = self._main()
            result = read_file(main.data, main.shown)
            patterns = included(result)
            if not patterns:
                return alone(main, result)
            whole = read_whole(main, result, self._place())
            # In this order: what stood still since before there was no journal is no half edit.
            if self._unsettled():
                self._settle(locked)
            elif self._stood_still(whole.texts, whole.names, patterns):
                return whole
        raise ConcurrentChange(f"the files of {self._shown} keep changing while they are read")

    def hold(self, data: Sequence[bytes], directory: Directory) -> bool:
        """Whether they still hold the bytes that were read as that directory."""
        main = self._main()
        if main.data != data[0]:
            return False
        listed = directory.plain.get("include")
        patterns = [str(item) for item in listed] if isinstance(listed, list) else []
        if not patterns:
            return True
        texts, names, problems = gather(main, patterns, self._place())
        same = tuple(text.data for text in texts) == tuple(data)
        return (
            same
            and not problems
            and not self._unsettled()
            and self._stood_still(texts, names, patterns)
        )

    def meant(self, whole: Whole, path: str) -> int | Text:
        """Which of the files a path means, by its number, or the part that is to be made there.

        Raises NotFound when it can be neither, Conflict.
        """
        from iamctl.store.parts_into import file_meant

        return file_meant(whole, self._place(), path)

    def path_of(self, text: Text) -> str:
        """Where a file is."""
        return os.path.join(self._folder, text.name)

    def write(self, whole: Whole, data: Mapping[str, bytes], made: Text | None = None) -> None:
        """Replace files by their names, and make one, all or none. The caller has locked the
        folder.

        Raises ConcurrentChange when any file of the directory is no longer what was read;
        StorageFailure.
        """
        if made is not None and made.name in data:
            old = {text.name: text.data for text in whole.texts}
            self.rewrite(whole, [Step(name, old.get(name), new) for name, new in data.items()])
            return
        self._require_unchanged(whole)
        changed = [text for text in whole.texts if text.name in data]
        if len(changed) == 1:
            stamp = changed[0].stamp
            files.replace_durably(self.path_of(changed[0]), data[changed[0].name], expected=stamp)
            return
        self._journaled([Step(text.name, text.data, data[text.name]) for text in changed])

    def rewrite(self, whole: Whole, steps: Sequence[Step]) -> None:
        """Write, make and remove files, all or none. The caller has locked the folder.

        Raises as `write`.
        """
        self._require_unchanged(whole)
        mode = stat.S_IMODE(os.stat(self._path).st_mode)
        self._journaled([step._replace(mode=mode) for step in steps])

    def require_room(self, whole: Whole, steps: Sequence[Step], patterns: Sequence[str]) -> None:
        """Raises AlreadyExists for a file that is to be made and is there; Conflict for too many,
        and where the patterns, with those that there are, would include another file too, or one
        twice."""
        made = [step.name for step in steps if step.old is None]
        if len(whole.names) + len(made) > MOST:
            raise Conflict(
                f"the directory would have {len(whole.names) + len(made)} parts, and {MOST} are "
                "the most",
                code="LimitExceeded",
                hint="split it another way",
            )
        for name in made:
            if os.path.lexists(os.path.join(self._folder, name)):
                raise AlreadyExists(
                    f"{name} already exists",
                    code="FileExists",
                    hint="move it away, or join the directory before it is split again",
                )
        every = dict.fromkeys((*included(whole.results[0]), *patterns))
        for name in made:
            if sum(means(pattern, name) for pattern in every) != 1:
                raise Conflict(f"{name} would be included twice", code="FileExists",
                               hint="join the directory before it is split again")  # fmt: skip
        known = {*made, *(text.name for text in whole.texts[1:])}
        for name in (name for pattern in patterns for name in matching(self._folder, pattern)):
            if name not in known:
                raise Conflict(f"{name} would be included, and is no file of this directory",
                               code="FileExists", hint="move it away")  # fmt: skip

    def settle(self, locked: bool = False) -> None:
        """Bring an edit that was cut off to its end, also where the main file includes nothing any
        more, or not yet. Raises as `read`."""
        if self._unsettled():
            self._settle(locked)

    def _require_unchanged(self, whole: Whole) -> None:
        if not self._stood_still(whole.texts, whole.names, included(whole.results[0])):
            raise ConcurrentChange(
                f"a file of {self._shown} was changed by something else since it was read",
                hint="run the command again",
            )

    def _journaled(self, steps: Sequence[Step]) -> None:
        if self._journal is None:
            raise StorageFailure("there is no place to write an edit of several files down first")
        self._journal.carry_out(steps)

    def _unsettled(self) -> bool:
        return self._journal is not None and self._journal.exists()

    def _settle(self, locked: bool) -> None:
        """Bring an edit that was cut off to its end."""
        journal = cast(Journal, self._journal)
        if locked:
            journal.settle()
            return
        with files.folder_lock(self._folder, self._timeout):
            journal.settle()

    def _main(self) -> Text:
        data, stamp = files.read_stamped(self._given, own=self._own)
        return Text(os.path.basename(self._path), self._shown, data, stamp)

    def _place(self) -> Folder:
        return folder_of(self._given, self._shown, self._own)

    def _stood_still(
        self, texts: Sequence[Text], names: Sequence[str], patterns: Sequence[str]
    ) -> bool:
        """Whether there was a moment at which all of them stood as they were read."""
        return unchanged(texts, names, patterns, self._folder)
