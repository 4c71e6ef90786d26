"""Resources whose own facts differ: the tags and boundary of what the file holds, and whose
organization it is; and the tags of roles whose sessions may bring others. Conditions on these are
open for all requests; here they are settled, on each side by what it says.
"""

from collections.abc import Iterator, Mapping, Sequence

from iamctl.domain.directory import Directory
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_patterns import EVERYTHING, Patterns, arn_pattern
from iamctl.policy.reach_provisos import Known
from iamctl.services.access import Access, Value
from iamctl.services.prove_owners import home
from iamctl.services.settled import PRINCIPAL_TAG
from iamctl.services.subjects import Subject

_SECTIONS = ("users", "roles", "policies", "identity_providers", "identity_pools")
_TAGS = ("aws:resourcetag/", "iam:resourcetag/", "iam:permissionsboundary")
_ORGANIZATION = "aws:resourceorg"
_ASKED = "iam:GetUser"
_PUBLISHED = "arn:aws:iam::aws:policy/"


class Marked(NamedTuple):
    """Resources that bear other facts on one side than on another.

    `facts` are those of each side, by key in lower case; a key that begins as `settled` says and
    is not among them is absent. `keys` are the ones that differ.
    """

    where: Patterns
    facts: tuple[Mapping[str, Value], ...]
    settled: tuple[str, ...]
    keys: frozenset[str]

    @property
    def box(self) -> Box:
        """All requests for these resources."""
        return Box((), (self.where,))

    def here(self, requests: Requests) -> Requests:
        """Those of a set that are for these resources."""
        return requests & Requests((Term(self.box),))

    def known(self, known: Known, side: int) -> Known:
        """What is known of requests for them on a side, besides what is known of all."""
        return known._replace(
            context={**known.context, **self.facts[side]},
            settles=lambda key: key.startswith(self.settled) or known.settles(key),
        )


def marked(sides: Sequence[Access]) -> tuple[Marked, ...]:
    """The resources of the sides that bear other facts on the last than on another, if policies
    may look at them."""
    if not any(_may_look(access.directory) for access in sides):
        return ()
    found = []
    for arn in dict.fromkeys(_changed([access.directory for access in sides])):
        where = Patterns((arn_pattern([arn]),))
        found.append(_marked(where, [_facts(access, arn) for access in sides], _TAGS))
    organizations = [_of_organization(access.directory) for access in sides]
    ours = home(sides[-1].directory.account.id)
    found.append(_marked(ours, organizations, (_ORGANIZATION,)))
    return tuple(one for one in found if one.keys)


def tagged_otherwise(people: Sequence[Subject | None]) -> tuple[Marked, ...]:
    """All resources, for a role whose sessions may bring tags, where it has other tags itself: a
    session that brings none has these."""
    tags = [{} if one is None else one.tags for one in people]
    facts = [{PRINCIPAL_TAG + key.lower(): text for key, text in of.items()} for of in tags]
    found = _marked(EVERYTHING, facts, (PRINCIPAL_TAG,))
    return (found,) if found.keys else ()


def _marked(
    where: Patterns, facts: Sequence[Mapping[str, Value]], settled: tuple[str, ...]
) -> Marked:
    last = facts[-1].items()
    keys = {key for one in facts for key, _ in one.items() ^ last}
    return Marked(where, tuple(facts), settled, frozenset(keys))


def _facts(access: Access, arn: str) -> dict[str, Value]:
    keys = access.target(_ASKED, arn).keys
    return {key.lower(): value for key, value in keys.items() if key.lower().startswith(_TAGS)}


def _of_organization(directory: Directory) -> dict[str, Value]:
    organization = directory.organization
    found = {} if organization is None else organization.context_keys("Resource")
    return {key.lower(): value for key, value in found.items()}


def _changed(directories: Sequence[Directory]) -> Iterator[str]:
    """The ARNs of entities that do not bear the same everywhere."""
    *others, last = directories
    for section in _SECTIONS:
        for other in others:
            names = dict.fromkeys((*_section(other, section), *_section(last, section)))
            for name in names:
                if _section(other, section).get(name) != _section(last, section).get(name):
                    for directory in (other, last):
                        if name in _section(directory, section):
                            yield directory.arn(directory.named(section, name))


def _section(directory: Directory, section: str) -> Mapping[str, Plain]:
    plain = directory.plain.get(section)
    return plain if isinstance(plain, Mapping) else {}


def _may_look(directory: Directory) -> bool:
    """Whether some policy may look at what resources bear."""
    text = repr(dict(directory.plain)).lower()
    return _PUBLISHED in text or any(key in text for key in (*_TAGS, _ORGANIZATION))
