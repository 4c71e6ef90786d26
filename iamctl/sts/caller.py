"""Who is calling: long-term keys, proved against the file or the vault, and sessions."""

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest

from iamctl.domain.directory import Directory
from iamctl.domain.entities import AccessKey, User
from iamctl.domain.errors import InvalidDirectory, NotAuthenticated
from iamctl.domain.names import shown
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.policy import request
from iamctl.sts.session import SIGNATURE, Session
from iamctl.sts.token import refuse

_FINGERPRINT_LABEL = "iamctl access key fingerprint v1"


class CallerSources(NamedTuple):
    """Where a caller may come from: the environment, `--as`, the settings, `--chain`."""

    environ: Mapping[str, str]
    as_user: str | None = None
    configured_user: str | None = None
    chain: bool = False


class Caller(NamedTuple):
    """An authenticated caller; a session of GetSessionToken has both a user and a session.

    `arn` and `userid` are what GetCallerIdentity says; `mfa_time` epoch seconds; `found` how the
    caller was found.
    """

    user: User | None
    session: Session | None
    arn: str
    userid: str
    account: str
    unique_id: str
    key_id: str
    tags: Mapping[str, str]
    mfa_time: int | None
    source_identity: str | None
    found: str


def principal_of(caller: Caller) -> request.Caller:
    """The principal that policies are matched against."""
    role = caller.session.role if caller.session else None
    if role is not None and caller.session is not None:
        return request.session_caller(
            caller.account, role.name, caller.session.claims.name, role.path, caller.unique_id
        )
    if caller.user is None:
        raise ValueError("a caller is a user or a session")
    if caller.session is not None and caller.session.federated_user:
        maker = request.user_caller(caller.account, caller.user.name, caller.user.path)
        return request.federated_user_caller(caller.account, caller.session.claims.name, maker.arn)
    return request.user_caller(caller.account, caller.user.name, caller.user.path, caller.unique_id)


def fingerprint(uuid: str, user_id: str, key_id: str, secret: Secret) -> str:
    """`sha256:…` of a generated secret, bound to directory, user and key.

    Each part is preceded by its length in four bytes, so that no two lists of parts are alike.
    """
    hashed = sha256()
    parts = (_FINGERPRINT_LABEL, uuid, user_id, key_id)
    for part in (*(p.encode() for p in parts), secret.reveal()):
        hashed.update(len(part).to_bytes(4, "big") + part)
    return f"sha256:{hashed.hexdigest()}"


def authenticate_key(
    directory: Directory, key_id: str, secret: Secret, held: Secret | None, found: str
) -> Caller:
    """The user whose long-term key this is.

    A generated secret is proved by the fingerprint in the file; an imported one, which has none,
    by the secret the vault holds. Raises NotAuthenticated, InvalidDirectory when the user has no
    unique id yet.
    """
    owner = directory.key(key_id)
    if owner is None:
        refuse(f"access key {shown(key_id)} is not in this directory")
    user, key = owner
    user_id = _unique_id(user)
    _prove(directory, user_id, key, secret, held)
    if not key.active:
        refuse(f"access key {key_id} of user {shown(user.name)} is inactive")
    return Caller(
        user=user,
        session=None,
        arn=directory.arn(user),
        userid=user_id,
        account=directory.account.id,
        unique_id=user_id,
        key_id=key_id,
        tags=user.tags,
        mfa_time=None,
        source_identity=None,
        found=found,
    )


def _unique_id(user: User) -> str:
    if user.id is None:
        raise InvalidDirectory(
            f"user {shown(user.name)} has no unique id yet, so it cannot call",
            where=user.source,
            hint="run `iamctl validate --fix` to mint the missing ids",
        )
    return user.id


def _prove(
    directory: Directory, user_id: str, key: AccessKey, secret: Secret, held: Secret | None
) -> None:
    if key.fingerprint is not None:
        given = fingerprint(directory.uuid or "", user_id, key.id, secret)
        proved = compare_digest(given.encode(), key.fingerprint.encode())
    elif held is None:
        refuse(f"imported access key {key.id} can only be proved where the vault holds its secret")
    else:
        proved = held == secret
    if not proved:
        raise NotAuthenticated(
            SIGNATURE,
            code="SignatureDoesNotMatch",
            hint=f"the secret does not belong to access key {key.id} of this directory",
        )


def session_caller(session: Session, account: str, found: str) -> Caller:
    """The caller that an authenticated session is."""
    claims = session.claims
    return Caller(
        user=session.user,
        session=session,
        arn=session.arn,
        userid=session.userid,
        account=account,
        unique_id=claims.subject,
        key_id=claims.key_id,
        tags=session.tags,
        # Role sessions carry no MFA information.
        mfa_time=claims.mfa_time if session.user else None,
        source_identity=claims.source_identity,
        found=found,
    )
