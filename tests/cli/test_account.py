"""`iamctl account` as a person runs it."""

import json

import pytest
import yaml


def account(home):
    return yaml.safe_load(home.text())["account"]


def test_show_counts_what_is_there(team, iamctl):
    facts = dict(line.split("\t") for line in iamctl("account", "show").stdout.splitlines())
    assert facts["account"] == "111122223333"
    assert facts["alias"] == "acme-dev"
    assert facts["users"] == "2 of 5000"
    shape = json.loads(iamctl("account", "show", "-o", "json", code=0).stdout)
    assert shape["SummaryMap"]["Policies"] == 3
    assert shape["AccountAliases"] == ["acme-dev"]


def test_alias_is_shown_set_and_removed(team, iamctl, comments):
    assert iamctl("account", "alias", "-o", "name", code=0).stdout == "acme-dev\n"
    iamctl("account", "alias", "acme-prod", code=0)
    assert account(team)["alias"] == "acme-prod"
    iamctl("account", "alias", "--remove", code=0)
    done = iamctl("account", "alias", code=0)
    assert done.stdout == ""
    assert "no alias" in done.stderr
    assert all(comment in team.text() for comment in comments)


def test_quota_is_set_warned_about_and_unset(team, iamctl):
    before = team.text()
    done = iamctl("account", "quota", "roles", "1", "--dry-run", code=0)
    assert "+  quotas:" in done.stdout
    iamctl("account", "quota", "roles", "1", code=0)
    assert account(team)["quotas"] == {"roles": 1}
    done = iamctl("role", "create", "ci", "--allow", "user/bob", code=4)
    assert "RolesPerAccount: 1" in done.stderr
    done = iamctl("account", "quota", "roles", "9000", code=0)
    assert "warning: AWS allows 5000 roles" in done.stderr
    rows = iamctl("account", "quota", "roles").stdout.splitlines()
    assert rows[1].split("\t")[:4] == ["roles", "9000", "1000", "5000"]
    iamctl("account", "quota", "roles", "--unset", code=0)
    assert team.text() == before


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["alias", "Acme"], 2, "must match"),
        (["alias", "x"], 2, "at least 3"),
        (["alias", "123456789012"], 2, "digits"),
        (["alias", "acme", "--remove"], 2, "not both"),
        (["quota", "role", "5"], 4, 'did you mean "roles"?'),
        (["quota", "nothing", "5"], 4, "`iamctl account quota` lists them"),
        (["quota", "role"], 4, 'did you mean "roles"?'),
        (["quota", "roles", "many"], 2, "not a limit"),
        (["quota", "roles", "0"], 2, "at least 1"),
        (["quota", "roles", "٣"], 2, "not a limit"),
        (["quota", "roles", "5", "--unset"], 2, "set to a value or unset"),
        (["quota", "--unset"], 2, "set to a value or unset"),
    ],
)
def test_refusals_have_their_code_and_change_nothing(team, quick, arguments, code, message):
    before = team.file.read_bytes()
    done = quick("account", *arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert team.file.read_bytes() == before
