"""Profiles in the user's AWS config file; every byte that iamctl did not write stays."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from iamctl import files
from iamctl.aws import config_text
from iamctl.aws.config_text import Block, unreadable
from iamctl.domain.errors import AlreadyExists, Conflict, InvalidValue, NotFound
from iamctl.domain.names import Rule, did_you_mean, shown

_LIMIT = 4 * 1024 * 1024

PROFILE_NAME = Rule(
    "a profile name", 1, 64, r"[\w+=,.@][\w+=,.@-]*", "it is of letters, digits and + = , . @ _ -"
)
REGION = Rule("a region", 1, 63, r"[a-z0-9]+(-[a-z0-9]+)*", "a region is such as eu-west-1")


class Profile(NamedTuple):
    """A profile that iamctl wrote; `process` is its command, split into words.

    `intact` is whether it stands as it was written: only then is it iamctl's to change.
    """

    name: str
    process: tuple[str, ...]
    region: str
    intact: bool

    def option(self, name: str) -> str:
        """The word that follows the one of that name in the command, or ""."""
        following = (after for word, after in pairwise(self.process) if word == name)
        return next(following, "")

    @property
    def role(self) -> str:
        """The role that it assumes."""
        return self.option("--") or self.option("assume-role")


class ConfigEdit(NamedTuple):
    """What an edit made of the file at `path`: its text before and after."""

    path: str
    old: str
    new: str


class AwsConfig:
    """The config file at a path, and the credentials file whose keys come before it."""

    def __init__(self, path: str, credentials_path: str) -> None:
        self.path = path
        self.credentials_path = credentials_path

    def profiles(self) -> list[Profile]:
        """The profiles that iamctl wrote, as they stand. Raises InvalidValue, StorageFailure."""
        pieces = config_text.parsed(self._text(self.path), self.path)
        values = config_text.values(pieces)
        found = []
        for name, block in config_text.blocks(pieces).items():
            settings = values[name]
            words = config_text.split(settings.get("credential_process", ""))
            found.append(Profile(name, words, settings.get("region", ""), block.intact))
        return found

    def install(
        self, name: str, process: Sequence[str], region: str | None = None, dry_run: bool = False
    ) -> ConfigEdit:
        """Write a profile whose credentials come from a command, or renew the one iamctl wrote.

        Raises AlreadyExists for a profile that iamctl did not write, Conflict for one that was
        edited since, InvalidValue for a name, a word or a file that the format cannot carry,
        StorageFailure, Busy, ConcurrentChange.
        """
        PROFILE_NAME.check(name)
        if region is not None:
            REGION.check(region)
        lines = config_text.lines(name, config_text.command(process), region)
        self._check_credentials_file(name)

        def installed(text: str) -> str:
            pieces = config_text.parsed(text, self.path)
            block = config_text.blocks(pieces).get(name)
            if block is None:
                if any(piece.profile == name for piece in pieces):
                    raise AlreadyExists(
                        f"{self.path} has a profile {shown(name)} that iamctl did not write",
                        hint="choose another name with --profile",
                    )
                return config_text.appended(text, lines)
            self._require_intact(name, block)
            if region is not None and "region" in config_text.others(pieces, block, name):
                raise Conflict(
                    f"profile {shown(name)} has a region that iamctl did not write",
                    hint=f"leave --region out, or take it out of {self.path}",
                )
            return config_text.replaced(pieces, block, lines)

        return self._edit(installed, name, dry_run)

    def remove(self, name: str, dry_run: bool = False) -> ConfigEdit:
        """Take out a profile that iamctl wrote.

        Raises NotFound when there is none, Conflict when it was edited since or holds settings
        of somebody else; InvalidValue, StorageFailure, Busy, ConcurrentChange.
        """

        def removed(text: str) -> str:
            pieces = config_text.parsed(text, self.path)
            blocks = config_text.blocks(pieces)
            block = blocks.get(name)
            if block is None:
                raise NotFound(
                    f"{self.path} has no profile {shown(name)} that iamctl wrote",
                    hint=did_you_mean(name, blocks),
                )
            self._require_intact(name, block)
            left = config_text.others(pieces, block, name)
            if left:
                raise Conflict(
                    f"profile {shown(name)} has settings that iamctl did not write: "
                    f"{', '.join(left)[:100]}",
                    hint=f"take them out of {self.path} first",
                )
            return config_text.without(pieces, block)

        return self._edit(removed, name, dry_run)

    def _edit(self, change: Callable[[str], str], name: str, dry_run: bool) -> ConfigEdit:
        """Read, change, prove, write, under the folder's lock."""
        target = files.real_target(self.path)
        folder = os.path.dirname(target)
        if dry_run:
            old = self._text(target)
            return ConfigEdit(self.path, old, self._proved(old, change(old), name))
        if files.stamp_of(folder) is None:
            files.private_folder(folder)
        with files.folder_lock(folder):
            stamp = files.stamp_of(target)
            old = self._text(target)
            new = self._proved(old, change(old), name)
            if new != old:
                mode = 0o600 if stamp is None else None
                files.replace_durably(target, new.encode(), mode=mode, expected=stamp)
        return ConfigEdit(self.path, old, new)

    def _proved(self, old: str, new: str, name: str) -> str:
        """The new text, if every other profile and section reads as before."""
        before, after = (
            config_text.values(config_text.parsed(text, self.path)) for text in (old, new)
        )
        before.pop(name, None)
        after.pop(name, None)
        if before != after:
            raise Conflict(
                f"{self.path} cannot be edited without changing more than was asked",
                hint="edit it by hand",
            )
        return new

    def _require_intact(self, name: str, block: Block) -> None:
        if not block.intact:
            raise Conflict(
                f"profile {shown(name)} in {self.path} was edited since iamctl wrote it",
                hint="take it out by hand, with the comment above it, and run this again",
            )

    def _check_credentials_file(self, name: str) -> None:
        """Keys of that name in the credentials file would be taken instead of the process."""
        try:
            text = self._text(self.credentials_path)
            known = {
                piece.profile
                for piece in config_text.parsed(text, self.credentials_path, bare=True)
            }
        except InvalidValue:
            return  # what no SDK can read hides nothing
        if name in known:
            raise AlreadyExists(
                f"{self.credentials_path} has keys for a profile {shown(name)}, which come first",
                hint="choose another name with --profile",
            )

    def _text(self, path: str) -> str:
        """The text of a file, empty when there is none."""
        if not os.path.lexists(path):
            return ""
        data = files.read_bytes(path, _LIMIT)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise unreadable(path, "it is not UTF-8 text") from None
        if text.startswith("\ufeff"):
            raise unreadable(path, "it begins with a byte order mark, at which AWS's SDKs fail")
        if "\r" in text.replace("\r\n", "\n") or "\0" in text:
            raise unreadable(path, "it has control characters where lines should end")
        return text
