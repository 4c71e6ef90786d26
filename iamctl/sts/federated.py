"""Who may assume a role with the word of an identity provider: AssumeRoleWithWebIdentity and
AssumeRoleWithSAML.

Sources: the STS API Reference on both; the IAM User Guide's pages on OIDC and SAML federation and
on session tags. The call is unsigned: the role's trust policy alone decides, under the resource
control policies over the account.
"""

from collections.abc import Mapping

from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role
from iamctl.domain.errors import AccessDenied
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.collect import Collector, Managed
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.request import Request, context_of, federated_caller
from iamctl.sts.assume import SET_SOURCE_IDENTITY, TAG_SESSION, AssumeDecision, check_ready
from iamctl.sts.duration import check_bounds, session_duration
from iamctl.sts.packed import packed_size
from iamctl.sts.terms import Terms, passed_tags, transitive_keys

WITH_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
WITH_SAML = "sts:AssumeRoleWithSAML"

Keys = Mapping[str, str | tuple[str, ...]]
"""Condition keys in lower case, with their values."""


class Vouched(NamedTuple):
    """What an identity provider says of a person, as far as STS makes use of it.

    `provider` is the provider's ARN, or the domain of one that AWS knows by itself. `keys` are
    the condition keys of this call, `surviving` those of them that later requests still have.
    `ends` is when the session must be over, epoch seconds, and `longest` how long it may last,
    where the provider says so.
    """

    action: str
    provider: str
    session_name: str
    keys: Keys
    surviving: Keys
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    ends: int | None = None
    longest: int | None = None


class FederatedRequest(NamedTuple):
    """What the person asks for; durations in seconds, `policies` ARNs or JSON texts known to be
    good, `configured_duration` cut to what the role allows."""

    duration: int | None = None
    configured_duration: int | None = None
    policies: tuple[str, ...] = ()


def decide_federated(
    directory: Directory,
    role: Role,
    vouched: Vouched,
    asked: FederatedRequest,
    now: int,
    managed: Managed,
) -> AssumeDecision:
    """Whether the role may be assumed on the provider's word, and until when.

    Tags need sts:TagSession and a source identity sts:SetSourceIdentity, each allowed by the trust
    policy. Raises InvalidValue for bad parameters, InvalidDirectory when the directory has no
    UUID or the role no unique id yet.
    """
    check_bounds(asked.duration)
    check_ready(directory, role)
    terms = _terms(vouched, asked)
    layers = _layers(role, Collector(directory, managed, now))
    requests = _requests(directory, role, vouched, terms, now)
    decided = [(evaluate(request, layers), request) for request in requests]
    decision, request = next((d for d in decided if not d[0].allowed), decided[0])
    if not decision.allowed:
        return AssumeDecision(False, request, layers, decision, terms, now, None)
    seconds = session_duration(
        asked.duration, asked.configured_duration, role.max_session_duration, chained=False
    )
    longest = [seconds, *([vouched.longest] if vouched.longest is not None else [])]
    ends = [now + min(longest), *([vouched.ends] if vouched.ends is not None else [])]
    return AssumeDecision(True, request, layers, decision, terms, min(ends), None)


def federated_denied(decision: AssumeDecision) -> AccessDenied:
    """The error of a decision that is not allowed: AWS's bare sentence, and our reasons."""
    from iamctl.policy.explain import reasons

    return not_authorized(
        decision.request.action, *reasons(decision.request, decision.layers, decision.decision)
    )


def not_authorized(action: str, *reasons: str) -> AccessDenied:
    """AWS's refusal of an unsigned call, which says nothing but the action."""
    return AccessDenied(f"Not authorized to perform {action}", reasons)


def _terms(vouched: Vouched, asked: FederatedRequest) -> Terms:
    tags = passed_tags(vouched.tags)
    transitive = transitive_keys(vouched.transitive_tag_keys, tags)
    return Terms(
        session_name=vouched.session_name,
        tags=tags,
        passed_tags=tags,
        inherited_tags={},
        transitive=transitive,
        source_identity=vouched.source_identity,
        chain=(vouched.provider,),
        policies=asked.policies,
        packed=packed_size(asked.policies, tags, transitive),
    )


def _layers(role: Role, collector: Collector) -> Layers:
    return Layers(resource=collector.trust(role.name), rcps=collector.rcps())


def _requests(
    directory: Directory, role: Role, vouched: Vouched, terms: Terms, now: int
) -> tuple[Request, ...]:
    """A request for every action that the call needs, all in one context."""
    principal = federated_caller(vouched.provider)
    extra = {"sts:RoleSessionName": vouched.session_name, **vouched.keys}
    if terms.source_identity is not None:
        extra["sts:SourceIdentity"] = terms.source_identity
    if terms.transitive:
        extra["sts:TransitiveTagKeys"] = terms.transitive
    if directory.organization is not None:
        extra |= directory.organization.context_keys("Resource")
    arn = directory.arn(role)
    context = context_of(
        principal,
        now,
        resource=arn,
        resource_tags=role.tags,
        request_tags=terms.tags or None,
        extra=extra,
    )
    actions = (
        vouched.action,
        *((TAG_SESSION,) if terms.tags else ()),
        *((SET_SOURCE_IDENTITY,) if terms.source_identity is not None else ()),
    )
    return tuple(Request(principal, action, arn, context) for action in actions)
