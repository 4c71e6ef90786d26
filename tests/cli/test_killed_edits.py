"""SIGKILL at any moment while MFA, pools, providers and profiles are set up."""

import json
import random
import time
from base64 import b32encode
from pathlib import Path

import pyotp
import pytest

from iamctl.domain.secret import Secret
from iamctl.store.reader import load_directory
from tests.cli.conftest import TEAM
from tests.cli.killing import SCALE, killed, lasts, litter, random_instants, vault_of
from tests.cli.terminal import COMMAND, at_terminal
from tests.federation.identities import public_jwk

pytestmark = pytest.mark.slow

PROVIDER = """
identity_providers:
  google:
    url: https://google.example.com
    client_ids: [web]
"""


@pytest.fixture
def chance() -> random.Random:
    return random_instants()


def read(home):
    return load_directory(home.file.read_bytes(), "directory.yaml")


def code_of(home, step: int) -> str:
    """A code of the device phone, so many steps from now."""
    seed = vault_of(home).mfa_seed("phone")
    assert seed is not None
    return pyotp.TOTP(b32encode(seed.reveal()).decode()).at(int(time.time()) + 30 * step)


def with_codes(home, number: int) -> tuple[str, ...]:
    """A call with two good codes, of another seed each time: a code works once."""
    vault_of(home).delete_mfa_seeds(("phone",))
    vault_of(home).put_mfa_seed("phone", Secret(number.to_bytes(20)))
    codes = ("--code1", code_of(home, -1), "--code2", code_of(home, 0))
    return ("mfa", "enable", "phone", "--user", "bob", *codes)


def test_mfa_enable(trusted, iamctl, chance):
    """Reported, it is enabled; killed, it is or is not, and can be with newer codes."""
    iamctl("mfa", "create", "phone", "-o", "json", code=0)
    whole = lasts(trusted, *with_codes(trusted, 1))
    for number in range(2, 2 + 6 * SCALE):
        iamctl("mfa", "deactivate", "phone", "--yes", code=0)
        words = with_codes(trusted, number)
        reported = killed(trusted, chance.uniform(0.3, 1.3) * whole, *words) is not None
        user = read(trusted).mfa["phone"].user
        assert user == "bob" if reported else user in (None, "bob")
        if user is None:
            again = iamctl(*words)
            assert again.returncode in (0, 5), again.stderr  # 5: the codes are used up
            if again.returncode == 5:
                iamctl(*with_codes(trusted, 1000 + number), code=0)
        assert read(trusted).mfa["phone"].user == "bob"
        assert vault_of(trusted).mfa_devices() == ("phone",)
    assert litter(trusted) == []


def made_at_terminal(home, after: float) -> tuple[int, str]:
    """`mfa create phone --user bob` with the right codes typed, killed `after` seconds in."""
    answers = [
        ("Code of phone: ", lambda: f"{code_of(home, -1)}\n"),
        ("shows next: ", lambda: f"{code_of(home, 0)}\n"),
    ]
    bounded = ["timeout", "--foreground", "-s", "KILL", str(after), *COMMAND]
    words = ["mfa", "create", "phone", "--user", "bob"]
    return at_terminal(home, words, answers, command=bounded)


def test_mfa_create_for_a_user(trusted, iamctl, chance):
    """The device is whole, or the next one that wants its name is told how to have it."""
    began = time.monotonic()
    assert made_at_terminal(trusted, 50)[0] == 0
    whole = time.monotonic() - began
    ended = set()
    for number in range(6 * SCALE):
        iamctl("mfa", "delete", "phone", "--cascade", "--yes", code=0)
        # One is killed for certain and one is not, whatever chance has for the others.
        part = {0: 0.1, 1: 5.0}.get(number) or chance.uniform(0.2, 1.3)
        code, _ = made_at_terminal(trusted, round(part * whole, 3))
        listed = read(trusted).mfa
        ended.add("phone" in listed)
        if code == 0:
            assert "phone" in listed
        if "phone" not in listed:
            if vault_of(trusted).mfa_devices():
                again = iamctl("mfa", "create", "phone", "-o", "json", code=4)
                assert "`iamctl vault prune mfa/phone`" in again.stderr
                iamctl("vault", "prune", "mfa/phone", "--yes", code=0)
            code, screen = made_at_terminal(trusted, 50)
            assert code == 0, screen
        assert read(trusted).mfa["phone"].user == "bob"
        assert vault_of(trusted).mfa_devices() == ("phone",)
    assert ended == {True, False}
    assert litter(trusted) == []


@pytest.fixture
def pool(trusted, iamctl) -> None:
    """An identity pool that lets guests in."""
    trusted.file.write_text(TEAM + PROVIDER)
    iamctl("pool", "create", "web", "--provider", "google", code=0)
    iamctl("pool", "set-roles", "web", "--guest-role", "deployer", code=0)


def test_pool_get_id(trusted, pool, iamctl, chance):
    """An id that was told is known from then on."""
    told: set[str] = set()
    whole = lasts(trusted, "pool", "get-id", "web")
    name = read(trusted).identity_pools["web"].id
    for _ in range(6 * SCALE):
        printed = killed(trusted, chance.uniform(0.3, 1.3) * whole, "pool", "get-id", "web")
        told |= {printed.split()[-1]} if printed else set()
        assert told <= set(vault_of(trusted).pool_identities(name).values())
    iamctl("pool", "get-id", "web", code=0)
    assert litter(trusted) == []


def test_provider_refresh(trusted, iamctl, chance, tmp_path):
    """The keys before or the keys after, whole."""
    trusted.file.write_text(TEAM + PROVIDER)
    files = []
    for name in ("main", "next"):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps({"keys": [{**public_jwk(name), "kid": name}]}))
        files.append((name, ("provider", "refresh", "google", "--jwks", str(file), "--yes")))
    whole = lasts(trusted, *files[1][1])
    before = "next"
    for number in range(6 * SCALE):
        after, words = files[number % 2]
        printed = killed(trusted, chance.uniform(0.3, 1.3) * whole, *words)
        keys = set(read(trusted).identity_providers["google"].jwks)
        assert keys == {after} if printed is not None else keys in ({before}, {after})
        iamctl(*words, code=0)
        before = after
    assert litter(trusted) == []


def test_aws_config_install(trusted, iamctl, chance, tmp_path):
    """What a person wrote stays; the profile is there whole or not at all."""
    config = Path(trusted.environment["HOME"]) / ".aws" / "config"
    config.parent.mkdir()
    own = "# mine\n[profile acme]\nregion = eu-west-1   # where we are\n"
    config.write_text(own)
    iamctl("key", "create", "alice", code=0)
    install = ("aws-config", "install", "deployer", "--as", "alice")
    whole = lasts(trusted, *install)
    with_profile = config.read_text()
    assert with_profile.startswith(own)
    for _ in range(6 * SCALE):
        iamctl("aws-config", "remove", "deployer", code=0)
        assert config.read_text() == own
        printed = killed(trusted, chance.uniform(0.3, 1.3) * whole, *install)
        assert config.read_text() in (
            {with_profile} if printed is not None else {own, with_profile}
        )
        iamctl(*install, code=0)
        assert config.read_text() == with_profile
    assert [path.name for path in config.parent.iterdir()] == ["config"]
