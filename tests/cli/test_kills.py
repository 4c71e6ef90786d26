"""SIGKILL at any moment, and many at once: what was reported is there, and nothing is stuck."""

import json
import random
import signal
import time
from pathlib import Path

import pytest

from iamctl.domain.secret import Secret
from iamctl.ports import CachedSession
from iamctl.store.reader import load_directory
from tests.cli.killing import SCALE, killed, lasts, litter, random_instants, started, vault_of

ASSUME = ("assume-role", "deployer", "--as", "alice", "-o", "json")

pytestmark = pytest.mark.slow


@pytest.fixture
def chance() -> random.Random:
    return random_instants()


def keys_of(home, user: str) -> set[str]:
    return set(load_directory(home.file.read_bytes(), "directory.yaml").user(user).keys)


def held(iamctl) -> set[str]:
    return set(json.loads(iamctl("vault", "status", "-o", "json", code=0).stdout)["AccessKeys"])


def test_key_create(trusted, iamctl, chance):
    whole = lasts(trusted, "key", "create", "bob", "-q")
    done: set[str] = set(keys_of(trusted, "bob"))
    for _ in range(6 * SCALE):
        if len(keys_of(trusted, "bob")) == 2:
            iamctl("key", "delete", *keys_of(trusted, "bob"), "--yes", code=0)
            done.clear()
        printed = killed(trusted, chance.uniform(0.3, 1.3) * whole, "key", "create", "bob", "-q")
        done |= {printed.strip()} if printed else set()
        listed = keys_of(trusted, "bob")
        assert done <= listed
        # A key that the file lists has its secret; one too many in the vault is an orphan.
        assert listed <= held(iamctl)
    iamctl("vault", "prune", "--yes", code=0)
    iamctl("user", "tag", "bob", "a=b", code=0)
    assert held(iamctl) == keys_of(trusted, "bob")
    assert litter(trusted) == []


def test_key_rotate(trusted, iamctl, chance):
    iamctl("key", "delete", "AKIAALICE00000000001", "--yes", code=0)
    iamctl("key", "create", "alice", code=0)
    whole = lasts(trusted, "key", "rotate", "alice", "-q")
    for _ in range(6 * SCALE):
        alice = load_directory(trusted.file.read_bytes(), "x").user("alice")
        if len(alice.keys) == 2:
            # Killed half-way, both are active: either may go.
            spare = min(alice.keys.values(), key=lambda key: key.active)
            iamctl("key", "delete", spare.id, "--yes", code=0)
        printed = killed(trusted, chance.uniform(0.3, 1.3) * whole, "key", "rotate", "alice", "-q")
        alice = load_directory(trusted.file.read_bytes(), "x").user("alice")
        assert set(alice.keys) <= held(iamctl)
        assert any(key.active for key in alice.keys.values())
        if printed:
            assert alice.keys[printed.strip()].active
            assert sum(key.active for key in alice.keys.values()) == 1
        iamctl(*ASSUME, code=0)
    iamctl("vault", "prune", "--yes", code=0)
    iamctl("user", "tag", "bob", "a=b", code=0)
    assert litter(trusted) == []


