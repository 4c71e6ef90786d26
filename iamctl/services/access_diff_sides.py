"""Two states of a directory side by side: who is who, and which statements are on one side only.

What a principal may do can differ only where such a statement is about, or one that looks at
something of the principal that differs: that region alone is compared, and whoever has none is
done with. Statements are the same by what they say, whatever Sid or policy they stand in.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain, zip_longest

from iamctl.domain import condition_values as values
from iamctl.domain.arns import root_arn
from iamctl.domain.documents import Condition
from iamctl.domain.documents_conditions import parse_operator
from iamctl.domain.documents_variables import Literal, variables_of
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import CompiledDocument, CompiledStatement, SourcePolicy
from iamctl.policy.evaluate import Matched
from iamctl.policy.layers import Policies
from iamctl.policy.reach import Box, Origin, Requests, Term
from iamctl.policy.reach_layers import Governed, boxes_of
from iamctl.policy.reach_patterns import Patterns, action_pattern, arn_pattern, within_account
from iamctl.policy.reach_provisos import Known, Proviso
from iamctl.policy.request import Caller
from iamctl.services.access import OF_ITS_FILE, Access
from iamctl.services.access_diff_outside import STRANGE, everything
from iamctl.services.access_diff_sets import NEVER
from iamctl.services.prove_points import single_keys
from iamctl.services.reaching import governed_by, known_of
from iamctl.services.settled import PRINCIPAL_TAG
from iamctl.services.subjects import Subject

Region = tuple[Box, ...]
"""Where something may differ: in none of the boxes nothing does."""

EVERYWHERE: Region = (Box(),)
_BROUGHT = ("aws:securetransport", "aws:viaawsservice", "aws:tokenissuetime")
"""Keys that say what a request brings along."""
_ARN = "aws:principalarn"
_OF_SOMEBODY = (
    _ARN, "aws:principaltype", "aws:userid", "aws:username", "aws:multifactorauth",
    "aws:sourceidentity", "aws:federatedprovider",
)  # fmt: skip
_OF_WHATEVER = ("aws:principalaccount", "aws:principalisawsservice", "aws:principalservicename")
"""How the keys begin that tell one of an account's principals from another, and accounts from
services."""
_STS = Patterns((action_pattern("sts:*"),))
_KMS = Patterns((action_pattern("kms:*"),))
_KEYS = Patterns((arn_pattern(["arn:*:kms:*:*:key/*"]),))
_CLOCK = ("aws:currenttime", "aws:epochtime")
_COUNTING = frozenset(("Date", "Numeric", "Null"))
"""The families of operators that do not read the time as a text."""
_LAST = 10**11
_NOWHERE = SourcePolicy("", "identity", None)
_Numbers = frozenset[int]


class Statements:
    """Statements of any number of files by a number each, the same for those that say the same."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self._first: list[CompiledStatement] = []
        self._keys: dict[int, frozenset[str]] = {}
        self._instants: dict[int, _Numbers] = {}
        self._documents: dict[int, tuple[CompiledDocument, _Numbers]] = {}
        self.full = self.of([(everything(""),)])
        """The statement that allows everything."""
        self.full_rcp = self.of([(everything("", "rcp"),)])
        """The same of a resource control policy."""

    def of(self, policies: Iterable[Policies | None]) -> _Numbers:
        """The statements of policies that can be read."""
        found: set[int] = set()
        for policy in chain.from_iterable(group or () for group in policies):
            if policy.document is not None:
                found |= self._of_document(policy.document)
        return frozenset(found)

    def _of_document(self, document: CompiledDocument) -> _Numbers:
        kept = self._documents.get(id(document))
        if kept is None:
            numbers = frozenset(map(self.number, document.statements))
            kept = self._documents[id(document)] = (document, numbers)
        return kept[1]

    def number(self, compiled: CompiledStatement) -> int:
        """A statement's number."""
        said = _said(compiled)
        number = self._numbers.setdefault(said, len(self._first))
        if number == len(self._first):
            self._first.append(compiled)
        return number

    def instants(self, numbers: Iterable[int]) -> set[int]:
        """The instants, in epoch seconds, from which on statements may mean something else."""
        found: set[int] = set()
        for number in numbers:
            if number not in self._instants:
                self._instants[number] = frozenset(_instants(self._first[number]))
            found |= self._instants[number]
        return found

    def reads_clock(self, numbers: Iterable[int]) -> bool:
        """Whether one of the statements reads the time as a text."""
        return any(self._reads_clock(number) for number in numbers)

    def _reads_clock(self, number: int) -> bool:
        if self.keys(number).isdisjoint(_CLOCK):
            return False
        statement = self._first[number].statement
        texts = [t for condition in statement.conditions for t in condition.values]
        texts += [*(statement.resources or ()), *(statement.not_resources or ())]
        looking = (c for c in statement.conditions if c.key.lower() in _CLOCK)
        operators = [parse_operator(c.operator) for c in looking]
        families = {"" if one is None else one.family for one in operators}
        variables = (variable.key for text in texts for variable in variables_of(text))
        return not families <= _COUNTING or any(key in _CLOCK for key in variables)

    def __getitem__(self, number: int) -> CompiledStatement:
        return self._first[number]

    def keys(self, number: int) -> frozenset[str]:
        """The context keys that a statement looks at, in lower case."""
        if number not in self._keys:
            self._keys[number] = frozenset(_keys(self._first[number]))
        return self._keys[number]


