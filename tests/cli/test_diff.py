"""diff from the command line, in a real repository."""

import json

import pytest

from tests.cli.conftest import TEAM, Home, Iamctl
from tests.history.conftest import Repo


@pytest.fixture
def repo(team: Home) -> Repo:
    """The team's directory, committed; then bob gets a tag, and comments move."""
    made = Repo(team.folder, team.folder.parent)
    made.git("init", "--quiet")
    made.commit({}, "team")
    team.file.write_text(TEAM.replace("team: search", "team: find   # renamed in May"))
    return made


def test_head_against_the_file(repo: Repo, iamctl: Iamctl):
    done = iamctl("diff", code=0)
    assert done.stdout == '~ user "bob"\n    set tag team = find (was search)\n'
    assert done.stderr == ""
    assert iamctl("diff", "--exit-code", code=1).stdout == done.stdout
    assert iamctl("diff", "--staged", "--exit-code", code=0).stderr == "no changes\n"


def test_what_differs_in_form_alone(team: Home, repo: Repo, iamctl: Iamctl):
    team.file.write_text(TEAM.replace("# lead", "# lead since May"))
    done = iamctl("diff", "--exit-code", code=0)
    assert (done.stdout, done.stderr) == ("", "no change in meaning: only the form differs\n")
    assert "No change in meaning." in iamctl("diff", "-o", "markdown", code=0).stdout


def test_forms(repo: Repo, iamctl: Iamctl):
    head = repo.git("rev-parse", "HEAD")
    data = json.loads(iamctl("diff", "-o", "json", code=0).stdout)
    assert data["From"] == {"Side": "HEAD", "Commit": head}
    assert data["To"] == {"Side": "directory.yaml", "Commit": None}
    assert data["Entities"] == [{
        "Section": "users", "Name": "bob", "Was": None, "State": "changed", "Notes": [],
        "Changes": [{"Path": ["users", "bob", "tags", "team"], "Old": "search", "New": "find",
                     "Words": 'user "bob": set tag team = find (was search)'}],
    }]  # fmt: skip
    assert "State: changed" in iamctl("diff", "-o", "yaml", code=0).stdout
    assert iamctl("diff", "-o", "markdown", code=0).stdout == (
        "### Changes to the directory, `HEAD` → `directory.yaml`\n\n"
        '- **`user "bob"`**\n  - `set tag team = find (was search)`\n'
    )
    assert iamctl("diff", "-o", "tsv", code=2).stdout == ""


def test_annotations_name_files_as_the_repository_does(repo: Repo, iamctl: Iamctl):
    repo.commit({}, "find")
    line = TEAM.splitlines().index("  bob:") + 1
    for words in (["HEAD~1", "HEAD"], ["HEAD~1"], ["--staged", "HEAD~1"]):
        text = iamctl("diff", "-o", "github", *words, code=0).stdout
        assert text.startswith(f'::notice file=directory.yaml,line={line},col=3::user "bob"%0A')


def test_a_broken_side_is_the_answer(team: Home, repo: Repo, iamctl: Iamctl):
    repo.commit({"directory.yaml": "iamctl: 1\nusers: [\n"})
    done = iamctl("diff", "HEAD", "HEAD~1", code=3)
    assert "HEAD:directory.yaml:" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["mian"], 4, 'hint: did you mean "main"?'),
        (["a", "b", "c"], 2, "two sides"),
        (["main:nothing.yaml"], 4, "nothing.yaml is not in main"),
        (["./main"], 4, "error: ./main does not exist"),
        (["nothing.yaml"], 4, "error: nothing.yaml does not exist"),
        (["main..nothing.yaml"], 4, 'there is no revision "nothing.yaml"'),
        ([".."], 4, ".. holds no directory file"),
        ([""], 2, "an empty word names no side"),
        (["main", ""], 2, "an empty word names no side"),
        (["main:./nothing.yaml"], 4, "error: nothing.yaml is not in main"),
        (["main:../directory.yaml"], 2, '"../directory.yaml" is not in the repository in'),
    ],
)
def test_failures(repo: Repo, iamctl: Iamctl, words, code, message):
    done = iamctl("diff", *words, code=code)
    assert message in done.stderr


def test_an_empty_revision_is_like_none(repo: Repo, iamctl: Iamctl):
    done = iamctl("can", "alice", "s3:GetObject", "--rev", "", code=4)
    assert done.stderr.startswith('error: there is no revision ""\nhint: `git log')


def test_without_a_repository_and_without_git(team: Home, iamctl: Iamctl):
    assert "is in no git repository" in iamctl("diff", code=4).stderr
    missing = iamctl("diff", code=10, env={"PATH": "/nowhere"})
    assert "git is not installed" in missing.stderr
    other = TEAM.replace("  bob:", "  bert:").replace("user: bob", "user: bert")
    done = iamctl("diff", "directory.yaml", "-", input=other, code=0, env={"PATH": "/nowhere"})
    assert done.stdout.splitlines()[0] == '~ user "bob": renamed to "bert"'


def test_a_path_from_the_working_folder_as_git_has_it(team: Home, repo: Repo, iamctl: Iamctl):
    inner = team.folder / "inner"
    repo.commit({"inner/directory.yaml": TEAM})
    (inner / "directory.yaml").write_text(TEAM.replace("team: search", "team: seek"))
    found = '~ user "bob"\n    set tag team = seek (was {})\n'
    done = iamctl("diff", "HEAD:./directory.yaml", cwd=inner, code=0)
    assert done.stdout == found.format("search")
    done = iamctl("diff", "HEAD:../directory.yaml", cwd=inner, code=0)
    assert done.stdout == found.format("find")
    words = "HEAD:../directory.yaml..HEAD:./directory.yaml"
    assert "team = search (was find)" in iamctl("diff", words, cwd=inner, code=0).stdout
