"""AssumeRole on real AWS: the file decides first, then AWS.

A no of the file's is final, and AWS is not asked. A no of AWS's although the file says yes is
told with both sides: AWS's sentence beside the statement of ours that allows.
"""

from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role
from iamctl.domain.errors import AccessDenied, InvalidValue
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.collect import Managed
from iamctl.ports.aws import AssumeRoleCall, MfaProof, RemoteSession, RemoteSts
from iamctl.services.assume import AssumeResult
from iamctl.services.aws_mfa import serial_number
from iamctl.services.aws_refusal import both_sides, file_says_no
from iamctl.services.office import MfaAsked
from iamctl.sts.assume import AssumeDecision, decide_assume
from iamctl.sts.caller import Caller
from iamctl.sts.duration import ABOVE_ROLE, SHORTEST
from iamctl.sts.session import Credentials
from iamctl.sts.terms import AssumeRequest


class AwsAttempt(NamedTuple):
    """A call on one reading of the file: who calls, as AWS says, and what is asked for.

    `known` gives AWS's managed policies; `now` is epoch seconds.
    """

    directory: Directory
    caller: Caller
    role: Role
    request: AssumeRequest
    known: Managed
    now: int

    def decide(self, mfa_time: int | None) -> AssumeDecision:
        """The file's decision, with a code accepted at that time or without one."""
        request = self.request._replace(mfa_time=mfa_time)
        return decide_assume(self.directory, self.caller, self.role, request, self.now, self.known)


class Yes(NamedTuple):
    """The file's yes, and the proof of a second factor that it takes."""

    decision: AssumeDecision
    mfa: MfaProof | None


def file_decides(attempt: AwsAttempt, mfa: MfaAsked) -> Yes:
    """The file's yes; a code is asked for when it needs one, or when it is forced.

    Raises AccessDenied, with the reasons, when the file says no, and what getting a code raises.
    """
    plain = attempt.decide(None)
    if plain.allowed and not mfa.forced:
        return Yes(plain, None)
    with_mfa = attempt.decide(attempt.now)
    if not with_mfa.allowed:
        raise file_says_no(plain)
    serial = serial_number(attempt.directory, attempt.caller, mfa)
    return Yes(with_mfa, MfaProof(serial, mfa.code(serial)))


def aws_assumes(attempt: AwsAttempt, yes: Yes, remote: RemoteSts) -> AssumeResult:
    """AWS's credentials. Raises AccessDenied that tells both sides when AWS says no."""
    call = _call(attempt, yes)
    try:
        session = remote.assume_role(call)
    except AccessDenied as error:
        raise both_sides(error, yes.decision, remote, attempt.role.name) from None
    except InvalidValue as error:
        raise _longer_than_aws_allows(error, call) from None
    return _result(attempt, call, session, yes.decision)


def _call(attempt: AwsAttempt, yes: Yes) -> AssumeRoleCall:
    decision, request, terms = yes.decision, attempt.request, yes.decision.terms
    seconds = decision.expires - attempt.now
    if seconds < SHORTEST:
        raise AccessDenied(
            f"the group membership that allows it ends at {format_instant(decision.expires)}, "
            "before the 15 minutes that AWS's shortest session lasts"
        )
    texts = [policy for policy in terms.policies if not policy.startswith("arn:")]
    return AssumeRoleCall(
        role_arn=attempt.directory.arn(attempt.role),
        session_name=terms.session_name,
        duration=seconds,
        external_id=request.external_id,
        tags=tuple(terms.passed_tags.items()),
        transitive_tag_keys=request.transitive_tag_keys,
        source_identity=request.source_identity,
        policy=texts[0] if texts else None,
        policy_arns=tuple(policy for policy in terms.policies if policy.startswith("arn:")),
        mfa=yes.mfa,
    )


def _result(
    attempt: AwsAttempt, call: AssumeRoleCall, session: RemoteSession, decision: AssumeDecision
) -> AssumeResult:
    return AssumeResult(
        credentials=Credentials(*session.credentials),
        role_arn=call.role_arn,
        assumed_role_arn=session.arn,
        assumed_role_id=session.id,
        session_name=call.session_name,
        source_identity=session.source_identity,
        packed=session.packed_policy_size,
        caller_arn=attempt.caller.arn,
        chain=decision.terms.chain,
        issued=attempt.now,
        notes=(),
    )


def _longer_than_aws_allows(error: InvalidValue, call: AssumeRoleCall) -> InvalidValue:
    """AWS's complaint about the duration tells of drift: the file had allowed it."""
    if ABOVE_ROLE.removesuffix(".") in error.message:
        error.hint = f"the file allows {call.duration} seconds, AWS's role allows less (drift)"
    return error
