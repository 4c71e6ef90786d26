"""A role's session of real AWS, out of the cache where it can.

A kept session saves the network, never the decision: it is taken only after the file, as it is
now, has said yes again to the caller that AWS named when it was made.
"""

from collections.abc import Mapping

from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role
from iamctl.domain.errors import IamctlError
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.collect import Managed
from iamctl.ports.aws import RemoteIdentity, RemoteSts
from iamctl.services.assume import AssumeResult, find_role, managed_policies
from iamctl.services.assume_aws import AwsAttempt, aws_assumes, file_decides
from iamctl.services.aws_caller import caller_of_identity, check_account
from iamctl.services.aws_mfa import still_proves
from iamctl.services.office import CacheUse, MfaAsked, Office
from iamctl.services.role_session import RoleAsked
from iamctl.services.session_cache import AWS, Kept, cache_key, kept_role, role_to_keep
from iamctl.services.session_once import kept_or_made
from iamctl.services.session_policies import session_policies
from iamctl.sts.assume import ASSUME_ROLE
from iamctl.sts.caller import Caller
from iamctl.sts.revocation import earliest_issue
from iamctl.sts.terms import AssumeRequest


class Mirrored(NamedTuple):
    """The real account that the user's settings say a directory mirrors.

    `account` is its id, None when they say nothing; `called_as` what tells one way of calling
    from another: profile, region, endpoint, access key id.
    """

    account: str | None
    remote: RemoteSts
    called_as: Mapping[str, str]

    def caller(
        self, directory: Directory, identity: RemoteIdentity, now: int, action: str
    ) -> Caller:
        """Whom of the directory AWS means. Raises as `caller_of_identity` does."""
        described = self.remote.described
        return caller_of_identity(directory, identity, self.account, described, now, action)


class _Wanted(NamedTuple):
    """What is asked for, on one reading of the file."""

    directory: Directory
    role: Role
    request: AssumeRequest
    known: Managed
    now: int


def aws_role_session(
    office: Office, asked: RoleAsked, mfa: MfaAsked, cache: CacheUse, mirrored: Mirrored
) -> AssumeResult:
    """The session that is asked for, of the role of that name in the account that is mirrored.

    The file and AWS's answer to GetCallerIdentity must both be of the pinned account. Processes
    that ask for the same thing wait for the first one's answer. Raises what `role_session`
    raises, and what RemoteSts does.
    """
    call = _Call(office, asked, mfa, mirrored)
    return kept_or_made(office, cache, call, call.read())


class _Call(NamedTuple):
    """The call of `kept_or_made`."""

    office: Office
    asked: RoleAsked
    mfa: MfaAsked
    mirrored: Mirrored

    def read(self) -> _Wanted:
        directory, now = self.office.open()
        check_account(directory, self.mirrored.account)
        known = managed_policies(self.office.catalogue)
        asked = self.asked
        policies = session_policies(directory, known, asked.managed, asked.document)
        request = asked.request._replace(policies=policies)
        return _Wanted(directory, find_role(directory, asked.role), request, known, now)

    def key(self, wanted: _Wanted) -> str:
        request = wanted.request
        return cache_key(
            {
                "call": ASSUME_ROLE,
                "mode": AWS,
                "directory": wanted.directory.uuid,
                "account": self.mirrored.account,
                "called as": dict(self.mirrored.called_as),
                "role": wanted.directory.arn(wanted.role),
                "id": wanted.role.id,
                "name": request.session_name,
                "duration": request.duration,
                "configured": request.configured_duration,
                "tags": [list(tag) for tag in request.tags],
                "transitive": [*sorted(request.transitive_tag_keys)],
                "policies": [*request.policies],
                "external id": request.external_id,
                "source identity": request.source_identity,
                "serial": self.mfa.serial,
                "forced": self.mfa.forced,
            }
        )

    def usable(self, wanted: _Wanted, kept: Kept) -> AssumeResult | None:
        """The kept session, if the file would grant it now, and for as long."""
        if kept.issued < earliest_issue(wanted.role):
            return None
        identity = RemoteIdentity(self.mirrored.account or "", kept.caller_arn, "")
        try:
            # Whoever called has a session that is as old as what was kept, revocations of it count.
            attempt = self._attempt(wanted, identity, kept.issued)
            if attempt.caller.unique_id != kept.caller_id:
                return None
            if not still_proves(attempt.directory, attempt.caller, self.mfa, kept):
                return None
            decision = attempt.decide(kept.mfa_time)
        except IamctlError:
            return None  # asked anew, AWS or the file says why
        if not decision.allowed or kept.credentials.expiration > decision.expires:
            return None
        return kept_role(kept)

    def make(self, wanted: _Wanted) -> tuple[AssumeResult, Kept]:
        remote = self.mirrored.remote
        attempt = self._attempt(wanted, remote.caller_identity(), wanted.now)
        yes = file_decides(attempt, self.mfa)
        result = aws_assumes(attempt, yes, remote)
        serial = "" if yes.mfa is None else yes.mfa.serial_number
        made = role_to_keep(result, AWS, serial, None if yes.mfa is None else wanted.now)
        return result, made._replace(caller_id=attempt.caller.unique_id)

    def _attempt(self, wanted: _Wanted, identity: RemoteIdentity, issued: int) -> AwsAttempt:
        """The call; the credentials that it is made with were issued by then, if they are a
        session."""
        caller = self.mirrored.caller(wanted.directory, identity, issued, ASSUME_ROLE)
        return AwsAttempt(
            wanted.directory, caller, wanted.role, wanted.request, wanted.known, wanted.now
        )
