"""Policy documents compiled into matchers, once, for any number of decisions.

A statement is kept with what it was written as; a decision looks only at the statements that
could be about its action.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from iamctl.domain.documents import PolicyDocument, Statement
from iamctl.domain.patterns import Pattern
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.arns import Resource, ResourceMatcher, compile_resource
from iamctl.policy.conditions import ConditionMatcher, compile_condition
from iamctl.policy.match import Context, Matcher, compile_glob
from iamctl.policy.principals import Principals, compile_principals, form_of, is_excepted
from iamctl.policy.request import Caller

_KEPT = 100
_WILD = Pattern(r"[*?$]")

PolicyType = Literal["identity", "boundary", "session", "resource", "trust", "scp", "rcp"]


class CompiledStatement:
    """One statement as matchers. What it answers never changes.

    All but its actions is compiled when it is first asked for: most statements are about another
    action than the one that is decided.
    """

    __slots__ = (
        "_actions",
        "_conditions",
        "_not_action",
        "_not_principals",
        "_not_resource",
        "_patterns",
        "_principals",
        "_resources",
        "allows",
        "names_nobody",
        "statement",
        "variables",
    )

    _resources: tuple[ResourceMatcher, ...] | None
    _conditions: tuple[ConditionMatcher, ...]
    _principals: Principals | None
    _not_principals: Principals | None

    def __init__(self, statement: Statement, variables: bool) -> None:
        self.statement = statement
        self.variables = variables
        self.allows = statement.effect == "Allow"
        self._not_action = statement.actions is None
        actions = [a.lower() for a in statement.actions or statement.not_actions or ()]
        patterns = [a for a in actions if "*" in a or "?" in a]
        self._actions = frozenset(actions).difference(patterns)
        self._patterns = _ActionPatterns(patterns)
        self._not_resource = statement.not_resources is not None
        self.names_nobody = statement.principals is None and statement.not_principals is None

    def __getattr__(self, name: str) -> Any:
        compile_part = _LATER.get(name)
        if compile_part is None:
            raise AttributeError(name)
        part = compile_part(self.statement, self.variables)
        setattr(self, name, part)
        return part

    def matches_action(self, action: str) -> bool:
        """Whether the statement is about an action, given in lower case."""
        listed = action in self._actions or self._patterns.match(action)
        return listed is not self._not_action

    def place(self, action: str, service: str) -> int | None:
        """What brings the statement before others about an action of that service: naming it (0)
        before a pattern of the service (1), and that before all else (2). None when it cannot be
        about the action."""
        if self._not_action or "*" in self._patterns.services:
            return 2
        if service in self._patterns.services:
            return 1
        return 0 if action in self._actions else None

    def matches_resource(self, resource: Resource, context: Context) -> bool:
        """Whether the statement is about a resource; without the element, about any."""
        if self._resources is None:
            return True
        for matcher in self._resources:
            if matcher(resource, context):
                return not self._not_resource
        return self._not_resource

    def matches_conditions(self, context: Context) -> bool:
        """Whether every condition is true."""
        for condition in self._conditions:  # noqa: SIM110 - twice as fast as all()
            if not condition(context):
                return False
        return True

    def matches_rest(self, resource: Resource, context: Context) -> bool:
        """Whether the statement matches, its action and principal left out of account."""
        return (self._resources is None or self.matches_resource(resource, context)) and (
            not self._conditions or self.matches_conditions(context)
        )

    def resource_starts(self) -> set[str]:
        """Texts of which any resource that the statement is about begins with one."""
        patterns = self.statement.resources
        if patterns is None:
            return {""}
        return {_WILD.split(pattern, 1)[0] for pattern in patterns}

    def form(self, caller: Caller, bounded: bool) -> str | None:
        """In which form the statement is about the caller, "" without a principal element.

        None when it is not about the caller; `bounded` when a permissions boundary is set.
        """
        effect = self.statement.effect
        if self._principals is not None:
            return form_of(self._principals, caller, effect)
        if self._not_principals is not None:
            return None if is_excepted(self._not_principals, caller, effect, bounded) else "*"
        return ""


def has_wildcard(text: str) -> bool:
    """Whether a pattern has a `*` or `?`."""
    return "*" in text or "?" in text


class _ActionPatterns:
    """Patterns of actions by service, those with a wildcard in it under `*`. A service's are
    compiled when they are first asked for: a policy of AWS's has hundreds."""

    __slots__ = ("_compiled", "services")

    def __init__(self, patterns: Iterable[str]) -> None:
        self.services: dict[str, list[str]] = {}
        self._compiled: dict[str, tuple[Matcher, ...]] = {}
        for pattern in patterns:
            service = pattern.partition(":")[0]
            if service not in self.services:
                service = "*" if has_wildcard(service) else service
                self.services.setdefault(service, [])
            self.services[service].append(pattern)

    def match(self, action: str) -> bool:
        """Whether one of them matches an action, given in lower case."""
        if not self.services:
            return False
        service = action.partition(":")[0]
        return self._matches(service, action) or self._matches("*", action)

    def _matches(self, key: str, action: str) -> bool:
        if key not in self.services:
            return False
        matchers = self._compiled.get(key)
        if matchers is None:
            matchers = self._compiled[key] = tuple(map(compile_glob, self.services[key]))
        return any(matches(action) for matches in matchers)


