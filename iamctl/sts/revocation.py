"""Revoking sessions as AWS does it: a deny on aws:TokenIssueTime written into the role or user.

The session still authenticates; its policies deny everything. Source: the IAM User Guide,
"Revoking IAM role temporary security credentials" and "Disabling permissions for temporary
security credentials".
"""

from iamctl.domain.change import Change, Changes
from iamctl.domain.condition_values import parse_date
from iamctl.domain.directory import Directory
from iamctl.domain.documents import PolicyDocument, Statement
from iamctl.domain.entities import Role, User, require_modifiable
from iamctl.domain.errors import InvalidValue
from iamctl.domain.names import shown
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.policy.collect import Collector, Managed
from iamctl.policy.compile import (
    CompiledStatement,
    SourcePolicy,
    compile_document,
    source_policy,
)
from iamctl.policy.evaluate import Layers, Matched, evaluate
from iamctl.policy.request import Caller as Principal
from iamctl.policy.request import session_caller, user_caller
from iamctl.sts.caller import Caller
from iamctl.sts.principal import Asked, layers_of, request_of

POLICY_NAME = "AWSRevokeOlderSessions"

_KEY = "aws:tokenissuetime"
_LATEST = 253_402_300_799  # the last second of year 9999, after which no time can be written
_ANY_ACTION = "sts:GetCallerIdentity"


def revoke_sessions_plan(directory: Directory, section: str, name: str, now: int) -> Changes:
    """Revoke every session of a role ("roles") or user ("users") issued up to this second.

    A later instant that the policy already holds stays. Raises NotFound, InvalidValue for a
    service-linked role (UnmodifiableEntity).
    """
    entity = directory.entity(section, name)
    if not isinstance(entity, Role | User):
        raise InvalidValue(f"{shown(name)} has no sessions: it is neither a role nor a user")
    require_modifiable(entity)
    at = (section, name, "inline", POLICY_NAME)
    before = max(now + 1, _revoked_before(entity.inline.get(POLICY_NAME)))
    old, new = directory.value_at(at), _document(before)
    return () if old == new else (Change(at, old, new),)


def roles_within_reach(directory: Directory, user_name: str) -> tuple[str, ...]:
    """The roles whose trust policies name the user, or a role within its reach, in any form.

    Conditions, denies and the user's own policies are left out of account: a session may have
    been granted before they were written. Roles linked to services are left out. Sorted.
    Raises NotFound.
    """
    user = directory.user(user_name)
    account = directory.account.id
    trusts = {
        role.name: [c for c in compile_document(role.trust).statements if c.allows]
        for role in directory.roles.values()
        if not role.service_linked
    }
    waiting = [user_caller(account, user.name, user.path, user.id or "")]
    reached: set[str] = set()
    while waiting:
        caller = waiting.pop()
        for name in trusts.keys() - reached:
            if any(_may_name(statement, caller) for statement in trusts[name]):
                role = directory.role(name)
                reached.add(name)
                waiting.append(session_caller(account, name, "", role.path, role.id or ""))
    return tuple(sorted(reached))


def _may_name(compiled: CompiledStatement, caller: Principal) -> bool:
    """Whether a statement names the caller, or some session of the caller's role."""
    if compiled.form(caller, bounded=False) is not None:
        return True
    named = (compiled.statement.principals or {}).get("AWS", ())
    return caller.type == "AssumedRole" and any(arn.startswith(caller.arn) for arn in named)


def _document(before: int) -> Plain:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": ["*"],
                "Resource": ["*"],
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": format_instant(before)}},
            }
        ],
    }


def earliest_issue(role: Role) -> int:
    """The first second whose sessions no revocation of the role reaches; 0 without any."""
    return max((_revoked_before(document) for document in role.inline.values()), default=0)


def _revoked_before(document: PolicyDocument | None) -> int:
    statements = document.statements if document else ()
    return max((_statement_before(s) for s in statements if s.effect == "Deny"), default=0)


def _statement_before(statement: Statement) -> int:
    """The instant before which the statement denies; 0 when other conditions narrow it."""
    whole = "*" in (statement.actions or ()) and "*" in (statement.resources or ())
    if not whole or len(statement.conditions) != 1:
        return 0
    condition = statement.conditions[0]
    if condition.key.lower() != _KEY:
        return 0
    texts = condition.values
    return max((_first_after(condition.operator, text) for text in texts), default=0)


def _first_after(operator: str, text: str) -> int:
    """The first whole second that the operator's instant is not after; 0 for other operators.

    The instant is read as conditions read it.
    """
    instant = parse_date(text)
    if instant is None:
        return 0
    whole, fraction = divmod(instant, 10**9)
    name = operator.removesuffix("IfExists")
    if name == "DateLessThan":
        return min(whole + (fraction > 0), _LATEST)
    return min(whole + 1, _LATEST) if name == "DateLessThanEquals" else 0


def revoking(directory: Directory, caller: Caller, managed: Managed, now: int) -> Matched | None:
    """The statement that revokes the caller's session, or None.

    It denies every action because of the time the session was issued.
    """
    if caller.session is None:
        return None
    layers = layers_of(caller, Collector(directory, managed, now))
    revocations = tuple(
        source_policy(PolicyDocument(found, "2012-10-17"), policy.id, policy.type, policy.owner)
        for policy in (*layers.identity, *(layers.boundary or ()))
        if (found := _revocations(policy))
    )
    request = request_of(caller, _ANY_ACTION, Asked(), now)
    decision = evaluate(request, Layers(identity=revocations))
    return decision.statements[0] if decision.verdict == "explicitDeny" else None


def _revocations(policy: SourcePolicy) -> tuple[Statement, ...]:
    """The statements of a policy that deny everything by the time of issue."""
    compiled = policy.document.statements if policy.document else ()
    return tuple(
        c.statement
        for c in compiled
        if c.statement.effect == "Deny"
        and "*" in (c.statement.actions or ())
        and any(condition.key.lower() == _KEY for condition in c.statement.conditions)
    )
