from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.condition_values import (
    parse_address,
    parse_binary,
    parse_boolean,
    parse_date,
    parse_network,
    parse_number,
)

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.datetimes().filter(lambda m: 1 < m.year < 9999), ZONES)
def test_dates_are_instants(moment, zone):
    aware = moment.replace(tzinfo=zone)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    nanoseconds = (since.days * 86400 + since.seconds) * 10**9 + since.microseconds * 1000
    assert parse_date(aware.isoformat()) == nanoseconds
    assert parse_date(aware.isoformat().replace("+00:00", "Z")) == nanoseconds


@given(st.dates())
def test_a_date_alone_is_its_midnight(day):
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert parse_date(day.isoformat()) == round(midnight.timestamp()) * 10**9


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_numbers_are_exact(number):
    text = format(number, "f")
    parsed = parse_number(text)
    assert parsed is not None
    assert Decimal(parsed) == Decimal(text)


@given(st.text(max_size=20))
def test_no_text_breaks_a_parser(text):
    for parser in (parse_number, parse_date, parse_boolean, parse_binary, parse_network):
        parser(text)
    assert parse_address(text + "%") is None


@pytest.mark.parametrize("text", ["", ".", "1e", "1e99999", "1_000", "+", "0x1", "९", "1" * 2000])
def test_not_numbers(text):
    assert parse_number(text) is None


@pytest.mark.parametrize("text", ["Q", "QQ", "QQ=", "Q Q=", "QQ==\n", "é"])
def test_not_base64(text):
    assert parse_binary(text) is None


def test_base64():
    assert parse_binary("QQ==") == b"A"
    assert parse_binary("") == b""
