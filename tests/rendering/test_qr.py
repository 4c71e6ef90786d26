"""QR codes, read back by another library's decoder."""

import re
import struct
import zlib
from base64 import b32decode
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.secret import Secret
from iamctl.rendering.qr import otpauth_uri, png, svg, terminal

SEED = Secret(bytes(range(20)))
URI = otpauth_uri("alice-phone", "acme-dev", SEED)

Rows = list[list[int]]


def read(rows: Rows, scale: int = 4) -> str:
    """What the picture says, 0 dark and 255 light."""
    wide = [[pixel for pixel in row for _ in range(scale)] for row in rows]
    data = b"".join(bytes(row) for row in wide for _ in range(scale))
    shape = [len(wide) * scale, len(wide[0])]
    (found,) = zxingcpp.read_barcodes(memoryview(data).cast("B", shape))
    return found.text


def pixels_of_png(data: bytes) -> Rows:
    """A greyscale PNG of one bit a pixel."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind = data[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + data[at + 8 : at + 8 + length]
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (1, 0)
    raw, stride = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8 + 1
    rows, above = [], bytes(stride - 1)
    for y in range(height):
        kind_of_filter, *line = raw[y * stride : (y + 1) * stride]
        assert kind_of_filter in (0, 2)  # none; or what is above is to be added
        if kind_of_filter == 2:
            line = [(byte + up) % 256 for byte, up in zip(line, above, strict=True)]
        above = bytes(line)
        bits = "".join(f"{byte:08b}" for byte in line)
        rows.append([255 * int(bit) for bit in bits[:width]])
    return rows


def pixels_of_svg(data: bytes) -> Rows:
    """The modules of segno's path of horizontal strokes."""
    text = data.decode()
    (scale,) = map(int, re.findall(r"scale\((\d+)\)", text)[:1])
    side = int(re.findall(r'width="(\d+)"', text)[0]) // scale
    rows = [[255] * side for _ in range(side)]
    path = re.findall(r'stroke="#000" d="([^"]*)"', text)[0]
    x = y = 0.0
    for verb, numbers in re.findall(r"([Mmh])([-\d. ]*)", path):
        values = [float(n) for n in re.findall(r"-?[\d.]+", numbers)]
        if verb == "h":
            for step in range(int(values[0])):
                rows[int(y)][int(x) + step] = 0
            x += values[0]
        else:
            x, y = (values[0], values[1]) if verb == "M" else (x + values[0], y + values[1])
    return rows


def pixels_of_blocks(text: str) -> Rows:
    rows: Rows = []
    for line in text.splitlines():
        rows.append([255 * (c in "█▀") for c in line])
        rows.append([255 * (c in "█▄") for c in line])
    return rows


def pixels_of_blanks(text: str) -> Rows:
    """Blanks on a background that ANSI's codes set: 7 swaps it, 49 is the terminal's."""
    rows = []
    for line in text.splitlines():
        row: list[int] = []
        for code, blanks in re.findall(r"\x1b\[(\d*)m( *)", line):
            row += [255 * (code == "7")] * (len(blanks) // 2)
        rows.append(row)
    return rows


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


@settings(max_examples=20)
@given(
    st.from_regex(r"[A-Za-z0-9_+=,.@-]{1,128}", fullmatch=True),
    st.binary(min_size=20, max_size=64),
)
def test_whatever_the_name_and_seed(name, seed):
    uri = otpauth_uri(name, "a-rather-long-alias-of-an-account", Secret(seed))
    assert read(pixels_of_png(png(uri)), scale=1) == uri.reveal_text()
