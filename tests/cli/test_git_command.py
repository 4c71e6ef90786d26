"""`iamctl git`: what a real git shows, merges and refuses with it."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.history.conftest import WHO, Repo

BASE = """\
iamctl: 1
account: {id: "123456789012"}
users:
  # the first
  alice: {id: AIDAAAAAAAAAAAAAAAAAA, tags: {team: a}}
  bob:
    id: AIDABBBBBBBBBBBBBBBBB
groups:
  admins:
    members: [alice]
"""
IAMCTL = [sys.executable, "-P", "-m", "iamctl"]


def repository(home):
    made = Repo(home / "work", home)
    made.environ |= {
        f"XDG_{area}_HOME": str(home / area) for area in ("STATE", "CONFIG", "CACHE", "DATA")
    }
    return made


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A repository with a directory, of which git is told."""
    made = repository(tmp_path_factory.mktemp("installed"))
    made.folder.mkdir()
    made.git("init", "--quiet")
    made.commit({"directory.yaml": BASE})
    told = iamctl(made, "git", "install").stderr
    assert told.endswith("next: commit .gitattributes\n")
    made.commit({}, "attributes")
    return made.folder


@pytest.fixture
def repo(installed, tmp_path):
    """A copy of that repository."""
    made = repository(tmp_path)
    shutil.copytree(installed, made.folder, symlinks=True)
    made.git("status")  # which refreshes git's index
    return made


def iamctl(repo, *words, code=0, **more):
    done = subprocess.run(
        [*IAMCTL, *words], cwd=repo.folder, env={**repo.environ, **more},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done
    return done


def merge(repo, ours, theirs):
    """Two branches with these files merged; git's result, and what stands in the file. Hooks, which
    take time, have tests of their own."""
    repo.environ |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath",
                     "GIT_CONFIG_VALUE_0": "/dev/null"}  # fmt: skip
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit({"directory.yaml": theirs}, "theirs")
    repo.git("checkout", "--quiet", "main")
    repo.commit({"directory.yaml": ours}, "ours")
    try:
        told, code = repo.git("merge", "topic", "-m", "both"), 0
    except subprocess.CalledProcessError as error:
        told, code = error.stdout.decode() + error.stderr.decode(), error.returncode
    return code, told, (repo.folder / "directory.yaml").read_text()


def test_installed_it_says_each_step_and_nothing_twice(repo):
    shown = iamctl(repo, "git", "install")
    assert shown.stdout == ""
    assert shown.stderr == "nothing to do: it is installed\n"
    assert (repo.folder / ".gitattributes").read_text() == (
        "/directory.yaml diff=iamctl merge=iamctl\n"
    )
    assert not repo.git("status", "--short")


