"""A file that is cut and read in chunks says what it says when it is read whole, or is declined."""

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.shape import ROOT
from iamctl.store.index.chunks import Chunk, cut, read_chunk, read_top
from iamctl.store.index.contents import Unfit, digest_of
from iamctl.store.index.marks import locate
from iamctl.store.index.recutting import Hunk, recut
from iamctl.store.reader import read_directory

sys.path.insert(0, str(Path(__file__).parents[1]))
from hand_formatted import HandFormatted, random_directory

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
ROOT_FOLDER = Path(__file__).parents[3]
HEAD = 'iamctl: 1\naccount: {id: "123456789012"}\n'
FILE = "d.yaml"


class Joined:
    """What all chunks of a file say together, put together as simply as can be."""

    def __init__(self, data: bytes, chunks: list[Chunk]) -> None:
        self.plain: dict[str, Any] = {}
        self.places: dict[tuple[str, ...], tuple[int, Any, Any]] = {}
        self.headers: dict[str, tuple[int, int]] = {}
        for chunk in chunks:
            text = data[chunk.start : chunk.end]
            if chunk.section:
                self._section(chunk, text)
                continue
            plain, marks = read_top(text, FILE, chunk.start == 0)
            marks = json.loads(json.dumps(marks))
            assert not plain.keys() & self.plain.keys()
            self.plain |= plain
            self.places.setdefault((), (chunk.line, marks, plain))
            self.places |= {(name,): (chunk.line, marks, plain) for name in plain}

    def _section(self, chunk: Chunk, text: bytes) -> None:
        header, entities = read_chunk(chunk, text, FILE)
        if header is not None:
            assert chunk.section not in self.plain
            self.plain[chunk.section] = {}
            self.headers[chunk.section] = (chunk.line + header[0], header[1])
        for held in entities:
            if held.name in self.plain[chunk.section]:
                raise Unfit("repeated")
            self.plain[chunk.section][held.name] = held.plain
            marks = json.loads(json.dumps(held.marks))
            line = chunk.line + held.line
            self.places[chunk.section, held.name] = (line, marks, held.plain)

    def locate(self, at: tuple[Any, ...]) -> tuple[int, int]:
        section = str(at[0]) if at else ""
        if section in self.headers:
            found = self.places.get((section, str(at[1]))) if len(at) > 1 else None
            if found is None:
                line, column = self.headers[section]
                return line + 1, column + 1
            rest = at[2:]
        else:
            found = self.places.get((section,))
            found, rest = (found, at) if found else (self.places[()], ())
        line, column = locate(found[1], found[2], rest)
        return found[0] + line + 1, column + 1


def addresses(plain: Any, at: tuple[Any, ...] = ()) -> Any:
    """All addresses, and some that lead nowhere."""
    yield at
    yield (*at, "nowhere")
    yield (*at, 0)
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield from addresses(value, (*at, name))
    elif isinstance(plain, list):
        yield (*at, -1)
        yield (*at, len(plain))
        for position, item in enumerate(plain):
            yield from addresses(item, (*at, position))
            name = item.get("user") if isinstance(item, dict) else item
            if isinstance(name, str | int | float):
                yield from addresses(item, (*at, str(name)))
                yield (*at, "1.50")
                yield (*at, "True")


def problem_of(data: bytes, chunks: list[Chunk] | None) -> str | None:
    """Why a file is declined, None when its chunks say what the whole says."""
    if chunks is None:
        return "not cut"
    assert [c.start for c in chunks] == [0, *(c.end for c in chunks[:-1])]
    assert chunks[-1].end == len(data)
    for chunk in chunks:
        assert chunk.line == data.count(b"\n", 0, chunk.start)
        assert chunk.digest == digest_of(data[chunk.start : chunk.end])
    try:
        joined = Joined(data, chunks)
    except Unfit as error:
        return str(error)
    result = read_directory(data, FILE)
    assert result.problems == ()
    assert result.tree is not None
    assert result.directory is not None
    assert json.dumps(joined.plain) == json.dumps(result.directory.plain)
    for at in addresses(joined.plain):
        assert joined.locate(at) == result.tree.locate(at)[1:], at
    return None


