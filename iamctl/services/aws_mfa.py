"""The second factor with real AWS: AWS judges the code, the file says whose the device is."""

from iamctl.domain.devices import VirtualMFADevice
from iamctl.domain.directory import Directory
from iamctl.services.office import MfaAsked
from iamctl.services.session_cache import Kept
from iamctl.sts.caller import Caller
from iamctl.sts.mfa import device_of


def serial_number(directory: Directory, caller: Caller, mfa: MfaAsked) -> str:
    """The serial number of the device that codes come from: the caller's in the file, else the
    one that was named by its serial number, which is AWS's to know. Raises AccessDenied, Usage.
    """
    if mfa.serial is not None and ":" in mfa.serial:
        return mfa.serial
    return directory.arn(device_of(directory, None if caller.session else caller.user, mfa.serial))


def still_proves(directory: Directory, caller: Caller, mfa: MfaAsked, kept: Kept) -> bool:
    """Whether the device that proved a kept session is the caller's yet, and no newer than the
    code. True when none did. Raises AccessDenied, Usage."""
    if kept.mfa_time is None:
        return True
    serial = serial_number(directory, caller, mfa)
    device = directory.by_arn(serial)
    enabled = device.enabled if isinstance(device, VirtualMFADevice) else None
    return serial == kept.serial and (enabled or 0) <= kept.mfa_time
