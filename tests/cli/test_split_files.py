"""A directory in several files, from the command line."""

import pytest

from tests.cli.conftest import TEAM

USERS = TEAM[TEAM.index("users:") : TEAM.index("groups:")]
GROUPS = TEAM[TEAM.index("groups:") : TEAM.index("roles:")]


@pytest.fixture
def split(team):
    """The team's users and groups in files of their own."""
    main = TEAM.replace(USERS, "include: [people/*.yaml, teams/*.yaml]\n\n").replace(GROUPS, "")
    team.file.write_text(main)
    for name, text in (("people/eng.yaml", USERS), ("teams/dev.yaml", GROUPS)):
        (team.folder / name).parent.mkdir()
        (team.folder / name).write_text(text)
    return team


def test_what_changed_is_named(split, iamctl):
    done = iamctl("user", "tag", "bob", "cost=7", code=0)
    assert done.stderr.splitlines()[-1] == f"changed {split.folder}/people/eng.yaml"
    done = iamctl("user", "rename", "alice", "alicia", code=0)
    assert done.stderr.splitlines()[-2:] == [
        f"changed {split.folder}/people/eng.yaml",
        f"changed {split.folder}/teams/dev.yaml",
    ]
    assert "\n  alicia:\n" in (split.folder / "people" / "eng.yaml").read_text()
    assert "      - alicia   # lead\n" in (split.folder / "teams" / "dev.yaml").read_text()
    assert "user/eng/alicia" in split.file.read_text()
    iamctl("account", "alias", "acme-prod", code=0)
    assert "alias: acme-prod" in split.file.read_text()
    assert iamctl("validate", code=0).stderr == "1 file checked: no problems\n"


def test_a_dry_run_names_each_file(split, iamctl):
    done = iamctl("user", "rename", "alice", "alicia", "--dry-run", code=0)
    headers = [line for line in done.stdout.splitlines() if line.startswith("+++")]
    assert headers == ["+++ b/directory.yaml", "+++ b/people/eng.yaml", "+++ b/teams/dev.yaml"]
    assert (split.folder / "people" / "eng.yaml").read_text() == USERS


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["user", "create", "zoe", "--group", "developers"], "  zoe:"),
        (["group", "create", "ops"], "  ops:"),
        (["role", "create", "reader", "--allow", "user/bob"], "  reader:"),
        (["policy", "create", "Reads", "policy.json"], "  Reads:"),
        (["provider", "create", "google", "--url", "https://g.example", "--client-id", "w"],
         "  google:"),
        (["mfa", "create", "phone", "-o", "json"], "  phone:"),
    ],
)  # fmt: skip
def test_what_is_new_goes_where_it_is_told(trusted, split, iamctl, words, line):
    (split.folder / "policy.json").write_text(
        '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
    )
    (split.folder / "teams" / "new.yaml").write_text("# the new team\nroles: {}\n")
    iamctl(*words, "--in", "teams/new.yaml", code=0)
    assert line in (split.folder / "teams" / "new.yaml").read_text().splitlines()
    assert iamctl("validate", code=0).stderr.startswith("1 file checked: no problems")


def test_only_a_file_of_the_directory_gets_what_is_new(split, iamctl):
    done = iamctl("user", "create", "zoe", "--in", "people/ops.yaml", code=4)
    assert done.stderr.splitlines() == [
        "error: people/ops.yaml is no file of this directory",
        'hint: did you mean "people/eng.yaml"?',
    ]


def test_decisions_name_the_file(split, iamctl):
    policies = "policies:" + split.file.read_text().partition("\npolicies:")[2]
    split.file.write_text(split.file.read_text().replace(policies, ""))
    (split.folder / "teams" / "policies.yaml").write_text(policies)
    done = iamctl("can", "alice", "s3:GetObject", "arn:aws:s3:::artefacts/x", code=0)
    assert "teams/policies.yaml:" in done.stdout
