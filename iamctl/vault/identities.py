"""The identities of identity pools, by pool and by what a login is known by, as JSON."""

import json

from iamctl.domain.errors import Conflict, VaultUnavailable
from iamctl.vault.interface import OTHER_VERSION

_FORMAT = 1

Identities = dict[str, dict[str, str]]
"""Pool -> login -> identity id."""


def linked(
    identities: Identities,
    pool: str,
    logins: tuple[str, ...],
    identity: str,
    alone: bool = False,
) -> tuple[Identities, str]:
    """With the logins linked to the identity that one of them has, or else to `identity`.

    Raises Conflict (ResourceConflictException) when they have more than one or, with `alone`, when
    the identity has other logins.
    """
    known = identities.get(pool, {})
    held = sorted({known[login] for login in logins if login in known})
    if len(held) > 1:
        raise Conflict(
            f"the logins belong to {len(held)} identities of the pool",
            tuple(held),
            code="ResourceConflictException",
            hint="give the logins of one identity",
        )
    chosen = held[0] if held else identity
    if alone and any(known[login] == chosen for login in known.keys() - set(logins)):
        raise Conflict(
            "the identity has been linked to another login meanwhile",
            code="ResourceConflictException",
        )
    return {**identities, pool: known | dict.fromkeys(logins, chosen)}, chosen


def encode_identities(identities: Identities) -> bytes:
    """The identities as JSON."""
    whole = {"format": _FORMAT, "pools": identities}
    return json.dumps(whole, separators=(",", ":"), sort_keys=True).encode()


def decode_identities(data: bytes, name: str) -> Identities:
    """The identities that `encode_identities` wrote into the file called `name`.

    Raises VaultUnavailable for anything else: an identity must not become another one.
    """
    try:
        whole = json.loads(data)
        if set(whole) != {"format", "pools"} or whole["format"] != _FORMAT:
            raise ValueError
        return {pool: _logins(logins) for pool, logins in whole["pools"].items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise VaultUnavailable(
            f"{name} was written by another version of iamctl", hint=OTHER_VERSION
        ) from None


def _logins(logins: dict[str, str]) -> dict[str, str]:
    if not all(isinstance(identity, str) for identity in logins.values()):
        raise TypeError
    return dict(logins)
