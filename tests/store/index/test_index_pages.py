"""The pages of an index: either what was written, to the byte, or Doubt."""

import os
import random
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.store.index import pages as room
from iamctl.store.index.pages import Doubt, Pages, change_pages, open_pages, write_pages

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
KEY = bytes(range(32))
ABOUT = b"1\0/home/me/directory.yaml"
BODIES = [bytes([n]) * (40 + n * 300) for n in range(24)]
BLOCK = 4096


@pytest.fixture
def index(tmp_path: Path) -> str:
    folder = tmp_path / "index"
    folder.mkdir(mode=0o700)
    return str(folder / "an.index")


@pytest.fixture
def written(index: str) -> str:
    write_pages(index, KEY, ABOUT, b"root", BODIES)
    return index


def contents(file: str, key: bytes = KEY, about: bytes = ABOUT) -> tuple[bytes, list[bytes]]:
    opened = open_pages(file, key, about)
    try:
        return opened.root, [opened.page(n) for n in range(opened.count)]
    finally:
        opened.close()


def partly(file: str) -> tuple[bytes, dict[int, bytes]] | None:
    """What can be read of an index that something happened to: None is Doubt at the door."""
    try:
        opened = open_pages(file, KEY, ABOUT)
    except Doubt:
        return None
    found = {}
    for number in range(opened.count):
        try:
            found[number] = opened.page(number)
        except Doubt:
            continue
    opened.close()
    return opened.root, found


def changed(file: str, root: bytes, bodies: dict[int, bytes], count: int) -> None:
    change_pages(open_pages(file, KEY, ABOUT), root, bodies, count)


def sql(file: str, *statements: str, parameters: tuple[object, ...] = ()) -> None:
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement, parameters)
    connection.commit()
    connection.close()


def row_of(file: str, number: int) -> bytes:
    found: bytes
    (found,) = (
        sqlite3.connect(file)
        .execute("SELECT body FROM page WHERE number = ?", (number,))
        .fetchone()
    )
    return found


def doubted(file: str, key: bytes = KEY, about: bytes = ABOUT) -> bool:
    try:
        contents(file, key, about)
    except Doubt:
        return True
    return False


# What is written is what is read


@settings(max_examples=40 * SCALE, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    root=st.binary(max_size=300),
    about=st.binary(max_size=60),
    bodies=st.lists(st.binary(max_size=9000), max_size=12),
)
def test_what_is_written_is_read(tmp_path_factory, root, about, bodies):
    file = str(tmp_path_factory.mktemp("index") / "x")
    os.chmod(os.path.dirname(file), 0o700)
    write_pages(file, KEY, about, root, iter(bodies))
    assert contents(file, about=about) == (root, bodies)
    assert os.stat(file).st_mode & 0o7777 == 0o600
    assert os.listdir(os.path.dirname(file)) == ["x"]


@pytest.mark.parametrize(
    "name",
    [b"a?mode=rwc", b"#b", b"100%41", b"with blank", "héé".encode(), b"\xff\xfe", b"a&b=c", b":m:"],
)
def test_any_name_of_a_file_will_do(tmp_path, name):
    os.chmod(tmp_path, 0o700)
    file = os.path.join(str(tmp_path), os.fsdecode(name))
    write_pages(file, KEY, ABOUT, b"r", BODIES)
    changed(file, b"s", {1: b"one"}, 2)
    assert contents(file) == (b"s", [BODIES[0], b"one"])
    assert os.listdir(os.fsencode(tmp_path)) == [name]


