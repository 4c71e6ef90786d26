"""A directory over the commits of a real repository."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.bootstrap import Runtime
from iamctl.bootstrap.past import Step
from iamctl.domain.errors import NotFound
from tests.history.conftest import Repo

HEAD = 'iamctl: 1\naccount: {id: "123456789012"}\n'


def with_users(*names: str, more: str = "") -> str:
    return HEAD + more + "users:\n" + "".join(f"  {name}: {{}}\n" for name in names)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    made = Repo(tmp_path / "repo", tmp_path)
    made.folder.mkdir()
    made.git("init", "--quiet")
    monkeypatch.chdir(made.folder)
    return made


def steps(repo: Repo, name: str = "directory.yaml", revision: str = "HEAD") -> list[Step]:
    sides = Runtime({**repo.environ, "IAMCTL_NO_INDEX": "1"}).sides(name)
    return list(sides.past(revision).steps())


def told(found: Iterable[Step]) -> list[tuple[str, str, str]]:
    """Subject of the commit, users before and after; of a fault, its message."""

    def users(directory) -> str:
        return "none" if directory is None else " ".join(directory.users)

    return [(s.commit.subject, s.fault or users(s.before), "" if s.fault else users(s.after))
            for s in found]  # fmt: skip


def test_commits_that_change_the_file(repo: Repo):
    repo.commit({"directory.yaml": with_users("a"), "other": "1"}, "one")
    repo.commit({"other": "2"}, "elsewhere")
    repo.commit({"directory.yaml": with_users("a", "b")}, "two")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"directory.yaml": with_users("a", "b", "c")}, "on the side")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    repo.commit({"directory.yaml": with_users("a", "b", "c") + "# x\n"}, "form")
    assert told(steps(repo)) == [
        ("form", "a b c", "a b c"), ("merge", "a b", "a b c"), ("two", "a", "a b"),
        ("one", "none", "a"),
    ]  # fmt: skip
    assert told(steps(repo, revision="HEAD~2")) == told(steps(repo))[2:]


def test_files_that_cannot_be_read_are_told_and_left_out(repo: Repo):
    repo.commit({"directory.yaml": "users: ["}, "broken at first")
    repo.commit({"directory.yaml": with_users("a")}, "mended")
    repo.commit({"directory.yaml": "users: ["}, "broken")
    repo.commit({"directory.yaml": "users: {"}, "worse")
    repo.commit({"other": ""}, "elsewhere")
    repo.commit({"directory.yaml": with_users("a", "b")}, "mended again")
    repo.commit({"directory.yaml": "users: ["}, "broken at last")
    found = steps(repo)
    assert [(subject, after) for subject, _, after in told(found)] == [
        ("broken at last", ""), ("mended again", "a b"), ("worse", ""), ("broken", ""),
        ("mended", "a"), ("broken at first", ""),
    ]  # fmt: skip
    assert told(found)[1][1] == "a"
    assert told(found)[4][1] == "none"
    assert found[2].fault.startswith("directory.yaml:2:1: ")


def test_a_file_that_goes_and_comes_back(repo: Repo):
    repo.commit({"directory.yaml": with_users("a")}, "one")
    (repo.folder / "directory.yaml").unlink()
    repo.commit({}, "gone")
    repo.commit({"directory.yaml": with_users("b")}, "back")
    assert told(steps(repo)) == [
        ("back", "none", "b"), ("gone", "a", "none"), ("one", "none", "a"),
    ]  # fmt: skip


def test_a_file_that_was_renamed_is_followed_with_what_it_includes(repo: Repo):
    main = HEAD + "include: ['people/*.yaml']\n" + "# long enough to be known again\n" * 20
    repo.commit({"old.yaml": main, "people/a.yaml": "users: {a: {}}\n"}, "one")
    repo.commit({"people/b.yaml": "users: {b: {}}\n"}, "two")
    (repo.folder / "iam").mkdir()
    repo.git("mv", "old.yaml", "iam/directory.yaml")
    repo.git("mv", "people", "iam/people")
    repo.commit({"iam/people/c.yaml": "users: {c: {}}\n"}, "moved")
    (repo.folder / "iam" / "people" / "a.yaml").unlink()
    repo.commit({"notes": ""}, "parted")
    assert told(steps(repo, "iam/directory.yaml")) == [
        ("parted", "a b c", "b c"), ("moved", "a b", "a b c"), ("two", "a", "a b"),
        ("one", "none", "a"),
    ]  # fmt: skip


def test_a_past_begins_with_the_name_that_the_file_had(repo: Repo):
    long = "# long enough to be known again\n" * 20
    repo.commit({"a.yaml": with_users("a", more=long)}, "one")
    repo.git("mv", "a.yaml", "b.yaml")
    repo.commit({}, "to b")
    repo.commit({"b.yaml": with_users("a", "b", more=long)}, "two")
    repo.git("mv", "b.yaml", "directory.yaml")
    repo.commit({}, "to its name")
    repo.git("checkout", "--quiet", "-b", "side", "HEAD~2")
    repo.commit({"b.yaml": with_users("a", "s", more=long)}, "beside")
    repo.git("checkout", "--quiet", "main")
    assert told(steps(repo, revision="HEAD~1")) == told(steps(repo)) == [
        ("two", "a", "a b"), ("one", "none", "a"),
    ]  # fmt: skip
    assert told(steps(repo, revision="HEAD~3")) == [("one", "none", "a")]
    sides = Runtime({**repo.environ, "IAMCTL_NO_INDEX": "1"}).sides("directory.yaml")
    pair = sides.pair(["main~3", "side"])
    assert [list(side.load().users) for side in pair] == [["a"], ["a", "s"]]
    repo.git("checkout", "--quiet", "--orphan", "alone")
    repo.git("commit", "--quiet", "--message", "alone")
    with pytest.raises(NotFound, match=r"directory\.yaml is not in main~1"):
        sides.revision("main~1").load()


def test_a_merge_below_a_folder_is_one_step(repo: Repo):
    repo.commit({"iam/directory.yaml": with_users("a")}, "one")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"iam/directory.yaml": with_users("a", "b")}, "on the side")
    repo.git("checkout", "--quiet", "main")
    repo.commit({"other": ""}, "elsewhere")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    assert told(steps(repo, "iam")) == [("merge", "a", "a b"), ("one", "none", "a")]


def test_a_file_that_only_moves_changes_nothing(repo: Repo):
    repo.commit({"old.yaml": with_users("a", more="# long enough\n" * 20)}, "one")
    repo.git("mv", "old.yaml", "directory.yaml")
    repo.commit({}, "moved")
    assert told(steps(repo)) == [("one", "none", "a")]


def test_a_shallow_clone_does_not_know_what_was_before(repo: Repo, tmp_path: Path, monkeypatch):
    for n in range(3):
        repo.commit({"directory.yaml": with_users(f"u{n}")}, str(n))
    shallow = Repo(tmp_path / "shallow", tmp_path)
    repo.git("clone", "--quiet", "--depth", "2", f"file://{repo.folder}", str(shallow.folder))
    monkeypatch.chdir(shallow.folder)
    found = steps(shallow)
    assert told(found) == [("2", "u1", "u2"), ("1", "none", "u1")]
    assert [step.unknown for step in found] == [False, True]
    assert not any(step.unknown for step in steps(repo, str(repo.folder / "directory.yaml")))


CONTENTS = {
    "gone": None,
    "broken": "users: [",
    "worse": "users: {",
    "a": with_users("a"),
    "b": with_users("a", "b"),
    "form": with_users("a") + "# another form\n",
}


def fast_import(folder: Path, states: list[str]) -> dict[str, str]:
    """The environment of a repository whose commits bring these states, oldest first."""
    made = Repo(folder, folder)
    made.git("init", "--quiet")
    lines = []
    for number, state in enumerate(states):
        text = CONTENTS[state]
        change = "D iam/d.yaml" if text is None else f"M 100644 inline iam/d.yaml\n{data(text)}"
        when = f"{1_600_000_000 + number} +0000"
        lines += [f"commit refs/heads/main\ncommitter Ada <a> {when}", data(str(number)), change]
        lines += [f"M 100644 inline other\n{data(str(number))}"]
    made.git("fast-import", "--quiet", input="\n".join(lines).encode())
    made.git("reset", "--quiet", "--hard", "main")
    made.write({"iam/d.yaml": with_users("now")})
    return made.environ


def data(text: str) -> str:
    return f"data {len(text)}\n{text}"


def expected(states: list[str]) -> list[tuple[str, str, str]]:
    """What is to be told, newest first: number, users before and after, or that it is broken."""
    told = []
    for number, state in enumerate(states):
        if state == (states[number - 1] if number else "gone"):
            continue
        if state in ("broken", "worse"):
            told.append((str(number), "broken", ""))
            continue
        readable = [s for s in states[:number] if s not in ("broken", "worse")]
        before = readable[-1] if readable else "gone"
        if state != before:
            told.append((str(number), NAMES[before], NAMES[state]))
    return told[::-1]


NAMES = {"gone": "none", "a": "a", "b": "a b", "form": "a"}


@settings(max_examples=12 * int(os.environ.get("IAMCTL_TEST_SCALE", "1")), deadline=None)
@given(states=st.lists(st.sampled_from(sorted(CONTENTS)), min_size=1, max_size=8))
def test_any_past_is_told_as_it_was(states, tmp_path_factory):
    folder = tmp_path_factory.mktemp("past")
    environ = fast_import(folder, states)
    sides = Runtime({**environ, "IAMCTL_NO_INDEX": "1"}).sides(str(folder / "iam" / "d.yaml"))
    found = [(subject, "broken" if after == "" else before, after)
             for subject, before, after in told(sides.past("HEAD").steps())]  # fmt: skip
    assert found == expected(states)


def test_steps_are_told_before_older_commits_are_read(repo: Repo):
    for n in range(3):
        repo.commit({"directory.yaml": with_users(f"u{n}")}, str(n))
    blob = repo.git("rev-parse", "HEAD~2:directory.yaml")
    (repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    sides = Runtime({**repo.environ, "IAMCTL_NO_INDEX": "1"}).sides("directory.yaml")
    found = sides.past("HEAD").steps()
    assert told([next(found)]) == [("2", "u1", "u2")]
    assert "does not hold the object" in told(found)[-1][1]
