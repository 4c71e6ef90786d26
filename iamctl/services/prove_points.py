"""Requests out of a set that a person can imagine: real actions, on resources that they take.

Actions, the resources they take, and the types of condition keys: AWS's Service Authorization
Reference; the IAM User Guide's page on global condition keys.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from iamctl.domain import condition_values as values
from iamctl.domain.patterns import Pattern
from iamctl.policy.reach import Box, Point, Requests, Term
from iamctl.policy.reach_exact import points
from iamctl.policy.reach_patterns import Pattern as Tokens
from iamctl.policy.reach_patterns import Patterns, action_pattern, arn_pattern
from iamctl.policy.reach_provisos import Known
from iamctl.ports import ActionFacts, Catalogue

_ACTION = Pattern(r"[a-z0-9-]+:[a-z0-9]+")
_BUCKET, _OBJECT = "arn:*:s3:::*", "arn:*:s3:::*/*"
"""AWS's patterns of a bucket, whose name holds no slash, and of what is in one."""
_NONE = Patterns((Tokens("*", ("*",)),))
"""What an action is asked for that takes no resource."""
_TELLING = ("iam:CreateAccessKey", "s3:DeleteObject", "s3:GetObject", "ec2:TerminateInstances")
"""Actions to take first where they are among others: everybody knows what they are good for."""
_USUAL = ("s3", "iam", "ec2")
"""Services to take actions of where any will do."""
_TERMS, _ACTIONS, _EACH, _NEAR = 20, 20, 4, 20
"""After how many requests fewer are looked for, how many actions are tried in a term, how many
requests of each of these, and among how many patterns a resource is looked for."""

_Read = Callable[[str], object]
_READ: Mapping[str, _Read] = {
    "Bool": values.parse_boolean,
    "ArrayOfBool": values.parse_boolean,
    "Numeric": values.parse_number,
    "Date": values.parse_date,
    "IPAddress": values.parse_address,
    "ARN": lambda text: text if text.startswith("arn:") else None,
    "ArrayOfARN": lambda text: text if text.startswith("arn:") else None,
}


def single_keys(catalogue: Catalogue) -> Callable[[str], bool]:
    """Whether a key, in lower case, is a global one that AWS says has one value."""
    kind_of = global_kinds(catalogue)
    return lambda key: bool(kind := kind_of(key)) and not kind.startswith("ArrayOf")


def global_kinds(catalogue: Catalogue) -> Callable[[str], str]:
    """The type of a key, in lower case, if it is a global one; else ""."""
    return lambda key: (catalogue.condition_key(key) or "") if key.startswith("aws:") else ""


def likely_points(
    requests: Requests, known: Known, catalogue: Catalogue, account: str
) -> Iterator[Point]:
    """Requests in the set that could be made: of real actions first, then of any, on resources of
    that account where there is a choice. That there are none proves nothing."""
    terms = sorted(requests.terms, key=lambda term: (len(term.box.provisos), len(term.without)))
    others: list[tuple[Requests, Point]] = []
    for term in terms:
        some = Requests((term,))
        some_of = islice(points(some, known, guessing=False), _EACH)
        found = [point for point in some_of if could_be(point, catalogue)]
        others += ((some, point) for point in found)
        cuts = _cuts(some, _facts(term, found, catalogue))
        for name, cut in islice(cuts, _ACTIONS if len(others) < _TERMS else 1):
            for point in islice(points(cut, known, guessing=False), _EACH):
                if could_be(point, catalogue):
                    yield from (near._replace(action=name) for near in _near(cut, point, account))
    for some, point in others:
        yield from _near(some, point, account)
    for term in terms[:_TERMS]:
        guessed = Requests((term,)).witness(known)
        if guessed is not None and could_be(guessed, catalogue):
            yield from _near(Requests((term,)), guessed, account)


def _cuts(requests: Requests, facts: Iterable[ActionFacts]) -> Iterator[tuple[str, Requests]]:
    """What there is of each action, of those of which there might be anything."""
    for fact in facts:
        cut = requests & Requests((Term(region_of(fact)),))
        if cut.terms:
            yield fact.name, cut


def _near(requests: Requests, point: Point, account: str) -> Iterator[Point]:
    """The point on resources that would do as well and look like those of that account, then the
    point itself."""
    texts = {
        _filled(pattern, point.action, account): None
        for term in requests.terms
        for patterns in term.box.resources
        for pattern in (() if patterns.negated else patterns.patterns[:_NEAR])
    }
    for text in sorted((text for text in texts if text.count(":") >= 5), key=len)[:_EACH]:
        if requests.holds(point.action, text, point.context):
            yield point._replace(resource=text)
    yield point


def _filled(pattern: Tokens, action: str, account: str) -> str:
    """A text that the pattern matches: with the action's service, a region, that account and `x`
    for its wildcards."""
    usual = {1: "aws", 2: action.partition(":")[0], 3: "us-east-1", 4: account}
    text = ""
    for token in pattern.tokens:
        text += token if len(token) == 1 else usual.get(text.count(":"), "x")
    return text


@lru_cache(4096)
def region_of(fact: ActionFacts) -> Box:
    """The requests that there are for an action."""
    action = Patterns((action_pattern(fact.name),))
    if not fact.takes_resource:
        return Box((action,), (_NONE,))
    if not fact.resource_arns:
        return Box((action,))
    texts = (text.replace("arn:*:", "arn:aws:", 1) for text in fact.resource_arns)
    region = [Patterns(tuple(arn_pattern([text]) for text in texts))]
    if _BUCKET in fact.resource_arns and _OBJECT not in fact.resource_arns:
        region.append(~Patterns((arn_pattern([_OBJECT]),)))
    return Box((action,), tuple(region))


def _facts(term: Term, found: Sequence[Point], catalogue: Catalogue) -> Iterator[ActionFacts]:
    """AWS's actions that the term's box is about, of the services of requests found in it."""
    actions = dict.fromkeys(point.action for point in found)
    places = [point.resource.split(":")[2] for point in found if point.resource != "*"]
    services = dict.fromkeys((*places, *(action.partition(":")[0] for action in actions)))
    names = [*actions, *(f.name for service in services for f in catalogue.actions(service))]
    if found and not names[len(actions) :]:
        names += [f.name for service in _USUAL for f in catalogue.actions(service)]
    for name in dict.fromkeys((*_TELLING, *names)):
        fact = catalogue.action(name)
        held = Requests((term._replace(box=term.box._replace(resources=(), provisos=())),))
        if fact is not None and _may_be_about(held, name.lower()):
            yield fact


def _may_be_about(requests: Requests, action: str) -> bool:
    """Whether no box that is left out holds every request of the action."""
    return any(
        all(p.holds(action) for p in term.box.actions)
        and not any(
            not out.resources and not out.provisos and all(p.holds(action) for p in out.actions)
            for out in term.without
        )
        for term in requests.terms
    )


def could_be(point: Point, catalogue: Catalogue) -> bool:
    """Whether the action is spelled as actions are, and AWS's keys have as many values, and of the
    type, as AWS says."""
    if _ACTION.fullmatch(point.action) is None:
        return False
    for key, value in point.context.items():
        kind = catalogue.condition_key(key)
        if kind is None:
            continue
        if not isinstance(value, str) and not kind.startswith("ArrayOf"):
            return False
        read = _READ.get(kind, _text)
        if any(read(text) is None for text in ((value,) if isinstance(value, str) else value)):
            return False
    return True


def _text(text: str) -> str | None:
    return text or None
