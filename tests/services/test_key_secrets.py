"""Keys in file and vault: what stands where when something fails in between."""

import pytest

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import (
    AlreadyExists,
    InvalidValue,
    LimitExceeded,
    NotFound,
    StorageFailure,
    VaultUnavailable,
)
from iamctl.domain.secret import Secret
from iamctl.ports import Edit
from iamctl.services import key_secrets, keys
from iamctl.sts.caller import authenticate_key, fingerprint

NOW = 1_795_510_800
UUID = "5b1d0000-0000-4000-8000-000000000001"
OLD = "AKIAALICEALICEALICE2"
SECRET = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


class Repository:
    """One directory in memory; it can be told to fail when it should write."""

    path = "directory.yaml"

    def __init__(self, directory, log):
        self.directory, self.log, self.failure = directory, log, None

    def load(self):
        return self.directory

    def apply(self, plan, confirmed=None, dry_run=False):
        changes = plan(self.directory)
        if changes and not dry_run:
            if self.failure:
                raise self.failure
            self.directory = Directory(apply_changes(self.directory.plain, changes))
            self.log.append("file")
        return Edit(changes, "", self.path)


class Vault:
    """Secrets in memory; it can be told to refuse."""

    kind = "memory"

    def __init__(self, log):
        self.held, self.log, self.failure = {}, log, None

    def secret_access_key(self, key_id):
        return self.held.get(key_id)

    def put_secret_access_keys(self, secrets):
        if self.failure:
            raise self.failure
        self.held.update(secrets)
        self.log.append("vault")

    def delete_secret_access_keys(self, key_ids):
        for key_id in key_ids:
            self.held.pop(key_id, None)
        self.log.append("vault")


@pytest.fixture
def log():
    return []


@pytest.fixture
def repository(directory, log):
    return Repository(directory, log)


@pytest.fixture
def vault(log):
    return Vault(log)


@pytest.fixture
def create(repository, vault, randomness):
    def run(user, **request):
        return key_secrets.create_key(
            repository, vault, user=user, now=NOW, randomness=randomness, **request
        )

    return run


@pytest.fixture
def take(repository, vault, randomness):
    def run(user, key_id, secret=SECRET, **request):
        return key_secrets.import_key(
            repository, vault, user=user, key_id=key_id, secret=secret, now=NOW,
            randomness=randomness, **request,
        )  # fmt: skip

    return run


@pytest.mark.parametrize("user", ["bob", "carol"])
def test_a_key_goes_to_the_vault_then_to_the_file(repository, vault, log, create, user):
    created = create(user)
    assert log == ["vault", "file"]
    assert vault.held == {created.key_id: created.secret}
    caller = authenticate_key(repository.directory, created.key_id, created.secret, None, "test")
    assert caller.user.name == user
    assert caller.unique_id.startswith("AIDA")
    assert created.secret.reveal_text() not in repr((created, repository.directory.plain))


def test_a_third_key_is_refused_before_anything_is_touched(vault, log, create):
    create("alice")
    log.clear()
    with pytest.raises(LimitExceeded, match='AccessKeysPerUser: 2 for user "alice"') as caught:
        create("alice")
    assert "key delete" in caught.value.hint
    assert log == []


def test_a_key_for_nobody(create, log):
    with pytest.raises(NotFound):
        create("nobody")
    assert log == []


def test_a_directory_without_a_uuid_holds_no_keys(repository, create, log):
    plain = {k: v for k, v in repository.directory.plain.items() if k != "directory"}
    repository.directory = Directory(plain)
    with pytest.raises(VaultUnavailable, match="no UUID"):
        create("bob")
    assert log == []


def test_when_the_file_fails_the_vault_forgets_the_key(repository, vault, create):
    repository.failure = StorageFailure("disk full")
    with pytest.raises(StorageFailure):
        create("bob")
    assert vault.held == {}
    assert not repository.directory.users["bob"].keys


def test_when_the_vault_fails_the_file_stays(repository, vault, create):
    vault.failure = VaultUnavailable("locked")
    before = repository.directory
    with pytest.raises(VaultUnavailable):
        create("bob")
    assert repository.directory is before


def test_a_dry_run_stores_nothing(repository, create, log):
    created = create("bob", dry_run=True)
    assert created.edit.changes
    assert log == []


def test_an_imported_key_has_no_fingerprint_unless_asked(repository, vault, take):
    take("bob", "AKIAIOSFODNN7EXAMPLE")
    assert repository.directory.users["bob"].keys["AKIAIOSFODNN7EXAMPLE"].fingerprint is None
    take("bob", "AKIAIOSFODNN7EXAMPLF", with_fingerprint=True)
    expected = fingerprint(UUID, "AIDABOBBOBBOBBOBBOB22", "AKIAIOSFODNN7EXAMPLF", SECRET)
    key = repository.directory.users["bob"].keys["AKIAIOSFODNN7EXAMPLF"]
    assert key.fingerprint == expected
    assert len(vault.held) == 2