def hand_formatted(seed: int, odd: bool = True) -> bytes:
    rng = random.Random(seed)
    return HandFormatted(rng, odd=odd).write(random_directory(rng))


@pytest.mark.parametrize("seed", range(60 * SCALE))
@pytest.mark.parametrize("size", [0, 1, 4])
def test_hand_formatted_files_say_the_same_in_chunks(seed: int, size: int) -> None:
    data = hand_formatted(seed)
    problem_of(data, cut(data, size))


def test_most_hand_formatted_files_can_be_cut() -> None:
    fates = [problem_of(data, cut(data, 1)) for data in map(hand_formatted, range(100))]
    assert fates.count(None) > 20
    tame = [hand_formatted(seed, odd=False) for seed in range(50)]
    assert [problem_of(data, cut(data, 1)) for data in tame] == [None] * 50


MORSELS = (
    "  alice:\n", "  bob:\n", "  carol: {}\n", "  no:\n", "  ? dave\n", "  : x\n", "  ? \n",
    "    path: /x/\n", "    path: /é/\n", "    tags: {team: a,\n", "      env: b}\n", " }\n",
    "    tags:\n", "      team: |\n", "      team: >+\n", "      team: |3\n", "        text\n",
    "       # deep\n", "    # comment\n", "  # comment\n", "# comment\n", "\n", "    \n",
    "          \n",
    '    boundary: "Re\n', 'ad"\n', "  bob: x'\n", "    boundary: 'Re\n", "    boundary: Re\n",
    "     ad\n", "users:\n", "groups:\n", "roles: {}\n", "policies: # all\n", "users: {}\n",
    "  dev:\n", "    members:\n", "    - alice\n", "    - user: bob\n", "      - x: 1\n",
    "---\n", "...\n", "--- # x\n", "%YAML 1.1\n", "\t\n", "  \t# tab\n", "    \tpath: /\n",
    "    path: &a /x/\n", "    path: *a\n", "    path: !!str /x/\n", "    path: ! /x/\n",
    "    <<: {path: /x/}\n", "    path: /a/\u2028\n", "    path: /a/\u0085  bob:\n", "\ufeff",
    "    path: ~\n", "    keys:\n", "    policies: [Read, # x\n", "     Write]\n", "account: {}\n",
    "  erin:", "\r", "\r\n", "  'f':\n", '  "g" :\n', "    path : /p/\n", "organization:\n",
    "'users':\n", "\0", "<<<<<<< x\n", "    inline:\n",
    "      P: {a: [1, 1.50, true, x, {user: 2}]}\n",
)  # fmt: skip


@settings(max_examples=400 * SCALE, deadline=None)
@given(
    st.lists(st.sampled_from(MORSELS), max_size=14),
    st.sampled_from(["", "users:\n  zoe:\n", "users:\n  zoe:\n    path: /z/\n"]),
    st.booleans(),
)
def test_odd_lines_in_any_order_say_the_same_or_are_declined(
    lines: list[str], start: str, carriage: bool
) -> None:
    text = HEAD + start + "".join(lines)
    data = (text.replace("\n", "\r\n") if carriage else text).encode()
    problem_of(data, cut(data, 0))


