"""Export and import: the same directory's secrets on another machine."""

import os
from pathlib import Path

import pytest

from iamctl.domain.errors import AlreadyExists, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey, Vault
from iamctl.vault import VaultSettings, create_vault, export_vault, import_vault, vault_folder

PASSPHRASE = Secret("for the train")


@pytest.fixture
def here(tmp_path: Path, uuid: str, first: SigningKey, settings: VaultSettings) -> Vault:
    vault = create_vault("file", vault_folder(str(tmp_path / "here"), uuid), uuid, first, settings)
    vault.put_secret_access_keys({"AKIAA": Secret("a"), "AKIAB": Secret("b")})
    return vault


@pytest.fixture
def there(tmp_path: Path, uuid: str, second: SigningKey, settings: VaultSettings) -> Vault:
    folder = vault_folder(str(tmp_path / "there"), uuid)
    return create_vault("file", folder, uuid, second, settings)


def test_secrets_travel_and_signing_keys_stay(
    here: Vault, there: Vault, second: SigningKey
) -> None:
    there.put_secret_access_keys({"AKIAB": Secret("b"), "AKIAC": Secret("c")})
    blob = export_vault(here, PASSPHRASE, with_signing_keys=False)
    imported = import_vault(there, blob, PASSPHRASE, retire_at=1000)
    assert imported == (("AKIAA",), (), ())
    assert there.key_ids() == ("AKIAA", "AKIAB", "AKIAC")
    assert there.secret_access_key("AKIAA") == Secret("a")
    assert there.signing_keys() == (second,)
    assert import_vault(there, blob, PASSPHRASE, retire_at=1000) == ((), (), ())


def test_mfa_seeds_travel_and_what_became_of_codes_stays(here: Vault, there: Vault) -> None:
    here.put_mfa_seed("phone", Secret(b"p" * 20))
    code = here.mfa_code("phone", 3000)
    assert code is not None
    assert here.use_mfa_code("phone", code, 3000).outcome == "good"
    there.put_mfa_seed("token", Secret(b"t" * 20))
    blob = export_vault(here, PASSPHRASE, with_signing_keys=False)
    assert import_vault(there, blob, PASSPHRASE, retire_at=1000).mfa_devices == ("phone",)
    assert there.mfa_devices() == ("phone", "token")
    assert there.mfa_seed("phone") == Secret(b"p" * 20)
    assert there.use_mfa_code("phone", code, 3000).outcome == "good"
    there.delete_mfa_seeds(("phone",))
    there.put_mfa_seed("phone", Secret(b"q" * 20))
    with pytest.raises(AlreadyExists, match="another secret under mfa/phone") as refused:
        import_vault(there, blob, PASSPHRASE, retire_at=1000)
    assert refused.value.hint is not None
    assert "iamctl vault prune mfa/phone" in refused.value.hint


def test_signing_keys_travel_when_asked_to(
    here: Vault, there: Vault, first: SigningKey, second: SigningKey
) -> None:
    blob = export_vault(here, PASSPHRASE, with_signing_keys=True)
    assert import_vault(there, blob, PASSPHRASE, retire_at=1000).signing_key_ids == ("first",)
    assert there.signing_keys() == (first, second._replace(ends=1000))
    before = there.signing_keys()
    assert import_vault(there, blob, PASSPHRASE, retire_at=2000).signing_key_ids == ()
    assert there.signing_keys() == before


def test_an_old_export_brings_no_retired_key_back(
    here: Vault, first: SigningKey, second: SigningKey
) -> None:
    blob = export_vault(here, PASSPHRASE, with_signing_keys=True)
    here.rotate_signing_key(second, retire_at=1000)
    import_vault(here, blob, PASSPHRASE, retire_at=9000)
    assert here.signing_keys() == (second, first._replace(ends=1000))


