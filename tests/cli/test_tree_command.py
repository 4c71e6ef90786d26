"""tree from the command line: forms, options and how it ends."""

import json

import yaml


def test_in_a_pipe_it_is_plain_lines(team, quick):
    done = quick("tree")
    assert done.returncode == 0
    assert done.stdout.splitlines()[:4] == [
        "account 111122223333 (acme-dev)",
        "├── group developers",
        "│   ├── user alice (1 policy of its own)",
        "│   ├── user bob (until 2031-12-31T00:00:00Z)",
    ]
    assert done.stderr == ""


def test_json_and_yaml_say_the_same(team, quick):
    told = json.loads(quick("tree", "developers", "-o", "json").stdout)
    assert told["Arn"] == "arn:aws:iam::111122223333:group/developers"
    assert told["Children"][1] == {
        "Type": "user",
        "Name": "bob",
        "Arn": "arn:aws:iam::111122223333:user/bob",
        "Until": "2031-12-31T00:00:00Z",
        "Notes": ["until 2031-12-31T00:00:00Z"],
        "Children": [],
    }
    written = yaml.load(quick("tree", "developers", "-o", "yaml").stdout, yaml.BaseLoader)
    assert written["Children"][1]["Name"] == "bob"
    assert len(written["Children"]) == len(told["Children"])


def test_a_path_is_shown_by_path(team, quick):
    assert quick("tree", "/eng/").stdout == quick("tree", "/eng/", "--by", "path").stdout
    assert "path /eng/" in quick("tree", "--by", "path").stdout


def test_what_it_refuses(team, quick):
    for words, code, said in (
        (("alcie",), 4, 'did you mean "alice"?'),
        (("/nowhere/",), 4, "nothing here stands under the path"),
        (("--by", "age"), 2, '"age" is no order of a tree'),
        (("/eng/", "--by", "group"), 2, "by its path"),
        (("-o", "tsv"), 2, "use tree, json, yaml"),
    ):
        done = quick("tree", *words)
        assert (done.returncode, done.stdout) == (code, ""), words
        assert said in done.stderr
