"""Whatever happens to a directory in several files and its index, it answers as without one."""

import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.errors import IamctlError
from iamctl.domain.facts import KINDS, facts_of
from iamctl.ports import Division
from iamctl.store import journal
from iamctl.store.index import chunks, opening, refresh, stamps
from iamctl.store.index.opening import Indexes
from iamctl.store.index.repository import IndexedRepository
from iamctl.store.repository import YamlRepository

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
from hand_formatted import HandFormatted
from test_index_answers import scribbled, sound_directory  # beside this file
from test_index_mix import Stage

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
INCLUDE = ["people/*.yaml", "teams.yaml", "more/?/*.yaml"]
PLACES = ["people/a.yaml", "people/b.yaml", "teams.yaml", "more/x/one.yaml"]


class SplitStage(Stage):
    """A directory in several files with its index, and what may happen to them."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.rng = rng
        self.folder = folder / "files"
        self.folder.mkdir()
        self.file = self.folder / "directory.yaml"
        self.cache = folder / "cache"
        self.state = folder / "state"
        self.state.mkdir(mode=0o700)
        self.ahead = 0
        self.plain = YamlRepository(str(self.file), journals=self.journals)
        self.put(self.random_files())
        self.snapshots = [self.found()]

    def journals(self) -> str:
        return str(self.state / "edits")

    @property
    def indexed(self) -> IndexedRepository:
        indexes = Indexes(str(self.cache), str(self.state), self.clock)
        return IndexedRepository(indexes, str(self.file), journals=self.journals)

    def random_files(self) -> dict[str, bytes]:
        """A sound directory over some files, as people write them."""
        plain = sound_directory(self.rng)
        names = ["directory.yaml", *self.rng.sample(PLACES, self.rng.randrange(1, 5))]
        texts: dict[str, dict[str, Any]] = {name: {} for name in names}
        for key, value in plain.items():
            if key not in NOUNS or not value:
                texts["directory.yaml"][key] = value
                continue
            among = self.rng.sample(names, self.rng.choice([1, 1, 2, len(names)]))
            for name, entity in value.items():
                texts[self.rng.choice(among)].setdefault(key, {})[name] = entity
        texts["directory.yaml"]["include"] = INCLUDE
        return {name: self.written(text) for name, text in texts.items() if text}

    def written(self, plain: dict[str, Any]) -> bytes:
        odd = self.rng.random() < 0.15
        return HandFormatted(self.rng, self.rng.choice([0.0, 0.1, 0.3]), odd).write(plain)

    def found(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def put(self, texts: dict[str, bytes]) -> None:
        """These files and no others; those that are so already stay as they are."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if path.is_symlink() or (path.is_file() and self.name_of(path) not in texts):
                path.unlink()
        for name, data in texts.items():
            path = self.folder / name
            if not path.exists() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                self.write_to(path, data)

    def name_of(self, path: Path) -> str:
        return str(path.relative_to(self.folder))

    def write_to(self, path: Path, data: bytes) -> None:
        if self.rng.random() < 0.5 or not path.exists():
            path.write_bytes(data)
        else:
            new = path.with_name("new")
            new.write_bytes(data)
            new.rename(path)

    def some(self, parts: bool = False) -> Path:
        """One of the files, or of those that are included."""
        paths = [path for path in sorted(self.folder.rglob("*.yaml")) if path.is_file()]
        others = [path for path in paths if path != self.file]
        return self.rng.choice(others if parts and others else paths)

    def hand_edit(self) -> None:
        path = self.some()
        self.write_to(path, scribbled(self.rng, path.read_bytes()))

    def hand_edit_of_equal_length(self) -> None:
        path = self.some()
        data = bytearray(path.read_bytes())
        for _ in range(3 if data else 0):
            at = self.rng.randrange(len(data))
            if bytes(data[at : at + 1]).isalnum():
                data[at] = self.rng.choice(b"abz019")
        path.write_bytes(bytes(data))

    def tool_edit(self) -> None:
        self.outcome(self.plain.settle)  # an edit that was cut off is finished, or told, once
        before = self.found()
        changes = self.changes()
        if changes is None:
            return
        told = self.outcome(lambda: self.indexed.apply(lambda _: changes).changes)
        after = self.found()
        self.put(before)
        assert told == self.outcome(lambda: self.plain.apply(lambda _: changes).changes)
        assert after == self.found()

    def sound_edit(self) -> None:
        """As somebody makes it who has no index."""
        changes = self.changes()
        if changes is not None:
            self.plain.apply(lambda _: changes)

    def restore(self) -> None:
        """An old state of all files or of one, with its old times as often as not."""
        old = self.rng.choice(self.snapshots)
        path = self.some()
        status = path.stat()
        if self.rng.random() < 0.5:
            self.put(old)
        elif self.name_of(path) in old:
            self.write_to(path, old[self.name_of(path)])
        if self.rng.random() < 0.5 and path.exists():
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def new_part(self) -> None:
        names = ["people/0.yaml", "people/zz.yaml", "more/y/two.yaml", "people/.no.yaml", *PLACES]
        path = self.folder / self.rng.choice(names)
        path.parent.mkdir(parents=True, exist_ok=True)
        section = self.rng.choice(["users", "users", "groups"])
        path.write_bytes(self.written({section: {f"n{self.rng.randrange(99)}": {"path": "/p/"}}}))

    def removed_part(self) -> None:
        path = self.some(parts=True)
        if path != self.file:
            path.unlink()

    def moved_part(self) -> None:
        """The same bytes under another name, which may change the order and nothing else."""
        path = self.some(parts=True)
        to = self.folder / "people" / self.rng.choice(["a.yaml", "c.yaml", "b.yaml"])
        if path != self.file:
            to.parent.mkdir(parents=True, exist_ok=True)
            path.rename(to)

    def moved_seam(self) -> None:
        """What ends one file begins the next: all together are the same bytes."""
        first, second = self.folder / "people/a.yaml", self.folder / "people/b.yaml"
        if not (first.is_file() and second.is_file()):
            return
        both = first.read_bytes() + second.read_bytes()
        ends = [0, *(n + 1 for n, byte in enumerate(both) if byte == 10), len(both)]
        at = self.rng.choice(ends)
        first.write_bytes(both[:at])
        second.write_bytes(both[at:])

    def swapped_parts(self) -> None:
        first, second = self.some(parts=True), self.some(parts=True)
        if self.file not in (first, second) and first != second:
            aside = self.folder / "swapped"
            first.rename(aside)
            second.rename(first)
            aside.rename(second)

    def linked(self) -> None:
        """A way to the very same file, which is refused all the same."""
        people = self.folder / "people"
        if people.is_dir() and not people.is_symlink():
            aside = self.folder / "aside"
            shutil.rmtree(aside, ignore_errors=True)
            if self.rng.random() < 0.5:
                people.rename(aside)
                people.symlink_to(aside)
            else:
                path = self.some(parts=True)
                if path != self.file:
                    path.rename(path.with_name("aside"))
                    path.symlink_to(path.with_name("aside"))

    def hard_linked(self) -> None:
        path = self.some(parts=True)
        to = self.folder / "people" / "same.yaml"
        if not to.exists() and to.parent.is_dir():
            os.link(path, to)

    def included_otherwise(self) -> None:
        data = self.file.read_bytes()
        pairs = [
            (b"people/*.yaml", b"people/a.yaml"),
            (b"people/a.yaml", b"people/?.yaml"),
            (b"teams.yaml", b"t*.yaml"),
            (b"more/?/*.yaml", b"more/x/*.yaml"),
        ]
        self.file.write_bytes(data.replace(*self.rng.choice(pairs)))

    def split(self) -> None:
        directory = self.plain.load()
        users = [*directory.users]
        moved = self.rng.sample(users, min(len(users), self.rng.choice([1, 2, 9])))
        name = f"people/s{self.rng.randrange(9)}.yaml"
        places = {("users", user): name for user in moved}
        self.plain.division().split(lambda _: Division(places, ("people/*.yaml",)))

    def join(self) -> None:
        self.plain.division().join()

    def cut_off_edit(self) -> None:
        """An edit of several files that somebody killed, with some of them written."""
        now, then = self.found(), self.rng.choice(self.snapshots)
        names = sorted({*now, *then})
        steps = [journal.Step(name, now.get(name), then.get(name)) for name in names]
        records = [journal._record(step) for step in steps if step.old != step.new]
        if not records:
            return
        edit = journal.Journal(self.journals, os.path.realpath(self.file))
        Path(self.journals()).mkdir(mode=0o700, exist_ok=True)
        Path(edit._file()).write_bytes(journal._encoded(os.path.realpath(self.file), records))
        Path(edit._file()).chmod(0o600)
        for record in records[: self.rng.randrange(len(records))]:
            edit._write(record)

    def happen(self, what: Any) -> None:
        self.outcome(lambda: what(self))

    def compare(self) -> None:
        def asked(repository: Any) -> Any:
            directory = repository.load()
            plain = {s: dict(v) if hasattr(v, "keys") else v for s, v in directory.plain.items()}
            names = {s: list(v) for s, v in plain.items() if isinstance(v, dict)}
            places = [directory.source_of((s, n, "path")) for s in sorted(names) for n in names[s]]
            places += [directory.source_of((s, "nobody")) for s in sorted(names)]
            begun = [directory.names_with("users", p, 9) for p in ("", "a", "n", "~")]
            return plain, names, places, begun, held(directory)

        def problems(repository: Any) -> Any:
            return repository.load_with_problems()[1]

        for question in (asked, problems):
            told = self.outcome(lambda question=question: question(self.indexed))
            assert told == self.outcome(lambda question=question: question(self.plain))


