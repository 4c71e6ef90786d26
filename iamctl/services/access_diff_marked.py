"""Resources whose own facts differ: the tags and boundary of what a file holds, the account that
they belong to, and its organization; and the tags of roles whose sessions may bring others.
Conditions on these are open for all requests; here they are settled, on each side by what it says.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from iamctl.domain.arns import parse_arn
from iamctl.domain.directory import Directory
from iamctl.domain.documents_variables import Literal
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_patterns import EVERYTHING, Patterns, arn_pattern
from iamctl.policy.reach_provisos import Known
from iamctl.services.access import Access, Value
from iamctl.services.settled import PRINCIPAL_TAG
from iamctl.services.subjects import Subject

_SECTIONS = ("users", "roles", "policies", "mfa", "identity_providers", "identity_pools")
_TAGS = ("aws:resourcetag/", "iam:resourcetag/", "iam:permissionsboundary")
_OWNER = ("aws:resourceaccount", "aws:resourceorg")
_ASKED, _ANYTHING = "iam:GetUser", "any:Thing"
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
    def said(self) -> object:
        """Equal for those of which the same is known."""
        return self.where, tuple(frozenset(of.items()) for of in self.facts)

    @property
    def box(self) -> Box:
        """All requests for these resources."""
        return Box((), (self.where,))

    def also(self, other: "Marked") -> "Marked":
        """The same resources with what is known by another one too, of which they are some."""
        pairs = zip(self.facts, other.facts, strict=True)
        return self._replace(
            facts=tuple({**mine, **theirs} for mine, theirs in pairs),
            settled=(*self.settled, *other.settled),
            keys=self.keys | other.keys,
        )

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
    may look at them. May raise what loading other accounts' files does."""
    accounts = dict.fromkeys(account for access in sides for account in access.known_accounts())
    files = [{account: _file(access, account) for account in accounts} for access in sides]
    if not any(_may_look(one) for of in files for one in of.values() if one is not None):
        return ()
    found = []
    for account in accounts:
        for arn in dict.fromkeys(_changed([of[account] for of in files])):
            facts = [{**_facts(access, arn), **_owner(access, arn)} for access in sides]
            found.append(_marked(_just(arn), facts, (*_TAGS, *_OWNER)))
    for asked, where in (*map(_numbered, accounts), *_unnumbered(files)):
        found.append(_marked(where, [_owner(access, asked) for access in sides], _OWNER))
    return tuple(one for one in found if one.keys)


def tagged_otherwise(people: Sequence[Subject | None]) -> tuple[Marked, ...]:
    """All resources, for a role whose sessions may bring tags, where it has other tags itself: a
    session that brings none has these."""
    tags = [{} if one is None else one.tags for one in people]
    facts = [{PRINCIPAL_TAG + key.lower(): text for key, text in of.items()} for of in tags]
    found = _marked(EVERYTHING, facts, (PRINCIPAL_TAG,))
    return (found,) if found.keys else ()


def bearing(
    own: Iterable[Marked], of_role: Iterable[Marked], keys: Collection[str]
) -> tuple[Marked, ...]:
    """Those of which policies look at some key that differs, by themselves and together: what one
    side changed of a role and another one of a resource tells only together."""
    first, second = (
        tuple(one for one in some if not one.keys.isdisjoint(keys)) for some in (own, of_role)
    )
    return (*first, *second, *(one.also(other) for one in first for other in second))


def _marked(
    where: Patterns, facts: Sequence[Mapping[str, Value]], settled: tuple[str, ...]
) -> Marked:
    last = facts[-1].items()
    keys = {key for one in facts for key, _ in one.items() ^ last}
    return Marked(where, tuple(facts), settled, frozenset(keys))


def _facts(access: Access, arn: str) -> dict[str, Value]:
    keys = access.target(_ASKED, arn).keys
    return {key.lower(): value for key, value in keys.items() if key.lower().startswith(_TAGS)}


def _owner(access: Access, arn: str) -> dict[str, Value]:
    """Whose a resource is: the account, and its organization."""
    target = access.target(_ANYTHING, arn)
    keys = {key.lower(): value for key, value in target.keys.items()}
    found = {key: value for key, value in keys.items() if key.startswith(_OWNER)}
    return found if target.account is None else {**found, _OWNER[0]: target.account}


def _just(arn: str) -> Patterns:
    return Patterns((arn_pattern([Literal(arn)]),))


def _numbered(account: str) -> tuple[str, Patterns]:
    """The resources whose ARN says the account, and the ARN of one."""
    return f"arn:aws:any::{account}:one", Patterns((arn_pattern([f"arn:*:*:*:{account}:*"]),))


def _unnumbered(
    files: Iterable[Mapping[str, Directory | None]],
) -> Iterator[tuple[str, Patterns]]:
    """The resources whose ARN says no account: each of which some file holds a policy, with what
    is in it, and all others."""
    directories = [one for of in files for one in of.values() if one is not None]
    for arn in dict.fromkeys(arn for one in directories for arn in one.resources):
        parsed = parse_arn(arn)
        if parsed is not None and not parsed.account:
            yield arn, Patterns((arn_pattern([Literal(arn)]), arn_pattern([Literal(arn), "/*"])))
    yield "arn:aws:any:::one", Patterns((arn_pattern(["arn:*:*:*::*"]),))


def _file(access: Access, account: str) -> Directory | None:
    collector = access.collector(account)
    return None if collector is None else collector.directory


def _changed(directories: Sequence[Directory | None]) -> Iterator[str]:
    """The ARNs of entities of an account that do not bear the same everywhere."""
    *others, last = directories
    for other in others:
        both = [one for one in (other, last) if one is not None]
        moved = _moved(both)
        for section in _SECTIONS:
            sections = [_section(one, section) for one in (other, last)]
            for name in dict.fromkeys((*sections[0], *sections[1])):
                was, now = (one.get(name) for one in sections)
                if was != now or (moved and _boundary(now) in moved):
                    for one in both:
                        if name in _section(one, section):
                            yield one.arn(one.named(section, name))


def _boundary(plain: Plain) -> str:
    return str(plain.get("boundary") or "") if isinstance(plain, Mapping) else ""


def _moved(directories: Sequence[Directory]) -> set[str]:
    """The names of policies that are not at the same path everywhere."""
    names = {name for one in directories for name in _section(one, "policies")}
    paths = [
        {name: one.fields_of("policies", name).get("path") for name in names} for one in directories
    ]
    return {name for name in names if any(of[name] != paths[-1][name] for of in paths)}


def _section(directory: Directory | None, section: str) -> Mapping[str, Plain]:
    plain = None if directory is None else directory.plain.get(section)
    return plain if isinstance(plain, Mapping) else {}


def _may_look(directory: Directory) -> bool:
    """Whether some policy may look at what resources bear."""
    text = repr(dict(directory.plain)).lower()
    return _PUBLISHED in text or any(key in text for key in (*_TAGS, *_OWNER))
