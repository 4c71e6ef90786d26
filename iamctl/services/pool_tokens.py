"""The OpenID token that a pool gives its users, and what it says when it comes back."""

from typing import NamedTuple

from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotAuthenticated
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey, Vault, WebIdentityToken
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


class PoolToken(NamedTuple):
    """GetOpenIdToken's response; `expires` in epoch seconds."""

    identity: str
    token: Secret
    expires: int


def open_id_token(directory: Directory, held: Held, vault: Vault, now: int) -> PoolToken:
    """A token for an identity whose logins have been checked.

    Raises InvalidValue when there are too many logins for one, VaultUnavailable.
    """
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
