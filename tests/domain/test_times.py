from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain import times
from iamctl.domain.errors import InvalidValue


@pytest.mark.parametrize(
    ("text", "epoch"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-02", 86400),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T01:00+0100", 0),
        ("1970-01-01 00:01", 60),
        ("1970-01-01T00:00:00.999Z", 0),
    ],
)
def test_instants(text, epoch):
    assert times.parse_instant(text) == epoch


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13-01", "2026-02-30", "tomorrow", "٢٠٢٦-01-01", "2026-01-01T25:00Z"]
)
def test_what_is_no_instant(text):
    with pytest.raises(InvalidValue):
        times.parse_instant(text)


@given(st.integers(0, 250_000_000_000))
def test_instants_round_trip(epoch):
    assert times.parse_instant(times.format_instant(epoch)) == epoch


@given(st.integers(0, 10**9))
def test_durations_round_trip(seconds):
    assert times.parse_duration(times.format_duration(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "h", "1.5h", "-1h", "1 h", "1y", "٣h", "99999999999h"])
def test_what_is_no_duration(text):
    with pytest.raises(InvalidValue):
        times.parse_duration(text)


def test_until_takes_either():
    assert times.parse_until("30d", 100) == 100 + 30 * 86400
    assert times.parse_until("1970-01-02", 100) == 86400


@given(
    st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32), st.integers(0, 24),
    st.sampled_from([0, 59, 60]), st.sampled_from([0, 59, 60, 61]),
)  # fmt: skip
def test_the_usual_form_is_read_as_any_other(year, month, day, hour, minute, second):
    usual = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    found = []
    for form in (f"{usual}Z", f"{usual}+00:00"):
        try:
            found.append(times.parse_instant(form))
        except InvalidValue:
            found.append(None)
    assert found[0] == found[1]


@given(st.integers(-62135596800, 253402300799))
def test_every_instant_that_can_be_written_is_read_back(epoch):
    written = times.format_instant(epoch)
    assert written == datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
    assert times.parse_instant(written) == epoch


@pytest.mark.parametrize("epoch", [-62135596801, 253402300800])
def test_no_other_instant_is_written(epoch):
    with pytest.raises(ValueError):
        times.format_instant(epoch)
