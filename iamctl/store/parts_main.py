"""From a part to the directory that includes it."""

import os
import re
import stat

from yaml.nodes import ScalarNode

from iamctl import files
from iamctl.domain.errors import InvalidDirectory
from iamctl.store.find import FILE_NAME, folders_above
from iamctl.store.parts_find import means
from iamctl.store.reader import included, read_file
from iamctl.store.tree import parse_tree

_HEADS = re.compile(rb"^(iamctl|iamctl-tests)[ \t]*:", re.MULTILINE)


def top_keys(path: str) -> frozenset[str]:
    """The keys that a regular file has at its top, none where it is no YAML of ours; of a file that
    plainly has the key of our formats, that alone, for it may be large. Raises NotFound,
    StorageFailure."""
    data = files.read_bytes(path)
    head = _HEADS.search(data)
    if head is not None:
        return frozenset((head[1].decode(),))
    try:
        tree = parse_tree(data, path)
    except InvalidDirectory:
        return frozenset()
    return frozenset(key.value for key, _ in tree.root.value if isinstance(key, ScalarNode))


class MainFiles:
    """Directory files, each read once to see what it includes. `home` is the user's folder."""

    def __init__(self, home: str | None) -> None:
        self._home = home
        self._patterns: dict[str, list[str] | None] = {}

    def above(self, part: str) -> str | None:
        """The nearest directory file in a part's folder or above that includes the part, or that
        cannot be read, for then nobody knows; None where there is none.

        Raises StorageFailure.
        """
        full = os.path.abspath(part)
        for folder in folders_above(os.path.dirname(full), self._home):
            main = os.path.join(folder, FILE_NAME)
            if self.includes(main, full):
                return main
        return None

    def includes(self, main: str, part: str) -> bool:
        """Whether a main file includes the file at an absolute path, or cannot be read."""
        if main not in self._patterns:
            self._patterns[main] = _patterns(main)
        patterns = self._patterns[main]
        name = os.path.relpath(part, os.path.dirname(main))
        return patterns is None or any(means(pattern, name) for pattern in patterns)


def _patterns(main: str) -> list[str] | None:
    """What a file includes; None for one that is no YAML, nothing where there is no such file."""
    try:
        if not stat.S_ISREG(os.lstat(main).st_mode):
            return []
    except OSError:
        return []
    result = read_file(files.read_bytes(main), main)
    return None if result.tree is None else included(result)
