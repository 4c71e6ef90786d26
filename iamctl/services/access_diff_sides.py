"""One state of a directory, and what it tells of a principal: its statements, and what is known of
its requests.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from iamctl.domain.arns import root_arn
from iamctl.domain.documents import Condition
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_layers import Governed
from iamctl.policy.reach_patterns import Patterns, action_pattern, arn_pattern, within_account
from iamctl.policy.reach_provisos import Known, Proviso
from iamctl.policy.request import Caller
from iamctl.services.access import OF_ITS_FILE, Access
from iamctl.services.access_diff_outside import STRANGE
from iamctl.services.access_diff_statements import CLOCK, Numbers, Statements
from iamctl.services.access_diff_written import NEVER
from iamctl.services.prove_points import global_kinds, single_keys
from iamctl.services.reaching import governed_by, known_of
from iamctl.services.subjects import Subject

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
_KMS = Patterns((action_pattern("kms:*"),))
_KEYS = Patterns((arn_pattern(["arn:*:kms:*:*:key/*"]),))


def _condition(operator: str, key: str, value: str) -> Proviso:
    return Proviso(Condition(operator=operator, key=key, values=(value,)))


def _stood_for(subject: Subject) -> str:
    """The account of which a subject may be anybody, "" for a certain principal."""
    caller = subject.principal
    any_of_it = caller.account == STRANGE or (
        caller.type == "User" and caller.arn == root_arn(caller.account)
    )
    return caller.account if any_of_it else ""


def any_time(known: Known) -> Known:
    """What is known of requests at whatever time."""
    return known._replace(
        context={key: value for key, value in known.context.items() if key not in CLOCK},
        settles=lambda key: key not in CLOCK and known.settles(key),
    )


class Shape(NamedTuple):
    """The statements of a principal's own layers, and the policies that could not be read."""

    identity: Numbers
    boundary: Numbers | None
    scps: tuple[Numbers, ...]
    unread: tuple[tuple[str, str], ...]

    @property
    def numbers(self) -> Numbers:
        """All statements."""
        return self.identity.union(self.boundary or (), *self.scps)


class Side:
    """One of the states, with what every question to it needs."""

    def __init__(self, access: Access, statements: Statements) -> None:
        self.access = access
        self.statements = statements
        self._single = single_keys(access.catalogue)
        self._kind = global_kinds(access.catalogue)

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

    def reads_clock(self, numbers: Numbers) -> bool:
        """Whether one of the statements, or of those of resources, reads the time as a text."""
        return self._resources_read_clock or self.statements.reads_clock(numbers)

    @cached_property
    def _resources_read_clock(self) -> bool:
        return self.statements.reads_clock(self.of_resources)

    @cached_property
    def of_resources(self) -> Numbers:
        """The statements of resources' policies and of control policies over them."""
        places = self.places.values()
        policies = [place.policies for place in places]
        levels = [level for place in places for level in place.rcps]
        return self.statements.of([*policies, *levels]).union(*self.rcps)

    @cached_property
    def rcps(self) -> tuple[Numbers, ...]:
        """The statements of the levels of resource control policies over the account."""
        return tuple(self.statements.of([level]) for level in self.access.own.rcps())

    def known(self, subject: Subject) -> Known:
        """What is known of every request of a principal."""
        known = known_of(self.access, subject, {})
        opened = self._opened(subject)

        def settles(key: str) -> bool:
            return key == NEVER or (not key.startswith(opened) and known.settles(key))

        context = {k: v for k, v in known.context.items() if not k.startswith(opened)}
        return known._replace(
            context=context, settles=settles, single=self._single, kind=self._kind
        )

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


class Person(NamedTuple):
    """A principal on one side."""

    subject: Subject
    known: Known
    shape: Shape
    facts: Mapping[str, Proviso]
