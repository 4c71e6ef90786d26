"""A role's session, with a second factor where the role wants one, out of the cache where it can.

A session that needs no second factor costs nothing and is made anew each time. One that needs it
is kept, and a kept one is taken only after the decision was made again on the file as it is now,
with the time of the code that was accepted then.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role
from iamctl.domain.errors import AccessDenied
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.collect import Managed
from iamctl.services.assume import (
    AssumeResult,
    find_role,
    granted,
    issue_time,
    managed_policies,
)
from iamctl.services.office import CacheUse, MfaAsked, Office
from iamctl.sts.assume import ASSUME_ROLE, AssumeDecision, decide_assume, denied
from iamctl.sts.caller import Caller
from iamctl.sts.resolve import resolve_caller
from iamctl.sts.terms import AssumeRequest

if TYPE_CHECKING:
    from iamctl.services.session_cache import Kept


class RoleAsked(NamedTuple):
    """A role by name or ARN, and what is asked for; `managed` and `document` are its session
    policies as `session_policies` takes them."""

    role: str
    request: AssumeRequest
    managed: Sequence[str] = ()
    document: Plain = None


class _Attempt(NamedTuple):
    """The call decided on one reading of the file."""

    directory: Directory
    now: int
    role: Role
    caller: Caller
    notes: tuple[str, ...]
    request: AssumeRequest
    decision: AssumeDecision
    known: Managed

    def with_mfa(self, mfa_time: int) -> AssumeDecision:
        """The decision if a code had been accepted at that time."""
        request = self.request._replace(mfa_time=mfa_time)
        return decide_assume(self.directory, self.caller, self.role, request, self.now, self.known)


def role_session(office: Office, asked: RoleAsked, mfa: MfaAsked, cache: CacheUse) -> AssumeResult:
    """The session that is asked for.

    A code is asked for only when the role says no without and would say yes with one, or when it
    is forced. Processes that ask for the same thing wait for the first one's answer. Raises
    NotFound, NotAuthenticated, AccessDenied (with the reasons), InvalidValue, InvalidDirectory,
    MalformedPolicyDocument, VaultUnavailable, Usage, Interrupted.
    """
    attempt = _attempt(office, asked)
    if attempt.decision.allowed and not mfa.forced:
        return _granted(office, attempt)
    from iamctl.services.mfa_session import serial_of
    from iamctl.services.session_once import kept_or_made

    refused = _would_help(attempt, mfa)
    serial = serial_of(attempt.directory, attempt.caller, mfa, refused)
    return kept_or_made(office, cache, _WithMfa(office, asked, mfa, serial), attempt)


def _attempt(office: Office, asked: RoleAsked, mfa_time: int | None = None) -> _Attempt:
    directory, now = office.open()
    role = find_role(directory, asked.role)
    now = issue_time(role, now, office.wait_until)
    vault = office.vault
    caller, notes = resolve_caller(
        directory, office.sources, vault.secret_access_key, vault.signing_keys, now
    )
    known = managed_policies(office.catalogue)
    request = asked.request._replace(mfa_time=mfa_time)
    if asked.managed or asked.document is not None:
        from iamctl.services.session_policies import session_policies

        policies = session_policies(directory, known, asked.managed, asked.document)
        request = request._replace(policies=policies)
    decision = decide_assume(directory, caller, role, request, now, known)
    return _Attempt(directory, now, role, caller, notes, request, decision, known)


def _granted(office: Office, attempt: _Attempt) -> AssumeResult:
    if not attempt.decision.allowed:
        raise denied(attempt.decision)
    result = granted(
        attempt.directory,
        attempt.caller,
        attempt.role,
        attempt.decision,
        office.vault,
        attempt.now,
        office.randomness,
    )
    return result._replace(notes=(*attempt.notes, *result.notes))


def _would_help(attempt: _Attempt, mfa: MfaAsked) -> AccessDenied | None:
    """What the role says without a code, when it says yes with one; None when it says yes anyway.

    Raises AccessDenied when a code would change nothing, or a session calls, which has no device.
    """
    if attempt.decision.allowed:
        return None
    error = denied(attempt.decision)
    if attempt.caller.session is None or mfa.forced:
        helped = attempt.with_mfa(attempt.now)
        if helped.allowed:
            return error
        error = denied(helped)
    raise error


class _WithMfa(NamedTuple):
    """The call of `kept_or_made`."""

    office: Office
    asked: RoleAsked
    mfa: MfaAsked
    serial: str

    def read(self) -> _Attempt:
        return _attempt(self.office, self.asked)

    def key(self, attempt: _Attempt) -> str:
        from iamctl.services.session_cache import LOCAL, cache_key

        request, terms = attempt.request, attempt.decision.terms
        return cache_key(
            {
                "call": ASSUME_ROLE,
                "mode": LOCAL,
                "directory": attempt.directory.uuid,
                "caller": attempt.caller.unique_id,
                "key": attempt.caller.key_id,
                "role": attempt.directory.arn(attempt.role),
                "id": attempt.role.id,
                "name": terms.session_name,
                "duration": request.duration,
                "configured": request.configured_duration,
                "tags": {**terms.tags},
                "transitive": [*sorted(terms.transitive)],
                "policies": [*terms.policies],
                "external id": request.external_id,
                "source identity": terms.source_identity,
                "serial": self.serial,
            }
        )

    def usable(self, attempt: _Attempt, kept: "Kept") -> AssumeResult | None:
        """The kept session, if it would be granted now, and would last as long."""
        from iamctl.services.mfa_session import holds
        from iamctl.services.session_cache import kept_role

        if kept.mfa_time is None:
            return None
        decision = attempt.with_mfa(kept.mfa_time)
        if not decision.allowed or kept.credentials.expiration > decision.expires:
            return None
        if not holds(self.office, attempt.directory, attempt.caller, kept, attempt.now):
            return None
        return kept_role(kept, attempt.notes)

    def make(self, attempt: _Attempt) -> tuple[AssumeResult, "Kept"]:
        from iamctl.services.mfa_session import prove, require_device
        from iamctl.services.session_cache import LOCAL, role_to_keep

        office, serial = self.office, self.serial
        proved = prove(office, attempt.directory, attempt.caller, self.mfa, serial)
        attempt = _attempt(office, self.asked, proved)
        require_device(attempt.directory, attempt.caller, serial)
        result = _granted(office, attempt)
        return result, role_to_keep(result, LOCAL, serial, proved)
