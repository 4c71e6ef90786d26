"""The kind `env`, for CI: nothing is stored, and IAMCTL_SIGNING_KEY signs."""

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.vault.interface import VaultSettings
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

    @staticmethod
    def _keeps_nothing(hint: str) -> VaultUnavailable:
        return VaultUnavailable("a vault of kind env stores nothing", hint=hint)
