"""What one principal may do with some policies and not without them.

The difference of two sets of requests says what there is to say; whether it is true of AWS's own
rules is asked of the evaluator: one request of each kind that is in it is put to both sides.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, islice

from iamctl.domain.arns import parse_arn
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_exact import is_empty, points
from iamctl.policy.reach_patterns import Pattern, Patterns, action_pattern, arn_pattern
from iamctl.policy.reach_provisos import Known
from iamctl.ports import ActionFacts
from iamctl.services.access import Access, Circumstances, Value
from iamctl.services.prove_points import could_be, global_kinds, single_keys
from iamctl.services.reaching import known_of, reach_of
from iamctl.services.subjects import Subject
from iamctl.services.what_can import UNKNOWN_LEVEL, Permission, compact, permissions
from iamctl.services.what_can_grants import kinds_of

_TRIED = 20
"""How many requests of one kind are put to the evaluator."""

_ASSUME_ROLE = "sts:AssumeRole"
_OF_ITS_ARN = "aws:resourceaccount"
_USUAL = Patterns((arn_pattern(["arn:aws:*:*:*:*"]), Pattern("*", ("*",))))
"""No certain resource, or one of AWS's main partition."""


class Witness(NamedTuple):
    """A request that is allowed on the one side and denied on the other; of its context, what does
    not follow from the directory and the clock."""

    action: str
    resource: str
    context: Mapping[str, Value]


class Item(NamedTuple):
    """Something that one side may do and the other may not: a permission, or a role to assume.

    Without a witness it is only that it may be so.
    """

    what: "Permission | str"
    witness: Witness | None


class Difference(NamedTuple):
    """What one side may do and the other may not, roles to assume first.

    `nothing` when that is proved; it may be that neither is so and no item can be named.
    """

    nothing: bool
    items: tuple[Item, ...] = ()


class Compared(NamedTuple):
    """What is lost from one side to the other, and what is gained; `unread` are the policies that
    could not be read, with the reason: with any of these nothing is certain."""

    lost: Difference
    gained: Difference
    unread: tuple[str, ...]


Memory = dict[object, tuple[Item, ...]]
"""Items of sets of requests that were looked at: many users have the same policies. They are for
one directory."""


def compared(access: Access, before: Subject, after: Subject, memory: Memory) -> Compared:
    """The same principal under the policies of `before` and those of `after`, at one time.

    May raise what loading other accounts' files does.
    """
    kinds = global_kinds(access.catalogue)
    known = known_of(access, after, {})._replace(single=single_keys(access.catalogue), kind=kinds)
    first, second = (reach_of(access, subject, {}, known) for subject in (before, after))
    unread = dict.fromkeys(
        f"{policy.id} could not be read: {policy.reason}"
        for policy in (*first.unread, *second.unread)
    )
    lost = _Side(access, before, after, _less(first.requests, second.requests), known)
    gained = _Side(access, after, before, _less(second.requests, first.requests), known)
    sure = not unread
    return Compared(lost.told(sure, memory), gained.told(sure, memory), tuple(unread))


def _less(mine: Requests, theirs: Requests) -> Requests:
    """What is in one set only; what is said in the same words on both sides is passed over."""
    same = {_meaning(term) for term in theirs.terms}
    return Requests(tuple(t for t in mine.terms if _meaning(t) not in same)) - theirs


def _meaning(term: Term) -> object:
    """What requests a term holds, whatever statements it comes from."""
    return term.box[:3], tuple(out[:3] for out in term.without)


_About = tuple[tuple[int, tuple[int, ...]], ...]
"""The terms that are about an action, each with its boxes to be left out that are."""


