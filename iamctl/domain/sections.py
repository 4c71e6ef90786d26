"""What stands in each section of a file: the entities of all of them, and who reads them.

Sections that most directories do not have are read by modules that are imported for a directory
that does.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from iamctl.domain.documents import PolicyDocument
from iamctl.domain.entities import READERS, Entity, EntityReader, arn_of
from iamctl.domain.source import Address, Plain

if TYPE_CHECKING:
    from iamctl.domain.devices import VirtualMFADevice
    from iamctl.domain.pools import IdentityPool
    from iamctl.domain.providers import IdentityProvider

AnyEntity: TypeAlias = "Entity | VirtualMFADevice | IdentityProvider | IdentityPool"
"""An entity of any section that has names."""

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
