"""Requests by whose the resource is: what is known of those for one's own, and what a principal's
own policies would allow on anybody's.
"""

from collections.abc import Iterable, Iterator

from iamctl.policy.compile import SourcePolicy
from iamctl.policy.evaluate import Matched
from iamctl.policy.reach import ALL, Box, Origin, Requests, Term
from iamctl.policy.reach_layers import boxes_of
from iamctl.policy.reach_patterns import RESOURCES, Patterns, arn_pattern
from iamctl.policy.reach_provisos import Known
from iamctl.services.access import Access, Value
from iamctl.services.subjects import Subject


def home(account: str) -> Patterns:
    """The resources whose ARN does not say that they are of another account."""
    texts = ("arn:*:*:*::*", f"arn:*:*:*:{account}:*")
    return Patterns((RESOURCES.patterns[0], *(arn_pattern([text]) for text in texts)))


def owned(access: Access, known: Known) -> Known:
    """What is known of requests for resources of the directory's own account."""
    found: dict[str, Value] = {"aws:resourceaccount": access.directory.account.id}
    organization = access.directory.organization
    if organization is not None and organization.id is not None:
        found["aws:resourceorgid"] = organization.id
    if organization is not None and organization.path is not None:
        found["aws:resourceorgpaths"] = (organization.path,)
    return known._replace(
        context={**known.context, **found},
        settles=lambda key: known.settles(key) or key.startswith("aws:resourceorg"),
    )


def could(subject: Subject, known: Known) -> Requests:
    """What a principal's own policies allow, on whatever resources."""
    layers = subject.layers
    limits = [level for level in (layers.boundary, layers.session, *layers.scps)
              if level is not None]  # fmt: skip
    found = ALL if subject.principal.type == "Account" else _allowed(layers.identity, known)
    for level in limits:
        found = found & _allowed(level, known)
    for level in (layers.identity, *limits):
        found = found.less(_boxes(level, False, known))
    return found


def _allowed(policies: Iterable[SourcePolicy], known: Known) -> Requests:
    return Requests(tuple(Term(box) for box in _boxes(policies, True, known) if box.may_exist))


def _boxes(policies: Iterable[SourcePolicy], allows: bool, known: Known) -> Iterator[Box]:
    for policy in policies:
        for compiled in policy.document.statements if policy.document else ():
            if compiled.allows is allows:
                origin = Origin(Matched(policy, compiled.statement))
                yield from boxes_of(compiled, origin, known)
