"""Who is found by what: `KIND KEY` -> entities, in pages of an index that are chosen by the key.

A bucket is a list of parts, each of which has some keys and who is found by them; a key may stand
in several. So whoever reads a half of a file makes a half of every bucket.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from iamctl.domain.facts import KINDS, Owner, facts_of
from iamctl.domain.source import Plain

Found = tuple[str, str, int]
"""Who is found: section, name and the page of the chunk, 0 for what is in no section's chunk."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


ALONE = frozenset(("id", "name"))
"""Kinds of which every key should be one entity's."""


def keys_of(owner: Owner, plain: Plain, account: str) -> list[str]:
    """What an entity is found by: `KIND KEY` of every kind."""
    return [
        f"{kind} {key}"
        for kind, sections in KINDS.items()
        if owner[0] in sections
        for key in facts_of(kind, owner, plain, account)
    ]


def alone(key: str) -> bool:
    """Whether `KIND KEY` is of one of the kinds in `ALONE`."""
    return key.partition(" ")[0] in ALONE


def bucket_of(key: str, count: int) -> int:
    """The bucket, of so many, that the key is in."""
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % count


def bucket_page(bucket: Mapping[str, Sequence[Found]]) -> bytes:
    """The page of a bucket: who is found by each key."""
    return _page([_part(bucket)])


def read_bucket(body: bytes) -> dict[str, list[Found]]:
    """The bucket of a page."""
    bucket: dict[str, list[Found]] = {}
    parts: list[dict[str, list[tuple[str, str, int]]]] = json.loads(body)
    for part in parts:
        for key, found in part.items():
            bucket.setdefault(key, []).extend((str(s), str(n), int(p)) for s, n, p in found)
    return bucket


def _part(bucket: Mapping[str, Sequence[Found]]) -> bytes:
    return _encode(bucket).encode()


def _page(parts: Iterable[bytes]) -> bytes:
    return b"".join((b"[", b",".join(filter(None, parts)), b"]"))


class Facts:
    """What some entities of a file say of themselves, on its way into parts of buckets."""

    def __init__(self) -> None:
        self._found: dict[str, list[Found]] = {}

    def add(self, owner: Owner, page: int, keys: Iterable[str]) -> None:
        """Put in what an entity says of itself, which is what `keys_of` gives."""
        found = (*owner, page)
        for key in keys:
            known = self._found.get(key)
            if known is None:
                self._found[key] = [found]
            else:
                known.append(found)

    def alone(self) -> tuple[dict[str, int], list[int]]:
        """A page for each key that is `alone`, and those pages where one stands that stands on
        another of them as well."""
        pages: dict[str, int] = {}
        shared: set[int] = set()
        for key, found in self._found.items():
            if alone(key):
                pages[key] = found[0][2]
                if len(found) > 1:
                    on = {page for _, _, page in found}
                    shared |= on if len(on) > 1 else set()
        return pages, [*shared]

    def parts(self, count: int) -> list[bytes]:
        """A part of each of so many buckets, empty where there is nothing in it."""
        keys: list[list[str]] = [[] for _ in range(count)]
        for key in self._found:
            keys[bucket_of(key, count)].append(key)
        return [_part({key: self._found[key] for key in some}) if some else b"" for some in keys]


class Buckets:
    """All buckets of a file: each is of the parts that stand at its place, in the file's order."""

    def __init__(self, parts: Iterable[Sequence[bytes]]) -> None:
        self.pages = [*map(_page, zip(*parts, strict=True))]
        self._read: dict[int, dict[str, list[Found]]] = {}

    def holders(self, kind: str, key: str) -> Sequence[Owner]:
        """The `Holders` of the file."""
        said = f"{kind} {key}"
        number = bucket_of(said, len(self.pages))
        bucket = self._read.get(number)
        if bucket is None:
            bucket = self._read[number] = read_bucket(self.pages[number])
        found = bucket.get(said, ())
        if len(found) > 1:
            order = list(KINDS[kind])
            found = sorted(found, key=lambda one: order.index(one[0]))
        return [(section, name) for section, name, _ in found]
