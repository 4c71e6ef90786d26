"""Statements of policies as numbers: those that say the same are the same, in whatever policy and
under whatever Sid they stand.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from iamctl.domain import condition_values as values
from iamctl.domain.documents_conditions import parse_operator
from iamctl.domain.documents_variables import variables_of
from iamctl.policy.compile import CompiledDocument, CompiledStatement
from iamctl.policy.layers import Policies
from iamctl.services.access_diff_outside import everything

CLOCK = ("aws:currenttime", "aws:epochtime")
_COUNTING = frozenset(("Date", "Numeric", "Null"))
"""The families of operators that do not read the time as a text."""
_LAST = 10**11
Numbers = frozenset[int]


class Statements:
    """Statements of any number of files by a number each, the same for those that say the same."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self._first: list[CompiledStatement] = []
        self._keys: dict[int, frozenset[str]] = {}
        self._instants: dict[int, Numbers] = {}
        self._documents: dict[int, tuple[CompiledDocument, Numbers]] = {}
        self.full = self.of([(everything(""),)])
        """The statement that allows everything."""
        self.full_rcp = self.of([(everything("", "rcp"),)])
        """The same of a resource control policy."""

    def of(self, policies: Iterable[Policies | None]) -> Numbers:
        """The statements of policies that can be read."""
        found: set[int] = set()
        for policy in chain.from_iterable(group or () for group in policies):
            if policy.document is not None:
                found |= self._of_document(policy.document)
        return frozenset(found)

    def _of_document(self, document: CompiledDocument) -> Numbers:
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
        if self.keys(number).isdisjoint(CLOCK):
            return False
        statement = self._first[number].statement
        texts = [t for condition in statement.conditions for t in condition.values]
        texts += [*(statement.resources or ()), *(statement.not_resources or ())]
        looking = (c for c in statement.conditions if c.key.lower() in CLOCK)
        operators = [parse_operator(c.operator) for c in looking]
        families = {"" if one is None else one.family for one in operators}
        variables = (variable.key for text in texts for variable in variables_of(text))
        return not families <= _COUNTING or any(key in CLOCK for key in variables)

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


def _instants(compiled: CompiledStatement) -> Iterator[int]:
    """Where conditions on the time may turn: at a bound, or right after it."""
    for condition in compiled.statement.conditions:
        if condition.key.lower() in CLOCK:
            for text in condition.values:
                nanoseconds = values.parse_date(text)
                number = values.parse_number(text) if nanoseconds is None else None
                if nanoseconds is not None:
                    yield from (nanoseconds // 10**9, nanoseconds // 10**9 + 1)
                elif number is not None and -_LAST < number < _LAST:
                    yield from (int(number), int(number) + 1)
