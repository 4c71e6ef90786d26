"""The packed file of AWS's actions, read one service at a time.

Layout: a head (see `packed.py`) with the sizes of what follows: the index, one line a service by
prefix, `prefix TAB name TAB offset TAB length`; the condition keys, deflated, a line a key, `key
TAB type`; a block for each service, deflated alone. A block is a line for each action by name,
`name TAB access level TAB resource types TAB condition keys`, an empty line, and a line for each
resource type by name, `type TAB ARNs TAB condition keys`. Lists are joined by LIST. The condition
keys of an action are here its own.
"""

import os
import zlib
from functools import cached_property

from iamctl.catalogue.packed import PackedFile
from iamctl.domain.patterns import Pattern
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import ActionFacts

DATA_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "actions.bin")
MAGIC = b"iamctl actions 1\n"
HEAD_SIZE = 2048
TAB, LIST = "\t", "|"

_VARIABLE = Pattern(r"\$\{[^}]*\}")


class Place(NamedTuple):
    """A service's name and where its block begins and ends."""

    name: str
    start: int
    end: int


class Service:
    """One service's block, its lines taken apart when they are asked for."""

    __slots__ = ("_prefix", "_types", "lines", "names")

    def __init__(self, prefix: str, block: str) -> None:
        lines = block.split("\n")
        end = lines.index("")
        fields = [line.split("\t") for line in lines[end + 1 : -1]]
        self._prefix = prefix
        self._types = {kind: (_listed(arns), _listed(keys)) for kind, arns, keys in fields}
        self.lines = {line[: line.index(TAB)].lower(): line for line in lines[:end]}
        """Name in lower case, without the prefix -> the action's line."""
        self.names = [f"{prefix}:{line[: line.index(TAB)]}" for line in self.lines.values()]
        """Every action's name as AWS spells it, by name."""

    def facts(self, name: str) -> ActionFacts:
        """The facts of an action, named in lower case. Raises KeyError, ValueError."""
        spelled, level, types, keys = self.lines[name].split("\t")
        wanted = _listed(types)
        arns = [arn for kind in wanted for arn in self._types[kind][0]]
        every = {*_listed(keys), *(key for kind in wanted for key in self._types[kind][1])}
        return ActionFacts(
            name=f"{self._prefix}:{spelled}",
            access_level=level,
            resource_types=wanted,
            resource_arns=tuple(dict.fromkeys(_VARIABLE.sub("*", arn) for arn in arns)),
            condition_keys=tuple(sorted(every)),
            takes_resource=bool(wanted),
        )


def _listed(field: str) -> tuple[str, ...]:
    return tuple(field.split(LIST)) if field else ()


class ActionsFile:
    """The file's parts. Nothing is opened before the first question.

    Every question raises StorageFailure when the file is missing or damaged.
    """

    def __init__(self, path: str = DATA_FILE) -> None:
        self._packed = PackedFile(path, MAGIC, HEAD_SIZE, "AWS actions")
        self._services: dict[str, Service] = {}

    @property
    def source(self) -> str:
        """The package, its version and how much of everything there is."""
        return self._contents[0]

    @cached_property
    def index(self) -> dict[str, Place]:
        """Prefix -> where the service is, by prefix."""
        try:
            lines = [line.split("\t") for line in self._contents[1].decode("utf-8").splitlines()]
            return {
                prefix: Place(name, int(offset), int(offset) + int(length))
                for prefix, name, offset, length in lines
            }
        except ValueError:
            raise self._packed.damaged() from None

    @cached_property
    def condition_keys(self) -> dict[str, str]:
        """Condition key as AWS spells it, tag keys as `${TagKey}` -> type."""
        try:
            lines = _inflated(self._contents[2]).splitlines()
            fields = [line.split("\t") for line in lines]
            return {key: kind for key, kind in fields}  # noqa: C416  two fields, or it is damaged
        except (ValueError, zlib.error):
            raise self._packed.damaged() from None

    def service(self, prefix: str) -> Service:
        """The service of a prefix that stands in the index."""
        known = self._services.get(prefix)
        if known is None:
            place = self.index[prefix]
            try:
                block = _inflated(self._contents[3][place.start : place.end])
                known = self._services[prefix] = Service(prefix, block)
            except (ValueError, zlib.error):
                raise self._packed.damaged() from None
        return known

    def facts(self, prefix: str, name: str) -> ActionFacts:
        """The facts of an action that the service's block holds, named in lower case."""
        try:
            return self.service(prefix).facts(name)
        except (KeyError, ValueError):
            raise self._packed.damaged() from None

    @cached_property
    def _contents(self) -> tuple[str, bytes, bytes, bytes]:
        """Source, index, condition keys and the services' blocks."""
        with self._packed.opened() as file:
            source, sizes = self._packed.read_head(file, 3)
            index, keys, blocks = (file.read(size) for size in sizes)
        if [len(index), len(keys), len(blocks)] != sizes:
            raise self._packed.damaged()
        return source, index, keys, blocks


def _inflated(data: bytes) -> str:
    return zlib.decompress(data).decode("utf-8")
