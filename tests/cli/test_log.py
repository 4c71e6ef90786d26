"""log and blame from the command line, in a real repository."""

import json

import pytest

from tests.cli.conftest import TEAM, Home, Iamctl
from tests.cli.terminal import at_terminal
from tests.history.conftest import Repo


@pytest.fixture
def repo(team: Home) -> Repo:
    """The team's directory; bob is tagged, broken for a commit, laid out anew, and renamed."""
    made = Repo(team.folder, team.folder.parent)
    made.git("init", "--quiet")
    made.commit({}, "team")
    made.commit({"directory.yaml": TEAM.replace("team: search", "team: find")}, "tag\x1b[31m bob")
    made.commit({"directory.yaml": "users: ["}, "broken")
    made.commit({"directory.yaml": made_of("bob") + "# end\n"}, "comment")
    made.commit({"directory.yaml": made_of("bert")}, "rename")
    return made


def made_of(name: str) -> str:
    text = TEAM.replace("team: search", "team: find").replace("  bob:", f"  {name}:")
    return text.replace("user: bob", f"user: {name}")


def test_log(repo: Repo, iamctl: Iamctl):
    done = iamctl("log", code=0)
    lines = done.stdout.splitlines()
    utc = "--date=format-local:%Y-%m-%dT%H:%M:%SZ"
    told = [
        (repo.git("log", "-1", utc, "--format=%h %cd", "--abbrev=12", rev, TZ="UTC"), subject)
        for rev, subject in (("HEAD", "rename"), ("HEAD~3", r"tag\x1b[31m bob"), ("HEAD~4", "team"))
    ]
    assert [line for line in lines if not line.startswith(" ")] == [
        f"{commit} Ada: {subject}" for commit, subject in told
    ]
    assert lines[1] == '  ~ user "bob": renamed to "bert"'
    assert lines[-1] == "  + the directory file comes, with 2 users, 1 group, 1 role"
    broken = repo.git("rev-parse", "HEAD~2")[:12]
    assert done.stderr.startswith(f"{broken} is skipped: directory.yaml:")
    assert "only the form differs" in iamctl("log", "--all", code=0).stdout


def test_log_of_one(repo: Repo, iamctl: Iamctl):
    of_bert = iamctl("log", "bert", code=0).stdout
    assert iamctl("log", "user/bert", code=0).stdout == of_bert
    assert [line for line in of_bert.splitlines() if line.startswith("  ")][:3] == [
        '  ~ user "bob": renamed to "bert"',
        '  ~ user "bob"',
        "      set tag team = find (was search)",
    ]
    assert iamctl("log", "bert", "-n", "1", code=0).stdout.count("Ada:") == 1
    assert iamctl("log", "bob", "--from", "HEAD~1", code=0).stdout.count("Ada:") == 2
    assert "nothing called" in iamctl("log", "nobody", code=4).stderr.replace("anything", "nothing")
    assert iamctl("log", "-n", "0", code=2).stdout == ""
    assert iamctl("log", "--from", "nowhere", code=4).stdout == ""


def test_log_for_programs_is_an_object_a_line(repo: Repo, iamctl: Iamctl):
    rows = [json.loads(line) for line in iamctl("log", "-o", "json", code=0).stdout.splitlines()]
    assert [row["Subject"] for row in rows] == ["rename", "tag\x1b[31m bob", "team"]
    assert rows[0]["Commit"] == repo.git("rev-parse", "HEAD")
    assert (rows[0]["Author"], rows[0]["Email"]) == ("Ada", "ada@example.com")
    assert rows[0]["Entities"][0]["State"] == "renamed"


def test_blame(repo: Repo, iamctl: Iamctl):
    repo.write(
        {"directory.yaml": made_of("bert").replace("description: Ships", "description: Moves")}
    )
    rows = [line.split("\t") for line in iamctl("blame", "bert", code=0).stdout.splitlines()]
    assert rows[0] == ["field", "value", "commit", "time", "author", "subject"]
    short = {rev: repo.git("rev-parse", rev)[:12] for rev in ("HEAD", "HEAD~3", "HEAD~4")}
    assert [row[0:3] for row in rows[1:]] == [
        ["name", "bert", short["HEAD"]],
        ["id", "AIDABOB0000000000001", short["HEAD~4"]],
        ["created", "2026-02-03T04:05:06Z", short["HEAD~4"]],
        ["tags.team", "find", short["HEAD~3"]],
    ]
    (row,) = json.loads(iamctl("blame", "bert.tags", "-o", "json", code=0).stdout)
    assert row["Field"] == ["tags", "team"]
    assert (row["Value"], row["Author"]) == ("find", "Ada")
    mine = iamctl("blame", "deployer.description", code=0).stdout.splitlines()[1]
    assert mine.split("\t")[:3] == ["description", "Moves the payments stack", "not committed"]
    then = iamctl("blame", "deployer.description", "--from", "HEAD", code=0).stdout
    assert short["HEAD~4"] in then
    assert "no commit that is here" in iamctl("blame", "bert.boundary", code=0).stderr
    assert iamctl("blame", "bob", code=4).stdout == ""


def test_blame_fits_a_terminal(team: Home, repo: Repo):
    status, screen = at_terminal(team, ["blame", "bert"], [], {"COLUMNS": "80"})
    assert status == 0
    lines = screen[screen.index("field") :].splitlines()
    assert lines[0].split() == ["field", "value", "commit", "day", "by"]
    assert max(map(len, lines)) <= 80
    row = next(line.split() for line in lines if line.startswith("tags.team"))
    day = repo.git("log", "-1", "--date=format-local:%Y-%m-%d", "--format=%cd", "HEAD~3", TZ="UTC")
    assert row == ["tags.team", "find", repo.git("rev-parse", "HEAD~3")[:9], day, "Ada"]


def test_blame_of_a_file_that_was_never_committed(team: Home, iamctl: Iamctl):
    repo = Repo(team.folder, team.folder.parent)
    repo.git("init", "--quiet")
    assert "no commits yet" in iamctl("blame", "alice", code=4).stderr
    repo.git("commit", "--allow-empty", "--quiet", "--message", "empty")
    rows = iamctl("blame", "alice.tags", code=0).stdout.splitlines()
    assert rows[1].split("\t")[:3] == ["tags.team", "payments", "not committed"]
