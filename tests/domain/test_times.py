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
