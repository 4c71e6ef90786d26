"""The policies of a decision in their layers, and the statements of each about an action."""

from collections.abc import Iterable
from functools import cached_property

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.candidates import Candidates, candidates
from iamctl.policy.compile import SourcePolicy

Policies = tuple[SourcePolicy, ...]


class _Layers(NamedTuple):
    identity: Policies = ()
    boundary: Policies | None = None
    session: Policies | None = None
    resource: Policies | None = None
    scps: tuple[Policies, ...] = ()
    rcps: tuple[Policies, ...] = ()


class Layers(_Layers):
    """The policies a decision looks at, by what they are to it.

    None means that there is no such policy. `resource` holds the resource-based policy; one of
    type "trust" must allow explicitly. `scps` and `rcps` are levels, root first, each with its
    policies; without levels they do not apply. Hold on to one for many decisions: it remembers
    which statements are about an action.
    """

    @property
    def unreadable(self) -> Policies:
        """The policies that could not be read."""
        return tuple(p for policies in self._groups() for p in policies if p.document is None)

    def about(self, action: str) -> "Stack":
        """The statements of all layers about an action, given in lower case."""
        stacks = self._stacks
        stack = stacks.get(action)
        if stack is None:
            if len(stacks) >= _KEPT and len(stacks) * self._size() > _KEPT_STATEMENTS:
                stacks.clear()
            stack = stacks[action] = _stack(self, action)
        return stack

    @cached_property
    def _stacks(self) -> dict[str, "Stack"]:
        return {}

    def _groups(self) -> Iterable[Policies]:
        """Every layer, and level of one, that there is."""
        one = (self.identity, self.boundary, self.session, self.resource)
        return (*(policies for policies in one if policies), *self.scps, *self.rcps)

    def _size(self) -> int:
        documents = (policy.document for policies in self._groups() for policy in policies)
        return sum(1 + len(document.statements) for document in documents if document)


_KEPT, _KEPT_STATEMENTS = 64, 200_000
"""How many actions layers remember, and more while the statements of all these are so few."""


class Stack(NamedTuple):
    """The statements of all layers about one action; of SCPs and RCPs, by level."""

    identity: Candidates
    boundary: Candidates | None
    session: Candidates | None
    resource: Candidates | None
    scps: tuple[Candidates, ...]
    rcps: tuple[Candidates, ...]
    unreadable: Policies


def _stack(layers: Layers, action: str) -> Stack:
    def of(policies: Policies | None) -> Candidates | None:
        return None if policies is None else candidates(policies, action)

    return Stack(
        candidates(layers.identity, action),
        of(layers.boundary),
        of(layers.session),
        of(layers.resource),
        tuple([candidates(level, action) for level in layers.scps]),
        tuple([candidates(level, action) for level in layers.rcps]),
        layers.unreadable,
    )
