"""Whose identity of an identity pool a login is: GetId.

Texts are Cognito's where clients know them. Source: botocore's Cognito Identity model; Amazon
Cognito Developer Guide, "Identity pools authentication flow".
"""

from collections.abc import Sequence
from typing import NoReturn

from iamctl.domain.directory import Directory
from iamctl.domain.errors import (
    Conflict,
    InvalidDirectory,
    InvalidValue,
    NotAuthenticated,
    NotFound,
)
from iamctl.domain.ids import Randomness, mint_uuid
from iamctl.domain.names import shown
from iamctl.domain.pools import IdentityPool
from iamctl.domain.providers import IdentityProvider
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import Vault
from iamctl.ports.federation import Federation, WebIdentityToken

NOT_AUTHORIZED = "NotAuthorizedException"

_GUEST = "guest "


class Login(NamedTuple):
    """A login as an application hands it in: the provider by its name or host, and its token."""

    provider: str
    token: Secret


class CheckedLogin(NamedTuple):
    """A login whose token the provider signed for one of its client ids."""

    provider: IdentityProvider
    token: WebIdentityToken

    @property
    def key(self) -> str:
        """What the login is known by in the vault. A URL holds no blank."""
        return f"{self.provider.url} {self.token.subject}"


class Held(NamedTuple):
    """An identity with the logins that were given for it; guests have none."""

    pool: IdentityPool
    id: str
    logins: tuple[CheckedLogin, ...]


def find_pool(directory: Directory, reference: str) -> IdentityPool:
    """The pool of a name or id. Raises NotFound, InvalidDirectory when it has no id yet."""
    pool = directory.pool_by_id(reference) or directory.identity_pool(reference)
    if pool.id is None:
        raise InvalidDirectory(
            f"identity pool {shown(pool.name)} has no id yet, so nobody has an identity in it",
            where=pool.source,
            hint="run `iamctl validate --fix` to mint the missing ids",
        )
    return pool


def get_id(
    directory: Directory,
    reference: str,
    logins: Sequence[Login],
    vault: Vault,
    federation: Federation,
    now: int,
    randomness: Randomness,
) -> Held:
    """The identity of a login, the same one for ever, or a new one of a guest.

    Several logins are linked to one identity. Raises NotFound, NotAuthenticated
    (NotAuthorizedException), Conflict (ResourceConflictException) for logins of two identities,
    VaultUnavailable.
    """
    pool = find_pool(directory, reference)
    fresh = f"{pool.region}:{mint_uuid(randomness)}"
    if not logins:
        _require_guests(pool)
        return Held(pool, vault.put_pool_identity(_id(pool), (_GUEST + fresh,), fresh), ())
    checked = check_logins(directory, pool, logins, federation, now)
    keys = tuple(login.key for login in checked)
    return Held(pool, vault.put_pool_identity(_id(pool), keys, fresh), checked)


def hold(
    directory: Directory,
    reference: str,
    identity: str,
    logins: Sequence[Login],
    vault: Vault,
    federation: Federation,
    now: int,
) -> Held:
    """An identity of a pool, proved by a login that belongs to it; guests prove nothing.

    Other logins given along are linked to it, as is the first login of a guest. Raises NotFound
    (ResourceNotFoundException for the identity), NotAuthenticated, Conflict, VaultUnavailable.
    """
    pool = find_pool(directory, reference)
    known = vault.pool_identities(_id(pool))
    linked = {key for key, held in known.items() if held == identity}
    if not linked:
        raise NotFound(
            f"Identity {shown(identity)} not found",
            code="ResourceNotFoundException",
            hint=f"get one: iamctl pool get-id {pool.name}",
        )
    proofs = {key for key in linked if not key.startswith(_GUEST)}
    if not logins:
        if proofs:
            _refuse(
                f"Access to Identity '{identity}' is forbidden.", "it is one with logins: give one"
            )
        _require_guests(pool)
        return Held(pool, identity, ())
    checked = check_logins(directory, pool, logins, federation, now)
    keys = tuple(login.key for login in checked)
    if proofs and proofs.isdisjoint(keys):
        _refuse(
            "Logins don't match. Please include at least one valid login for this identity or "
            "identity pool.",
            "the login is of another identity: see `iamctl pool get-id`",
        )
    if not proofs.issuperset(keys):
        # A guest's identity is its first login's, and nobody else's who comes at the same time.
        _link(vault, pool, (*keys, *linked), identity, alone=not proofs)
    return Held(pool, identity, checked)


def check_logins(
    directory: Directory,
    pool: IdentityPool,
    logins: Sequence[Login],
    federation: Federation,
    now: int,
) -> tuple[CheckedLogin, ...]:
    """The logins, each checked against its provider, which must be one of the pool's.

    Raises NotAuthenticated (NotAuthorizedException), InvalidValue for two of one provider.
    """
    checked: dict[str, CheckedLogin] = {}
    for login in logins:
        provider = _provider(directory, pool, login.provider)
        if provider.name in checked:
            raise InvalidValue(f"two logins of identity provider {shown(provider.name)} were given")
        try:
            token = federation.web_identity(login.token.reveal_text(), provider, now)
        except NotAuthenticated as error:
            raise NotAuthenticated(
                f"Invalid login token. {error.message}", code=NOT_AUTHORIZED, hint=error.hint
            ) from None
        checked[provider.name] = CheckedLogin(provider, token)
    return tuple(checked.values())


def _provider(directory: Directory, pool: IdentityPool, text: str) -> IdentityProvider:
    """The pool's provider of a name, or of a URL without scheme as AWS's clients say it."""
    for name in pool.providers:
        provider = directory.identity_providers.get(name)
        if provider is not None and not provider.is_saml and text in (name, provider.host):
            return provider
    raise NotAuthenticated(
        "Token is not from a supported provider of this identity pool.",
        code=NOT_AUTHORIZED,
        hint=f"the providers of pool {pool.name} are: {', '.join(pool.providers) or 'none'}",
    )


def _require_guests(pool: IdentityPool) -> None:
    if pool.guest_role is None:
        _refuse(
            "Unauthenticated access is not supported for this identity pool.",
            f"give --login, or let them in: iamctl pool set-roles {pool.name} --guest-role ROLE",
        )


def _link(
    vault: Vault, pool: IdentityPool, keys: tuple[str, ...], identity: str, alone: bool
) -> None:
    """Link the keys to that identity and no other; `alone` if it may have no other login."""
    if vault.put_pool_identity(_id(pool), keys, identity, alone=alone) != identity:
        raise Conflict(
            "the login has been linked to another identity meanwhile",
            code="ResourceConflictException",
        )


def _refuse(message: str, hint: str) -> NoReturn:
    raise NotAuthenticated(message, code=NOT_AUTHORIZED, hint=hint)


def _id(pool: IdentityPool) -> str:
    return pool.id or ""
