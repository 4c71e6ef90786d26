"""What the sealed file of keys holds: signing keys, secret access keys, MFA seeds, as JSON."""

import json

from iamctl.domain.errors import AlreadyExists, InvalidValue, VaultUnavailable
from iamctl.domain.names import shown
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import SigningKey
from iamctl.vault.interface import OTHER_VERSION
from iamctl.vault.signing_keys import check_signing_key
from iamctl.vault.totp import check_seed

_FORMAT = 1
_MEMBERS = {"format", "signing_keys", "secret_access_keys"}


class Contents(NamedTuple):
    """The secrets of one directory.

    The current signing key is the first; secret access keys are by access key id, MFA seeds by
    the device's name.
    """

    signing_keys: tuple[SigningKey, ...]
    secret_access_keys: dict[str, Secret]
    mfa_seeds: dict[str, Secret]

    def rotated(self, new: SigningKey, retire_at: int, now: int | None) -> "Contents":
        """With `new` as the current signing key; see the port for the rest."""
        check_signing_key(new)
        if any(key.id == new.id for key in self.signing_keys):
            raise AlreadyExists(f"the vault already holds a signing key {new.id}")
        retired = tuple(
            key._replace(ends=retire_at if key.ends is None else min(key.ends, retire_at))
            for key in self.signing_keys
            if now is None or key.ends is None or key.ends >= now
        )
        return self._replace(signing_keys=(new._replace(ends=None), *retired))

    def with_secrets(self, secrets: dict[str, Secret]) -> "Contents":
        """With these secret access keys as well."""
        return self._replace(secret_access_keys=self.secret_access_keys | secrets)

    def without_secrets(self, key_ids: tuple[str, ...]) -> "Contents":
        """Without the secret access keys of these ids."""
        return self._replace(secret_access_keys=_without(self.secret_access_keys, key_ids))

    def with_seed(self, device: str, seed: Secret) -> "Contents":
        """With the seed of this MFA device as well; raises AlreadyExists over another one."""
        if self.mfa_seeds.get(device, seed) != seed:
            raise AlreadyExists(
                f"this machine's vault holds the seed of an MFA device {shown(device)} already",
                hint=f"`iamctl vault prune mfa/{device}` forgets it, if no branch of the file "
                "needs it",
            )
        return self._replace(mfa_seeds=self.mfa_seeds | {device: check_seed(seed)})

    def without_seeds(self, devices: tuple[str, ...]) -> "Contents":
        """Without the seeds of these MFA devices."""
        return self._replace(mfa_seeds=_without(self.mfa_seeds, devices))


def encode_contents(contents: Contents) -> bytes:
    """The contents as JSON; the member for MFA seeds is left out where there are none."""
    signing = [
        {"id": key.id, "secret": key.secret.reveal().hex(), "ends": key.ends}
        for key in contents.signing_keys
    ]
    secrets = {
        key_id: secret.reveal_text()
        for key_id, secret in sorted(contents.secret_access_keys.items())
    }
    whole = {"format": _FORMAT, "signing_keys": signing, "secret_access_keys": secrets}
    if contents.mfa_seeds:
        seeds = sorted(contents.mfa_seeds.items())
        whole["mfa_seeds"] = {device: seed.reveal().hex() for device, seed in seeds}
    return json.dumps(whole, separators=(",", ":")).encode()


def decode_contents(data: bytes, name: str) -> Contents:
    """The contents that `encode_contents` wrote into the file called `name`.

    Raises VaultUnavailable for anything else: what cannot be understood must not be written back.
    """
    try:
        whole = json.loads(data)
        if set(whole) - {"mfa_seeds"} != _MEMBERS:
            raise ValueError
        if whole["format"] != _FORMAT:
            raise ValueError
        signing = tuple(_signing_key(**key) for key in whole["signing_keys"])
        held = whole["secret_access_keys"].items()
        secrets = {key_id: Secret(_text(secret)) for key_id, secret in held}
        brought = whole.get("mfa_seeds", {}).items()
        seeds = {device: check_seed(Secret(bytes.fromhex(seed))) for device, seed in brought}
    except (ValueError, TypeError, AttributeError, RecursionError, InvalidValue):
        raise VaultUnavailable(
            f"{name} was written by another version of iamctl", hint=OTHER_VERSION
        ) from None
    return Contents(signing, secrets, seeds)


def _signing_key(id: str, secret: str, ends: int | None) -> SigningKey:
    if not (ends is None or type(ends) is int):
        raise ValueError
    return check_signing_key(SigningKey(_text(id), Secret(bytes.fromhex(secret)), ends))


def _without(held: dict[str, Secret], names: tuple[str, ...]) -> dict[str, Secret]:
    return {name: secret for name, secret in held.items() if name not in names}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
