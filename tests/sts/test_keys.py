"""Key derivation."""

import pytest

from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.sts.keys import hkdf, session_secret, token_key

# RFC 5869, appendix A: (secret, salt, info, length, output).
_RFC_5869 = (
    (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        42,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        "".join(f"{n:02x}" for n in range(0x50)),
        "".join(f"{n:02x}" for n in range(0x60, 0xB0)),
        "".join(f"{n:02x}" for n in range(0xB0, 0x100)),
        82,
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
        "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        "0b" * 22,
        "",
        "",
        42,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
)


@pytest.mark.parametrize(("secret", "salt", "info", "length", "output"), _RFC_5869)
def test_hkdf_gives_the_vectors_of_rfc_5869(secret, salt, info, length, output):
    given = hkdf(bytes.fromhex(secret), bytes.fromhex(salt), bytes.fromhex(info), length)
    assert given.hex() == output


@pytest.mark.parametrize("length", [0, -1, 255 * 32 + 1])
def test_hkdf_refuses_lengths_it_cannot_give(length):
    with pytest.raises(ValueError, match="HKDF"):
        hkdf(b"secret", b"", b"", length)


def test_the_longest_output_can_be_had():
    assert len(hkdf(b"secret", b"", b"", 255 * 32)) == 8160


def test_each_token_type_has_its_own_key():
    key = SigningKey("k1", Secret(bytes(32)))
    keys = {token_key(key, kind) for kind in ("session token", "pool token", "")}
    assert len(keys) == 3
    assert token_key(key, "a") != token_key(SigningKey("k1", Secret(b"\1" * 32)), "a")


def test_a_session_secret_has_aws_form_and_hangs_on_token_and_key():
    key = SigningKey("k1", Secret(bytes(32)))
    secret = session_secret(key, "a.b.c")
    assert len(secret.reveal_text()) == 40
    assert secret == session_secret(key, "a.b.c")
    assert secret != session_secret(key, "a.b.d")
    assert secret != session_secret(SigningKey("k1", Secret(b"\1" * 32)), "a.b.c")
    assert secret.reveal() not in token_key(key, "session token")
