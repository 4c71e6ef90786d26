"""A vault that keeps its secrets in sealed files, whatever its wrapping key comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import CachedSessions, MfaVerdict, SigningKey
from iamctl.vault.beside import IDENTITIES_FILE, MFA_FILE, SESSIONS_FILE
from iamctl.vault.sealed_folder import SealedFolder

if TYPE_CHECKING:
    from iamctl.vault.contents import Contents
    from iamctl.vault.identities import Identities
    from iamctl.vault.mfa_state import DeviceState, States

    Rule = Callable[[DeviceState, Secret], tuple[DeviceState, MfaVerdict]]


class SealedVault(SealedFolder):
    """One directory's secrets on this machine, as the port has them."""

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """The current key first, then retired ones."""
        keys = self._read().signing_keys
        if not keys:
            raise VaultUnavailable("the vault holds no signing key")
        return keys

    def rotate_signing_key(self, new: SigningKey, retire_at: int, now: int | None = None) -> None:
        """Make `new` current; see the port."""
        self.change(lambda contents: contents.rotated(new, retire_at, now))

    def secret_access_key(self, key_id: str) -> Secret | None:
        """The secret of an access key, if it is held."""
        return self._read().secret_access_keys.get(key_id)

    def secret_access_keys(self) -> dict[str, Secret]:
        """Every secret that is held, by access key id."""
        return self._read().secret_access_keys

    def put_secret_access_keys(self, secrets: dict[str, Secret]) -> None:
        """Store secrets in one durable write."""
        self.change(lambda contents: contents.with_secrets(secrets))

    def delete_secret_access_keys(self, key_ids: tuple[str, ...]) -> None:
        """Forget secrets. The previous generation keeps them until the next change."""
        self.change(lambda contents: contents.without_secrets(key_ids))

    def key_ids(self) -> tuple[str, ...]:
        """The access key ids whose secrets are held, sorted."""
        return tuple(sorted(self._read().secret_access_keys))

    def mfa_seed(self, device: str) -> Secret | None:
        """The seed of an MFA device, if it is held."""
        return self._read().mfa_seeds.get(device)

    def put_mfa_seed(self, device: str, seed: Secret) -> None:
        """Store a seed; what is remembered of codes is about one seed and ends with it."""
        self.change(lambda contents: contents.with_seed(device, seed))

    def delete_mfa_seeds(self, devices: tuple[str, ...]) -> None:
        """Forget seeds. The previous generation keeps them until the next change."""
        self.change(lambda contents: contents.without_seeds(devices))

    def mfa_devices(self) -> tuple[str, ...]:
        """The names of the devices whose seeds are held, sorted."""
        return tuple(sorted(self._read().mfa_seeds))

    def mfa_code(self, device: str, now: int) -> str | None:
        """What the device shows."""
        from iamctl.vault.mfa_state import code_now, state_of

        seed = self.mfa_seed(device)
        if seed is None:
            return None
        return code_now(state_of(self._states(self.beside(MFA_FILE)), device, seed), seed, now)

    def use_mfa_code(self, device: str, code: str, now: int) -> MfaVerdict:
        """Check a code and use it up; see the port."""
        from iamctl.vault.mfa_state import used

        return self._judged(device, lambda state, seed: used(state, seed, code, now))

    def synchronize_mfa(
        self, device: str, first: str, second: str, now: int, window: int
    ) -> MfaVerdict:
        """Check two codes that follow each other; see the port."""
        from iamctl.vault.mfa_state import synchronized

        codes = (first, second)
        return self._judged(
            device, lambda state, seed: synchronized(state, seed, codes, now, window)
        )

    def _judged(self, device: str, rule: Rule) -> MfaVerdict:
        """The verdict of a rule on a device, given once what follows from it is stored."""
        from iamctl.vault.mfa_state import encode_states, kept, state_of

        verdict = MfaVerdict("unknown")

        def judge(contents: Contents, before: bytes | None) -> bytes | None:
            nonlocal verdict
            seed = contents.mfa_seeds.get(device)
            if seed is None:
                return before
            states = self._states(before)
            state, verdict = rule(state_of(states, device, seed), seed)
            return encode_states({**kept(states, contents.mfa_seeds), device: state})

        self.change_beside(MFA_FILE, judge)
        return verdict

    def _states(self, data: bytes | None) -> States:
        from iamctl.vault.mfa_state import decode_states

        return {} if data is None else decode_states(data, f"{self.folder}/{MFA_FILE.name}")

    def cached_sessions(self) -> CachedSessions:
        """The sessions that are kept; none when their file cannot be used."""
        from iamctl.vault.sessions import decode_sessions

        self.unlock()
        try:
            data = self.beside(SESSIONS_FILE)
        except VaultUnavailable:
            return {}
        return {} if data is None else decode_sessions(data)

    def change_cached_sessions(
        self, edit: Callable[[CachedSessions], CachedSessions], now: int
    ) -> None:
        """Read, edit and write the kept sessions; a file without any is removed."""
        from iamctl.vault.sessions import alive, decode_sessions, encode_sessions

        def edited(_contents: Contents, before: bytes | None) -> bytes | None:
            known = {} if before is None else decode_sessions(before)
            after = alive(edit(alive(known, now)), now)
            return encode_sessions(after) if after else None

        self.change_beside(SESSIONS_FILE, edited)

    def pool_identities(self, pool: str) -> dict[str, str]:
        """The identities of a pool, by login."""
        return self._identities(self.beside(IDENTITIES_FILE)).get(pool, {})

    def put_pool_identity(
        self, pool: str, logins: tuple[str, ...], identity: str, *, alone: bool = False
    ) -> str:
        """Link logins to one identity; see the port."""
        from iamctl.vault.identities import encode_identities, linked

        chosen = identity

        def edited(_contents: Contents, before: bytes | None) -> bytes | None:
            nonlocal chosen
            known = self._identities(before)
            after, chosen = linked(known, pool, logins, identity, alone)
            return encode_identities(after)

        if logins:
            self.change_beside(IDENTITIES_FILE, edited)
        return chosen

    def _identities(self, data: bytes | None) -> Identities:
        if data is None:
            return {}
        from iamctl.vault.identities import decode_identities

        return decode_identities(data, f"{self.folder}/{IDENTITIES_FILE.name}")