class _Side:
    """What one side may do and the other may not."""

    def __init__(
        self, access: Access, may: Subject, may_not: Subject, requests: Requests, known: Known
    ) -> None:
        self._access = access
        self._may = may
        self._may_not = may_not
        self._requests = requests
        self._known = known
        self._found: dict[tuple[object, ...], tuple[Witness, ...] | None] = {}

    def told(self, sure: bool, memory: Memory) -> Difference:
        """All of it; without `sure` nothing is certain, and no item has a witness."""
        if is_empty(self._requests, self._known) is True:
            return Difference(sure)
        meaning = self._meaning()
        items = memory.get(meaning)
        if items is None or not all(i.witness is None or self._is_so(*i.witness) for i in items):
            items = memory[meaning] = tuple(self._items())
        return Difference(False, items if sure else tuple(i._replace(witness=None) for i in items))

    def _meaning(self) -> object:
        """What the set holds, with what its conditions look at of the principal."""
        boxes = (box for term in self._requests.terms for box in (term.box, *term.without))
        keys = {key for box in boxes for proviso in box.provisos for key in proviso.keys}
        values = sorted((k, v) for k, v in self._known.context.items() if k in keys)
        return tuple(map(_meaning, self._requests.terms)), tuple(values)

    def _items(self) -> Iterator[Item]:
        roles = tuple(self._roles())
        yield from roles
        named = {item.what for item in roles}
        yield from (item for item in self._permissions() if not self._is_of(item.what, named))

    def _roles(self) -> Iterator[Item]:
        """The roles of the directory to assume."""
        directory = self._access.directory
        for role in directory.roles.values():
            arn = directory.arn(role)
            if not any(
                all(p.holds("sts:assumerole") for p in term.box.actions)
                and all(p.holds(arn) for p in term.box.resources)
                for term in self._requests.terms
            ):
                continue
            fact = ActionFacts(_ASSUME_ROLE, UNKNOWN_LEVEL, (), (arn,), (), True)
            found = self._witness(fact, self._requests)
            if found is not None:
                yield Item(f"role/{role.name}", next(iter(found), None))

    def _is_of(self, what: Permission | str, roles: set[Permission | str]) -> bool:
        """Whether a permission says no more than which of these roles may be assumed."""
        if isinstance(what, str) or what.actions != (_ASSUME_ROLE,):
            return False
        named = {
            f"role/{entity.name}"
            for grant in what.grants
            for arn in grant.resources
            if (entity := self._access.directory.by_arn(arn)) is not None
        }
        return named <= roles and len(named) == sum(len(g.resources) for g in what.grants)

    def _permissions(self) -> Iterator[Item]:
        catalogue = self._access.catalogue
        rows = []
        for row in permissions(self._requests, catalogue):
            if any(self._of_action(name) is not None for name in row.actions):
                rows.append(row)
        for row in compact(rows, catalogue):
            certain = all(map(self._of_action, row.actions))
            yield Item(row, self._own_witness(row.actions[0]) if certain else None)

    def _own_witness(self, action: str) -> Witness | None:
        """The witness of an action with that very action, which is asked too."""
        for witness in self._of_action(action) or ():
            if witness.action == action or self._is_so(action, *witness[1:]):
                return witness._replace(action=action)
        return None

    def _of_action(self, name: str) -> tuple[Witness, ...] | None:
        """A witness for an action; none when there may be one, None when it is proved that no
        request of the action is in the set.

        Actions that the same boxes are about, and that take the same resources, have it together.
        """
        fact = self._access.catalogue.action(name)
        if fact is None:
            fact = ActionFacts(name, UNKNOWN_LEVEL, (), (), (), True)
        action = name.lower()
        about = tuple(
            (at, tuple(n for n, out in enumerate(term.without) if _is_about(out, action)))
            for at, term in enumerate(self._requests.terms)
            if _is_about(term.box, action)
        )
        key = (about, fact.resource_arns, fact.takes_resource, action.startswith("s3:"))
        if key not in self._found:
            self._found[key] = self._witnesses(fact, self._cut(about))
        return self._found[key]

    def _cut(self, about: _About) -> Requests:
        """The set for one action, which the boxes are about that are told."""
        found: list[Term] = []
        for at, outs in about:
            term = self._requests.terms[at]
            left = [Term(term.box._replace(actions=()))]
            for n in outs:
                out = term.without[n]._replace(actions=())
                left = [smaller for one in left for smaller in one.less(out)]
            found += left
        return Requests(tuple(found))

    def _witnesses(self, fact: ActionFacts, cut: Requests) -> tuple[Witness, ...] | None:
        """As `_of_action`: one for each term that is about what the action can be asked for."""
        found: list[tuple[Witness, ...] | None] = []
        here = Requests((Term(_asked_for(fact)),))
        for term in cut.terms:
            some = Requests((term,))
            if (some & here).is_empty() is not True:
                found.append(self._witness(fact, some))
        if all(one is None for one in found):
            return None
        return tuple(one[0] for one in found if one) if all(found) else ()

    def _witness(self, fact: ActionFacts, cut: Requests) -> tuple[Witness, ...] | None:
        every = cut & Requests((Term(_asked_for(fact)),))
        if is_empty(every, self._known) is True:
            return None
        settled = {*self._known.context, _OF_ITS_ARN}
        usual = cut & Requests((Term(_usual(fact)),))
        found = (islice(points(some, self._known), _TRIED) for some in (usual, every))
        for point in chain.from_iterable(found):
            context = {key: value for key, value in point.context.items() if key not in settled}
            real = could_be(point._replace(context=context), self._access.catalogue)
            if real and self._is_so(fact.name, point.resource, context):
                return (Witness(fact.name, point.resource, context),)
        return ()

    def _is_so(self, action: str, resource: str, context: Mapping[str, Value]) -> bool:
        """Whether the evaluator allows the request on the one side and denies it on the other."""
        if resource != "*" and parse_arn(resource) is None:
            return False
        try:
            target = self._access.target(action, resource, Circumstances(context=context))
        except (InvalidValue, NotFound):
            return False
        if target.resource != resource:
            return False
        may, may_not = (
            self._access.answer(subject, target).decision.verdict
            for subject in (self._may, self._may_not)
        )
        return may == "allowed" and may_not in ("implicitDeny", "explicitDeny")


def _asked_for(fact: ActionFacts) -> Box:
    """The requests that there are for an action."""
    return Box((Patterns((action_pattern(fact.name),)),), kinds_of(fact))


def _usual(fact: ActionFacts) -> Box:
    """The same, for resources as most of them are called."""
    box = _asked_for(fact)
    if not fact.resource_arns or fact.name.lower().startswith("s3:"):
        return box._replace(resources=(*box.resources, _USUAL))
    arns = tuple(arn.replace("arn:*:", "arn:aws:", 1) for arn in fact.resource_arns)
    return _asked_for(fact._replace(resource_arns=arns))


def _is_about(box: Box, action: str) -> bool:
    return all(patterns.holds(action) for patterns in box.actions)
