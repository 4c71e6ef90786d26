"""What must hold for a virtual MFA device beyond its shape. Source: botocore's IAM model."""

from collections.abc import Iterator

from iamctl.domain.arns import iam_arn
from iamctl.domain.directory import Directory
from iamctl.domain.names import shown
from iamctl.domain.source import Fault

LONGEST_SERIAL_NUMBER = 256


def device_faults(directory: Directory, name: str) -> Iterator[Fault]:
    """What is wrong with one device."""
    plain = directory.value_at(("mfa", name))
    fields = plain if isinstance(plain, dict) else {}
    at = ("mfa", name)
    enabled = "enabled" in fields
    if ("user" in fields) != enabled:
        has, lacks = ("enabled", "user") if enabled else ("user", "enabled")
        yield Fault(
            "error",
            "half-enabled",
            f"MFA device {shown(name)} has {has} but no {lacks}",
            (*at, has),
            "a device that is enabled has both, any other has neither",
        )
    serial = iam_arn(directory.account.id, "mfa", str(fields.get("path") or "/"), name)
    if len(serial) > LONGEST_SERIAL_NUMBER:
        yield Fault(
            "error",
            "invalid-value",
            f"the serial number of MFA device {shown(name)} has {len(serial)} characters",
            at,
            f"AWS takes {LONGEST_SERIAL_NUMBER}: shorten its path or its name",
        )
