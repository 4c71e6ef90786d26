"""One suite for every kind of vault, the keyring being a real Secret Service."""

import hmac
import os
import shutil
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iamctl.domain.errors import AlreadyExists, Conflict, InvalidValue, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import CachedSession, CachedSessions, MfaVerdict, SigningKey, Vault
from iamctl.vault import (
    KINDS,
    VaultSettings,
    create_vault,
    encode_signing_key,
    open_vault,
    recorded_kind,
    rewrap,
    vault_folder,
)

UUID = "5b1d6a9e-0f3c-4c1d-8a43-6f0b2c9d7e11"
COLLECTION = "/org/freedesktop/secrets/aliases/default"
STORED = tuple(kind for kind in KINDS if kind != "env")
FIRST = SigningKey("first", Secret(b"1" * 32))
SECOND = SigningKey("second", Secret(b"2" * 32))
THIRD = SigningKey("third", Secret(b"3" * 32))

SEED = Secret(b"20 bytes of a seed: \0")
OTHER_SEED = Secret(bytes(range(32)))
NOW = 1_800_000_000
GOOD = MfaVerdict("good")
SESSION = CachedSession(NOW + 900, Secret(b'\xff{"secret":"of a session"}'))

Opened = Callable[[], Vault]

SERVE = """
printf %s "the keyring's own password" | gnome-keyring-daemon --unlock --components=secrets >&2
printf '%s\\n' "$DBUS_SESSION_BUS_ADDRESS"
exec cat
"""


