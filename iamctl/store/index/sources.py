"""The files of a directory as they are now, held against what an index says of them.

Which files there are is looked up each time in the folders, for a new one counts too.
"""

from __future__ import annotations

import os
import stat

from iamctl import files
from iamctl.domain.tuples import NamedTuple
from iamctl.store.index.pages import Doubt
from iamctl.store.index.parts import Content, Main, alone, content_of
from iamctl.store.index.stamps import local_device, relied_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iamctl.store.index.indexed import Root, Seen
    from iamctl.store.parts_gather import Text
    from iamctl.store.parts_places import Folder


class Sources(NamedTuple):
    """The files of a directory, whose main file is at a path.

    `shown` is what messages call that; `own` as `files.read_stamped` has it; `cut_off` says whether
    an edit of several files is under way.
    """

    path: str
    shown: str
    own: bool
    cut_off: Callable[[], bool]

    @property
    def real(self) -> str:
        """The real path of the main file."""
        return files.real_target(self.path)

    def place(self) -> Folder:
        """Where the others are."""
        from iamctl.store.parts_places import folder_of

        return folder_of(self.path, self.shown, self.own)

    def main(self) -> Main:
        """The main file as it is now. Raises as `files.read_stamped`."""
        return Main(*files.read_stamped(self.path, own=self.own))

    def text(self, main: Main) -> Text:
        """The same as a file of several."""
        from iamctl.store.parts_gather import Text  # few directories need it

        return Text(os.path.basename(self.real), self.shown, *main)

    def gathered(self, main: Main, patterns: tuple[str, ...]) -> Content:
        """What all files hold at one moment.

        Raises StorageFailure, ConcurrentChange; Doubt where anything is wrong with them or they
        did not hold still: the whole reading tells of that, or waits.
        """
        if not patterns:
            return alone(*main)
        from iamctl.store.parts_gather import gather, unchanged

        place = self.place()
        texts, names, problems = gather(self.text(main), patterns, place)
        if problems:
            raise Doubt("there is something to tell of the files that are included")
        # In this order: what stood still since before there was no such edit is no half of one.
        if self.cut_off() or not unchanged(texts, names, patterns, place.folder):
            raise Doubt("the files did not hold still")
        return content_of(texts, patterns)

    def seen(self, content: Content, began: int, small: int) -> Seen:
        """What a root says of content whose reading began at a time; no stamp is relied on where
        all files have `small` bytes at most."""
        stamp, *stamps = content.stamps
        local = len(content.data) > small and self._are_local(content)
        return stamp, began, False, local, tuple(stamps)

    def _are_local(self, content: Content) -> bool:
        """Whether all files are on file systems of this machine."""
        parts = zip(content.parts, content.stamps[1:], strict=True)
        ways = {(os.path.dirname(name), stamp[4]): name for (name, _), stamp in parts}
        folder = os.path.dirname(self.real)
        return local_device(self.path) and all(
            local_device(os.path.join(folder, name)) for name in ways.values()
        )

    def bear_stamps(self, root: Root, patterns: Sequence[str]) -> bool:
        """Whether they are the files of an index and bear stamps that stand for its content; see
        `stamps`. Raises StorageFailure for a folder that cannot be listed."""
        try:
            status = os.lstat(self.path) if self.own else os.stat(self.path)
            return (
                root.local
                and self._bears(status, root.stamp, root, root.minted)
                and (not patterns or self._parts_bear_stamps(root, patterns))
            )
        except OSError:
            return False

    def _parts_bear_stamps(self, root: Root, patterns: Sequence[str]) -> bool:
        place = self.place()
        names = [name for pattern in patterns for name in place.matching(pattern)]
        if names != [name for name, _ in root.parts]:
            return False
        for folder in {os.path.dirname(name) for name in names}:
            _require_folders(place.folder, folder)
        return not self.cut_off() and all(
            self._bears(os.lstat(os.path.join(place.folder, name)), stamp, root)
            for name, stamp in zip(names, root.stamps, strict=True)
        )

    def _bears(
        self, status: os.stat_result, stamp: Sequence[int], root: Root, minted: bool = False
    ) -> bool:
        now = files.Stamp.of(status)
        return (
            tuple(now) == tuple(stamp)
            and stat.S_ISREG(status.st_mode)
            and (not self.own or status.st_uid == os.geteuid())
            and relied_on(now, root.verified, minted)
        )


def _require_folders(folder: str, below: str) -> None:
    """Raise NotADirectoryError where a way down leads through anything but folders, as links."""
    path = folder
    for step in below.split("/") if below else ():
        path = os.path.join(path, step)
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise NotADirectoryError(path)
