"""A directory out of a snapshot: what it includes, and what it refuses to."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.errors import InvalidDirectory, NotFound, StorageFailure
from iamctl.ports import Entry
from iamctl.store.parts_files import Files
from iamctl.store.parts_kept import KeptFolder, read_kept
from iamctl.store.parts_places import Folder

MAIN = 'iamctl: 1\naccount: {id: "123456789012"}\ninclude: [%s]\nusers:\n  alice: {}\n'
LINK = "link:"


class Kept:
    """A snapshot of texts by their paths; one that begins with `link:` is a link to the rest."""

    def __init__(self, texts: Mapping[str, str], odd: Mapping[str, Entry] | None = None) -> None:
        self._texts = texts
        self._folders: dict[str, dict[str, Entry]] = {"": {}}
        kinds = {path: Entry("link" if text.startswith(LINK) else "file", path)
                 for path, text in texts.items()}  # fmt: skip
        for path, found in {**kinds, **(odd or {})}.items():
            above, _, name = path.rpartition("/")
            self._folders.setdefault(above, {})[name] = found
            while above:
                above, _, name = above.rpartition("/")
                self._folders.setdefault(above, {})[name] = Entry("folder", "")

    def folder(self, path: str) -> Mapping[str, Entry]:
        return self._folders.get(path, {})

    def entry(self, path: str) -> Entry | None:
        above, _, name = path.rpartition("/")
        return self.folder(above).get(name)

    def read(self, found: Entry, limit: int) -> bytes | None:
        data = self._texts[found.object].removeprefix(LINK).encode()
        return data if len(data) <= limit else None


def test_parts_are_found_beside_the_main_file():
    kept = Kept({
        "iam/directory.yaml": MAIN % "people/*.yaml, teams.yaml",
        "iam/people/b.yaml": "users:\n  bob: {}\n",
        "iam/people/.hidden.yaml": "users:\n  eve: {}\n",
        "iam/people/below/c.yaml": "users:\n  eve: {}\n",
        "iam/teams.yaml": "groups:\n  team: {members: [bob]}\n",
        "people/x.yaml": "users:\n  eve: {}\n",
    })  # fmt: skip
    whole = read_kept(kept, "iam/directory.yaml", "HEAD:", "HEAD")
    directory = whole.required()
    assert sorted(directory.users) == ["alice", "bob"]
    assert [text.shown for text in whole.texts] == [
        "HEAD:iam/directory.yaml", "HEAD:iam/people/b.yaml", "HEAD:iam/teams.yaml",
    ]  # fmt: skip
    assert [text.name for text in whole.texts] == ["directory.yaml", "people/b.yaml", "teams.yaml"]
    assert str(directory.source_of(("users", "bob"))) == "HEAD:iam/people/b.yaml:2:3"


def test_a_main_file_alone_at_the_root():
    whole = read_kept(Kept({"d.yaml": MAIN.replace("include: [%s]\n", "")}), "d.yaml", ":", "x")
    assert list(whole.required().users) == ["alice"]
    assert whole.texts[0].shown == ":d.yaml"


@pytest.mark.parametrize(
    ("include", "more", "odd", "fault"),
    [
        ("p.yaml", {"p.yaml": "link:q.yaml", "q.yaml": "users: {bob: {}}"}, {},
         "HEAD:p.yaml is a symbolic link"),
        ("'*.yaml'", {"p.yaml": "link:/etc/passwd"}, {}, "HEAD:p.yaml is a symbolic link"),
        ("p/*.yaml", {"p": "link:q", "q/a.yaml": "users: {}"}, {}, "HEAD:p is a symbolic link"),
        ("'*/a.yaml'", {"p": "link:../q"}, {}, "HEAD:p is a symbolic link"),
        ("'*/a.yaml'", {"p": "link:/q", "q": ""}, {}, "HEAD:p is a symbolic link"),
        ("p/a.yaml", {"p": "link:q", "q/a.yaml": "users: {}"}, {},
         "HEAD:p/a.yaml is reached through a symbolic link"),
        ("p/*.yaml", {}, {"p": Entry("submodule", "1")}, "HEAD:p is a submodule"),
        ("p/a.yaml", {}, {"p": Entry("submodule", "1")},
         "HEAD:p/a.yaml is reached through a submodule"),
        ("p.yaml", {}, {"p.yaml": Entry("conflict", "")},
         "HEAD:p.yaml is being merged, and has conflicts"),
        ("p.yaml", {}, {"p.yaml": Entry("other", "1")}, "HEAD:p.yaml is no regular file"),
        ("p.yaml", {"p.yaml/x": ""}, {}, "HEAD:p.yaml is no regular file"),
        ("p.yaml", {}, {}, "HEAD:p.yaml does not exist"),
        ("directory.yaml", {}, {}, "HEAD:directory.yaml is this file itself"),
        ("p.yaml, '*.yml', p.y?ml", {"p.yaml": "users: {bob: {}}"}, {},
         "HEAD:p.yaml is included already"),
    ],
)  # fmt: skip
def test_what_is_no_part_is_refused(include, more, odd, fault):
    kept = Kept({"directory.yaml": MAIN % include, **more}, odd)
    whole = read_kept(kept, "directory.yaml", "HEAD:", "HEAD")
    assert fault in [p.message for p in whole.problems if p.severity == "error"]
    with pytest.raises(InvalidDirectory):
        whole.required()


def test_links_to_files_are_nothing_that_a_pattern_looks_into():
    kept = Kept(
        {
            "directory.yaml": MAIN % "'*/a.yaml'",
            "p": "link:q",
            "q": "",
            "r/a.yaml": "users: {bob: {}}",
        }
    )
    whole = read_kept(kept, "directory.yaml", "HEAD:", "HEAD")
    assert sorted(whole.required().users) == ["alice", "bob"]


def test_trees_that_stand_for_more_paths_than_there_are_files_are_refused():
    """Ten folders can be ten thousand million paths, where each holds the next one ten times."""

    class Bomb(Kept):
        def folder(self, path: str) -> Mapping[str, Entry]:
            names = {f"d{n}": Entry("folder", "") for n in range(10)}
            return (
                super().folder("") | names if not path else names | {"a.yaml": Entry("file", "a")}
            )

    deep = MAIN % f"'{'*/' * 10}*.yaml'"
    with pytest.raises(StorageFailure, match="leads through too many folders"):
        read_kept(Bomb({"directory.yaml": deep}), "directory.yaml", "HEAD:", "HEAD")


def test_two_files_of_the_same_bytes_are_two_files():
    kept = Kept({"directory.yaml": MAIN % "a.yaml, b.yaml", "a.yaml": "users: {bob: {}}",
                 "b.yaml": "users: {bob: {}}"})  # fmt: skip
    whole = read_kept(kept, "directory.yaml", "HEAD:", "HEAD")
    assert ["stands in HEAD:a.yaml" in p.message for p in whole.problems] == [True]


def test_no_such_main_file_and_one_that_is_a_link():
    kept = Kept({"iam/directory.yml": "", "iam/link.yaml": "link:directory.yml"})
    with pytest.raises(NotFound, match=r"iam/directory\.yaml is not in v1") as caught:
        read_kept(kept, "iam/directory.yaml", "v1:", "v1")
    assert caught.value.hint == 'did you mean "directory.yml"?'
    with pytest.raises(StorageFailure, match=r"v1:iam/link\.yaml is a symbolic link"):
        read_kept(kept, "iam/link.yaml", "v1:", "v1")


STEPS = st.sampled_from(["a", "b", "*", "a.yaml", "*.yaml", "?.yaml", ".*", "x"])


@given(
    paths=st.sets(
        st.lists(st.sampled_from(["a", "b", ".h", "a.yaml", "x.yaml"]), min_size=1, max_size=3)
        .map("/".join), max_size=6),
    pattern=st.lists(STEPS, min_size=1, max_size=3).map("/".join),
)  # fmt: skip
def test_patterns_mean_what_they_mean_in_a_folder(paths, pattern, tmp_path_factory):
    folder = tmp_path_factory.mktemp("folder")
    texts: dict[str, str] = {}
    for path in sorted(paths, key=lambda path: -path.count("/")):
        if (folder / path).exists():
            continue
        try:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            continue
        (folder / path).write_text("x")
        texts[f"in/{path}"] = "x"
    kept, there = KeptFolder(Kept(texts), "in", "HEAD:"), Folder(str(folder))
    assert kept.matching(pattern) == there.matching(pattern)
    for name in there.matching(pattern):
        (mine, my_fault), (theirs, their_fault) = kept.read(name, 100), there.read(name, 100)
        assert my_fault == their_fault
        assert (mine and mine[0]) == (theirs and theirs[0])


def test_a_folder_and_what_is_kept_of_it_read_the_same(tmp_path: Path):
    texts = {"directory.yaml": MAIN % "p/*.yaml", "p/b.yaml": "users:\n  bob: {}\n"}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    there = Files(str(tmp_path / "directory.yaml"), "directory.yaml").read()
    kept = read_kept(Kept(texts), "directory.yaml", "", "x")
    assert kept.required().plain == there.required().plain
    assert [(t.name, t.shown, t.data) for t in kept.texts] == [
        (t.name, os.path.relpath(t.shown), t.data) for t in there.texts
    ]