@settings(max_examples=100 * SCALE, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.binary(max_size=3), st.sampled_from([0, 1]))
def test_a_file_with_a_changed_spot_says_the_same_or_is_declined(
    seed: int, at: int, put: bytes, size: int
) -> None:
    data = hand_formatted(seed)
    at %= len(data)
    for new in (put, data[at // 2 : at // 2 + 20]):
        changed = data[:at] + new + data[at + len(put) :]
        problem_of(changed, cut(changed, size))


@settings(max_examples=300 * SCALE, deadline=None)
@given(
    st.integers(0, 10**9),
    st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(0, 60), st.sampled_from(("", *MORSELS))),
        min_size=1,
        max_size=3,
    ),
    st.booleans(),
)
def test_chunks_that_are_kept_and_new_ones_say_what_the_whole_says(
    seed: int, edits: list[tuple[int, int, str]], by_lines: bool
) -> None:
    data = hand_formatted(seed, odd=seed % 3 == 0)
    old = cut(data, 0)
    if problem_of(data, old) is not None or old is None:
        return
    changed = data
    for at, gone, text in edits:
        if by_lines:
            lines = changed.splitlines(keepends=True)
            at %= len(lines) + 1
            lines[at : at + gone % 6] = [text.encode()]
            changed = b"".join(lines)
        else:
            at %= len(changed) + 1
            changed = changed[:at] + text.encode() + changed[at + gone :]
    kept = next((n for n, chunk in enumerate(old) if not stands(chunk, changed)), len(old))
    for known in {0, kept}:
        hunks = recut(old, changed, 0, known)
        if hunks is not None:
            problem_of(changed, put_together(old, changed, hunks))


def stands(chunk: Chunk, data: bytes) -> bool:
    return digest_of(data[chunk.start : chunk.end]) == chunk.digest


def put_together(old: list[Chunk], data: bytes, hunks: list[Hunk]) -> list[Chunk]:
    """The chunks after `recut`, those that stay where they are now."""
    chunks: list[Chunk] = []

    def keep(some: list[Chunk]) -> None:
        for chunk in some:
            at = chunks[-1].end if chunks else 0
            line = data.count(b"\n", 0, at)
            chunks.append(chunk._replace(start=at, end=at + chunk.end - chunk.start, line=line))

    at = 0
    for hunk in hunks:
        keep(old[at : hunk.first])
        chunks += hunk.chunks
        at = hunk.last
    keep(old[at:])
    return chunks


FIELDS = (
    "    path: /x/\n", "    path: /é/ # ключ\n", "    tags: {team: a,\n  env: b}\n",
    "    inline:\n      P: |\n        text\n       # deep\n",
    "    inline:\n      P:\n        x: >+\n          text\n\n   \n",
    "    inline:\n      P:\n        x: |3\n            text\n         \n",
    "    inline:\n      P:\n        x: |+\n\n\n", "    boundary: Re\n     ad\n",
    "    boundary: 'Read'\n", "    boundary: Read\n", "    tags: {team: a}\n",
    "    tags:\n      team: 'a\n  bob: x'\n",
    '    tags: {team: "a\ngroups: x"}\n', "    tags:\n      a: b\n         # c\n",
    "    policies:\n    - Read\n", "    policies: [Read, # x\n     Write]\n", "    tags: ~\n",
    "    inline:\n      P: {a: [1, 1.50, true, x, {user: 2}]}\n",
    "    inline:\n      P:\n       - |-\n        x\n\n", "    ? path\n    : /x/\n",
    "    tags:\n      team: x\n\t\n", "    tags:\n      'a\n\n      b': c\n",
)  # fmt: skip
GAPS = ("# c\n", "     # deep\n", "  # c\n", "\n", "   \n", "         \n")
NAMES = ("a%d", "'a%d'", '"a%d"', "a%d ", "-a%d", "? a%d\n  ")
ENDS = ("", "groups: {}\n", "groups:\n    dev:\n", "accounts:\n  '210987654321': x.yaml\n")


def whole_entities(rng: random.Random) -> list[str]:
    """A file in whole entities and what stands between: most of them can be read alone."""
    parts = [HEAD, "users:\n" if rng.random() < 0.8 else "users: # all\n# c\n\n"]
    for number in range(rng.randrange(1, 6)):
        fields = {text.split()[0]: text for text in rng.sample(FIELDS, rng.randrange(4))}
        lines = [rng.choice((*[""] * 6, *GAPS)) + text for text in fields.values()]
        gaps = "".join(rng.choices(GAPS, k=rng.randrange(3)))
        parts.append(f"  {rng.choice(NAMES) % number}:\n{''.join(lines)}{gaps}")
    return [*parts, rng.choice(ENDS)]


