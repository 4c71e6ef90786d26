"""What one side says of a region: the statements that are about nothing in it are left out."""

from collections.abc import Collection
from itertools import chain

from iamctl.policy.compile import CompiledDocument
from iamctl.policy.layers import Policies
from iamctl.policy.reach import NOTHING, Requests, Term
from iamctl.policy.reach_layers import Governed, refused
from iamctl.policy.reach_provisos import Known
from iamctl.services.access_diff_sides import Person, Side
from iamctl.services.access_diff_touched import (
    EVERYWHERE,
    Region,
    bare_boxes,
    ground,
    may_be_about,
)
from iamctl.services.prove_owners import could
from iamctl.services.reaching import FREE, reach_of
from iamctl.services.subjects import Subject

_OPEN = Known({})


class Narrowing:
    """What one side says of a region: the statements that are about nothing in it left out.

    `known` are the accounts of which some side has a file: that one has it gives root nothing.
    """

    def __init__(self, side: Side, known: Collection[str]) -> None:
        self._side = side
        self._known_accounts = known
        self._about: dict[tuple[int, Region], bool] = {}
        self._documents: dict[tuple[int, Region], tuple[CompiledDocument, CompiledDocument]] = {}
        self._places: dict[Region, tuple[Governed, ...]] = {}

    def reach(self, person: Person | None, region: Region) -> Requests:
        """All that a principal may do, right in the region alone."""
        if person is None:
            return NOTHING
        subject = self._subject(person.subject, region)
        places = self._governed(region)
        found = reach_of(self._side.access, subject, {}, person.known, places).requests
        found = found.less(FREE.values())
        if subject.principal.account not in ("", self._side.access.directory.account.id):
            # What it has in its own account is not ours to tell.
            found = found & Requests(tuple(Term(ground(place)) for place in places))
        return found

    def abroad(self, person: Person | None, region: Region) -> Requests:
        """All that own policies allow on resources of accounts that no file speaks of."""
        if person is None:
            return NOTHING
        subject = self._subject(person.subject, region)
        if subject.principal.account != self._side.access.directory.account.id:
            return NOTHING
        everybody = subject.principal.type == "Account"
        there = self._side.abroad(self._known_accounts if everybody else ())
        return (could(subject, person.known) & there).less(
            [*FREE.values(), *refused(subject.principal)]
        )

    def sameness(self, person: Person, region: Region) -> object:
        """Equal for principals of which the region's statements tell the same."""
        statements, caller = self._side.statements, person.subject.principal
        layers, places = self._subject(person.subject, region).layers, self._governed(region)
        bounded = layers.boundary is not None
        own = [layers.identity, layers.boundary, *layers.scps]
        numbers = [None if group is None else statements.of([group]) for group in own]
        governing = [s for p in places for policy in p.policies if policy.document
                     for s in policy.document.statements]  # fmt: skip
        forms = tuple(statement.form(caller, bounded) for statement in governing)
        everything = (
            *chain.from_iterable(group or () for group in numbers),
            *map(statements.number, governing),
            *statements.of(level for place in places for level in place.rcps),
            *chain(*self._side.rcps),
        )
        keys = sorted({key for number in everything for key in statements.keys(number)})
        known = person.known
        values = tuple((key, known.context.get(key), known.knows(key)) for key in keys)
        # What the service refuses hangs on the provider, or on the partition.
        issuer, partition = caller.issuer, caller.arn.split(":", 2)[1:2]
        who = caller.type, caller.account, issuer, *partition, person.subject.taggable
        return who, tuple(numbers), forms, values, person.shape.unread

    def _subject(self, subject: Subject, region: Region) -> Subject:
        layers = subject.layers
        if region == EVERYWHERE:
            return subject
        return subject._replace(
            layers=layers._replace(
                identity=self._policies(layers.identity, region),
                boundary=None
                if layers.boundary is None
                else self._policies(layers.boundary, region),
                scps=tuple(self._policies(level, region) for level in layers.scps),
            )
        )

    def _policies(self, policies: Policies, region: Region) -> Policies:
        found = []
        for policy in policies:
            if policy.document is not None:
                policy = policy._replace(document=self._document(policy.document, region))
            if policy.document is None or policy.document.statements:
                found.append(policy)
        return tuple(found)

    def _document(self, document: CompiledDocument, region: Region) -> CompiledDocument:
        key = (id(document), region)
        kept = self._documents.get(key)
        if kept is None:
            about = (
                s
                for s in document.statements
                if self._is_about(self._side.statements.number(s), region)
            )
            kept = self._documents[key] = (document, CompiledDocument(about))
        return kept[1]

    def _is_about(self, number: int, region: Region) -> bool:
        key = (number, region)
        found = self._about.get(key)
        if found is None:
            boxes = bare_boxes(self._side.statements[number], _OPEN)
            found = self._about[key] = any(may_be_about(region, one) for one in boxes)
        return found

    def _governed(self, region: Region) -> tuple[Governed, ...]:
        found = self._places.get(region)
        if found is None:
            places = self._side.places.values()
            found = self._places[region] = tuple(
                place._replace(policies=self._policies(place.policies, region))
                for place in places
                if may_be_about(region, ground(place))
            )
        return found
