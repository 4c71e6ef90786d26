"""The codes of virtual MFA devices: RFC 6238 with SHA-1, steps of 30 seconds, six digits."""

from collections.abc import Iterable

from iamctl.domain.errors import InvalidValue
from iamctl.domain.secret import Secret

STEP = 30
"""Seconds that a code stands for."""

_SEED_BYTES = range(20, 65)


def check_seed(seed: Secret) -> Secret:
    """The seed; raises InvalidValue unless it has 20 to 64 bytes (RFC 4226 asks for 20)."""
    if len(seed.reveal()) not in _SEED_BYTES:
        raise InvalidValue(f"an MFA seed must have {_SEED_BYTES[0]} to {_SEED_BYTES[-1]} bytes")
    return seed


def code_at(seed: Secret, step: int) -> str:
    """The code of a step, counted from the epoch; `step` is not negative."""
    import base64

    from pyotp import TOTP

    return TOTP(base64.b32encode(seed.reveal()).decode()).generate_otp(step)


def matching_steps(seed: Secret, code: str, steps: Iterable[int]) -> tuple[int, ...]:
    """Those of the steps whose code this is; how long it takes does not depend on which."""
    from hmac import compare_digest  # here: most commands ask for no code

    given = code.encode("utf-8", "replace")
    found = [(s, compare_digest(code_at(seed, s).encode(), given)) for s in steps if s >= 0]
    return tuple(step for step, same in found if same)