def ended(parts: list[str], seed: int) -> bytes:
    """The parts as a file, with or without a last line break, in one manner of line breaks."""
    text = "".join(parts)
    text = text.rstrip("\n") if seed % 5 == 0 else text
    return (text.replace("\n", "\r\n") if seed % 3 == 0 else text).encode()


def test_whole_entities_in_any_order_say_the_same_or_are_declined() -> None:
    fates = [fate_of_whole_entities(seed) for seed in range(300 * SCALE)]
    assert fates.count(None) > len(fates) / 4


def fate_of_whole_entities(seed: int) -> str | None:
    """Of a file, and, where its chunks do, of those that stay when it is changed in places."""
    rng = random.Random(seed)
    parts = whole_entities(rng)
    data = ended(parts, seed)
    old = cut(data, 0)
    fate = problem_of(data, old)
    if fate is None and old is not None:
        others = whole_entities(rng)
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(2, len(parts))
            parts[at : at + rng.randrange(2)] = [rng.choice((*others[2:], *GAPS))]
        changed = ended(parts, seed)
        hunks = recut(old, changed, 0)
        if hunks is not None:
            problem_of(changed, put_together(old, changed, hunks))
    return fate


def people(count: int) -> bytes:
    users = "".join(f"  user{n}:\n    path: /p{n}/\n" for n in range(count))
    return (HEAD + "users:\n" + users + "groups:\n  dev:\n    members: [user1]\n").encode()


def test_a_change_of_one_entity_leaves_all_other_chunks() -> None:
    data = people(2000)
    old = cut(data)
    assert old is not None
    assert len(old) > 5
    changed = data.replace(b"/p1000/", b"/other/\n    # and more")
    assert recut(old, changed) is not None
    (hunk,) = recut(old, changed) or []
    assert hunk.last - hunk.first == len(hunk.chunks) == 1
    assert recut(old, data) == []


def test_a_chunk_between_two_changes_that_cannot_stay_goes_with_both() -> None:
    data = people(12)
    old = cut(data, 0)
    assert old is not None
    changed = data.replace(b"/p2/", b"/x/").replace(b"  user4:", b"  # why\n  user4:")
    hunks = recut(old, changed, 0)
    assert hunks is not None
    assert problem_of(changed, put_together(old, changed, hunks)) is None


