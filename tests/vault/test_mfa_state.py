"""The rules of MFA codes: each works once, near its time, and guessing gets slower."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import MfaVerdict
from iamctl.vault.mfa_state import (
    DeviceState,
    code_now,
    decode_states,
    encode_states,
    kept,
    state_of,
    synchronized,
    used,
)
from iamctl.vault.totp import code_at, matching_steps

SEED = Secret(b"12345678901234567890")
OTHER = Secret(b"another seed, as long")
NOW = 1_800_000_015
STEP = NOW // 30
GOOD, WRONG, USED = (MfaVerdict(outcome) for outcome in ("good", "wrong", "used"))
FRESH = state_of({}, "phone", SEED)


def code(offset: int = 0, seed: Secret = SEED) -> str:
    return code_at(seed, STEP + offset)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238(at: int, expected: str) -> None:
    """Appendix B, the last six of its eight digits."""
    assert code_at(SEED, at // 30) == expected


@pytest.mark.parametrize("text", ["", "12345", "1234567", "٣٤٥٦٧٨", "\ud800", "a" * 100_000])
def test_what_is_no_code_matches_nothing(text: str) -> None:
    assert matching_steps(SEED, text, range(STEP, STEP + 3)) == ()


def test_steps_before_the_epoch_have_no_code() -> None:
    assert used(FRESH, SEED, code_at(SEED, 0), 0)[1] == GOOD
    assert synchronized(FRESH, SEED, ("0", "1"), 0, 20)[1] == WRONG


@pytest.mark.parametrize(
    ("offset", "expected"), [(-2, WRONG), (-1, GOOD), (0, GOOD), (1, GOOD), (2, WRONG)]
)
def test_a_code_may_be_one_step_off(offset: int, expected: MfaVerdict) -> None:
    assert used(FRESH, SEED, code(offset), NOW)[1] == expected
    drifted = FRESH._replace(drift=7)
    assert used(drifted, SEED, code(offset + 7), NOW)[1] == expected


def test_a_step_not_later_than_the_last_is_used() -> None:
    state, verdict = used(FRESH, SEED, code(1), NOW)
    assert verdict == GOOD
    for offset in (-1, 0, 1):
        assert used(state, SEED, code(offset), NOW) == (state, USED)
    assert used(state, SEED, code(2), NOW + 30)[1] == GOOD


def test_a_code_that_two_steps_share_works_for_the_unused_one() -> None:
    """Six digits repeat: who shows the later step's code must not be refused for the earlier."""
    step = 910_737
    assert code_at(SEED, step) == code_at(SEED, step + 1)
    state, verdict = used(FRESH, SEED, code_at(SEED, step), step * 30)
    assert (state.last, verdict) == (step, GOOD)
    state, verdict = used(state, SEED, code_at(SEED, step), step * 30)
    assert (state.last, verdict) == (step + 1, GOOD)
    assert used(state, SEED, code_at(SEED, step), step * 30)[1] == USED


