"""Access tests: whether what a file claims about access holds, and what breaks it.

A claim that tests nothing, since a word of it means nobody, no action or no resource, fails.
"""

from collections.abc import Callable, Iterator, Sequence

from iamctl.domain.claims import Claim
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.tuples import NamedTuple
from iamctl.services.access import Access
from iamctl.services.claims_assume import broken_assume
from iamctl.services.claims_failures import Broken, Failure, together
from iamctl.services.claims_holders import Holders
from iamctl.services.claims_places import actions_of
from iamctl.services.claims_principals import everybody_meant, exceptions_of
from iamctl.services.claims_ways import Ways
from iamctl.services.everybody import Asked

AccessAt = Callable[[int | None], Access]
"""The directory's answers at a time, in epoch seconds; None = now."""
Progress = Callable[[int, int], object]


class Checked(NamedTuple):
    """A claim, and what breaks it: nothing when it holds."""

    claim: Claim
    failures: tuple[Failure, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing breaks the claim."""
        return not self.failures


def check(
    claims: Sequence[Claim],
    access_at: AccessAt,
    progress: Progress = lambda done, total: None,
) -> list[Checked]:
    """Every claim, checked. May raise what loading other accounts' files does."""
    at: dict[int | None, Holders] = {}
    checked = []
    for number, claim in enumerate(claims, 1):
        if claim.at not in at:
            at[claim.at] = Holders(Ways(access_at(claim.at)))
        checked.append(check_one(claim, at[claim.at]))
        progress(number, len(claims))
    return checked


def check_one(claim: Claim, holders: Holders) -> Checked:
    """A claim, checked at the time that `holders` answer for."""
    try:
        return Checked(claim, tuple(together(_BROKEN[claim.kind](claim, holders))))
    except (NotFound, InvalidValue) as error:
        hint = f"; {error.hint}" if error.hint else ""
        return Checked(claim, (Failure(f"the claim tests nothing: {error.message}{hint}"),))


def _questions(claim: Claim, ways: Ways) -> list[tuple[str, str]]:
    """The actions with the resources that each can be asked for."""
    found = [
        (action, resource)
        for action in actions_of(ways.access, claim.actions)
        for resource in claim.resources
        if ways.places.concerns(action, resource)
    ]
    for resource in claim.resources:
        if not any(about == resource for _, about in found):
            raise InvalidValue(f"none of the actions can be asked for {resource}")
    return found


def _allow(claim: Claim, holders: Holders) -> Iterator[Broken]:
    ways = holders.ways
    questions = _questions(claim, ways)
    for asked in everybody_meant(ways.access, claim.principals):
        for action, resource in questions:
            way = ways.doubt(asked, action, resource, claim.context)
            if way is not None:
                yield Broken(asked.kind, asked.name, "cannot", action, way)


def _deny(claim: Claim, holders: Holders) -> Iterator[Broken]:
    ways = holders.ways
    questions = _questions(claim, ways)
    for asked in everybody_meant(ways.access, claim.principals):
        means: list[tuple[Asked, tuple[str, ...]]] = [(asked, ())]
        if claim.through_roles:
            means += holders.roles_of(asked, claim.context)
        for action, resource in questions:
            for who, path in means:
                way = ways.possible(who, action, resource, claim.context)
                if way is not None:
                    yield Broken(asked.kind, asked.name, "can", action, way, path)
                    break


def _nobody_but(claim: Claim, holders: Holders) -> Iterator[Broken]:
    ways = holders.ways
    only = exceptions_of(ways.access, claim.only)
    for action, resource in _questions(claim, ways):
        for held in holders.of(action, resource, claim.context):
            if not only.cover(held.kind, held.name):
                yield Broken(held.kind, held.name, "can", action, held.way, held.path)


_BROKEN: dict[str, Callable[[Claim, Holders], Iterator[Broken]]] = {
    "allow": _allow,
    "deny": _deny,
    "nobody-but": _nobody_but,
    "assume": broken_assume,
}
