"""AWS's managed policies, read one at a time out of one packed file.

The documents are AWS's. They reach us through moto (Apache-2.0), which collects them with
`iam list-policies` and `get-policy-version`; the file's first lines name the release. moto is
never installed with iamctl: `make refresh-managed-policies` fetches it into a throwaway folder
and packs its copy anew (see `refresh.py`, which also lays the file out).

Layout: a head (see `packed.py`) with the sizes of what follows: the index, one line a policy in
order of ARN, `path+name TAB version TAB created TAB updated TAB offset TAB length`, between
newlines; the preset dictionary; the documents, each deflated alone against that dictionary, so
that reading one opens one.
"""

import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from iamctl.catalogue.packed import PackedFile
from iamctl.ports import ManagedPolicy

DATA_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "managed-policies.bin")
MAGIC = b"iamctl managed policies 1\n"
HEAD_SIZE = 1024
ARN_PREFIX = "arn:aws:iam::aws:policy"


class ManagedPolicies:
    """The managed policies that ship with iamctl. Nothing is opened before the first question.

    Every question raises StorageFailure when the file is missing or damaged.
    """

    def __init__(self, path: str = DATA_FILE) -> None:
        self._packed = PackedFile(path, MAGIC, HEAD_SIZE, "AWS managed policies")
        self._source = ""
        self._index = b""
        self._dictionary = b""

    @property
    def source(self) -> str:
        """The package, its version and the newest update the data comes from."""
        self._load_index()
        return self._source

    def managed_policy(self, arn: str) -> ManagedPolicy | None:
        """The managed policy of that ARN, or None. ARNs of other partitions are not held."""
        place = arn.removeprefix(ARN_PREFIX)
        if place == arn or not place.isascii() or "\t" in place or "\n" in place:
            return None
        self._load_index()
        start = self._index.find(b"\n%b\t" % place.encode("ascii")) + 1
        if start == 0:
            return None
        line = self._index[start : self._index.index(b"\n", start)]
        with self._packed.opened() as file:
            return self._read(file, line)

    def managed_policies(self) -> Iterator[tuple[str, str, str]]:
        """(ARN, default version, update date) of every managed policy, by ARN."""
        for line in self._lines():
            place, version, _created, updated, _offset, _length = self._fields(line)
            yield ARN_PREFIX + place, version, updated

    def search(self, text: str) -> Iterator[ManagedPolicy]:
        """The managed policies whose name or document holds the text, ignoring case, by ARN.

        A document is searched as JSON without spaces between its parts.
        """
        wanted = text.lower()
        lines = self._lines()
        with self._packed.opened() as file:
            for line in lines:
                policy = self._read(file, line)
                if wanted in policy.name.lower() or wanted in policy.document.lower():
                    yield policy

    def _lines(self) -> list[bytes]:
        self._load_index()
        return self._index[1:-1].split(b"\n")

    def _load_index(self) -> None:
        if self._index:
            return
        with self._packed.opened() as file:
            source, (index_size, dictionary_size) = self._packed.read_head(file, 2)
            index = file.read(index_size)
            self._dictionary = file.read(dictionary_size)
        if len(index) != index_size or len(self._dictionary) != dictionary_size:
            raise self._packed.damaged()
        self._source = source
        self._index = index

    def _fields(self, line: bytes) -> tuple[str, str, str, str, int, int]:
        try:
            place, version, created, updated, offset, length = line.decode("ascii").split("\t")
            return place, version, created, updated, int(offset), int(length)
        except ValueError:
            raise self._packed.damaged() from None

    def _read(self, file: BinaryIO, line: bytes) -> ManagedPolicy:
        place, version, created, updated, offset, length = self._fields(line)
        file.seek(HEAD_SIZE + len(self._index) + len(self._dictionary) + offset)
        inflate = zlib.decompressobj(zdict=self._dictionary)
        try:
            document = inflate.decompress(file.read(length)).decode("utf-8")
        except (zlib.error, UnicodeDecodeError):
            raise self._packed.damaged() from None
        if not inflate.eof:
            raise self._packed.damaged()
        path_end = place.rfind("/") + 1
        return ManagedPolicy(
            arn=ARN_PREFIX + place,
            name=place[path_end:],
            path=place[:path_end],
            version=version,
            created=created,
            updated=updated,
            document=document,
        )
