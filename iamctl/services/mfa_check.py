"""Is an MFA code good, here and now, for the first time.

Source: what real STS answers to a SerialNumber and TokenCode that it does not take.
"""

import re
from typing import TYPE_CHECKING

from iamctl.domain.errors import AccessDenied, InvalidValue, VaultUnavailable
from iamctl.domain.names import shown
from iamctl.domain.times import format_instant
from iamctl.ports import MfaVerdict, Vault

if TYPE_CHECKING:
    from iamctl.domain.devices import VirtualMFADevice

INVALID_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code."


def check_code(vault: Vault, device: "VirtualMFADevice", code: str, now: int) -> None:
    """Use up a code of a device; returns when it is good. `now` is epoch seconds.

    Raises InvalidValue when it is no code at all, AccessDenied with AWS's text when it is wrong,
    was used before, or too many were wrong, VaultUnavailable when this vault does not hold the
    device's seed.
    """
    verdict = vault.use_mfa_code(device.name, well_formed(code), now)
    if verdict.outcome == "unknown":
        raise no_seed(device.name)
    if verdict.outcome != "good":
        raise AccessDenied(INVALID_CODE, hint=why(verdict))


def well_formed(code: str) -> str:
    """The code without blanks around or within it. Raises InvalidValue, which does not show it."""
    digits = re.sub(r"[ \t-]", "", code.strip())
    if re.fullmatch(r"[0-9]{6}", digits) is None:
        raise InvalidValue("an MFA code has six digits")
    return digits


def why(verdict: MfaVerdict) -> str:
    """What a person can do about a code that was not taken."""
    if verdict.outcome == "used":
        return "a code works once; wait for the next"
    if verdict.outcome == "throttled" and verdict.until is not None:
        return f"too many codes were wrong; try again after {format_instant(verdict.until)}"
    return "check that the device's clock and this machine's are right"


def no_seed(device: str) -> VaultUnavailable:
    """The error when the vault cannot tell whether a code is good."""
    return VaultUnavailable(
        f"this machine's vault does not hold the seed of MFA device {shown(device)}, "
        "so its codes cannot be checked here",
        hint="`iamctl vault export` where it was made, `iamctl vault import FILE` here",
    )
