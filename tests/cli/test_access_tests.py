"""`iamctl test`: what it prints, how it ends, and what --init writes."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
BROKEN = """\
iamctl-tests: 1
allow:
  - principal: alice
    action: s3:GetObject
    resource: arn:aws:s3:::acme-artifacts/*
deny:
  - principal: bob
    action: s3:Put*
    resource: arn:aws:s3:::acme-scratch/*
    why: "Nothing <is> kept & shared\\u202e there"
  - principal: carol
    action: iam:ListUsers
    through-roles: true
"""


@pytest.fixture
def asked(home, iamctl):
    """Runs iamctl where the sample directory is, with the access tests given."""
    shutil.copy(ROOT / "sample-directory.yaml", home.file)

    def run(*words, text=None, **more):
        if text is not None:
            (home.folder / "access-tests.yaml").write_text(text)
        return iamctl("test", *words, **more)

    return run


def test_the_samples_claims_hold(asked):
    text = (ROOT / "tests" / "cli" / "sample-access-tests.yaml").read_text()
    done = asked(text=text, code=0)
    assert (done.stdout, done.stderr) == ("", "15 claims checked: all hold\n")


def test_a_claim_that_fails_names_its_place_and_the_statement_that_breaks_it(asked):
    done = asked(text=BROKEN, code=1)
    assert done.stdout == (
        "access-tests.yaml:7:5: fails: deny bob: s3:Put* on arn:aws:s3:::acme-scratch/*\n"
        "  why: Nothing <is> kept & shared\\u202e there\n"
        "  user/bob can s3:PutObject on arn:aws:s3:::acme-scratch/bob/\n"
        "    allowed by a statement of policy OwnFolder (user bob) at directory.yaml:38:13\n"
        "access-tests.yaml:11:5: fails: deny carol: iam:ListUsers\n"
        "  user/carol can iam:ListUsers\n"
        "    through role/auditor\n"
        '    allowed by statement "BaseSecurityAuditStatement" of policy '
        "arn:aws:iam::aws:policy/SecurityAudit (role auditor)\n"
    )
    assert done.stderr == "3 claims checked: 2 fail\n"
    assert asked("-o", "table", code=1).stdout == done.stdout


def test_json_holds_every_claim(asked):
    claims = json.loads(asked("-o", "json", text=BROKEN, code=1).stdout)["Claims"]
    assert [claim["Holds"] for claim in claims] == [True, False, False]
    (failure,) = claims[1]["Failures"]
    assert (claims[1]["File"], claims[1]["Line"]) == ("access-tests.yaml", 7)
    assert failure["Actions"] == ["s3:PutObject"]
    assert failure["Decision"] == "allowed"
    assert failure["MatchedStatement"]["StartPosition"] == {"Line": 38, "Column": 13}
    assert claims[2]["Failures"][0]["Path"] == ["auditor"]


def test_github_gets_an_annotation_for_each_failure(asked):
    lines = asked("-o", "github", text=BROKEN, code=1).stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("::error file=access-tests.yaml,line=7,col=5::deny bob: s3:Put* on ")
    assert "%0Aallowed by a statement of policy OwnFolder" in lines[0]
    assert "\x1b" not in lines[0]
    assert asked("-o", "github", text=BROKEN.partition("deny:")[0], code=0).stdout == ""


COUNTS = {"name", "tests", "failures", "errors", "time"}
PARTS = ("properties", "testcase", "system-out", "system-err")


def test_junit_is_as_its_schema_has_it(asked):
    """The elements and attributes that the schema of Apache Ant's JUnit reports asks for."""
    done = asked("-o", "junit", text=BROKEN, code=1)
    root = ElementTree.fromstring(done.stdout)
    assert (root.tag, set(root.attrib)) == ("testsuites", COUNTS)
    (suite,) = root
    assert set(suite.attrib) == {*COUNTS, "id", "package", "hostname", "timestamp"}
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    order = [PARTS.index(child.tag) for child in suite]
    assert order == sorted(order)
    assert {child.tag for child in suite} == set(PARTS)
    cases = suite.findall("testcase")
    assert all(set(case.attrib) == {"name", "classname", "time"} for case in cases)
    assert [len(case) for case in cases] == [0, 1, 1]
    failure = cases[1][0]
    assert (failure.tag, set(failure.attrib)) == ("failure", {"type", "message"})
    assert "Nothing <is> kept & shared\\u202e there" in failure.text
    assert "at directory.yaml:38:13" in failure.text
    assert done.stdout.isprintable() is False  # it has lines
    assert all(line.isprintable() for line in done.stdout.splitlines())


def test_a_file_that_is_wrong_is_exit_3_with_all_its_problems(asked):
    done = asked(text="iamctl-tests: 1\nallow: [{principal: a}]\ndany: []\n", code=3)
    assert done.stdout == ""
    assert "access-tests.yaml:2:9: error: item 1 of" in done.stderr or "lacks" in done.stderr
    assert 'access-tests.yaml:3:1: error: unknown key "dany"' in done.stderr
    failed = asked("-o", "json", code=3)
    assert json.loads(failed.stderr)["Error"]["Code"] == "InvalidAccessTests"


def test_without_a_file_the_way_to_one_is_told(asked, home):
    done = asked(code=4)
    assert done.stderr == (
        "error: there is no access-tests.yaml\nhint: write a first one with: iamctl test --init\n"
    )
    assert asked("none.yaml", code=4).stdout == ""


def test_the_time_and_another_account_may_be_given(asked, home):
    text = (
        "iamctl-tests: 1\nallow:\n- principal: bob\n  action: s3:GetObject\n"
        "  resource: arn:aws:s3:::acme-artifacts/x\n"
    )
    asked(text=text, code=0)
    asked("--at", "2028-01-01", code=1)
    asked(text=f"{text}  at: 2027-01-01\n", code=0)
    asked("--at", "2028-01-01", code=0)
    (home.folder / "agency.yaml").write_text(
        'iamctl: 1\naccount: {id: "444455556666"}\nroles:\n  publisher:\n    trust:\n'
        '      Version: "2012-10-17"\n      Statement:\n'
        '      - {Effect: Allow, Principal: {AWS: "444455556666"}, Action: sts:AssumeRole}\n'
    )
    publish = (
        "iamctl-tests: 1\ndeny:\n- principal: arn:aws:iam::444455556666:role/publisher\n"
        "  action: s3:PutObject\n  resource: arn:aws:s3:::acme-artifacts/*\n"
    )
    done = asked(text=publish, code=1)
    assert "unknown: no file says what account 444455556666 holds" in done.stdout
    asked("--account-file", "agency.yaml", code=0)


def test_files_and_folders_are_checked_against_the_directory_beside_them(asked, home):
    team = home.folder / "team"
    team.mkdir()
    shutil.move(home.file, team / "directory.yaml")
    (team / "access-tests.yaml").write_text(BROKEN)
    for path in ("team", "team/access-tests.yaml", "team/directory.yaml"):
        done = asked(path, code=1)
        assert done.stdout.startswith("team/access-tests.yaml:7:5: fails:"), path
    done = asked("team/access-tests.yaml", "team/directory.yaml", "team", code=1)
    assert done.stderr == "3 claims checked: 2 fail\n"
    (home.folder / "more.yaml").write_text(BROKEN)
    done = asked("more.yaml", "--directory", "team", code=1)
    assert done.stdout.startswith("more.yaml:7:5: fails:")


def test_init_writes_a_file_that_holds_and_never_overwrites_one(asked, home):
    done = asked("--init", code=0)
    assert (done.stdout, done.stderr) == (
        "",
        "created access-tests.yaml with 10 claims that hold\n",
    )
    written = (home.folder / "access-tests.yaml").read_text()
    assert max(map(len, written.splitlines())) <= 100
    assert written.startswith("# yaml-language-server: $schema=access-tests.schema.json\n")
    assert asked(code=0).stderr == "10 claims checked: all hold\n"
    assert "already exists" in asked("--init", code=4).stderr
    assert (home.folder / "access-tests.yaml").read_text() == written
    asked("--init", "a.yaml", "b.yaml", code=2)
    asked("--init", "none/a.yaml", code=4)
    asked("--init", "a.yaml", code=0)
    assert (home.folder / "a.yaml").read_text() == written


def test_a_link_where_the_first_file_should_be_is_left_alone(asked, home, tmp_path):
    (home.folder / "access-tests.yaml").symlink_to(tmp_path / "elsewhere")
    asked("--init", code=4)
    assert not (tmp_path / "elsewhere").exists()


def test_access_that_was_given_later_breaks_the_first_file(asked, home):
    asked("--init", code=0)
    text = home.file.read_text()
    home.file.write_text(text.replace("    tags: {team: finance}\n", """\
    tags: {team: finance}
    inline:
      Quick:
        Version: "2012-10-17"
        Statement: {Effect: Allow, Action: "iam:Create*", Resource: "*"}
"""))  # fmt: skip
    done = asked(code=1)
    assert "nobody: iam:CreateUser" in done.stdout
    assert "user/carol can iam:CreateUser, iam:CreateRole, iam:CreateAccessKey and" in done.stdout
    assert "policy Quick (user carol) at directory.yaml:" in done.stdout


def test_a_part_of_a_directory_stands_for_the_tests_beside_that(asked, home):
    text = home.file.read_text()
    head, users, rest = text.partition("\nusers:\n")
    section, groups, rest = rest.partition("\ngroups:\n")
    home.file.write_text(f"{head}\ninclude: [people/*.yaml]\n{groups}{rest}")
    (home.folder / "people").mkdir()
    (home.folder / "people" / "all.yaml").write_text(users.lstrip() + section)
    (home.folder / "ci.yaml").write_text("jobs: {}\n")
    tests = (ROOT / "tests" / "cli" / "sample-access-tests.yaml").read_text()
    done = asked("people/all.yaml", "directory.yaml", text=tests, code=0)
    assert done.stderr == "15 claims checked: all hold\n"
    done = asked("ci.yaml", "people/all.yaml", "--skip-others", code=0)
    assert done.stderr == "15 claims checked: all hold\n"
    assert asked("ci.yaml", "--skip-others", code=0).stderr == "0 claims checked: all hold\n"
    asked("ci.yaml", code=3)
    (home.folder / "other.yaml").write_text(text)
    assert asked("other.yaml", "--skip-others", code=0).stderr == "0 claims checked: all hold\n"
