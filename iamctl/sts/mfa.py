"""Which MFA device of a caller a code is from.

Source: IAM User Guide, "Configuring MFA-protected API access": the serial number, for a virtual
device its ARN, must belong to the calling user; federated users, sessions and the root user
cannot use it.
"""

from typing import TYPE_CHECKING

from iamctl.domain.directory import Directory
from iamctl.domain.entities import User
from iamctl.domain.errors import AccessDenied, Usage
from iamctl.domain.names import did_you_mean, shown

if TYPE_CHECKING:
    from iamctl.domain.devices import VirtualMFADevice

UNKNOWN_SERIAL = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
    "serial number is valid and associated with this user."
)


def device_of(
    directory: Directory, user: User | None, serial: str | None = None
) -> "VirtualMFADevice":
    """The enabled device of the calling user that `serial`, a name or an ARN, means; without
    it, the only one.

    `user` is None for callers that are no user. Raises AccessDenied with AWS's text when there
    is no such device or it is not the caller's, Usage when several may be meant.
    """
    if user is None:
        raise AccessDenied(
            UNKNOWN_SERIAL, hint="only a user has MFA devices, a session of a role has none"
        )
    devices = directory.devices_of(user.name)
    if serial is not None:
        for device in devices:
            if serial in (device.name, directory.arn(device)):
                return device
        raise AccessDenied(UNKNOWN_SERIAL, hint=_near(directory, user, serial))
    if not devices:
        raise AccessDenied(
            UNKNOWN_SERIAL,
            hint=f"user {shown(user.name)} has no MFA device; "
            f"make one: iamctl mfa create NAME --user {user.name}",
        )
    if len(devices) > 1:
        names = ", ".join(device.name for device in devices)
        raise Usage(
            f"user {shown(user.name)} has {len(devices)} MFA devices",
            hint=f"say which: --mfa-serial, one of {names}",
        )
    return devices[0]


def _near(directory: Directory, user: User, serial: str) -> str:
    """What may be meant by a serial that is none of the user's."""
    own = [device.name for device in directory.devices_of(user.name)]
    if not own:
        return f"user {shown(user.name)} has no MFA device"
    near = did_you_mean(serial.rpartition("/")[2], own)
    return near or f"devices of user {shown(user.name)}: {', '.join(own)}"
