"""GetSessionToken on real AWS: a session of the calling user, kept for the next time.

Source: the STS API Reference, GetSessionToken. No policy is asked, AWS's no more than the file's:
whoever calls must only be a user of the file, and still be one when a kept session is taken.
"""

from iamctl.domain.directory import Directory
from iamctl.domain.errors import IamctlError
from iamctl.ports import MfaProof, RemoteIdentity
from iamctl.services.assume import managed_policies
from iamctl.services.aws_caller import FOUND_AWS, check_account
from iamctl.services.aws_mfa import serial_number, still_proves
from iamctl.services.aws_session import Mirrored
from iamctl.services.office import CacheUse, MfaAsked, Office
from iamctl.services.session_cache import AWS, Kept, cache_key, keep, kept_session
from iamctl.services.user_session import UserSession
from iamctl.sts.caller import Caller, session_caller
from iamctl.sts.revocation import revoking
from iamctl.sts.session import Credentials, Session
from iamctl.sts.token import GET_SESSION_TOKEN, Claims
from iamctl.sts.user_sessions import GET_SESSION_TOKEN as CALL
from iamctl.sts.user_sessions import session_token_seconds


def aws_session_token(
    office: Office, duration: int | None, mfa: MfaAsked, cache: CacheUse, mirrored: Mirrored
) -> UserSession:
    """A session of the user whom AWS takes the credentials for, with MFA if that is forced.

    `duration` is in seconds, None for 12 hours. Raises what `session_token` raises, and what
    RemoteSts does.
    """
    directory, now = office.open()
    check_account(directory, mirrored.account)
    key = _key(directory, duration, mfa, mirrored)
    kept = _usable(office, directory, key, mfa, cache, mirrored, now)
    if kept is not None:
        return kept
    with office.flight(key):
        directory, now = office.open()
        kept = _usable(office, directory, key, mfa, cache, mirrored, now)
        if kept is not None:
            return kept
        made = _made(directory, duration, mfa, mirrored, now)
        notes = keep(office.vault, key, made, office.clock())
        return _session(made, directory, notes)


def _made(
    directory: Directory, duration: int | None, mfa: MfaAsked, mirrored: Mirrored, now: int
) -> Kept:
    """A new session of AWS's."""
    caller = mirrored.caller(directory, mirrored.remote.caller_identity(), now, CALL)
    seconds = session_token_seconds(directory, caller, duration)
    proof = None
    if mfa.forced:
        serial = serial_number(directory, caller, mfa)
        proof = MfaProof(serial, mfa.code(serial))
    return Kept(
        call=CALL,
        mode=AWS,
        credentials=Credentials(*mirrored.remote.session_token(seconds, proof)),
        arn=caller.arn,
        id=caller.userid,
        caller_arn=caller.arn,
        issued=now,
        serial="" if proof is None else proof.serial_number,
        mfa_time=None if proof is None else now,
        caller_id=caller.unique_id,
    )


def _session(made: Kept, directory: Directory, notes: tuple[str, ...] = ()) -> UserSession:
    return UserSession(made.credentials, directory.account.id, made.arn, made.id, notes=notes)


def _key(directory: Directory, duration: int | None, mfa: MfaAsked, mirrored: Mirrored) -> str:
    return cache_key(
        {
            "call": CALL,
            "mode": AWS,
            "directory": directory.uuid,
            "account": mirrored.account,
            "called as": dict(mirrored.called_as),
            "duration": duration,
            "serial": mfa.serial,
            "forced": mfa.forced,
        }
    )


def _usable(
    office: Office,
    directory: Directory,
    key: str,
    mfa: MfaAsked,
    cache: CacheUse,
    mirrored: Mirrored,
    now: int,
) -> UserSession | None:
    """The kept session of that key, if its user, and the device that proved it, are still there
    and it was not revoked."""
    kept = None if cache.renew else kept_session(office.vault, key, now, cache.min_ttl)
    if kept is None:
        return None
    identity = RemoteIdentity(mirrored.account or "", kept.caller_arn, kept.id)
    try:
        caller = mirrored.caller(directory, identity, now, CALL)
        if caller.unique_id != kept.caller_id or not still_proves(directory, caller, mfa, kept):
            return None
    except IamctlError:
        return None  # asked anew, AWS or the file says why
    session = _as_caller(directory, caller, kept)
    if revoking(directory, session, managed_policies(office.catalogue), now) is not None:
        return None
    return _session(kept, directory)


def _as_caller(directory: Directory, caller: Caller, kept: Kept) -> Caller:
    """The kept session as whoever calls with it: what a revocation is put to."""
    claims = Claims(
        issuer=directory.uuid or "",
        type=GET_SESSION_TOKEN,
        subject=caller.unique_id,
        caller=caller.unique_id,
        caller_key="",
        key_id="",
        name="",
        issued=kept.issued,
        expires=kept.credentials.expiration,
    )
    session = Session(claims, None, caller.user, caller.arn, caller.userid)
    return session_caller(session, caller.account, FOUND_AWS)
