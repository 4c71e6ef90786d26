"""The times at which it matters when something is asked: in between, every answer is the same.

A membership ends at an instant, and a condition on the clock turns at one that it names. Requests
are made at whole seconds: the clock's keys say no more (IAM User Guide, aws:CurrentTime and
aws:EpochTime).
"""

from collections.abc import Callable, Iterable, Iterator

from iamctl.domain import condition_values as values
from iamctl.domain.documents import Statement
from iamctl.domain.documents_conditions import parse_operator
from iamctl.domain.documents_variables import variables_of
from iamctl.policy.compile import SourcePolicy
from iamctl.policy.reach_automaton import may_meet
from iamctl.policy.reach_patterns import ACTIONS, Patterns, action_pattern
from iamctl.policy.reach_provisos import Proviso
from iamctl.services.access import Access
from iamctl.services.subjects import Subject

AccessAt = Callable[[int | None], Access]
"""The directory's answers at a time, in epoch seconds; None = the time that is asked for."""

_CLOCK = ("aws:currenttime", "aws:epochtime")
_LAST = 253_402_000_000
"""Epoch seconds near the end of the last year that is written with four digits."""


def telling_instants(
    access_at: AccessAt, reference: str, actions: Patterns
) -> tuple[int, ...] | None:
    """The times, in epoch seconds from the one asked for on, that stand for all later ones when
    the principal asks for one of the actions; None where a condition or a variable reads the
    clock as text."""
    access = access_at(None)
    now = access.now
    instants = {now, *_ends(access, access.subject(reference))}
    for instant in sorted(instants):
        there = access if instant == now else access_at(instant)
        about = _turning(there, there.subject(reference), actions)
        if about is None:
            return None
        instants |= {one for one in about if one > now}
    return tuple(sorted(instants))


def as_written(access: Access, subject: Subject, keys: Iterable[str]) -> dict[str, str]:
    """Context keys in lower case -> as some policy that might have a say spells them."""
    missing = set(keys)
    found = {key: key for key in missing}
    for policy in _policies(access, subject) if missing else ():
        for compiled in policy.document.statements if policy.document else ():
            for condition in compiled.statement.conditions:
                key = condition.key.lower()
                if key in missing:
                    missing.remove(key)
                    found[key] = condition.key
    return found


def _ends(access: Access, subject: Subject) -> Iterator[int]:
    """When memberships of a user of a known account end, after which other policies bear."""
    principal = subject.principal
    collector = access.collector(principal.account) if principal.account else None
    if principal.type == "User" and collector is not None:
        for _, member in collector.directory.groups_of(principal.username):
            if member.until is not None and member.until > access.now:
                yield member.until


def _turning(access: Access, subject: Subject, actions: Patterns) -> set[int] | None:
    """The seconds around which conditions turn, of all statements that might count."""
    found: set[int] = set()
    for policy in _policies(access, subject):
        for compiled in policy.document.statements if policy.document else ():
            for proviso in _provisos(compiled.statement, compiled.variables):
                if not proviso.keys.isdisjoint(_CLOCK) and _is_about(compiled.statement, actions):
                    turns = _turns(proviso)
                    if turns is None:
                        return None
                    found |= turns
    return found


def _is_about(statement: Statement, actions: Patterns) -> bool:
    """Whether a statement might be about one of the actions."""
    listed = statement.actions if statement.actions is not None else statement.not_actions
    about = Patterns(map(action_pattern, listed or ()), negated=statement.actions is None)
    return may_meet((ACTIONS, actions, about))


def _policies(access: Access, subject: Subject) -> Iterator[SourcePolicy]:
    """Every policy that might have a say."""
    layers = subject.layers
    for level in (layers.identity, layers.boundary, layers.session, *layers.scps):
        yield from level or ()
    for collector in filter(None, map(access.collector, access.known_accounts())):
        for arn in collector.directory.resources:
            yield from collector.resource(arn) or ()
        for role in collector.directory.roles:
            yield from collector.trust(role)
        for level in collector.rcps():
            yield from level


def _provisos(statement: Statement, variables: bool) -> Iterator[Proviso]:
    """What a statement hangs on besides the action and plain patterns of resources."""
    for condition in statement.conditions:
        yield Proviso(condition, variables=variables)
    for text in (*(statement.resources or ()), *(statement.not_resources or ())):
        if variables and "${" in text:
            yield Proviso(resource=text)


def _turns(proviso: Proviso) -> set[int] | None:
    """The seconds of the clock at which a condition on it turns, and those after them; None when
    it does not read the clock as a number."""
    condition = proviso.condition
    operator = None if condition is None else parse_operator(condition.operator)
    if condition is None or operator is None or proviso.keys != {condition.key.lower()}:
        return None
    if any(proviso.variables and variables_of(text) for text in condition.values):
        return None
    if operator.family == "Date":
        nanoseconds = (values.parse_date(text) for text in condition.values)
        found = {n // 10**9 for n in nanoseconds if n is not None}
    elif operator.family == "Numeric":
        numbers = (values.parse_number(text) for text in condition.values)
        found = {int(n) for n in numbers if n is not None and 0 <= n < _LAST}
    else:
        return set() if operator.family == "Null" else None
    return {turn for second in found if second < _LAST for turn in (second, second + 1)}
