"""Plans about virtual MFA devices, and seeds kept in step with them."""

import os
from base64 import b32encode

import pyotp
import pytest

from iamctl.domain.change import apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import (
    AccessDenied,
    AlreadyExists,
    Conflict,
    Interrupted,
    InvalidValue,
    LimitExceeded,
    NotFound,
    StorageFailure,
    Usage,
    VaultUnavailable,
)
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey, Vault
from iamctl.services import mfa, mfa_seeds
from iamctl.store.repository import YamlRepository
from iamctl.vault import VaultSettings, create_vault

UUID = "5b1d0000-0000-4000-8000-000000000001"
ACCOUNT = "123456789012"
NOW = 1_795_510_800
SAID = "2026-11-24T09:00:00Z"
BEFORE = "2026-11-01T00:00:00Z"

TEXT = f"""\
iamctl: 1
directory: {UUID}
account: {{id: "{ACCOUNT}"}}
users:
  alice: {{id: AIDAALICEALICEALICE22}}
  bob: {{id: AIDABOBBOBBOBBOBBOB22}}
mfa:
  # in the safe
  phone:
    path: /eng/
    created: {BEFORE}
    user: alice
    enabled: {BEFORE}
    tags: {{colour: red}}
  drawer:
    created: {BEFORE}
"""


@pytest.fixture
def repository(tmp_path) -> YamlRepository:
    (tmp_path / "directory.yaml").write_text(TEXT)
    return YamlRepository(str(tmp_path / "directory.yaml"))


@pytest.fixture
def directory(repository) -> Directory:
    return repository.load()


@pytest.fixture
def vault(tmp_path) -> Vault:
    key = SigningKey("first", Secret(os.urandom(32)))
    folder = str(tmp_path / UUID)
    return create_vault("file", folder, UUID, key, VaultSettings({}, os.urandom))


def after(directory: Directory, changes) -> dict:
    plain = apply_changes(directory.plain, changes)
    devices = plain["mfa"]
    assert isinstance(devices, dict)
    return devices