def test_the_waits_double_from_the_fifth_failure_on() -> None:
    state, now, waits = FRESH, NOW, []
    for _ in range(14):
        state, verdict = used(state, SEED, "no", now)
        assert verdict == WRONG
        waits.append(max(state.until - now, 0))
        if waits[-1]:
            assert used(state, SEED, "no", state.until - 1) == (
                state,
                MfaVerdict("throttled", state.until),
            )
        now = max(state.until, now)
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900, 900]
    state, verdict = used(state, SEED, code_at(SEED, now // 30), now)
    assert (verdict, state.failures, state.until) == (GOOD, 0, 0)


def test_a_used_code_is_no_failure_and_no_success() -> None:
    state = FRESH._replace(last=STEP, failures=4)
    assert used(state, SEED, code(), NOW) == (state, USED)


def test_while_it_waits_a_good_code_is_neither_taken_nor_used_up() -> None:
    state = FRESH._replace(failures=5, until=NOW + 1)
    after, verdict = used(state, SEED, code(), NOW)
    assert verdict == MfaVerdict("throttled", NOW + 1)
    assert used(after, SEED, code(), NOW + 1)[1] == GOOD
    pair = (code(), code(1))
    assert synchronized(state, SEED, pair, NOW, 20)[1] == MfaVerdict("throttled", NOW + 1)


def test_a_clock_that_was_wrong_locks_nobody_out_for_ever() -> None:
    state = FRESH._replace(failures=9, until=NOW + 10**9)
    state, verdict = used(state, SEED, code(), NOW)
    assert verdict == MfaVerdict("throttled", NOW + 900)
    assert used(state, SEED, "no", NOW + 899)[1] == MfaVerdict("throttled", NOW + 900)
    assert used(state, SEED, code_at(SEED, (NOW + 900) // 30), NOW + 900)[1] == GOOD


@pytest.mark.parametrize("drift", [-20, -3, -2, 0, 1, 20])
@pytest.mark.parametrize("window", [2, 20])
def test_two_codes_tell_how_far_the_clock_is_off(drift: int, window: int) -> None:
    state, verdict = synchronized(FRESH, SEED, (code(drift - 1), code(drift)), NOW, window)
    if abs(drift) > window:
        assert (state, verdict) == (FRESH._replace(failures=1), WRONG)
    else:
        assert (state, verdict) == (FRESH._replace(last=STEP + drift, drift=drift), GOOD)
        assert code_now(state, SEED, NOW) == code(drift)


def test_two_codes_must_follow_each_other() -> None:
    for pair in ((0, 0), (1, 0), (-1, 1), (0, 2)):
        first, second = (code(offset) for offset in pair)
        assert synchronized(FRESH, SEED, (first, second), NOW, 20)[1] == WRONG
    assert synchronized(FRESH, SEED, (code(0, OTHER), code(1)), NOW, 20)[1] == WRONG


def test_used_codes_bring_no_clock_in_step() -> None:
    for last in (STEP - 1, STEP, STEP + 1):
        state = FRESH._replace(last=last)
        assert synchronized(state, SEED, (code(-1), code()), NOW, 2) == (state, USED)
    assert synchronized(FRESH._replace(last=STEP - 2), SEED, (code(-1), code()), NOW, 2)[1] == GOOD


def test_a_state_is_about_one_seed() -> None:
    state = FRESH._replace(last=STEP, drift=3, failures=2)
    assert state_of({"phone": state}, "phone", SEED) == state
    fresh = state_of({"phone": state}, "phone", OTHER)
    assert fresh == DeviceState(fresh.seed)
    assert fresh.seed != state.seed
    assert SEED.reveal().hex() not in state.seed
    states = {"phone": state, "token": fresh}
    assert kept(states, {"phone": SEED, "token": SEED}) == {"phone": state}
    assert kept(states, {"token": OTHER}) == {"token": fresh}


numbers = st.integers(-(10**12), 10**12)
states = st.builds(DeviceState, st.text(), numbers, numbers, numbers, numbers)


@given(st.dictionaries(st.text(), states))
def test_states_come_back(every: dict[str, DeviceState]) -> None:
    assert decode_states(encode_states(every), "F") == every


WHOLE = json.loads(encode_states({"phone": FRESH}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b"\xff",
        json.dumps({**WHOLE, "format": 2}).encode(),
        json.dumps({**WHOLE, "more": 1}).encode(),
        json.dumps({**WHOLE, "devices": {"phone": {}}}).encode(),
        json.dumps({**WHOLE, "devices": {"phone": {**FRESH._asdict(), "last": "1"}}}).encode(),
        json.dumps({**WHOLE, "devices": {"phone": {**FRESH._asdict(), "last": True}}}).encode(),
        json.dumps({**WHOLE, "devices": {"phone": {**FRESH._asdict(), "next": 1}}}).encode(),
    ],
)
def test_a_state_that_is_not_understood_is_no_empty_one(data: bytes) -> None:
    with pytest.raises(VaultUnavailable, match="another version of iamctl"):
        decode_states(data, "F")


class Naive:
    """The rules told another way: every code that was ever taken is remembered by its step."""

    def __init__(self) -> None:
        self.taken: set[int] = set()
        self.drift = 0
        self.row = 0
        self.blocked_until = 0

    def blocked(self, now: int) -> bool:
        if self.blocked_until > now + 900:
            self.blocked_until = now + 900
        return now < self.blocked_until

    def fail(self, now: int) -> str:
        self.row += 1
        self.blocked_until = 0
        if self.row >= 5:
            self.blocked_until = now + min(900, 30 * 2 ** (self.row - 5))
        return "wrong"

    def take(self, step: int) -> str:
        assert step not in self.taken, "a code was good twice"
        self.taken.add(step)
        self.row = self.blocked_until = 0
        return "good"

    def over(self, step: int) -> bool:
        return any(step <= taken for taken in self.taken)

    def use(self, text: str, now: int) -> str:
        if self.blocked(now):
            return "throttled"
        here = now // 30 + self.drift
        near = [s for s in (here - 1, here, here + 1) if s >= 0 and code_at(SEED, s) == text]
        for step in near:
            if not self.over(step):
                return self.take(step)
        return "used" if near else self.fail(now)

    def synchronize(self, first: str, second: str, now: int, window: int) -> str:
        if self.blocked(now):
            return "throttled"
        here, found = now // 30, False
        for off in sorted(range(-window, window + 1), key=abs):
            step = here + off
            if step < 1 or (code_at(SEED, step - 1), code_at(SEED, step)) != (first, second):
                continue
            found = True
            if not self.over(step - 1):
                self.take(step - 1)
                self.take(step)
                self.drift = off
                return "good"
        return "used" if found else self.fail(now)


offsets = st.integers(-4, 4)
moves = st.one_of(
    st.tuples(st.just("use"), offsets),
    st.tuples(st.just("guess"), st.just(0)),
    st.tuples(st.just("synchronize"), offsets),
    st.tuples(st.just("clock"), st.sampled_from([1, 15, 30, 60, 900, -30, -90])),
)


@given(st.lists(moves, max_size=40))
def test_whatever_happens_it_is_as_the_naive_rules_say(walk: list[tuple[str, int]]) -> None:
    state, naive, now = FRESH, Naive(), NOW
    for move, number in walk:
        if move == "clock":
            now += number
        elif move == "synchronize":
            pair = tuple(code_at(SEED, now // 30 + number - back) for back in (1, 0))
            state, verdict = synchronized(state, SEED, (pair[0], pair[1]), now, 2)
            assert verdict.outcome == naive.synchronize(*pair, now, 2)
        else:
            text = code_at(SEED, now // 30 + number) if move == "use" else "guess"
            state, verdict = used(state, SEED, text, now)
            assert verdict.outcome == naive.use(text, now)
        assert (state.drift, state.failures) == (naive.drift, naive.row)
        assert state.last == max(naive.taken, default=-1)