@pytest.mark.parametrize(
    ("user", "key_id", "secret", "error"),
    [
        ("bob", "ASIAIOSFODNN7EXAMPLE", SECRET, InvalidValue),
        ("bob", "AKIA", SECRET, InvalidValue),
        ("bob", "AKIAIOSFODNN7EXAMPLE", Secret("short"), InvalidValue),
        ("bob", "AKIAIOSFODNN7EXAMPLE", Secret(b"\xff" * 40), InvalidValue),
        ("bob", OLD, SECRET, AlreadyExists),
        ("nobody", "AKIAIOSFODNN7EXAMPLE", SECRET, NotFound),
    ],
)
def test_keys_that_cannot_be_imported(take, log, user, key_id, secret, error):
    with pytest.raises(error):
        take(user, key_id, secret)
    assert log == []


def test_a_listed_key_only_goes_into_this_vault(repository, vault, log, take, create):
    created = create("bob")
    vault.held.clear()
    log.clear()
    with pytest.raises(InvalidValue, match="does not belong to access key"):
        take("bob", created.key_id)
    assert take("bob", created.key_id, created.secret).edit.changes == ()
    assert log == ["vault"]
    assert vault.held == {created.key_id: created.secret}


def test_another_secret_in_the_vault_is_never_overwritten(repository, vault, take):
    vault.held["AKIAIOSFODNN7EXAMPLE"] = Secret("another")
    with pytest.raises(AlreadyExists, match="holds another secret") as refused:
        take("bob", "AKIAIOSFODNN7EXAMPLE")
    assert "vault prune AKIAIOSFODNN7EXAMPLE" in refused.value.hint
    vault.held["AKIAIOSFODNN7EXAMPLE"] = SECRET
    repository.failure = StorageFailure("disk full")
    with pytest.raises(StorageFailure):
        take("bob", "AKIAIOSFODNN7EXAMPLE")
    assert vault.held == {"AKIAIOSFODNN7EXAMPLE": SECRET}


def test_what_forgets_another_secret_of_a_key_that_the_file_lists(vault, take, create):
    created = create("bob")
    vault.held[created.key_id] = Secret("another")
    with pytest.raises(AlreadyExists, match="holds another secret") as refused:
        take("bob", created.key_id, created.secret)
    assert f"key delete {created.key_id}" in refused.value.hint  # prune refuses a key of the file


def test_deleting_takes_the_file_first(repository, vault, log):
    vault.held[OLD] = SECRET
    key_secrets.delete_keys(repository, vault, key_ids=(OLD,))
    assert log == ["file", "vault"]
    assert vault.held == {}
    assert repository.directory.value_at(("users", "alice", "keys")) is None


def test_the_keys_of_a_deleted_user_are_told(directory):
    user = directory.plain["users"]["alice"]
    assert keys.removed_keys((Change(("users", "alice"), user, None),)) == (OLD,)
    assert keys.removed_keys((Change(("users", "alice", "tags"), {"a": "b"}, None),)) == ()
    assert keys.removed_keys((Change(("users", "alice"), None, user),)) == ()


@pytest.mark.parametrize("target", ["alice", OLD])
def test_rotating_makes_a_new_key_and_ends_the_old(repository, vault, randomness, target):
    rotated = key_secrets.rotate_key(
        repository, vault, target=target, now=NOW, randomness=randomness
    )
    alice = repository.directory.users["alice"]
    assert (rotated.old_key_id, rotated.deactivated) == (OLD, True)
    assert [key.active for key in alice.keys.values()] == [False, True]
    with pytest.raises(LimitExceeded):
        key_secrets.rotate_key(repository, vault, target=target, now=NOW, randomness=randomness)


def test_rotating_can_keep_the_old_key(repository, vault, randomness):
    rotated = key_secrets.rotate_key(
        repository, vault, target="alice", keep_old=True, now=NOW, randomness=randomness
    )
    assert not rotated.deactivated
    assert all(key.active for key in repository.directory.users["alice"].keys.values())


@pytest.mark.parametrize("target", ["bob", "nobody", "AKIANONENONENONENONE"])
def test_nothing_to_rotate(repository, vault, log, randomness, target):
    with pytest.raises(NotFound):
        key_secrets.rotate_key(repository, vault, target=target, now=NOW, randomness=randomness)
    assert log == []
