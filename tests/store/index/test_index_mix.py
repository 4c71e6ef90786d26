"""Whatever happens to a file and its index, a repository with one answers as one without."""

import os
import random
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from iamctl.domain.change import Change
from iamctl.domain.errors import IamctlError
from iamctl.store.index import chunks, opening, refresh
from iamctl.store.index.opening import Indexes
from iamctl.store.index.repository import IndexedRepository
from iamctl.store.repository import YamlRepository

sys.path.insert(0, str(Path(__file__).parent))
from test_index_answers import random_changes, random_file, scribbled  # beside this file

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))


class Stage:
    """A directory file with its index, and what may happen to them."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.rng = rng
        self.file = folder / "directory.yaml"
        self.cache = folder / "cache"
        self.state = folder / "state"
        self.state.mkdir(mode=0o700)
        self.ahead = 0
        self.write(random_file(rng))
        self.olds = [self.file.read_bytes()]
        self.plain = YamlRepository(str(self.file))

    @property
    def indexed(self) -> IndexedRepository:
        indexes = Indexes(str(self.cache), str(self.state), self.clock)
        return IndexedRepository(indexes, str(self.file))

    def clock(self) -> int:
        """A clock that may be behind: what it says can only make a stamp less trusted."""
        return time.time_ns() - self.ahead

    def write(self, data: bytes) -> None:
        """In place or as a new file, as editors and git do."""
        if self.rng.random() < 0.5 or not self.file.exists():
            self.file.write_bytes(data)
        else:
            new = self.file.with_name("new")
            new.write_bytes(data)
            new.rename(self.file)

    def hand_edit(self) -> None:
        self.write(scribbled(self.rng, self.file.read_bytes()))

    def hand_edit_of_equal_length(self) -> None:
        """Within the same tick as what was written before, as often as not."""
        data = bytearray(self.file.read_bytes())
        for _ in range(3):
            at = self.rng.randrange(len(data))
            if bytes(data[at : at + 1]).isalnum():
                data[at] = self.rng.choice(b"abz019")
        self.file.write_bytes(bytes(data))

    def tool_edit(self) -> None:
        """The same as without an index, text and error alike."""
        before = self.file.read_bytes()
        changes = self.changes()
        if changes is None:
            return
        told = self.outcome(lambda: self.indexed.apply(lambda _: changes).changes)
        after = self.file.read_bytes()
        self.file.write_bytes(before)
        assert told == self.outcome(lambda: self.plain.apply(lambda _: changes).changes)
        assert after == self.file.read_bytes()

    def changes(self) -> Any:
        try:
            directory = self.plain.load()
        except IamctlError:
            return None
        users = dict(directory.plain.get("users") or {})  # type: ignore[call-overload]
        if not users or self.rng.random() < 0.3:
            return (Change(("users", f"new{self.rng.randrange(99)}"), None, {"path": "/n/"}),)
        return random_changes(self.rng, directory)

    def restore(self) -> None:
        """An old state with its old times, as `cp -p` puts it back."""
        status = self.file.stat()
        self.write(self.rng.choice(self.olds))
        if self.rng.random() < 0.5:
            os.utime(self.file, ns=(status.st_atime_ns, status.st_mtime_ns))

    def forge(self) -> None:
        """Somebody writes into the index, or puts another's in its place."""
        for index in self.cache.glob("index/*.index"):
            data = bytearray(index.read_bytes())
            for _ in range(self.rng.choice([1, 20])):
                data[self.rng.randrange(len(data))] ^= 1 << self.rng.randrange(8)
            index.write_bytes(bytes(data))

    def cut_short(self) -> None:
        for index in self.cache.glob("index/*.index"):
            os.truncate(index, self.rng.randrange(index.stat().st_size + 1))

    def put_back_an_old_index(self) -> None:
        for index in self.cache.glob("index/*.index"):
            kept = index.with_suffix(".kept")
            if kept.exists():
                shutil.copy2(kept, index)
            else:
                shutil.copy2(index, kept)

    def clear(self) -> None:
        shutil.rmtree(self.cache, ignore_errors=True)

    def new_key(self) -> None:
        (self.state / "index.key").unlink(missing_ok=True)

    def clock_jump(self) -> None:
        self.ahead = self.rng.choice([0, 10**9, 10**13])

    @staticmethod
    def outcome(call: Any) -> Any:
        try:
            return call()
        except (IamctlError, RuntimeError, KeyError) as error:
            return type(error), str(error)

    def compare(self) -> None:
        def asked(repository: Any) -> Any:
            directory = repository.load()
            plain = {s: dict(v) if hasattr(v, "keys") else v for s, v in directory.plain.items()}
            names = {s: list(v) for s, v in plain.items() if isinstance(v, dict)}
            places = [directory.source_of((s, n)) for s in sorted(names) for n in names[s]]
            found = [directory.groups_of(u) for u in directory.users]
            return plain, places, found

        assert self.outcome(lambda: asked(self.indexed)) == self.outcome(lambda: asked(self.plain))


HAPPENINGS = (
    *(Stage.hand_edit, Stage.tool_edit, Stage.hand_edit_of_equal_length) * 4,
    Stage.restore,
    Stage.forge,
    Stage.cut_short,
    Stage.put_back_an_old_index,
    Stage.clear,
    Stage.new_key,
    Stage.clock_jump,
)


@pytest.mark.parametrize("size", [0, opening.SMALL])
@pytest.mark.parametrize("seed", range(6 * SCALE))
def test_a_mix_of_everything_that_happens(tmp_path, monkeypatch, seed, size):
    """With `size` 0 every file counts as large: stamps are looked at, edits are made in chunks."""
    monkeypatch.setattr(opening, "SMALL", size)
    monkeypatch.setattr(chunks, "_BYTES", 8)
    monkeypatch.setattr(refresh, "SIZE", 2)
    stage = Stage(tmp_path, random.Random(seed))
    for _ in range(40):
        stage.rng.choice(HAPPENINGS)(stage)
        stage.compare()
        stage.compare()
        try:
            stage.plain.load()
        except IamctlError:  # a file that is broken for good tells nothing new
            stage.write(stage.rng.choice(stage.olds))
        else:
            stage.olds.append(stage.file.read_bytes())
