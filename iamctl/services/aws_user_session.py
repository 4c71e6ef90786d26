"""GetSessionToken on real AWS: a session of the calling user, kept for the next time.

Source: the STS API Reference, GetSessionToken. No policy is asked, AWS's no more than the file's:
whoever calls must only be a user of the file, and still be one when a kept session is taken.
"""

from iamctl.domain.directory import Directory
from iamctl.domain.errors import IamctlError
from iamctl.domain.tuples import NamedTuple
from iamctl.ports.aws import MfaProof, RemoteIdentity
from iamctl.services.assume import managed_policies
from iamctl.services.aws_caller import FOUND_AWS, check_account
from iamctl.services.aws_mfa import serial_number, still_proves
from iamctl.services.aws_session import Mirrored
from iamctl.services.office import CacheUse, MfaAsked, Office
from iamctl.services.session_cache import AWS, Kept, cache_key
from iamctl.services.session_once import kept_or_made
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
    call = _Call(office, duration, mfa, mirrored)
    return kept_or_made(office, cache, call, call.read())


class _Reading(NamedTuple):
    directory: Directory
    now: int


class _Call(NamedTuple):
    """The call of `kept_or_made`."""

    office: Office
    duration: int | None
    mfa: MfaAsked
    mirrored: Mirrored

    def read(self) -> _Reading:
        directory, now = self.office.open()
        check_account(directory, self.mirrored.account)
        return _Reading(directory, now)

    def key(self, reading: _Reading) -> str:
        return cache_key(
            {
                "call": CALL,
                "mode": AWS,
                "directory": reading.directory.uuid,
                "account": self.mirrored.account,
                "called as": dict(self.mirrored.called_as),
                "duration": self.duration,
                "serial": self.mfa.serial,
                "forced": self.mfa.forced,
            }
        )

    def usable(self, reading: _Reading, kept: Kept) -> UserSession | None:
        """The kept session, if its user, and the device that proved it, are still there and it
        was not revoked."""
        directory, now = reading
        identity = RemoteIdentity(self.mirrored.account or "", kept.caller_arn, kept.id)
        try:
            caller = self.mirrored.caller(directory, identity, now, CALL)
            if caller.unique_id != kept.caller_id:
                return None
            if not still_proves(directory, caller, self.mfa, kept):
                return None
        except IamctlError:
            return None  # asked anew, AWS or the file says why
        session = _as_caller(directory, caller, kept)
        if revoking(directory, session, managed_policies(self.office.catalogue), now) is not None:
            return None
        return _session(kept, directory)

    def make(self, reading: _Reading) -> tuple[UserSession, Kept]:
        directory, now = reading
        remote = self.mirrored.remote
        caller = self.mirrored.caller(directory, remote.caller_identity(), now, CALL)
        seconds = session_token_seconds(directory, caller, self.duration)
        proof = None
        if self.mfa.forced:
            serial = serial_number(directory, caller, self.mfa)
            proof = MfaProof(serial, self.mfa.code(serial))
        made = Kept(
            call=CALL,
            mode=AWS,
            credentials=Credentials(*remote.session_token(seconds, proof)),
            arn=caller.arn,
            id=caller.userid,
            caller_arn=caller.arn,
            issued=now,
            serial="" if proof is None else proof.serial_number,
            mfa_time=None if proof is None else now,
            caller_id=caller.unique_id,
        )
        return _session(made, directory), made


def _session(made: Kept, directory: Directory) -> UserSession:
    return UserSession(made.credentials, directory.account.id, made.arn, made.id)


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
