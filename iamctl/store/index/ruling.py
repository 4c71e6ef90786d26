"""A file held to its rules, out of the pages of an index that is not written yet."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.facts import Holders, Owner
from iamctl.domain.invariants import Invariants
from iamctl.domain.source import Plain, Problem, nowhere
from iamctl.store.index.contents import ChunkPage, Unfit


def require_sound(directory: Directory, owners: Iterable[Owner]) -> None:
    """Raise Unfit when one of the entities or resource policies breaks a rule."""
    rules = Invariants(directory, quotas=False)
    _refuse(problem for owner in owners for problem in rules.entity(*owner))


class Ruled:
    """A whole file: `tops` has the values of what is not cut, `names` the pages of all entities of
    the sections that are, `holders` who is found by what."""

    def __init__(
        self,
        tops: Mapping[str, Plain],
        names: Mapping[str, Mapping[str, int]],
        holders: Holders,
        pages: Sequence[bytes],
    ) -> None:
        self._tops = tops
        self._names = names
        self._holders = holders
        self._pages = pages

    def check_tops(self) -> None:
        """Raise Unfit when what is not cut breaks a rule, or the account does."""
        directory = self._directory()
        rules = Invariants(directory, quotas=False)
        _refuse(rules.account())
        if directory.plain.get("organization") is not None:
            _refuse(rules.organization())
            _refuse(directory.problems)
        for section in (*NOUNS, "resources"):
            if section not in self._names:
                require_sound(directory, ((section, name) for name in directory.section(section)))

    def check(self, section: str, page: int) -> None:
        """Raise Unfit when an entity of the chunk of a page breaks a rule."""
        names = ChunkPage(self._pages[page]).names
        require_sound(self._directory(), ((section, name) for name in names))

    def _directory(self) -> Directory:
        """The directory, of which nothing was read: what was read for one chunk is not kept for
        the next. Nobody asks it where a value stands."""
        known: dict[int, ChunkPage] = {}

        def chunk(page: int) -> ChunkPage:
            found = known.get(page)
            if found is None:
                found = known[page] = ChunkPage(self._pages[page])
            return found

        plain: dict[str, Plain | Mapping[str, Plain]] = dict(self._tops)
        for section, names in self._names.items():
            plain[section] = _Section(names, chunk)
        return Directory(plain, nowhere, "", self._holders)


class _Section(Mapping[str, Plain]):
    def __init__(self, names: Mapping[str, int], chunk: Callable[[int], ChunkPage]) -> None:
        self._names = names
        self._chunk = chunk

    def __getitem__(self, name: str) -> Plain:
        return self._chunk(self._names[name]).plain(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _refuse(problems: Iterable[Problem]) -> None:
    for problem in problems:
        if problem.severity == "error":
            raise Unfit(problem.message)
