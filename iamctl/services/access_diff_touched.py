"""Where two states may differ for a principal.

What it may do can differ only where a statement is about that one state alone has, or one that
looks at something of the principal that differs: that region alone is compared, and whoever has
none is done with.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest

from iamctl.domain.documents_variables import Literal
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import CompiledStatement, SourcePolicy
from iamctl.policy.evaluate import Matched
from iamctl.policy.layers import Policies
from iamctl.policy.reach import Box, Origin
from iamctl.policy.reach_layers import Governed, boxes_of
from iamctl.policy.reach_patterns import Patterns, action_pattern, arn_pattern, within_account
from iamctl.policy.reach_provisos import Known
from iamctl.policy.request import Caller
from iamctl.services.access_diff_sides import Person, Side
from iamctl.services.access_diff_statements import Numbers
from iamctl.services.settled import PRINCIPAL_TAG

Region = tuple[Box, ...]
"""Where something may differ: in none of the boxes nothing does."""
EVERYWHERE: Region = (Box(),)
_STS = Patterns((action_pattern("sts:*"),))
_NOWHERE = SourcePolicy("", "identity", None)


class _Place(NamedTuple):
    """A resource whose policy differs. `whole` when more than statements does."""

    ground: Box
    accounts: frozenset[str]
    numbers: Numbers
    rcps: Numbers
    whole: bool


class Touched:
    """Where two sides may differ for a principal."""

    def __init__(self, before: Side, after: Side) -> None:
        self._before, self._after = before, after
        self._statements = after.statements
        known = [set(side.access.known_accounts()) for side in (before, after)]
        self._accounts = tuple(sorted(known[0] ^ known[1]))
        self.places = tuple(self._changed_places())
        self.everybody = self._touches_everybody()

    def _touches_everybody(self) -> bool:
        """Whether something differs that is over all principals alike."""
        old, new = self._before.access, self._after.access
        was, now = (one.directory.value_at(("organization",)) for one in (old, new))
        return (
            old.directory.account.id != new.directory.account.id
            or was != now
            or bool(self._accounts)
            or any(place.rcps for place in self.places)
            or any(place.whole and self._is_foreign(place) for place in self.places)
        )

    def _is_foreign(self, place: _Place) -> bool:
        return place.accounts != {self._after.access.directory.account.id}

    def names(self, caller: Caller) -> bool:
        """Whether a policy of a resource that differs may name a caller."""
        return any(
            self._form(number, caller, bounded) is not None
            for place in self.places
            for number in place.numbers
            for bounded in (False, True)
        )

    def _form(self, number: int, caller: Caller, bounded: bool) -> str | None:
        return self._statements[number].form(caller, bounded)

    def _changed_places(self) -> Iterator[_Place]:
        old, new = self._before.places, self._after.places
        for key in dict.fromkeys((*old, *new)):
            was, now = old.get(key), new.get(key)
            if was is None or now is None:
                place = was or now
                if place is not None:
                    numbers = self._statements.of([place.policies])
                    accounts = frozenset((place.account,))
                    yield _Place(ground(place), accounts, numbers, frozenset(), True)
                continue
            differing = self._statements.of([was.policies]) ^ self._statements.of([now.policies])
            rcps = self._levels(was.rcps, now.rcps)
            whole = was[1:5] != now[1:5]
            if whole:
                differing = self._statements.of([was.policies, now.policies])
            if differing or whole or rcps:
                accounts = frozenset((was.account, now.account))
                around = _around(ground(was), ground(now))
                yield _Place(around, accounts, differing, rcps, whole)

    def _levels(self, old: tuple[Policies, ...], new: tuple[Policies, ...]) -> Numbers:
        of = self._statements.of
        was, now = ([of([level]) for level in levels] for levels in (old, new))
        return _differing(was, now, self._statements.full_rcp)

    def region(self, old: Person, new: Person) -> Region:
        """Where the two may differ in what they may do; nowhere when that is none."""
        if old.subject.principal.account != new.subject.principal.account:
            return EVERYWHERE
        if old.shape.unread != new.shape.unread or self._knows_otherwise(old, new):
            return EVERYWHERE
        rcps = _differing(self._before.rcps, self._after.rcps, self._statements.full_rcp)
        found = dict.fromkeys(self._boxes(self._of_layers(old, new) | rcps, old, new))
        # What there is no file of any more may be allowed there.
        found |= {Box((), (within_account(account),)): None for account in self._accounts}
        for place in self.places:
            if place.whole and place.accounts != {new.subject.principal.account}:
                found[place.ground] = None
            named = (n for n in place.numbers if self._names_either(n, old, new))
            boxes = self._boxes({*named, *place.rcps}, old, new)
            meeting = (one.meet(place.ground) for one in boxes)
            found |= dict.fromkeys(one for one in meeting if one.may_exist)
        found |= dict.fromkeys(self._boxes(self._other_of_the_same(old, new), old, new))
        return EVERYWHERE if Box() in found or len(found) > _MANY else tuple(found)

    def _knows_otherwise(self, old: Person, new: Person) -> bool:
        """Whether a file tells of a principal's account on one side alone."""
        sides = (self._before.access, old), (self._after.access, new)
        known, other = (access.knows(person.subject) for access, person in sides)
        return known is not other

    def _of_layers(self, old: Person, new: Person) -> Numbers:
        """The statements by which the own layers of the two differ; no boundary is as one that
        allows everything."""
        full, was, now = self._statements.full, old.shape, new.shape
        boundaries = [full if one.boundary is None else one.boundary for one in (was, now)]
        limits = _differing(was.scps, now.scps, full) | (boundaries[0] ^ boundaries[1])
        return (was.identity ^ now.identity) | limits

    def _names_either(self, number: int, old: Person, new: Person) -> bool:
        return any(
            self._form(number, p.subject.principal, p.shape.boundary is not None) is not None
            for p in (old, new)
        )

    def _other_of_the_same(self, old: Person, new: Person) -> set[int]:
        """Statements on both sides that mean other requests, since the principal is another or
        something of it is: its name, tags, whether its sessions may bring tags."""
        was, now = old.known.context, new.known.context
        keys = {key for key in (*was, *now) if was.get(key) != now.get(key)}
        tags = old.subject.taggable is not new.subject.taggable
        found: set[int] = set()
        bounded = (old.shape.boundary is None) is not (new.shape.boundary is None)
        same = old.subject.principal == new.subject.principal
        if same and not (keys or tags or bounded):
            return found
        policies = [p.policies for side in (self._before, self._after)
                    for p in side.places.values()]  # fmt: skip
        levels = [level for side in (self._before, self._after)
                  for p in side.places.values() for level in p.rcps]  # fmt: skip
        everywhere = self._statements.of(policies)
        for number in (
            *old.shape.identity, *(old.shape.boundary or ()), *chain(*old.shape.scps),
            *self._statements.of(levels), *chain(*self._after.rcps), *everywhere,
        ):  # fmt: skip
            looked_at = self._statements.keys(number)
            if not keys.isdisjoint(looked_at) or (
                tags and any(key.startswith(PRINCIPAL_TAG) for key in looked_at)
            ):
                found.add(number)
        return found | {n for n in everywhere if self._is_named_otherwise(n, old, new)}

    def _is_named_otherwise(self, number: int, old: Person, new: Person) -> bool:
        forms = {
            self._form(number, p.subject.principal, p.shape.boundary is not None)
            for p in (old, new)
        }
        return len(forms) > 1

    def _boxes(self, numbers: Iterable[int], old: Person, new: Person) -> Iterator[Box]:
        """The requests that statements are about, for either, whatever else these need."""
        for number in numbers:
            for person in dict.fromkeys((id(old.known), id(new.known))):
                known = old.known if person == id(old.known) else new.known
                yield from bare_boxes(self._statements[number], known)