def _said(compiled: CompiledStatement) -> object:
    s = compiled.statement
    return (
        s.effect, _frozen(s.principals), _frozen(s.not_principals), s.actions, s.not_actions,
        s.resources, s.not_resources, s.conditions, compiled.variables,
    )  # fmt: skip


def _frozen(named: Mapping[str, tuple[str, ...]] | None) -> object:
    return None if named is None else frozenset((k, frozenset(v)) for k, v in named.items())


def _keys(compiled: CompiledStatement) -> Iterator[str]:
    statement = compiled.statement
    yield from (condition.key.lower() for condition in statement.conditions)
    if compiled.variables:
        texts = chain(
            statement.resources or (),
            statement.not_resources or (),
            *(condition.values for condition in statement.conditions),
        )
        for text in texts:
            if "${" in text:
                yield from (variable.key for variable in variables_of(text))


def _condition(operator: str, key: str, value: str) -> Proviso:
    return Proviso(Condition(operator=operator, key=key, values=(value,)))


def _stood_for(subject: Subject) -> str:
    """The account of which a subject may be anybody, "" for a certain principal."""
    caller = subject.principal
    any_of_it = caller.account == STRANGE or (
        caller.type == "User" and caller.arn == root_arn(caller.account)
    )
    return caller.account if any_of_it else ""


