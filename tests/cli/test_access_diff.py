"""access-diff from the command line, in a real repository."""

import json
import shlex

import pytest

from tests.cli.conftest import Home, Iamctl
from tests.history.conftest import Repo

OLD = """\
iamctl: 1
account: {id: "123456789012"}
users:
  alice:
    id: AIDAALICEALICEALICE22
  bob:
    id: AIDABOBBOBBOBBOBBOB22
groups:
  team:
    id: AGPATEAMTEAMTEAMTEA22
    members:
      - alice
    inline:
      Its:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: s3:DeleteObject
            Resource: arn:aws:s3:::prod/*
            Condition: {Bool: {aws:MultiFactorAuthPresent: "true"}}
roles:
  deployer:
    id: AROADEPLOYERDEPLOYE22
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {AWS: arn:aws:iam::123456789012:user/alice}
          Action: sts:AssumeRole
"""
SECOND = """          Action: sts:AssumeRole
        - Effect: Allow
          Principal: {AWS: "*"}
"""
NEW = OLD.replace("      - alice\n", "      - alice\n      - bob\n").replace(
    "user/alice}\n", f"user/alice}}\n{SECOND}"
)
LINE = "+ user/bob gains s3:DeleteObject\n    on arn:aws:s3:::prod/*\n"


@pytest.fixture
def repo(home: Home) -> Repo:
    """A directory, committed, and then bob joins a group and a role trusts everybody."""
    made = Repo(home.folder, home.folder.parent)
    made.git("init", "--quiet")
    made.commit({"directory.yaml": OLD}, "old")
    (home.folder / "directory.yaml").write_text(NEW)
    return made


def test_what_is_gained_and_by_whom(repo: Repo, iamctl: Iamctl):
    done = iamctl("access-diff", code=0)
    assert LINE in done.stdout
    assert "    if Bool aws:MultiFactorAuthPresent true\n" in done.stdout
    assert "+ anybody gains sts:AssumeRole\n" in done.stdout
    assert "→ user/bob, role/deployer can newly become role/deployer\n" in done.stdout
    back = iamctl("access-diff", "directory.yaml", "HEAD", code=0).stdout
    assert "- user/bob loses s3:DeleteObject\n" in back
    assert "→ user/bob, role/deployer can no longer become role/deployer\n" in back
    assert "newly" not in back


def replayed(iamctl: Iamctl, shown: str) -> list[str]:
    """What the printed questions of bob about S3 are answered now, and that it is what they say."""
    rows, found = shown.splitlines(), []
    for at, row in enumerate(rows):
        if row.startswith("  iamctl can user/bob s3:"):
            _, verdict, why = rows[at + 1].split(": ", 2)
            done = iamctl(*shlex.split(row)[1:], code=0 if verdict == "allowed" else 1)
            assert done.stdout.startswith(verdict)
            assert why.split(" at ")[0] in done.stdout
            found.append(row.rpartition(" --")[2])
    return found


def test_the_witness_is_what_can_answers_on_either_side(repo: Repo, iamctl: Iamctl):
    first = repo.git("rev-parse", "HEAD")
    head = f"rev={first[:12]}"
    before, after = replayed(iamctl, iamctl("access-diff", code=0).stdout)
    assert before == head
    assert after.startswith("context ")
    last = repo.commit({"directory.yaml": NEW}, "new")
    (repo.folder / "directory.yaml").write_text("no longer of any use\n")
    for words in (["HEAD~1..HEAD"], [f"{first}", "HEAD"], ["HEAD~1:directory.yaml", last]):
        shown = iamctl("access-diff", *words, code=0).stdout
        before, after = replayed(iamctl, shown)
        assert before == head + ":directory.yaml" * (":" in words[0])
        assert after == f"rev={last[:12]}"
    repo.git("checkout", "--quiet", "--", "directory.yaml")
    (repo.folder / "old.yaml").write_text(OLD)
    shown = iamctl("access-diff", "old.yaml", "directory.yaml", code=0).stdout
    assert replayed(iamctl, shown) == ["directory=old.yaml", "directory=directory.yaml"]
    data = json.loads(iamctl("access-diff", "HEAD~1..HEAD", "-o", "json", code=0).stdout)
    [line] = [line for line in data["Gained"] if line["Actions"] == ["s3:DeleteObject"]]
    witness = line["Witness"]
    assert witness["Before"][0]["Command"] == f"{witness['Command']} --{head}"
    assert witness["After"]["Command"] == f"{witness['Command']} --rev={last[:12]}"