def test_changes_far_apart_leave_what_is_between() -> None:
    data = people(4000)
    old = cut(data)
    assert old is not None
    changed = data
    for n in (3, 900, 901, 2500, 3999):
        changed = changed.replace(b"/p%d/\n" % n, b"/other/\n    boundary: A\n    # and more\n")
    changed = changed.replace(b"  user1500:\n    path: /p1500/\n", b"")
    hunks = recut(old, changed) or []
    assert 4 <= len(hunks) <= 6
    assert sum(hunk.last - hunk.first for hunk in hunks) <= 9
    assert problem_of(changed, put_together(old, changed, hunks)) is None


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("  user3:", "  # why\n  user3:", True),
        ("  user3:\n", "  userX:\n  user3:\n", True),
        ("  user9:\n    path: /p9/\n", "", True),
        ("groups:\n", "groups: # all\n", True),
        ("groups:\n  dev:\n    members: [user1]\n", "", False),
        ("iamctl: 1\n", "iamctl: 1 # one\n", False),
        ("groups:\n", "users:\n", False),
        ("  user3:\n", "   user3:\n", False),
        ("  user3:\n", "roles:\n  user3:\n", False),
        ("    members: [user1]\n", "    members: [user1]\n  ops:", True),
        ("    members: [user1]\n", "    members: [user1]", True),
    ],
)
def test_what_can_be_kept_and_what_makes_the_whole_be_cut_again(
    old: str, new: str, kept: bool
) -> None:
    data = people(12)
    chunks = cut(data, 0)
    assert chunks is not None
    changed = data.decode().replace(old, new, 1).encode()
    hunks = recut(chunks, changed, 0)
    if hunks is not None:
        fate = problem_of(changed, put_together(chunks, changed, hunks))
        assert (fate is None) is kept
    else:
        assert not kept


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not cut"),
        ("- iamctl: 1\n", "not cut"),
        ("{iamctl: 1}\n", "not cut"),
        (HEAD + "account: {}\n", "not cut"),
        (HEAD + '"account": {}\n', "other keys"),
        (HEAD + "users:\n  a:\nusers:\n  b:\n", "not cut"),
        (HEAD + "users:\n  a:\n  a:\n", "repeated"),
        (HEAD + "users:\n  a: &x {}\n  b: *x\n", "anchor"),
        (HEAD + "users:\n  a: &x {}\n", "anchor"),
        (HEAD + "users:\n  a:\n...\n", "across"),
        (HEAD + "...\nusers:\n  a:\n", "across"),
        (HEAD + "---\nusers:\n  a:\n", "across"),
        (HEAD + "users:\n  a:\n    path: /\u2028", "across"),
        (HEAD + "users:\n  a:\n    path: /\0", "across"),
        (HEAD + "users:\n  a:\n  <<: {}\n", "across"),
        (HEAD.replace(": 1", ": 2") + "users:\n  a:\n", "format"),
        (HEAD + "users:\n  a:\n    boundary: 'x\n  b: y'\n", "no YAML"),
        (HEAD + "users:\n  a:\n    boundary: 'x\ngroups: y'\n", "no YAML"),
        (HEAD + "users:\n  a:\n    - x\n", "must be a mapping"),
        (HEAD + "nonsense: 1\n", "unknown"),
        (HEAD + "users:\n  a: " + "[" * 500 + "\n", "no YAML"),
        (HEAD + "users:\n  a: " + "{a: " * 200 + "1" + "}" * 200 + "\n", "no YAML"),
    ],
)
def test_why_a_file_is_declined(text: str, why: str) -> None:
    data = text.encode()
    told = problem_of(data, cut(data, 0))
    assert told is not None
    assert why in told


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfei\0", HEAD.encode() + b"users:\n  a: \xe9\n", b"\xef\xbb\xbf" * 2 + HEAD.encode()],
)
def test_bytes_that_are_no_utf8_are_declined(data: bytes) -> None:
    assert problem_of(data, cut(data)) is not None


def test_a_file_of_one_long_line_is_declined() -> None:
    data = (HEAD + "users: " + " " * 3_000_000 + "x").encode()
    assert problem_of(data, cut(data)) is not None


def test_a_byte_order_mark_and_a_document_start_are_no_hindrance() -> None:
    data = ("\ufeff# the file\n--- # starts\n" + HEAD + "users:\n  a:\n  b:\n").encode()
    assert problem_of(data, cut(data, 0)) is None


def test_the_sample_can_be_cut() -> None:
    data = (ROOT_FOLDER / "sample-directory.yaml").read_bytes()
    for size in (0, 1, 32):
        assert problem_of(data, cut(data, size)) is None


@pytest.mark.parametrize(
    "path", sorted(ROOT_FOLDER.glob("tests/**/*.yaml")), ids=lambda path: path.name
)
def test_files_of_the_tests_say_the_same_or_are_declined(path: Path) -> None:
    data = path.read_bytes()
    problem_of(data, cut(data, 0))


def test_an_entity_knows_its_bytes_and_lines() -> None:
    data = (HEAD + "users: # all\n  # a\n  é: {}\n").replace("é", '"x"').encode()
    data += "  ann: # ключ\n    path: /a/\n\n  # b\n  bob:\n".encode()
    chunks = cut(data)
    assert chunks is not None
    text = data[chunks[1].start :]
    _, held = read_chunk(chunks[1], text, FILE)
    assert [(h.name, h.line) for h in held] == [("x", 2), ("ann", 3), ("bob", 7)]
    assert text[held[1].start : held[1].end] == data[data.index(b"  ann") : data.index(b"  bob")]
    assert {*ROOT.fields} > {chunk.section for chunk in chunks if chunk.section}
