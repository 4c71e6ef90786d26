"""All that a principal may do, as one set of requests, out of everything the directory knows.

What follows from the directory and the clock is settled, as far as it does not hang on which
action or resource is asked for; the caller's address, MFA of a user, tags of a resource and the
like are open, and stay conditions.
"""

from collections.abc import Iterator, Mapping

from iamctl.domain.arns import parse_arn, policy_holder
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.calls import NAMED_CALLS, needs_no_permission
from iamctl.policy.collect import Collector
from iamctl.policy.compile import SourcePolicy
from iamctl.policy.reach import Box, Requests, Term, box
from iamctl.policy.reach_layers import Governed, reach, unreadable
from iamctl.policy.reach_patterns import EVERYTHING, Patterns, action_pattern
from iamctl.policy.reach_provisos import Known
from iamctl.services.access import Access, Circumstances, Target, Value, refused_to
from iamctl.services.settled import PRINCIPAL_TAG, settled_keys
from iamctl.services.subjects import Subject

_OF_REQUESTS = ("aws:requestedregion", "aws:resourceaccount")


FREE = {
    action: box(Patterns((action_pattern(action),)), EVERYTHING)
    for action in ("sts:getcalleridentity", "sts:getsessiontoken")
}
"""What some need no permission for."""


class Reached(NamedTuple):
    """The requests that a principal may make, what is known of each of them, and the policies
    that could not be read: with any of these no answer is certain."""

    requests: Requests
    known: Known
    unread: tuple[SourcePolicy, ...]


def reach_of(
    access: Access,
    subject: Subject,
    context: Mapping[str, Value],
    known: Known | None = None,
    governed: tuple[Governed, ...] | None = None,
) -> Reached:
    """What a principal may do, `context` settling keys that are else open.

    `known`, when given, says instead what is known of every request; `governed` which resources
    have a policy.

    Resources of other accounts count where a file says what the account holds. May raise what
    loading other accounts' files does.
    """
    known = known or known_of(access, subject, context)
    layers = subject.layers._replace(rcps=access.own.rcps())
    governed = governed_by(access) if governed is None else governed
    found = reach(subject.principal, layers, known, governed).less(_refused(subject))
    for action, calls in FREE.items():
        if needs_no_permission(subject.principal, action):
            found = found.less([calls]) | Requests((Term(calls),))
    return Reached(found, known, unreadable(layers, governed))


def _refused(subject: Subject) -> Iterator[Box]:
    """What the subject's credentials are of no use for: some calls, and all the others of IAM or
    STS."""
    for action in NAMED_CALLS:
        if refused_to(subject, action):
            yield box(Patterns((action_pattern(action),)), EVERYTHING)
    others = Patterns(tuple(map(action_pattern, NAMED_CALLS)), negated=True)
    for service in ("iam", "sts"):
        if refused_to(subject, f"{service}:another"):
            yield Box((Patterns((action_pattern(f"{service}:*"),)), others), ())


def known_of(access: Access, subject: Subject, context: Mapping[str, Value]) -> Known:
    """What is known of every request of a principal, and which absent keys are known to be so."""
    given = {key.lower(): value for key, value in context.items()}
    target = Target("", "*", None, None, (), {}, Circumstances(context=given), ())
    found = dict(access.request(subject, target).context)
    for key in _OF_REQUESTS:
        if key not in given:
            found.pop(key, None)
    settled = settled_keys(subject)
    if not subject.taggable:
        return Known(found, lambda key: key in settled or key.startswith("aws:principal"))
    untold = [key for key in found if key.startswith(PRINCIPAL_TAG) and key not in given]
    known = {key: value for key, value in found.items() if key not in untold}
    return Known(
        known,
        lambda key: (
            key in settled
            or (key.startswith("aws:principal") and not key.startswith(PRINCIPAL_TAG))
        ),
    )


def governed_by(access: Access) -> tuple[Governed, ...]:
    """Every resource that has a policy, here and in the other accounts that are known."""
    taken: set[str] = set()
    found: list[Governed] = []
    for account in access.known_accounts():
        collector = access.collector(account)
        if collector is not None:
            found += _of_account(collector, account, taken)
    return tuple(found)


def _of_account(collector: Collector, account: str, taken: set[str]) -> Iterator[Governed]:
    directory, rcps = collector.directory, collector.rcps()
    arns = [arn for arn in directory.resources if arn not in taken]
    held: dict[str, list[str]] = {}
    for arn in arns:
        held.setdefault(policy_holder(arn), []).append(arn)
    for arn in arns:
        policies = collector.resource(arn)
        if policies is not None:
            parsed = parse_arn(arn)
            owner = parsed.account if parsed is not None and parsed.account.isdigit() else account
            below = _below(arn)
            other = tuple(inner for inner in held.get(arn, ()) if inner != arn) if below else ()
            yield Governed(policies, arn, owner, below, other, rcps)
    taken.update(arns)
    for role in directory.roles.values():
        yield Governed(collector.trust(role.name), directory.arn(role), account, rcps=rcps)


def _below(arn: str) -> tuple[str, ...]:
    """Patterns of what a resource's policy speaks for besides itself, as `policy_holder` says."""
    if policy_holder(f"{arn}/x") == arn:
        return ("/*",)
    return ("/index/*",) if policy_holder(f"{arn}/index/x") == arn else ()
