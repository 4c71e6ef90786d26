"""Chunks held to the rules as they are read, before anybody knows what the others hold.

What a rule asks of other chunks is answered as a sound file would, and noted; once all are read,
`build` looks whether it was true. Rules know nothing but what they are answered: where all of it
was true, they have found what they would find in the whole file. Any doubt is no answer at all,
and the chunk is held to the rules again with the whole file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from iamctl.domain.directory import Directory
from iamctl.domain.facts import Owner
from iamctl.domain.source import Plain, nowhere
from iamctl.store.index.buckets import ALONE
from iamctl.store.index.contents import Unfit
from iamctl.store.index.ruling import require_sound

Said = Sequence[tuple[str, Sequence[str]]]
"""The names of a chunk's entities, each with what it is found by."""


class _Doubt(Exception):
    """It takes the whole file to answer that."""


class Assumed:
    """What is known before a chunk is read: values of what is not cut, and the sections that are.

    With quotas left out: what is above one breaks no rule.
    """

    def __init__(self, tops: Mapping[str, Plain], sections: Iterable[str]) -> None:
        self._tops = tops
        self._sections = frozenset(sections)

    def missing(self, section: str, plain: Mapping[str, Plain], said: Said) -> list[Owner] | None:
        """The entities of other chunks that those of a chunk refer to, in a chunk that breaks no
        rule if these are there and if no other chunk holds a key that is `alone` in it.

        None when that cannot be told from the chunk.
        """
        wanted: dict[Owner, None] = {}
        sections = {
            name: _Section(name, plain if name == section else {}, wanted)
            for name in self._sections
        }
        known: dict[str, list[Owner]] = {}
        for name, keys in said:
            for key in keys:
                known.setdefault(key, []).append((section, name))

        def holders(kind: str, key: str) -> Sequence[Owner]:
            found = known.get(f"{kind} {key}") if kind in ALONE else None
            if found is None:
                raise _Doubt
            return found

        try:
            directory = Directory({**self._tops, **sections}, nowhere, "", holders, _no_names)
            require_sound(directory, ((section, name) for name in plain))
        except (_Doubt, Unfit):
            return None
        return list(wanted)


class _Section(Mapping[str, Plain]):
    """A section of which one chunk is known; any name is in it, and asked for later."""

    def __init__(self, name: str, known: Mapping[str, Plain], wanted: dict[Owner, None]) -> None:
        self._name = name
        self._known = known
        self._wanted = wanted

    def __getitem__(self, name: str) -> Plain:
        if name not in self._known:
            raise _Doubt
        return self._known[name]

    def get(self, name: str, _default: object = None) -> Plain:
        return self[name]

    def __contains__(self, name: object) -> bool:
        if name not in self._known:
            self._wanted[self._name, str(name)] = None
        return True

    def __iter__(self) -> Iterator[str]:
        raise _Doubt

    def __len__(self) -> int:
        raise _Doubt


def _no_names(_section: str, _prefix: str, _most: int) -> list[str]:
    raise _Doubt
