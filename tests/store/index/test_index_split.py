"""A directory in several files has one index, which is of all of them."""

import os
import time
from pathlib import Path

import pytest

from iamctl import files
from iamctl.domain.change import Change
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory
from iamctl.store.index import build, chunks, opening, refresh, stamps
from iamctl.store.index.opening import Indexes
from iamctl.store.index.pages import Doubt, Pages
from iamctl.store.index.parts import content_of
from iamctl.store.index.parts_cut import cut_all
from iamctl.store.index.repository import IndexedRepository
from iamctl.store.parts_gather import Text
from iamctl.store.repository import YamlRepository

MAIN = """\
# Acme
iamctl: 1
account: {id: "123456789012"}
include: [people/*.yaml, teams.yaml]
users:
  root.admin:
    path: /admin/
"""
ENG = """\
# engineering
---
users:
""" + "".join(f"  eng{n:03d}:\n    path: /eng/{n}/\n" for n in range(100))
OPS = "users:\n" + "".join(f"  ops{n:03d}:\n    path: /ops/{n}/\n" for n in range(100))
TEAMS = """\
groups:
  payments:
    members: [eng007, ops099]
"""
FILES = {
    "directory.yaml": MAIN,
    "people/eng.yaml": ENG,
    "people/ops.yaml": OPS,
    "teams.yaml": TEAMS,
}


