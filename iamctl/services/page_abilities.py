"""What every principal of a directory can do, found out once for all that are alike.

Principals are alike when nothing that decides tells them apart: they have the same policies
(their own at the same place, such as attached to both of them), no policy of a resource names
one of them, and the same values of all context keys that any of these policies looks at.
"""

import re
from collections.abc import Iterator

from iamctl.domain.documents_variables import variables_of
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import CompiledDocument, SourcePolicy
from iamctl.services.access import Access
from iamctl.services.page_allowed import Allowed
from iamctl.services.reaching import governed_by, known_of, reach_of
from iamctl.services.settled import settled_keys
from iamctl.services.subjects import Subject
from iamctl.services.what_can import Permission, compact

_PIECES = re.compile(r"[:/]")


class Ability(NamedTuple):
    """What some principals can do. `owner` says, as policies do, who of them was asked, such as
    `user alice`; the answer is unknown, and may be more or less, when policies are `unread`."""

    owner: str
    permissions: tuple[Permission, ...]
    unread: tuple[SourcePolicy, ...]

    def is_own(self, policy: SourcePolicy) -> bool:
        """Whether each of the principals has the policy itself, as `owner` does; the trust policy
        of one role is no other's."""
        return policy.owner == self.owner and policy.type in ("identity", "boundary")


class Abilities:
    """The abilities of the principals that `number` is asked for, each once, in `found`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._allowed = Allowed(access.catalogue)
        self._governed = governed_by(access)
        self._keys_of: dict[int, tuple[CompiledDocument, frozenset[str]]] = {}
        self._numbers: dict[object, int] = {}
        self._named = set(self._pieces_named())
        everywhere = [p for place in self._governed for p in place.policies]
        everywhere += [p for place in self._governed for level in place.rcps for p in level]
        everywhere += [p for level in access.own.rcps() for p in level]
        self._keys = frozenset().union(*map(self._looked_at, everywhere))
        self.found: list[Ability] = []

    def number(self, subject: Subject, owner: str) -> int:
        """The place in `found` of what a user or role can do."""
        alike = self._alike(subject, owner)
        number = self._numbers.get(alike)
        if number is None:
            number = self._numbers[alike] = len(self.found)
            reached = reach_of(self._access, subject, {}, None, self._governed)
            catalogue = self._access.catalogue
            rows = compact(self._allowed.by(reached.requests), catalogue)
            self.found.append(Ability(owner, tuple(rows), reached.unread))
        return number

    def _alike(self, subject: Subject, owner: str) -> object:
        """What is equal for principals that can do the same."""
        layers, principal = subject.layers, subject.principal
        levels = (layers.identity, layers.boundary or (), *layers.scps)
        mine = [policy for level in levels for policy in level]
        keys = self._keys.union(*map(self._looked_at, mine))
        known = known_of(self._access, subject, {}).context
        return (
            principal.type,
            principal.account,
            principal.arn if self._is_named(subject) else "",
            subject.taggable,
            settled_keys(subject),
            layers.boundary is None,
            tuple(tuple(_identity(policy, owner) for policy in level) for level in levels),
            tuple(sorted((key, value) for key, value in known.items() if key in keys)),
        )

    def _is_named(self, subject: Subject) -> bool:
        """Whether a policy of a resource may mean this principal and not those like it."""
        principal = subject.principal
        name = _PIECES.split(principal.principal_arn)[-1]
        return name in self._named or (principal.unique_id or "-") in self._named

    def _pieces_named(self) -> Iterator[str]:
        """All parts of whatever the policies of resources name, names and unique ids among them."""
        for place in self._governed:
            for policy in (*place.policies, *(p for level in place.rcps for p in level)):
                for compiled in policy.document.statements if policy.document else ():
                    statement = compiled.statement
                    for named in (statement.principals, statement.not_principals):
                        for names in (named or {}).values():
                            for name in names:
                                yield from _PIECES.split(name)

    def _looked_at(self, policy: SourcePolicy) -> frozenset[str]:
        """The context keys, in lower case, that a policy looks at."""
        if policy.document is None:
            return frozenset()
        at = id(policy.document)
        if at not in self._keys_of:  # where the document is kept, so that its identity stays its
            self._keys_of[at] = policy.document, frozenset(_keys(policy.document))
        return self._keys_of[at][1]


def _identity(policy: SourcePolicy, owner: str) -> tuple[object, ...]:
    whose = "" if policy.owner == owner else policy.owner
    return policy.id, policy.type, policy.inline, whose, policy.reason, id(policy.document)


def _keys(document: CompiledDocument) -> Iterator[str]:
    for compiled in document.statements:
        statement = compiled.statement
        texts = [*(statement.resources or ()), *(statement.not_resources or ())]
        for condition in statement.conditions:
            yield condition.key.lower()
            texts += condition.values
        for text in texts:
            yield from (variable.key for variable in variables_of(text))