@contextmanager
def session_bus(home: str) -> Iterator[dict[str, str]]:
    """The environment of a session bus with an unlocked gnome-keyring on it."""
    missing = [
        name for name in ("dbus-run-session", "gnome-keyring-daemon") if not shutil.which(name)
    ]
    if missing and os.environ.get("CI") == "1":
        pytest.fail(f"CI must have {' and '.join(missing)}")
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    keep = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment = {**keep, "HOME": home, "XDG_RUNTIME_DIR": home, "XDG_DATA_HOME": home}
    with subprocess.Popen(
        ["dbus-run-session", "--", "sh", "-c", SERVE],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as session:
        assert session.stdout is not None
        address = session.stdout.readline().strip()
        assert address, "the session bus did not start"
        yield {**environment, "DBUS_SESSION_BUS_ADDRESS": address}
        session.communicate()


@pytest.fixture(scope="session")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with session_bus(str(tmp_path_factory.mktemp("home"))) as environment:
        yield environment


@pytest.fixture
def secret_service(bus: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process talks to the test's keyring, as a program started on that bus would."""
    with talking_to(bus, monkeypatch):
        yield


@contextmanager
def talking_to(bus: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import keyring
    from keyring.backends import SecretService

    for name in ("DBUS_SESSION_BUS_ADDRESS", "HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, bus[name])
    before = keyring.get_keyring()
    keyring.set_keyring(SecretService.Keyring())
    try:
        yield
    finally:
        keyring.set_keyring(before)


@pytest.fixture
def settings() -> VaultSettings:
    environment = {
        "IAMCTL_VAULT_PASSPHRASE": "correct horse",
        "IAMCTL_SIGNING_KEY": encode_signing_key(FIRST),
    }
    return VaultSettings(environment, os.urandom, lock_timeout=30, scrypt_log_n=10)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return vault_folder(str(tmp_path / "state"), UUID)


def opened_of(kind: str, folder: str, settings: VaultSettings) -> Opened:
    create_vault(kind, folder, UUID, FIRST, settings)
    return lambda: open_vault(folder, UUID, kind, settings)


def with_keyring(request: pytest.FixtureRequest, *kinds: str) -> None:
    if "keyring" in kinds:
        request.getfixturevalue("secret_service")


@pytest.fixture(params=KINDS)
def any_kind(request: pytest.FixtureRequest, folder: str, settings: VaultSettings) -> Opened:
    """Opens a vault anew, of each kind in turn."""
    with_keyring(request, request.param)
    return opened_of(request.param, folder, settings)


@pytest.fixture(params=STORED)
def stored(request: pytest.FixtureRequest, folder: str, settings: VaultSettings) -> Opened:
    """Opens a vault anew, of each kind that stores something."""
    with_keyring(request, request.param)
    return opened_of(request.param, folder, settings)


class TestEveryKind:
    def test_it_is_of_its_kind_and_signs_with_the_first_key(
        self, any_kind: Opened, folder: str
    ) -> None:
        assert any_kind().kind == recorded_kind(folder)
        assert any_kind().signing_keys() == (FIRST,)

    def test_it_holds_nothing_at_first(self, any_kind: Opened) -> None:
        vault = any_kind()
        assert vault.key_ids() == ()
        assert vault.secret_access_keys() == {}
        assert vault.secret_access_key("AKIAIOSFODNN7EXAMPLE") is None
        vault.delete_secret_access_keys(("AKIAIOSFODNN7EXAMPLE",))
        assert vault.key_ids() == ()

    def test_there_is_one_vault_a_directory(
        self, any_kind: Opened, folder: str, settings: VaultSettings
    ) -> None:
        for kind in ("file", "env"):
            with pytest.raises(AlreadyExists):
                create_vault(kind, folder, UUID, SECOND, settings)
        assert any_kind().signing_keys() == (FIRST,)

    def test_another_kind_than_the_recorded_one_is_refused(
        self, any_kind: Opened, folder: str, settings: VaultSettings
    ) -> None:
        for kind in KINDS:
            if kind != any_kind().kind:
                with pytest.raises(VaultUnavailable, match=f"is of kind .*, not {kind}"):
                    open_vault(folder, UUID, kind, settings)
        assert open_vault(folder, UUID, None, settings).kind == any_kind().kind

    def test_only_this_user_can_look_into_it(self, any_kind: Opened, folder: str) -> None:
        any_kind().unlock()
        state = Path(folder).parent
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
        for path in Path(folder).iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_it_never_shows_its_secrets(self, any_kind: Opened) -> None:
        vault = any_kind()
        shown = f"{vault!r} {vault.signing_keys()!r} {vars(vault)!r}"
        for secret in ("1" * 32, "31" * 32, "correct horse"):
            assert secret not in shown

    def test_it_knows_no_device_session_or_identity_at_first(self, any_kind: Opened) -> None:
        vault = any_kind()
        assert vault.mfa_devices() == ()
        assert vault.mfa_seed("phone") is None
        assert vault.mfa_code("phone", NOW) is None
        assert vault.use_mfa_code("phone", "000000", NOW) == MfaVerdict("unknown")
        assert vault.synchronize_mfa("phone", "0", "1", NOW, 2) == MfaVerdict("unknown")
        vault.delete_mfa_seeds(("phone",))
        assert vault.cached_sessions() == {}
        vault.change_cached_sessions(lambda held: held, NOW)
        assert vault.pool_identities("eu-west-1:pool") == {}
        assert vault.put_pool_identity("eu-west-1:pool", (), "eu-west-1:guest") == "eu-west-1:guest"
        assert vault.pool_identities("eu-west-1:pool") == {}

    def test_what_cannot_be_stored_is_refused(self, any_kind: Opened) -> None:
        vault = any_kind()
        stores: tuple[Callable[[], object], ...] = (
            lambda: vault.put_mfa_seed("phone", SEED),
            lambda: vault.change_cached_sessions(lambda _: {"aa": SESSION}, NOW),
            lambda: vault.put_pool_identity("eu-west-1:pool", ("a",), "eu-west-1:1"),
        )
        for store in stores:
            if vault.kind == "env":
                with pytest.raises(VaultUnavailable, match="stores nothing"):
                    store()
            else:
                store()


class TestMfa:
    def test_a_seed_comes_back_and_goes(self, stored: Opened) -> None:
        stored().put_mfa_seed("phone", SEED)
        stored().put_mfa_seed("Ä token", OTHER_SEED)
        assert stored().mfa_devices() == ("phone", "Ä token")
        assert stored().mfa_seed("phone") == SEED
        stored().delete_mfa_seeds(("phone", "none"))
        assert stored().mfa_devices() == ("Ä token",)
        assert stored().use_mfa_code("phone", "000000", NOW) == MfaVerdict("unknown")

    def test_a_seed_of_another_length_is_refused(self, stored: Opened) -> None:
        for length in (0, 19, 65):
            with pytest.raises(InvalidValue, match="20 to 64 bytes"):
                stored().put_mfa_seed("phone", Secret(b"s" * length))
        assert stored().mfa_devices() == ()

    def test_a_code_works_once_in_every_process(self, stored: Opened) -> None:
        stored().put_mfa_seed("phone", SEED)
        code = shown_by("phone", stored(), NOW)
        assert stored().use_mfa_code("phone", code, NOW) == MfaVerdict("good")
        assert stored().use_mfa_code("phone", code, NOW) == MfaVerdict("used")
        assert stored().use_mfa_code("phone", shown_by("phone", stored(), NOW + 30), NOW) == GOOD
        assert stored().use_mfa_code("phone", code, NOW) == MfaVerdict("used")

    def test_a_new_seed_starts_afresh_and_the_same_one_does_not(self, stored: Opened) -> None:
        stored().put_mfa_seed("phone", SEED)
        code = shown_by("phone", stored(), NOW)
        assert stored().use_mfa_code("phone", code, NOW) == GOOD
        stored().delete_mfa_seeds(("phone",))
        stored().put_mfa_seed("phone", SEED)
        assert stored().use_mfa_code("phone", code, NOW) == MfaVerdict("used")
        stored().delete_mfa_seeds(("phone",))
        stored().put_mfa_seed("phone", OTHER_SEED)
        assert stored().use_mfa_code("phone", shown_by("phone", stored(), NOW), NOW) == GOOD

    def test_a_seed_is_never_put_over_another(self, stored: Opened) -> None:
        """Of two that make a device at once, one must not be left with a seed that is gone."""
        stored().put_mfa_seed("phone", SEED)
        with pytest.raises(AlreadyExists, match='MFA device "phone"') as refused:
            stored().put_mfa_seed("phone", OTHER_SEED)
        assert "iamctl vault prune mfa/phone" in str(refused.value.hint)
        stored().put_mfa_seed("phone", SEED)
        assert stored().mfa_seed("phone") == SEED

    def test_failures_are_remembered(self, stored: Opened) -> None:
        stored().put_mfa_seed("phone", SEED)
        for _ in range(5):
            assert stored().use_mfa_code("phone", "a code", NOW) == MfaVerdict("wrong")
        code = shown_by("phone", stored(), NOW)
        assert stored().use_mfa_code("phone", code, NOW) == MfaVerdict("throttled", NOW + 30)
        assert stored().use_mfa_code("phone", code, NOW + 30) == GOOD

    def test_a_device_whose_clock_is_off_is_brought_in_step(self, stored: Opened) -> None:
        stored().put_mfa_seed("phone", SEED)
        first, second = (shown_by("phone", stored(), NOW + at) for at in (300, 330))
        assert stored().synchronize_mfa("phone", first, second, NOW, 2) == MfaVerdict("wrong")
        assert stored().synchronize_mfa("phone", first, second, NOW, 20) == GOOD
        assert stored().use_mfa_code("phone", second, NOW) == MfaVerdict("used")
        assert stored().use_mfa_code("phone", shown_by("phone", stored(), NOW + 360), NOW) == GOOD

    @pytest.mark.parametrize("damage", ["cut", "one bit", "not ours"])
    def test_what_was_used_is_never_forgotten_by_damage(
        self, stored: Opened, folder: str, damage: str
    ) -> None:
        stored().put_mfa_seed("phone", SEED)
        code = shown_by("phone", stored(), NOW)
        assert stored().use_mfa_code("phone", code, NOW) == GOOD
        path = Path(folder) / "mfa-state.sealed"
        damaged(path, damage)
        before = path.read_bytes()
        for use in (
            lambda: stored().use_mfa_code("phone", code, NOW),
            lambda: stored().synchronize_mfa("phone", code, code, NOW, 2),
            lambda: stored().mfa_code("phone", NOW),
        ):
            with pytest.raises(VaultUnavailable) as refused:
                use()
            assert str(path) in refused.value.message
            assert refused.value.hint
        assert path.read_bytes() == before
        assert stored().mfa_seed("phone") == SEED

    def test_no_seed_lies_on_the_disk_in_plain(self, stored: Opened, folder: str) -> None:
        stored().put_mfa_seed("phone", SEED)
        stored().use_mfa_code("phone", "000000", NOW)
        found = b"".join(path.read_bytes() for path in Path(folder).iterdir())
        for secret in (b"phone", SEED.reveal(), SEED.reveal().hex().encode()):
            assert secret not in found


class TestCachedSessions:
    def test_they_come_back_and_go_when_over(self, stored: Opened, folder: str) -> None:
        def add(held: CachedSessions) -> CachedSessions:
            return {**held, "aa": SESSION, "bb": SESSION._replace(expires=NOW)}

        stored().change_cached_sessions(add, NOW)
        assert stored().cached_sessions() == {"aa": SESSION}
        stored().change_cached_sessions(lambda held: {**held, "cc": SESSION}, NOW)
        assert stored().cached_sessions() == {"aa": SESSION, "cc": SESSION}
        stored().change_cached_sessions(lambda held: held, SESSION.expires)
        assert stored().cached_sessions() == {}
        assert not (Path(folder) / "sessions.sealed").exists()

    def test_nothing_of_them_lies_on_the_disk_in_plain(self, stored: Opened, folder: str) -> None:
        stored().change_cached_sessions(lambda _: {"aaff": SESSION}, NOW)
        found = b"".join(path.read_bytes() for path in Path(folder).iterdir())
        for secret in (b"aaff", SESSION.data.reveal(), b64encode(SESSION.data.reveal())):
            assert secret not in found

    def test_what_the_edit_raises_leaves_them(self, stored: Opened) -> None:
        stored().change_cached_sessions(lambda _: {"aa": SESSION}, NOW)
        with pytest.raises(ZeroDivisionError):
            stored().change_cached_sessions(lambda held: 1 // 0 and held, NOW)
        assert stored().cached_sessions() == {"aa": SESSION}

    @pytest.mark.parametrize("damage", ["cut", "one bit", "not ours"])
    def test_damaged_ones_are_none_and_replaced(
        self, stored: Opened, folder: str, damage: str
    ) -> None:
        for replacement in ({"bb": SESSION}, {}):
            stored().change_cached_sessions(lambda _: {"aa": SESSION}, NOW)
            damaged(Path(folder) / "sessions.sealed", damage)
            assert stored().cached_sessions() == {}
            given: list[CachedSessions] = []

            def replaced(
                held: CachedSessions,
                given: list[CachedSessions] = given,
                replacement: CachedSessions = replacement,
            ) -> CachedSessions:
                given.append(held)
                return replacement

            stored().change_cached_sessions(replaced, NOW)
            assert given == [{}]
            assert stored().cached_sessions() == replacement

    def test_a_damaged_vault_is_no_empty_cache(self, stored: Opened, folder: str) -> None:
        stored().change_cached_sessions(lambda _: {"aa": SESSION}, NOW)
        damaged(Path(folder) / "keys.sealed", "one bit")
        with pytest.raises(VaultUnavailable, match=r"keys\.sealed"):
            stored().cached_sessions()


class TestPoolIdentities:
    def test_a_login_keeps_its_identity(self, stored: Opened) -> None:
        assert stored().put_pool_identity("p", ("google:1",), "id-1") == "id-1"
        assert stored().put_pool_identity("p", ("google:1",), "id-2") == "id-1"
        assert stored().put_pool_identity("p", ("corp:x", "google:1"), "id-3") == "id-1"
        assert stored().put_pool_identity("p", ("corp:x",), "id-4") == "id-1"
        assert stored().put_pool_identity("q", ("corp:x",), "id-5") == "id-5"
        assert stored().pool_identities("p") == {"google:1": "id-1", "corp:x": "id-1"}

    def test_two_identities_are_never_joined(self, stored: Opened) -> None:
        stored().put_pool_identity("p", ("a",), "id-1")
        stored().put_pool_identity("p", ("b",), "id-2")
        with pytest.raises(Conflict) as refused:
            stored().put_pool_identity("p", ("a", "b", "c"), "id-3")
        assert refused.value.code == "ResourceConflictException"
        assert stored().pool_identities("p") == {"a": "id-1", "b": "id-2"}

    def test_a_login_that_wants_an_identity_alone_never_shares_it(self, stored: Opened) -> None:
        stored().put_pool_identity("p", ("guest",), "id-1")
        wanted = ("a", "guest")
        assert stored().put_pool_identity("p", wanted, "id-1", alone=True) == "id-1"
        with pytest.raises(Conflict, match="another login meanwhile"):
            stored().put_pool_identity("p", ("b", "guest"), "id-1", alone=True)
        assert stored().pool_identities("p") == {"guest": "id-1", "a": "id-1"}

    @pytest.mark.parametrize("damage", ["cut", "one bit", "not ours"])
    def test_damage_gives_nobody_another_identity(
        self, stored: Opened, folder: str, damage: str
    ) -> None:
        stored().put_pool_identity("p", ("a",), "id-1")
        path = Path(folder) / "identities.sealed"
        damaged(path, damage)
        before = path.read_bytes()
        for use in (
            lambda: stored().pool_identities("p"),
            lambda: stored().put_pool_identity("p", ("a",), "id-2"),
        ):
            with pytest.raises(VaultUnavailable) as refused:
                use()
            assert refused.value.hint
        assert path.read_bytes() == before


def shown_by(device: str, vault: Vault, at: int) -> str:
    """The code that a device in step shows, by another implementation than the vault's."""
    seed = vault.mfa_seed(device)
    assert seed is not None
    mac = hmac.new(seed.reveal(), (at // 30).to_bytes(8), "sha1").digest()
    offset = mac[-1] & 15
    return f"{(int.from_bytes(mac[offset : offset + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def damaged(path: Path, damage: str) -> None:
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut": whole[:-1],
            "one bit": whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:],
            "not ours": b"-----BEGIN PRIVATE KEY-----\n" * 20,
        }[damage]
    )


class TestKindsThatStore:
    def test_secrets_come_back_in_another_process_as_well(self, stored: Opened) -> None:
        stored().put_secret_access_keys({"AKIAB": Secret("b/+=é"), "AKIAA": Secret("a")})
        stored().put_secret_access_keys({"AKIAC": Secret("c")})
        vault = stored()
        assert vault.key_ids() == ("AKIAA", "AKIAB", "AKIAC")
        assert vault.secret_access_key("AKIAB") == Secret("b/+=é")
        assert vault.secret_access_keys()["AKIAC"] == Secret("c")
        assert vault.secret_access_key("AKIAD") is None

    def test_the_last_one_put_is_held(self, stored: Opened) -> None:
        vault = stored()
        vault.put_secret_access_keys({"AKIAA": Secret("old")})
        stored().put_secret_access_keys({"AKIAA": Secret("new")})
        assert vault.secret_access_key("AKIAA") == Secret("new")

    def test_deleting_forgets_those_and_only_those(self, stored: Opened) -> None:
        vault = stored()
        vault.put_secret_access_keys({"AKIAA": Secret("a"), "AKIAB": Secret("b")})
        vault.delete_secret_access_keys(("AKIAB", "AKIAZ"))
        assert stored().key_ids() == ("AKIAA",)

    def test_rotation_keeps_the_old_key_until_its_end(self, stored: Opened) -> None:
        stored().rotate_signing_key(SECOND, retire_at=1000)
        assert stored().signing_keys() == (SECOND, FIRST._replace(ends=1000))
        with pytest.raises(AlreadyExists):
            stored().rotate_signing_key(FIRST, retire_at=2000)
        stored().rotate_signing_key(THIRD, retire_at=500)
        assert stored().signing_keys() == (
            THIRD,
            SECOND._replace(ends=500),
            FIRST._replace(ends=500),
        )

    def test_rotation_forgets_what_ended_when_told_the_time(self, stored: Opened) -> None:
        vault = stored()
        vault.rotate_signing_key(SECOND, retire_at=1000)
        vault.rotate_signing_key(THIRD, retire_at=5000, now=1001)
        assert stored().signing_keys() == (THIRD, SECOND._replace(ends=5000))

    def test_a_signing_key_that_is_none_is_refused(self, stored: Opened) -> None:
        for bad in (SigningKey("a:b", Secret(b"x" * 32)), SigningKey("short", Secret(b"x" * 31))):
            with pytest.raises(InvalidValue):
                stored().rotate_signing_key(bad, retire_at=1000)
        assert stored().signing_keys() == (FIRST,)

    def test_no_secret_lies_on_the_disk_in_plain(self, stored: Opened, folder: str) -> None:
        stored().put_secret_access_keys({"AKIAQ": Secret("plain-to-see")})
        stored().put_secret_access_keys({"AKIAR": Secret("plain-to-see-too")})
        found = b"".join(path.read_bytes() for path in Path(folder).iterdir())
        for secret in (b"plain-to-see", b"AKIAQ", FIRST.secret.reveal(), b"31" * 32):
            assert secret not in found
        assert b"correct horse" not in found

    def test_every_write_is_sealed_afresh(self, stored: Opened, folder: str) -> None:
        sealed = Path(folder) / "keys.sealed"
        seen = set()
        for value in ("a", "b", "a", "b"):
            stored().put_secret_access_keys({"AKIAA": Secret(value)})
            seen.add(sealed.read_bytes()[32:])
        assert len(seen) == 4

    def test_nothing_is_written_when_nothing_changes(self, stored: Opened, folder: str) -> None:
        stored().put_secret_access_keys({"AKIAA": Secret("a")})
        before = (Path(folder) / "keys.sealed").read_bytes()
        stored().put_secret_access_keys({"AKIAA": Secret("a")})
        stored().delete_secret_access_keys(("AKIAZ",))
        assert (Path(folder) / "keys.sealed").read_bytes() == before

    def test_the_generation_before_is_kept_and_opens(self, stored: Opened, folder: str) -> None:
        stored().put_secret_access_keys({"AKIAA": Secret("a")})
        stored().put_secret_access_keys({"AKIAB": Secret("b")})
        os.replace(f"{folder}/keys.sealed.previous", f"{folder}/keys.sealed")
        assert stored().key_ids() == ("AKIAA",)

    @pytest.mark.parametrize("damage", ["missing", "cut", "one bit", "not ours", "longer"])
    def test_damage_is_refused_and_nothing_is_made_anew(
        self, stored: Opened, folder: str, damage: str
    ) -> None:
        path = Path(folder) / "keys.sealed"
        whole = path.read_bytes()
        path.unlink()
        damaged = {
            "cut": whole[:-1],
            "one bit": whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:],
            "not ours": b"-----BEGIN PRIVATE KEY-----\n" * 20,
            "longer": whole + b"\n",
        }
        if damage in damaged:
            path.write_bytes(damaged[damage])
        for use in (
            lambda vault: vault.signing_keys(),
            lambda vault: vault.put_secret_access_keys({"AKIAA": Secret("a")}),
            lambda vault: vault.rotate_signing_key(SECOND, 1000),
        ):
            with pytest.raises(VaultUnavailable) as refused:
                use(stored())
            assert str(path) in refused.value.message
            assert refused.value.hint
        assert path.exists() == (damage in damaged)
        if damage in damaged:
            assert path.read_bytes() == damaged[damage]

    def test_another_directorys_vault_is_refused(
        self, stored: Opened, folder: str, settings: VaultSettings
    ) -> None:
        other = UUID.replace("5b1d", "aaaa")
        elsewhere = f"{Path(folder).parent}/{other}"
        create_vault(stored().kind, elsewhere, other, SECOND, settings)
        shutil.copy(f"{elsewhere}/keys.sealed", f"{folder}/keys.sealed")
        with pytest.raises(VaultUnavailable, match=f"belongs to another directory, {other}"):
            stored().signing_keys()
        with pytest.raises(VaultUnavailable, match="belongs to another directory"):
            open_vault(elsewhere, UUID, None, settings)

    def test_opening_asks_nobody_until_a_secret_is_needed(
        self, stored: Opened, folder: str
    ) -> None:
        def prompt(_message: str) -> Secret:
            raise AssertionError("asked")

        bare = VaultSettings({}, os.urandom, prompt, scrypt_log_n=10)
        assert open_vault(folder, UUID, stored().kind, bare).kind == stored().kind


@pytest.mark.parametrize("to_kind", STORED)
@pytest.mark.parametrize("kind", STORED)
class TestRewrapping:
    def test_the_same_secrets_under_another_key(
        self,
        request: pytest.FixtureRequest,
        kind: str,
        to_kind: str,
        folder: str,
        settings: VaultSettings,
    ) -> None:
        with_keyring(request, kind, to_kind)
        vault = create_vault(kind, folder, UUID, FIRST, settings)
        vault.put_secret_access_keys({"AKIAA": Secret("a")})
        vault.put_mfa_seed("phone", SEED)
        code = shown_by("phone", vault, NOW)
        assert vault.use_mfa_code("phone", code, NOW) == GOOD
        vault.change_cached_sessions(lambda _: {"aa": SESSION}, NOW)
        vault.put_pool_identity("p", ("a",), "id-1")
        stale = (Path(folder) / "keys.sealed").read_bytes()

        new = settings._replace(environment={"IAMCTL_VAULT_PASSPHRASE": "battery staple"})
        again = rewrap(vault, to_kind, new)

        assert again.kind == recorded_kind(folder) == to_kind
        opened = open_vault(folder, UUID, to_kind, new)
        assert opened.signing_keys() == (FIRST,)
        assert opened.secret_access_keys() == {"AKIAA": Secret("a")}
        assert opened.mfa_seed("phone") == SEED
        assert opened.use_mfa_code("phone", code, NOW) == MfaVerdict("used")
        assert opened.cached_sessions() == {"aa": SESSION}
        assert opened.pool_identities("p") == {"a": "id-1"}
        beside = {"mfa-state.sealed", "sessions.sealed", "identities.sealed"}
        kept = {"vault.json", "keys.sealed", *beside, *(["key"] if to_kind == "file" else [])}
        found = {"key" if name.startswith("wrapping-key.") else name for name in os.listdir(folder)}
        assert found == kept
        assert len(os.listdir(folder)) == len(kept)

        # The old key is gone: what was sealed with it opens no more, unless it was in a head.
        (Path(folder) / "keys.sealed").write_bytes(stale)
        if kind != "passphrase" or to_kind != kind:
            with pytest.raises(VaultUnavailable):
                open_vault(folder, UUID, None, settings).signing_keys()


READ = """
import os, sys
from iamctl.domain.errors import VaultUnavailable
from iamctl.vault import VaultSettings, open_vault
folder, uuid = sys.argv[1:]
settings = VaultSettings(os.environ, os.urandom)
try:
    key = open_vault(folder, uuid, None, settings).signing_keys()[0]
    print(key.id, "keyring" if "keyring" in sys.modules else "SecretStorage")
except VaultUnavailable as error:
    print(error.message)
"""


def read_alone(folder: str, environment: dict[str, str]) -> str:
    """What a process of its own says of the vault's key, and which library it asked."""
    ran = subprocess.run(
        [sys.executable, "-P", "-c", READ, folder, UUID],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    return ran.stdout


class TestRealKeyring:
    """What only holds for the operating system's keyring."""

    def test_a_program_of_its_own_finds_it(
        self, bus: dict[str, str], tmp_path: Path, folder: str
    ) -> None:
        code = """
import os, sys
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.vault import VaultSettings, create_vault, open_vault
folder, uuid = sys.argv[1:]
settings = VaultSettings(os.environ, os.urandom)
create_vault("keyring", folder, uuid, SigningKey("k", Secret(b"k" * 32)), settings)
print(open_vault(folder, uuid, None, settings).signing_keys()[0].id)
"""
        ran = subprocess.run(
            [sys.executable, "-P", "-c", code, folder, UUID],
            env=bus,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.stdout, ran.stderr) == ("k\n", "")

    @pytest.mark.parametrize(
        ("chosen", "asked"),
        [
            ({}, "SecretStorage"),
            ({"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, "SecretStorage"),
            ({"XDG_CONFIG_HOME": "relative"}, "SecretStorage"),
            ({"XDG_CURRENT_DESKTOP": "KDE"}, "keyring"),
            ({"PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}, "keyring"),
            ({"KEYRING_PROPERTY_PREFERRED_COLLECTION": COLLECTION}, "keyring"),
            ({"XDG_CONFIG_HOME": "{configured}"}, "keyring"),
        ],
    )
    def test_what_keyring_would_ask_is_asked_without_it(
        self,
        chosen: dict[str, str],
        asked: str,
        bus: dict[str, str],
        secret_service: None,
        tmp_path: Path,
        folder: str,
        settings: VaultSettings,
    ) -> None:
        create_vault("keyring", folder, UUID, FIRST, settings)
        (tmp_path / "python_keyring").mkdir()
        (tmp_path / "python_keyring" / "keyringrc.cfg").write_text(
            "[backend]\ndefault-keyring=keyring.backends.SecretService.Keyring\n"
        )
        environment = {name: value.format(configured=tmp_path) for name, value in chosen.items()}
        assert read_alone(folder, {**bus, **environment}) == f"{FIRST.id} {asked}\n"

    def test_an_entry_that_is_gone_is_missed_by_keyring_too(
        self, bus: dict[str, str], secret_service: None, folder: str, settings: VaultSettings
    ) -> None:
        import keyring

        create_vault("keyring", folder, UUID, FIRST, settings)
        entry = f"{UUID} {(Path(folder) / 'keys.sealed').read_bytes()[32:48].hex()}"
        keyring.set_password("iamctl", entry, "")
        assert "is damaged" in read_alone(folder, bus)
        keyring.delete_password("iamctl", entry)
        assert "holds no key" in read_alone(folder, bus)
        unreachable = {**bus, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/none/such"}
        assert "no keyring that can be trusted" in read_alone(folder, unreachable)

    def test_without_its_entry_the_vault_stays_shut(
        self, secret_service: None, folder: str, settings: VaultSettings
    ) -> None:
        import keyring

        create_vault("keyring", folder, UUID, FIRST, settings)
        sealed = (Path(folder) / "keys.sealed").read_bytes()
        entry = f"{UUID} {sealed[32:48].hex()}"
        assert keyring.get_password("iamctl", entry) is not None
        for value in ("", "iamctl-wrapping-key-1:00", "0" * 64, "iamctl-wrapping-key-1:" + "zz"):
            keyring.set_password("iamctl", entry, value)
            with pytest.raises(VaultUnavailable, match="is damaged"):
                open_vault(folder, UUID, None, settings).signing_keys()
        keyring.set_password("iamctl", entry, "iamctl-wrapping-key-1:" + "00" * 32)
        with pytest.raises(VaultUnavailable, match="not sealed with this machine's key"):
            open_vault(folder, UUID, None, settings).signing_keys()
        keyring.delete_password("iamctl", entry)
        with pytest.raises(VaultUnavailable, match="holds no key"):
            open_vault(folder, UUID, None, settings).signing_keys()
        assert (Path(folder) / "keys.sealed").read_bytes() == sealed

    def test_two_state_folders_do_not_take_each_others_key(
        self, secret_service: None, tmp_path: Path, settings: VaultSettings
    ) -> None:
        folders = [vault_folder(str(tmp_path / name), UUID) for name in ("one", "two")]
        for folder, key in zip(folders, (FIRST, SECOND), strict=True):
            create_vault("keyring", folder, UUID, key, settings)
        rewrap(open_vault(folders[1], UUID, None, settings), "file")
        assert open_vault(folders[0], UUID, None, settings).signing_keys() == (FIRST,)

    def test_a_chain_of_keyrings_is_unpacked_to_the_trusted_one(
        self, secret_service: None, folder: str, settings: VaultSettings
    ) -> None:
        import keyring
        from keyring.backends import SecretService, chainer, null

        class Chain(chainer.ChainerBackend):
            backends = [null.Keyring(), SecretService.Keyring()]  # noqa: RUF012

        Chain.__module__, Chain.__qualname__ = "keyring.backends.chainer", "ChainerBackend"
        keyring.set_keyring(Chain())
        create_vault("keyring", folder, UUID, FIRST, settings)
        keyring.set_keyring(SecretService.Keyring())
        assert open_vault(folder, UUID, None, settings).signing_keys() == (FIRST,)

    def test_a_locked_keyring_is_unavailable(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        monkeypatch: pytest.MonkeyPatch,
        folder: str,
        settings: VaultSettings,
    ) -> None:
        import secretstorage

        home = str(tmp_path_factory.mktemp("locked"))
        with session_bus(home) as bus, talking_to(bus, monkeypatch):
            create_vault("keyring", folder, UUID, FIRST, settings)
            connection = secretstorage.dbus_init()
            secretstorage.get_default_collection(connection).lock()
            connection.close()
            with pytest.raises(VaultUnavailable, match="cannot read the keyring"):
                open_vault(folder, UUID, None, settings).signing_keys()
            assert "cannot read the keyring" in read_alone(folder, bus)
