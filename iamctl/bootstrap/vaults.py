"""This machine's vaults: making, opening and moving them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from iamctl.domain.errors import IamctlError, NotFound
from iamctl.domain.ids import Randomness
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import SigningKey

if TYPE_CHECKING:
    from iamctl.ports import Vault
    from iamctl.vault import VaultSettings


class NewVault(NamedTuple):
    """A vault whose directory file is about to be made or changed.

    `signing_key` is as IAMCTL_SIGNING_KEY takes it. From the call of `settle` on a death no longer
    undoes the vault; it comes before the file, for a vault too many harms nobody, one too few does.
    """

    signing_key: str
    settle: Callable[[], None]


class Vaults:
    """Makes, opens and moves the vaults of this machine; one a directory UUID."""

    def __init__(
        self, environ: Mapping[str, str], randomness: Randomness, state_folder: str
    ) -> None:
        self._environ = environ
        self._randomness = randomness
        self._state_folder = state_folder
        self._opened: dict[str, Vault] = {}

    @cached_property
    def _settings(self) -> "VaultSettings":
        from iamctl.vault import VaultSettings

        _leave_no_core()
        return VaultSettings(self._environ, self._randomness)

    def _folder(self, uuid: str) -> str:
        from iamctl.vault import vault_folder

        return vault_folder(self._state_folder, uuid)

    def is_trusted(self, uuid: str, path: str) -> bool:
        """Whether `trust` was recorded for the UUID at that path."""
        from iamctl.vault import trusted

        return trusted.is_trusted(self._state_folder, uuid, path)

    def trust(self, uuid: str, path: str) -> None:
        """Record that the directory file at that path may open the UUID's vault."""
        from iamctl.vault import trusted

        trusted.record(self._state_folder, uuid, path)

    def kind(self, uuid: str) -> str | None:
        """The kind of the UUID's vault, or None when this machine has none."""
        from iamctl.vault import recorded_kind

        return recorded_kind(self._folder(uuid))

    def open(self, uuid: str) -> "Vault":
        """The UUID's vault; IAMCTL_VAULT must agree with the kind recorded at `init`."""
        from iamctl.vault import open_vault

        if uuid not in self._opened:
            expected = self._environ.get("IAMCTL_VAULT") or None
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
        marked = unfinished.marked(self._state_folder, uuid, path)
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
            trusted.forget(self._state_folder, uuid, path)

    def _undo_what_died(self) -> None:
        """Remove the vaults of processes that were killed before they made their directory file."""
        from iamctl.vault import unfinished

        with suppress(IamctlError):  # somebody else's remains are no reason to fail
            for uuid, path in unfinished.left_over(self._state_folder):
                if not _mentions(path, uuid, in_doubt=True):
                    self._undo(uuid, path)

    def new_signing_key(self) -> SigningKey:
        """A signing key of 256 random bits."""
        return SigningKey(self._randomness(9).hex(), Secret(self._randomness(32)))

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
