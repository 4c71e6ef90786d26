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
    assert iamctl("validate", code=0).stderr == "3 files checked: no problems\n"


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
        '{"Version": "2012-10-17", "Statement": '
        '{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
    )
    (split.folder / "teams" / "new.yaml").write_text("# the new team\nroles: {}\n")
    iamctl(*words, "--in", "teams/new.yaml", code=0)
    assert line in (split.folder / "teams" / "new.yaml").read_text().splitlines()
    iamctl("validate", code=0)


def test_a_file_that_include_means_is_made(split, iamctl):
    words = ("group", "create", "ops", "--in", "people/ops.yaml")
    done = iamctl(*words, "--dry-run", code=0)
    assert (
        "\n--- /dev/null\n+++ b/people/ops.yaml\n@@ -0,0 +1,4 @@\n+groups:\n+  ops:\n"
        in done.stdout
    )
    made = split.folder / "people" / "ops.yaml"
    assert not made.exists()
    done = iamctl(*words, code=0)
    assert done.stderr == f'added group "ops"\nmade {made}\n'
    assert made.read_text().startswith("groups:\n  ops:\n    id: AGPA")
    done = iamctl("user", "create", "zoe", "--group", "ops", "--in", "../people/zoe.yaml", code=0,
                  cwd=split.folder / "teams")  # fmt: skip
    assert done.stderr.splitlines()[-2:] == [
        f"changed {made}", f"made {split.folder}/people/zoe.yaml",
    ]  # fmt: skip
    assert iamctl("validate", code=0).stderr == "5 files checked: no problems\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("peple/eng.yaml", 'did you mean "people/eng.yaml"? If not, add "peple/*.yaml" to '
         "`include` in directory.yaml"),
        ("sales/x.yml", 'add "sales/*.yml" to `include` in directory.yaml'),
        ("lone.yaml", 'add "lone.yaml" to `include` in directory.yaml'),
        ("x.yaml", 'name it parts/x.yaml, and add "parts/*.yaml" to `include` in directory.yaml'),
        ("../x.yaml", "parts stand below the folder of directory.yaml"),
    ],
)  # fmt: skip
def test_which_include_would_mean_a_file_is_told(split, iamctl, name, hint):
    (split.folder / "lone.yaml").write_text("users: {}\n")
    before = files_of(split)
    done = iamctl("user", "create", "zoe", "--in", name, code=4)
    assert done.stderr.splitlines() == [
        f"error: {name} is no file of this directory", f"hint: {hint}",
    ]  # fmt: skip
    assert files_of(split) == before


def test_decisions_name_the_file(split, iamctl):
    policies = "policies:" + split.file.read_text().partition("\npolicies:")[2]
    split.file.write_text(split.file.read_text().replace(policies, ""))
    (split.folder / "teams" / "policies.yaml").write_text(policies)
    done = iamctl("can", "alice", "s3:GetObject", "arn:aws:s3:::artefacts/x", code=0)
    assert "teams/policies.yaml:" in done.stdout


def files_of(home) -> dict[str, str]:
    return {
        str(path.relative_to(home.folder)): path.read_text()
        for path in sorted(home.folder.rglob("*.yaml"))
    }


@pytest.mark.parametrize(
    ("way", "made", "include"),
    [
        ("path", ["people/eng.yaml"], "[people/*.yaml]"),
        ("group", ["people/developers.yaml"], "[people/*.yaml]"),
        ("file", ["groups.yaml", "policies.yaml", "roles.yaml", "users.yaml"],
         "[users.yaml, groups.yaml, roles.yaml, policies.yaml]"),
    ],
)  # fmt: skip
def test_split_and_join(team, iamctl, way, made, include):
    before = files_of(team)
    shown = iamctl("user", "list", "-o", "json", code=0).stdout
    done = iamctl("split", "--by", way, "--dry-run", code=0)
    assert files_of(team) == before
    headers = [line[6:] for line in done.stdout.splitlines() if line.startswith("+++ b/")]
    assert sorted(headers) == sorted([*made, "directory.yaml"])
    assert iamctl("split", "--by", way, code=2).stderr.endswith("hint: add --yes\n")
    assert files_of(team) == before
    done = iamctl("split", "--by", way, "--yes", code=0)
    assert sorted(done.stderr.splitlines()[:-1]) == [f"  make {name}" for name in made]
    assert sorted(files_of(team)) == sorted([*made, "directory.yaml"])
    assert f"include: {include}\n" in team.file.read_text()
    count = len(made) + 1
    assert iamctl("validate", code=0).stderr == f"{count} files checked: no problems\n"
    assert sorted(iamctl("user", "list", "-o", "json", code=0).stdout) == sorted(shown)
    done = iamctl("join", "--yes", code=0)
    assert done.stderr.splitlines()[-1] == "joined"
    assert not (team.folder / "people").exists()
    if way != "group":
        assert files_of(team) == before
    assert iamctl("validate", code=0).stderr == "1 file checked: no problems\n"
    assert iamctl("join", "--yes", code=0).stderr == "the directory is in one file\n"


def test_comments_go_with_their_entities(team, iamctl):
    iamctl("split", "--by", "path", "--yes", code=0)
    moved = (team.folder / "people" / "eng.yaml").read_text()
    assert moved.startswith("users:\n  # on call this week\n  alice:\n")
    assert "# billing reads this" in moved
    assert "alice:" not in team.file.read_text()


def test_what_is_in_the_way_stops_it(team, iamctl):
    people = team.folder / "people"
    people.mkdir()
    (people / "old.yaml").write_text("users: {}\n")
    before = files_of(team)
    done = iamctl("split", "--by", "path", "--yes", code=4)
    assert "people/old.yaml would be included, and is no file of this directory" in done.stderr
    (people / "old.yaml").rename(people / "eng.yaml")
    done = iamctl("split", "--by", "path", "--yes", code=4)
    assert "people/eng.yaml already exists" in done.stderr
    assert files_of(team)["directory.yaml"] == before["directory.yaml"]


def test_more_parts_than_a_directory_may_have_are_not_made(team, iamctl):
    users = "".join(f"  u{n}: {{path: /p{n}/}}\n" for n in range(1001))
    team.file.write_text(f"iamctl: 1\naccount: {{id: '111122223333'}}\nusers:\n{users}")
    before = files_of(team)
    done = iamctl("split", "--by", "path", "--yes", code=4)
    assert "the directory would have 1001 parts, and 1000 are the most" in done.stderr
    assert files_of(team) == before


def test_a_split_directory_is_split_further(team, iamctl):
    iamctl("split", "--by", "path", "--yes", code=0)
    iamctl("split", "--by", "file", "--yes", code=0)
    assert "include: [people/*.yaml, users.yaml, groups.yaml, " in team.file.read_text()
    assert iamctl("validate", code=0).stderr == "6 files checked: no problems\n"
    assert iamctl("split", "--by", "group", "--yes", code=0).stderr == (
        "nothing to split by group\n"
    )
    done = iamctl("split", "--by", "name", code=2)
    assert 'there is no way "name" to split a directory' in done.stderr
    iamctl("join", "--yes", code=0)
    assert iamctl("validate", code=0).stderr == "1 file checked: no problems\n"
    assert list(files_of(team)) == ["directory.yaml"]
