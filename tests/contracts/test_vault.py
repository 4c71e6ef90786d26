"""One suite for every kind of vault, the keyring being a real Secret Service."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iamctl.domain.errors import AlreadyExists, InvalidValue, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey, Vault
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
STORED = tuple(kind for kind in KINDS if kind != "env")
FIRST = SigningKey("first", Secret(b"1" * 32))
SECOND = SigningKey("second", Secret(b"2" * 32))
THIRD = SigningKey("third", Secret(b"3" * 32))

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
        stale = (Path(folder) / "keys.sealed").read_bytes()

        new = settings._replace(environment={"IAMCTL_VAULT_PASSPHRASE": "battery staple"})
        again = rewrap(vault, to_kind, new)

        assert again.kind == recorded_kind(folder) == to_kind
        opened = open_vault(folder, UUID, to_kind, new)
        assert opened.signing_keys() == (FIRST,)
        assert opened.secret_access_keys() == {"AKIAA": Secret("a")}
        kept = {"vault.json", "keys.sealed", *(["key"] if to_kind == "file" else [])}
        found = {"key" if name.startswith("wrapping-key.") else name for name in os.listdir(folder)}
        assert found == kept
        assert len(os.listdir(folder)) == len(kept)

        # The old key is gone: what was sealed with it opens no more, unless it was in a head.
        (Path(folder) / "keys.sealed").write_bytes(stale)
        if kind != "passphrase" or to_kind != kind:
            with pytest.raises(VaultUnavailable):
                open_vault(folder, UUID, None, settings).signing_keys()


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