def _instants(compiled: CompiledStatement) -> Iterator[int]:
    """Where conditions on the time may turn: at a bound, or right after it."""
    for condition in compiled.statement.conditions:
        if condition.key.lower() in _CLOCK:
            for text in condition.values:
                nanoseconds = values.parse_date(text)
                number = values.parse_number(text) if nanoseconds is None else None
                if nanoseconds is not None:
                    yield from (nanoseconds // 10**9, nanoseconds // 10**9 + 1)
                elif number is not None and -_LAST < number < _LAST:
                    yield from (int(number), int(number) + 1)


def any_time(known: Known) -> Known:
    """What is known of requests at whatever time."""
    return known._replace(
        context={key: value for key, value in known.context.items() if key not in _CLOCK},
        settles=lambda key: key not in _CLOCK and known.settles(key),
    )


class Shape(NamedTuple):
    """The statements of a principal's own layers, and the policies that could not be read."""

    identity: _Numbers
    boundary: _Numbers | None
    scps: tuple[_Numbers, ...]
    unread: tuple[tuple[str, str], ...]

    @property
    def numbers(self) -> _Numbers:
        """All statements."""
        return self.identity.union(self.boundary or (), *self.scps)


class Side:
    """One of the states, with what every question to it needs."""

    def __init__(self, access: Access, statements: Statements) -> None:
        self.access = access
        self.statements = statements
        self._single = single_keys(access.catalogue)

    @cached_property
    def places(self) -> "dict[tuple[str, str], Governed]":
        """Resources with a policy, by ARN and the policy's type."""
        return {(place.arn, place.policies[0].type): place for place in governed_by(self.access)}

    def abroad(self, more: Iterable[str]) -> Requests:
        """Requests for resources of accounts that no file speaks of, for KMS keys those of KMS.
        `more` are accounts to be left out too."""
        accounts = sorted({*self.access.known_accounts(), *more})
        there = tuple(~within_account(account) for account in accounts)
        return Requests((Term(Box((), (*there, ~_KEYS))), Term(Box((_KMS,), (*there, _KEYS)))))

    def reads_clock(self, numbers: _Numbers) -> bool:
        """Whether one of the statements, or of those of resources, reads the time as a text."""
        return self._resources_read_clock or self.statements.reads_clock(numbers)

    @cached_property
    def _resources_read_clock(self) -> bool:
        return self.statements.reads_clock(self.of_resources)

    @cached_property
    def of_resources(self) -> _Numbers:
        """The statements of resources' policies and of control policies over them."""
        places = self.places.values()
        policies = [place.policies for place in places]
        levels = [level for place in places for level in place.rcps]
        return self.statements.of([*policies, *levels]).union(*self.rcps)

    @cached_property
    def rcps(self) -> tuple[_Numbers, ...]:
        """The statements of the levels of resource control policies over the account."""
        return tuple(self.statements.of([level]) for level in self.access.own.rcps())

    def known(self, subject: Subject) -> Known:
        """What is known of every request of a principal."""
        known = known_of(self.access, subject, {})
        opened = self._opened(subject)

        def settles(key: str) -> bool:
            return key == NEVER or (not key.startswith(opened) and known.settles(key))

        context = {k: v for k, v in known.context.items() if not k.startswith(opened)}
        return known._replace(context=context, settles=settles, single=self._single)

    def _opened(self, subject: Subject) -> tuple[str, ...]:
        """How the keys begin that a request brings along, and those of whom no file tells."""
        stood_for = _stood_for(subject)
        if stood_for == STRANGE:
            return (*_BROUGHT, *OF_ITS_FILE, *_OF_SOMEBODY, *_OF_WHATEVER)
        if stood_for:
            return (*_BROUGHT, *OF_ITS_FILE, *_OF_SOMEBODY)
        if not self.access.knows(subject):
            return (*_BROUGHT, *OF_ITS_FILE, "aws:userid")
        return _BROUGHT

    def facts(self, subject: Subject) -> dict[str, Proviso]:
        """What holds of keys that are open: who is of another account is not of this one."""
        account, stood_for = self.access.directory.account.id, _stood_for(subject)
        found: dict[str, Proviso] = {}
        if stood_for == STRANGE:
            found["aws:principalaccount"] = _condition(
                "StringNotEquals", "aws:PrincipalAccount", account
            )
            found[_ARN] = _condition("ArnNotLike", _ARN, f"arn:*:*:*:{account}:*")
        elif stood_for:
            found[_ARN] = _condition("ArnLike", _ARN, f"arn:*:*:*:{stood_for}:*")
        return found

    def ends(self, caller: Caller) -> Iterator[int]:
        """When memberships of a user end."""
        directory = self.access.directory
        if caller.type == "User" and caller.account == directory.account.id:
            for _, member in directory.groups_of(caller.username):
                if member.until is not None:
                    yield member.until

    def shape(self, subject: Subject) -> Shape:
        """The statements of a principal's layers."""
        layers, of = subject.layers, self.statements.of
        groups = (layers.identity, layers.boundary or (), *layers.scps)
        unread = {(p.id, p.reason) for group in groups for p in group if p.document is None}
        return Shape(
            of([layers.identity]),
            None if layers.boundary is None else of([layers.boundary]),
            tuple(of([level]) for level in layers.scps),
            tuple(sorted(unread)),
        )


class _Place(NamedTuple):
    """A resource whose policy differs. `whole` when more than statements does."""

    ground: Box
    accounts: frozenset[str]
    numbers: _Numbers
    rcps: _Numbers
    whole: bool


class Person(NamedTuple):
    """A principal on one side."""

    subject: Subject
    known: Known
    shape: Shape
    facts: Mapping[str, Proviso]


class Touched:
    """Where two sides may differ for a principal."""

    def __init__(self, before: Side, after: Side) -> None:
        self._before, self._after = before, after
        self._statements = after.statements
        self.places = tuple(self._changed_places())
        self.everybody = self._touches_everybody()

    def _touches_everybody(self) -> bool:
        """Whether something differs that is over all principals alike."""
        old, new = self._before.access, self._after.access
        was, now = (one.directory.value_at(("organization",)) for one in (old, new))
        return (
            old.directory.account.id != new.directory.account.id
            or was != now
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

    def _levels(self, old: tuple[Policies, ...], new: tuple[Policies, ...]) -> _Numbers:
        of = self._statements.of
        was, now = ([of([level]) for level in levels] for levels in (old, new))
        return _differing(was, now, self._statements.full_rcp)

    def region(self, old: Person, new: Person) -> Region:
        """Where the two may differ in what they may do; nowhere when that is none."""
        if old.subject.principal.account != new.subject.principal.account:
            return EVERYWHERE
        if old.shape.unread != new.shape.unread:
            return EVERYWHERE
        rcps = _differing(self._before.rcps, self._after.rcps, self._statements.full_rcp)
        found = dict.fromkeys(self._boxes(self._of_layers(old, new) | rcps, old, new))
        for place in self.places:
            if place.whole and place.accounts != {new.subject.principal.account}:
                found[place.ground] = None
            named = (n for n in place.numbers if self._names_either(n, old, new))
            boxes = self._boxes({*named, *place.rcps}, old, new)
            meeting = (one.meet(place.ground) for one in boxes)
            found |= dict.fromkeys(one for one in meeting if one.may_exist)
        found |= dict.fromkeys(self._boxes(self._other_of_the_same(old, new), old, new))
        return EVERYWHERE if Box() in found or len(found) > _MANY else tuple(found)

    def _of_layers(self, old: Person, new: Person) -> _Numbers:
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


def _differing(old: Iterable[_Numbers], new: Iterable[_Numbers], full: _Numbers) -> _Numbers:
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