def test_a_side_that_cannot_be_asked_again_has_no_question(repo: Repo, iamctl: Iamctl):
    repo.git("add", "directory.yaml")
    staged = iamctl("access-diff", "--staged", code=0).stdout
    assert staged.count("  iamctl can user/bob s3:DeleteObject ") == 1
    assert replayed(iamctl, staged) == [f"rev={repo.git('rev-parse', 'HEAD')[:12]}"]


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        (["--no-new-access"], "fails: --no-new-access: user/bob gains s3:DeleteObject on arn"),
        (["--not-granted", "s3:Delete*"], "fails: --not-granted: user/alice, user/bob may s3:Del"),
        (["--no-public"], "fails: --no-public: anybody gains sts:AssumeRole on arn:aws:iam::123"),
        (
            ["--no-new-assume"],
            "fails: --no-new-assume: user/bob, role/deployer can newly become role/",
        ),
    ],
)
def test_gates(repo: Repo, iamctl: Iamctl, gate: list[str], message: str):
    assert message in iamctl("access-diff", *gate, code=1).stdout
    if gate[0] != "--not-granted":  # which asks what there is, changed or not
        done = iamctl("access-diff", "HEAD", "HEAD", *gate, code=0)
        assert (done.stdout, done.stderr) == ("", "no access changed: 4 principals compared\n")


def test_not_granted_on_some_resources(repo: Repo, iamctl: Iamctl):
    words = ["access-diff", "--not-granted", "s3:*,iam:*", "--resource"]
    assert "fails" in iamctl(*words, "arn:aws:s3:::prod/x", code=1).stdout
    assert "fails" not in iamctl(*words, "arn:aws:s3:::dev/x", code=0).stdout
    assert "give both" in iamctl("access-diff", "--resource", "*", code=2).stderr


def test_forms(repo: Repo, iamctl: Iamctl):
    data = json.loads(iamctl("access-diff", "-o", "json", "--no-new-access", code=1).stdout)
    [line] = [line for line in data["Gained"] if line["Actions"] == ["s3:DeleteObject"]]
    assert line["Principals"] == ["user/bob"]
    assert line["Witness"]["Context"] == {"aws:MultiFactorAuthPresent": "true"}
    assert line["Witness"]["Before"][0]["Decision"] == "implicitDeny"
    more = [*data["Gained"], *(one for one in data["Outside"] if one["Change"] == "gained")]
    assert [failure["Gate"] for failure in data["Failures"]] == ["no-new-access"] * len(more)
    assert data["Complete"] is True
    comment = iamctl("access-diff", "-o", "markdown", "--no-public", code=1).stdout
    assert comment.startswith("### Access, `HEAD` → `directory.yaml`\n")
    assert "- ❌ `--no-public: anybody gains" in comment
    assert "- **`user/bob gains s3:DeleteObject`**\n" in comment
    marks = iamctl("access-diff", "-o", "github", "--no-public", code=1).stdout
    at = NEW.splitlines().index("          - Effect: Allow") + 1
    assert f"::warning file=directory.yaml,line={at},col=13::user/bob gains s3:Del" in marks
    assert "::error file=directory.yaml,line=" in marks
    assert "No access changed." in iamctl("access-diff", "HEAD", "HEAD", "-o", "markdown").stdout


