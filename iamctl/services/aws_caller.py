"""Whom of the directory real AWS means by the caller that it names.

Source: STS API Reference, GetCallerIdentity, and the IAM User Guide's table of principal ARNs.
"""

from iamctl.domain.arns import PARTITION, parse_arn, root_arn
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role, User
from iamctl.domain.errors import AccessDenied, InvalidDirectory, NotAuthenticated, Usage
from iamctl.domain.names import shown
from iamctl.ports.aws import RemoteIdentity
from iamctl.sts.assume import ASSUME_ROLE
from iamctl.sts.caller import Caller, session_caller
from iamctl.sts.session import Session
from iamctl.sts.token import ROLE, TOKEN_START, Claims

FOUND_AWS = "AWS"


def caller_of_identity(
    directory: Directory,
    identity: RemoteIdentity,
    pinned: str | None,
    described: str,
    now: int,
    action: str,
) -> Caller:
    """The user or role session of the directory that calls, in the account that is pinned.

    `pinned` is the account id of the settings, `described` the credentials in words, `action`
    what is called. What AWS does not say of a session, its tags and source identity, counts as
    absent. Raises Usage, NotAuthenticated, AccessDenied for others of the account,
    InvalidDirectory.
    """
    check_account(directory, pinned)
    parsed = parse_arn(identity.arn)
    if parsed is None or identity.account != pinned:
        raise NotAuthenticated(
            f"{described} is of account {identity.account}, this directory mirrors {pinned}",
            hint="choose a profile with `iamctl config set "
            f"directories.{directory.uuid}.aws.profile NAME`",
        )
    if parsed.partition != PARTITION:
        raise Usage(
            f"{described} is of partition {parsed.partition}, the ARNs of a directory are of "
            f"{PARTITION}"
        )
    kind, _, name = parsed.resource.partition("/")
    if kind == "user":
        return _user(directory, identity, name.rpartition("/")[2])
    if kind == "assumed-role":
        return _role_session(directory, identity, *name.partition("/")[::2], now)
    raise _other(identity, action)


def check_account(directory: Directory, pinned: str | None) -> None:
    """Refuse a directory whose account is not the one that the settings pin."""
    if pinned is None:
        raise Usage(
            "your settings do not say which real account this directory mirrors",
            hint=f"iamctl config set directories.{directory.uuid}.aws.account ACCOUNT-ID",
        )
    if directory.account.id != pinned:
        raise AccessDenied(
            f"the file is of account {directory.account.id}, your settings pin it to {pinned}",
            hint="see what changed the file, before the settings: git log -p",
        )


def is_ours(directory: Directory, key_id: str, token: str) -> bool:
    """Whether credentials are iamctl's own: a session of its, or a key that it generated here.

    A key without a fingerprint was imported, and may well be AWS's.
    """
    if token:
        return token.startswith(TOKEN_START)
    found = directory.key(key_id)
    return found is not None and found[1].fingerprint is not None


def _user(directory: Directory, identity: RemoteIdentity, name: str) -> Caller:
    user = directory.users.get(name)
    if user is None or directory.arn(user) != identity.arn:
        raise _unknown(directory, identity, user)
    if user.id is None:
        raise _no_id(user)
    return Caller(
        user=user,
        session=None,
        arn=identity.arn,
        userid=identity.user_id,
        account=identity.account,
        unique_id=user.id,
        key_id="",
        tags=user.tags,
        mfa_time=None,
        source_identity=None,
        found=FOUND_AWS,
    )


def _role_session(
    directory: Directory, identity: RemoteIdentity, name: str, session: str, now: int
) -> Caller:
    role = directory.roles.get(name)
    if role is None:
        raise _unknown(directory, identity, None)
    if role.id is None:
        raise _no_id(role)
    claims = Claims(
        issuer=directory.uuid or "",
        type=ROLE,
        subject=role.id,
        caller="",
        caller_key="",
        key_id="",
        name=session,
        # When it was issued only AWS knows: that it was before a revocation is AWS's to refuse.
        issued=now,
        expires=now,
    )
    made = Session(claims, role, None, identity.arn, identity.user_id)
    return session_caller(made, identity.account, FOUND_AWS)


def _other(identity: RemoteIdentity, action: str) -> AccessDenied:
    """The root user or a federated user, which the file has not."""
    if action != ASSUME_ROLE:
        return AccessDenied(
            f"{identity.arn} is no user of the directory, and {action} is for those only",
            hint="call with a user's access key",
        )
    if identity.arn == root_arn(identity.account):
        return AccessDenied("Roles may not be assumed by root accounts.")
    return AccessDenied(f"{identity.arn} is no user and no session of a role, so it assumes none")


def _unknown(directory: Directory, identity: RemoteIdentity, near: User | None) -> NotAuthenticated:
    hint = "the file decides first: add whoever calls to it, or call as somebody of it"
    if near is not None:
        hint = f"the file's is {directory.arn(near)}: the path must be the same"
    return NotAuthenticated(f"{identity.arn}, who calls AWS, is not in this directory", hint=hint)


def _no_id(entity: User | Role) -> InvalidDirectory:
    return InvalidDirectory(
        f"{shown(entity.name)} has no unique id yet, so it cannot call",
        where=entity.source,
        hint="run `iamctl validate --fix` to mint the missing ids",
    )
