"""MFA devices in the file and their seeds in the vault, in an order that loses nothing.

What is made goes to the vault first, then to the file; what is deleted goes from the file first.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, IamctlError
from iamctl.domain.ids import Randomness
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import Edit, Repository, Vault
from iamctl.services.keys import uuid_of
from iamctl.services.mfa import find_device, plan_create, plan_enable, removed_devices
from iamctl.services.mfa_check import no_seed, well_formed, why

SEED_BYTES = 20
"""160 bits, as RFC 4226 recommends."""

INVALID_CODES = "Authentication code for device is not valid."

_ENABLE_WINDOW = 2
_RESYNC_WINDOW = 20


class CreatedDevice(NamedTuple):
    """A device that now stands in file and vault; `serial` is its ARN."""

    name: str
    serial: str
    seed: Secret
    edit: Edit


def create_device(
    repository: Repository,
    vault: Vault,
    *,
    name: str,
    path: str = "/",
    tags: Sequence[tuple[str, str]] = (),
    user: str | None = None,
    prepare: Callable[[Secret], object],
    now: int,
    randomness: Randomness,
) -> CreatedDevice:
    """Make a device, enabled for a user at once if one is given.

    `prepare` gets the seed once the vault holds it, before the file names the device: whatever
    hands the seed over and proves the user's codes belongs there. What it raises undoes the
    device. Raises InvalidValue, AlreadyExists, NotFound, LimitExceeded, VaultUnavailable and what
    an edit raises; then neither file nor vault holds the device.
    """

    def plan(directory: Directory) -> Changes:
        uuid_of(directory)
        return plan_create(directory, name=name, path=path, tags=tags, user=user, now=now)

    plan(repository.load())
    seed = Secret(randomness(SEED_BYTES))
    vault.put_mfa_seed(name, seed)
    try:
        prepare(seed)
        edit = repository.apply(plan)
    except BaseException:
        if not _stands(repository, name):
            with suppress(IamctlError):  # a full disk most likely, of which the cause says more
                vault.delete_mfa_seeds((name,))
        raise
    directory = repository.load(checked=False)
    return CreatedDevice(name, directory.arn(directory.device(name)), seed, edit)


def enable_device(
    repository: Repository,
    vault: Vault,
    *,
    name: str,
    user: str,
    prove: Callable[[str], object],
    now: int,
) -> Edit:
    """Enable a device for a user, once `prove` has had two of its codes synchronized.

    Raises NotFound, AlreadyExists, LimitExceeded, what `prove` raises, and what an edit raises.
    """
    loaded = repository.load()
    plan_enable(loaded, name=name, user=user, now=now)
    prove(find_device(loaded, name).name)
    return repository.apply(lambda d: plan_enable(d, name=name, user=user, now=now))


def synchronize(
    vault: Vault, device: str, codes: tuple[str, str], now: int, *, wide: bool = False
) -> None:
    """Check two codes of a device that follow each other and learn how far its clock is off.

    `wide` looks ten minutes around, as to synchronize a device again; otherwise one minute.
    Raises InvalidValue for what is no code, AccessDenied (InvalidAuthenticationCode),
    VaultUnavailable when the vault does not hold the device's seed.
    """
    first, second = map(well_formed, codes)
    window = _RESYNC_WINDOW if wide else _ENABLE_WINDOW
    verdict = vault.synchronize_mfa(device, first, second, now, window)
    if verdict.outcome == "unknown":
        raise no_seed(device)
    if verdict.outcome != "good":
        hint = (
            "wait for the next two codes that the device shows, and give them in that order"
            if verdict.outcome == "wrong"
            else why(verdict)
        )
        raise AccessDenied(INVALID_CODES, code="InvalidAuthenticationCode", hint=hint)


def forget_removed_seeds(vault: Vault, changes: Changes) -> None:
    """Drop the seeds of the devices that an edit took out of the file."""
    gone = removed_devices(changes)
    if gone:
        vault.delete_mfa_seeds(gone)


def current_code(directory: Directory, vault: Vault, name: str, now: int) -> str:
    """The code that a device shows now. Raises NotFound, VaultUnavailable without its seed."""
    device = find_device(directory, name)
    code = vault.mfa_code(device.name, now)
    if code is None:
        raise no_seed(device.name)
    return code


def _stands(repository: Repository, name: str) -> bool:
    """Whether the file names the device; when it cannot be read, the seed is better kept."""
    try:
        return name in repository.load().mfa
    except IamctlError:
        return True
