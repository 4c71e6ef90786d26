"""The figures that goals are about, in the order of `benchmarks.goals`."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks import goals, places
from benchmarks.directories import user
from benchmarks.goals import LARGE, Goal, Row
from benchmarks.measuring import LIMIT, Command, Figure, Place, TookLonger, measure, run

AEAD = "from cryptography.hazmat.primitives.ciphers.aead import AESGCM"
KEYRING = f"""{AEAD}
from keyring.backends.SecretService import Keyring
Keyring().get_password("benchmark", "one")"""
STORE = 'from keyring.backends.SecretService import Keyring; Keyring().set_password("benchmark", '
SAMPLE: dict[str, Sequence[str]] = {
    "--help": ("--help",),
    "user list": ("user", "list"),
    "can": ("can", "alice", "s3:GetObject", "arn:aws:s3:::acme-artifacts/payments/x"),
    "validate": ("validate",),
    "user tag --dry-run": ("user", "tag", "alice", "bench=1", "--dry-run"),
}
CREDENTIALS: dict[str, Sequence[str]] = {
    "assume-role": ("assume-role", "deployer", "-o", "sh"),
    "whoami": ("whoami",),
    "assume-role -o process": ("assume-role", "deployer", "-o", "process"),
}
TABS = (
    "user show user0000", "user show user00123", "user tag user00004", "user delete user0999",
    "group show group00", "group add group0001 user00007", "role show dep", "role trust d",
    "policy show Read1", "key list user01", "assume-role dep", "can user000",
)  # fmt: skip
"""Lines that are completed at their end, at a name each."""
EDITS = int(os.environ.get("IAMCTL_BENCH_EDITS", "200"))
EDITS_LIMIT = 4 * LIMIT
"""Seconds for all the edits of one writer, and for those of many."""


class Made(NamedTuple):
    """A directory to measure in, and its number of users, 0 for the sample."""

    at: Place
    size: int


def sample_rows(made: Made) -> Iterator[Row]:
    """The commands of every day; a real edit writes another value each round."""
    for name, words in SAMPLE.items():
        yield Row(goals.SAMPLE, name, made.size, measure(made.at, made.at.iamctl(*words)))

    def tag(round_: int) -> Command:
        return made.at.iamctl("user", "tag", "alice", f"bench={round_}")

    yield Row(goals.SAMPLE, "user tag", made.size, measure(made.at, tag))


def credential_rows(made: Made, goal: Goal, beside: str) -> Iterator[Row]:
    """Credentials and who they belong to, beside what a few lines of Python cost."""
    at = made.at
    for name, words in CREDENTIALS.items():
        figure = measure(at, at.iamctl(*words), beside=at.script(beside))
        yield Row(goal, name, made.size, figure)


def create_row(made: Made, goal: Goal) -> Row:
    """Another user each round, on disk before the command ends."""

    def create(round_: int) -> Command:
        return made.at.iamctl("user", "create", f"new{round_}")

    return Row(goal, "user create", made.size, measure(made.at, create))


def look_rows(made: Made) -> Iterator[Row]:
    """One group and one user, and what these take of memory."""
    shown = {
        "group show": ("group", "show", "group0000", "-o", "json"),
        "user show": ("user", "show", user(made.size // 2), "-o", "json"),
    }
    for name, words in shown.items():
        figure = measure(made.at, made.at.iamctl(*words))
        yield Row(goals.LOOK, name, made.size, figure)
        yield Row(goals.WARM_PEAK, name, made.size, figure)


def after_edit_row(made: Made) -> Row:
    """Somebody's tag is changed by hand, and that user shown."""
    number = made.size // 3
    hand = ByHand(made.at.folder / "directory.yaml", number)
    words = made.at.iamctl("user", "show", user(number), "-o", "json")
    return Row(goals.AFTER_EDIT, "user show", made.size, measure(made.at, words, before=hand.edit))


class ByHand:
    """Changes one line of a large file in place, as another program than iamctl does."""

    def __init__(self, file: Path, number: int) -> None:
        self._file = file
        self._offset = _offset_of(file, f"  {user(number)}:", 'cost-center: "')

    def edit(self, round_: int) -> None:
        """Write another cost center of four digits."""
        with self._file.open("r+b") as file:
            file.seek(self._offset)
            file.write(b"%04d" % (round_ + 1))


def _offset_of(file: Path, start: str, text: str) -> int:
    """Where the first `text` after the line that begins with `start` ends, in bytes."""
    offset, inside = 0, False
    with file.open("rb") as lines:
        for line in lines:
            inside = inside or line.startswith(start.encode())
            if inside and text.encode() in line:
                return offset + line.index(text.encode()) + len(text)
            offset += len(line)
    raise SystemExit(f"{file} has no {start} with {text}")


