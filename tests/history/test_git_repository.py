"""Revisions of files in real git repositories."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from iamctl.domain.errors import ExtraMissing, NotFound, StorageFailure, Usage
from iamctl.history import Commit, GitRepository
from iamctl.history.snapshot import CommitSnapshot
from iamctl.ports import Entry
from tests.history.conftest import Repo

LIMIT = 1000


def text(snapshot: CommitSnapshot, path: str) -> bytes | None:
    found = snapshot.entry(path)
    assert found is not None
    return snapshot.read(found, LIMIT)


def test_a_file_as_revisions_have_it(repo: Repo):
    first = repo.commit({"iam/directory.yaml": "one\r\n", "iam/people/a.yaml": "a"})
    repo.git("tag", "v1")
    second = repo.commit({"iam/directory.yaml": "two\n"})
    history = repo.history("iam/directory.yaml")
    assert (history.name, history.root) == ("iam/directory.yaml", os.path.realpath(repo.folder))
    assert history.commit("HEAD") == history.commit("main") == second
    assert history.commit("HEAD^") == history.commit("v1") == history.commit(first[:8]) == first
    old, new = history.snapshot(first), history.snapshot(second)
    assert text(old, "iam/directory.yaml") == b"one\r\n"
    assert text(new, "iam/directory.yaml") == b"two\n"
    assert set(old.folder("iam")) == {"directory.yaml", "people"}
    assert set(old.folder("")) == {"iam"}
    assert old.folder("iam/people")["a.yaml"].kind == "file"
    assert old.folder("iam/none") == {} == old.folder("iam/directory.yaml")
    assert old.entry("iam/none") is None


def test_names_and_bytes_of_any_kind(repo: Repo):
    odd = 'a"b\n\tü*.yaml'
    first = repo.commit({odd: b"\0\xff\r\n", ":(top)x": "magic", "-dash": "dash"})
    kept = repo.history(odd).snapshot(first)
    assert set(kept.folder("")) == {odd, ":(top)x", "-dash"}
    assert text(kept, odd) == b"\0\xff\r\n"
    assert text(kept, ":(top)x") == b"magic"
    assert set(repo.history(odd).staged.folder("")) == {odd, ":(top)x", "-dash"}


def test_folders_in_folders_without_end(repo: Repo):
    """No path is too long to be looked up; none of a hostile tree is a bug of ours."""
    blob = repo.git("hash-object", "-w", "--stdin", input=b"x")
    tree = repo.git("mktree", input=f"100644 blob {blob}\tx\n".encode())
    depth = 60
    for _ in range(depth):
        tree = repo.git("mktree", input=f"040000 tree {tree}\ta\n".encode())
    head = repo.git("commit-tree", tree, "-m", "deep")
    repo.write({"directory.yaml": ""})
    kept = repo.history().snapshot(head)
    assert text(kept, "a/" * depth + "x") == b"x"
    assert kept.entry("a/" * 5000 + "x") is None


def test_what_is_no_file_is_said_to_be_none(repo: Repo, tmp_path: Path):
    other = Repo(tmp_path / "other", tmp_path)
    other.folder.mkdir()
    other.git("init", "--quiet")
    other.commit({"x": "x"})
    (repo.folder / "link.yaml").symlink_to("directory.yaml")
    repo.commit({"directory.yaml": "", "run": "x"})
    (repo.folder / "run").chmod(0o755)
    repo.git("submodule", "--quiet", "add", str(other.folder), "sub")
    head = repo.commit({})
    for kept in (repo.history().snapshot(head), repo.history().staged):
        kinds = {name: found.kind for name, found in kept.folder("").items()}
        assert kinds == {
            ".gitmodules": "file", "directory.yaml": "file", "run": "file", "link.yaml": "link",
            "sub": "submodule",
        }  # fmt: skip
        assert kept.entry("sub/x") is None


def test_a_file_that_is_longer_than_wanted_is_not_read_and_the_next_one_is(repo: Repo):
    head = repo.commit({"directory.yaml": "x" * (LIMIT + 1), "b": "b"})
    kept = repo.history().snapshot(head)
    assert text(kept, "directory.yaml") is None
    assert text(kept, "b") == b"b"


def test_unknown_revisions_are_named_with_what_is_near(repo: Repo):
    repo.commit({"directory.yaml": ""})
    repo.git("branch", "release-7")
    history = repo.history()
    with pytest.raises(NotFound, match='there is no revision "relaese-7"') as caught:
        history.commit("relaese-7")
    assert caught.value.hint == 'did you mean "release-7"?'
    for word in (
        "",
        "--all",
        "-1",
        "no\0such",
        "main..main",
        "HEAD:directory.yaml",
        "@{u}",
        "0" * 40,
    ):
        assert history.find_commit(word) is None


def test_a_branch_that_looks_like_an_option_is_a_branch(repo: Repo):
    head = repo.commit({"directory.yaml": ""})
    repo.git("update-ref", "refs/heads/--version", head)
    assert repo.history().commit("--version") == head


def test_a_branch_and_a_tag_of_one_name_are_told_apart(repo: Repo):
    first = repo.commit({"directory.yaml": "1"})
    repo.git("tag", "both")
    second = repo.commit({"directory.yaml": "2"})
    repo.git("branch", "both")
    repo.git("config", "core.warnAmbiguousRefs", "false")
    history = repo.history()
    for word in ("both", "both~0"):
        with pytest.raises(Usage, match="means several revisions"):
            history.find_commit(word)
    assert (history.commit("tags/both"), history.commit("heads/both")) == (first, second)


def test_a_repository_of_the_newer_hash(tmp_path: Path):
    made = Repo(tmp_path / "new", tmp_path)
    made.folder.mkdir()
    made.git("init", "--quiet", "--object-format=sha256")
    head = made.commit({"iam/directory.yaml": "x"})
    history = made.history("iam/directory.yaml")
    assert len(head) == 64
    assert text(history.snapshot(history.commit("HEAD")), "iam/directory.yaml") == b"x"
    assert text(history.staged, "iam/directory.yaml") == b"x"


def test_no_commits_yet(repo: Repo):
    repo.write({"directory.yaml": ""})
    with pytest.raises(NotFound, match="no commits yet"):
        repo.history().commit("HEAD")


def test_no_repository(tmp_path: Path):
    with pytest.raises(NotFound, match="is in no git repository") as caught:
        GitRepository(str(tmp_path / "directory.yaml"), os.environ)
    assert caught.value.code == "NoSuchRepository"


def test_a_bare_repository_holds_no_working_file(tmp_path: Path):
    bare = Repo(tmp_path, tmp_path)
    bare.git("init", "--quiet", "--bare", "bare.git")
    with pytest.raises(NotFound, match=r"working tree|cannot use bare repository"):
        bare.history("bare.git/directory.yaml")


def test_git_is_missing_or_only_in_the_working_folder(repo: Repo, monkeypatch: pytest.MonkeyPatch):
    repo.commit({"directory.yaml": ""})
    (repo.folder / "git").write_text(f"#!/bin/sh\ntouch {repo.folder}/ran\n")
    (repo.folder / "git").chmod(0o755)
    monkeypatch.chdir(repo.folder)
    for path in (".", "", "/nowhere:."):
        with pytest.raises(ExtraMissing, match="git is not installed"):
            repo.history(PATH=path)
    assert not (repo.folder / "ran").exists()


def test_another_users_repository_is_refused_as_git_refuses_it(repo: Repo, monkeypatch):
    repo.commit({"directory.yaml": ""})
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for path in (repo.folder, repo.folder / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(StorageFailure, match="belongs to another user"):
        repo.history()


def test_where_histories_part(repo: Repo):
    base = repo.commit({"directory.yaml": "base"})
    repo.git("checkout", "--quiet", "-b", "side")
    side = repo.commit({"directory.yaml": "side"})
    repo.git("checkout", "--quiet", "main")
    ahead = repo.commit({"other": ""})
    history = repo.history()
    assert history.merge_base(ahead, side) == base
    repo.git("checkout", "--quiet", "--orphan", "alone")
    alone = repo.commit({"directory.yaml": "alone"})
    with pytest.raises(NotFound, match="no common ancestor"):
        history.merge_base(alone, side)


def test_histories_that_cross_part_in_no_single_commit(repo: Repo):
    repo.commit({"directory.yaml": "base"})
    repo.git("branch", "side")
    one = repo.commit({"one": ""})
    repo.git("checkout", "--quiet", "side")
    two = repo.commit({"two": ""})
    repo.git("merge", "--quiet", "--no-edit", one)
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-edit", two)
    history = repo.history()
    with pytest.raises(Usage, match="part in 2 commits"):
        history.merge_base(history.commit("main"), history.commit("side"))


def test_commits_along_first_parents_newest_first(repo: Repo):
    first = repo.commit({"directory.yaml": "1"}, "first: ü")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"directory.yaml": "2"}, "on the side")
    repo.git("checkout", "--quiet", "main")
    aside = repo.commit({"other": ""}, "not about it")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge side", "side")
    history = repo.history()
    head = history.commit("HEAD")
    told = list(history.commits(head))
    assert [commit.id for commit in told] == [head, aside, first]
    assert told[2]._replace(time=0) == Commit(first, 0, "Ada", "ada@example.com", "first: ü")
    assert told[0].time > told[1].time > told[2].time > 1_600_000_000
    assert [c.id for c in history.commits(head, ("directory.yaml",))] == [head, first]


def test_commits_are_told_before_all_are_found(repo: Repo):
    head = repo.commit({"directory.yaml": "1"})
    told = repo.history().commits(head)
    assert next(told).id == head
    told.close()  # type: ignore[attr-defined]


def test_a_renamed_file_is_followed(repo: Repo):
    body = "".join(f"line {n}\n" for n in range(20))
    repo.commit({"old.yaml": body})
    (repo.folder / "iam").mkdir()
    repo.git("mv", "old.yaml", "iam/directory.yaml")
    head = repo.commit({"iam/directory.yaml": body + "more\n"})
    history = repo.history("iam/directory.yaml")
    assert history.former_name(head, "iam/directory.yaml") == "old.yaml"
    assert history.former_name(head, "iam/other.yaml") is None


def test_a_renaming_that_is_only_staged_is_followed(repo: Repo):
    first = repo.commit({"old.yaml": "a\n" * 20})
    middle = repo.commit({"old.yaml": "a\n" * 21})
    repo.git("mv", "old.yaml", "middle.yaml")
    last = repo.commit({"other": "x"})
    repo.git("mv", "middle.yaml", "directory.yaml")
    repo.write({"directory.yaml": "a\n" * 19})
    history = repo.history()
    assert [history.name_in(each) for each in (last, middle, first)] == [
        "middle.yaml", "old.yaml", "old.yaml"
    ]  # fmt: skip
    repo.write({"new.yaml": "quite another"})
    repo.git("add", "new.yaml")
    assert repo.history("new.yaml").name_in(last) == "new.yaml"


def test_paths_from_a_folder_of_the_repository(repo: Repo, tmp_path: Path):
    repo.commit({"a/b/directory.yaml": "1"})
    history, folder = repo.history("a/b/directory.yaml"), str(repo.folder / "a" / "b")
    assert history.path_from(folder, "./directory.yaml") == "a/b/directory.yaml"
    assert history.path_from(folder, "../x.yaml") == "a/x.yaml"
    for outside in (str(tmp_path), folder + "/../../.."):
        with pytest.raises(Usage, match="not in the repository"):
            history.path_from(outside, "./directory.yaml")
    with pytest.raises(Usage, match="not in the repository"):
        history.path_from(folder, "../..")


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path):
    first = repo.commit({"directory.yaml": "1"})
    repo.commit({"directory.yaml": "2"})
    shallow = Repo(tmp_path / "shallow", tmp_path)
    repo.git("clone", "--quiet", "--depth", "1", f"file://{repo.folder}", str(shallow.folder))
    history = shallow.history()
    assert history.shallow
    assert not repo.history().shallow
    for revision in ("HEAD^", first):
        with pytest.raises(NotFound) as caught:
            history.commit(revision)
        assert "git fetch --unshallow" in str(caught.value.hint)


def test_a_linked_worktree_has_its_own_head_and_index(repo: Repo, tmp_path: Path):
    repo.commit({"directory.yaml": "1"})
    repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Repo(tmp_path / "side", tmp_path)
    head = side.commit({"directory.yaml": "2"})
    side.write({"directory.yaml": "3"})
    side.git("add", "--all")
    history = side.history()
    assert history.commit("HEAD") == head != repo.history().commit("HEAD")
    assert text(history.staged, "directory.yaml") == b"3"
    assert text(repo.history().staged, "directory.yaml") == b"1"


def test_a_file_in_a_submodule_belongs_to_the_submodule(repo: Repo, tmp_path: Path):
    other = Repo(tmp_path / "other", tmp_path)
    other.folder.mkdir()
    other.git("init", "--quiet")
    inner = other.commit({"directory.yaml": "inner"})
    repo.git("submodule", "--quiet", "add", str(other.folder), "sub")
    repo.commit({"directory.yaml": "outer"})
    history = repo.history("sub/directory.yaml")
    assert (history.name, history.commit("HEAD")) == ("directory.yaml", inner)


def test_bytes_are_those_that_are_stored_whatever_a_checkout_makes_of_them(repo: Repo):
    repo.git("config", "core.autocrlf", "true")
    head = repo.commit({"directory.yaml": "a\r\nb\r\n"})
    assert (repo.folder / "directory.yaml").read_bytes() == b"a\r\nb\r\n"
    assert text(repo.history().snapshot(head), "directory.yaml") == b"a\nb\n"
    assert text(repo.history().staged, "directory.yaml") == b"a\nb\n"


def test_staged_files_and_those_in_conflict(repo: Repo):
    repo.commit({"directory.yaml": "base", "b": "b"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"directory.yaml": "side"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"directory.yaml": "main"})
    repo.git("read-tree", "-m", "HEAD~1", "HEAD", "side")
    kept = repo.history().staged
    assert kept.entry("directory.yaml") == Entry("conflict", "")
    assert text(kept, "b") == b"b"


def test_a_hook_reads_the_index_that_is_about_to_be_committed(repo: Repo):
    repo.commit({"directory.yaml": "1"})
    repo.write({"directory.yaml": "2"})
    mine = str(repo.folder / ".git" / "next-index.lock")
    shutil.copy(repo.folder / ".git" / "index", mine)
    repo.git("add", "--all", GIT_INDEX_FILE=mine)
    assert text(repo.history(GIT_INDEX_FILE=mine).staged, "directory.yaml") == b"2"
    elsewhere = shutil.copy(mine, repo.folder / "index")
    assert text(repo.history(GIT_INDEX_FILE=str(elsewhere)).staged, "directory.yaml") == b"1"


def test_the_callers_git_variables_count_nothing(repo: Repo, tmp_path: Path):
    head = repo.commit({"directory.yaml": "1"})
    history = repo.history(
        GIT_DIR=str(tmp_path), GIT_WORK_TREE="/", GIT_OBJECT_DIRECTORY="/nowhere",
        GIT_NAMESPACE="x", GIT_TRACE="1", GIT_CONFIG_COUNT="no number", GIT_EXEC_PATH="/nowhere",
    )  # fmt: skip
    assert history.commit("HEAD") == head
    assert text(history.snapshot(head), "directory.yaml") == b"1"


def test_replaced_objects_do_not_stand_for_a_commit(repo: Repo):
    true = repo.commit({"directory.yaml": "true"})
    false = repo.commit({"directory.yaml": "false"})
    repo.git("replace", true, false)
    assert text(repo.history().snapshot(true), "directory.yaml") == b"true"


def test_a_repository_that_lacks_an_object(repo: Repo):
    head = repo.commit({"directory.yaml": "1"})
    object_id = repo.git("rev-parse", "HEAD:directory.yaml")
    (repo.folder / ".git" / "objects" / object_id[:2] / object_id[2:]).unlink()
    with pytest.raises(StorageFailure, match=f"does not hold the object {object_id}"):
        text(repo.history().snapshot(head), "directory.yaml")


def test_a_copy_of_the_process_leaves_git_to_the_one_that_started_it(repo: Repo):
    """Copies hold each other's pipes open: one that waited for git to end would wait for ever."""
    history = repo.history()
    snapshot = history.snapshot(repo.commit({"directory.yaml": "one\n"}))
    assert text(snapshot, "directory.yaml") == b"one\n"
    copies = []
    for _ in range(2):
        copy = os.fork()
        if not copy:
            history.objects.close()
            os._exit(0)
        copies.append(copy)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(20)
    assert [os.waitpid(copy, 0)[1] for copy in copies] == [0, 0]
    signal.alarm(0)
    assert text(history.snapshot(repo.commit({"b.yaml": "two\n"})), "b.yaml") == b"two\n"
