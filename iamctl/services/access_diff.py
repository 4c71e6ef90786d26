"""What a change to a directory gives and takes: every request whose decision is another one.

Both states are sets of requests (services.reaching); their difference is proved empty, or put
into words, each with a request that the evaluator decides one way before and the other after. A
difference of which no such request was found is told as one that may be. Who is the same on both
sides is asked nothing, and principals that the same statements are about are asked once.

A principal is the same as before if its unique id is; without one, if its name is. Both states
are judged at one time. What nobody needs a permission for is no access here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box, Requests, Term
from iamctl.services.access import Access
from iamctl.services.access_diff_case import Case, Difference, comparable, found_at, found_over
from iamctl.services.access_diff_marked import Marked, bearing, marked, tagged_otherwise
from iamctl.services.access_diff_narrowing import Narrowing
from iamctl.services.access_diff_outside import (
    abroad_otherwise,
    is_there,
    named_outside,
    subject_for,
)
from iamctl.services.access_diff_pairs import Pair, Pairs
from iamctl.services.access_diff_sets import (
    anywhere,
    common,
    without,
)
from iamctl.services.access_diff_sides import Person, Side, any_time
from iamctl.services.access_diff_statements import Statements
from iamctl.services.access_diff_touched import (
    EVERYWHERE,
    Region,
    Touched,
)

Progress = Callable[[int, int], object]
"""Told how many of how many principals have been compared."""


class Unread(NamedTuple):
    """A policy that could not be read, so that of these principals nothing is certain."""

    principals: tuple[str, ...]
    policy: str
    reason: str


class Compared(NamedTuple):
    """All differences, as sets, those for who is not of the file apart; what keeps the answer from
    being complete; the principals that there were to compare; and the instants after this one, in
    epoch seconds, from which on the answer may be another."""

    differences: tuple[Difference, ...]
    outside: tuple[Difference, ...]
    unread: tuple[Unread, ...]
    pairs: tuple[Pair, ...]
    later: tuple[int, ...]


def compared(
    before: Sequence[Access],
    after: Access,
    progress: Progress = lambda done, total: None,
    within: Region = (),
) -> Compared:
    """What is possible in `after` and in none of the states `before`, and what was in all of these
    and is not in `after`. Without any state before: all that is possible, `within` a region.

    All are of one time. May raise what loading other accounts' files does, and InvalidDirectory.
    """
    return _Comparing(before, after, within).compared(progress)


class _Comparing:
    def __init__(self, before: Sequence[Access], after: Access, within: Region) -> None:
        self._within = within
        self._statements = Statements()
        self._before = [Side(access, self._statements) for access in before]
        self._after = Side(after, self._statements)
        self._touched = [Touched(side, self._after) for side in self._before]
        known = {account for access in (*before, after) for account in access.known_accounts()}
        self._narrowing = [Narrowing(side, known) for side in (*self._before, self._after)]
        self._marked = marked([*before, after]) if before else ()
        self._unread: dict[tuple[str, str], list[str]] = {}
        self._instants_found: set[int] = set()
        self._is_asked = False

    def compared(self, progress: Progress) -> Compared:
        """All differences, alike ones together."""
        before = [side.access for side in self._before]
        pairs = Pairs(before, self._after.access, self._touched, bool(self._marked))
        asked: list[Pair] = []

        def everybody() -> Iterator[tuple[Pair, bool]]:
            for number, (pair, may_differ) in enumerate(pairs.all(), 1):
                progress(number, pairs.count)
                asked.append(pair)
                if may_differ:
                    yield pair, pairs.itself

        differences = self._all(everybody())
        outside = self._all((pair, True) for pair in self._outside())
        unread = (Unread(tuple(names), *what) for what, names in self._unread.items())
        instants = self._instants({*pairs.ends_that_differ(), *self._instants_found})
        later = tuple(sorted(i for i in instants if i > self._after.access.now))
        return Compared(differences, outside, tuple(unread), tuple(asked), later)

    def _instants(self, found: set[int]) -> set[int]:
        """When what was compared may mean something else, with what resources say of it."""
        if not (found or self._is_asked or any(touched.places for touched in self._touched)):
            return found
        for side in (*self._before, self._after):
            found |= self._statements.instants(chain(*side.rcps))
            for place in side.places.values():
                policies = self._statements.of([place.policies, *place.rcps])
                found |= self._statements.instants(policies)
        return found

    def _all(self, pairs: Iterable[tuple[Pair, bool]]) -> tuple[Difference, ...]:
        cases: dict[object, Case] = {}
        for pair, itself in pairs:
            case = self._case(pair, itself)
            if case is not None:
                found = cases.setdefault(self._sameness(case), case)
                if found is not case:
                    found.pairs.append(pair)
        return tuple(found for case in cases.values() for found in self._differences(case))

    def _outside(self) -> Iterator[Pair]:
        """Who is not of the file, and named in a policy of a resource or of an account whose file
        is another."""
        sides = (*self._before, self._after)
        policies = [place.policies for side in sides for place in side.places.values()]
        numbers = sorted(self._statements.of(policies))
        statements = [self._statements[number] for number in numbers]
        states = [side.access for side in sides]
        named = [tuple(named_outside(access, statements)) for access in states]
        others = abroad_otherwise(states)
        for word in dict.fromkeys((*chain.from_iterable(reversed(named)), *others)):
            *before, after = (
                word if word in names or is_there(access, word) else None
                for access, names in zip(states, named, strict=True)
            )
            yield Pair(tuple(before), after)

    def _case(self, pair: Pair, itself: bool) -> Case | None:
        """A principal with what it may differ in, None when it cannot."""
        after = self._person(self._after, pair.after)
        before = tuple(
            self._person(side, word) if itself else after
            for side, word in zip(self._before, pair.before, strict=True)
        )
        if self._reads_clock((*before, after)):
            before = tuple(p and p._replace(known=any_time(p.known)) for p in before)
            after = after and after._replace(known=any_time(after.known))
        marks = self._bearing((*before, after))
        for side, person in zip((*self._before, self._after), (*before, after), strict=True):
            if person is not None:
                self._is_asked = True
                self._instants_found.update(side.ends(person.subject.principal))
                self._instants_found |= self._statements.instants(person.shape.numbers)
        region: dict[Box, None] = dict.fromkeys(self._within)
        for touched, person in zip(self._touched, before, strict=True):
            here = EVERYWHERE
            if person is not None and after is not None:
                here = touched.region(person, after)
                here += tuple(one.box for one in marks)
            if not here:
                return None
            region |= dict.fromkeys(here)
        for person in (*before, after):
            for policy in person.shape.unread if person is not None else ():
                concerned = self._unread.setdefault(policy, [])
                concerned += [pair.word] if pair.word not in concerned[-1:] else []
        whole = any(box in region for box in EVERYWHERE)
        return Case([pair], before, after, EVERYWHERE if whole else tuple(region), marks)

    def _bearing(self, people: Sequence[Person | None]) -> tuple[Marked, ...]:
        """The marked resources at whose facts some policy looks that bears on the principals."""
        of_role: tuple[Marked, ...] = ()
        if any(person is not None and person.subject.taggable for person in people):
            subjects = [None if person is None else person.subject for person in people]
            of_role = tagged_otherwise(subjects)
        if not (self._marked or of_role):
            return ()
        looked_at: set[str] = set()
        for side, person in zip((*self._before, self._after), people, strict=True):
            if person is not None:
                shape = person.shape
                own = (shape.identity, shape.boundary or (), *shape.scps)
                for number in chain(side.of_resources, *own):
                    looked_at |= self._statements.keys(number)
        return bearing(self._marked, of_role, looked_at)

    def _reads_clock(self, people: Sequence[Person | None]) -> bool:
        """Whether a policy that may bear on the principals reads the time as a text: that turns at
        instants that nobody can list."""
        sides = zip((*self._before, self._after), people, strict=True)
        return any(
            person is not None and side.reads_clock(person.shape.numbers) for side, person in sides
        )

    def _person(self, side: Side, word: str | None) -> Person | None:
        if word is None:
            return None
        subject = subject_for(side.access, word)
        return Person(subject, side.known(subject), side.shape(subject), side.facts(subject))

    def _sameness(self, case: Case) -> object:
        """Equal for those of whom everything is the same that may make a difference."""
        people = (*case.before, case.after)
        return (
            case.region,
            tuple(one.said for one in case.marked),
            tuple(
                None if person is None else narrowing.sameness(person, case.region)
                for narrowing, person in zip(self._narrowing, people, strict=True)
            ),
        )

    def _differences(self, case: Case) -> list[Difference]:
        people = (*case.before, case.after)
        reached = [
            narrowing.reach(person, case.region)
            for narrowing, person in zip(self._narrowing, people, strict=True)
        ]
        alike, (*before, after) = comparable(people, reached)
        found = []
        if case.after is not None:
            gained = without(after, before)
            if self._within:
                gained = common(gained, [Requests(tuple(map(Term, self._within)))])
            found += found_over(case, True, gained, case.after, alike)
        first = case.before[0] if case.before else None
        if first is not None:
            lost = without(common(before[0], before[1:]), [after])
            found += found_over(case, False, lost, first, alike)
        for one in case.marked:
            found += found_at(case, one, (*before, after), found)
        return [*found, *self._abroad(case, found)]

    def _abroad(self, case: Case, told: Sequence[Difference]) -> Iterator[Difference]:
        """What own policies allow on resources of accounts that no file speaks of, besides what is
        told of all resources."""
        people = (*case.before, case.after)
        reached = [
            narrowing.abroad(person, case.region)
            for narrowing, person in zip(self._narrowing, people, strict=True)
        ]
        alike, (*before, after) = comparable(people, reached)
        gained = without(after, before)
        if self._within:
            gained = common(gained, [Requests(tuple(map(Term, self._within)))])
        differing = [(True, case.after, gained)]
        if case.before:
            lost = without(common(before[0], before[1:]), [after])
            differing.append((False, case.before[0], lost))
        for is_gain, person, requests in differing:
            if person is not None and requests.terms:
                others = (anywhere(d.left.requests) for d in told if d.gained is is_gain)
                left = without(requests, others)
                for found in found_over(case, is_gain, left, person, alike):
                    kept = found.left._replace(requests=anywhere(found.left.requests))
                    yield found._replace(left=kept, abroad=True)
