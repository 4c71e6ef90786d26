"""What is remembered of MFA codes, so that each works once and guessing is slow.

The rules are pure; whoever applies them reads, decides and writes under one lock. A state that
was put back from a copy cannot be told from the true one: the codes used since would work again
while their step lasts, so a backup of the vault is best restored minutes after the last use.
"""

import json

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import MfaVerdict
from iamctl.vault.interface import OTHER_VERSION
from iamctl.vault.totp import STEP, code_at, matching_steps

_FORMAT = 1
_LEEWAY = 1
_FREE_FAILURES = 5
_FIRST_WAIT, _LONGEST_WAIT = 30, 15 * 60


class DeviceState(NamedTuple):
    """One device: which seed this is about, and what became of its codes.

    `last` is the step of the latest code that was used, `drift` how many steps the device's clock
    is ahead, `failures` are those in a row, `until` the epoch second before which no code is
    looked at.
    """

    seed: str
    last: int = -1
    drift: int = 0
    failures: int = 0
    until: int = 0


States = dict[str, DeviceState]
"""By the device's name."""


def state_of(states: States, device: str, seed: Secret) -> DeviceState:
    """What is remembered of the device with that very seed; of another seed, nothing."""
    mark = _mark(seed)
    state = states.get(device)
    return DeviceState(mark) if state is None or state.seed != mark else state


def kept(states: States, seeds: dict[str, Secret]) -> States:
    """Without the devices whose seeds are no longer held."""
    return {
        device: state
        for device, state in states.items()
        if device in seeds and state.seed == _mark(seeds[device])
    }


def code_now(state: DeviceState, seed: Secret, now: int) -> str:
    """The code that the device shows, its clock being off as far as is known."""
    return code_at(seed, max(now // STEP + state.drift, 0))


def used(state: DeviceState, seed: Secret, code: str, now: int) -> tuple[DeviceState, MfaVerdict]:
    """Use up a code of the current step by the device's clock, or of one step beside it."""
    waiting = _throttled(state, now)
    if waiting is not None:
        return waiting
    centre = now // STEP + state.drift
    matching = matching_steps(seed, code, range(centre - _LEEWAY, centre + _LEEWAY + 1))
    fresh = [step for step in matching if step > state.last]
    if fresh:
        return state._replace(last=fresh[0], failures=0, until=0), MfaVerdict("good")
    if matching:
        return state, MfaVerdict("used")
    return _failed(state, now), MfaVerdict("wrong")


def synchronized(
    state: DeviceState, seed: Secret, codes: tuple[str, str], now: int, window: int
) -> tuple[DeviceState, MfaVerdict]:
    """Use up two codes that follow each other and learn the drift from the second, just shown.

    The nearest step counts. Steps up to the last one used stay used, whatever the clock says now.
    """
    waiting = _throttled(state, now)
    if waiting is not None:
        return waiting
    centre = now // STEP
    around = range(centre - window, centre + window + 1)
    firsts = matching_steps(seed, codes[0], (step - 1 for step in around))
    seconds = matching_steps(seed, codes[1], around)
    pairs = sorted((s for s in seconds if s - 1 in firsts), key=lambda s: abs(s - centre))
    fresh = [step for step in pairs if step - 1 > state.last]
    if fresh:
        return DeviceState(state.seed, last=fresh[0], drift=fresh[0] - centre), MfaVerdict("good")
    if pairs:
        return state, MfaVerdict("used")
    return _failed(state, now), MfaVerdict("wrong")


def _throttled(state: DeviceState, now: int) -> tuple[DeviceState, MfaVerdict] | None:
    """The answer while a device has to wait; None when codes are looked at."""
    if now >= state.until:
        return None
    # A wait that is longer than the longest was begun under a clock that was wrong.
    until = min(state.until, now + _LONGEST_WAIT)
    return state._replace(until=until), MfaVerdict("throttled", until)


def _failed(state: DeviceState, now: int) -> DeviceState:
    """One failure more; from the fifth in a row on the wait is 30 s, 60 s, … up to 15 minutes."""
    failures = state.failures + 1
    beyond = failures - _FREE_FAILURES
    wait = min(_FIRST_WAIT << min(beyond, 10), _LONGEST_WAIT) if beyond >= 0 else 0
    return state._replace(failures=failures, until=now + wait if wait else 0)


def _mark(seed: Secret) -> str:
    """Which seed a state is about, so that a new seed of the same name starts afresh."""
    from hashlib import sha256  # here: most commands ask for no code

    return sha256(b"iamctl mfa seed 1 " + seed.reveal()).hexdigest()[:32]


def encode_states(states: States) -> bytes:
    """The states as JSON."""
    devices = {device: state._asdict() for device, state in sorted(states.items())}
    return json.dumps({"format": _FORMAT, "devices": devices}, separators=(",", ":")).encode()


def decode_states(data: bytes, name: str) -> States:
    """The states that `encode_states` wrote into the file called `name`.

    Raises VaultUnavailable for anything else: codes that were used must not work again.
    """
    try:
        whole = json.loads(data)
        if set(whole) != {"format", "devices"} or whole["format"] != _FORMAT:
            raise ValueError
        return {device: _state(**state) for device, state in whole["devices"].items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise VaultUnavailable(
            f"{name} was written by another version of iamctl", hint=OTHER_VERSION
        ) from None


def _state(seed: str, last: int, drift: int, failures: int, until: int) -> DeviceState:
    if not isinstance(seed, str) or {type(n) for n in (last, drift, failures, until)} != {int}:
        raise TypeError
    return DeviceState(seed, last, drift, failures, until)
