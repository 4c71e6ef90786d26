"""The OpenID token of an identity pool, which it vouches for its users with.

Claims are those of Cognito's tokens (Amazon Cognito Developer Guide, "Identity pools
authentication flow"; GetOpenIdToken in botocore's cognito-identity model), and the directory's
UUID. The token is signed with a key of its own kind, so that it is never a session, nor a
session a token of a pool.
"""

import json
from typing import NoReturn

from iamctl.domain.errors import InvalidValue, NotAuthenticated
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import SigningKey
from iamctl.sts.jws import TOKEN_LIMIT, TokenKind, open_token, serialize

POOL_HOST = "cognito-identity.amazonaws.com"
"""The federated principal that roles trust, and the prefix of its condition keys."""

POOL_ISSUER = f"https://{POOL_HOST}"

LIFETIME = 600
"""Seconds (GetOpenIdToken: "valid for 10 minutes")."""

AUTHENTICATED = "authenticated"
UNAUTHENTICATED = "unauthenticated"

_POOL_ARN = f"{POOL_ISSUER}/identity-pool-arn"
_DIRECTORY = "directory"


class PoolClaims(NamedTuple):
    """What a pool says of one of its users. Times are epoch seconds.

    `pool` is the pool's id and `identity` the user's, both REGION:UUID; `amr` begins with
    authenticated or unauthenticated, and names the providers that vouched; `directory` is the
    UUID of the directory that issued the token.
    """

    directory: str
    account: str
    pool: str
    identity: str
    amr: tuple[str, ...]
    issued: int
    expires: int


def methods(account: str, logins: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The amr claim for logins, each the provider's URL without scheme and the user's subject.

    Guests have none. As Cognito writes it: authenticated, the provider, and
    `arn:aws:iam::ACCOUNT:oidc-provider/HOST:OIDC:SUBJECT`.
    """
    if not logins:
        return (UNAUTHENTICATED,)
    named = [
        word
        for host, subject in logins
        for word in (host, f"arn:aws:iam::{account}:oidc-provider/{host}:OIDC:{subject}")
    ]
    return (AUTHENTICATED, *dict.fromkeys(named))


def sign_pool_token(claims: PoolClaims, key: SigningKey) -> str:
    """The token of the claims. Raises InvalidValue when it would be too long."""
    token = serialize(_canonical(claims), _POOL, key)
    if len(token) > TOKEN_LIMIT:
        raise InvalidValue(
            f"the logins make a token of {len(token)} characters, more than {TOKEN_LIMIT}",
            hint="give fewer logins at once",
        )
    return token


def verify_pool_token(
    token: str, signing_keys: tuple[SigningKey, ...], uuid: str, now: int
) -> PoolClaims:
    """The claims of a pool's token of this directory that is good at `now`.

    Raises NotAuthenticated: ExpiredTokenException for a genuine token that is over,
    InvalidIdentityToken for any other, with a hint that says what is wrong.
    """
    payload, _ = open_token(token, _POOL, signing_keys, now)
    claims = _parsed(payload)
    if claims.directory != uuid:
        _refuse(f"the pool's token is foreign: it was issued by directory {claims.directory}")
    if claims.issued > now:
        _refuse("the pool's token was issued in the future; check this machine's clock")
    if claims.expires <= now:
        raise NotAuthenticated(
            f"Token expired: current date/time {now} must be before the expiration "
            f"date/time{claims.expires}",
            code="ExpiredTokenException",
            hint=f"the pool's token ended at {format_instant(claims.expires)}; get another with "
            "`iamctl pool token`",
        )
    return claims


def _refuse(reason: str) -> NoReturn:
    raise NotAuthenticated(
        "The token of the identity pool could not be validated",
        code="InvalidIdentityToken",
        hint=reason,
    )


_POOL = TokenKind("pool's token", "iamctl-pool", "identity pool token", _refuse)


def _canonical(claims: PoolClaims) -> bytes:
    """The one spelling of the claims."""
    region = claims.pool.partition(":")[0]
    arn = f"arn:aws:cognito-identity:{region}:{claims.account}:identitypool/{claims.pool}"
    said = {
        "sub": claims.identity,
        "aud": claims.pool,
        "amr": claims.amr,
        "iss": POOL_ISSUER,
        _POOL_ARN: arn,
        "exp": claims.expires,
        "iat": claims.issued,
        _DIRECTORY: claims.directory,
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=True).encode()


def _parsed(payload: bytes) -> PoolClaims:
    """The claims in signed bytes; anything but our own spelling of them is refused."""
    try:
        said = json.loads(payload)
        claims = PoolClaims(
            directory=said[_DIRECTORY],
            account=said[_POOL_ARN].split(":")[4],
            pool=said["aud"],
            identity=said["sub"],
            amr=tuple(said["amr"]),
            issued=said["iat"],
            expires=said["exp"],
        )
        same = _canonical(claims) == payload
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        _refuse("the pool's token is malformed: a claim is missing or has the wrong type")
    if not same or not _sensible(claims):
        _refuse("the pool's token is malformed: its claims are not as iamctl writes them")
    return claims


def _sensible(claims: PoolClaims) -> bool:
    """Whether the types are right and the claims do not contradict each other."""
    texts = (claims.directory, claims.account, claims.pool, claims.identity, *claims.amr)
    times = (claims.issued, claims.expires)
    return (
        all(type(text) is str for text in texts)
        and all(type(time) is int for time in times)
        and 0 < claims.expires - claims.issued <= LIFETIME
        and claims.amr[:1] in ((AUTHENTICATED,), (UNAUTHENTICATED,))
        and (len(claims.amr) == 1) == (claims.amr[0] == UNAUTHENTICATED)
    )
