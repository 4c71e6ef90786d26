"""The only place that chooses implementations: repository, vault, clock, settings, folders."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from iamctl.domain.errors import IamctlError, NotFound, StorageFailure, VaultUnavailable
from iamctl.domain.ids import Randomness
from iamctl.domain.secret import Secret
from iamctl.domain.source import Locate, Plain, Problem
from iamctl.ports import SigningKey

if TYPE_CHECKING:
    from iamctl.aws.config_file import AwsConfig
    from iamctl.catalogue import ShippedCatalogue
    from iamctl.domain.claims import Claim
    from iamctl.domain.directory import Directory
    from iamctl.files import Lock
    from iamctl.ports import Accounts, ConsoleSignIn, Federation, Vault
    from iamctl.services.aws_session import Mirrored
    from iamctl.settings import Settings
    from iamctl.store.find import Found
    from iamctl.store.repository import YamlRepository
    from iamctl.vault import VaultSettings


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

    def _folder(self, variable: str, fallback: str) -> str:
        base = self.environ.get(variable)
        if base and os.path.isabs(base):
            return os.path.join(base, "iamctl")
        import platformdirs

        try:
            found = str(getattr(platformdirs.PlatformDirs("iamctl", appauthor=False), fallback))
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
        self, directory: str | None, lock_timeout: float = 30.0, near: str | None = None
    ) -> "YamlRepository":
        """The repository of the directory file that is found."""
        from iamctl.store.repository import YamlRepository

        found = self.find(directory, near)
        if self._repositories is None:
            return YamlRepository(found.path, lock_timeout=lock_timeout, own=found.searched)
        if found not in self._repositories:
            self._repositories[found] = YamlRepository(
                found.path, lock_timeout=lock_timeout, own=found.searched, remembers=True
            )
        return self._repositories[found]

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

        return OtherAccounts(directory, path, files)

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
        return Vaults(self)

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


class NewVault(NamedTuple):
    """A vault whose directory file is about to be made or changed.

    `signing_key` is as IAMCTL_SIGNING_KEY takes it. From the call of `settle` on a death no longer
    undoes the vault; it comes before the file, for a vault too many harms nobody, one too few does.
    """

    signing_key: str
    settle: Callable[[], None]


class Vaults:
    """Makes, opens and moves the vaults of this machine; one a directory UUID."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._opened: dict[str, Vault] = {}

    @cached_property
    def _settings(self) -> "VaultSettings":
        from iamctl.vault import VaultSettings

        _leave_no_core()
        return VaultSettings(self._runtime.environ, self._runtime.randomness)

    def _folder(self, uuid: str) -> str:
        from iamctl.vault import vault_folder

        return vault_folder(self._runtime.state_folder, uuid)

    def is_trusted(self, uuid: str, path: str) -> bool:
        """Whether `trust` was recorded for the UUID at that path."""
        from iamctl.vault import trusted

        return trusted.is_trusted(self._runtime.state_folder, uuid, path)

    def trust(self, uuid: str, path: str) -> None:
        """Record that the directory file at that path may open the UUID's vault."""
        from iamctl.vault import trusted

        trusted.record(self._runtime.state_folder, uuid, path)

    def kind(self, uuid: str) -> str | None:
        """The kind of the UUID's vault, or None when this machine has none."""
        from iamctl.vault import recorded_kind

        return recorded_kind(self._folder(uuid))

    def open(self, uuid: str) -> "Vault":
        """The UUID's vault; IAMCTL_VAULT must agree with the kind recorded at `init`."""
        from iamctl.vault import open_vault

        if uuid not in self._opened:
            expected = self._runtime.environ.get("IAMCTL_VAULT") or None
            self._opened[uuid] = open_vault(self._folder(uuid), uuid, expected, self._settings)
        return self._opened[uuid]

    @contextmanager
    def creating(
        self, kind: str, uuid: str, path: str, secrets: dict[str, Secret] | None = None
    ) -> Iterator[NewVault]:
        """A new vault with a new signing key, trusted at that path; gone again if the body fails.

        Inside, the directory file is made or changed, right after the vault's `settle` was called.
        """
        from iamctl.vault import create_vault, encode_signing_key, unfinished

        self._undo_what_died()
        stood = _mentions(path, uuid, in_doubt=False)
        was_trusted, made = self.is_trusted(uuid, path), False
        key = self.new_signing_key()
        marked = unfinished.marked(self._runtime.state_folder, uuid, path)
        try:
            with nullcontext(lambda: None) if stood else marked as settle:
                vault = create_vault(kind, self._folder(uuid), uuid, key, self._settings)
                made = True
                if secrets:
                    vault.put_secret_access_keys(secrets)
                self.trust(uuid, path)
                yield NewVault(encode_signing_key(key), settle)
        except BaseException:
            # A file that stands after all, or may, keeps its vault.
            if made and (stood or not _mentions(path, uuid, in_doubt=True)):
                with suppress(IamctlError):  # what failed first is what is to be told
                    self._undo(uuid, path, was_trusted)
            raise

    def _undo(self, uuid: str, path: str, was_trusted: bool = False) -> None:
        from iamctl.vault import discard_vault, trusted

        discard_vault(self._folder(uuid), uuid, self._settings)
        if not was_trusted:
            trusted.forget(self._runtime.state_folder, uuid, path)

    def _undo_what_died(self) -> None:
        """Remove the vaults of processes that were killed before they made their directory file."""
        from iamctl.vault import unfinished

        with suppress(IamctlError):  # somebody else's remains are no reason to fail
            for uuid, path in unfinished.left_over(self._runtime.state_folder):
                if not _mentions(path, uuid, in_doubt=True):
                    self._undo(uuid, path)

    def new_signing_key(self) -> SigningKey:
        """A signing key of 256 random bits."""
        randomness = self._runtime.randomness
        return SigningKey(randomness(9).hex(), Secret(randomness(32)))

    def rewrap(self, vault: "Vault", kind: str) -> None:
        """Wrap the vault with a key of another kind; the object given is of no more use."""
        from iamctl.vault import rewrap

        rewrap(vault, kind)

    def export(self, vault: "Vault", with_signing_keys: bool) -> bytes:
        """The secrets, encrypted under a passphrase that is asked for."""
        from iamctl.vault import ask_passphrase, export_vault, require_storing

        require_storing(vault).unlock()
        passphrase = ask_passphrase(self._settings, "Passphrase for the export: ", confirm=True)
        return export_vault(vault, passphrase, with_signing_keys)

    def take_in(self, vault: "Vault", blob: bytes, retire_at: int) -> tuple[tuple[str, ...], bool]:
        """Import an export: key ids and mfa/NAMEs that came, and whether a signing key did."""
        from iamctl.vault import ask_passphrase, check_export, import_vault, require_storing

        check_export(vault, blob)
        require_storing(vault).unlock()
        passphrase = ask_passphrase(self._settings, "Passphrase of the export: ")
        imported = import_vault(vault, blob, passphrase, retire_at=retire_at)
        came = (*imported.key_ids, *(f"mfa/{name}" for name in imported.mfa_devices))
        return came, bool(imported.signing_key_ids)


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        raise StorageFailure(
            "the working folder is gone", hint="change to a folder that is there"
        ) from None


