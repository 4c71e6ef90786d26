"""Lines come out whole, however a stream gives them, and long ones are cut."""

from hypothesis import given
from hypothesis import strategies as st

from iamctl.cli.lines import LineReader

LIMIT = 20


class Pieces:
    """A stream that gives these pieces, one a read."""

    def __init__(self, pieces):
        self.pieces = [piece for piece in pieces if piece]

    def read1(self, size):
        return self.pieces.pop(0) if self.pieces else b""


def read(pieces, limit=LIMIT):
    return list(LineReader(Pieces(pieces), limit))


@given(st.lists(st.text("ab\n", max_size=30).map(str.encode), max_size=12))
def test_lines_are_whole_numbered_and_cut_when_they_are_too_long(pieces):
    whole = b"".join(pieces)
    found = read(pieces)
    wanted = whole.split(b"\n")
    number = 1
    got = []
    for lines in found:
        assert lines.first == number
        number += lines.data.count(b"\n")
        got += lines.data.split(b"\n")[: None if lines is found[-1] else -1]
    if got or whole:
        assert len(got) - (got[-1:] == [b""]) == len(wanted) - (wanted[-1] == b"")
    for one, line in zip(got, wanted, strict=False):
        assert one == line or (len(line) > LIMIT and line.startswith(one) and len(one) > LIMIT)


def test_each_read_gives_what_it_completes():
    reader = LineReader(Pieces([b"a\nb", b"c", b"\nd\n", b"e"]), LIMIT)
    assert reader.read() == (1, b"a\n")
    assert reader.read() == (2, b"")
    assert reader.read() == (2, b"bc\nd\n")
    assert reader.read() == (4, b"")
    assert not reader.ended
    assert reader.read() == (4, b"e")
    assert reader.ended


def test_a_long_line_is_held_no_further_than_its_limit():
    (lines,) = read([b"x" * 15] * 10 + [b"\n"])
    assert lines.data == b"x" * (LIMIT + 1) + b"\n"
