"""blame-access from the command line: commits and times that turned an answer."""

import json
from typing import Any

import pytest

from tests.cli.conftest import TEAM, Home, Iamctl
from tests.history.conftest import Repo

READ = ("s3:GetObject", "arn:aws:s3:::artefacts/app.zip")
MEMBER = "      - user: bob\n        until: 2031-12-31T00:00:00Z\n"


@pytest.fixture
def repo(team: Home) -> Repo:
    """bob comes into the group that reads with the third commit, and is called bert by the last."""
    made = Repo(team.folder, team.folder.parent)
    made.git("init", "--quiet")
    made.commit({"directory.yaml": TEAM.replace(MEMBER, "")}, "team")
    made.commit({"directory.yaml": TEAM.replace(MEMBER, "") + "# x\n"}, "form")
    made.commit({"directory.yaml": TEAM}, "bob reads")
    made.commit({"directory.yaml": "users: ["}, "broken")
    made.commit({"directory.yaml": made_of("bert")}, "rename")
    return made


def made_of(name: str, text: str = TEAM) -> str:
    return text.replace("  bob:", f"  {name}:").replace("user: bob", f"user: {name}")


def asked(iamctl: Iamctl, *words: str) -> dict[str, Any]:
    return json.loads(iamctl("blame-access", *words, "-o", "json", code=0).stdout)


def test_the_commit_that_turned_it(repo: Repo, iamctl: Iamctl):
    done = iamctl("blame-access", "bert", *READ, code=0)
    lines = done.stdout.splitlines()
    assert lines[0] == "allowed since this commit, implicitDeny before:"
    assert lines[1].startswith(repo.git("rev-parse", "HEAD~2")[:12])
    assert lines[1].endswith("Ada: bob reads")
    assert lines[2:] == [
        '  ~ group "developers"',
        "      add member bob until 2031-12-31T00:00:00Z",
    ]
    assert "is left out: directory.yaml:" in done.stderr
    told = asked(iamctl, "user/bert", *READ)
    assert (told["Decision"], told["Before"], told["By"]) == ("allowed", "implicitDeny", "commit")
    assert told["Commit"] == repo.git("rev-parse", "HEAD~2")
    before = asked(iamctl, "bob", *READ, "--from", "HEAD~3")
    assert (before["Decision"], before["By"], before["Commit"]) == ("implicitDeny", "nothing", None)


def test_what_is_not_committed_turned_it(repo: Repo, iamctl: Iamctl):
    repo.write({"directory.yaml": made_of("bert", TEAM.replace(MEMBER, ""))})
    told = asked(iamctl, "bert", *READ)
    assert (told["Decision"], told["Before"]) == ("implicitDeny", "allowed")
    assert told["By"] == "uncommitted"
    assert [entity["Name"] for entity in told["Entities"]] == ["developers"]
    text = iamctl("blame-access", "bert", *READ, code=0).stdout
    assert text.splitlines()[0] == "implicitDeny by what is not committed yet, allowed before:"


def test_the_time_turned_it(repo: Repo, iamctl: Iamctl):
    ended = made_of("bert", TEAM.replace("2031-12-31", "2021-03-04"))
    head = repo.commit({"directory.yaml": ended}, "until March")
    told = asked(iamctl, "bert", *READ)
    assert (told["Decision"], told["Before"], told["By"]) == ("implicitDeny", "allowed", "time")
    assert (told["At"], told["Commit"]) == ("2021-03-04T00:00:00Z", head)
    text = iamctl("blame-access", "bert", *READ, code=0).stdout
    assert text.startswith("implicitDeny since 2021-03-04T00:00:00Z, allowed before; the time")


def test_since_the_file_came(repo: Repo, iamctl: Iamctl):
    lines = iamctl("blame-access", "alice", *READ, code=0).stdout.splitlines()
    assert lines[0] == "allowed since this commit, nobody before:"
    assert lines[2] == "  + the directory file comes, with 2 users, 1 group, 1 role"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("nobody", *READ), 4, 'user "nobody" does not exist'),
        (("bert", "s3"), 2, "error:"),
        (("bert", *READ, "--from", "v9"), 4, "there is no revision"),
        (("bert", *READ, "-o", "yaml"), 2, "there is no output form"),
    ],
)
def test_words_that_mean_nothing_here(repo: Repo, iamctl: Iamctl, words, code, message):
    assert message in iamctl("blame-access", *words, code=code).stderr
