"""The files beside the keys: many at once, full disks, deaths, rewraps cut short."""

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iamctl.domain.errors import ConcurrentChange, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import CachedSession, MfaVerdict, SigningKey, Vault
from iamctl.vault import VaultSettings, create_vault, open_vault, rewrap

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
SEED = Secret(b"12345678901234567890")
NOW = 1_800_000_000
SESSION = CachedSession(NOW + 900, Secret(b"a session"))
AtCall = Callable[[int, Callable[[], object]], bool]
OUTCOMES = ("good", "wrong", "used", "throttled", "unknown")
BESIDE = {"mfa-state.sealed", "sessions.sealed", "identities.sealed"}


@pytest.fixture
def vault(folder: str, uuid: str, first: SigningKey, settings: VaultSettings) -> Vault:
    made = create_vault("file", folder, uuid, first, settings)
    made.put_mfa_seed("phone", SEED)
    return made


@pytest.fixture
def filled(vault: Vault) -> str:
    """The vault with something in every file; the code that was used."""
    code = vault.mfa_code("phone", NOW)
    assert code is not None
    assert vault.use_mfa_code("phone", code, NOW).outcome == "good"
    vault.change_cached_sessions(lambda _: {"aa": SESSION}, NOW)
    vault.put_pool_identity("p", ("a",), "id-1")
    return code


def all_exits(actions: list[Callable[[], int]]) -> list[int]:
    """Runs each in a process of its own, all at once; what they returned."""
    children = []
    for action in actions:
        child = os.fork()
        if child == 0:
            status = 99
            try:
                status = action()
            finally:
                os._exit(status)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


