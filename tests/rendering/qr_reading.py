"""QR codes as pixels, out of every form they come in, read by another library's decoder."""

import re
import struct
import zlib

import zxingcpp

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
