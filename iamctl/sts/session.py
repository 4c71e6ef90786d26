"""Issuing sessions, and telling whether three strings are the credentials of one.

No store is asked: the token carries the claims, the signing key proves token and secret, and the
directory says whether the role or user still exists.
"""

from collections.abc import Mapping
from hmac import compare_digest

from iamctl.domain.arns import assumed_role_arn, federated_user_arn
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role, User
from iamctl.domain.errors import NotAuthenticated
from iamctl.domain.ids import Randomness, mint_access_key_id
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import SigningKey
from iamctl.sts.keys import session_secret
from iamctl.sts.token import FEDERATED_USER, ROLE, Claims, refuse, sign, verify

SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)


class Credentials(NamedTuple):
    """Temporary credentials; `expiration` in epoch seconds."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expiration: int


class Session(NamedTuple):
    """An authenticated session. A role session has a role; one of GetSessionToken has a user, and
    one of GetFederationToken the user who made it."""

    claims: Claims
    role: Role | None
    user: User | None
    arn: str
    userid: str

    @property
    def federated_user(self) -> bool:
        """Whether it is one of GetFederationToken."""
        return self.claims.type == FEDERATED_USER

    @property
    def tags(self) -> Mapping[str, str]:
        """The principal tags: those of the role or user, overlaid by the session's."""
        principal = self.role or self.user
        return overlaid(principal.tags if principal else {}, self.claims.tags)


def overlaid(below: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """Tags with others put over them; keys compare ignoring case (STS API Reference)."""
    covered = {key.lower() for key in above}
    return {**{k: v for k, v in below.items() if k.lower() not in covered}, **above}


def mint_session_key_id(account: str, randomness: Randomness) -> str:
    """A new temporary access key id: ASIA and 16 characters."""
    return mint_access_key_id("ASIA", account, randomness)


def issue_session(key: SigningKey, claims: Claims) -> Credentials:
    """The credentials of a session. Raises InvalidValue when its token would be too long."""
    token = sign(claims, key)
    return Credentials(claims.key_id, session_secret(key, token), Secret(token), claims.expires)


def authenticate_session(
    key_id: str,
    secret: Secret,
    token: Secret,
    directory: Directory,
    signing_keys: tuple[SigningKey, ...],
    now: int,
) -> Session:
    """The session whose key id, secret and token these are.

    Raises NotAuthenticated, with a hint that says which of the three is wrong, or that the
    session is over, of another directory, or of a role or user that no longer exists. A revoked
    session is authenticated, as in AWS: its policies deny everything.
    """
    verified = verify(_text(token), signing_keys, directory.uuid or "", now)
    claims = verified.claims
    if not key_id.isascii() or not compare_digest(claims.key_id, key_id):
        refuse("the session token belongs to another access key id")
    if session_secret(verified.key, _text(token)) != secret:
        raise NotAuthenticated(
            SIGNATURE,
            code="SignatureDoesNotMatch",
            hint="the secret access key does not belong to the session token",
        )
    return _role_session(directory, claims) if claims.type == ROLE else _user(directory, claims)


def _text(token: Secret) -> str:
    try:
        return token.reveal_text()
    except UnicodeDecodeError:
        refuse("the session token is malformed")


def _role_session(directory: Directory, claims: Claims) -> Session:
    role = directory.by_unique_id(claims.subject)
    if not isinstance(role, Role):
        refuse(
            "the session is dead: its role was deleted, or deleted and made again "
            f"(unique id {claims.subject})"
        )
    arn = assumed_role_arn(directory.account.id, role.name, claims.name)
    return Session(claims, role, None, arn, f"{claims.subject}:{claims.name}")


def _user(directory: Directory, claims: Claims) -> Session:
    user = directory.by_unique_id(claims.subject)
    if not isinstance(user, User):
        refuse(f"the session is dead: its user was deleted (unique id {claims.subject})")
    made_with = user.keys.get(claims.caller_key)
    if made_with is None or not made_with.active:
        refuse(f"the session is dead: access key {claims.caller_key} is inactive or deleted")
    if claims.type == FEDERATED_USER:
        account = directory.account.id
        arn = federated_user_arn(account, claims.name)
        return Session(claims, None, user, arn, f"{account}:{claims.name}")
    return Session(claims, None, user, directory.arn(user), claims.subject)
