"""All that a principal may do, as one set of requests, out of the layers of policies.

The same rules as in evaluate, over sets instead of one request: the IAM User Guide's pages on how
AWS evaluates requests, within one account and across accounts.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import reduce

from iamctl.domain.documents import Statement
from iamctl.domain.documents_variables import Literal
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.arns import NO_RESOURCE
from iamctl.policy.calls import refusal
from iamctl.policy.compile import CompiledStatement, SourcePolicy
from iamctl.policy.evaluate import Layers, Matched
from iamctl.policy.principals import STRENGTH
from iamctl.policy.reach import ALL, NOTHING, Box, Origin, Requests, Term, box
from iamctl.policy.reach_patterns import (
    EVERYTHING,
    Pattern,
    Patterns,
    action_pattern,
    arn_pattern,
    within_account,
)
from iamctl.policy.reach_provisos import Known, Proviso, resolve, settle
from iamctl.policy.request import ANONYMOUS, Caller

Policies = tuple[SourcePolicy, ...]


class Governed(NamedTuple):
    """Resources and the resource-based policies that they have.

    `arn` is the resource's own, `below` patterns of what it holds (`/*` for a bucket's objects),
    and `other` the ARNs of resources among them that have a policy of their own. `account` owns
    them; `rcps` are the levels over that account. A policy of type "trust" is asked for actions
    of sts only.
    """

    policies: Policies
    arn: str
    account: str
    below: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    rcps: tuple[Policies, ...] = ()


def reach(
    caller: Caller, layers: Layers, known: Known, governed: Iterable[Governed] = ()
) -> Requests:
    """The requests of a caller that its policies and those of resources allow.

    `layers.resource` is not looked at: `governed` says which resources have a policy; all others
    have none and belong to the caller's account. What cannot be read grants and denies nothing
    here: with `unreadable` policies every answer is unknown.
    """
    return _Reach(caller, layers, known).over(tuple(governed))


class _Reach:
    def __init__(self, caller: Caller, layers: Layers, known: Known) -> None:
        self._caller = caller
        self._known = known
        self._bounded = layers.boundary is not None
        self._layers = layers
        self._limits = self._limit(layers.boundary), self._limit(layers.session)
        if caller.type == "FederatedUser" and layers.session is None:
            self._limits = self._limits[0], NOTHING
        self._own = ALL if caller.type == "Account" else self._allowed(layers.identity)
        self._scps = [self._allowed(level) for level in layers.scps]

    def over(self, governed: tuple[Governed, ...]) -> Requests:
        """What the caller's own policies give, and what those of resources add."""
        return self._granted(governed).less(refused(self._caller))

    def _granted(self, governed: tuple[Governed, ...]) -> Requests:
        if not self._caller.account:
            granted = (self._by_resource(place) for place in governed)
            return reduce(Requests.__or__, granted, NOTHING)
        denies = [
            *self._denies(self._layers.identity),
            *self._denies(self._layers.boundary or ()),
            *self._denies(self._layers.session or ()),
            *(out for level in self._layers.scps for out in self._denies(level)),
        ]
        own = (self._own & self._both_limits & _at_home(self._caller.account)).less(
            _asking_the_resource(governed, self._caller.account)
        )
        found = self._through_rcps(own, self._layers.rcps)
        for place in governed:
            found = found.less(self._denied_by(place)) | self._by_resource(place)
        return reduce(Requests.__and__, self._scps, found).less(denies)

    def _by_resource(self, place: Governed) -> Requests:
        """What a resource-based policy adds to what the caller's own policies give."""
        allowed = self._allowed_at(place)
        if not self._caller.account:
            granted = allowed(1)
        elif place.account != self._caller.account:
            granted = allowed(1) & self._own & self._both_limits
        else:
            granted = self._at_home(place, allowed)
        return self._through_rcps(granted.less(self._denied_by(place)), place.rcps)

    def _at_home(self, place: Governed, allowed: Callable[[int], Requests]) -> Requests:
        boundary, session = self._limits
        named, beyond = allowed(2), allowed(3)
        if self._caller.type == "User":
            granted = named & boundary if _is_trust(place) else named
        else:
            granted = (named & boundary & session) | beyond
        if _is_explicit(place):
            granted |= allowed(1) & self._own & self._both_limits
        return granted

    @property
    def _both_limits(self) -> Requests:
        return self._limits[0] & self._limits[1]

    def _limit(self, policies: Policies | None) -> Requests:
        return ALL if policies is None else self._allowed(policies)

    def _through_rcps(self, found: Requests, levels: tuple[Policies, ...]) -> Requests:
        if not levels:
            return found
        caller = ANONYMOUS if self._caller.type == "Federated" else self._caller
        allowed = (_union(self._boxes(level, True, caller)) for level in levels)
        denies = [box for level in levels for box in self._boxes(level, False, caller)]
        return reduce(Requests.__and__, allowed, found).less(denies)

    def _allowed(self, policies: Policies) -> Requests:
        return _union(self._boxes(policies, True, self._caller))

    def _denies(self, policies: Policies) -> list[Box]:
        return list(self._boxes(policies, False, self._caller))

    def _allowed_at(self, place: Governed) -> Callable[[int], Requests]:
        """What the policy of a resource allows there in forms of at least some strength."""
        boxes = list(self._boxes(place.policies, True, self._caller))
        ground = Requests((Term(_ground(place)),)) if boxes else NOTHING

        def allowed(strength: int) -> Requests:
            strong = [b for b in boxes if STRENGTH.get(b.origins[0].matched.form, 3) >= strength]
            return _union(strong) & ground

        return allowed

    def _denied_by(self, place: Governed) -> list[Box]:
        denies = self._denies(place.policies)
        if not denies:
            return []
        ground = _ground(place)
        found = [out.meet(ground) for out in denies]
        return [out for out in found if out.may_exist]

    def _boxes(self, policies: Policies, allows: bool, caller: Caller) -> Iterator[Box]:
        for policy in policies:
            for compiled in policy.document.statements if policy.document else ():
                if compiled.allows is allows:
                    form = compiled.form(caller, self._bounded)
                    if form is not None:
                        origin = Origin(Matched(policy, compiled.statement, form))
                        yield from boxes_of(compiled, origin, self._known)


