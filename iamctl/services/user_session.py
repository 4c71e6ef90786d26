"""GetSessionToken and GetFederationToken: sessions that a user makes of itself."""

from collections.abc import Sequence

from iamctl.domain.arns import federated_user_arn
from iamctl.domain.directory import Directory
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.services.assume import current_key, managed_policies, membership_notes
from iamctl.services.office import CacheUse, MfaAsked, Office
from iamctl.services.session_cache import LOCAL, Kept, cache_key
from iamctl.services.session_policies import session_policies
from iamctl.sts.assume import refusal
from iamctl.sts.caller import Caller
from iamctl.sts.resolve import resolve_caller
from iamctl.sts.session import Credentials, issue_session, mint_session_key_id
from iamctl.sts.token import FEDERATED_USER, GET_SESSION_TOKEN, Claims
from iamctl.sts.user_sessions import GET_SESSION_TOKEN as SESSION_TOKEN_CALL
from iamctl.sts.user_sessions import (
    FederationRequest,
    decide_federation,
    session_token_seconds,
)


class UserSession(NamedTuple):
    """A session that was granted. `arn` and `id` are what GetCallerIdentity will say; `packed` is
    the size of policies and tags in percent; `notes` are for the person."""

    credentials: Credentials
    account: str
    arn: str
    id: str
    packed: int | None = None
    notes: tuple[str, ...] = ()


def session_token(
    office: Office, duration: int | None, mfa: MfaAsked, cache: CacheUse
) -> UserSession:
    """A session of the calling user, with MFA if that is forced; then it is kept.

    Raises NotAuthenticated, AccessDenied, InvalidValue, InvalidDirectory, NotFound,
    VaultUnavailable, Usage, Interrupted.
    """
    called = _called(office)
    seconds = session_token_seconds(called.directory, called.caller, duration)
    if not mfa.forced:
        return _issued(office, called, seconds)
    from iamctl.services.mfa_session import serial_of
    from iamctl.services.session_once import kept_or_made

    serial = serial_of(called.directory, called.caller, mfa, None)
    return kept_or_made(office, cache, _WithMfa(office, seconds, mfa, serial), called)


def federation_token(
    office: Office, asked: FederationRequest, managed: Sequence[str] = (), document: Plain = None
) -> UserSession:
    """A federated user's session: what the calling user may do, within the session policies.

    `managed` and `document` are session policies as `session_policies` takes them. Raises
    NotAuthenticated, AccessDenied (with the reasons), InvalidValue, InvalidDirectory, NotFound,
    MalformedPolicyDocument, VaultUnavailable, Usage.
    """
    directory, caller, notes, now = _called(office)
    known = managed_policies(office.catalogue)
    policies = session_policies(directory, known, managed, document)
    decision = decide_federation(directory, caller, asked._replace(policies=policies), now, known)
    if not decision.allowed:
        raise refusal(decision.request, decision.layers, decision.decision)
    claims = _claims(office, directory, caller, now, decision.expires)._replace(
        type=FEDERATED_USER,
        name=asked.name,
        policies=policies,
        tags=decision.tags,
        until=decision.until,
    )
    notes = (*notes, *membership_notes(claims))
    if not policies:
        notes = (
            *notes,
            "without session policies the federated user may do only what resource-based "
            "policies allow it by name",
        )
    return UserSession(
        issue_session(current_key(office.vault), claims),
        directory.account.id,
        federated_user_arn(directory.account.id, asked.name),
        f"{directory.account.id}:{asked.name}",
        decision.packed,
        notes,
    )


class _Called(NamedTuple):
    """Who calls, on one reading of the file."""

    directory: Directory
    caller: Caller
    notes: tuple[str, ...]
    now: int


def _called(office: Office) -> _Called:
    directory, now = office.open()
    vault = office.vault
    caller, notes = resolve_caller(
        directory, office.sources, vault.secret_access_key, vault.signing_keys, now
    )
    return _Called(directory, caller, notes, now)


def _claims(office: Office, directory: Directory, caller: Caller, now: int, expires: int) -> Claims:
    return Claims(
        issuer=directory.uuid or "",
        type=GET_SESSION_TOKEN,
        subject=caller.unique_id,
        caller=caller.unique_id,
        caller_key=caller.key_id,
        key_id=mint_session_key_id(directory.account.id, office.randomness),
        name="",
        issued=now,
        expires=expires,
    )


def _issued(
    office: Office, called: _Called, seconds: int, mfa_time: int | None = None
) -> UserSession:
    directory, caller, notes, now = called
    claims = _claims(office, directory, caller, now, now + seconds)._replace(mfa_time=mfa_time)
    credentials = issue_session(current_key(office.vault), claims)
    return UserSession(credentials, directory.account.id, caller.arn, caller.userid, notes=notes)


class _WithMfa(NamedTuple):
    """The call of `kept_or_made`."""

    office: Office
    seconds: int
    mfa: MfaAsked
    serial: str

    def read(self) -> _Called:
        return _called(self.office)

    def key(self, called: _Called) -> str:
        return cache_key(
            {
                "call": SESSION_TOKEN_CALL,
                "mode": LOCAL,
                "directory": called.directory.uuid,
                "caller": called.caller.unique_id,
                "key": called.caller.key_id,
                "duration": self.seconds,
                "serial": self.serial,
            }
        )

    def usable(self, called: _Called, kept: Kept) -> UserSession | None:
        """The kept session, if it is still good."""
        from iamctl.services.mfa_session import holds

        directory, caller, notes, now = called
        if not holds(self.office, directory, caller, kept, now):
            return None
        return UserSession(kept.credentials, directory.account.id, kept.arn, kept.id, notes=notes)

    def make(self, called: _Called) -> tuple[UserSession, Kept]:
        from iamctl.services.mfa_session import prove, require_device

        proved = prove(self.office, called.directory, called.caller, self.mfa, self.serial)
        called = _called(self.office)
        require_device(called.directory, called.caller, self.serial)
        session_token_seconds(called.directory, called.caller, self.seconds)
        session = _issued(self.office, called, self.seconds, proved)
        return session, _to_keep(session, called.now, self.serial, proved)


def _to_keep(session: UserSession, now: int, serial: str, proved: int) -> Kept:
    return Kept(
        call=SESSION_TOKEN_CALL,
        mode=LOCAL,
        credentials=session.credentials,
        arn=session.arn,
        id=session.id,
        caller_arn=session.arn,
        issued=now,
        serial=serial,
        mfa_time=proved,
    )
