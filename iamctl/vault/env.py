"""The kind `env`, for CI: nothing is stored, and IAMCTL_SIGNING_KEY signs."""

from collections.abc import Callable

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import CachedSessions, MfaVerdict, SigningKey
from iamctl.vault.interface import VaultSettings
from iamctl.vault.sessions import alive
from iamctl.vault.signing_keys import decode_signing_key

SIGNING_KEY_VARIABLE = "IAMCTL_SIGNING_KEY"


class EnvVault:
    """A vault that holds one signing key, which the environment carries, and no secrets."""

    kind = "env"

    def __init__(self, settings: VaultSettings) -> None:
        self.settings = settings

    def unlock(self) -> None:
        """There is nothing to unlock."""

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """The key that IAMCTL_SIGNING_KEY carries."""
        text = self.settings.environment.get(SIGNING_KEY_VARIABLE, "")
        if not text:
            raise VaultUnavailable(
                "there is no signing key: the vault is of kind env",
                hint=f"set {SIGNING_KEY_VARIABLE} to the line that iamctl init showed",
            )
        return (decode_signing_key(text),)

    def rotate_signing_key(self, new: SigningKey, retire_at: int, now: int | None = None) -> None:
        """Refused: whoever sets the variable rotates it."""
        raise self._keeps_nothing(f"set {SIGNING_KEY_VARIABLE} to another key instead")

    def secret_access_key(self, key_id: str) -> Secret | None:
        """None: no secrets are held."""
        return None

    def secret_access_keys(self) -> dict[str, Secret]:
        """No secrets are held."""
        return {}

    def put_secret_access_keys(self, secrets: dict[str, Secret]) -> None:
        """Refused, since there is nowhere to put them."""
        raise self._keeps_nothing("choose another kind with IAMCTL_VAULT where keys are made")

    def delete_secret_access_keys(self, key_ids: tuple[str, ...]) -> None:
        """None of them is held, so nothing is to be done."""

    def key_ids(self) -> tuple[str, ...]:
        """No secrets are held."""
        return ()

    def mfa_seed(self, device: str) -> Secret | None:
        """None: no seeds are held."""
        return None

    def put_mfa_seed(self, device: str, seed: Secret) -> None:
        """Refused, since there is nowhere to put it."""
        raise self._keeps_nothing("choose another kind with IAMCTL_VAULT where devices are made")

    def delete_mfa_seeds(self, devices: tuple[str, ...]) -> None:
        """None of them is held, so nothing is to be done."""

    def mfa_devices(self) -> tuple[str, ...]:
        """No seeds are held."""
        return ()

    def mfa_code(self, device: str, now: int) -> str | None:
        """None: no seeds are held."""
        return None

    def use_mfa_code(self, device: str, code: str, now: int) -> MfaVerdict:
        """Unknown: no seeds are held."""
        return MfaVerdict("unknown")

    def synchronize_mfa(
        self, device: str, first: str, second: str, now: int, window: int
    ) -> MfaVerdict:
        """Unknown: no seeds are held."""
        return MfaVerdict("unknown")

    def cached_sessions(self) -> CachedSessions:
        """No sessions are kept."""
        return {}

    def change_cached_sessions(
        self, edit: Callable[[CachedSessions], CachedSessions], now: int
    ) -> None:
        """Refused when there is a session to keep."""
        if alive(edit({}), now):
            raise self._keeps_nothing("run it with --no-cache")

    def pool_identities(self, pool: str) -> dict[str, str]:
        """No identities are kept."""
        return {}

    def put_pool_identity(
        self, pool: str, logins: tuple[str, ...], identity: str, *, alone: bool = False
    ) -> str:
        """Refused when there is a login to remember."""
        if logins:
            raise self._keeps_nothing("choose another kind with IAMCTL_VAULT where pools are used")
        return identity

    @staticmethod
    def _keeps_nothing(hint: str) -> VaultUnavailable:
        return VaultUnavailable("a vault of kind env stores nothing", hint=hint)
