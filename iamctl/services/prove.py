"""Whether one identity policy allows all that another does, or nothing that it does: proved for
every request, or refuted by one.

A policy means the set of requests that it alone allows: its Allow statements without its Deny
statements. All that a request brings along is open, who makes it included. A proof is that no
request is left in a set (policy.reach_exact); a counterexample is put to the evaluator, under
either policy, before it is given. What is neither proved nor refuted is unknown.
"""

from collections.abc import Callable, Iterator
from json import loads

from iamctl.domain.directory import Directory
from iamctl.domain.documents import DocumentKind, parse_document
from iamctl.domain.documents_values import TRUST_ACTIONS
from iamctl.domain.errors import NotFound
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.patterns import Pattern
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import CompiledDocument, SourcePolicy, source_policy
from iamctl.policy.evaluate import (
    Decision,
    Layers,
    Matched,
    evaluate,
    needs_explicit_allow,
    question_of,
)
from iamctl.policy.match import Context
from iamctl.policy.reach import Box, Origin, Point, Requests, Term
from iamctl.policy.reach_exact import is_empty
from iamctl.policy.reach_layers import boxes_of
from iamctl.policy.reach_provisos import Known
from iamctl.policy.request import ANONYMOUS, Caller, Request, caller_of_arn
from iamctl.ports import Catalogue
from iamctl.services.prove_points import global_kinds, likely_points, single_keys
from iamctl.services.published import by_arn

_ACCOUNT = "111122223333"
_PARTITION = Pattern(r"aws(?:-[a-z]+)*")
_TRIED = 200
"""How many requests are put to the evaluator."""

NOT_SETTLED = (
    "conditions that hang on one another, or sheer size, keep it from being proved, and no request"
    " was found that refutes it"
)
NOT_MADE = "what refutes it are requests that cannot be made, going by AWS's actions and keys"


class Given(NamedTuple):
    """A policy that something is to be proved of: compiled, and its document as it was read."""

    policy: SourcePolicy
    document: Plain


def given_in(directory: Directory, reference: str) -> Given:
    """A policy of a directory by its name or ARN. Raises NotFound."""
    found = directory.local_policy(reference)
    if found is None:
        hint = did_you_mean(reference.rpartition("/")[2], directory.policies)
        raise NotFound(f"policy {shown(reference, 200)} does not exist", hint=hint)
    return Given(
        source_policy(found.document, found.name, "identity"),
        directory.value_at(("policies", found.name, "document")),
    )


def given_of_aws(catalogue: Catalogue, arn: str) -> Given:
    """An AWS managed policy by its ARN. Raises NotFound."""
    document: Plain = loads(by_arn(catalogue, arn).document)
    parsed, problems = parse_document(document, "identity")
    if parsed is None:
        reason = problems[0].message if problems else "it is no policy document"
        return Given(SourcePolicy(arn, "identity", None, "", reason), document)
    return Given(source_policy(parsed, arn, "identity"), document)


class Refutation(NamedTuple):
    """A request that refutes a claim, and what either policy says of it.

    `decisions` are those of the first and of the second policy; `case` is the request as
    `simulate` takes it, without the policies. The context is what is in it, and nothing else.
    """

    action: str
    resource: str
    context: Context
    decisions: tuple[Decision, Decision]
    case: dict[str, Plain]


class Proof(NamedTuple):
    """Whether a claim is proved; else what refutes it, or why that is unknown."""

    proved: bool
    refutation: Refutation | None = None
    unknown: str = ""


def implies(first: Given, second: Given, catalogue: Catalogue) -> Proof:
    """Whether the second policy allows every request that the first one allows."""
    return _Pair(first, second, catalogue).within(0, 1)


def equivalent(first: Given, second: Given, catalogue: Catalogue) -> Proof:
    """Whether both policies allow the same requests."""
    pair = _Pair(first, second, catalogue)
    there = pair.within(0, 1)
    back = there if there.refutation else pair.within(1, 0)
    return back if back.refutation or there.proved else there


def disjoint(first: Given, second: Given, catalogue: Catalogue) -> Proof:
    """Whether no request is allowed by both policies."""
    return _Pair(first, second, catalogue).apart()


class _Allowed:
    """The requests that a policy alone allows, and the boxes they are made of."""

    def __init__(self, policy: SourcePolicy, document: CompiledDocument, known: Known) -> None:
        self.allows = tuple(_boxes(policy, document, True, known))
        self.denies = tuple(_boxes(policy, document, False, known))
        self.requests = Requests(tuple(map(Term, self.allows))).less(self.denies)

    def minus(self, other: "_Allowed") -> Requests:
        """What this one allows and the other one does not: never allowed there, or denied."""
        denied = Requests(tuple(map(Term, other.denies)))
        return self.requests.less(other.allows) | (self.requests & denied)


