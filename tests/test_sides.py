"""What the words of a comparison mean, in a real repository."""

import io
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from iamctl.bootstrap import Runtime
from iamctl.bootstrap.side import Side
from iamctl.bootstrap.sides import Sides
from iamctl.domain.errors import IamctlError, InvalidDirectory, NotFound, StorageFailure, Usage
from iamctl.services.changes import entity_changes
from tests.history.conftest import Repo

HEAD = 'iamctl: 1\naccount: {id: "123456789012"}\n'


def with_users(*names: str) -> str:
    return HEAD + "users:\n" + "".join(f"  {name}: {{}}\n" for name in names)


def users(side: Side) -> list[str]:
    return sorted(side.load().users)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """one - two - three on main, two - beside on side; four is staged, five in the file."""
    home = tmp_path_factory.mktemp("home")
    made = Repo(home / "repo", home)
    made.folder.mkdir()
    made.git("init", "--quiet")
    made.commit({"iam/directory.yaml": with_users("one")})
    made.git("tag", "v1")
    made.commit({"iam/directory.yaml": with_users("two"), "both": with_users("file")})
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({"iam/directory.yaml": with_users("beside"), "iam/new.yaml": with_users("new")})
    made.git("checkout", "--quiet", "main")
    made.commit({"iam/directory.yaml": with_users("three")})
    made.git("branch", "both")
    made.write({"iam/directory.yaml": with_users("four")})
    made.git("add", "--all")
    made.write({"iam/directory.yaml": with_users("five"), "other.yaml": with_users("other")})
    made.write({"folder/directory.yaml": with_users("folder"), "odd..name": with_users("odd")})
    return made


