"""Who may assume a role, and what the session will be.

Sources: the STS API Reference (AssumeRole), the IAM User Guide's pages on role terms, session
tags, source identity and trust policies. Where AWS says nothing, the comment says what was
chosen.
"""

from iamctl.domain.arns import assumed_role_arn, root_arn
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role
from iamctl.domain.errors import AccessDenied, InvalidDirectory
from iamctl.domain.names import shown
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.collect import Collector, Managed
from iamctl.policy.evaluate import Decision, Layers, evaluate
from iamctl.policy.request import Request
from iamctl.sts.caller import Caller
from iamctl.sts.duration import check_bounds, session_duration
from iamctl.sts.membership import granted_until
from iamctl.sts.principal import Asked, layers_of, request_of
from iamctl.sts.session import overlaid
from iamctl.sts.terms import AssumeRequest as AssumeRequest
from iamctl.sts.terms import Terms, terms_of

ASSUME_ROLE = "sts:AssumeRole"
TAG_SESSION = "sts:TagSession"
SET_SOURCE_IDENTITY = "sts:SetSourceIdentity"


class AssumeDecision(NamedTuple):
    """The answer. `request`, `layers` and `decision` are those of the action that decided: the
    first that is not allowed, else sts:AssumeRole. `until` is the end of the group membership
    the session hangs on; `expires` (epoch seconds) is never later."""

    allowed: bool
    request: Request
    layers: Layers
    decision: Decision
    terms: Terms
    expires: int
    until: int | None


def decide_assume(
    directory: Directory,
    caller: Caller,
    role: Role,
    request: AssumeRequest,
    now: int,
    managed: Managed,
) -> AssumeDecision:
    """Whether the caller may assume the role as asked, and until when.

    A code that the request brings makes the caller one with MFA, its age counted from when it was
    accepted. Order: the form of the parameters, the policies, the duration. Raises InvalidValue
    for bad parameters, AccessDenied for what no policy can allow, InvalidDirectory when the role
    has no unique id yet.
    """
    check_bounds(request.duration)
    _check_role(directory, caller, role)
    if request.mfa_time is not None:
        caller = caller._replace(mfa_time=request.mfa_time)
    terms = terms_of(caller, request)
    asked = _asked(directory, role, request, terms)
    requests = tuple(
        request_of(caller, action, asked, now) for action in _actions(caller, request, terms)
    )
    answer = _answer(requests, _layers(caller, role, Collector(directory, managed, now)))
    if not answer[0].allowed:
        return AssumeDecision(False, answer[1], answer[2], answer[0], terms, now, None)
    until = _granted_until(directory, caller, role, requests, now, managed)
    seconds = session_duration(
        request.duration,
        request.configured_duration,
        role.max_session_duration,
        chained=caller.session is not None,
    )
    expires = now + seconds if until is None else min(now + seconds, until)
    return AssumeDecision(True, answer[1], answer[2], answer[0], terms, expires, until)


def denied(decision: AssumeDecision) -> AccessDenied:
    """The error of a decision that is not allowed: AWS's sentence, and the reasons as details."""
    return refusal(decision.request, decision.layers, decision.decision)


def refusal(request: Request, layers: Layers, decision: Decision) -> AccessDenied:
    """The error of a request that is not allowed, with AWS's sentence and the reasons."""
    # Only a refusal is explained, so only a refusal pays for the import.
    from iamctl.policy.explain import denial_message, reasons

    return AccessDenied(denial_message(request, decision), reasons(request, layers, decision))


def _check_role(directory: Directory, caller: Caller, role: Role) -> None:
    if caller.arn == root_arn(caller.account):
        raise AccessDenied("Roles may not be assumed by root accounts.")
    check_ready(directory, role)


def check_ready(directory: Directory, role: Role) -> None:
    """Raise InvalidDirectory when the directory or the role has no id yet to bind a session to."""
    if directory.uuid is None:
        raise InvalidDirectory(
            "the directory has no UUID yet, so its roles cannot be assumed",
            hint="run `iamctl init` beside it",
        )
    if role.id is None:
        raise InvalidDirectory(
            f"role {shown(role.name)} has no unique id yet, so it cannot be assumed",
            where=role.source,
            hint="run `iamctl validate --fix` to mint the missing ids",
        )


def _actions(caller: Caller, request: AssumeRequest, terms: Terms) -> tuple[str, ...]:
    """Every action the call needs; each is evaluated by itself."""
    tagged = terms.passed_tags or terms.inherited_tags
    return (
        ASSUME_ROLE,
        *((TAG_SESSION,) if tagged else ()),
        *((SET_SOURCE_IDENTITY,) if terms.source_identity is not None else ()),
    )


def _asked(directory: Directory, role: Role, request: AssumeRequest, terms: Terms) -> Asked:
    """The call as conditions see it.

    An inherited transitive tag replaces the role's own before the trust policy is evaluated.
    sts:SourceIdentity is what the new session gets, inherited or passed (chosen: the guide
    calls both "setting" it).
    """
    extra: dict[str, str | tuple[str, ...]] = {"sts:RoleSessionName": terms.session_name}
    if request.external_id is not None:
        extra["sts:ExternalId"] = request.external_id
    if terms.source_identity is not None:
        extra["sts:SourceIdentity"] = terms.source_identity
    if request.transitive_tag_keys:
        extra["sts:TransitiveTagKeys"] = request.transitive_tag_keys
    if directory.organization is not None:
        extra |= directory.organization.context_keys("Principal")
        extra |= directory.organization.context_keys("Resource")
    return Asked(
        resource=directory.arn(role),
        resource_tags=overlaid(role.tags, terms.inherited_tags),
        request_tags=terms.passed_tags or None,
        extra=extra,
    )


def _layers(caller: Caller, role: Role, collector: Collector) -> Layers:
    own = layers_of(caller, collector)
    return own._replace(resource=collector.trust(role.name), rcps=collector.rcps())


def _answer(requests: tuple[Request, ...], layers: Layers) -> tuple[Decision, Request, Layers]:
    """The first action's decision that is not allowed, else that of sts:AssumeRole."""
    decided = [
        (evaluate(request, layers, both_sides=_asks_both(request)), request, layers)
        for request in requests
    ]
    return next((d for d in decided if not d[0].allowed), decided[0])


def _asks_both(request: Request) -> bool:
    """Whether the calling role's own policies must allow too, whatever the trust policy names.

    In a chain the source identity needs leave on both sides (IAM User Guide, "Monitor and
    control actions taken with assumed roles").
    """
    return request.action == SET_SOURCE_IDENTITY and request.caller.type == "AssumedRole"


def _granted_until(
    directory: Directory,
    caller: Caller,
    role: Role,
    requests: tuple[Request, ...],
    now: int,
    managed: Managed,
) -> int | None:
    """The end of the first group membership without which the caller could not do this.

    A session made by a role inherits what that session hung on, so that chaining does not
    outlive the membership that began it.
    """
    inherited = caller.session.claims.until if caller.session else None
    if caller.user is None:
        return inherited

    def allowed_at(end: int) -> bool:
        # The request itself stays as it is now.
        layers = _layers(caller, role, Collector(directory, managed, end))
        return _answer(requests, layers)[0].allowed

    own = granted_until(directory, caller.user.name, now, allowed_at)
    return min((end for end in (own, inherited) if end is not None), default=None)


def assumed_role(directory: Directory, role: Role, session_name: str) -> tuple[str, str]:
    """The ARN and the id (`AROA…:SESSION`) of a role's session."""
    arn = assumed_role_arn(directory.account.id, role.name, session_name)
    return arn, f"{role.id}:{session_name}"
