"""What stands in each section of a file: the entities of all of them, and who reads them.

Sections that most directories do not have are read by modules that are imported for a directory
that does.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from iamctl.domain.documents import PolicyDocument
from iamctl.domain.entities import READERS, Entity, EntityReader, arn_of
from iamctl.domain.source import Address, Plain

if TYPE_CHECKING:
    from iamctl.domain.devices import VirtualMFADevice
    from iamctl.domain.pools import IdentityPool
    from iamctl.domain.providers import IdentityProvider

AnyEntity: TypeAlias = "Entity | VirtualMFADevice | IdentityProvider | IdentityPool"
"""An entity of any section that has names."""

if TYPE_CHECKING:
    E = TypeVar("E", bound=AnyEntity | PolicyDocument)
else:  # a bound in quotes is compiled, and the first time costs as much as five modules
    E = TypeVar("E")

Read = Callable[[EntityReader, Address, str, dict[str, Plain]], "AnyEntity | PolicyDocument"]


def any_arn(entity: "AnyEntity", account: str) -> str:
    """The ARN of any entity in that account."""
    return arn_of(entity, account) if isinstance(entity, Entity) else entity.arn(account)


def reader_of(section: str) -> Read:
    """What makes the entities of a section, of `resources` the policies, from plain values."""
    if section in READERS:
        return READERS[section]
    if section == "mfa":
        from iamctl.domain.devices import read_device

        return read_device
    if section == "identity_providers":
        from iamctl.domain.providers import read_provider

        return read_provider
    from iamctl.domain.pools import read_pool

    return read_pool


class EntityMap(Mapping[str, E]):
    """Entities of one section, or resource policies, in the file's order, each read when first
    asked for."""

    def __init__(self, section: str, plain: Mapping[str, Plain], reader: EntityReader) -> None:
        self._section = section
        self._plain = plain
        self._reader = reader
        self._read: dict[str, E] = {}

    @property
    def loads(self) -> int:
        """How many entities have been read so far."""
        return len(self._read)

    def __getitem__(self, name: str) -> E:
        entity = self._read.get(name)
        if entity is None:
            make = reader_of(self._section)
            entity = cast(E, self._reader.read(make, self._section, name, self._plain[name]))
            self._read[name] = entity
        return entity

    def __contains__(self, name: object) -> bool:
        return name in self._plain

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)
