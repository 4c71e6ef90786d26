"""The OpenID token that a pool gives its users, and what it says when it comes back."""

from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotAuthenticated
from iamctl.domain.pools import IdentityPool
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import SigningKey, Vault
from iamctl.ports.federation import WebIdentityToken
from iamctl.services.assume import current_key
from iamctl.services.pool_identities import Held
from iamctl.sts.pool_token import (
    LIFETIME,
    POOL_ISSUER,
    PoolClaims,
    methods,
    sign_pool_token,
    verify_pool_token,
)

CLASSIC_FLOW = "Basic (classic) flow is not enabled, please use enhanced flow."


class PoolToken(NamedTuple):
    """GetOpenIdToken's response; `expires` in epoch seconds."""

    identity: str
    token: Secret
    expires: int


def open_id_token(directory: Directory, held: Held, vault: Vault, now: int) -> PoolToken:
    """A token for an identity whose logins have been checked, to be handed out: the basic flow.

    Raises NotAuthenticated where the pool does not allow it (InvalidParameterException),
    InvalidValue when there are too many logins for one token; VaultUnavailable.
    """
    _require_classic_flow(held.pool, "InvalidParameterException")
    return mint_token(directory, held, vault, now)


def mint_token(directory: Directory, held: Held, vault: Vault, now: int) -> PoolToken:
    """The same token for the enhanced flow, in which nobody but the pool has it."""
    account = directory.account.id
    logins = tuple((login.provider.host, login.token.subject) for login in held.logins)
    claims = PoolClaims(
        directory=directory.uuid or "",
        account=account,
        pool=held.pool.id or "",
        identity=held.id,
        amr=methods(account, logins),
        issued=now,
        expires=now + LIFETIME,
    )
    token = sign_pool_token(claims, current_key(vault))
    return PoolToken(held.id, Secret(token), claims.expires)


def pool_web_identity(
    directory: Directory, token: str, signing_keys: tuple[SigningKey, ...], now: int
) -> WebIdentityToken:
    """What a pool's token says that somebody brings, if it is good and the pool, as the file has
    it now, hands out tokens and lets in whom it is about.

    Raises NotAuthenticated (InvalidIdentityToken, ExpiredTokenException).
    """
    said = said_by_pool(directory, token, signing_keys, now)
    pool = directory.pool_by_id(said.audience)
    if pool is not None:
        _require_classic_flow(pool, "InvalidIdentityToken")
        _require_let_in(directory, pool, said.amr)
    return said


def said_by_pool(
    directory: Directory, token: str, signing_keys: tuple[SigningKey, ...], now: int
) -> WebIdentityToken:
    """What a pool's token says, if it is good and its pool still there.

    Raises NotAuthenticated (InvalidIdentityToken, ExpiredTokenException).
    """
    claims = verify_pool_token(token, signing_keys, directory.uuid or "", now)
    if directory.pool_by_id(claims.pool) is None:
        raise NotAuthenticated(
            "The token of the identity pool could not be validated",
            code="InvalidIdentityToken",
            hint=f"there is no identity pool {claims.pool} any more",
        )
    said = {"iss": POOL_ISSUER, "aud": claims.pool, "sub": claims.identity, "amr": [*claims.amr]}
    return WebIdentityToken(
        issuer=POOL_ISSUER,
        subject=claims.identity,
        audience=claims.pool,
        amr=claims.amr,
        claims=said,
        issued=claims.issued,
        expires=claims.expires,
    )


def _require_let_in(directory: Directory, pool: IdentityPool, amr: tuple[str, ...]) -> None:
    """Raise NotAuthenticated for guests of a pool that has none any more, and for logins of
    providers that are none of its own any more; `amr` is as `methods` writes it."""
    providers = (directory.identity_providers.get(name) for name in pool.providers)
    known = {provider.host for provider in providers if provider is not None}
    let_in = set(amr[1::2]) <= known if len(amr) > 1 else pool.guest_role is not None
    if not let_in:
        raise NotAuthenticated(
            "The token of the identity pool could not be validated",
            code="InvalidIdentityToken",
            hint=f"pool {pool.name} lets in no longer whom it is about",
        )


def _require_classic_flow(pool: IdentityPool, code: str) -> None:
    """Raise NotAuthenticated with that code unless the pool hands out its own tokens.

    With one its holder chooses among all roles that trust the pool, past role mappings and past
    what Cognito keeps guests within: that is why pools do not by themselves.
    """
    if not pool.classic_flow:
        raise NotAuthenticated(
            CLASSIC_FLOW,
            code=code,
            hint=f"use `iamctl pool credentials`, or run: iamctl pool update {pool.name} "
            "--allow-classic-flow",
        )