def _boxes(
    policy: SourcePolicy, document: CompiledDocument, allows: bool, known: Known
) -> Iterator[Box]:
    seen: set[tuple[object, ...]] = set()
    for compiled in document.statements:
        if compiled.allows is allows:
            for box in boxes_of(compiled, Origin(Matched(policy, compiled.statement)), known):
                if box[:3] not in seen and box.may_exist:
                    seen.add(box[:3])
                    yield box


class _Pair:
    """Two policies side by side. One that cannot be read makes every answer unknown."""

    def __init__(self, first: Given, second: Given, catalogue: Catalogue) -> None:
        self._given = first, second
        self._catalogue = catalogue
        self._known = Known({}, single=single_keys(catalogue), kind=global_kinds(catalogue))
        self._unread = next((g.policy for g in self._given if g.policy.document is None), None)
        self._allowed = [
            _Allowed(g.policy, g.policy.document, self._known)
            for g in self._given
            if g.policy.document is not None
        ]

    def within(self, mine: int, theirs: int) -> Proof:
        """Whether one of them allows nothing that the other one does not."""
        if self._unread is not None:
            return _unreadable(self._unread)
        requests = self._allowed[mine].minus(self._allowed[theirs])
        return self._settled(requests, lambda found: found[mine] and not found[theirs])

    def apart(self) -> Proof:
        """Whether there is nothing that both allow."""
        if self._unread is not None:
            return _unreadable(self._unread)
        return self._settled(self._allowed[0].requests & self._allowed[1].requests, all)

    def _settled(self, requests: Requests, refutes: Callable[[list[bool]], bool]) -> Proof:
        """The proof that no request is in the set, or one of which it is decided like that."""
        empty = is_empty(requests, self._known)
        if empty is True:
            return Proof(True)
        found = likely_points(requests, self._known, self._catalogue, _ACCOUNT)
        for count, point in enumerate(found):
            if count == _TRIED:
                break
            refutation = self._decided(point)
            if refutes([decision.allowed for decision in refutation.decisions]):
                return Proof(False, refutation)
        return Proof(False, unknown=NOT_SETTLED if empty is None else NOT_MADE)

    def _decided(self, point: Point) -> Refutation:
        """A request as the evaluator decides it under either policy."""
        context = {self._spelled(key): value for key, value in point.context.items()}
        case = _case(point, context)
        request = _request(point, case)
        first, second = (
            evaluate(request, _with_leave(request, Layers(identity=(given.policy,)), case))
            for given in self._given
        )
        return Refutation(point.action, point.resource, context, (first, second), case)

    def _spelled(self, key: str) -> str:
        """A key as the policies spell it."""
        boxes = (box for allowed in self._allowed for box in (*allowed.allows, *allowed.denies))
        written = (p.condition.key for box in boxes for p in box.provisos if p.condition)
        return next((text for text in written if text.lower() == key), key)


def _unreadable(policy: SourcePolicy) -> Proof:
    return Proof(False, unknown=f"{policy.id} could not be read: {policy.reason}")


def _case(point: Point, context: Context) -> dict[str, Plain]:
    """The request as a case: made by a user of the account that owns the resource."""
    parts = [*point.resource.split(":", 5), *[""] * 5]
    partition = parts[1] if _PARTITION.fullmatch(parts[1]) else "aws"
    is_account = len(parts[4]) == 12 and parts[4].isascii() and parts[4].isdigit()
    account = parts[4] if is_account else _ACCOUNT
    case: dict[str, Plain] = {
        "principal": f"arn:{partition}:iam::{account}:user/anybody",
        "action": point.action,
        "resource": point.resource,
        "context": {k: v if isinstance(v, str) else list(v) for k, v in context.items()},
    }
    return case if is_account else {**case, "resource_account": account}


def _request(point: Point, case: dict[str, Plain]) -> Request:
    principal, owner = str(case["principal"]), case.get("resource_account")
    caller: Caller = caller_of_arn(principal) or ANONYMOUS
    account = None if owner is None else str(owner)
    return Request(caller, point.action, point.resource, point.context, account)


def _with_leave(request: Request, layers: Layers, case: dict[str, Plain]) -> Layers:
    """The layers; of a role or a KMS key, which must have a say of its own, with a policy that
    leaves it to the caller's."""
    question = question_of(request, layers)
    if not needs_explicit_allow(question, layers):
        return layers
    trust = question.action in {action.lower() for action in TRUST_ACTIONS}
    statement: dict[str, Plain] = {
        "Effect": "Allow",
        "Principal": {"AWS": request.caller.account},
        "Action": request.action,
        **({} if trust else {"Resource": "*"}),
    }
    document: dict[str, Plain] = {"Version": "2012-10-17", "Statement": [statement]}
    kind: DocumentKind = "trust" if trust else "resource"
    parsed, _ = parse_document(document, kind)
    if parsed is None:
        return layers
    case["resource_policy"] = document
    return layers._replace(resource=(source_policy(parsed, "resource_policy", kind),))
