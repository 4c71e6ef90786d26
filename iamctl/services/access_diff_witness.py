"""A witness of a difference: one request that is decided one way before and the other after, as
`iamctl can` says when it is asked in either state.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Point, Requests
from iamctl.services.access import Access, Answer, Circumstances, Value
from iamctl.services.access_diff_case import Difference
from iamctl.services.access_diff_outside import subject_for
from iamctl.services.access_diff_pairs import Pair
from iamctl.services.access_diff_sets import supposing
from iamctl.services.can import why
from iamctl.services.prove_points import likely_points
from iamctl.services.subjects import Subject

_DENIED = ("implicitDeny", "explicitDeny")
_TAGS = ("aws:resourcetag/", "iam:resourcetag/")
_POINTS, _LAST = 25, 8
"""How many requests of a set are tried, and how many witnesses are tried for others again."""


class Told(NamedTuple):
    """What a state says of a request: a verdict and why; no verdict when it has no such
    principal."""

    verdict: str
    why: str


class Witness(NamedTuple):
    """A request, with what is to be said of its context, and what each state says of it.

    `before` and `after` are the principal's words in the first state and in the last.
    """

    before: str | None
    after: str | None
    action: str
    resource: str
    context: Mapping[str, Value]
    told: tuple[Told, ...]


class Witnesses:
    """Finds witnesses for differences between states of one directory."""

    def __init__(self, before: Sequence[Access], after: Access) -> None:
        self._states = (*before, after)
        self._catalogue = after.catalogue
        self._account = after.directory.account.id
        self._subjects: dict[tuple[int, str], Subject] = {}
        self._last: deque[Witness] = deque(maxlen=_LAST)

    def of(self, difference: Difference, requests: Requests) -> Witness | None:
        """A request of a set that the evaluator decides as the difference says, if one is found."""
        witness = self._again(difference, requests)
        if witness is not None:
            return witness
        supposed = supposing(requests, difference.facts)
        found = likely_points(supposed, difference.known, self._catalogue, self._account)
        return self.among(difference, found)

    def _again(self, difference: Difference, requests: Requests) -> Witness | None:
        """A request that was a witness before, if it is one of these too."""
        for last in () if difference.abroad else reversed(self._last):
            given = {key.lower(): value for key, value in last.context.items()}
            context = {**difference.known.context, **given}
            if requests.holds(last.action, last.resource, context):
                point = Point(last.action, last.resource, context)
                witness = self._ask(difference.pairs[0], difference.gained, point, last.context)
                if witness is not None:
                    return witness
        return None

    def among(self, difference: Difference, found: Iterable[Point]) -> Witness | None:
        """The first request that the evaluator decides as the difference says."""
        for point in () if difference.abroad else islice(found, _POINTS):
            witness = self._replayed(difference, point)
            if witness is not None:
                self._last.append(witness)
                return witness
        return None

    def _replayed(self, difference: Difference, point: Point) -> Witness | None:
        known = difference.known.context
        given = {k: v for k, v in point.context.items() if known.get(k) != v}
        pair, gained = difference.pairs[0], difference.gained
        for context in dict.fromkeys((self._unknown(point, given), tuple(given.items()))):
            left = dict(context)
            witness = self._ask(pair, gained, point, left)
            if witness is None:
                continue
            for key in list(left):
                fewer = {k: v for k, v in left.items() if k != key}
                shorter = self._ask(pair, gained, point, fewer)
                if shorter is not None:
                    witness, left = shorter, fewer
            spelled = {_spelled(difference, key): value for key, value in left.items()}
            return witness._replace(context=spelled)
        return None

    def _unknown(self, point: Point, given: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
        """The context without what the resource says itself."""
        access = self._states[-1]
        try:
            target = access.target(point.action, point.resource)
        except (InvalidValue, NotFound):
            return tuple(given.items())
        facts = {key.lower() for key in target.keys} | {"aws:resourceaccount"}
        tagged = access.knows_tags(target)
        return tuple(
            (key, value)
            for key, value in given.items()
            if key not in facts
            and not key.startswith("aws:resourceorg")
            and not (tagged and key.startswith(_TAGS))
        )

    def _ask(
        self, pair: Pair, gained: bool, point: Point, context: Mapping[str, Value]
    ) -> Witness | None:
        """The request as a witness, if every state says of it what the difference does."""
        told: list[Told] = []
        spelled = point.action
        for at, word in enumerate((*pair.before, pair.after)):
            wanted = gained is (at == len(pair.before))
            if word is None:
                if wanted:
                    return None
                told.append(Told("", "there is no such principal"))
                continue
            answer = self._answer(at, word, point, context)
            if answer is None:
                return None
            verdict = answer.decision.verdict
            if not (verdict == "allowed" if wanted else verdict in _DENIED):
                return None
            spelled = answer.request.action
            told.append(Told(verdict, why(answer)))
        before, resource = pair.before[0] if pair.before else None, point.resource
        return Witness(before, pair.after, spelled, resource, dict(context), tuple(told))

    def _answer(
        self, at: int, word: str, point: Point, context: Mapping[str, Value]
    ) -> Answer | None:
        access = self._states[at]
        if (at, word) not in self._subjects:
            self._subjects[at, word] = subject_for(access, word)
        try:
            around = Circumstances(context=context)
            target = access.target(point.action, point.resource, around)
        except (InvalidValue, NotFound):
            return None
        return access.answer(self._subjects[at, word], target)


def _spelled(difference: Difference, key: str) -> str:
    """A key, in lower case, as the policies spell it."""
    terms = difference.left.requests.terms
    provisos = (p for term in terms for box in (term.box, *term.without) for p in box.provisos)
    written = (p.condition.key for p in provisos if p.condition is not None)
    return next((text for text in written if text.lower() == key), key)
