"""watch-expiry from the command line: forms, words, exit codes."""

import json
import shlex

import pytest
import yaml

END = "2031-12-31T00:00:00Z"
"""When bob's membership of developers ends."""

BEFORE = ("--at", "2031-12-01", "--key-age", "9999d")


@pytest.fixture
def plain(team):
    """The team, whose developers get no more than a policy of the file and a role."""
    text = team.text().replace("      - arn:aws:iam::aws:policy/ReadOnlyAccess\n", "")
    inline = (
        "    inline:\n      Assume:\n        Statement:\n"
        '          - {Effect: Allow, Action: "sts:AssumeRole", Resource: "*"}\n'
    )
    text = text.replace("\nroles:\n", f"{inline}\nroles:\n")
    trusted = '"arn:aws:iam::111122223333:user/eng/alice"'
    team.file.write_text(text.replace(trusted, '"arn:aws:iam::111122223333:root"'))
    return team


def rows(done):
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_in_a_pipe_a_line_for_each_thing_that_is_lost(plain, quick):
    done = quick("watch-expiry", *BEFORE)
    assert done.returncode == 1
    assert done.stderr == ""
    assert rows(done) == [
        ["when", "user", "of", "what", "access", "resources", "conditions"],
        [END, "bob", "developers", "loses", "role/deployer", "", ""],
        [END, "bob", "developers", "loses", "s3 (Read): GetObject", "arn:aws:s3:::artefacts/*", ""],
    ]


def test_a_table_fits_eighty_columns(plain, quick):
    shown = quick("watch-expiry", *BEFORE, "-o", "table").stdout
    assert max(map(len, shown.splitlines())) <= 80
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines[0] == f"{END} bob leaves developers"
    assert lines[1] == "loses role/deployer"
    assert lines[2].startswith("loses s3 (Read): GetObject on")


def test_a_table_shows_a_request_that_proves_it(plain, quick):
    done = quick("watch-expiry", *BEFORE, "-o", "table")
    _, _, proof = " ".join(done.stdout.split()).partition("denied then: iamctl ")
    words = shlex.split(proof)
    assert words[:3] == ["can", "user/bob", "sts:AssumeRole"]
    assert words[-2:] == ["--at", END]
    assert quick(*words).returncode == 1
    assert quick(*words[:-1], "2031-12-30T23:59:59Z").returncode == 0


def test_json_and_yaml_have_the_witnesses(plain, quick):
    told = json.loads(quick("watch-expiry", *BEFORE, "-o", "json").stdout)
    [one] = told["Memberships"]
    assert (one["UserName"], one["GroupNames"], one["Until"]) == ("bob", ["developers"], END)
    assert (one["Ended"], one["Loses"], one["Gains"]) == (False, "something", "nothing")
    role, permission = one["Lost"]
    assert (role["Role"], role["Certain"]) == ("deployer", True)
    assert permission["Actions"] == ["s3:GetObject"]
    assert permission["Grants"][0]["Resources"] == ["arn:aws:s3:::artefacts/*"]
    witness = permission["Witness"]
    for at, verdict in (("2031-12-30T23:59:59Z", 0), (END, 1)):
        words = ("bob", witness["Action"], witness["Resource"], "--at", at)
        assert quick("can", *words).returncode == verdict
    written = yaml.load(quick("watch-expiry", *BEFORE, "-o", "yaml").stdout, yaml.BaseLoader)
    assert written["Memberships"][0]["Lost"][1]["Actions"] == ["s3:GetObject"]


def test_nothing_within_the_time_is_exit_0(plain, quick):
    done = quick("watch-expiry", "--at", "2031-12-01", "--within", "7d", "--key-age", "9999d")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "nothing ends within 7d, and no key is due\n"
    told = quick("watch-expiry", "--key-age", "9999d", "-o", "json")
    assert told.returncode == 0
    assert json.loads(told.stdout)["Memberships"] == []


def test_ended_ones_only_when_asked_for(plain, quick):
    after = ("--at", END, "--key-age", "9999d")
    assert quick("watch-expiry", *after).returncode == 0
    done = quick("watch-expiry", *after, "--ended", "-o", "table")
    assert done.returncode == 1
    assert "bob left developers" in done.stdout


def test_keys_that_are_due(plain, quick):
    asked = ("watch-expiry", "--at", "2026-03-01")
    assert quick(*asked, "--key-age", "58d").returncode == 0
    done = quick(*asked, "--key-age", "57d")
    due = ["2026-02-28T03:04:05Z", "alice", "AKIAALICE00000000001", "due", "57 days old", "", ""]
    assert rows(done)[1:] == [due]
    assert done.returncode == 1
    [key] = json.loads(quick(*asked, "--key-age", "57d", "-o", "json").stdout)["AccessKeys"]
    assert (key["AccessKeyId"], key["AgeDays"]) == ("AKIAALICE00000000001", 57)
    shown = quick(*asked, "--key-age", "57d", "-o", "table").stdout
    assert " ".join(shown.split()) == "key due AKIAALICE00000000001 of alice, 57 days old"


def test_what_other_ways_give_and_what_cannot_be_known(plain, quick):
    text = plain.text()
    kept = "      team: search\n    policies: [ReadArtifacts, DeveloperBoundary]\n"
    plain.file.write_text(text.replace("      team: search\n", kept))
    assert rows(quick("watch-expiry", *BEFORE))[1][3:5] == ["loses", "nothing"]
    unknown = "arn:aws:iam::aws:policy/NobodyKnowsIt"
    members = "    policies:\n      - ReadArtifacts\n"
    plain.file.write_text(text.replace(members, f"{members}      - {unknown}\n"))
    said = [row[3:5] for row in rows(quick("watch-expiry", *BEFORE))[1:]]
    assert [what for what, _ in said] == ["may lose", "may lose", "may gain", "unknown"]
    assert unknown in said[-1][1]


def test_people_are_shown_some_of_much_and_pipes_all(plain, quick):
    services = ("acm", "athena", "backup", "batch", "cloudtrail", "cloudwatch", "codebuild", "dax",
                "ec2", "ecr", "ecs", "eks", "glue", "kinesis")  # fmt: skip
    allowed = ", ".join(f'"{service}:Describe*"' for service in services)
    assume = 'Action: "sts:AssumeRole"'
    plain.file.write_text(plain.text().replace(assume, f"Action: [{allowed}]"))
    done = quick("watch-expiry", *BEFORE, "-o", "table")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert sum(line.startswith("loses ") for line in lines) == 11
    told = rows(quick("watch-expiry", *BEFORE))
    assert f"and {len(told) - 1 - 11} more; -o tsv has all" in lines


def test_what_it_refuses(plain, quick):
    for words, said in (
        (("--within", "soon"), '"soon" is not a duration'),
        (("--key-age", "x"), '"x" is not a duration'),
        (("--at", "later"), '"later" is not a time'),
        (("-o", "name"), "use table, json, yaml, tsv"),
    ):
        done = quick("watch-expiry", *words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert said in done.stderr