@pytest.fixture
def sides(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Sides:
    monkeypatch.chdir(repo.folder)
    return Runtime({**repo.environ, "IAMCTL_NO_INDEX": "1"}).sides("iam")


@pytest.mark.parametrize(
    ("words", "old", "new", "called"),
    [
        ([], "three", "five", "HEAD iam/directory.yaml"),
        (["v1"], "one", "five", "v1 iam/directory.yaml"),
        (["v1", "main"], "one", "three", "v1 main"),
        (["v1..side"], "one", "beside", "v1 side"),
        (["v1.."], "one", "three", "v1 HEAD"),
        (["..v1"], "three", "one", "HEAD v1"),
        (["main~1", "other.yaml"], "two", "other", "main~1 other.yaml"),
        (["other.yaml"], "other", "five", "other.yaml iam/directory.yaml"),
        (["folder", "./both"], "folder", "file", "folder/directory.yaml both"),
        (["side:iam/new.yaml", "both^0"], "new", "three", "side:iam/new.yaml both^0"),
        (["odd..name", "@"], "odd", "three", "odd..name @"),
    ],
)
def test_words_and_what_they_mean(sides: Sides, words: Sequence[str], old, new, called):
    pair = sides.pair(words)
    assert [users(side) for side in pair] == [[old], [new]]
    assert " ".join(side.shown for side in pair) == called


def test_from_where_histories_part(sides: Sides):
    old, new = sides.pair(["main...side"])
    assert (users(old), users(new)) == (["two"], ["beside"])
    assert old.commit == sides.history.commit("main~1")
    assert old.shown == str(old.commit)[:12]
    assert new.commit == sides.history.commit("side")


def test_what_is_staged(sides: Sides):
    assert [users(side) for side in sides.pair([], staged=True)] == [["three"], ["four"]]
    old, new = sides.pair(["v1"], staged=True)
    assert (users(old), users(new), new.shown, new.commit) == (["one"], ["four"], "the index", None)
    assert str(new.load().source_of(("users", "four"))) == ":iam/directory.yaml:4:3"


def test_standard_input(sides: Sides, monkeypatch: pytest.MonkeyPatch):
    def says(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    says(with_users("typed"))
    old, new = sides.pair(["-", "v1"])
    assert (users(old), users(new), old.shown) == (["typed"], ["one"], "standard input")
    assert users(old) == ["typed"]  # it is read once
    says(HEAD + "include: [p.yaml]\n")
    with pytest.raises(InvalidDirectory, match="cannot be found from here"):
        sides.one("-").load()


@pytest.mark.parametrize(
    ("words", "staged", "error", "message"),
    [
        (["a", "b", "c"], False, Usage, "no more"),
        (["-", "-"], False, Usage, "one side only"),
        (["v1..side"], True, Usage, "--staged"),
        (["v1", "side"], True, Usage, "--staged"),
        (["both"], False, Usage, '"both" is a file and a revision'),
        (["v2"], False, NotFound, 'there is no revision "v2"'),
        (["nofile.yaml"], False, NotFound, "nofile.yaml does not exist"),
        (["v1..nowhere"], False, NotFound, 'there is no revision "nowhere"'),
        ([":iam/directory.yaml"], False, Usage, "names no file of a revision"),
        (["v1:"], False, Usage, "names no file of a revision"),
        (["v1:iam...side:iam"], False, Usage, "takes revisions"),
        ([""], False, Usage, "an empty word names no side"),
    ],
)
def test_words_that_mean_nothing(sides: Sides, words, staged, error, message):
    with pytest.raises(error, match=message):
        sides.pair(words, staged)


def test_a_revision_without_the_file(sides: Sides):
    with pytest.raises(NotFound, match=r"iam/new\.yaml is not in v1"):
        sides.one("v1:iam/new.yaml").load()


def test_files_are_compared_without_a_repository_or_a_directory_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).write_text(with_users(name))
    for environ in ({"PATH": os.environ["PATH"]}, {"PATH": ""}):
        pair = Runtime({**environ, "XDG_CONFIG_HOME": str(tmp_path)}).sides(None).pair(["a", "b"])
        assert [users(side) for side in pair] == [["a"], ["b"]]


def test_a_file_that_breaks_rules_is_loaded_only_unchecked(sides: Sides, repo: Repo):
    repo.write({"bad.yaml": HEAD + "groups:\n  g: {members: [nobody]}\n"})
    side = sides.one("bad.yaml")
    assert list(side.load(checked=False).groups) == ["g"]
    with pytest.raises(InvalidDirectory):
        side.load()


def test_what_a_revision_includes_comes_out_of_it(tmp_path: Path, monkeypatch):
    repo = Repo(tmp_path, tmp_path)
    repo.git("init", "--quiet")
    main = HEAD + "include: ['people/*.yaml']\n"
    repo.commit({"directory.yaml": main, "people/a.yaml": "users: {a: {}}\n"})
    repo.git("mv", "people/a.yaml", "people/b.yaml")
    repo.commit({"people/b.yaml": "users: {b: {}}\n"})
    repo.write({"people/c.yaml": "users: {c: {}}\n"})
    monkeypatch.chdir(tmp_path)
    sides = Runtime({**repo.environ, "IAMCTL_NO_INDEX": "1"}).sides(None)
    assert users(sides.one("HEAD~1")) == ["a"]
    assert [users(side) for side in sides.pair([])] == [["b"], ["b", "c"]]
    assert users(sides.index()) == ["b"]
    (tmp_path / "people" / "c.yaml").unlink()
    (tmp_path / "people" / "c.yaml").symlink_to("b.yaml")
    linked = repo.commit({})
    with pytest.raises(InvalidDirectory, match=r"HEAD:people/c\.yaml is a symbolic link"):
        sides.one("HEAD").load()
    assert sides.one("HEAD").commit == linked


OTHER = 'iamctl: 1\naccount: {id: "210987654321"}\nusers:\n'


def test_other_accounts_come_out_of_the_same_side(tmp_path: Path, monkeypatch):
    repo = Repo(tmp_path, tmp_path)
    repo.git("init", "--quiet")
    listed = HEAD + 'accounts:\n  "210987654321": other.yaml\n'
    repo.commit({"iam/directory.yaml": listed, "iam/other.yaml": f"{OTHER}  old: {{}}\n"})
    (repo.folder / "iam" / "other.yaml").unlink()
    repo.git("add", "--all")
    repo.write({"iam/other.yaml": f"{OTHER}  new: {{}}\n"})
    monkeypatch.chdir(tmp_path)
    sides = Runtime({**repo.environ, "IAMCTL_NO_INDEX": "1"}).sides("iam")
    found = [side.accounts()("210987654321") for side in sides.pair([])]
    assert [list(other.users) for other in found if other] == [["old"], ["new"]]
    assert sides.revision("HEAD").accounts()("111111111111") is None
    with pytest.raises(InvalidDirectory, match=r"iam/other\.yaml is not in the index"):
        sides.index().accounts()("210987654321")
    given = sides.index().accounts([str(tmp_path / "iam" / "other.yaml")])("210987654321")
    assert given is not None
    assert list(given.users) == ["new"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(listed.encode())))
    with pytest.raises(InvalidDirectory, match=r"other\.yaml is not in standard input"):
        sides.one("-").accounts()("210987654321")
    (repo.folder / "iam" / "other.yaml").unlink()
    (repo.folder / "iam" / "other.yaml").symlink_to("directory.yaml")
    repo.commit({})
    with pytest.raises(InvalidDirectory, match=r"HEAD:iam/other\.yaml is a symbolic link"):
        sides.revision("HEAD").accounts()("210987654321")