def test_assume_role(trusted, iamctl, chance):
    """Killed, it has printed all or nothing, and leaves no trace."""
    iamctl("key", "create", "alice", code=0)
    whole = lasts(trusted, *ASSUME)
    before = trusted.text()
    for _ in range(6 * SCALE):
        process = started(trusted, *ASSUME)
        time.sleep(chance.uniform(0.3, 1.1) * whole)
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
        if out:
            assert json.loads(out)["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert trusted.text() == before
    assert litter(trusted) == []
    iamctl(*ASSUME, code=0)


def with_code(home, number: int) -> tuple[str, ...]:
    """A call with a good MFA code. Another seed each time, or each would take thirty seconds."""
    vault_of(home).delete_mfa_seeds(("phone",))
    vault_of(home).put_mfa_seed("phone", Secret(number.to_bytes(20)))
    code = vault_of(home).mfa_code("phone", int(time.time()))
    return (*ASSUME, "--mfa-serial", "phone", "--mfa-code", str(code))


@pytest.fixture
def phone(trusted, iamctl) -> None:
    """Alice calls with a key and has an MFA device."""
    iamctl("key", "create", "alice", code=0)
    iamctl("mfa", "create", "phone", "-o", "json", code=0)
    enabled = "  phone:\n    user: alice\n    enabled: 2026-01-02T03:04:05Z\n"
    trusted.file.write_text(trusted.text().replace("  phone:\n", enabled))


def test_mfa_code(trusted, phone, iamctl, chance):
    """Killed, a code was used or was not; what was granted with it is granted once."""
    whole = lasts(trusted, *with_code(trusted, 0), "--no-cache")
    ended = set()
    for number in range(1, 6 * SCALE):
        words = (*with_code(trusted, number), "--no-cache")
        # One is killed for certain and one is not, whatever chance has for the others.
        part = {1: 0.2, 2: 5.0}.get(number) or chance.uniform(0.3, 1.3)
        printed = killed(trusted, part * whole, *words)
        again = iamctl(*words)
        ended.add(printed is not None)
        assert again.returncode in ((0, 5) if printed is None else (5,))
        if again.returncode == 5:
            assert "invalid MFA one time pass code" in again.stderr
        assert iamctl(*words).returncode == 5
    assert ended == {True, False}
    # Whoever writes next removes what a dead writer left.
    iamctl(*with_code(trusted, 6 * SCALE), "--no-cache", code=0)
    assert litter(trusted) == []


def test_mfa_create(trusted, iamctl, chance):
    done = set()
    whole = lasts(trusted, "mfa", "create", "phone0", "-o", "json")
    for number in range(1, 6 * SCALE):
        words = ("mfa", "create", f"phone{number}", "-o", "json")
        if killed(trusted, chance.uniform(0.3, 1.3) * whole, *words):
            done.add(f"phone{number}")
        listed = set(load_directory(trusted.file.read_bytes(), "x").mfa)
        assert done <= listed <= set(vault_of(trusted).mfa_devices())
    iamctl("vault", "prune", "--yes")
    iamctl("user", "tag", "bob", "a=b", code=0)
    assert set(vault_of(trusted).mfa_devices()) == listed
    assert litter(trusted) == []


def test_sessions(trusted, phone, iamctl, chance):
    """Who got a session has it kept, until it is forgotten."""

    def kept() -> list[str]:
        return iamctl("sessions", "list", "-o", "name", code=0).stdout.split()

    assuming = lasts(trusted, *with_code(trusted, 0))
    forgetting = lasts(trusted, "sessions", "forget", "--all")
    assert kept() == []
    for number in range(1, 6 * SCALE):
        before = len(kept())
        words = (*with_code(trusted, number), "--role-session-name", f"s{number}")
        if killed(trusted, chance.uniform(0.3, 1.3) * assuming, *words):
            assert len(kept()) == before + 1
        if number % 5 == 0:
            after = chance.uniform(0.3, 1.3) * forgetting
            if killed(trusted, after, "sessions", "forget", "--all") is not None:
                assert kept() == []
    iamctl(*with_code(trusted, 0), code=0)
    assert kept() != []
    iamctl("sessions", "forget", "--all", code=0)
    assert kept() == []
    assert litter(trusted) == []


def test_rewrap(trusted, iamctl, chance):
    iamctl("key", "create", "alice", code=0)
    keys = held(iamctl)
    vault = vault_of(trusted)
    vault.put_mfa_seed("phone", Secret(b"s" * 20))
    code, then = vault.mfa_code("phone", 3000) or "", 3000
    assert vault.use_mfa_code("phone", code, then).outcome == "good"
    session = CachedSession(int(time.time()) + 3600, Secret(b"a session"))
    vault.change_cached_sessions(lambda _: {"aa": session}, then)
    vault.put_pool_identity("p", ("a",), "id-1")
    trusted.environment.update(IAMCTL_VAULT="", IAMCTL_VAULT_PASSPHRASE="correct horse")
    whole = lasts(trusted, "vault", "rewrap", "--to", "passphrase")
    lasts(trusted, "vault", "rewrap", "--to", "file")
    for _ in range(6 * SCALE):
        # From a passphrase to another, a person would be asked.
        kind = json.loads(iamctl("vault", "status", "-o", "json", code=0).stdout)["Kind"]
        to = "file" if kind == "passphrase" else chance.choice(["file", "passphrase"])
        printed = killed(trusted, chance.uniform(0.3, 1.3) * whole, "vault", "rewrap", "--to", to)
        assert held(iamctl) == keys
        vault = vault_of(trusted)
        assert vault.use_mfa_code("phone", code, then).outcome == "used"
        assert vault.cached_sessions() == {"aa": session}
        assert vault.pool_identities("p") == {"a": "id-1"}
        if printed is not None:
            shape = json.loads(iamctl("vault", "status", "-o", "json", code=0).stdout)
            assert shape["Kind"] == to
        iamctl(*ASSUME, code=0)
    iamctl("vault", "rewrap", "--to", "file", code=0)
    assert held(iamctl) == keys
    assert litter(trusted) == []


def test_init(home, iamctl, chance):
    """A killed init leaves no file, or a whole one with its vault; the next clears up after it."""
    state = Path(home.environment["XDG_STATE_HOME"]) / "iamctl"
    whole = lasts(home, "init", "--user", "me")
    mine = {str(load_directory(home.file.read_bytes(), "x").uuid)}
    home.file.unlink()
    for _ in range(6 * SCALE):
        killed(home, chance.uniform(0.3, 1.3) * whole, "init", "--user", "me")
        if home.file.exists():
            directory = load_directory(home.file.read_bytes(), "x")
            shape = json.loads(iamctl("vault", "status", "-o", "json", code=0).stdout)
            assert set(shape["AccessKeys"]) == set(directory.user("me").keys)
            mine.add(str(directory.uuid))
            home.file.unlink()
    iamctl("init", "--user", "me", code=0)
    mine.add(str(load_directory(home.file.read_bytes(), "x").uuid))
    assert [p.name for p in home.folder.iterdir()] == ["directory.yaml"]
    # The mark goes the instant before the file is there: a kill between the two leaves a vault.
    vaults = {p.name for p in state.iterdir() if p.is_dir() and p.name != "creating"}
    assert mine <= vaults
    assert len(vaults - mine) <= 1 + SCALE // 5
    assert list((state / "creating").iterdir()) == []
    iamctl("role", "create", "deployer", "--allow", "user/me", code=0)
    iamctl("assume-role", "deployer", "--as", "me", "-o", "json", code=0)


def test_twenty_at_once(trusted, iamctl):
    """Twenty people get keys while twenty assume roles."""
    iamctl("key", "create", "alice", code=0)
    users = [f"user{n}" for n in range(20)]
    iamctl("user", "create", *users, code=0)
    makers = [started(trusted, "key", "create", user, "-o", "json") for user in users]
    callers = [started(trusted, *ASSUME) for _ in users]
    secrets = {}
    for user, process in zip(users, makers, strict=True):
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        access = json.loads(out)["AccessKey"]
        secrets[user] = (access["AccessKeyId"], access["SecretAccessKey"])
    sessions = []
    for process in callers:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        sessions.append(json.loads(out)["Credentials"])
    assert len({s["AccessKeyId"] for s in sessions}) == 20
    for user, (key_id, secret) in secrets.items():
        assert keys_of(trusted, user) == {key_id}
        env = {"IAMCTL_ACCESS_KEY_ID": key_id, "IAMCTL_SECRET_ACCESS_KEY": secret}
        assert f"user/{user}" in iamctl("whoami", "-o", "name", env=env, code=0).stdout
    assert {key_id for key_id, _ in secrets.values()} <= held(iamctl)
    assert litter(trusted) == []
