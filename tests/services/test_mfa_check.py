"""Codes against a real vault: good once, and AWS's texts for everything else."""

import os
from base64 import b32encode

import pyotp
import pytest

from iamctl.domain.devices import VirtualMFADevice
from iamctl.domain.errors import AccessDenied, InvalidValue, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey, Vault
from iamctl.services.mfa_check import INVALID_CODE, check_code, well_formed
from iamctl.vault import VaultSettings, create_vault

NOW = 1_795_510_800
SEED = bytes(range(20))
PHONE = VirtualMFADevice("phone", user="alice", enabled=NOW - 100)


@pytest.fixture
def vault(tmp_path) -> Vault:
    key = SigningKey("first", Secret(os.urandom(32)))
    uuid = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"
    made = create_vault("file", str(tmp_path / uuid), uuid, key, VaultSettings({}, os.urandom))
    made.put_mfa_seed("phone", Secret(SEED))
    return made


def shown_at(instant: int) -> str:
    """What a phone shows then, by an implementation of its own."""
    return pyotp.TOTP(b32encode(SEED).decode()).at(instant)


def wrong_at(instant: int) -> str:
    """A code that the phone shows at no instant near that one."""
    near = {shown_at(instant + 30 * step) for step in range(-20, 21)}
    return next(code for code in (f"{n:06}" for n in range(100)) if code not in near)


def refused_with(vault: Vault, code: str, now: int) -> AccessDenied:
    with pytest.raises(AccessDenied) as refused:
        check_code(vault, PHONE, code, now)
    assert refused.value.message == INVALID_CODE
    assert code not in f"{refused.value.message}{refused.value.hint}"
    return refused.value


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_code_of_now_or_of_a_step_beside_is_good(vault, step):
    check_code(vault, PHONE, shown_at(NOW + 30 * step), NOW)


@pytest.mark.parametrize("step", [-3, -2, 2, 3])
def test_further_away_it_is_not(vault, step):
    refused_with(vault, shown_at(NOW + 30 * step), NOW)


def test_a_code_works_once(vault):
    check_code(vault, PHONE, shown_at(NOW), NOW)
    again = refused_with(vault, shown_at(NOW), NOW + 1)
    assert again.hint == "a code works once; wait for the next"
    check_code(vault, PHONE, shown_at(NOW + 30), NOW + 30)


def test_blanks_are_how_apps_show_it(vault):
    code = shown_at(NOW)
    check_code(vault, PHONE, f" {code[:3]} {code[3:]}\n", NOW)


def test_after_wrong_ones_it_says_until_when(vault):
    hints = [refused_with(vault, wrong_at(NOW), NOW).hint or "" for _ in range(8)]
    assert "clock" in hints[0]
    assert "try again after 2026-11-24T" in hints[-1]
    assert refused_with(vault, shown_at(NOW), NOW).hint == hints[-1]


def test_a_device_whose_seed_is_elsewhere_is_no_yes(vault):
    with pytest.raises(VaultUnavailable, match="does not hold the seed"):
        check_code(vault, PHONE.__class__("tablet"), shown_at(NOW), NOW)


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "12345a", "１２３４５６", "١٢٣٤٥٦", "123456\x00", "hunter2"]
)
def test_what_is_no_code_is_not_repeated(vault, text):
    with pytest.raises(InvalidValue, match="six digits") as refused:
        check_code(vault, PHONE, text, NOW)
    assert not text or text not in f"{refused.value.message}{refused.value.hint}"


def test_only_separators_are_left_out():
    assert well_formed("\t123-456 ") == "123456"