def test_another_account_that_is_not_the_one_it_is_listed_as(tmp_path: Path, monkeypatch):
    repo = Repo(tmp_path, tmp_path)
    repo.git("init", "--quiet")
    listed = HEAD + 'accounts:\n  "222222222222": wrong.yaml\n'
    repo.commit({"iam/wrong.yaml": OTHER.replace("users:\n", ""), "iam/directory.yaml": listed})
    monkeypatch.chdir(tmp_path)
    side = Runtime({**repo.environ, "IAMCTL_NO_INDEX": "1"}).sides("iam").revision("HEAD")
    with pytest.raises(InvalidDirectory, match=r"HEAD:iam/wrong\.yaml is of account 210987654321"):
        side.accounts()("222222222222")


def test_a_directory_file_behind_a_link(repo: Repo, tmp_path: Path, monkeypatch):
    """The repository is that of the file itself."""
    (tmp_path / "link.yaml").symlink_to(repo.folder / "iam" / "directory.yaml")
    monkeypatch.chdir(tmp_path)
    sides = Runtime({**repo.environ, "IAMCTL_NO_INDEX": "1"}).sides("link.yaml")
    assert [users(side) for side in sides.pair(["v1"])] == [["one"], ["five"]]


def test_errors_are_expected_ones(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sides = Runtime({"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(tmp_path)}).sides(None)
    for words in ([], ["HEAD"], ["a..b"]):
        with pytest.raises(IamctlError):
            sides.pair(words)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "directory.yaml").symlink_to("nowhere")
    with pytest.raises((NotFound, StorageFailure)):
        sides.pair(["folder", "folder"])[0].load()


def test_a_checkout_with_other_line_ends_is_no_change(tmp_path: Path, monkeypatch):
    repo = Repo(tmp_path, tmp_path)
    repo.git("init", "--quiet")
    repo.git("config", "core.autocrlf", "true")
    text = HEAD + "users:\n  a:\n    tags:\n      x: 'one\n        two'\n"
    repo.commit({"directory.yaml": text.replace("\n", "\r\n")})
    monkeypatch.chdir(tmp_path)
    old, new = Runtime({**repo.environ, "IAMCTL_NO_INDEX": "1"}).sides(None).pair([])
    assert [b"\r\n" in side.read().texts[0].data for side in (old, new)] == [False, True]
    pair = [side.load(checked=False) for side in (old, new)]
    assert entity_changes(*pair) == ()


def test_a_worktree_and_a_submodule_have_revisions_of_their_own(tmp_path: Path, monkeypatch):
    main, inner = Repo(tmp_path / "main", tmp_path), Repo(tmp_path / "inner", tmp_path)
    for repo, name in ((main, "m"), (inner, "i")):
        repo.folder.mkdir()
        repo.git("init", "--quiet")
        repo.commit({"directory.yaml": with_users(name)})
    main.git("submodule", "--quiet", "add", str(inner.folder), "sub")
    main.commit({})
    main.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Repo(tmp_path / "side", tmp_path)
    side.commit({"directory.yaml": with_users("s")})
    monkeypatch.chdir(tmp_path)
    for folder, expected in (("main", "m"), ("main/sub", "i"), ("side", "s")):
        sides = Runtime({**main.environ, "IAMCTL_NO_INDEX": "1"}).sides(folder)
        assert users(sides.revision("HEAD")) == [expected]
