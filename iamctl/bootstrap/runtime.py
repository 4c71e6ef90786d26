"""What one run of a command opens: repository, vault, clock, settings, folders."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from iamctl.domain.errors import NotFound, StorageFailure, VaultUnavailable

if TYPE_CHECKING:
    from iamctl.aws.config_file import AwsConfig
    from iamctl.bootstrap.sides import Sides
    from iamctl.bootstrap.vaults import Vaults
    from iamctl.catalogue import ShippedCatalogue
    from iamctl.domain.directory import Directory
    from iamctl.domain.ids import Randomness
    from iamctl.domain.source import Problem
    from iamctl.files import Lock
    from iamctl.ports import Accounts, Vault
    from iamctl.ports.aws import ConsoleSignIn
    from iamctl.ports.federation import Federation
    from iamctl.services.aws_session import Mirrored
    from iamctl.settings import Settings
    from iamctl.store.find import Found
    from iamctl.store.index.opening import Indexes
    from iamctl.store.parts_main import MainFiles
    from iamctl.store.repository import YamlRepository


class Runtime:
    """What one run of a command opens, each part when it is first asked for.

    One that is `lasting` answers many questions: a directory file is read for each, and parsed
    again only if it changed.
    """

    def __init__(self, environ: Mapping[str, str] | None = None, lasting: bool = False) -> None:
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self.randomness: Randomness = os.urandom
        self._repositories: dict[Found, YamlRepository] | None = {} if lasting else None

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

    @cached_property
    def aws_config(self) -> "AwsConfig":
        """The user's AWS config file, where the SDKs look for it."""
        from iamctl.aws.config_file import AwsConfig

        return AwsConfig(*self._aws_files())

    def _aws_files(self) -> tuple[str, str]:
        """Where the SDKs look for their config and their credentials file."""

        def place(variable: str, default: str) -> str:
            named = self.environ.get(variable)
            if named:
                return os.path.abspath(os.path.expanduser(os.path.expandvars(named)))
            if os.path.isabs(path := os.path.expanduser(default)):
                return path
            raise StorageFailure(
                "this system does not say where your home folder is",
                hint=f"set HOME, or {variable}, to an absolute path",
            )

        return (
            place("AWS_CONFIG_FILE", "~/.aws/config"),
            place("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        )

    def _folder(self, variable: str, attribute: str) -> str:
        base = self.environ.get(variable)
        if base and os.path.isabs(base):
            return os.path.join(base, "iamctl")
        usual = _usual_folder(variable, attribute)
        if usual is not None:
            return usual
        import platformdirs

        try:
            found = str(getattr(platformdirs.PlatformDirs("iamctl", appauthor=False), attribute))
        except RuntimeError:
            found = ""
        if not os.path.isabs(found):  # never below the working folder: it may be a hostile clone
            raise StorageFailure(
                "this system does not say where your home folder is",
                hint="set HOME, or XDG_STATE_HOME and XDG_CONFIG_HOME, to absolute paths",
            )
        return found

    def find(self, directory: str | None, near: str | None = None) -> "Found":
        """The directory file that an option, the environment, the folder or settings name.

        With `near`, that folder is looked in before the working folder.
        """
        from iamctl.store.find import find_directory

        return find_directory(
            directory, self.environ, _working_folder(), lambda: self.settings.get("directory"), near
        )

    def repository(
        self,
        directory: str | None,
        lock_timeout: float = 30.0,
        near: str | None = None,
        into: str | None = None,
    ) -> "YamlRepository":
        """The repository of the directory file that is found; of one in several files, edits put
        what is new into the file `into`."""
        found = self.find(directory, near)
        if self._repositories is None:
            return self._repository(found.path, lock_timeout, own=found.searched, into=into)
        if found not in self._repositories:
            self._repositories[found] = self._repository(
                found.path, lock_timeout, own=found.searched, remembers=True
            )
        return self._repositories[found]

    def _repository(
        self,
        path: str,
        lock_timeout: float = 30.0,
        own: bool = False,
        remembers: bool = False,
        into: str | None = None,
    ) -> "YamlRepository":
        if remembers or (indexes := self._indexes) is None:
            from iamctl.store.repository import YamlRepository

            return YamlRepository(path, lock_timeout, own, remembers, self._journals, into)
        from iamctl.store.index.repository import IndexedRepository

        return IndexedRepository(indexes, path, lock_timeout, own, self._journals, into)

    @cached_property
    def _indexes(self) -> "Indexes | None":
        """This machine's indexes; None where IAMCTL_NO_INDEX is set, or no folder can be."""
        if self.environ.get("IAMCTL_NO_INDEX"):
            return None
        from iamctl.store.index.opening import Indexes

        try:
            cache = self._folder("XDG_CACHE_HOME", "user_cache_path")
            return Indexes(cache, self.state_folder, time.time_ns)
        except StorageFailure:
            return None

    def _journals(self) -> str:
        """Where edits of several files are written down first."""
        return os.path.join(self.state_folder, "edits")

    def read_problems(
        self, path: str, own: bool = False
    ) -> "tuple[Directory | None, tuple[Problem, ...], Mapping[str, bytes]]":
        """What `read_problems` says of a file and of those it includes, with the bytes of each by
        the name that problems bear.

        `own` asks that all be this user's own, as those of a directory found by searching must be.
        An edit of several files that was cut off is finished first. Raises NotFound,
        StorageFailure, Busy, ConcurrentChange.
        """
        from iamctl import files
        from iamctl.store.reader import included, read_directory, read_file
        from iamctl.store.repository import YamlRepository

        data = files.read_bytes(path, allow_any=not own)
        if not os.path.isfile(path):  # a pipe, beside which nothing stands
            alone = read_directory(data, path)
            return alone.partial, alone.problems, {path: data}
        result = read_file(data, path)
        repository = YamlRepository(path, own=own, journals=self._journals)  # no index has problems
        if not included(result) and not repository.cut_off():
            return result.partial, result.problems, {path: data}
        repository.settle()
        whole = repository.read(path)
        return whole.partial, whole.problems, {text.shown: text.data for text in whole.texts}

    def top_keys(self, path: str) -> frozenset[str]:
        """The keys that a regular file has at its top, which say what it is; none where it is no
        YAML of ours. Raises NotFound, StorageFailure."""
        from iamctl.store.parts_main import top_keys

        return top_keys(path)

    def including(self, part: str, directory: str | None = None) -> str | None:
        """The directory file that includes a file: one in its folder or above, else the one that an
        option, the environment, the folder or settings name; None when none does.

        Raises StorageFailure.
        """
        above = self._main_files.above(part)
        if above is not None:
            return above
        try:
            named = self.find(directory).path
        except (NotFound, StorageFailure):
            return None
        return named if self._main_files.includes(named, os.path.abspath(part)) else None

    @cached_property
    def _main_files(self) -> "MainFiles":
        from iamctl.store.parts_main import MainFiles

        return MainFiles(self.environ.get("HOME"))

    def creation(self, path: str, data: bytes) -> Callable[[Callable[[], object]], None]:
        """What makes a new directory file of bytes, which are read first; what it is given it calls
        at the last moment before.

        Raises InvalidDirectory; the call raises AlreadyExists, Busy, StorageFailure.
        """
        from iamctl.store.repository import creation

        return creation(path, data)

    def accounts(self, directory: "Directory", path: str, files: Sequence[str] = ()) -> "Accounts":
        """The directories of other accounts by account id, each loaded when first asked for.

        `files` count before the `accounts` section of the directory, whose file is at `path`.
        None is the answer for an account that neither knows. A call may raise InvalidDirectory,
        NotFound, StorageFailure or Usage.
        """
        from iamctl.store.accounts import OtherAccounts

        return OtherAccounts(directory, path, files, self._repository)

    def sides(self, directory: str | None) -> "Sides":
        """What turns words such as `HEAD`, `main...` or `-` into directories to compare."""
        from iamctl.bootstrap.sides import Sides

        def repository(path: str | None) -> "YamlRepository":
            return self.repository(directory if path is None else path)

        return Sides(repository, self.environ)

    @cached_property
    def catalogue(self) -> "ShippedCatalogue":
        """AWS's managed policies and actions, offline."""
        from iamctl.catalogue import ShippedCatalogue

        return ShippedCatalogue()

    @cached_property
    def federation(self) -> "Federation":
        """What checks the tokens and assertions of other identity providers."""
        from iamctl.federation import SignedFederation

        return SignedFederation()

    def fetch_jwks(self, url: str) -> str:
        """The text of the key set that an OpenID Connect issuer publishes. Raises RemoteFailure."""
        from iamctl.federation.fetch import fetch_jwks

        return fetch_jwks(url)

    @cached_property
    def vaults(self) -> "Vaults":
        """This machine's vaults."""
        from iamctl.bootstrap.vaults import Vaults

        return Vaults(self.environ, self.randomness, self.state_folder)

    def vault(self, directory: "Directory", path: str) -> "Vault":
        """This machine's vault for a directory that it trusts at that path.

        Raises VaultUnavailable when the pair was never recorded here, or cannot be opened.
        """
        uuid = require_uuid(directory)
        if not self.vaults.is_trusted(uuid, path):
            raise VaultUnavailable(
                f"{path} is not trusted on this machine",
                hint=f"after reading it, run: iamctl trust --directory {path}",
            )
        return self.vaults.open(uuid)

    def single_flight(self, uuid: str, key: str) -> "Lock":
        """A context manager for what one process at a time obtains, a session above all.

        It waits for as long as that takes. See iamctl.vault.flights; raises StorageFailure.
        """
        from iamctl.vault import single_flight

        return single_flight(self.state_folder, uuid, key)

    def mirrored(self, directory: "Directory", chain: bool = False) -> "Mirrored":
        """The real account that the user's settings say the directory mirrors.

        With `chain`, who calls is the session in the environment, whatever profile is set.
        """
        from iamctl.aws.sts import BotocoreSts, called_as
        from iamctl.services.aws_caller import is_ours
        from iamctl.services.aws_session import Mirrored

        settings = f"directories.{require_uuid(directory)}.aws"

        def setting(name: str) -> str | None:
            return self.settings.get(f"{settings}.{name}")

        profile, region = None if chain else setting("profile"), setting("region")
        remote = BotocoreSts(profile, region, partial(is_ours, directory), settings)
        way = called_as(self.environ, profile, region, self._aws_files())
        return Mirrored(setting("account"), remote, way)

    def sign_in(self, endpoint: str) -> "ConsoleSignIn":
        """The federation endpoint of AWS's sign-in; the environment may name another."""
        from iamctl.aws.signin import FederationEndpoint

        named = self.environ.get("AWS_ENDPOINT_URL_SIGNIN")
        return FederationEndpoint(named or endpoint, self.environ.get("AWS_CA_BUNDLE") or None)

    def default_user(self, directory: "Directory") -> str | None:
        """The configured default caller of a directory."""
        if directory.uuid is None:
            return None
        return self.settings.get(f"directories.{directory.uuid}.user")


_ON_LINUX = {
    "user_state_path": ".local/state/iamctl",
    "user_config_path": ".config/iamctl",
    "user_cache_path": ".cache/iamctl",
}
"""What platformdirs answers below the home folder on Linux, where no variable says otherwise."""


def _usual_folder(variable: str, attribute: str) -> str | None:
    """The folder of platformdirs' attribute where it is beyond doubt, told without that package,
    which is slow to load."""
    home = os.path.expanduser("~")
    if sys.platform != "linux" or not os.path.isabs(home):
        return None
    if variable in os.environ or "ANDROID_ROOT" in os.environ:
        return None
    return os.path.join(home, _ON_LINUX[attribute])


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        raise StorageFailure(
            "the working folder is gone", hint="change to a folder that is there"
        ) from None


def require_uuid(directory: "Directory") -> str:
    """The directory's UUID; a sample or template has none and no vault."""
    if directory.uuid is None:
        raise VaultUnavailable(
            "this directory has no UUID, so no vault on any machine belongs to it",
            hint="run: iamctl init --directory FILE, which gives it one and a signing key",
        )
    return directory.uuid
