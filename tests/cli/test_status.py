"""status from the command line."""

import json
import time

import pytest

from iamctl.domain.times import format_instant


def facts(done):
    found = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition("\t")
        found.setdefault(name, []).append(value)
    return found


def test_in_a_pipe_each_value_is_a_line(team, quick):
    found = facts(quick("status"))
    assert found["account"] == ["111122223333 (acme-dev)"]
    assert found["file"] == [str(team.file)]
    assert found["vault"] == ["none"]
    assert found["holds"] == ["2 users", "1 group", "1 role", "3 policies"]
    assert found["without MFA"] == ["2 of 2 users"]
    assert sum(int(line.rpartition(": ")[2]) for line in found["key ages"]) == 1
    assert "ending soon" not in found


def test_json(team, quick):
    told = json.loads(quick("status", "-o", "json").stdout)
    assert told["Counts"]["policies"] == 3
    assert told["AccessKeys"]["Active"] == 1
    assert told["AccessKeys"]["Inactive"] == []
    assert told["VaultKind"] is None
    assert told["UsersWithoutMFADevice"] == ["alice", "bob"]
    assert told["Ending"] == told["Ended"] == []


def test_the_kind_of_a_trusted_vault_without_opening_it(trusted, quick):
    for key in (trusted.folder.parent / "state").rglob("*.key"):
        key.unlink()
    assert facts(quick("status"))["vault"] == ["file"]


def test_a_damaged_record_of_trust_is_said_and_no_failure(trusted, quick):
    [record] = (trusted.folder.parent / "state").rglob("trusted.json")
    record.write_text("{")
    done = quick("status")
    assert done.returncode == 0
    assert done.stderr.startswith("note: ")
    assert facts(done)["vault"] == ["unknown"]


def test_ends_and_warnings(team, quick):
    soon = format_instant(int(time.time()) + 86400)
    text = team.text().replace("2031-12-31T00:00:00Z", soon)
    ended = "      - user: alice\n        until: 2020-01-01T00:00:00Z\n"
    text = text.replace("      - alice   # lead\n", ended)
    team.file.write_text(text.replace("groups:\n", "  walter: {}\ngroups:\n"))
    found = facts(quick("status"))
    assert found["ending soon"] == [f"bob leaves developers at {soon}"]
    assert found["ended"] == ["alice left developers at 2020-01-01T00:00:00Z"]
    findings = json.loads(quick("validate", "-o", "json").stdout)["Findings"]
    assert len(findings) >= 1
    assert found["warnings"] == [str(len(findings))]


@pytest.mark.parametrize(("wanted", "code"), [("invalid: true\n", 3), ("", 0)])
def test_a_broken_file_is_an_error_as_everywhere(team, quick, wanted, code):
    team.file.write_text(team.text() + wanted)
    done = quick("status")
    assert done.returncode == code
    assert bool(done.stdout) is (code == 0)


def test_on_a_terminal_it_fits_one_screen_with_a_histogram(team, quick):
    shown = quick("status", "-o", "table").stdout
    assert len(shown.splitlines()) < 24
    assert shown.count("█" * 20) == 1
