"""The only place that chooses implementations: repository, vault, clock, settings, folders."""

import os
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iamctl.domain.errors import NotFound, VaultUnavailable
from iamctl.domain.ids import Randomness
from iamctl.domain.secret import Secret
from iamctl.domain.source import Plain, Problem

if TYPE_CHECKING:
    from iamctl.catalogue import ManagedPolicies
    from iamctl.domain.directory import Directory
    from iamctl.ports import Vault
    from iamctl.settings import Settings
    from iamctl.store.find import Found
    from iamctl.store.repository import YamlRepository
    from iamctl.vault import VaultSettings


class Runtime:
    """What one run of a command opens, each part when it is first asked for."""

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        prompt: Callable[[str], Secret] | None = None,
    ) -> None:
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self.randomness: Randomness = os.urandom
        self._prompt = prompt
        self._vaults: dict[str, Vault] = {}

    def now(self) -> int:
        """The time, in whole seconds since the epoch."""
        return int(time.time())

    def wait_until(self, instant: int) -> int:
        """Sleep until that second has begun, after a revocation for one at most; the time then."""
        while (left := instant - time.time()) > 0:
            time.sleep(min(left, 1.0))
        return self.now()

    @cached_property
    def state_folder(self) -> str:
        """Where this machine keeps vaults and trust."""
        return self._folder("XDG_STATE_HOME", "user_state_path")

    @cached_property
    def settings(self) -> "Settings":
        """The user's own settings."""
        from iamctl.settings import Settings

        return Settings(
            os.path.join(self._folder("XDG_CONFIG_HOME", "user_config_path"), "settings.toml")
        )

    def _folder(self, variable: str, fallback: str) -> str:
        base = self.environ.get(variable)
        if base and os.path.isabs(base):
            return os.path.join(base, "iamctl")
        import platformdirs

        return str(getattr(platformdirs.PlatformDirs("iamctl", appauthor=False), fallback))

    def find(self, directory: str | None) -> "Found":
        """The directory file that an option, the environment, the folder or settings name."""
        from iamctl.store.find import find_directory

        return find_directory(
            directory, self.environ, os.getcwd(), lambda: self.settings.get("directory")
        )

    def repository(self, directory: str | None, lock_timeout: float = 30.0) -> "YamlRepository":
        """The repository of the directory file that is found."""
        from iamctl.store.repository import YamlRepository

        found = self.find(directory)
        return YamlRepository(found.path, lock_timeout=lock_timeout, own=found.searched)

    @cached_property
    def catalogue(self) -> "ManagedPolicies":
        """AWS's managed policies, offline."""
        from iamctl.catalogue import ManagedPolicies

        return ManagedPolicies()

    def vault(self, directory: "Directory", path: str) -> "Vault":
        """This machine's vault for a directory that it trusts at that path.

        Raises VaultUnavailable when the pair was never recorded here, or cannot be opened.
        """
        from iamctl.vault import open_vault, trusted

        uuid = require_uuid(directory)
        if uuid not in self._vaults:
            expected = self.environ.get("IAMCTL_VAULT") or None
            if not trusted.is_trusted(self.state_folder, uuid, path):
                raise VaultUnavailable(
                    f"{path} is not trusted on this machine",
                    hint=f"after reading it, run: iamctl trust --directory {path}",
                )
            self._vaults[uuid] = open_vault(
                self.vault_folder(uuid), uuid, expected, self.vault_settings()
            )
        return self._vaults[uuid]

    def vault_folder(self, uuid: str) -> str:
        """The private folder of a directory's vault."""
        from iamctl.vault import vault_folder

        return vault_folder(self.state_folder, uuid)

    def vault_settings(self) -> "VaultSettings":
        """How vaults of this run prompt and get randomness."""
        from iamctl.vault import VaultSettings

        return VaultSettings(self.environ, self.randomness, self._prompt)

    def default_user(self, directory: "Directory") -> str | None:
        """The configured default caller of a directory."""
        if directory.uuid is None:
            return None
        return self.settings.get(f"directories.{directory.uuid}.user")


def require_uuid(directory: "Directory") -> str:
    """The directory's UUID; a sample or template has none and no vault."""
    if directory.uuid is None:
        raise VaultUnavailable(
            "this directory has no UUID, so no vault on any machine belongs to it",
            hint="run: iamctl init --directory FILE, which gives it one and a signing key",
        )
    return directory.uuid


def yaml_text(plain: Plain) -> str:
    """A plain value as YAML, in the manner of the directory file."""
    from iamctl.store.emit import yaml_text as emit

    return emit(plain)


def plain_of_text(data: bytes, name: str) -> tuple[Plain, Callable[..., Any]]:
    """A policy document out of JSON or YAML text, with the places of its values.

    Raises MalformedPolicyDocument when it is neither.
    """
    from iamctl.store.reader import read_document

    return read_document(data, name)


def read_problems(data: bytes, name: str) -> tuple["Directory | None", tuple[Problem, ...]]:
    """A directory file's content with everything that is wrong with its form."""
    from iamctl.store.reader import read_directory

    result = read_directory(data, name)
    return result.directory, result.problems


def not_found(path: str) -> NotFound:
    """There is no such file."""
    return NotFound(f"{path} does not exist", code="NoSuchFile")