def _leave_no_core() -> None:
    """From now on this process holds secrets: one that dies writes no image of its memory."""
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _mentions(path: str, uuid: str, in_doubt: bool) -> bool:
    """Whether the file at that path holds the UUID; `in_doubt` where it cannot be read."""
    from iamctl import files

    try:
        return uuid.encode() in files.read_bytes(path)
    except NotFound:
        return False
    except IamctlError:
        return in_doubt


def vault_kinds() -> tuple[str, ...]:
    """Every kind of vault there is."""
    from iamctl.vault import KINDS

    return KINDS


def setting_names() -> Mapping[str, str]:
    """Every setting with what it does."""
    from iamctl.settings import KEYS

    return KEYS


def require_uuid(directory: "Directory") -> str:
    """The directory's UUID; a sample or template has none and no vault."""
    if directory.uuid is None:
        raise VaultUnavailable(
            "this directory has no UUID, so no vault on any machine belongs to it",
            hint="run: iamctl init --directory FILE, which gives it one and a signing key",
        )
    return directory.uuid


def yaml_text(plain: Plain) -> str:
    """A plain value as YAML; sections of a directory are written as its file has them."""
    from iamctl.domain.shape import ROOT
    from iamctl.store.emit import yaml_text as emit

    return emit(plain, ROOT)


def text_diff(old: str, new: str, path: str) -> str:
    """What `diff -u` would print of a file's two states; empty when they are one."""
    from iamctl.store.edits import Span
    from iamctl.store.splice import Spliced
    from iamctl.store.textdiff import text_diff as diff

    return diff(old, Spliced(new, (Span(0, len(old), new),)), path)


def plain_of_text(data: bytes, name: str) -> tuple[Plain, Locate]:
    """A policy document out of JSON or YAML text, with the places of its values.

    Raises MalformedPolicyDocument when it is neither.
    """
    from iamctl.store.supplied import read_supplied

    return read_supplied(data, name)


def claims_of_text(data: bytes, name: str) -> "list[Claim]":
    """The claims of a file of access tests. Raises InvalidDirectory with all its problems."""
    from iamctl.store.claims import read_claims

    return read_claims(data, name)


def claims_text(drafted: "Iterable[tuple[Claim, str]]", directory: str, day: str) -> str:
    """The text of a new file of access tests: claims, each with a comment or ""."""
    from iamctl.store.claims_text import claims_text as text

    return text(drafted, directory, day)


def read_problems(data: bytes, name: str) -> tuple["Directory | None", tuple[Problem, ...]]:
    """A directory file's content, as far as it can be read, with all that is wrong in its form."""
    from iamctl.store.reader import read_directory

    result = read_directory(data, name)
    return result.partial, result.problems
