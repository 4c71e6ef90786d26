"""The path of calls whose sessions are kept: look, wait for others, look again, get, keep."""

import os
from contextlib import contextmanager

import pytest

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.errors import StorageFailure
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.services.office import CacheUse, Office
from iamctl.services.session_cache import LOCAL, Kept, keep
from iamctl.services.session_once import kept_or_made
from iamctl.services.user_session import UserSession
from iamctl.sts.caller import CallerSources
from iamctl.sts.session import Credentials
from iamctl.vault import VaultSettings, create_vault

NOW = 1_795_510_800
KEY = "0" * 64
UUID = "5b1d0000-0000-4000-8000-000000000001"


def kept(name, ends=NOW + 3600):
    return Kept("sts:X", LOCAL, Credentials(name, Secret("s"), Secret("t"), ends), "arn", "id")


class Reading:
    now = NOW


class Call:
    """A call of STS that writes down what it is asked."""

    def __init__(self):
        self.reads, self.made, self.good = 0, 0, True

    def read(self):
        self.reads += 1
        return Reading()

    def key(self, reading):
        return KEY

    def usable(self, reading, kept):
        return UserSession(kept.credentials, "1", kept.arn, kept.id) if self.good else None

    def make(self, reading):
        self.made += 1
        new = kept(f"ASIANEW{self.made}")
        return UserSession(new.credentials, "1", new.arn, new.id, notes=("of its own",)), new


class Stage:
    def __init__(self, folder):
        signing = SigningKey("k1", Secret(bytes(32)))
        settings = VaultSettings({}, os.urandom)
        self.vault = create_vault("file", str(folder), UUID, signing, settings)
        self.call, self.meanwhile = Call(), lambda: None

    @contextmanager
    def flight(self, key):
        assert key == KEY
        self.meanwhile()
        yield

    def ask(self, cache=None):
        office = Office(
            open=lambda: pytest.fail("the call reads the file, nobody else"),
            sources=CallerSources({}),
            vault=self.vault,
            catalogue=ShippedCatalogue(),
            randomness=os.urandom,
            clock=lambda: NOW,
            wait_until=lambda _: None,
            flight=self.flight,
        )
        session = kept_or_made(office, cache or CacheUse(), self.call, Reading())
        return session.credentials.access_key_id, session.notes


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path / "vault")


def test_a_new_session_is_kept_and_taken_the_next_time(stage):
    assert stage.ask() == ("ASIANEW1", ("of its own",))
    assert stage.ask() == ("ASIANEW1", ())
    assert (stage.call.reads, stage.call.made) == (1, 1)


def test_who_waited_reads_anew_and_takes_what_the_first_one_got(stage):
    stage.meanwhile = lambda: keep(stage.vault, KEY, kept("ASIAFIRST"), NOW)
    assert stage.ask() == ("ASIAFIRST", ())
    assert (stage.call.reads, stage.call.made) == (1, 0)


def test_what_is_no_longer_granted_is_made_anew(stage):
    keep(stage.vault, KEY, kept("ASIAOLD"), NOW)
    stage.call.good = False
    assert stage.ask()[0] == "ASIANEW1"


@pytest.mark.parametrize(("cache", "ends"), [
    (CacheUse(renew=True), NOW + 3600), (CacheUse(min_ttl=601), NOW + 600),
    (CacheUse(min_ttl=0), NOW),
])  # fmt: skip
def test_a_kept_session_is_passed_over(stage, cache, ends):
    keep(stage.vault, KEY, kept("ASIAOLD", ends), NOW - 1)
    assert stage.ask(cache)[0] == "ASIANEW1"


def test_a_session_that_cannot_be_kept_is_granted_with_a_note(stage, monkeypatch):
    def full(vault, change, now):
        raise StorageFailure("the disk is full")

    monkeypatch.setattr(type(stage.vault), "change_cached_sessions", full)
    name, notes = stage.ask()
    assert name == "ASIANEW1"
    told = "the session could not be kept for the next time: the disk is full"
    assert notes == ("of its own", told)