def first_read_rows(made: Made) -> Iterator[Row]:
    """A user of a file of which nothing is known: time, and memory."""
    cache = made.at.environ["XDG_CACHE_HOME"]

    def forget(round_: int) -> None:
        shutil.rmtree(cache, ignore_errors=True)

    words = made.at.iamctl("user", "show", user(made.size // 2), "-o", "json")
    figure = measure(made.at, words, before=forget)
    yield Row(goals.FIRST_READ, "user show", made.size, figure)
    yield Row(goals.FIRST_PEAK, "user show", made.size, figure)


def writers_row(made: Made, writers: int = 20, edits: int = EDITS) -> Row:
    """Many writers at once, and the same number of edits one after the other."""
    bare = measure(made.at, made.at.script("pass"), rounds=3).milliseconds
    try:
        row, _ = _edits(made.at, 1, edits, 0)
        crowd, peak = _edits(made.at, writers, edits, 1)
    except TookLonger:
        return Row(goals.WRITERS, "user tag", made.size, Figure(EDITS_LIMIT * 1000, 0, 0, 0, 0))
    name = f"user tag; a row took {row * 1000 / bare / edits:.1f} B an edit"
    return Row(goals.WRITERS, name, made.size, Figure(crowd * 1000, crowd / row, 1, peak, 1))


def _edits(at: Place, writers: int, edits: int, round_: int) -> tuple[float, float]:
    """Seconds that so many edits by so many writers took together, and the most MB of one."""
    started = time.perf_counter()

    def write(number: int) -> float:
        left = EDITS_LIMIT - (time.perf_counter() - started)
        if left <= 0:
            raise TookLonger
        edit = ("user", "tag", user(number), f"bench={round_}", "--lock-timeout", "1h")
        return run(at, at.iamctl(*edit), left)[1]

    with ThreadPoolExecutor(writers) as pool:
        peak = max(pool.map(write, range(edits)))
    return time.perf_counter() - started, peak


def completion_rows(made: Made) -> Iterator[Row]:
    """What a shell calls at TAB, each line's figure; none after one that took longer."""
    for line in TABS:
        words = ["iamctl", *line.split()]
        asked = {
            "_IAMCTL_COMPLETE": "lines",
            "COMP_WORDS": "\n".join(words),
            "COMP_CWORD": str(len(words) - 1),
        }
        at = made.at._replace(environ={**made.at.environ, **asked})
        row = Row(goals.COMPLETION, f"{line}<TAB>", made.size, measure(at, at.iamctl()))
        yield row
        if not row.figure.rounds:
            return


def rows(python: str, work: Path, sizes: Sequence[int]) -> Iterator[Row]:
    """Every figure there is a size for: a goal at 100,000 users is shown at the largest size."""
    large = max(sizes)
    contended = max((size for size in sizes if size <= LARGE // 10), default=min(sizes))
    tiny = Made(places.place(python, work, "sample"), 0)
    places.sample(tiny.at)
    yield from sample_rows(tiny)
    yield from credential_rows(tiny, goals.CREDENTIALS, AEAD)
    for size in sorted(sizes):
        made = Made(places.place(python, work, f"users-{size}"), size)
        places.company(made.at, size)
        if size == large:
            yield from large_rows(made)
        if size in goals.CREATE:
            yield create_row(made, goals.CREATE[size])
        if size == contended:
            yield writers_row(made)


def large_rows(made: Made) -> Iterator[Row]:
    """What is asked of the largest file."""
    yield from first_read_rows(made)
    yield from credential_rows(made, goals.CREDENTIALS, AEAD)
    yield from look_rows(made)
    yield from completion_rows(made)
    yield after_edit_row(made)  # last: for two seconds after it the file is read to be sure of it


def keyring_rows(python: str, work: Path, size: int) -> Iterator[Row]:
    """Credentials with a vault in a real Secret Service, on the sample and on a large file."""
    with places.secret_service(work) as clients:
        settings = {**clients, "IAMCTL_VAULT": "keyring"}
        tiny = Made(places.place(python, work, "sample-keyring", **settings), 0)
        run(tiny.at, tiny.at.script(f'{STORE}"one", "secret")'))
        places.sample(tiny.at)
        yield from credential_rows(tiny, goals.WITH_KEYRING, KEYRING)
        made = Made(places.place(python, work, "users-keyring", **settings), size)
        places.company(made.at, size)
        yield from credential_rows(made, goals.WITH_KEYRING, KEYRING)
