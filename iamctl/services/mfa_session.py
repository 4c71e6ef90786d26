"""The second factor of a call of STS: whose device, its code, and sessions that it made."""

from typing import TYPE_CHECKING

from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, NotAuthenticated
from iamctl.domain.names import shown
from iamctl.services.assume import managed_policies
from iamctl.services.mfa_check import check_code
from iamctl.services.office import MfaAsked, Office
from iamctl.services.session_cache import Kept
from iamctl.sts.caller import Caller, session_caller
from iamctl.sts.mfa import device_of
from iamctl.sts.revocation import revoking
from iamctl.sts.session import authenticate_session

if TYPE_CHECKING:
    from iamctl.domain.devices import VirtualMFADevice


def serial_of(
    directory: Directory, caller: Caller, mfa: MfaAsked, refusal: AccessDenied | None
) -> str:
    """The serial number, which is the ARN, of the device that a code is to come from.

    `refusal` is what the role says without a code: a caller who has no device is told that.
    Raises AccessDenied, Usage.
    """
    user = None if caller.session else caller.user
    if refusal is not None and user is not None and not directory.devices_of(user.name):
        refusal.hint = (
            f"with MFA it would be allowed, but user {shown(user.name)} has no device: "
            f"iamctl mfa create NAME --user {user.name}"
        )
        raise refusal
    return directory.arn(device_of(directory, user, mfa.serial))


def require_device(directory: Directory, caller: Caller, serial: str) -> "VirtualMFADevice":
    """The caller's enabled device of that serial number. Raises AccessDenied."""
    return device_of(directory, None if caller.session else caller.user, serial)


def prove(office: Office, directory: Directory, caller: Caller, mfa: MfaAsked, serial: str) -> int:
    """Ask for a code, use it up, and say when it was accepted, in epoch seconds.

    Raises AccessDenied, InvalidValue, Interrupted, VaultUnavailable.
    """
    device = require_device(directory, caller, serial)
    office.vault.unlock()  # before the code is asked for, which soon is too old
    code = mfa.code(serial)
    proved = office.clock()
    check_code(office.vault, device, code, proved)
    return proved


def holds(office: Office, directory: Directory, caller: Caller, kept: Kept, now: int) -> bool:
    """Whether a kept session still stands: the device is the caller's and no newer than the code
    that was accepted, and the session authenticates and is not revoked."""
    try:
        device = require_device(directory, caller, kept.serial)
    except AccessDenied:
        return False
    proved = kept.mfa_time
    if proved is None or proved < (device.enabled or 0):
        return False
    return _is_alive(office, directory, kept, now)


def _is_alive(office: Office, directory: Directory, kept: Kept, now: int) -> bool:
    given = kept.credentials
    try:
        session = authenticate_session(
            given.access_key_id,
            given.secret_access_key,
            given.session_token,
            directory,
            office.vault.signing_keys(),
            now,
        )
    except NotAuthenticated:
        return False
    caller = session_caller(session, directory.account.id, "")
    return revoking(directory, caller, managed_policies(office.catalogue), now) is None