def test_of_a_key_retired_on_both_sides_the_earlier_end_holds(
    here: Vault, there: Vault, first: SigningKey, second: SigningKey
) -> None:
    third = SigningKey("third", Secret(b"3" * 32))
    import_vault(there, export_vault(here, PASSPHRASE, True), PASSPHRASE, retire_at=500)
    here.rotate_signing_key(third, retire_at=800)
    there.rotate_signing_key(SigningKey("fourth", Secret(b"4" * 32)), retire_at=700)
    import_vault(there, export_vault(here, PASSPHRASE, True), PASSPHRASE, retire_at=900)
    ends = {key.id: key.ends for key in there.signing_keys()}
    assert ends == {"third": None, "first": 700, "second": 500, "fourth": 900}
    assert there.signing_keys()[0] == third


def test_another_secret_under_a_held_id_changes_nothing(here: Vault, there: Vault) -> None:
    blob = export_vault(here, PASSPHRASE, with_signing_keys=True)
    there.put_secret_access_keys({"AKIAB": Secret("other")})
    before = (there.signing_keys(), there.secret_access_keys())
    with pytest.raises(AlreadyExists, match="AKIAB") as refused:
        import_vault(there, blob, PASSPHRASE, retire_at=1000)
    assert "iamctl key delete AKIAB" in str(refused.value.hint)
    assert "iamctl vault prune AKIAB" in str(refused.value.hint)
    assert (there.signing_keys(), there.secret_access_keys()) == before


def test_it_opens_with_its_passphrase_only(here: Vault, there: Vault) -> None:
    blob = export_vault(here, PASSPHRASE, with_signing_keys=False)
    for wrong in (Secret("For the train"), Secret("")):
        with pytest.raises(VaultUnavailable):
            import_vault(there, blob, wrong, retire_at=1000)
    with pytest.raises(VaultUnavailable, match="is empty"):
        export_vault(here, Secret(""), with_signing_keys=False)
    assert b"AKIAA" not in blob
    assert there.key_ids() == ()


def test_every_changed_byte_and_every_cut_is_refused(here: Vault, there: Vault) -> None:
    blob = export_vault(here, PASSPHRASE, with_signing_keys=False)
    bad = [blob[:i] + bytes([blob[i] ^ 1 << i % 8]) + blob[i + 1 :] for i in range(len(blob))]
    bad += [blob[:length] for length in range(len(blob))]
    for data in bad:
        with pytest.raises(VaultUnavailable):
            import_vault(there, data, PASSPHRASE, retire_at=1000)
    assert there.key_ids() == ()


def test_another_directorys_export_and_a_vault_file_are_refused(
    here: Vault, tmp_path: Path, uuid: str, first: SigningKey, settings: VaultSettings
) -> None:
    other = uuid.replace("5b1d", "aaaa")
    folder = vault_folder(str(tmp_path / "there"), other)
    foreign = create_vault("file", folder, other, first, settings)
    blob = export_vault(foreign, PASSPHRASE, with_signing_keys=True)
    with pytest.raises(VaultUnavailable, match=f"belongs to another directory, {other}"):
        import_vault(here, blob, PASSPHRASE, retire_at=1000)
    sealed = (tmp_path / "here" / uuid / "keys.sealed").read_bytes()
    with pytest.raises(VaultUnavailable, match="something else"):
        import_vault(here, sealed, PASSPHRASE, retire_at=1000)


def test_ten_thousand_secrets_travel_in_one_write(
    here: Vault, there: Vault, tmp_path: Path, uuid: str
) -> None:
    secrets = {f"AKIA{number:016}": Secret(f"{number:040}") for number in range(10_000)}
    here.put_secret_access_keys(secrets)
    blob = export_vault(here, PASSPHRASE, with_signing_keys=False)
    assert len(import_vault(there, blob, PASSPHRASE, retire_at=1000).key_ids) == 10_002
    assert there.secret_access_key("AKIA0000000000004711") == Secret(f"{4711:040}")
    assert len(os.listdir(tmp_path / "there" / uuid)) == 4
