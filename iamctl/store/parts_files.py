"""The files of a directory, read as they stood together at one moment."""

import os
from collections.abc import Sequence

from iamctl import files
from iamctl.domain.directory import Directory
from iamctl.domain.errors import ConcurrentChange
from iamctl.store.parts import Place, Text, Whole, alone, gather, read_whole, unchanged
from iamctl.store.reader import included, read_file

_READS = 10


class Files:
    """The main file at a path, with its parts. `shown` is what messages call it; `own` asks that
    each be a regular file of this user's own."""

    def __init__(self, given: str, shown: str, own: bool) -> None:
        self._given = given
        self._shown = shown
        self._own = own
        self._path = files.real_target(given)

    def read(self) -> Whole:
        """All of them, with everything that is wrong in their form.

        Raises NotFound, StorageFailure; ConcurrentChange when they never held still.
        """
        for _ in range(_READS):
            main = self._main()
            result = read_file(main.data, main.shown)
            patterns = included(result)
            if not patterns:
                return alone(main, result)
            whole = read_whole(main, result, self._place())
            if self._stood_still(whole.texts, whole.names, patterns):
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
        return same and not problems and self._stood_still(texts, names, patterns)

    def _main(self) -> Text:
        data, stamp = files.read_stamped(self._given, own=self._own)
        return Text(os.path.basename(self._path), self._shown, data, stamp)

    def _place(self) -> Place:
        """Where the parts are: beside the file itself, whatever link leads to it."""
        folder = os.path.dirname(self._path)
        beside = os.path.realpath(os.path.dirname(self._given)) == folder
        return Place(folder, os.path.dirname(self._shown) if beside else folder, self._own)

    def _stood_still(
        self, texts: Sequence[Text], names: Sequence[str], patterns: Sequence[str]
    ) -> bool:
        """Whether there was a moment at which all of them stood as they were read."""
        return unchanged(texts, names, patterns, os.path.dirname(self._path))
