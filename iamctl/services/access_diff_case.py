"""Where states are compared: principals of whom the same is asked, and what is found for them."""

from collections.abc import Mapping, Sequence
from itertools import chain

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import NOTHING, Requests
from iamctl.policy.reach_provisos import Known, Proviso
from iamctl.services.access_diff_marked import Marked
from iamctl.services.access_diff_pairs import Pair
from iamctl.services.access_diff_sets import Left, common, keys_of, pinned, pruned, settled, without
from iamctl.services.access_diff_sides import Person
from iamctl.services.access_diff_touched import Region
from iamctl.services.access_diff_written import knowing, written_out


class Difference(NamedTuple):
    """Requests that these principals may make in one state and not in the other.

    `left` are the requests, for the first of them, and so for all; `known` is what is known of
    each in the state that allows them, `facts` what holds of keys that are open. `abroad`: they
    are for resources of accounts that no file speaks of, which may say no.
    """

    pairs: tuple[Pair, ...]
    gained: bool
    left: Left
    known: Known
    facts: Mapping[str, Proviso]
    abroad: bool = False


class Case(NamedTuple):
    """Principals that the same statements are about, the first of them on either side, and
    where the sides may differ for them."""

    pairs: list[Pair]
    before: tuple[Person | None, ...]
    after: Person | None
    region: Region
    marked: tuple[Marked, ...]


def comparable(
    people: Sequence[Person | None], reached: Sequence[Requests]
) -> tuple[bool, list[Requests]]:
    """Whether the same is known on all sides of what the sets hang on; and the sets, with what is
    known on each side written into them if it is not, so that they may be taken from one another.
    """
    keys = keys_of(chain.from_iterable(requests.terms for requests in reached))
    said = {
        tuple((key, person.known.context.get(key), person.known.knows(key)) for key in sorted(keys))
        for person in people
        if person is not None
    }
    if len(said) < 2:
        return True, list(reached)
    return False, [
        requests if person is None else written_out(requests, person.known)
        for person, requests in zip(people, reached, strict=True)
    ]


def found_over(
    case: Case, gained: bool, requests: Requests, person: Person, alike: bool
) -> list[Difference]:
    """What differs over all resources, none or one; `alike` as `comparable` has it."""
    sides = [one.known for one in (*case.before, case.after) if one is not None]
    known, facts = knowing(person.known, requests, sides), person.facts
    left = pruned(requests if alike else settled(requests, known), known, facts)
    pairs = tuple(case.pairs)
    return [Difference(pairs, gained, left, known, facts)] if left.requests.terms else []


def found_at(
    case: Case, one: Marked, reached: Sequence[Requests], told: Sequence[Difference]
) -> list[Difference]:
    """What differs at a marked resource besides what is told of all resources."""
    people = (*case.before, case.after)
    known = [
        None if person is None else one.known(person.known, side)
        for side, person in enumerate(people)
    ]
    *before, after = (
        NOTHING if k is None else settled(written_out(pinned(one.here(requests), k), k), k)
        for requests, k in zip(reached, known, strict=True)
    )
    found: list[Difference] = []
    for gained, side in ((True, len(people) - 1), (False, 0)):
        person, here = people[side], known[side]
        if person is None or here is None:
            continue
        other = [d.left.requests for d in told if d.gained is gained]
        left = without(after, before) if gained else without(common(before[0], before[1:]), [after])
        left = without(left, (one.here(requests) for requests in other))
        here = knowing(here, left, [k for k in known if k is not None])
        left = settled(left, here)
        kept = pruned(left, here, person.facts)
        if kept.requests.terms:
            found.append(Difference(tuple(case.pairs), gained, kept, here, person.facts))
    return found