def test_new_credentials_are_told_and_no_new_access(home: Home, iamctl: Iamctl):
    keys = "    keys: {AKIABOBBOBBOBBOBBOB2: {created: 2026-01-01T00:00:00Z}}\n"
    bob = "    id: AIDABOBBOBBOBBOBBOB22\n"
    (home.folder / "old.yaml").write_text(OLD)
    (home.folder / "new.yaml").write_text(OLD.replace(bob, bob + keys))
    words = ["access-diff", "old.yaml", "new.yaml"]
    told = "user/bob has a new access key, AKIABOBBOBBOBBOBBOB2\n"
    assert iamctl(*words, "--no-public", code=0).stdout == f"! {told}"
    done = iamctl(*words, "--no-new-access", code=1)
    assert done.stdout == f"! {told}fails: --no-new-access: {told}"
    for form in ("json", "markdown", "github"):
        assert told.strip() in iamctl(*words, "-o", form, code=0).stdout


CLAIMS = """\
iamctl-tests: 1
nobody-but:
  - only: user/alice
    action: s3:DeleteObject
    resource: arn:aws:s3:::prod/*
    context: {aws:MultiFactorAuthPresent: "true"}
"""


def test_no_change_weakens_the_claims_it_is_held_against(repo: Repo, home: Home, iamctl: Iamctl):
    claims = home.folder / "access-tests.yaml"
    assert "neither side has access-tests.yaml" in iamctl("access-diff", "--claims", code=4).stderr
    repo.git("stash", "--quiet")
    repo.commit({"access-tests.yaml": CLAIMS}, "claims")
    repo.git("stash", "pop", "--quiet")
    broken = "fails: --claims: nobody but user/alice: s3:DeleteObject on arn:aws:s3:::prod/* fails"
    done = iamctl("access-diff", "--claims", code=1).stdout
    assert broken in done
    assert "is gone" not in done
    claims.write_text(CLAIMS.replace("only: user/alice", "only: [user/alice, user/bob]"))
    done = iamctl("access-diff", "--claims", code=1).stdout
    assert broken in done
    assert "--claims: a claim is gone or another: nobody but user/alice: s3:DeleteObject" in done
    claims.unlink()
    assert "a claim is gone or another" in iamctl("access-diff", "--claims", code=1).stdout
    home.file.write_text(OLD)
    claims.write_text(CLAIMS)
    assert iamctl("access-diff", "--claims", code=0).stdout == ""


def test_names_of_the_file_are_no_markup(home: Home, iamctl: Iamctl):
    evil = OLD.replace("prod/*", "`<b>|*::error::##[x]*").replace("Resource: ", 'Resource: "')
    evil = evil.replace("##[x]*", '##[x]*"')
    (home.folder / "old.yaml").write_text(OLD)
    (home.folder / "new.yaml").write_text(evil)
    words = ["access-diff", "old.yaml", "new.yaml"]
    for form in ("table", "markdown", "github"):
        text = iamctl(*words, "-o", form, code=0).stdout
        assert "##[" not in text
        assert not any(line.lstrip().startswith("::error") for line in text.splitlines())
    assert "``" in iamctl(*words, "-o", "markdown", code=0).stdout


def test_a_gate_over_actions_that_nobody_knows_says_so(repo: Repo, iamctl: Iamctl):
    done = iamctl("access-diff", "--not-granted", "s3:DeletObject*,iam:PassRole", code=0)
    assert "note: AWS's list of actions knows none that s3:DeletObject* means\n" in done.stderr
    assert "iam:PassRole" not in done.stderr


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ("iam:PassRole,s3:DeletObject", "s3:DeleteObject"),
        ("s3:Nope", "write s3:Nope*"),
        ("ian:Create*", 'no service "ian"'),
    ],
)
def test_a_gate_over_what_is_misspelt_is_refused(
    repo: Repo, iamctl: Iamctl, actions: str, words: str
):
    done = iamctl("access-diff", "--not-granted", actions, code=2)
    assert done.stdout == ""
    assert words in done.stderr
