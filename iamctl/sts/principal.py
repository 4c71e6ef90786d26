"""A caller as the policies see it: context keys and policy layers."""

import json
from collections.abc import Mapping
from types import MappingProxyType

from iamctl.domain.documents import parse_document
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.collect import Collector
from iamctl.policy.compile import SourcePolicy, source_policy
from iamctl.policy.evaluate import Layers
from iamctl.policy.request import Request, context_of
from iamctl.sts.caller import Caller, principal_of

Extra = Mapping[str, str | tuple[str, ...]]


class Asked(NamedTuple):
    """What a call is about, apart from its action. `request_tags` None: it takes no tags."""

    resource: str = "*"
    resource_tags: Mapping[str, str] = MappingProxyType({})
    request_tags: Mapping[str, str] | None = None
    extra: Extra = MappingProxyType({})


def request_of(caller: Caller, action: str, asked: Asked, now: int) -> Request:
    """The request for one action, with every context key that the caller and call give.

    aws:MultiFactorAuthPresent is true where the caller has proved a second factor, in this call
    or for its GetSessionToken session; else it is absent for long-term keys and federated users,
    false for other temporary credentials (IAM User Guide, global condition keys).
    """
    principal = principal_of(caller)
    session = caller.session
    proved = caller.mfa_time is not None
    says_mfa = proved or not (session is None or session.federated_user)
    context = context_of(
        principal,
        now,
        principal_tags=caller.tags,
        token_issue_time=session.claims.issued if session else None,
        mfa=proved if says_mfa else None,
        mfa_time=caller.mfa_time,
        source_identity=caller.source_identity,
        federated_provider=session.claims.provider if session else None,
        resource=asked.resource,
        resource_tags=asked.resource_tags,
        request_tags=asked.request_tags,
        extra={**(session.claims.context if session else {}), **asked.extra},
    )
    return Request(principal, action, asked.resource, context)


def layers_of(caller: Caller, collector: Collector) -> Layers:
    """What bears on the caller: a user's policies, or a role's, with the session policies over
    them, and the service control policies over the account."""
    layers = _own_layers(caller, collector)
    texts = caller.session.claims.policies if caller.session else ()
    if not texts:
        return layers
    return layers._replace(session=tuple(_session_policy(text, collector) for text in texts))


def _own_layers(caller: Caller, collector: Collector) -> Layers:
    if caller.session is not None and caller.session.role is not None:
        return collector.role(caller.session.role.name)
    if caller.user is None:
        raise ValueError("a caller is a user or a session")
    return collector.user(caller.user.name)


def _session_policy(text: str, collector: Collector) -> SourcePolicy:
    if text.startswith("arn:"):
        return collector.policy(text, "session", "session")
    document, problems = parse_document(json.loads(text), "session")
    if document is None:
        reason = problems[0].message if problems else ""
        return SourcePolicy("session policy", "session", None, "session", reason)
    return source_policy(document, "session policy", "session", "session")