_MANY = 40
"""Beyond so many boxes all is compared."""


def _differing(old: Iterable[Numbers], new: Iterable[Numbers], full: Numbers) -> Numbers:
    """The statements by which levels differ; one that is not there allows everything, as `full`."""
    pairs = zip_longest(old, new, fillvalue=full)
    return frozenset(chain.from_iterable(one ^ other for one, other in pairs))


def bare_boxes(compiled: CompiledStatement, known: Known) -> Iterator[Box]:
    """The actions and resources that a statement is about, with variables at their widest."""
    nobody = Origin(Matched(_NOWHERE, compiled.statement))
    for one in boxes_of(compiled, nobody, known):
        yield Box(one.actions, one.resources)


def ground(place: Governed) -> Box:
    """The requests that the policy of a resource may be asked about."""
    patterns = [arn_pattern([Literal(place.arn)])]
    patterns += [arn_pattern([Literal(place.arn), below]) for below in place.below]
    actions = (_STS,) if any(p.type == "trust" for p in place.policies) else ()
    return Box(actions, (Patterns(tuple(patterns)),))


def _around(one: Box, other: Box) -> Box:
    """A box that holds both of two at one place."""
    if one == other:
        return one
    patterns = (p for side in (one, other) for r in side.resources for p in r.patterns)
    return Box(one.actions, (Patterns(tuple(dict.fromkeys(patterns))),))


def may_be_about(region: Region, one: Box) -> bool:
    """Whether some request of a box is in the region."""
    return any(here.meet(one).may_exist for here in region)