class Stage:
    """That directory, each of whose files is old enough to be known by its stamp."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "files"
        self.put(FILES)
        self.cache = folder / "cache"
        self.state = str(folder / "state")

    @property
    def main(self) -> str:
        return str(self.folder / "directory.yaml")

    def put(self, texts: dict[str, str]) -> None:
        for name, text in texts.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    @property
    def indexes(self) -> Indexes:
        return Indexes(str(self.cache), self.state, time.time_ns)

    def indexed(self) -> Directory | None:
        """What the index says, None where it says nothing."""
        return self.indexes.directory(self.main, "directory.yaml", own=True, cut_off=bool)

    def answers(self) -> Directory:
        found = self.indexed()
        assert found is not None
        whole = YamlRepository(self.main).load()
        assert [*found.users] == [*whole.users]
        return found

    def place(self, *at: str) -> str:
        return str(self.answers().source_of(at))


@pytest.fixture
def stage(tmp_path, monkeypatch) -> Stage:
    monkeypatch.setattr(opening, "SMALL", 0)
    monkeypatch.setattr(stamps, "FRESH", -(10**15))
    monkeypatch.setattr(chunks, "_BYTES", 32)
    return Stage(tmp_path)


@pytest.fixture
def read(monkeypatch) -> list[bytes]:
    """The chunks that are parsed."""
    texts: list[bytes] = []
    for module in (refresh, build):
        real = module.read_chunk

        def counted(chunk, text, file, real=real):
            texts.append(text)
            return real(chunk, text, file)

        monkeypatch.setattr(module, "read_chunk", counted)
    monkeypatch.setattr("iamctl.store.index.beside.may_share", lambda room: False)
    return texts


def opened(monkeypatch) -> list[str]:
    """The files that are read from now on."""
    from iamctl import files

    names: list[str] = []
    for reader in ("read_stamped", "read_stamped_inside"):
        real = getattr(files, reader)

        def counted(*args, real=real, **options):
            names.append(os.path.basename(args[-2] if len(args) > 2 else args[-1]))
            return real(*args, **options)

        monkeypatch.setattr(files, reader, counted)
    return names


def test_values_stand_in_their_files(stage):
    assert stage.place("users", "root.admin") == "directory.yaml:6:3"
    assert stage.place("users", "eng000", "path") == "people/eng.yaml:5:11"
    assert stage.place("users", "ops099", "path") == "people/ops.yaml:201:11"
    assert stage.place("groups", "payments") == "teams.yaml:2:3"
    assert stage.place("groups") == "teams.yaml:1:1"
    assert stage.place("users", "nobody") == "directory.yaml:5:1"
    assert stage.place("account", "id") == "directory.yaml:3:15"


def test_stamps_stand_for_all_files(stage, monkeypatch):
    assert stage.indexed() is not None
    names = opened(monkeypatch)
    found = stage.indexed()
    assert found is not None
    for user in ("eng007", "ops099"):
        assert [group.name for group, _ in found.groups_of(user)] == ["payments"]
    assert names == []


def test_of_a_part_that_changed_only_what_changed_is_parsed(stage, read):
    stage.answers()
    assert sum(map(len, read)) > len(ENG) + len(OPS) - 100
    del read[:]
    stage.put({"people/ops.yaml": OPS.replace("/ops/7/", "/new/") + "  zoe:\n    path: /z/\n"})
    assert stage.answers().user("ops007").path == "/new/"
    assert stage.place("users", "zoe") == "people/ops.yaml:202:3"
    assert stage.place("users", "nobody") == "directory.yaml:5:1"
    assert 0 < len(read) <= 4
    assert sum(map(len, read)) < len(OPS) / 2


@pytest.mark.parametrize("name", ["people/eng.yaml", "people/ops.yaml", "teams.yaml"])
def test_the_first_lines_of_a_part_are_followed_too(stage, read, name):
    stage.answers()
    del read[:]
    added = f"{'groups' if 'teams' in name else 'users'}:\n  first:\n    path: /f/\n"
    stage.put({name: FILES[name].replace(f"{added[: added.index(chr(10))]}\n", added)})
    assert stage.place(added[: added.index(":")], "first").startswith(name)
    assert sum(map(len, read)) < len(OPS)


def test_a_part_that_comes_or_goes_is_seen(stage):
    assert len(stage.answers().users) == 201
    stage.put({"people/zoe.yaml": "users: {zoe: {path: /z/}}\n"})
    assert stage.indexed() is None  # a section that is not cut in all its files
    stage.put({"people/zoe.yaml": "users:\n  zoe:\n    path: /z/\n"})
    assert stage.place("users", "zoe") == "people/zoe.yaml:2:3"
    (stage.folder / "people/zoe.yaml").rename(stage.folder / "people/a.yaml")
    assert [*stage.answers().users][1] == "zoe"
    assert stage.place("users", "zoe") == "people/a.yaml:2:3"
    (stage.folder / "people/a.yaml").unlink()
    assert len(stage.answers().users) == 201


def test_another_folder_of_that_name_is_seen(stage):
    """The files are the very same, but lie behind a link or a mount now."""
    named = MAIN.replace("people/*.yaml", "people/eng.yaml, people/ops.yaml")
    stage.put({"directory.yaml": named})
    stage.answers()
    (stage.folder / "people").rename(stage.folder / "aside")
    (stage.folder / "people").symlink_to("aside")
    assert stage.indexed() is None
    with pytest.raises(InvalidDirectory, match="symbolic link"):
        YamlRepository(stage.main).load()


@pytest.mark.parametrize(
    "change",
    [
        {"people/ops.yaml": OPS + "  eng001:\n    path: /twice/\n"},
        {"teams.yaml": TEAMS.replace("ops099", "nobody")},
        {"teams.yaml": TEAMS + "resources: {}\n", "people/eng.yaml": ENG + "resources: {}\n"},
        {"people/ops.yaml": OPS + "account: {id: '123456789012'}\n"},
        {"people/ops.yaml": OPS + "directory: 8c9f5a54-6a0e-4f0e-9d1e-3d6e0f9d7a11\n"},
        {"people/ops.yaml": "# nobody\n"},
        {"people/ops.yaml": ""},
        {"people/ops.yaml": OPS + "'groups': {}\n"},
        {"people/ops.yaml": "'roles': {}\n" + OPS},
        {"people/ops.yaml": "# odd \x85'roles': {}\n" + OPS},
        {"people/ops.yaml": "%YAML 1.1\n---\n" + OPS},
        {"people/ops.yaml": "--- |\n" + OPS},
        {"people/ops.yaml": "\t# tab\n" + OPS},
        {"directory.yaml": MAIN.replace("include", "'include'")},
        {"directory.yaml": MAIN.replace("teams.yaml", "team.yaml")},
        {"directory.yaml": MAIN.replace("teams.yaml", "people/eng.yaml")},
        {"directory.yaml": MAIN + "groups: {}\n"},
    ],
)
def test_what_is_wrong_or_odd_has_no_index(stage, change):
    """Built anew or brought up to date."""
    stage.answers()
    stage.put(change)
    assert stage.indexed() is None
    stage.put(FILES)
    assert stage.answers().user("eng001").path == "/eng/1/"
    (next(stage.cache.glob("index/*.index"))).unlink()
    stage.put(change)
    assert stage.indexed() is None


def test_an_edit_under_way_is_waited_for(stage):
    stage.answers()
    found = stage.indexes.directory(stage.main, "d", own=True, cut_off=lambda: True)
    assert found is None
    stage.put({"teams.yaml": TEAMS.replace("ops099", "ops098")})
    found = stage.indexes.directory(stage.main, "d", own=True, cut_off=lambda: True)
    assert found is None


def test_a_main_file_includes_others_from_now_on_and_none_any_more(stage):
    stage.put({"directory.yaml": MAIN.replace("include", "# include")})
    assert [*stage.answers().users] == ["root.admin"]
    stage.put({"directory.yaml": MAIN})
    assert len(stage.answers().users) == 201
    stage.put({"directory.yaml": MAIN.replace(", teams.yaml", "")})
    (stage.folder / "teams.yaml").unlink()
    assert stage.answers().groups_of("eng007") == ()
    stage.put({"directory.yaml": MAIN.replace("include", "# include")})
    assert [*stage.answers().users] == ["root.admin"]


def test_patterns_that_mean_no_file_are_told_and_looked_at_each_time(stage):
    (stage.folder / "teams.yaml").unlink()
    text = MAIN.replace("people/*.yaml, teams.yaml", "nobody/*.yaml")
    stage.put({"directory.yaml": text})
    assert stage.indexed() is None
    stage.put({"nobody/a.yaml": "users:\n  zoe:\n    path: /z/\n"})
    assert len(stage.answers().users) == 2


def test_edits_go_where_they_went_and_the_index_follows(stage, read):
    repository = IndexedRepository(
        stage.indexes, stage.main, own=True, journals=lambda: f"{stage.state}/edits"
    )
    stage.answers()
    del read[:]
    moved = (Change(("users", "ops007", "path"), "/ops/7/", "/new/"),)
    edit = repository.apply(lambda _: moved)
    assert edit.changes == moved
    assert (stage.folder / "people/ops.yaml").read_text() == OPS.replace("/ops/7/", "/new/")
    assert 0 < len(read) <= 2
    assert stage.answers().user("ops007").path == "/new/"


def test_an_index_that_fails_half_way_leaves_the_rest_to_the_files(stage):
    stage.answers()
    found = stage.indexed()
    assert found is not None
    index = next(stage.cache.glob("index/*.index"))
    data = bytearray(index.read_bytes())
    at = data.index(b"eng050")
    data[at + 5] ^= 1
    index.write_bytes(bytes(data))
    again = stage.indexed()
    assert again is not None
    assert again.user("eng050").path == "/eng/50/"
    assert str(again.source_of(("users", "ops099"))) == "people/ops.yaml:200:3"
    assert chunks.cut_part(b"") is None


def test_an_index_that_fails_right_after_it_was_stamped_is_read_around(stage, monkeypatch):
    real, damaged = Pages.page, list[bool]()

    def page(self, number):
        if damaged:
            raise Doubt("damaged")
        return real(self, number)

    monkeypatch.setattr(Pages, "page", page)
    assert stage.indexed() is not None
    os.utime(stage.main, ns=(1, 10**18))
    found = stage.indexed()
    assert found is not None
    damaged.append(True)
    assert [*found.users] == [*YamlRepository(stage.main).load().users]


def test_lines_count_through_all_files(stage):
    texts = [
        Text(name, name, (stage.folder / name).read_bytes(), files.Stamp((0, 0, 0, n, 0)))
        for n, name in enumerate(FILES)
    ]
    content = content_of(texts, ("people/*.yaml", "teams.yaml"))
    cut = cut_all(content)
    assert cut is not None
    lines = [chunk.line for chunk in cut[0]]
    assert lines == [content.data.count(b"\n", 0, chunk.start) for chunk in cut[0]]