@settings(max_examples=30 * SCALE, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_row_of_changes_leaves_what_a_whole_new_index_would_hold(tmp_path_factory, data):
    file = str(tmp_path_factory.mktemp("index") / "x")
    os.chmod(os.path.dirname(file), 0o700)
    model = list(BODIES[:5])
    write_pages(file, KEY, ABOUT, b"0", model)
    for step in range(data.draw(st.integers(1, 6))):
        count = data.draw(st.integers(0, 12))
        numbers = set(range(len(model), count))
        if count:
            numbers |= data.draw(st.sets(st.integers(0, count - 1), max_size=4))
        new = {n: data.draw(st.binary(max_size=6000)) for n in numbers}
        changed(file, b"%d" % step, new, count)
        model = [new[n] if n in new else model[n] for n in range(count)]
        assert contents(file) == (b"%d" % step, model)


@pytest.mark.parametrize(("bodies", "count"), [({}, 25), ({24: b"", 26: b""}, 27), ({3: b""}, 3)])
def test_changes_that_do_not_fit_their_count_are_a_mistake(written, bodies, count):
    with pytest.raises(ValueError, match="count"):
        changed(written, b"new", bodies, count)
    assert contents(written) == (b"root", BODIES)


def test_the_cost_of_a_change_follows_the_pages_that_change(index):
    write_pages(index, KEY, ABOUT, b"root", (bytes([n % 256]) * 10_000 for n in range(2000)))
    before = Path(index).read_bytes()
    changed(index, b"next", {7: b"x" * 9000, 1500: b"y" * 9000}, 2000)
    after = Path(index).read_bytes()
    blocks = range(0, max(len(before), len(after)), BLOCK)
    touched = sum(before[b : b + BLOCK] != after[b : b + BLOCK] for b in blocks)
    assert 0 < touched < 40
    assert len(blocks) > 4000


def test_memory_stays_bounded_while_a_large_index_is_written(index):
    def write() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        write_pages(index, KEY, ABOUT, b"root", (os.urandom(20_000) for _ in range(4000)))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 24 * 1024

    assert in_child(write) == 0
    assert os.path.getsize(index) > 80_000_000


# Who may not be believed


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(64)])
def test_a_key_of_another_length_is_no_key(written, key):
    with pytest.raises(Doubt):
        open_pages(written, key, ABOUT)
    with pytest.raises(Doubt):
        write_pages(written, key, ABOUT, b"", [])


def test_another_key_or_another_file_proves_nothing(written):
    assert doubted(written, key=bytes(32))
    assert doubted(written, about=ABOUT + b"l")
    assert doubted(written, about=ABOUT[:-1])


def test_nothing_moves_between_the_payload_and_what_it_is_about(index):
    write_pages(index, KEY, b"a\0", b"payload of 15 b", [b"page"])
    for about in (b"a", b"a\0p", b""):
        assert doubted(index, about=about)
    row = row_of(index, 0)
    forged = row[: room.ROOT_TAG] + b"\0" + row[room.ROOT_TAG :]
    sql(index, "UPDATE page SET body = ? WHERE number = 0", parameters=(forged,))
    with pytest.raises(Doubt, match="root"):
        open_pages(index, KEY, b"a")


def test_equal_pages_have_tags_of_their_own(index):
    write_pages(index, KEY, ABOUT, b"", [b"same", b"same"])
    tags = row_of(index, 0)[room.ROOT_TAG + 8 :]
    assert len(tags) == 2 * room.TAG
    assert tags[: room.TAG] != tags[room.TAG :]


def test_pages_that_go_leave_no_row(written):
    changed(written, b"next", {}, 3)
    assert [row_of(written, n) for n in (1, 2, 3)] == BODIES[:3]
    assert sqlite3.connect(written).execute("SELECT count(*) FROM page").fetchone() == (4,)


