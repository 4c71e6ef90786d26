"""Questions about access put to revisions: --rev and --as-of."""

import pytest

from tests.cli.conftest import TEAM, Home, Iamctl
from tests.history.conftest import Repo

READ = ("who-can", "s3:GetObject", "arn:aws:s3:::artefacts/app.zip", "-o", "name")


@pytest.fixture
def repo(team: Home) -> Repo:
    """bob is a developer in the first commit alone, until 2031; the file is broken after them."""
    made = Repo(team.folder, team.folder.parent)
    made.git("init", "--quiet")
    made.commit({}, "team")
    made.git("tag", "v1")
    without = TEAM.replace("      - user: bob\n        until: 2031-12-31T00:00:00Z\n", "")
    made.commit({"directory.yaml": without}, "without bob")
    team.file.write_text("users: [")
    return made


def test_who_could(repo: Repo, iamctl: Iamctl):
    assert iamctl(*READ, "--rev", "v1", code=0).stdout.split() == ["user/alice", "user/bob"]
    assert iamctl(*READ, "--rev", "HEAD", code=0).stdout.split() == ["user/alice"]
    assert iamctl(*READ, "--rev", "v1:directory.yaml", code=0).stdout.count("\n") == 2
    assert iamctl(*READ, "--rev", "v1", "--at", "2032-01-01", code=0).stdout.count("\n") == 1
    assert iamctl(*READ, code=3).stdout == ""


def test_who_could_at_a_time(repo: Repo, iamctl: Iamctl):
    first, second = (int(repo.git("log", "-1", "--format=%ct", rev)) for rev in ("v1", "HEAD"))
    utc = "--date=format-local:%Y-%m-%dT%H:%M:%SZ"
    then, now = (
        repo.git("log", "-1", utc, "--format=%cd", rev, TZ="UTC") for rev in ("v1", "HEAD")
    )
    assert second - first > 1
    assert iamctl(*READ, "--as-of", then, code=0).stdout.count("\n") == 2
    assert iamctl(*READ, "--as-of", now, code=0).stdout.count("\n") == 1
    # By then bob's membership had ended, whatever the file of then says.
    assert iamctl(*READ, "--as-of", then, "--at", "2032-01-01", code=0).stdout.count("\n") == 1
    rows = iamctl("what-can", "role/deployer", "--as-of", then, "-o", "tsv", code=0).stdout
    assert f"{repo.git('rev-parse', 'v1')[:12]}:directory.yaml:" in rows


def test_whether_somebody_could(repo: Repo, iamctl: Iamctl):
    for option, code in (("v1", 0), ("HEAD", 1)):
        done = iamctl("can", "bob", *READ[1:3], "--rev", option, "-o", "name", code=code)
        assert done.stdout == ("implicitDeny\n" if code else "allowed\n")
    then = repo.git("log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd", "v1",
                    TZ="UTC")  # fmt: skip
    why = iamctl("can", "bob", *READ[1:3], "--as-of", then, "-o", "tsv", code=0).stdout
    assert f"{repo.git('rev-parse', 'v1')[:12]}:directory.yaml:" in why
    assert iamctl("can", "bob", *READ[1:3], "--rev", "v1", "--at", "2032-01-01", code=1).stdout


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--rev", "v2"], 4, "there is no revision"),
        (["--rev", ""], 4, "there is no revision"),
        (["--as-of", "2001-01-01"], 4, "no commit is as old as 2001-01-01"),
        (["--as-of", "yesterday"], 2, "is not a time"),
        (["--rev", "v1", "--as-of", "1d"], 2, "give one of them"),
    ],
)
def test_what_is_no_revision(repo: Repo, iamctl: Iamctl, options, code, message):
    assert message in iamctl(*READ, *options, code=code).stderr
