"""What entities are looked up by. Each says it of itself alone, whatever else the file holds, so
that an index can keep what is said and ask an entity that changed again.

A lookup has a kind and a key:

    id         a unique id or access key id        -> who bears it
    name       SECTION/NAME in lower case          -> who is called so, ignoring case
    member     a user's name                       -> the groups that list it
    device     a user's name                       -> the MFA devices enabled for it
    url        an issuer's URL                     -> the identity providers that have it
    pool       a pool id                           -> the identity pool
    policy     a managed policy's name, or any ARN -> who may have it attached or as boundary
    principal  a text, or SECTION/NAME             -> who may name it in a trust or resource policy
    mention    SECTION/NAME                        -> the devices and pools that name it
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from iamctl.domain.change import NOUNS, item_name
from iamctl.domain.mentions import mentions
from iamctl.domain.references import principal_reference, statements_of
from iamctl.domain.source import Plain

Owner = tuple[str, str]
"""An entity's section and name."""

Holders = Callable[[str, str], Sequence[Owner]]
"""Answers who is found by a kind and a key, in the file's order, sections as `KINDS` has them."""

_Say = Callable[[Owner, dict[str, Plain], str], Iterable[str]]


def facts_of(kind: str, owner: Owner, plain: Plain, account: str) -> list[str]:
    """The keys that an entity of this plain value is found by under a kind; each once."""
    say = KINDS[kind].get(owner[0])
    if say is None:
        return []
    return list(dict.fromkeys(say(owner, plain if isinstance(plain, dict) else {}, account)))


def folded(section: str, name: str) -> str:
    """The key of the kind "name"."""
    return f"{section}/{name.lower()}"


def scanned(sections: Callable[[str], Mapping[str, Plain]], account: str) -> Holders:
    """The `Holders` of plain values: everything is looked through once a kind, when first asked."""
    tables: dict[str, dict[str, list[Owner]]] = {}

    def holders(kind: str, key: str) -> Sequence[Owner]:
        table = tables.get(kind)
        if table is None:
            table = tables[kind] = {}
            for section in KINDS[kind]:
                for name, plain in sections(section).items():
                    for said in facts_of(kind, (section, name), plain, account):
                        table.setdefault(said, []).append((section, name))
        return table.get(key, ())

    return holders


def _ids(_owner: Owner, plain: dict[str, Plain], _account: str) -> Iterator[str]:
    unique_id = plain.get("id")
    if isinstance(unique_id, str):
        yield unique_id
    keys = plain.get("keys")
    yield from keys if isinstance(keys, dict) else ()


def _name(owner: Owner, _plain: dict[str, Plain], _account: str) -> Iterable[str]:
    return (folded(*owner),)


def _members(_owner: Owner, plain: dict[str, Plain], _account: str) -> Iterator[str]:
    members = plain.get("members")
    return (str(item_name(item)) for item in (members if isinstance(members, list) else ()))


def _field(field: str) -> _Say:
    def say(_owner: Owner, plain: dict[str, Plain], _account: str) -> Iterator[str]:
        value = plain.get(field)
        if isinstance(value, str):
            yield value

    return say


def _policies(_owner: Owner, plain: dict[str, Plain], _account: str) -> Iterator[str]:
    attached = plain.get("policies")
    for text in (*(attached if isinstance(attached, list) else ()), plain.get("boundary")):
        if isinstance(text, str):
            yield text
            if text.startswith("arn:"):
                yield text.rpartition("/")[2]


def _trusted(owner: Owner, plain: dict[str, Plain], account: str) -> Iterator[str]:
    document = plain if owner[0] == "resources" else plain.get("trust")
    for _, statement in statements_of(document):
        for element in ("Principal", "NotPrincipal"):
            principal = statement.get(element)
            for named in principal.values() if isinstance(principal, dict) else ():
                for text in named if isinstance(named, list) else (named,):
                    if isinstance(text, str):
                        yield text
                        meant = principal_reference(text, account)
                        if meant is not None and meant.unique_id is None:
                            yield f"{meant.section}/{meant.name}"


def _mentioned(owner: Owner, plain: dict[str, Plain], _account: str) -> Iterator[str]:
    return ("/".join(meant) for _, meant in mentions(owner[0], plain))


KINDS: Mapping[str, Mapping[str, _Say]] = {
    "id": {"users": _ids, "groups": _ids, "roles": _ids, "policies": _ids},
    "name": dict.fromkeys(NOUNS, _name),
    "member": {"groups": _members},
    "device": {"mfa": _field("user")},
    "url": {"identity_providers": _field("url")},
    "pool": {"identity_pools": _field("id")},
    "policy": {"users": _policies, "groups": _policies, "roles": _policies},
    "principal": {"roles": _trusted, "resources": _trusted},
    "mention": {"mfa": _mentioned, "identity_pools": _mentioned},
}
"""Kind of lookup -> the sections whose entities are found by it, and what says their keys."""
