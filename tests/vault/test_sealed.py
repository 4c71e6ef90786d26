"""The format of sealed files: what was sealed opens, and nothing else does."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.vault import sealed
from iamctl.vault.interface import Wrapping, WrappingKey
from iamctl.vault.sealed import EXPORT, KEYS, MFA_STATE, SESSIONS, read_header, seal, unseal

UUID = "5b1d6a9e-0f3c-4c1d-8a43-6f0b2c9d7e11"
OTHER = "00000000-0000-4000-8000-000000000000"
KEY = WrappingKey(Wrapping("file", b"i" * 16), Secret(b"k" * 32))


def opened(
    blob: bytes, secret: Secret = KEY.secret, purpose: str = KEYS, uuid: str = UUID
) -> bytes:
    return unseal(blob, read_header(blob, purpose, uuid, "F"), secret, "F")


@given(st.binary(max_size=2000), st.sampled_from([KEYS, MFA_STATE, SESSIONS, EXPORT]))
def test_what_was_sealed_opens(contents: bytes, purpose: str) -> None:
    blob = seal(contents, KEY, purpose, UUID, os.urandom)
    header = read_header(blob, purpose, UUID, "F")
    assert (header.wrapping, header.directory, header.purpose) == (KEY.wrapping, UUID, purpose)
    assert opened(blob, purpose=purpose) == contents
    assert len(contents) < 8 or contents not in blob[len(header.raw) :]


def test_every_changed_byte_is_refused() -> None:
    blob = seal(b'{"format":1}', KEY, KEYS, UUID, os.urandom)
    for offset in range(len(blob)):
        for change in (1 << offset % 8, 0x80, 0xFF):
            bad = blob[:offset] + bytes([blob[offset] ^ change]) + blob[offset + 1 :]
            with pytest.raises(VaultUnavailable):
                opened(bad)


def test_every_other_length_is_refused() -> None:
    blob = seal(b"contents", KEY, KEYS, UUID, os.urandom)
    for length in range(len(blob)):
        with pytest.raises(VaultUnavailable, match=r"cut short|damaged"):
            opened(blob[:length])
    with pytest.raises(VaultUnavailable, match="damaged"):
        opened(blob + b"\x00")


@given(st.binary(max_size=400))
def test_no_other_bytes_are_a_sealed_file(data: bytes) -> None:
    for bad in (data, b"iamctl-seal\n" + data):
        with pytest.raises(VaultUnavailable):
            opened(bad)


def test_it_opens_for_its_purpose_directory_and_key_only() -> None:
    blob = seal(b"x", KEY, KEYS, UUID, os.urandom)
    with pytest.raises(VaultUnavailable, match="something else"):
        opened(blob, purpose=SESSIONS)
    with pytest.raises(VaultUnavailable, match=f"another directory, {UUID}"):
        opened(blob, uuid=OTHER)
    with pytest.raises(VaultUnavailable, match="damaged, or was not sealed with"):
        opened(blob, secret=Secret(b"K" * 32))


def test_the_header_cannot_be_exchanged_for_a_believable_one() -> None:
    """Keys are separated: the same bytes under another purpose or directory do not open."""
    blob = seal(b"x", KEY, KEYS, UUID, os.urandom)
    for purpose, uuid in ((SESSIONS, UUID), (KEYS, OTHER)):
        other = seal(b"y", KEY, purpose, uuid, os.urandom)
        forged = other[:48] + blob[48:]
        with pytest.raises(VaultUnavailable, match="damaged, or was not sealed with"):
            opened(forged, purpose=purpose, uuid=uuid)


def test_no_two_writes_share_salt_or_nonce() -> None:
    headers = [
        read_header(seal(b"x", KEY, KEYS, UUID, os.urandom), KEYS, UUID, "F") for _ in range(50)
    ]
    assert len({header.salt for header in headers}) == 50
    assert len({header.nonce for header in headers}) == 50


def test_the_cost_of_a_passphrase_is_bounded_before_it_is_paid() -> None:
    """A file from elsewhere must not make us take all memory, or stretch nothing at all."""
    for cost in (0, 9, 19, 31, 255):
        wrapping = Wrapping("passphrase", b"s" * 16, cost)
        blob = seal(b"x", WrappingKey(wrapping, KEY.secret), KEYS, UUID, os.urandom)
        with pytest.raises(VaultUnavailable, match="makes no sense"):
            read_header(blob, KEYS, UUID, "F")
    for cost in sealed.SCRYPT_LOG_N:
        wrapping = Wrapping("passphrase", b"s" * 16, cost)
        blob = seal(b"x", WrappingKey(wrapping, KEY.secret), KEYS, UUID, os.urandom)
        assert read_header(blob, KEYS, UUID, "F").wrapping == wrapping


def test_the_contents_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "LARGEST", 10)
    blob = seal(b"x" * 10, KEY, KEYS, UUID, os.urandom)
    assert opened(blob) == b"x" * 10
    with pytest.raises(VaultUnavailable, match="more than 10 bytes"):
        seal(b"x" * 11, KEY, KEYS, UUID, os.urandom)
    monkeypatch.setattr(sealed, "LARGEST", 9)
    with pytest.raises(VaultUnavailable, match="length"):
        opened(blob)


def test_the_format_is_the_documented_one() -> None:
    """Opened by hand: HKDF of RFC 5869 out of the standard library, AES-256-GCM."""
    import hmac

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    for purpose, uuid in ((KEYS, UUID), (SESSIONS, UUID), (KEYS, OTHER)):
        blob = seal(b"by hand", KEY, purpose, uuid, os.urandom)
        salt, nonce = blob[48:80], blob[80:92]
        extracted = hmac.digest(salt, KEY.secret.reveal(), "sha256")
        info = f"iamctl vault 1 {purpose} {uuid}".encode()
        key = hmac.digest(extracted, info + b"\x01", "sha256")
        assert int.from_bytes(blob[92:96], "big") == len(blob) - 96
        assert AESGCM(key).decrypt(nonce, blob[96:], blob[:96]) == b"by hand"


def test_scrypt_is_the_one_of_rfc_7914() -> None:
    """The library's own answer for another set of parameters, by the standard library."""
    import hashlib

    expected = hashlib.scrypt(b"pleaseletmein", salt=b"SodiumChloride", n=16384, r=8, p=1, dklen=64)
    assert expected.hex().startswith("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3e")
    ours = sealed.stretch(Secret("pleaseletmein"), b"SodiumChloride", 14)
    assert ours == Secret(expected[:32])