def _compile_resources(statement: Statement, variables: bool) -> tuple[ResourceMatcher, ...] | None:
    patterns = statement.resources if statement.resources is not None else statement.not_resources
    if patterns is None or (statement.resources is not None and "*" in patterns):
        return None
    return tuple(compile_resource(pattern, variables) for pattern in patterns)


def _compile_conditions(statement: Statement, variables: bool) -> tuple[ConditionMatcher, ...]:
    return tuple(compile_condition(condition, variables) for condition in statement.conditions)


def _compiled(principals: Mapping[str, tuple[str, ...]] | None) -> Principals | None:
    return None if principals is None else compile_principals(principals)


_LATER: dict[str, Callable[[Statement, bool], object]] = {
    "_resources": _compile_resources,
    "_conditions": _compile_conditions,
    "_principals": lambda statement, _: _compiled(statement.principals),
    "_not_principals": lambda statement, _: _compiled(statement.not_principals),
}
"""The parts of a statement that are compiled when they are first asked for."""


Statements = tuple[CompiledStatement, ...]


class CompiledDocument:
    """A document's statements, found by action. What it answers never changes."""

    __slots__ = ("_kept", "statements")

    def __init__(self, statements: Iterable[CompiledStatement]) -> None:
        self.statements = tuple(statements)
        self._kept: dict[str, tuple[Statements, Statements]] = {}

    def about(self, action: str) -> tuple[Statements, Statements]:
        """The Deny and the Allow statements about an action, given in lower case.

        The answers to the last actions asked for are kept.
        """
        found = self._kept.get(action)
        if found is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            about = self._about(action)
            found = self._kept[action] = (
                tuple(s for s in about if not s.allows),
                tuple(s for s in about if s.allows),
            )
        return found

    def _about(self, action: str) -> list[CompiledStatement]:
        service = action.partition(":")[0]
        placed: tuple[list[CompiledStatement], ...] = [], [], []
        for statement in self.statements:
            place = statement.place(action, service)
            if place is not None and statement.matches_action(action):
                placed[place].append(statement)
        return [statement for statements in placed for statement in statements]

    def denies(self, action: str) -> Statements:
        """The Deny statements about an action, given in lower case."""
        return self.about(action)[0]

    def allows(self, action: str) -> Statements:
        """The Allow statements about an action, given in lower case."""
        return self.about(action)[1]


def compile_document(document: PolicyDocument) -> CompiledDocument:
    """The document's matchers. Nothing is cached: hold on to the result."""
    variables = document.version != "2008-10-17"
    return CompiledDocument(CompiledStatement(s, variables) for s in document.statements)


class SourcePolicy(NamedTuple):
    """A policy that takes part in a decision.

    `id` names it ("ReadArtifacts"), `owner` says where it is attached ("user alice") or, when
    `inline`, written. A `document` of None could not be read, for `reason`: a decision that
    hangs on it is unknown.
    """

    id: str
    type: PolicyType
    document: CompiledDocument | None
    owner: str = ""
    reason: str = ""
    inline: bool = False


def source_policy(
    document: PolicyDocument, id: str, type: PolicyType, owner: str = ""
) -> SourcePolicy:
    """A document compiled and named."""
    return SourcePolicy(id, type, compile_document(document), owner)