def test_a_step_is_said_when_it_is_done(repo):
    iamctl(repo, "git", "uninstall")
    (repo.folder / ".git/config.lock").touch()  # git can write no settings now
    told = subprocess.run([*IAMCTL, "git", "install"], cwd=repo.folder, env=repo.environ,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert told.returncode
    assert "write .gitattributes" in told.stderr
    assert "set " not in told.stderr


def test_uninstall_undoes_it_all(repo):
    (repo.folder / ".gitattributes").write_text(
        "*.txt text\n/directory.yaml diff=iamctl merge=iamctl\n"
    )
    told = iamctl(repo, "git", "uninstall").stderr
    assert "change .gitattributes" in told
    assert (repo.folder / ".gitattributes").read_text() == "*.txt text\n"
    assert "iamctl" not in repo.git("config", "--local", "--list")
    assert not [
        name for name in os.listdir(repo.folder / ".git/hooks") if not name.endswith(".sample")
    ]
    assert iamctl(repo, "git", "uninstall").stderr == "nothing of iamctl is installed here\n"


def test_a_dry_run_only_says_what_it_would_do(repo):
    iamctl(repo, "git", "uninstall")
    told = iamctl(repo, "git", "install", "--dry-run", "--combined-grants", "warn")
    assert "# set merge.iamctl.driver = " in told.stdout
    assert "--combined-grants warn" in told.stdout
    assert "iamctl" not in repo.git("config", "--local", "--list")
    assert not (repo.folder / ".gitattributes").exists()


def test_hooks_that_are_there_stay(repo):
    iamctl(repo, "git", "uninstall")
    hook = repo.folder / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\ntrue\n")
    told = iamctl(repo, "git", "install").stderr
    assert "there is a pre-commit hook already" in told
    assert "check-staged --directory ./directory.yaml || exit 1" in told
    assert hook.read_text() == "#!/bin/sh\ntrue\n"
    repo.git("config", "--local", "core.hooksPath", ".husky")
    assert "core.hooksPath" in iamctl(repo, "git", "install").stderr


def test_a_hook_that_leads_elsewhere_is_somebody_elses(repo, tmp_path):
    iamctl(repo, "git", "uninstall")
    (tmp_path / "theirs").write_text("#!/bin/sh\ntrue\n")
    (repo.folder / ".git/hooks/pre-commit").symlink_to(tmp_path / "theirs")
    (repo.folder / ".git/hooks/pre-merge-commit").symlink_to(tmp_path / "nowhere")
    told = iamctl(repo, "git", "install").stderr
    assert told.count("hook already, which stays") == 2
    iamctl(repo, "git", "uninstall")
    assert (tmp_path / "theirs").read_text() == "#!/bin/sh\ntrue\n"
    assert not (tmp_path / "nowhere").exists()


def test_a_directory_that_cannot_be_read_keeps_nobody_from_uninstalling(repo):
    repo.write({"directory.yaml": "x: ["})
    assert "remove .gitattributes" in iamctl(repo, "git", "uninstall").stderr


def test_git_diff_and_log_speak_of_meaning(repo):
    moved = BASE.replace("tags: {team: a}", "tags: {'team': \"a\"}").replace(
        "  # the first\n", "  # number one\n"
    )
    repo.write({"directory.yaml": moved})
    assert repo.git("diff") == ""
    repo.commit({"directory.yaml": moved.replace('"a"}', '"b"}')}, "team")
    shown = repo.git("log", "-p", "-1", "--format=%s")
    assert "\n-    team: a\n+    team: b\n" in shown
    assert "user alice" in shown


def test_git_diff_shows_a_file_that_is_no_directory_as_it_is(repo):
    repo.write({"directory.yaml": BASE + "usrs: {}\n"})
    assert "+usrs: {}" in repo.git("diff")


def test_nothing_in_a_file_reaches_the_terminal_as_a_command(repo):
    hostile = b"a: \x1b[31m\xc2\x9b\xe2\x80\xae\x00\xff\r\n::error::x\n"
    (repo.folder / "directory.yaml").write_bytes(hostile)
    shown = iamctl(repo, "git", "textconv", "directory.yaml").stdout
    assert shown.splitlines() == [r"a: \x1b[31m\x9b\u202e\x00\xff", "::error::x"]
    (repo.folder / "directory.yaml").write_text(BASE + '    path: "/\\e]0;x\\a/"\n')
    assert "\x1b" not in iamctl(repo, "git", "textconv", "directory.yaml").stdout
    (repo.folder / "directory.yaml").write_bytes(b"")
    assert iamctl(repo, "git", "textconv", "directory.yaml").stdout == ""


def test_what_is_no_file_is_not_waited_for(repo):
    os.mkfifo(repo.folder / "pipe")
    for words in (("textconv", "pipe"), ("merge-driver", "pipe", "directory.yaml", "pipe")):
        done = iamctl(repo, "git", *words, code=8)
        assert "pipe" in done.stderr
        assert done.stdout == ""


def test_a_merge_keeps_what_both_sides_wrote(repo):
    ours = BASE.replace("  # the first", "  # she was first").replace("team: a", "team: b")
    theirs = BASE.replace("BBB\n", "BBB\n    path: /x/  # moved\n").replace(
        "[alice]", "[alice, bob]"
    )
    code, told, text = merge(repo, ours, theirs)
    assert code == 0, told
    assert text == theirs.replace("  # the first", "  # she was first").replace(
        "team: a", "team: b"
    )


def test_what_clashes_is_marked_in_its_entity_and_named(repo):
    code, told, text = merge(
        repo, BASE.replace("team: a", "team: b"), BASE.replace("team: a", "team: c")
    )
    assert code == 1
    assert 'directory.yaml: both sides changed user "alice", tags.team' in told
    alice = "  alice: {{id: AIDAAAAAAAAAAAAAAAAAA, tags: {{team: {}}}}}\n".format
    assert text == BASE.replace(
        alice("a"), f"<<<<<<< ours\n{alice('b')}=======\n{alice('c')}>>>>>>> theirs\n"
    )
    assert "UU directory.yaml" in repo.git("status", "--short")


@pytest.mark.parametrize("trouble", ["missing", "killed"])
def test_a_driver_that_fails_leaves_both_sides_in_the_file(repo, tmp_path, trouble):
    """git would leave ours as it is: `git add` would then lose theirs unseen."""
    driver = repo.git("config", "merge.iamctl.driver").rstrip("\n")
    python = tmp_path / "python"
    missing = f'exec {sys.executable} -S -I -m nothing_of_the_name "$@"'
    python.write_text("#!/bin/sh\n" + {"missing": missing, "killed": "kill -9 $$"}[trouble] + "\n")
    python.chmod(0o755)
    repo.git("config", "merge.iamctl.driver", driver.replace(sys.executable, str(python)))
    code, told, text = merge(
        repo, BASE.replace("team: a", "team: b"),
        BASE.replace("team: a", "team: c").replace("BBB\n", "BBB\n    path: /x/\n"),
    )  # fmt: skip
    assert code == 1
    assert "merged as text" in told
    assert "<<<<<<< ours\n" in text
    assert "team: b" in text
    assert "team: c" in text
    assert "path: /x/" in text


@pytest.mark.parametrize("size", ["0", "1000000"])
def test_whatever_length_of_markers_a_repository_wants_both_sides_are_there(repo, size):
    (repo.folder / ".gitattributes").write_text(
        f"/directory.yaml diff=iamctl merge=iamctl conflict-marker-size={size}\n"
    )
    repo.commit({}, "size")
    code, _, text = merge(
        repo, BASE.replace("team: a", "team: b"), BASE.replace("team: a", "team: c")
    )
    assert code == 1
    assert "team: b" in text
    assert "team: c" in text
    assert "<< ours\n" in text


def test_a_clean_merge_that_breaks_a_rule_is_none(repo):
    ours = BASE.replace("[alice]", "[alice, bob]")
    theirs = BASE.replace("  bob:\n    id: AIDABBBBBBBBBBBBBBBBB\n", "")
    code, told, text = merge(repo, ours, theirs)
    assert code == 1
    assert "bob" in told
    assert "is no directory that holds together" in told
    assert "[alice, bob]" in text


GRANTS = (
    BASE
    + """\
    policies: [Read]
policies:
  Read:
    id: ANPAAAAAAAAAAAAAAAAAA
    document:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: s3:GetObject
          Resource: "*"
"""
)


def test_what_both_sides_allow_only_together_stops_the_merge_with_its_proof(repo):
    repo.commit({"directory.yaml": GRANTS}, "grants")
    member, action = (("[alice]", "[alice, bob]"), ("s3:GetObject", "s3:*"))
    code, told, text = merge(repo, GRANTS.replace(*member), GRANTS.replace(*action))
    assert code == 1
    assert text == GRANTS.replace(*member).replace(*action)
    assert "user/bob gains" in told
    assert "iamctl can user/bob s3:" in told
    assert "alice" not in told
    assert "directory.yaml: the merge allows what neither side allows" in told
    assert "git add directory.yaml && git commit" in told
    assert "git merge --abort" in told
    repo.git("merge", "--abort")
    iamctl(repo, "git", "install", "--combined-grants", "warn")
    told = repo.git("merge", "topic", "-m", "both")
    assert (repo.folder / "directory.yaml").read_text() == text


TRUST = """\
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {AWS: "arn:aws:iam::123456789012:user/alice"}
          Action: sts:AssumeRole
"""
CHAIN = (
    BASE
    + f"""\
roles:
  one:
    id: AROAAAAAAAAAAAAAAAAAA
{TRUST}\
    inline:
      Go:
        Version: "2012-10-17"
        Statement:
          - {{Effect: Allow, Action: "sts:AssumeRole", Resource: "*"}}
  two:
    id: AROABBBBBBBBBBBBBBBBB
{TRUST}"""
)


def test_a_way_to_a_role_over_both_sides_stops_the_merge(repo):
    repo.commit({"directory.yaml": CHAIN}, "roles")
    first, second = CHAIN.index("user/alice"), CHAIN.rindex("user/alice")
    ours = CHAIN[:first] + "user/bob" + CHAIN[first + len("user/alice") :]
    theirs = CHAIN[:second] + "role/one" + CHAIN[second + len("user/alice") :]
    code, told, _ = merge(repo, ours, theirs)
    assert code == 1
    assert "user/bob can newly become role/two through role/one" in told
    assert "gains" not in told


def test_what_one_side_allows_alone_stops_nothing(repo):
    repo.commit({"directory.yaml": GRANTS}, "grants")
    code, told, _ = merge(
        repo, GRANTS.replace("team: a", "team: b"),
        GRANTS.replace("s3:GetObject", "s3:*").replace("[alice]", "[alice, bob]"),
    )  # fmt: skip
    assert code == 0, told
    assert "gains" not in told


def test_a_side_that_cannot_be_read_is_merged_as_text_and_never_called_good(repo):
    iamctl(repo, "git", "uninstall")
    repo.write({"directory.yaml": BASE})
    base, ours, theirs = (repo.folder / name for name in ("base", "ours", "theirs"))
    base.write_text(BASE)
    ours.write_text(BASE + "usrs: {}\n")
    theirs.write_text(BASE.replace("team: a", "team: b"))
    words = ("git", "merge-driver", "base", "ours", "theirs", "--path", "d.yaml")
    told = iamctl(repo, *words, code=1).stderr
    assert "d.yaml (ours):11:1: error:" in told
    assert "d.yaml was merged as text: read it before you commit it" in told
    assert ours.read_text() == BASE.replace("team: a", "team: b") + "usrs: {}\n"


def test_the_hook_refuses_a_broken_directory_and_looks_at_what_is_staged(repo):
    repo.write({"directory.yaml": BASE.replace("[alice]", "[alice, carol]")})
    with pytest.raises(subprocess.CalledProcessError) as caught:
        repo.git("commit", "--quiet", "--all", "--message", "broken")
    assert "carol" in caught.value.stderr.decode()
    repo.git("reset", "--quiet")
    repo.commit({"other": "x"} | {"directory.yaml": BASE}, "sound")
    repo.write({"directory.yaml": BASE.replace("[alice]", "[alice, carol]"), "other": "y"})
    repo.git("add", "other")
    repo.git("commit", "--quiet", "--message", "of another file")


def test_branches_without_a_directory_can_be_committed_to(repo):
    repo.git("rm", "--quiet", "directory.yaml")
    repo.commit({"other": "x"}, "gone")
    repo.commit({"other": "y"}, "without")


def test_a_merge_base_that_holds_markers_is_no_reason_to_lose_anything(repo):
    """A criss-cross: git merges the merge bases first, which clash."""
    team = {name: BASE.replace("team: a", f"team: {name}") for name in "xm"}
    merge(repo, team["m"], team["x"])
    repo.commit({"directory.yaml": team["x"]}, "ours is theirs")
    repo.git("checkout", "--quiet", "topic")
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("merge", "main~1", "-m", "theirs is ours")
    repo.commit({"directory.yaml": team["m"].replace("BBB\n", "BBB\n    path: /x/\n")}, "crossed")
    repo.git("checkout", "--quiet", "main")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        repo.git("merge", "topic", "-m", "both")
    assert "merged as text" in caught.value.stderr.decode()
    text = (repo.folder / "directory.yaml").read_text()
    assert "team: x" in text
    assert "team: m" in text
    assert "path: /x/" in text


def test_a_rebase_and_a_cherry_pick_are_merges_too(repo):
    code, told, text = merge(repo, BASE.replace("team: a", "team: b"),
                             BASE.replace("BBB\n", "BBB\n    path: /x/\n"))  # fmt: skip
    assert code == 0, told
    repo.git("reset", "--quiet", "--hard", "main~1")
    repo.git("cherry-pick", "topic")
    assert (repo.folder / "directory.yaml").read_text() == text
    repo.git("reset", "--quiet", "--hard", "main~1")
    repo.git("checkout", "--quiet", "topic")
    repo.git("rebase", "--quiet", "main")
    assert (repo.folder / "directory.yaml").read_text() == text


def test_parts_are_shown_and_merged_too(repo):
    main = 'iamctl: 1\naccount: {id: "123456789012"}\ninclude: [people/*.yaml]\n'
    repo.commit({"directory.yaml": main, "people/a.yaml": "users:\n  alice: {}\n"}, "split")
    told = iamctl(repo, "git", "install").stderr
    assert "change .gitattributes" in told
    assert (
        "/people/*.yaml diff=iamctl merge=iamctl\n" in (repo.folder / ".gitattributes").read_text()
    )
    repo.write({"people/a.yaml": "users:\n  # she\n  alice: {}\n"})
    assert repo.git("diff", "people/a.yaml") == ""


def test_hostile_attributes_run_nothing(repo, tmp_path):
    """What iamctl asks git runs no program of the repository's choice."""
    trap = tmp_path / "trap"
    trap.write_text("#!/bin/sh\ntouch " + str(tmp_path / "sprung") + "\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "diff.iamctl.textconv", "merge.iamctl.driver"):
        repo.git("config", "--local", name, str(trap))
    iamctl(repo, "git", "check-staged")
    iamctl(repo, "git", "uninstall")
    assert not (tmp_path / "sprung").exists()


PARTS = {
    "directory.yaml": 'iamctl: 1\naccount: {id: "123456789012"}\ninclude: [parts/*.yaml]\n',
    "parts/people.yaml": """\
users:
  alice: {id: AIDAAAAAAAAAAAAAAAAAA}
  bob: {id: AIDABBBBBBBBBBBBBBBBB}
groups:
  admins: {members: [alice], policies: [Read]}
""",
    "parts/policies.yaml": GRANTS[GRANTS.rindex("policies:\n  Read") :],
}
MEMBER = {"parts/people.yaml": PARTS["parts/people.yaml"].replace("[alice]", "[alice, bob]")}
WIDER = {"parts/policies.yaml": PARTS["parts/policies.yaml"].replace("s3:GetObject", "s3:*")}


def parted(repo, ours, theirs, *options):
    """Two branches of a directory in several files, each with a commit; main is checked out."""
    repo.commit(PARTS, "parts")
    iamctl(repo, "git", "install", *options)
    repo.commit({}, "attributes")
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit(theirs, "theirs")
    repo.git("checkout", "--quiet", "main")
    repo.commit(ours, "ours")


def refused(repo, *words):
    with pytest.raises(subprocess.CalledProcessError) as caught:
        repo.git(*words)
    return caught.value.stderr.decode()


def told_by(repo, *words):
    return subprocess.run(["git", *words], cwd=repo.folder, env={**repo.environ, **WHO},
                          capture_output=True, text=True, check=True).stderr  # fmt: skip


def test_what_two_files_allow_only_together_stops_the_commit_of_a_merge(repo):
    """Each side changed a file of its own: git asks no driver at all."""
    parted(repo, MEMBER, WIDER)
    head = repo.git("rev-parse", "HEAD")
    told = refused(repo, "merge", "topic", "-m", "both")
    assert "user/bob gains" in told
    assert "iamctl can user/bob s3:" in told
    assert "alice" not in told
    assert "the index: the merge allows what neither side allows" in told
    assert "git commit --no-verify" in told
    assert "git merge --abort" in told
    assert repo.git("rev-parse", "HEAD") == head
    assert "user/bob gains" in refused(repo, "commit", "--quiet", "-m", "both")
    repo.write({"parts/people.yaml": PARTS["parts/people.yaml"]})
    repo.git("add", ".")
    repo.git("commit", "--quiet", "-m", "both, without bob")
    assert repo.git("rev-parse", "HEAD^") == head


def test_an_octopus_is_asked_of_all_its_sides(repo):
    parted(repo, {"other": "x"}, WIDER)
    repo.git("checkout", "--quiet", "-b", "second", "main~1")
    repo.commit(MEMBER, "member")
    repo.git("checkout", "--quiet", "main")
    assert "user/bob gains" in refused(repo, "merge", "topic", "second", "-m", "all")


def test_what_two_files_allow_only_together_is_said_where_that_is_wanted(repo):
    parted(repo, MEMBER, WIDER, "--combined-grants", "warn")
    assert "user/bob gains" in told_by(repo, "merge", "topic", "-m", "both")
    assert repo.git("rev-parse", "HEAD^2") == repo.git("rev-parse", "topic")


def test_what_one_side_alone_allows_in_its_files_stops_no_merge(repo):
    parted(repo, {"other": "x"}, MEMBER | WIDER)
    assert "gains" not in told_by(repo, "merge", "topic", "-m", "both")


def test_a_rebase_tells_afterwards_what_two_files_allow_only_together(repo):
    parted(repo, MEMBER, WIDER)
    repo.git("checkout", "--quiet", "topic")
    branch = repo.git("rev-parse", "topic")
    told = told_by(repo, "rebase", "--quiet", "main")
    assert "user/bob gains" in told
    assert "HEAD: the merge allows what neither side allows" in told
    assert "git reset --keep ORIG_HEAD" in told
    repo.git("reset", "--quiet", "--keep", "ORIG_HEAD")
    assert repo.git("rev-parse", "topic") == branch
    told = told_by(repo, "rebase", "--quiet", "--apply", "main")
    assert "note: git keeps no record of this rebase" in told
    assert "iamctl access-diff ORIG_HEAD HEAD" in told
    assert told_by(repo, "commit", "--quiet", "--amend", "-m", "another word") == ""


def test_a_rebase_tells_what_does_not_hold_together_any_more(repo):
    gone = PARTS["parts/policies.yaml"].replace("Read:", "Look:")
    parted(repo, {"parts/policies.yaml": gone} | {
        "parts/people.yaml": PARTS["parts/people.yaml"].replace("Read", "Look")},
        {"parts/more.yaml": "groups:\n  others: {policies: [Read]}\n"})  # fmt: skip
    repo.git("checkout", "--quiet", "topic")
    told = told_by(repo, "rebase", "--quiet", "main")
    assert '"Read"' in told
    assert "git reset --keep ORIG_HEAD" in told


def test_where_no_hook_asks_about_the_whole_the_driver_says_how_to(repo):
    tagged = PARTS["parts/people.yaml"].replace("BBB}", "BBB, path: /x/}")
    parted(repo, MEMBER, {"parts/people.yaml": tagged})
    told = told_by(repo, "cherry-pick", "topic")
    assert "note: parts/people.yaml is one of several files" in told
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    assert "note:" not in told_by(repo, "merge", "topic", "-m", "both")


def test_a_revert_is_a_merge_too_and_its_clash_is_told_by_what_reads_the_index(repo):
    repo.commit({"directory.yaml": BASE.replace("team: a", "team: b")}, "b")
    repo.commit({"directory.yaml": BASE.replace("team: a", "team: c")}, "c")
    told = refused(repo, "revert", "--no-edit", "HEAD~1")
    assert 'both sides changed user "alice", tags.team' in told
    text = (repo.folder / "directory.yaml").read_text()
    assert text.count("<<<<<<<") == 1
    shown = iamctl(repo, "diff", "--staged", code=8).stderr
    assert "directory.yaml is being merged, and has conflicts" in shown
    repo.git("revert", "--abort")
    repo.write({"directory.yaml": BASE.replace("team: a", "team: c") + "  # all of them\n"})
    repo.git("stash")
    repo.git("revert", "--no-edit", "HEAD")
    repo.git("stash", "pop")
    text = (repo.folder / "directory.yaml").read_text()
    assert "team: b" in text
    assert text.endswith("  # all of them\n")


def test_hooks_and_driver_find_iamctl_where_path_does_not_name_it(repo):
    """As a program with windows starts git: PATH is the system's alone."""
    system = os.path.dirname(shutil.which("git"))
    path = os.pathsep.join(dict.fromkeys([system, "/usr/bin", "/bin"]))
    repo.environ["PATH"] = path
    assert shutil.which("iamctl", path=path) is None
    repo.write({"directory.yaml": BASE.replace("[alice]", "[alice, carol]")})
    assert "carol" in refused(repo, "commit", "--quiet", "--all", "--message", "broken")
    repo.git("checkout", "--quiet", "directory.yaml")
    code, told, _ = merge(repo, BASE.replace("team: a", "team: b"),
                          BASE.replace("BBB\n", "BBB\n    path: /x/\n"))  # fmt: skip
    assert code == 0, told
    assert "merged as text" not in told


def test_a_merge_that_is_interrupted_leaves_the_file_as_it_was(repo, tmp_path):
    """Ctrl-C in the middle of the driver goes to git as well, and to the shell between them."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "if 'merge-driver' in sys.orig_argv:\n"
        "    os.killpg(0, signal.SIGINT)\n"
    )
    ours, theirs = BASE.replace("team: a", "team: b"), BASE.replace("team: a", "team: c")
    repo.commit({"directory.yaml": ours}, "ours")
    repo.git("checkout", "--quiet", "-b", "topic", "HEAD~1")
    repo.commit({"directory.yaml": theirs}, "theirs")
    repo.git("checkout", "--quiet", "main")
    done = subprocess.run(
        ["git", "merge", "topic", "-m", "both"], cwd=repo.folder, start_new_session=True,
        env={**repo.environ, **WHO, "PYTHONPATH": str(tmp_path)}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode not in (0, 1), done
    assert (repo.folder / "directory.yaml").read_text() == ours
    assert not repo.git("status", "--short", "--untracked-files=no")