ATTACKS = {
    "swapped": (
        "UPDATE page SET number = -number WHERE number IN (3, 4)",
        "UPDATE page SET number = 4 WHERE number = -3",
        "UPDATE page SET number = 3 WHERE number = -4",
    ),
    "copied": ("UPDATE page SET body = (SELECT body FROM page WHERE number = 9) WHERE number = 3",),
    "removed": ("DELETE FROM page WHERE number = 24",),
    "root removed": ("DELETE FROM page WHERE number = 0",),
    "all removed": ("DELETE FROM page",),
    "emptied": ("UPDATE page SET body = x'' WHERE number = 5",),
    "root emptied": ("UPDATE page SET body = x'' WHERE number = 0",),
    "longer": ("UPDATE page SET body = CAST(body || x'00' AS BLOB) WHERE number = 5",),
    "shorter": ("UPDATE page SET body = substr(body, 1, length(body) - 1) WHERE number = 5",),
    "text": ("UPDATE page SET body = CAST(body AS TEXT) WHERE number = 5",),
    "number": ("UPDATE page SET body = 7 WHERE number = 5",),
    "root as text": ("UPDATE page SET body = CAST(body AS TEXT) WHERE number = 0",),
    "root one tag less": (
        "UPDATE page SET body = substr(body, 1, length(body) - 16) WHERE number = 0",
    ),
    "root cut": ("UPDATE page SET body = substr(body, 1, 35) WHERE number = 0",),
    "enormous": ("UPDATE page SET body = zeroblob(70000000) WHERE number = 5",),
    "another program": ("PRAGMA application_id = 1",),
    "another layout": ("PRAGMA user_version = 2",),
    "another table": ("CREATE TABLE more (a)",),
    "an index": ("CREATE INDEX fast ON page (body)",),
    "a trigger": ("CREATE TRIGGER t AFTER DELETE ON page BEGIN DELETE FROM page; END",),
    "a view": (
        "ALTER TABLE page RENAME TO kept",
        "CREATE VIEW page AS SELECT number, body FROM kept",
    ),
    "a view over all": (
        "CREATE TABLE kept (n)",
        "DROP TABLE page",
        "CREATE VIEW page AS WITH RECURSIVE c(number, body) AS "
        "(SELECT 0, x'00' UNION ALL SELECT number + 1, body FROM c) SELECT * FROM c",
    ),
    "null": (
        "DROP TABLE page",
        "CREATE TABLE page (number INTEGER PRIMARY KEY, body BLOB)",
        "INSERT INTO page VALUES (0, NULL)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_rows_that_somebody_changed_are_doubted(written, attack):
    sql(written, *ATTACKS[attack])
    assert doubted(written)
    found = partly(written)
    assert found is None or (
        found[0] == b"root" and all(body == BODIES[n] for n, body in found[1].items())
    )


def test_rows_beyond_the_last_page_do_not_count(written):
    sql(written, "INSERT INTO page VALUES (25, x'00'), (-1, x'00'), (9000000000, x'00')")
    opened = open_pages(written, KEY, ABOUT)
    assert opened.count == 24
    for number in (-1, 24, 8_999_999_999, 1 << 70):
        with pytest.raises(Doubt):
            opened.page(number)
    opened.close()


def test_an_older_page_put_back_is_doubted(written):
    old = sqlite3.connect(written).execute("SELECT body FROM page WHERE number = 4").fetchone()
    changed(written, b"next", {3: b"new"}, 24)
    sql(written, "UPDATE page SET body = ? WHERE number = 4", parameters=old)
    opened = open_pages(written, KEY, ABOUT)
    assert opened.page(4) == BODIES[4]
    with pytest.raises(Doubt):
        opened.page(3)
    opened.close()


def test_a_page_of_another_index_under_the_same_key_is_doubted(written, tmp_path):
    other = os.path.join(os.path.dirname(written), "other.index")
    write_pages(other, KEY, b"another", b"root", [b"evil"] * 24)
    for row in (0, 4):
        body = sqlite3.connect(other).execute("SELECT body FROM page WHERE number = ?", (row,))
        sql(written, f"UPDATE page SET body = ? WHERE number = {row}", parameters=body.fetchone())
        assert doubted(written)


def test_every_single_flipped_bit_of_a_page_or_the_root_is_doubted(index):
    write_pages(index, KEY, ABOUT, b"payload", [b"first", b"second"])
    rows = sqlite3.connect(index).execute("SELECT number, body FROM page").fetchall()
    for number, body in rows:
        for bit in range(len(body) * 8):
            forged = bytearray(body)
            forged[bit // 8] ^= 1 << bit % 8
            put = f"UPDATE page SET body = ? WHERE number = {number}"
            connection = sqlite3.connect(index, isolation_level=None)
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(put, (bytes(forged),))
            assert doubted(index)
            connection.execute(put, (body,))
            connection.close()
    assert contents(index) == (b"payload", [b"first", b"second"])


# A file that something happened to: never another answer


def safe(file: str, *versions: tuple[bytes, list[bytes]]) -> bool:
    """Whether all that can be read is of one of the versions."""
    found = partly(file)
    if found is None:
        return True
    root, bodies = found
    return any(
        root == expected and all(body == pages[n] for n, body in bodies.items())
        for expected, pages in versions
    )


def test_any_flipped_byte_of_the_file_gives_the_same_or_doubt(written):
    image = Path(written).read_bytes()
    rng = random.Random(6)
    places = [*range(120), *rng.sample(range(len(image)), 400 * SCALE)]
    hit = 0
    for at in places:
        forged = bytearray(image)
        forged[at] ^= rng.randrange(1, 256)
        Path(written).write_bytes(forged)
        assert safe(written, (b"root", BODIES)), at
        hit += doubted(written)
    assert hit > len(places) // 3


def test_a_file_cut_short_anywhere_gives_the_same_or_doubt(written):
    image = Path(written).read_bytes()
    rng = random.Random(7)
    for length in [0, 1, 15, 16, 99, 100, *rng.sample(range(len(image)), 100 * SCALE)]:
        Path(written).write_bytes(image[:length])
        assert safe(written, (b"root", BODIES)), length
        assert doubted(written), length


def test_a_writer_stopped_after_any_blocks_leaves_old_or_new_or_doubt(written):
    """Every state that a kill or a power cut can leave: any mix of old and new blocks."""
    old = Path(written).read_bytes()
    new_pages = [b"n%d" % n * 700 if n % 3 == 0 else body for n, body in enumerate(BODIES)]
    new_pages += [b"added" * 1000]
    changed(written, b"next", {n: b for n, b in enumerate(new_pages) if b not in BODIES}, 25)
    new = Path(written).read_bytes()
    versions = (b"root", BODIES), (b"next", new_pages)
    rng = random.Random(8)
    blocks = -(-len(new) // BLOCK)
    differ = [b for b in range(blocks) if old[b * BLOCK :][:BLOCK] != new[b * BLOCK :][:BLOCK]]
    assert len(differ) > 10
    seen = set()
    for round_ in range(300 * SCALE):
        taken = differ[: round_ % len(differ)] if round_ % 2 else rng.sample(differ, 5)
        mixed = bytearray(old.ljust(len(new), b"\0"))
        for block in taken:
            mixed[block * BLOCK : (block + 1) * BLOCK] = new[block * BLOCK :][:BLOCK]
        Path(written).write_bytes(mixed)
        assert safe(written, *versions), taken
        seen.add(doubted(written))
    assert True in seen


def test_a_file_of_nothing_but_noise_is_doubted(index):
    rng = random.Random(9)
    for length in (0, 1, 100, 4096, 50_000):
        Path(index).write_bytes(rng.randbytes(length))
        os.chmod(index, 0o600)
        assert doubted(index)
        Path(index).write_bytes(b"SQLite format 3\0" + rng.randbytes(length))
        assert doubted(index)


# Where it lies and whose it is


def replaced(make: Callable[[str], object]) -> Callable[[str], None]:
    def act(file: str) -> None:
        os.rename(file, file + ".real")
        make(file)

    return act


PLACES: dict[str, Callable[[str], object]] = {
    "missing": os.unlink,
    "group may read": lambda file: os.chmod(file, 0o640),
    "executable": lambda file: os.chmod(file, 0o700),
    "read-only": lambda file: os.chmod(file, 0o400),
    "folder open to reading": lambda file: os.chmod(os.path.dirname(file), 0o755),
    "folder open to writing": lambda file: os.chmod(os.path.dirname(file), 0o770),
    "a symbolic link": replaced(lambda file: os.symlink(file + ".real", file)),
    "a folder": replaced(lambda file: os.mkdir(file, 0o600)),
    "a pipe": replaced(lambda file: os.mkfifo(file, 0o600)),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_not_a_private_file_of_ours_is_doubted(written, place):
    opened = open_pages(written, KEY, ABOUT)
    PLACES[place](written)
    assert doubted(written)
    with pytest.raises(Doubt):
        change_pages(opened, b"next", {}, 24)


def test_a_folder_that_is_a_link_or_missing_is_doubted(written):
    folder = os.path.dirname(written)
    os.symlink(folder, folder + "-link")
    for elsewhere in (folder + "-link", folder + "-none"):
        file = os.path.join(elsewhere, os.path.basename(written))
        assert doubted(file)
        with pytest.raises(Doubt):
            write_pages(file, KEY, ABOUT, b"", [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_or_folder_of_another_user_is_doubted(written):
    os.chown(written, 65534, -1)
    assert doubted(written)
    os.chown(written, 0, -1)
    assert not doubted(written)
    os.chown(os.path.dirname(written), 65534, -1)
    assert doubted(written)


def test_what_bears_the_name_is_replaced_and_never_written_through(written, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    os.unlink(written)
    os.symlink(victim, written)
    write_pages(written, KEY, ABOUT, b"root", BODIES)
    assert contents(written) == (b"root", BODIES)
    assert victim.read_bytes() == b"precious"


def test_a_journal_that_somebody_left_never_rolls_anything_into_an_answer(written):
    connection = sqlite3.connect(written, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE page SET body = zeroblob(9000) WHERE number > 0")
    journal = Path(written + "-journal").read_bytes()
    image = Path(written).read_bytes()
    connection.execute("ROLLBACK")
    connection.close()
    assert journal
    Path(written).write_bytes(image)
    Path(written + "-journal").write_bytes(journal)
    Path(written + "-wal").write_bytes(b"noise" * 100)
    assert safe(written, (b"root", BODIES))
    write_pages(written, KEY, ABOUT, b"next", BODIES[:2])
    assert contents(written) == (b"next", BODIES[:2])
    assert os.listdir(os.path.dirname(written)) == [os.path.basename(written)]


# What fails leaves what was there


def test_pages_that_cannot_be_made_leave_the_old_index_and_nothing_else(written):
    def failing() -> Iterator[bytes]:
        yield b"one"
        raise KeyError("no such chunk")

    with pytest.raises(KeyError, match="no such chunk"):
        write_pages(written, KEY, ABOUT, b"next", failing())
    assert contents(written) == (b"root", BODIES)
    assert os.listdir(os.path.dirname(written)) == [os.path.basename(written)]


def test_a_page_too_long_is_doubt_and_leaves_the_old_index(written, monkeypatch):
    monkeypatch.setattr(room, "LONGEST", 20_000)
    with pytest.raises(Doubt):
        write_pages(written, KEY, ABOUT, b"next", [bytes(20_001)])
    with pytest.raises(Doubt):
        changed(written, b"next", {1: bytes(20_001)}, 24)
    assert contents(written) == (b"root", BODIES)
    assert os.listdir(os.path.dirname(written)) == [os.path.basename(written)]


def test_a_full_disk_is_doubt_and_leaves_the_old_index(written):
    def write() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        with pytest.raises(Doubt):
            write_pages(written, KEY, ABOUT, b"next", (os.urandom(20_000) for _ in range(4000)))
        with pytest.raises(Doubt):
            changed(written, b"next", {n: os.urandom(90_000) for n in range(24)}, 24)

    assert in_child(write) == 0
    assert os.listdir(os.path.dirname(written)) == [os.path.basename(written)]
    assert safe(written, (b"root", BODIES))


# Several at once


def test_only_the_index_that_was_opened_is_changed(written):
    first, second = open_pages(written, KEY, ABOUT), open_pages(written, KEY, ABOUT)
    second_closed = open_pages(written, KEY, ABOUT)
    second.close()
    second_closed.close()
    change_pages(first, b"first", {0: b"first"}, 24)
    with pytest.raises(Doubt, match="another process"):
        change_pages(second, b"second", {1: b"second"}, 24)
    assert contents(written) == (b"first", [b"first", *BODIES[1:]])


def test_an_index_written_anew_meanwhile_is_not_changed(written):
    opened = open_pages(written, KEY, ABOUT)
    write_pages(written, KEY, ABOUT, b"anew", BODIES[:3])
    assert opened.page(20) == BODIES[20]
    with pytest.raises(Doubt):
        change_pages(opened, b"next", {}, 24)
    assert contents(written) == (b"anew", BODIES[:3])


def test_a_reader_in_the_middle_keeps_what_it_opened_and_the_writer_gives_up(written):
    reader, writer = open_pages(written, KEY, ABOUT), open_pages(written, KEY, ABOUT)
    with pytest.raises(Doubt):
        change_pages(writer, b"next", {5: b"next"}, 24)
    assert [reader.page(n) for n in range(24)] == BODIES
    reader.close()
    changed(written, b"next", {5: b"next"}, 24)
    assert contents(written)[1][5] == b"next"


def test_a_reader_finds_a_locked_index_doubtful(written):
    other = sqlite3.connect(written, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert doubted(written)
    other.close()
    assert contents(written) == (b"root", BODIES)


def test_a_closed_index_answers_nothing(written):
    opened = open_pages(written, KEY, ABOUT)
    opened.close()
    opened.close()
    with pytest.raises(Doubt):
        opened.page(0)


def in_child(action: Callable[[], object]) -> int:
    child = started(action)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def started(action: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        status = 99
        try:
            action()
            status = 0
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
        finally:
            os._exit(status)
    return child


def body(generation: int, number: int) -> bytes:
    """What a page holds in a generation; only every fifth page changes from one to the next."""
    last = generation - (generation - number) % 5
    return b"%d of %d;" % (number, max(last, 0)) * (200 + number * 7 % 90)


def generation(number: int, count: int = 40) -> list[bytes]:
    return [body(number, n) for n in range(count)]


def step(file: str) -> None:
    """From whatever generation the index is at to the next."""
    opened = open_pages(file, KEY, ABOUT)
    at = int(opened.root) + 1
    new = {n: body(at, n) for n in range(40) if body(at, n) != body(at - 1, n)}
    change_pages(opened, b"%d" % at, new, 40)


def die_within(seconds: float) -> None:
    """Be killed by the system after a while, at whatever instruction, SQLite's own too."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def right(opened: Pages) -> int:
    """The pages that were read, each of the generation that the root names."""
    good = 0
    for number in range(opened.count):
        try:
            found = opened.page(number)
        except Doubt:
            continue
        assert found == body(int(opened.root), number)
        good += 1
    return good


def test_a_writer_killed_at_any_instant_leaves_one_generation_or_doubt(index):
    rng = random.Random(10)
    survived = lost = 0
    write_pages(index, KEY, ABOUT, b"0", generation(0))

    def run() -> None:
        die_within(rng.uniform(0.0002, 0.02))
        while True:
            step(index)

    for _ in range(60 * SCALE):
        child = started(run)
        rng.random()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGALRM
        try:
            opened = open_pages(index, KEY, ABOUT)
            whole = right(opened) == opened.count == 40
            opened.close()
        except Doubt:
            whole = False
        if whole:
            survived += 1
        else:
            lost += 1
            write_pages(index, KEY, ABOUT, b"0", generation(0))
    assert survived > 0, lost


def test_a_whole_write_killed_at_any_instant_leaves_the_old_or_the_new(index):
    rng = random.Random(11)
    write_pages(index, KEY, ABOUT, b"0", generation(0))

    def run() -> None:
        die_within(rng.uniform(0.0002, 0.02))
        for number in range(10_000):
            write_pages(index, KEY, ABOUT, b"%d" % (number % 7), generation(number % 7))

    for _ in range(30 * SCALE):
        assert in_child(run) == -signal.SIGALRM
        rng.random()
        opened = open_pages(index, KEY, ABOUT)
        assert right(opened) == 40
        opened.close()


def test_readers_beside_writers_see_one_generation_or_doubt(index):
    write_pages(index, KEY, ABOUT, b"0", generation(0))
    steps = 150 * SCALE

    def write() -> None:
        done = 0
        for _ in range(steps):
            try:
                step(index)
                done += 1
            except Doubt:
                continue
        assert done

    def read() -> None:
        whole = 0
        for _ in range(steps * 2):
            try:
                opened = open_pages(index, KEY, ABOUT)
            except Doubt:
                continue
            assert right(opened) == opened.count == 40
            whole += 1
            opened.close()
        assert whole

    children = [started(action) for action in (write, write, read, read)]
    assert [os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children] == [0] * 4
    opened = open_pages(index, KEY, ABOUT)
    assert right(opened) == 40
    assert int(opened.root) > 0
    opened.close()