def boxes_of(compiled: CompiledStatement, origin: Origin, known: Known) -> Iterator[Box]:
    """The requests that a statement is about, with what is known of them settled."""
    statement = compiled.statement
    provisos = settle(statement.conditions, compiled.variables, known)
    if provisos is None:
        return
    listed = statement.actions if statement.actions is not None else statement.not_actions
    actions = Patterns(
        tuple(action_pattern(text) for text in listed or ()), statement.actions is None
    )
    for resources, about in _resources(statement, compiled.variables, known):
        yield box(actions, resources, (*provisos, *about), (origin,))


def _resources(
    statement: Statement, variables: bool, known: Known
) -> Iterator[tuple[Patterns, tuple[Proviso, ...]]]:
    """The resources of a statement, and what they hang on where a variable's value is open."""
    negated = statement.resources is None
    listed = statement.not_resources if negated else statement.resources
    if listed is None:
        yield EVERYTHING, ()
        return
    resolved = [resolve(text, variables, known) for text in listed]
    certain = [r.pattern for r in resolved if r.pattern is not None and r.proviso is None]
    open_ones = [(r.pattern, r.proviso) for r in resolved if r.pattern and r.proviso]
    if not negated:
        if certain or not open_ones:
            yield Patterns(tuple(certain)), ()
        for pattern, proviso in open_ones:
            yield Patterns((pattern,)), (proviso,)
        return
    widest = (*certain, *(pattern for pattern, _ in open_ones))
    yield Patterns(widest, negated=True), ()
    if open_ones:
        refused = tuple(proviso._replace(wanted=False) for _, proviso in open_ones)
        yield Patterns(tuple(certain), negated=True), refused


def _union(boxes: Iterable[Box]) -> Requests:
    """The boxes as a set; of equal ones, and of those beside one that is everything, the first."""
    found = {b[:3]: b for b in reversed(list(boxes)) if b.may_exist}
    whole = next((b for b in found.values() if b.is_everything), None)
    return Requests(tuple(Term(b) for b in ([whole] if whole else reversed(found.values()))))


def refused(caller: Caller) -> Iterator[Box]:
    """What the service refuses, as `refusal` says: some calls at all, some beyond a border."""
    parts = (caller.issuer if caller.type == "Federated" else caller.arn).split(":", 5)
    provider = f"arn:*:*:*:{parts[4]}:*" if len(parts) == 6 else "*"
    for action, inside in (
        ("sts:assumerole", f"arn:{parts[1]}:*" if len(parts) > 2 else "*"),
        ("sts:assumerolewithwebidentity", provider),
        ("sts:assumerolewithsaml", provider),
    ):
        actions = Patterns((action_pattern(action),))
        border = Patterns((arn_pattern(["arn:*"]),)), Patterns((arn_pattern([inside]),), True)
        if refusal(caller, action, NO_RESOURCE):
            yield box(actions, EVERYTHING)
        elif action == "sts:assumerole" or caller.type == "Federated":
            yield Box((actions,), border)


def _is_trust(place: Governed) -> bool:
    return any(policy.type == "trust" for policy in place.policies)


def _is_explicit(place: Governed) -> bool:
    """Whether the caller's own policies may not be enough: of roles, and of KMS keys."""
    service = place.arn.split(":", 3)[2:3]
    return _is_trust(place) or service in (["kms"], ["iam"])


_STS = Patterns((action_pattern("sts:*"),))
_ROLES = Patterns((arn_pattern(["arn:*:iam:*:*:role/*"]),))
_KEYS = Patterns((arn_pattern(["arn:*:kms:*:*:key/*"]),))


def _at_home(account: str) -> Requests:
    return Requests((Term(box(EVERYTHING, within_account(account))),))


def _asking_the_resource(governed: Iterable[Governed], account: str) -> list[Box]:
    """Where the caller's own policies are not enough: trust policies, KMS keys, and resources of
    other accounts whose ARN does not say so."""
    foreign = [_ground(place) for place in governed if place.account != account]
    return [box(_STS, _ROLES), box(EVERYTHING, _KEYS), *foreign]


def _ground(place: Governed) -> Box:
    """The requests that a resource's policy is asked about."""
    patterns = [_literal(place.arn)]
    patterns += [arn_pattern([Literal(place.arn), below]) for below in place.below]
    resources = [Patterns(tuple(patterns))]
    if place.other:
        resources.append(Patterns(tuple(map(_literal, place.other)), negated=True))
    return Box((_STS,) if _is_trust(place) else (), tuple(resources))


def _literal(arn: str) -> Pattern:
    return arn_pattern([Literal(arn)])


def unreadable(layers: Layers, governed: Iterable[Governed] = ()) -> Policies:
    """The policies that cannot be read: as long as there are any, all answers are unknown."""
    groups = (
        layers.identity,
        layers.boundary or (),
        layers.session or (),
        *layers.scps,
        *layers.rcps,
        *(place.policies for place in governed),
    )
    return tuple(policy for group in groups for policy in group if policy.document is None)