def serial(rest: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:mfa/{rest}"


def codes_at(seed: Secret, instant: int) -> tuple[str, str]:
    """The code shown then and the one before it, in the order they are seen."""
    totp = pyotp.TOTP(b32encode(seed.reveal()).decode())
    return totp.at(instant - 30), totp.at(instant)


class TestCreate:
    def test_what_is_written(self, directory):
        made = after(directory, mfa.plan_create(directory, name="key", now=NOW))
        assert made["key"] == {"created": SAID}
        made = after(
            directory,
            mfa.plan_create(
                directory, name="key", path="/a/", tags=[("B", "x"), ("b", "y")],
                user="bob", now=NOW,
            ),
        )  # fmt: skip
        assert made["key"] == {
            "path": "/a/", "created": SAID, "user": "bob", "enabled": SAID,
            "tags": {"B": "x", "b": "y"},
        }  # fmt: skip

    @pytest.mark.parametrize("name", ["phone", "PHONE"])
    def test_a_name_that_is_taken(self, directory, name):
        with pytest.raises(AlreadyExists, match="same path and name already exists"):
            mfa.plan_create(directory, name=name, path="/other/", now=NOW)

    @pytest.mark.parametrize(
        ("name", "path"), [("", "/"), ("a b", "/"), ("a/b", "/"), ("k", "eng")]
    )
    def test_what_aws_does_not_take(self, directory, name, path):
        with pytest.raises(InvalidValue):
            mfa.plan_create(directory, name=name, path=path, now=NOW)

    def test_for_nobody_of_that_name(self, directory):
        with pytest.raises(NotFound, match="bbo"):
            mfa.plan_create(directory, name="key", user="bbo", now=NOW)

    def test_eight_are_the_most_that_a_user_may_have(self, directory):
        enabled = {"user": "bob", "enabled": BEFORE}
        plain = {**directory.plain, "mfa": {f"k{n}": dict(enabled) for n in range(7)}}
        eighth = apply_changes(
            plain, mfa.plan_create(Directory(plain), name="k7", user="bob", now=NOW)
        )
        with pytest.raises(LimitExceeded, match="MFADevicesPerUser: 8"):
            mfa.plan_create(Directory(eighth), name="k8", user="bob", now=NOW)
        assert mfa.plan_create(Directory(eighth), name="k8", user="alice", now=NOW)


class TestEnable:
    @pytest.mark.parametrize("name", ["drawer", serial("drawer")])
    def test_what_is_written(self, directory, name):
        made = after(directory, mfa.plan_enable(directory, name=name, user="bob", now=NOW))
        assert made["drawer"] == {"created": BEFORE, "user": "bob", "enabled": SAID}

    @pytest.mark.parametrize("user", ["alice", "bob"])
    def test_one_in_use(self, directory, user):
        with pytest.raises(AlreadyExists, match="already in use"):
            mfa.plan_enable(directory, name="phone", user=user, now=NOW)

    def test_one_that_is_not_there(self, directory):
        with pytest.raises(NotFound) as refused:
            mfa.plan_enable(directory, name="drawr", user="bob", now=NOW)
        assert refused.value.hint == 'did you mean "drawer"?'
        with pytest.raises(NotFound, match="VirtualMFADevice with serial number"):
            mfa.plan_enable(directory, name=serial("phone"), user="bob", now=NOW)


class TestDeactivateAndDelete:
    def test_it_stays_without_its_user(self, directory):
        made = after(directory, mfa.plan_deactivate(directory, names=["phone", "drawer"]))
        assert made["phone"] == {"path": "/eng/", "created": BEFORE, "tags": {"colour": "red"}}
        assert made["drawer"] == {"created": BEFORE}

    def test_one_in_use_is_deleted_with_cascade_only(self, directory):
        with pytest.raises(Conflict, match="must deactivate first") as refused:
            mfa.plan_delete(directory, names=["drawer", "phone"])
        assert refused.value.dependants == ('user "alice"',)
        changes = mfa.plan_delete(directory, names=["phone"], cascade=True)
        assert after(directory, changes).keys() == {"drawer"}
        assert mfa.removed_devices(changes) == ("phone",)

    def test_all_of_them(self, directory):
        changes = mfa.plan_delete(directory, names=["drawer", "phone", "phone"], cascade=True)
        assert set(mfa.removed_devices(changes)) == {"drawer", "phone"}

    def test_nothing_was_removed_by_other_edits(self, directory):
        assert mfa.removed_devices(mfa.plan_deactivate(directory, names=["phone"])) == ()
        assert mfa.removed_devices(mfa.plan_create(directory, name="k", now=NOW)) == ()


class TestLists:
    @pytest.mark.parametrize(
        ("asked", "names"),
        [
            ({}, ["drawer", "phone"]),
            ({"status": "Assigned"}, ["phone"]),
            ({"status": "Unassigned"}, ["drawer"]),
            ({"user": "alice"}, ["phone"]),
            ({"user": "bob"}, []),
            ({"user": "alice", "status": "Unassigned"}, []),
        ],
    )
    def test_which(self, directory, asked, names):
        assert [row.name for row in mfa.list_devices(directory, **asked)] == names

    def test_a_user_that_is_not_there(self, directory):
        with pytest.raises(NotFound):
            mfa.list_devices(directory, user="carol")

    def test_whose(self, directory):
        assert mfa.user_of(directory, "phone") == "alice"
        with pytest.raises(Usage, match="not enabled"):
            mfa.user_of(directory, "drawer")


def create(
    repository,
    vault,
    prepare=lambda seed: None,
    name="key",
    user=None,
    randomness=os.urandom,
):
    return mfa_seeds.create_device(
        repository, vault, name=name, user=user, prepare=prepare, now=NOW, randomness=randomness
    )


class TestSeeds:
    def test_vault_and_file_have_it(self, repository, vault):
        seen: list[Secret] = []

        def prepare(seed):
            assert "key" not in repository.load().mfa
            assert vault.mfa_seed("key") == seed
            seen.append(seed)

        made = create(repository, vault, prepare)
        assert made.serial == serial("key")
        assert seen == [made.seed] == [vault.mfa_seed("key")]
        assert len(made.seed.reveal()) == 20
        assert repository.load().device("key").created == NOW

    @pytest.mark.parametrize("error", [Interrupted("no"), KeyboardInterrupt(), OSError()])
    def test_what_prepare_raises_undoes_it(self, repository, vault, error):
        def prepare(seed):
            raise error

        with pytest.raises(type(error)):
            create(repository, vault, prepare)
        assert vault.mfa_devices() == ()
        assert "key" not in repository.load().mfa

    def test_a_file_that_changed_meanwhile_undoes_it(self, repository, vault):
        def prepare(seed):
            with open(repository.path, "a") as file:
                file.write("  KEY: {}\n")

        with pytest.raises(AlreadyExists):
            create(repository, vault, prepare)
        assert vault.mfa_devices() == ()

    def test_what_went_wrong_first_is_said(self, repository, vault, monkeypatch):
        def full(devices):
            raise StorageFailure("the disk is full here too")

        def prepare(seed):
            raise StorageFailure("the disk is full")

        monkeypatch.setattr(vault, "delete_mfa_seeds", full)
        with pytest.raises(StorageFailure, match=r"the disk is full$"):
            create(repository, vault, prepare)

    def test_a_device_that_got_there_by_itself_keeps_its_seed(self, repository, vault):
        def prepare(seed):
            with open(repository.path, "a") as file:
                file.write("  key: {}\n")

        with pytest.raises(AlreadyExists):
            create(repository, vault, prepare)
        assert vault.mfa_devices() == ("key",)

    def test_what_another_branch_may_need_is_not_overwritten(self, repository, vault):
        other = Secret(bytes(20))
        vault.put_mfa_seed("key", other)
        with pytest.raises(AlreadyExists, match="holds the seed"):
            create(repository, vault)
        assert vault.mfa_seed("key") == other

    def test_of_two_at_once_the_one_in_the_file_keeps_its_seed(self, repository, vault):
        made = []

        def randomness(size):
            if not made:  # between the other's look at the file and its seed in the vault
                made.append(None)
                made.append(create(repository, vault))
            return os.urandom(size)

        with pytest.raises(AlreadyExists):
            create(repository, vault, randomness=randomness)
        assert vault.mfa_seed("key") == made[1].seed

    def test_a_refused_plan_touches_no_vault(self, repository, vault):
        with pytest.raises(NotFound):
            create(repository, vault, user="nobody")
        with pytest.raises(AlreadyExists):
            create(repository, vault, name="phone")
        assert vault.mfa_devices() == ()

    def test_codes_are_proved_before_the_file_says_enabled(self, repository, vault):
        made = create(repository, vault)

        def enable(instant):
            def prove(device):
                assert device == "key"
                assert repository.load().device("key").user is None
                mfa_seeds.synchronize(vault, device, codes_at(made.seed, instant), NOW)

            mfa_seeds.enable_device(repository, vault, name="key", user="bob", prove=prove, now=NOW)

        with pytest.raises(AccessDenied, match="not valid") as refused:
            enable(NOW + 300)
        assert refused.value.code == "InvalidAuthenticationCode"
        assert repository.load().device("key").user is None
        enable(NOW)
        assert repository.load().device("key").user == "bob"

    def test_removed_ones_are_forgotten(self, repository, vault):
        create(repository, vault)
        edit = repository.apply(lambda d: mfa.plan_delete(d, names=["key"]))
        mfa_seeds.forget_removed_seeds(vault, edit.changes)
        assert vault.mfa_devices() == ()


class TestSynchronizing:
    @pytest.fixture
    def seed(self, vault) -> Secret:
        seed = Secret(bytes(range(20)))
        vault.put_mfa_seed("phone", seed)
        return seed

    def test_two_codes_of_now(self, vault, seed):
        mfa_seeds.synchronize(vault, "phone", codes_at(seed, NOW), NOW)
        with pytest.raises(AccessDenied) as refused:
            mfa_seeds.synchronize(vault, "phone", codes_at(seed, NOW), NOW)
        assert refused.value.hint == "a code works once; wait for the next"

    def test_not_one_twice_nor_the_other_way_round(self, vault, seed):
        first, second = codes_at(seed, NOW)
        for pair in ((first, first), (second, second), (second, first)):
            with pytest.raises(AccessDenied) as refused:
                mfa_seeds.synchronize(vault, "phone", pair, NOW)
            assert refused.value.message == mfa_seeds.INVALID_CODES
            assert not {first, second} & set((refused.value.hint or "").split())

    def test_a_clock_that_is_far_off_is_followed_by_resync_only(self, vault, seed, directory):
        ahead = NOW + 9 * 60
        with pytest.raises(AccessDenied):
            mfa_seeds.synchronize(vault, "phone", codes_at(seed, ahead), NOW)
        mfa_seeds.synchronize(vault, "phone", codes_at(seed, ahead), NOW, wide=True)
        shown = mfa_seeds.current_code(directory, vault, "phone", NOW + 60)
        assert shown == codes_at(seed, ahead + 60)[1]

    def test_without_its_seed_nothing_is_said(self, vault, directory):
        with pytest.raises(VaultUnavailable):
            mfa_seeds.synchronize(vault, "phone", ("123456", "234567"), NOW)
        with pytest.raises(VaultUnavailable):
            mfa_seeds.current_code(directory, vault, "phone", NOW)

    def test_what_is_no_code(self, vault, seed):
        with pytest.raises(InvalidValue, match="six digits"):
            mfa_seeds.synchronize(vault, "phone", ("12345", "234567"), NOW)