def held(directory: Directory) -> list[Any]:
    """Who is found by what."""
    found = []
    for kind, sections in KINDS.items():
        for section in sections:
            for name, plain in dict(directory.plain.get(section) or {}).items():  # type: ignore[call-overload]
                for key in facts_of(kind, (section, name), plain, directory.account.id):
                    found.append((kind, key, [*directory.holders(kind, key)]))
    return found


HAPPENINGS = (
    *(SplitStage.hand_edit, SplitStage.hand_edit_of_equal_length) * 6,
    *(SplitStage.sound_edit,) * 8,
    *(SplitStage.tool_edit, SplitStage.restore, SplitStage.moved_seam) * 2,
    SplitStage.new_part,
    SplitStage.removed_part,
    SplitStage.moved_part,
    SplitStage.swapped_parts,
    SplitStage.linked,
    SplitStage.hard_linked,
    SplitStage.included_otherwise,
    SplitStage.split,
    SplitStage.join,
    SplitStage.cut_off_edit,
    SplitStage.forge,
    SplitStage.cut_short,
    SplitStage.put_back_an_old_index,
    SplitStage.clear,
    SplitStage.new_key,
    SplitStage.clock_jump,
)


@pytest.mark.parametrize("size", [0, opening.SMALL])
@pytest.mark.parametrize("seed", range(2 * SCALE))
def test_a_mix_of_all_that_happens_to_several_files(tmp_path, monkeypatch, seed, size):
    """With `size` 0 every directory counts as large: stamps are looked at, and relied on once they
    are older than the longest tick of a kernel's clock."""
    monkeypatch.setattr(opening, "SMALL", size)
    monkeypatch.setattr(stamps, "FRESH", 20_000_000)
    monkeypatch.setattr(chunks, "_BYTES", 8)
    monkeypatch.setattr(refresh, "SIZE", 2)
    stage = SplitStage(tmp_path, random.Random(seed))
    for _ in range(30):
        stage.happen(stage.rng.choice(HAPPENINGS))
        stage.compare()
        stage.compare()
        try:
            stage.plain.load()
        except IamctlError:  # what is broken for good tells nothing new
            stage.put(stage.rng.choice(stage.snapshots))
        else:
            stage.snapshots.append(stage.found())
