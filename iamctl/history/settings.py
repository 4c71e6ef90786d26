"""A repository's own git configuration, and where git finds its hooks."""

import os
from collections.abc import Mapping

from iamctl.domain.errors import StorageFailure
from iamctl.history.git import Git

_NONE = 1
"""git config's exit code where nothing is set."""
_OURS = "/dev/null"
"""What we tell git ourselves, so that it runs no hook."""


class LocalSettings:
    """The configuration that belongs to one repository, all of its working trees."""

    def __init__(self, git: Git) -> None:
        self._git = git

    def of(self, section: str) -> dict[str, str]:
        """What a section such as "merge.iamctl" sets, by whole names."""
        pattern = "^" + section.replace(".", r"\.") + r"\."
        code, output, complaint = self._git.asked(
            "config", "--local", "-z", "--get-regexp", pattern
        )
        if code == _NONE:
            return {}
        if code != 0:
            raise StorageFailure(f"git config failed: {complaint}")
        pairs = (record.partition("\n") for record in os.fsdecode(output).split("\0")[:-1])
        return {name: value for name, _, value in pairs}

    def set(self, values: Mapping[str, str]) -> None:
        """Set each name to one value. Raises StorageFailure."""
        for name, value in values.items():
            self._git.output("config", "--local", "--replace-all", name, value)

    def remove(self, section: str) -> None:
        """Remove a section that sets something. Raises StorageFailure."""
        self._git.output("config", "--local", "--remove-section", section)


def hooks_folder(git: Git, root: str) -> str | None:
    """Where git looks for hooks: the repository's own folder, or None where configuration names
    another, which somebody else looks after."""
    code, output, _ = git.asked("config", "-z", "--get-all", "core.hooksPath")
    named = os.fsdecode(output).split("\0")[:-1] if code == 0 else []
    if any(value != _OURS for value in named):
        return None
    folder = os.fsdecode(git.output("rev-parse", "--git-common-dir")).removesuffix("\n")
    return os.path.join(root, folder, "hooks")
