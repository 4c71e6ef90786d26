"""Sessions that a user makes of itself: GetSessionToken and GetFederationToken.

Source: the STS API Reference on both; the IAM User Guide, "Permissions for GetSessionToken" and
"Permissions for GetFederationToken".
"""

from collections.abc import Mapping

from iamctl.domain.arns import federated_user_arn
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, InvalidDirectory
from iamctl.domain.names import FEDERATED_USER_NAME
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.calls import refusal_of_session
from iamctl.policy.collect import Collector, Managed
from iamctl.policy.evaluate import Decision, Layers, evaluate
from iamctl.policy.request import Request
from iamctl.sts.assume import TAG_SESSION
from iamctl.sts.caller import Caller, principal_of
from iamctl.sts.duration import user_session_duration
from iamctl.sts.membership import granted_until
from iamctl.sts.packed import packed_size
from iamctl.sts.principal import Asked, layers_of, request_of
from iamctl.sts.terms import passed_tags

GET_SESSION_TOKEN = "sts:GetSessionToken"
GET_FEDERATION_TOKEN = "sts:GetFederationToken"


class FederationRequest(NamedTuple):
    """What is asked of GetFederationToken; `policies` are ARNs or JSON texts, `duration` is in
    seconds."""

    name: str
    duration: int | None = None
    policies: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


class FederationDecision(NamedTuple):
    """The answer. `request`, `layers` and `decision` are those of the action that decided. `until`
    is the end of the group membership the session hangs on; `expires` (epoch seconds) is never
    later."""

    allowed: bool
    request: Request
    layers: Layers
    decision: Decision
    expires: int
    until: int | None
    tags: Mapping[str, str]
    packed: int | None


def session_token_seconds(directory: Directory, caller: Caller, duration: int | None) -> int:
    """How long the session of a call of GetSessionToken lasts.

    No policy is asked: nobody needs leave, and none can be denied it. Raises AccessDenied for
    sessions, InvalidValue, InvalidDirectory.
    """
    seconds = user_session_duration(duration)
    _require_long_term(directory, caller, GET_SESSION_TOKEN)
    return seconds


def decide_federation(
    directory: Directory, caller: Caller, asked: FederationRequest, now: int, managed: Managed
) -> FederationDecision:
    """Whether the calling user may make a federated user's session.

    The user's own policies must allow sts:GetFederationToken on the federated user's ARN, and
    sts:TagSession when tags are passed. What a group membership allows ends with it. Raises
    AccessDenied for sessions, InvalidValue, InvalidDirectory.
    """
    FEDERATED_USER_NAME.check(asked.name)
    seconds = user_session_duration(asked.duration)
    tags = passed_tags(asked.tags)
    packed = packed_size(asked.policies, tags, ())
    _require_long_term(directory, caller, GET_FEDERATION_TOKEN)
    layers = _layers(caller, Collector(directory, managed, now))
    about = Asked(
        resource=federated_user_arn(caller.account, asked.name),
        request_tags=tags or None,
        extra=directory.organization.context_keys("Principal") if directory.organization else {},
    )
    actions = (GET_FEDERATION_TOKEN, *((TAG_SESSION,) if tags else ()))
    requests = tuple(request_of(caller, action, about, now) for action in actions)
    decision, request = _decided(requests, layers)
    until = _granted_until(directory, caller, requests, now, managed) if decision.allowed else None
    expires = now + seconds if until is None else min(now + seconds, until)
    return FederationDecision(
        decision.allowed, request, layers, decision, expires, until, tags, packed
    )


def _layers(caller: Caller, collector: Collector) -> Layers:
    return layers_of(caller, collector)._replace(rcps=collector.rcps())


def _decided(requests: tuple[Request, ...], layers: Layers) -> tuple[Decision, Request]:
    """The first action's decision that is not allowed, else that of sts:GetFederationToken."""
    decided = [(evaluate(request, layers), request) for request in requests]
    return next((d for d in decided if not d[0].allowed), decided[0])


def _granted_until(
    directory: Directory,
    caller: Caller,
    requests: tuple[Request, ...],
    now: int,
    managed: Managed,
) -> int | None:
    """The end of the group membership that allows the call, as for AssumeRole."""
    if caller.user is None:
        return None

    def allowed_at(end: int) -> bool:
        layers = _layers(caller, Collector(directory, managed, end))
        return _decided(requests, layers)[0].allowed

    return granted_until(directory, caller.user.name, now, allowed_at)


def _require_long_term(directory: Directory, caller: Caller, action: str) -> None:
    mfa = None if caller.session is None else caller.mfa_time is not None
    refused = refusal_of_session(principal_of(caller), action.lower(), mfa)
    if refused:
        raise AccessDenied(refused, hint="leave out --chain, and call with a user's access key")
    if directory.uuid is None:
        raise InvalidDirectory(
            "the directory has no UUID yet, so it cannot issue sessions",
            hint="run `iamctl init` beside it",
        )