class Told:
    """What a process said before it died."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)

    def tell(self, verdict: MfaVerdict) -> None:
        os.write(self.writing, verdict.outcome.encode())

    def heard(self) -> str:
        try:
            return os.read(self.reading, 100).decode()
        except BlockingIOError:
            return ""


@pytest.fixture
def told() -> Iterator[Told]:
    made = Told()
    yield made
    os.close(made.reading)
    os.close(made.writing)


def names(folder: str) -> set[str]:
    return {name for name in os.listdir(folder) if not name.startswith("wrapping-key.")}


class TestManyAtOnce:
    def test_of_twenty_that_use_a_code_one_gets_in(self, vault: Vault) -> None:
        for round_ in range(SCALE):
            now = NOW + 300 * round_
            code = vault.mfa_code("phone", now) or ""

            def use(code: str = code, now: int = now) -> int:
                return OUTCOMES.index(vault.use_mfa_code("phone", code, now).outcome)

            assert sorted(all_exits([use] * 20)) == [0] + [OUTCOMES.index("used")] * 19

    def test_of_twenty_wrong_codes_five_are_looked_at(self, vault: Vault) -> None:
        def use() -> int:
            return OUTCOMES.index(vault.use_mfa_code("phone", "guess", NOW).outcome)

        codes = all_exits([use] * 20)
        assert sorted(codes) == [OUTCOMES.index("wrong")] * 5 + [OUTCOMES.index("throttled")] * 15

    def test_no_session_is_lost(self, vault: Vault) -> None:
        def keep(number: int) -> int:
            for count in range(2 * SCALE):
                key = f"{number:02x}{count:04x}"
                vault.change_cached_sessions(lambda held, key=key: {**held, key: SESSION}, NOW)
            return 0

        assert all_exits([lambda n=n: keep(n) for n in range(20)]) == [0] * 20
        assert len(vault.cached_sessions()) == 40 * SCALE

    def test_a_login_gets_one_identity(self, vault: Vault) -> None:
        def get(number: int) -> int:
            return int(vault.put_pool_identity("p", ("a", f"b{number}"), f"{number}"))

        assert len(set(all_exits([lambda n=n: get(n) for n in range(20)]))) == 1
        assert len(vault.pool_identities("p")) == 21

    def test_readers_read_past_rewraps(
        self, vault: Vault, filled: str, folder: str, uuid: str, settings: VaultSettings
    ) -> None:
        def read() -> int:
            for _ in range(30 * SCALE):
                opened = open_vault(folder, uuid, None, settings)
                try:
                    if opened.pool_identities("p") != {"a": "id-1"}:
                        return 1
                except ConcurrentChange:
                    continue  # two rewraps within one reading
            return 0

        def move() -> int:
            for _ in range(10 * SCALE):
                rewrap(open_vault(folder, uuid, None, settings), "file")
            return 0

        assert all_exits([read, read, move]) == [0, 0, 0]


class TestDeath:
    def test_a_code_is_never_good_twice(
        self, killed_at_call: AtCall, vault: Vault, folder: str, told: Told
    ) -> None:
        again, number, killed, now = set(), 0, True, NOW
        while killed:
            number += 1
            now += 300
            code = vault.mfa_code("phone", now) or ""
            killed = killed_at_call(
                number,
                lambda code=code, now=now: told.tell(vault.use_mfa_code("phone", code, now)),
            )
            outcome = vault.use_mfa_code("phone", code, now).outcome
            assert (told.heard(), outcome) in (("", "good"), ("", "used"), ("good", "used"))
            again.add(outcome)
            known = {"keys.sealed", "keys.sealed.previous", "vault.json", "mfa-state.sealed"}
            assert names(folder) == known
        assert number > 5
        assert again == {"good", "used"}

    def test_a_failure_that_was_told_counts(
        self, killed_at_call: AtCall, vault: Vault, told: Told
    ) -> None:
        """Killing it before the answer is no way to guess for nothing: the answer is not had."""
        after, number, killed = set(), 0, True
        while killed:
            number += 1
            vault.delete_mfa_seeds(("phone",))
            vault.put_mfa_seed("phone", Secret(bytes([number]) * 20))
            for _ in range(4):
                vault.use_mfa_code("phone", "guess", NOW)
            killed = killed_at_call(
                number, lambda: told.tell(vault.use_mfa_code("phone", "guess", NOW))
            )
            outcome = vault.use_mfa_code("phone", "guess", NOW).outcome
            assert (told.heard(), outcome) != ("wrong", "wrong")
            after.add(outcome)
        assert after == {"wrong", "throttled"}

    def test_a_seed_is_whole_and_starts_afresh(
        self,
        killed_at_call: AtCall,
        vault: Vault,
        filled: str,
        folder: str,
    ) -> None:
        new = Secret(b"n" * 20)
        seen, number, killed = [], 0, True
        while killed:
            number += 1
            vault.delete_mfa_seeds(("phone",))
            killed = killed_at_call(number, lambda: vault.put_mfa_seed("phone", new))
            seen.append(vault.mfa_seed("phone") == new)
            assert seen[-1] or vault.mfa_seed("phone") is None
        assert (seen[0], seen[-1]) == (False, True)
        assert vault.use_mfa_code("phone", vault.mfa_code("phone", NOW) or "", NOW)[0] == "good"

    def test_sessions_are_the_old_or_the_new_ones(
        self,
        killed_at_call: AtCall,
        vault: Vault,
        filled: str,
        folder: str,
    ) -> None:
        seen, number, killed = set(), 0, True
        while killed:
            number += 1
            killed = killed_at_call(
                number,
                lambda: vault.change_cached_sessions(lambda held: {**held, "bb": SESSION}, NOW),
            )
            seen.add(tuple(vault.cached_sessions()))
            vault.change_cached_sessions(lambda _: {"aa": SESSION}, NOW)
        assert seen == {("aa",), ("aa", "bb")}
        assert names(folder) == BESIDE | {"keys.sealed", "keys.sealed.previous", "vault.json"}

    def test_an_identity_stays_the_one_it_was(
        self, killed_at_call: AtCall, vault: Vault, filled: str
    ) -> None:
        number, killed = 0, True
        while killed:
            number += 1
            killed = killed_at_call(
                number, lambda: vault.put_pool_identity("p", ("a", "b"), "id-2")
            )
            assert vault.pool_identities("p")["a"] == "id-1"
            assert vault.put_pool_identity("p", ("b",), "id-1") == "id-1"

    def test_a_rewrap_cut_short_takes_everything_along(
        self,
        killed_at_call: AtCall,
        vault: Vault,
        filled: str,
        folder: str,
        uuid: str,
        settings: VaultSettings,
    ) -> None:
        """Each rewrap begins with what the killed one before it left."""
        number, killed, keys = 0, True, set()
        while killed:
            number += 1
            killed = killed_at_call(
                number, lambda: rewrap(open_vault(folder, uuid, None, settings), "file")
            )
            opened = open_vault(folder, uuid, None, settings)
            assert opened.use_mfa_code("phone", filled, NOW).outcome == "used"
            assert opened.cached_sessions() == {"aa": SESSION}
            assert opened.pool_identities("p") == {"a": "id-1"}
            keys.add((Path(folder) / "keys.sealed").read_bytes()[32:48])
        assert number > 40
        assert len(keys) > 3
        assert names(folder) == BESIDE | {"keys.sealed", "vault.json"}
        assert len(list(Path(folder).glob("wrapping-key.*"))) == 1

    def test_a_change_after_a_rewrap_cut_short_clears_up(
        self,
        killed_at_call: AtCall,
        vault: Vault,
        filled: str,
        folder: str,
        uuid: str,
        settings: VaultSettings,
    ) -> None:
        number, killed, left = 0, True, 0
        while killed:
            number += 1
            killed = killed_at_call(
                number, lambda: rewrap(open_vault(folder, uuid, None, settings), "file")
            )
            opened = open_vault(folder, uuid, None, settings)
            left += any(name.endswith(".next") for name in os.listdir(folder))
            later = NOW + 300 * number
            code = opened.mfa_code("phone", later) or ""
            assert opened.use_mfa_code("phone", code, later).outcome == "good"
            opened.change_cached_sessions(lambda held: {**held, "bb": SESSION}, NOW)
            opened.change_cached_sessions(lambda held: {"aa": held["aa"]}, NOW)
            opened.put_pool_identity("p", (f"b{number}",), "id-2")
            assert not any(".next" in name for name in os.listdir(folder))
            again = open_vault(folder, uuid, None, settings)
            assert again.use_mfa_code("phone", code, later).outcome == "used"
            assert again.cached_sessions() == {"aa": SESSION}
            assert len(again.pool_identities("p")) == number + 1
        assert left > 5


class TestFullDisk:
    def test_nothing_is_taken_that_cannot_be_written_down(
        self,
        in_child: Callable[[Callable[[], object]], int],
        vault: Vault,
        filled: str,
        folder: str,
        uuid: str,
        settings: VaultSettings,
    ) -> None:
        later = NOW + 300
        code = vault.mfa_code("phone", later) or ""

        def use(limit: int) -> None:
            vault.unlock()
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            assert vault.use_mfa_code("phone", code, later).outcome == "good"

        def move(limit: int) -> None:
            opened = open_vault(folder, uuid, None, settings)
            opened.unlock()
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            rewrap(opened, "file")

        for action in (use, move):
            codes = []
            for limit in range(0, 1200, 40):
                codes.append(in_child(lambda action=action, limit=limit: action(limit)))
                again = open_vault(folder, uuid, None, settings)
                assert again.pool_identities("p") == {"a": "id-1"}
                if codes[-1] == 0:
                    break
            assert len(codes) > 3
            assert codes == [100] * (len(codes) - 1) + [0]
            assert vault.use_mfa_code("phone", code, later).outcome == "used"
        assert names(folder) == BESIDE | {"keys.sealed", "vault.json"}


class TestRewrapping:
    def test_what_must_not_be_lost_stops_it_and_what_can_does_not(
        self, vault: Vault, filled: str, folder: str, uuid: str, settings: VaultSettings
    ) -> None:
        (Path(folder) / "sessions.sealed").write_bytes(b"rubbish")
        rewrap(vault, "file")
        opened = open_vault(folder, uuid, None, settings)
        assert opened.cached_sessions() == {}
        before = (Path(folder) / "keys.sealed").read_bytes()
        (Path(folder) / "mfa-state.sealed").write_bytes(b"rubbish")
        with pytest.raises(VaultUnavailable, match=r"mfa-state\.sealed"):
            rewrap(opened, "file")
        assert (Path(folder) / "keys.sealed").read_bytes() == before
        again = open_vault(folder, uuid, None, settings)
        assert again.pool_identities("p") == {"a": "id-1"}
        assert not any(name.endswith(".next") for name in os.listdir(folder))
        assert len(list(Path(folder).glob("wrapping-key.*"))) == 1

    def test_a_file_of_another_key_is_refused_or_nothing(
        self, vault: Vault, filled: str, folder: str, uuid: str, settings: VaultSettings
    ) -> None:
        """As when somebody puts back copies that do not belong together."""
        copies = {name: (Path(folder) / name).read_bytes() for name in BESIDE}
        rewrap(vault, "file")
        for name, data in copies.items():
            (Path(folder) / name).write_bytes(data)
        opened = open_vault(folder, uuid, None, settings)
        for use in (
            lambda: opened.use_mfa_code("phone", filled, NOW),
            lambda: opened.pool_identities("p"),
        ):
            with pytest.raises(VaultUnavailable, match="not sealed with this vault's key"):
                use()
        assert opened.cached_sessions() == {}

    def test_no_file_opens_in_the_place_of_another(
        self, vault: Vault, filled: str, folder: str
    ) -> None:
        use: dict[str, Callable[[], object]] = {
            "mfa-state.sealed": lambda: vault.use_mfa_code("phone", filled, NOW),
            "identities.sealed": lambda: vault.pool_identities("p"),
        }
        for name in BESIDE:
            for other in BESIDE - {name}:
                data = (Path(folder) / other).read_bytes()
                before = (Path(folder) / name).read_bytes()
                (Path(folder) / name).write_bytes(data)
                if name == "sessions.sealed":
                    assert vault.cached_sessions() == {}
                else:
                    with pytest.raises(VaultUnavailable, match="something else than it should"):
                        use[name]()
                (Path(folder) / name).write_bytes(before)


def test_a_passphrase_is_asked_for_once(
    folder: str, uuid: str, first: SigningKey, settings: VaultSettings
) -> None:
    asked = []

    def prompt(message: str) -> Secret:
        asked.append(message)
        return Secret("p")

    settings = settings._replace(prompt=prompt)
    create_vault("passphrase", folder, uuid, first, settings)
    assert len(asked) == 2
    vault = open_vault(folder, uuid, None, settings)
    vault.put_mfa_seed("phone", SEED)
    vault.use_mfa_code("phone", "guess", NOW)
    vault.change_cached_sessions(lambda _: {"aa": SESSION}, NOW)
    vault.put_pool_identity("p", ("a",), "id-1")
    assert vault.cached_sessions() == {"aa": SESSION}
    assert vault.pool_identities("p") == {"a": "id-1"}
    assert len(asked) == 3


def test_a_vault_without_seeds_is_written_as_before(
    vault: Vault, folder: str, uuid: str, settings: VaultSettings
) -> None:
    """An iamctl from before MFA still opens it."""
    from iamctl.vault.key_file import KeyFile
    from iamctl.vault.sealed import KEYS, read_header, unseal

    def plain() -> bytes:
        sealed = (Path(folder) / "keys.sealed").read_bytes()
        header = read_header(sealed, KEYS, uuid, "F")
        key = KeyFile(folder, uuid, settings).obtain(header.wrapping)
        return unseal(sealed, header, key.secret, "F")

    assert b"mfa_seeds" in plain()
    vault.delete_mfa_seeds(("phone",))
    assert b"mfa_seeds" not in plain()
