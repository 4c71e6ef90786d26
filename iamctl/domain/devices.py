"""Virtual MFA devices. Source: botocore's IAM model, VirtualMFADevice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from iamctl.domain.arns import iam_arn
from iamctl.domain.entities import EntityReader, as_text, tags_of
from iamctl.domain.record import Record, made
from iamctl.domain.source import Address, Plain, Source


class VirtualMFADevice(Record):
    """A virtual MFA device; its ARN is its serial number. `user` is whom it is enabled for, since
    `enabled`, both None until it is. Times are epoch seconds. The seed is in the vault."""

    section: ClassVar[str] = "mfa"
    name: str
    path: str = "/"
    created: int | None = None
    user: str | None = None
    enabled: int | None = None
    tags: Mapping[str, str] = made(factory=dict)
    source: Source | None = None

    def arn(self, account: str) -> str:
        """The serial number in that account."""
        return iam_arn(account, "mfa", self.path, self.name)


def read_device(
    reader: EntityReader, at: Address, name: str, plain: dict[str, Plain]
) -> VirtualMFADevice:
    """The device of a plain value."""
    return VirtualMFADevice(
        name=name,
        path=as_text(plain.get("path")) or "/",
        created=reader.instant((*at, "created"), plain.get("created")),
        user=as_text(plain.get("user")),
        enabled=reader.instant((*at, "enabled"), plain.get("enabled")),
        tags=tags_of(plain),
        source=reader.locate(at),
    )
