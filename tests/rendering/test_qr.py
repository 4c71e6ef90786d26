"""QR codes, read back by another library's decoder."""

import re
from base64 import b32decode
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.secret import Secret
from iamctl.rendering.qr import otpauth_uri, png, svg, terminal, width
from tests.rendering.qr_reading import (
    pixels_of_blanks,
    pixels_of_blocks,
    pixels_of_png,
    pixels_of_svg,
    read,
)

SEED = Secret(bytes(range(20)))
URI = otpauth_uri("alice-phone", "acme-dev", SEED)


def test_the_text_is_what_apps_take():
    parts = urlsplit(URI.reveal_text())
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/alice-phone@acme-dev"
    asked = parse_qs(parts.query)
    assert b32decode(asked["secret"][0]) == SEED.reveal()
    assert asked["issuer"] == ["iamctl"]


@given(st.from_regex(r"[A-Za-z0-9_+=,.@-]{1,128}", fullmatch=True))
def test_every_name_comes_back(name):
    path = urlsplit(otpauth_uri(name, "111122223333", SEED).reveal_text()).path
    assert unquote(path) == f"/{name}@111122223333"
    assert re.fullmatch(r"/[\w.%-]+@111122223333", path, re.ASCII)


def test_the_png_says_it():
    assert read(pixels_of_png(png(URI)), scale=1) == URI.reveal_text()


def test_the_svg_says_it():
    assert read(pixels_of_svg(svg(URI))) == URI.reveal_text()
    assert b'fill="#fff"' in svg(URI)


def test_the_terminal_says_it():
    drawn = terminal(URI, colour=False, encoding="utf-8")
    assert "\x1b" not in drawn
    assert read(pixels_of_blocks(drawn)) == URI.reveal_text()


def test_the_question_below_it_fits_on_a_screen_of_24_lines():
    uri = otpauth_uri("alice-phone", "111122223333", SEED)
    lines = terminal(uri, colour=False, encoding="utf-8").splitlines()
    assert len(lines) <= 23
    assert max(map(len, lines)) == width(uri, "utf-8") <= 80


def test_in_colour_light_stays_light_whatever_the_terminal_has():
    drawn = terminal(URI, colour=True, encoding="utf-8")
    lines = drawn.splitlines()
    assert all(line.startswith("\x1b[97;40m") and line.endswith("\x1b[0m") for line in lines)
    plain = re.sub(r"\x1b\[[\d;]*m", "", drawn)
    assert read(pixels_of_blocks(plain)) == URI.reveal_text()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "no such thing"])
def test_without_half_blocks_it_is_coloured_blanks(encoding):
    drawn = terminal(URI, colour=False, encoding=encoding)
    assert drawn.isascii()
    assert read(pixels_of_blanks(drawn)) == URI.reveal_text()
    lines = re.sub(r"\x1b\[[\d;]*m", "", drawn).splitlines()
    assert max(map(len, lines)) == width(URI, encoding)


@settings(max_examples=20)
@given(
    st.from_regex(r"[A-Za-z0-9_+=,.@-]{1,128}", fullmatch=True),
    st.binary(min_size=20, max_size=64),
)
def test_whatever_the_name_and_seed(name, seed):
    uri = otpauth_uri(name, "a-rather-long-alias-of-an-account", Secret(seed))
    assert read(pixels_of_png(png(uri)), scale=1) == uri.reveal_text()
