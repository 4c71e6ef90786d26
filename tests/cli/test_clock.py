"""When commands read the clock: a session and a revocation of it never slip past each other."""

from itertools import count

import pytest
import yaml

from iamctl.bootstrap import Runtime
from iamctl.domain.times import parse_instant
from iamctl.store.index.repository import IndexedRepository
from tests.cli.inprocess import run_here

START = 1_900_000_000


@pytest.fixture
def clock(monkeypatch):
    """Every look at the clock is a second later; the last one told."""
    ticks = count(START)
    told = []

    def now(_runtime):
        told.append(next(ticks))
        return told[-1]

    monkeypatch.setattr(Runtime, "now", now)
    return told


def test_a_session_is_issued_at_a_time_before_its_file_was_read(trusted, capfd, clock, monkeypatch):
    """Else a revocation written right after the reading would spare the session."""
    load = IndexedRepository.load
    issued = []

    def slow_load(repository):
        found = load(repository)
        clock.append("the file was read")
        return found

    def role_session(office, *_rest):
        issued.append(office.open()[1])
        raise KeyboardInterrupt

    monkeypatch.setattr(IndexedRepository, "load", slow_load)
    monkeypatch.setattr("iamctl.cli.obtaining.role_session", role_session)
    run_here(trusted, ["assume-role", "deployer", "--as", "alice"], capfd)
    assert issued
    assert clock.index(issued[0]) < clock.index("the file was read")


@pytest.mark.parametrize(
    ("command", "at"),
    [
        (["role", "revoke-sessions", "deployer"], ("roles", "deployer")),
        (["user", "revoke-sessions", "alice", "--roles"], ("users", "alice")),
    ],
)
def test_a_revocation_ends_what_was_issued_until_it_is_written(
    team, capfd, clock, command, at, monkeypatch
):
    """Not only until somebody began to think about the question, or to wait for the lock."""
    asked = []
    monkeypatch.setattr("iamctl.cli.revoking.confirm", lambda *_: asked.append(clock[-1]))
    code, _, err = run_here(team, command, capfd)
    assert code == 0, err
    section, name = at
    policy = yaml.safe_load(team.text())[section][name]["inline"]["AWSRevokeOlderSessions"]
    text = policy["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
    assert parse_instant(str(text).replace("+00:00", "Z")) > asked[0] + 1


def test_what_was_confirmed_is_what_is_revoked(team, capfd, monkeypatch):
    """A role that came within reach while the question stood there is not taken along unasked."""

    def another(*_):
        principal = '{AWS: "111122223333"}'
        allow = f"{{Effect: Allow, Principal: {principal}, Action: 'sts:AssumeRole'}}"
        later = f"  later: {{trust: {{Version: '2012-10-17', Statement: {allow}}}}}\n"
        team.file.write_text(team.text().replace("roles:\n", f"roles:\n{later}", 1))

    monkeypatch.setattr("iamctl.cli.revoking.confirm", another)
    code, _, _ = run_here(team, ["user", "revoke-sessions", "alice", "--roles"], capfd)
    assert code == 7
    assert "AWSRevokeOlderSessions" not in team.text()
