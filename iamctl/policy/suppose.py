"""The best and the worst that open conditions could make of a decision.

A condition is open when it looks at a context key that nobody has settled. In the best case every
open condition of an Allow is true and every Deny that hangs on one is away; in the worst case the
other way round. Allowed in the worst case is allowed; not even allowed in the best is denied;
between the two the answer hangs on the open conditions. They are taken to be independent of one
another, so an answer between the two may be narrower than it looks, never wider.
"""

from collections.abc import Callable, Iterator

from iamctl.domain.documents import Condition, Statement
from iamctl.domain.documents_variables import variables_of
from iamctl.policy.compile import CompiledDocument, CompiledStatement, SourcePolicy
from iamctl.policy.evaluate import Layers

IsOpen = Callable[[str], bool]
"""Whether a context key, in lower case, is one that nobody has settled."""


class Supposed:
    """Policies with their open conditions taken for the best or for the worst.

    A policy is changed once in its life; one without open conditions stays itself.
    """

    def __init__(self, is_open: IsOpen, best: bool) -> None:
        self._is_open = is_open
        self._best = best
        self._known: dict[int, tuple[CompiledDocument, CompiledDocument]] = {}
        self._originals: dict[int, tuple[Statement, CompiledStatement]] = {}

    def layers(self, layers: Layers) -> Layers:
        """All layers so."""
        return Layers(
            identity=self._all(layers.identity),
            boundary=None if layers.boundary is None else self._all(layers.boundary),
            session=None if layers.session is None else self._all(layers.session),
            resource=None if layers.resource is None else self._all(layers.resource),
            scps=tuple(self._all(level) for level in layers.scps),
            rcps=tuple(self._all(level) for level in layers.rcps),
        )

    def _all(self, policies: tuple[SourcePolicy, ...]) -> tuple[SourcePolicy, ...]:
        changed = tuple(self._policy(policy) for policy in policies)
        same = all(new is old for new, old in zip(changed, policies, strict=True))
        return policies if same else changed

    def _policy(self, policy: SourcePolicy) -> SourcePolicy:
        document = policy.document
        if document is None:
            return policy
        known = self._known.get(id(document))
        if known is None:
            # The document is kept beside its change, so that its id stays its own.
            known = self._known[id(document)] = (document, self._document(document))
        return policy if known[1] is document else policy._replace(document=known[1])

    def _document(self, document: CompiledDocument) -> CompiledDocument:
        changed = [self._statement(statement) for statement in document.statements]
        if all(new is old for new, old in zip(changed, document.statements, strict=True)):
            return document
        return CompiledDocument(statement for statement in changed if statement is not None)

    def _statement(self, compiled: CompiledStatement) -> CompiledStatement | None:
        """The statement without its open conditions, or None when they keep it from applying."""
        hangs_on = tuple(open_conditions(compiled, self._is_open))
        if not hangs_on:
            return compiled
        if compiled.allows is not self._best:
            return None
        kept = tuple(c for c in compiled.statement.conditions if c not in hangs_on)
        changed = compiled.statement._replace(conditions=kept)
        self._originals[id(changed)] = (changed, compiled)
        return CompiledStatement(changed, compiled.variables)

    def dropped(self, statement: Statement) -> tuple[Condition, ...]:
        """The conditions that a statement of a decision has lost here."""
        known = self._originals.get(id(statement))
        if known is None:
            return ()
        return tuple(c for c in known[1].statement.conditions if c not in statement.conditions)


def open_conditions(compiled: CompiledStatement, is_open: IsOpen) -> Iterator[Condition]:
    """The conditions of a statement that look at an open key, as key or as variable."""
    for condition in compiled.statement.conditions:
        keys = [condition.key.lower()]
        if compiled.variables:
            keys += [v.key for text in condition.values for v in variables_of(text)]
        if any(is_open(key) for key in keys):
            yield condition
